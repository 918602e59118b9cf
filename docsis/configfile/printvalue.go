package configfile

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// appendValue appends the text of a value and returns a note that may follow it. It
// reports whether there is one; whether it is exact is tried by its caller.
func appendValue(dst []byte, def *Def, value []byte) ([]byte, string, bool) {
	switch def.Coding {
	case U8, U16, U24, U32:
		if len(value) != int(def.Coding-U8+1) {
			return dst, "", false
		}
		return strconv.AppendUint(dst, uint64(bigEndian(value)), 10), "", true
	case Hex, FileContent:
		return appendHexText(dst, value), "", true
	case StrZero:
		chars, ok := bytes.CutSuffix(value, []byte{0})
		return appendQuoted(dst, chars), "", ok && printable(chars)
	case Str:
		return appendQuoted(dst, value), "", printable(value)
	case Empty:
		return append(dst, '0'), "", len(value) == 0
	case OID:
		arcs, rest, ok := parseOID(value)
		return appendArcs(dst, arcs), objectName(arcs), ok && len(rest) == 0
	case WriteControl:
		return appendWriteControl(dst, value)
	case Varbind:
		return appendVarbind(dst, value)
	}
	print := valuePrinters[def.Coding]
	if print == nil {
		return dst, "", false
	}
	dst, ok := print(dst, value)
	return dst, "", ok
}

// valuePrinters are those of the codings that are one word.
var valuePrinters = [codings]func(dst, value []byte) ([]byte, bool){
	IP:        printAddr,
	IP6:       printAddr,
	Addr:      printAddr,
	TypedAddr: printTypedAddr,
	AddrPort:  printAddrPort,
	MAC:       printMAC,
	MACMask:   printMACMask,
	IPs:       printList(4, printAddr),
	IP6s:      printList(16, printAddr),
	Prefixes:  printList(17, printPrefix),
	U8s:       printList(1, printNumber),
	U16s:      printList(2, printNumber),
	QTags:     printList(2, printNumber),
}

// bigEndian returns a number of up to four octets.
func bigEndian(value []byte) (n uint32) {
	for _, c := range value {
		n = n<<8 | uint32(c)
	}
	return n
}

func appendHexText(dst, value []byte) []byte { return hex.AppendEncode(append(dst, "0x"...), value) }

// appendQuoted appends a string; a quote in it is written \".
func appendQuoted(dst, chars []byte) []byte {
	dst = append(dst, '"')
	for _, c := range chars {
		if c == '"' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

// printable reports whether characters can be read as they are.
func printable(chars []byte) bool {
	for len(chars) > 0 {
		r, size := utf8.DecodeRune(chars)
		if r == utf8.RuneError && size == 1 || !unicode.IsPrint(r) {
			return false
		}
		chars = chars[size:]
	}
	return true
}

func printNumber(dst, value []byte) ([]byte, bool) {
	return strconv.AppendUint(dst, uint64(bigEndian(value)), 10), true
}

func printAddr(dst, value []byte) ([]byte, bool) {
	addr, ok := netip.AddrFromSlice(value)
	if !ok {
		return dst, false
	}
	return addr.AppendTo(dst), true
}

func printTypedAddr(dst, value []byte) ([]byte, bool) {
	if len(value) == 0 {
		return dst, false
	}
	return printAddr(dst, value[1:])
}

func printAddrPort(dst, value []byte) ([]byte, bool) {
	if len(value) < 2 {
		return dst, false
	}
	dst, ok := printAddr(dst, value[:len(value)-2])
	return fmt.Appendf(dst, "/%d", binary.BigEndian.Uint16(value[len(value)-2:])), ok
}

func printPrefix(dst, value []byte) ([]byte, bool) {
	dst, ok := printAddr(dst, value[:16])
	return fmt.Appendf(dst, "/%d", value[16]), ok
}

func printMAC(dst, value []byte) ([]byte, bool) {
	return append(dst, net.HardwareAddr(value).String()...), len(value) == 6
}

func printMACMask(dst, value []byte) ([]byte, bool) {
	if len(value) != 12 {
		return dst, false
	}
	return fmt.Appendf(dst, "%s/%s", net.HardwareAddr(value[:6]), net.HardwareAddr(value[6:])), true
}

// printList makes a printer of entries of one size.
func printList(size int, entry func(dst, value []byte) ([]byte, bool)) func(dst, value []byte) ([]byte, bool) {
	return func(dst, value []byte) ([]byte, bool) {
		if len(value) == 0 || len(value)%size != 0 {
			return dst, false
		}
		for i := 0; i < len(value); i += size {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst, _ = entry(dst, value[i:i+size])
		}
		return dst, true
	}
}
