package configfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
)

// value reads the value of a statement and appends its octets.
func (e *encoder) value(def *Def) bool {
	switch def.Coding {
	case U8, U16, U24, U32:
		return e.number(def)
	case Hex:
		return e.hex(def)
	case Str, StrZero:
		return e.str(def)
	case Empty:
		return e.empty()
	case Varbind:
		return e.varbind()
	case WriteControl:
		return e.writeControl(def)
	case FileContent, DigitMap:
		return e.content(def)
	}
	return e.word(def)
}

// word reads a value of one word that is neither number nor octets.
func (e *encoder) word(def *Def) bool {
	parse := wordParsers[def.Coding]
	if e.tok.kind != tokWord || parse.append == nil {
		return e.wants(def, parse.what)
	}
	dst, n, ok := parse.append(e.dst, e.lex.text(e.tok))
	if least, most := def.bounds(longestDouble); !ok {
		return e.wants(def, parse.what)
	} else if n < int(least) || n > int(most) {
		return e.wants(def, fmt.Sprintf("%d to %d entries", least, most))
	}
	e.dst = dst
	e.advance()
	return true
}

// wants tells what a setting expects.
func (e *encoder) wants(def *Def, what string) bool {
	return e.expected(what + " for " + def.Name)
}

// wordParser appends the octets of a word to dst and counts its entries.
type wordParser struct {
	what   string
	append func(dst, word []byte) ([]byte, int, bool)
}

// wordParsers are those of the codings that are one word.
var wordParsers = [codings]wordParser{
	IP:        {"an IPv4 address", one(appendIPv4)},
	IP6:       {"an IPv6 address", one(appendIPv6)},
	Addr:      {"an IPv4 or IPv6 address", one(appendAddr)},
	TypedAddr: {"an IPv4 or IPv6 address", one(appendTypedAddr)},
	AddrPort:  {"an address and a port, such as 192.0.2.1/161,", one(appendAddrPort)},
	MAC:       {"a MAC address such as 00:00:5e:00:53:01", one(appendMAC)},
	MACMask:   {"a MAC address and a mask, such as 00:00:5e:00:53:01/ff:ff:ff:ff:ff:ff,", one(appendMACMask)},
	OID:       {"an object identifier", one(appendOID)},
	IPs:       {"IPv4 addresses with commas between", list(appendIPv4)},
	IP6s:      {"IPv6 addresses with commas between", list(appendIPv6)},
	Prefixes:  {"IPv6 prefixes such as 2001:db8::/32 with commas between", list(appendPrefix)},
	U8s:       {"numbers from 0 to 255 with commas between", list(appendU8)},
	U16s:      {"numbers from 0 to 65535 with commas between", list(appendU16)},
	QTags:     {"two tags, such as 100,200,", appendTags},
}

// one makes a parser of a single entry.
func one(entry func(dst, word []byte) ([]byte, bool)) func(dst, word []byte) ([]byte, int, bool) {
	return func(dst, word []byte) ([]byte, int, bool) {
		dst, ok := entry(dst, word)
		return dst, 1, ok
	}
}

// list makes a parser of entries with commas between.
func list(entry func(dst, word []byte) ([]byte, bool)) func(dst, word []byte) ([]byte, int, bool) {
	return func(dst, word []byte) ([]byte, int, bool) {
		for n := 1; ; n++ {
			first, rest, more := bytes.Cut(word, []byte(","))
			var ok bool
			if dst, ok = entry(dst, first); !ok || !more {
				return dst, n, ok
			}
			word = rest
		}
	}
}

// digits reads a number of decimal digits.
func digits(word []byte) (uint32, bool) {
	n := uint64(0)
	for _, c := range word {
		if c < '0' || c > '9' {
			return 0, false
		}
		if n = n*10 + uint64(c-'0'); n > 1<<32-1 {
			return 0, false
		}
	}
	return uint32(n), len(word) > 0
}

// number reads a number in its range.
func (e *encoder) number(def *Def) bool {
	size := int(def.Coding - U8 + 1)
	least, most := def.bounds(1<<(8*size) - 1)
	n, ok := uint32(0), false
	if e.tok.kind == tokWord {
		n, ok = digits(e.lex.text(e.tok))
	}
	if !ok || n < least || n > most {
		return e.wants(def, fmt.Sprintf("a number from %d to %d", least, most))
	}
	e.dst = appendNumber(e.dst, n, size)
	e.advance()
	return true
}

// appendNumber appends a number of some octets, the highest first.
func appendNumber(dst []byte, n uint32, size int) []byte {
	for shift := 8 * (size - 1); shift >= 0; shift -= 8 {
		dst = append(dst, byte(n>>shift))
	}
	return dst
}

// hex reads hexadecimal digits.
func (e *encoder) hex(def *Def) bool {
	start := len(e.dst)
	dst, ok := e.dst, false
	if e.tok.kind == tokWord {
		dst, ok = appendHex(dst, e.lex.text(e.tok))
	}
	least, most := def.bounds(MaxFile)
	switch n := uint32(len(dst) - start); {
	case !ok:
		return e.wants(def, "octets as 0x and an even count of hexadecimal digits")
	case n < least || n > most:
		return e.wants(def, count(least, most, "octets"))
	}
	e.dst = dst
	e.advance()
	return true
}

// count writes how many of something are wanted.
func count(least, most uint32, of string) string {
	if least == most {
		return fmt.Sprintf("%d %s", most, of)
	}
	return fmt.Sprintf("%d to %d %s", least, most, of)
}

// appendHex appends the octets of 0x and digits.
func appendHex(dst, word []byte) ([]byte, bool) {
	if len(word) < 2 || len(word)%2 != 0 || word[0] != '0' || word[1]|0x20 != 'x' {
		return dst, false
	}
	for i := 2; i < len(word); i += 2 {
		high, low := unhex[word[i]], unhex[word[i+1]]
		if high|low > 0x0f {
			return dst, false
		}
		dst = append(dst, high<<4|low)
	}
	return dst, true
}

// unhex is the values of hexadecimal digits, 0xff of all other characters.
var unhex = func() (values [256]uint8) {
	for c := range values {
		values[c] = 0xff
	}
	for i, c := range "0123456789abcdef" {
		values[c] = uint8(i)
	}
	for i, c := range "ABCDEF" {
		values[c] = uint8(10 + i)
	}
	return values
}()

// str reads a string. The range counts its characters; that of strz may count the zero
// or not, because files in use do both (MULPI C.2.2.5.4 counts it).
func (e *encoder) str(def *Def) bool {
	if e.tok.kind != tokString {
		return e.wants(def, "a string in double quotes")
	}
	start := len(e.dst)
	dst := appendString(e.dst, e.lex.text(e.tok))
	least, most := def.bounds(longestOctet)
	n := uint32(len(dst) - start)
	if def.Coding == StrZero {
		dst = append(dst, 0)
		most = min(most, longestOctet-1)
		least = max(least, 1) - 1
	}
	if n < least || n > most {
		return e.wants(def, count(least, most, "characters"))
	}
	e.dst = dst
	e.advance()
	return true
}

// empty reads the value of a TLV without one: nothing, 0 or "".
func (e *encoder) empty() bool {
	switch text := string(e.lex.text(e.tok)); {
	case e.tok.kind == tokSemi:
	case text == "0" || text == `""`:
		e.advance()
	default:
		return e.expected(";")
	}
	return true
}

// content reads the name of a file and takes its content.
func (e *encoder) content(def *Def) bool {
	if e.tok.kind != tokString {
		return e.wants(def, "the name of a file in double quotes")
	}
	if e.opts.ReadFile == nil {
		return e.wants(def, "no other file (none can be read here)")
	}
	name := string(appendString(nil, e.lex.text(e.tok)))
	content, err := e.opts.ReadFile(name)
	if err == nil && (len(content) == 0 || len(content) > longestDouble/2) {
		err = fmt.Errorf("%s has %d octets", name, len(content))
	}
	if err != nil {
		e.report(e.tok.start, def.Name+": "+err.Error())
		return false
	}
	if def.Coding == DigitMap {
		e.dst = appendDigitMap(e.dst, content)
	} else {
		e.dst = append(e.dst, content...)
	}
	e.advance()
	return true
}

func appendIPv4(dst, word []byte) ([]byte, bool) {
	for i := range 4 {
		part, rest, more := bytes.Cut(word, []byte("."))
		n, ok := digits(part)
		if !ok || n > 255 || more != (i < 3) {
			return dst, false
		}
		dst, word = append(dst, byte(n)), rest
	}
	return dst, true
}

func appendIPv6(dst, word []byte) ([]byte, bool) {
	addr, err := netip.ParseAddr(string(word))
	if err != nil || !addr.Is6() || addr.Zone() != "" {
		return dst, false
	}
	octets := addr.As16()
	return append(dst, octets[:]...), true
}

func appendAddr(dst, word []byte) ([]byte, bool) {
	if v4, ok := appendIPv4(dst, word); ok {
		return v4, true
	}
	return appendIPv6(dst, word)
}

// appendTypedAddr writes the InetAddressType before the address.
func appendTypedAddr(dst, word []byte) ([]byte, bool) {
	if v4, ok := appendIPv4(append(dst, 1), word); ok {
		return v4, true
	}
	return appendIPv6(append(dst, 2), word)
}

func appendAddrPort(dst, word []byte) ([]byte, bool) {
	addr, port, _ := bytes.Cut(word, []byte("/"))
	dst, ok := appendAddr(dst, addr)
	n, ok2 := digits(port)
	return binary.BigEndian.AppendUint16(dst, uint16(n)), ok && ok2 && n <= 65535
}

func appendPrefix(dst, word []byte) ([]byte, bool) {
	addr, length, _ := bytes.Cut(word, []byte("/"))
	dst, ok := appendIPv6(dst, addr)
	n, ok2 := digits(length)
	return append(dst, uint8(n)), ok && ok2 && n <= 128
}

func appendMAC(dst, word []byte) ([]byte, bool) {
	if len(word) != len("00:00:00:00:00:00") {
		return dst, false
	}
	for i := 0; i < len(word); i += 3 {
		high, low := unhex[word[i]], unhex[word[i+1]]
		if high|low > 0x0f || i > 0 && word[i-1] != ':' && word[i-1] != '-' {
			return dst, false
		}
		dst = append(dst, high<<4|low)
	}
	return dst, true
}

func appendMACMask(dst, word []byte) ([]byte, bool) {
	mac, mask, _ := bytes.Cut(word, []byte("/"))
	dst, ok := appendMAC(dst, mac)
	dst, ok2 := appendMAC(dst, mask)
	return dst, ok && ok2
}

func appendU8(dst, word []byte) ([]byte, bool) {
	n, ok := digits(word)
	return append(dst, uint8(n)), ok && n <= 255
}

func appendU16(dst, word []byte) ([]byte, bool) {
	n, ok := digits(word)
	return binary.BigEndian.AppendUint16(dst, uint16(n)), ok && n <= 65535
}

func appendTags(dst, word []byte) ([]byte, int, bool) {
	dst, n, ok := list(appendU16)(dst, word)
	return dst, 1, ok && n == 2
}
