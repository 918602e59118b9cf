package configfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// BER tags that varbinds are made of (X.690, RFC 2578 §7.1).
const (
	tagInteger   = 0x02
	tagString    = 0x04
	tagOID       = 0x06
	tagSequence  = 0x30
	tagIPAddress = 0x40
	tagCounter32 = 0x41
	tagGauge32   = 0x42
	tagTimeTicks = 0x43
)

// appendBER appends a tag, a length in its shortest form and a value.
func appendBER(dst []byte, tag byte, value []byte) []byte {
	dst = append(dst, tag)
	switch n := len(value); {
	case n < 0x80:
		dst = append(dst, byte(n))
	case n <= 0xff:
		dst = append(dst, 0x81, byte(n))
	default:
		dst = append(dst, 0x82, byte(n>>8), byte(n))
	}
	return append(dst, value...)
}

// appendInteger appends a number in the fewest octets of two's complement.
func appendInteger(dst []byte, tag byte, n int64) []byte {
	size := 1
	for size < 8 && n>>(8*size-1) != 0 && n>>(8*size-1) != -1 {
		size++
	}
	dst = append(dst, tag, byte(size))
	for size--; size >= 0; size-- {
		dst = append(dst, byte(n>>(8*size)))
	}
	return dst
}

// closeSequence writes the length of a sequence whose tag and one octet of length stand
// at head. From 128 octets on it is written in two octets always, as the established
// encoder does: files are compared to the octet.
func closeSequence(dst []byte, head int) []byte {
	size := len(dst) - head - 2
	if size < 0x80 {
		dst[head+1] = byte(size)
		return dst
	}
	dst = append(dst, 0, 0)
	copy(dst[head+4:], dst[head+2:])
	dst[head+1] = 0x82
	binary.BigEndian.PutUint16(dst[head+2:], uint16(size))
	return dst
}

// varbind reads OID, type and value of an SNMP object.
func (e *encoder) varbind() bool {
	head := len(e.dst)
	e.dst = append(e.dst, tagSequence, 0)
	if !e.oid() {
		return false
	}
	if e.tok.kind != tokWord {
		return e.expected(typeNames)
	}
	kind, ok := snmpTypes[string(e.lex.text(e.tok))]
	if !ok {
		return e.expected(typeNames)
	}
	e.advance()
	if !e.snmpValue(kind) {
		return false
	}
	if size := len(e.dst) - head; size > longestDouble-2 {
		e.report(e.tok.start, fmt.Sprintf("the object has %d octets: at most %d fit", size, longestDouble))
		return false
	}
	e.dst = closeSequence(e.dst, head)
	return true
}

// snmpType is how the value of an object is written in the text.
type snmpType struct {
	tag  byte
	form valueForm
}

type valueForm uint8

const (
	formSigned valueForm = iota
	formUnsigned
	formTicks
	formAddress
	formOID
	formString
	formHex
)

const typeNames = "a type: Integer, Unsigned32, Gauge32, Counter32, TimeTicks, IPAddress, ObjectID, String or HexString"

// snmpTypes are the words for them.
var snmpTypes = map[string]snmpType{
	"Integer":    {tagInteger, formSigned},
	"Unsigned32": {tagGauge32, formUnsigned},
	"Gauge":      {tagGauge32, formUnsigned},
	"Gauge32":    {tagGauge32, formUnsigned},
	"Counter32":  {tagCounter32, formUnsigned},
	"TimeTicks":  {tagTimeTicks, formTicks},
	"IPAddress":  {tagIPAddress, formAddress},
	"ObjectID":   {tagOID, formOID},
	"String":     {tagString, formString},
	"HexString":  {tagString, formHex},
}

// snmpValue reads the value of an object.
func (e *encoder) snmpValue(kind snmpType) bool {
	switch kind.form {
	case formOID:
		return e.oid()
	case formString, formHex:
		return e.octets(kind.form)
	case formAddress:
		head := len(e.dst)
		dst, ok := appendIPv4(append(e.dst, kind.tag, 4), e.lex.text(e.tok))
		if !ok || e.tok.kind != tokWord {
			e.dst = e.dst[:head]
			return e.expected("an IPv4 address")
		}
		e.dst = dst
	default:
		n, ok := e.snmpNumber(kind.form)
		if !ok {
			return false
		}
		e.dst = appendInteger(e.dst, kind.tag, n)
	}
	e.advance()
	return true
}

// snmpNumber reads the number of an object; the token stays.
func (e *encoder) snmpNumber(form valueForm) (int64, bool) {
	text := e.lex.text(e.tok)
	if e.tok.kind != tokWord {
		text = nil
	}
	if form == formSigned {
		n, ok := signedDigits(text)
		return n, ok || e.expected("a number from -2147483648 to 2147483647")
	}
	n, ok := digits(text)
	if form == formTicks && !ok {
		n, ok = ticks(text)
	}
	return int64(n), ok || e.expected("a number from 0 to 4294967295")
}

// signedDigits reads a number that may be negative.
func signedDigits(text []byte) (int64, bool) {
	text, negative := bytes.CutPrefix(text, []byte("-"))
	n, ok := digits(text)
	value := int64(n)
	if negative {
		value = -value
	}
	return value, ok && value == int64(int32(value))
}

// octets reads a string or hexadecimal digits as an OCTET STRING.
func (e *encoder) octets(form valueForm) bool {
	head := len(e.dst)
	e.dst = append(e.dst, tagString, 0, 0, 0) // the longest length
	if form == formString && !e.longStr() || form == formHex && !e.hex(&anyHex) {
		e.dst = e.dst[:head]
		return false
	}
	value := e.dst[head+4:]
	if len(value) > longestDouble {
		e.dst = e.dst[:head]
		return e.expected(fmt.Sprintf("at most %d octets", longestDouble))
	}
	e.dst = appendBER(e.dst[:head], tagString, value)
	return true
}

// anyHex describes the octets of an object.
var anyHex = Def{Name: "HexString"}

// longStr reads a string of any length.
func (e *encoder) longStr() bool {
	if e.tok.kind != tokString {
		return e.expected("a string in double quotes")
	}
	e.dst = appendString(e.dst, e.lex.text(e.tok))
	e.advance()
	return true
}

// ticks reads days:hours:minutes:seconds.hundredths.
func ticks(text []byte) (uint32, bool) {
	var part [5]uint32
	n, i := uint64(0), 0
	for _, c := range text {
		switch {
		case i < 3 && c == ':' || i == 3 && c == '.':
			i++
		case c >= '0' && c <= '9' && part[i] < 1<<24:
			part[i] = part[i]*10 + uint32(c-'0')
		default:
			return 0, false
		}
	}
	for k, unit := range [5]uint64{8640000, 360000, 6000, 100, 1} {
		n += uint64(part[k]) * unit
	}
	return uint32(n), i == 4 && n < 1<<32
}

// writeControl reads an OID and whether writing below it is allowed: 0 allows, 1 denies
// (MULPI C.1.2.4).
func (e *encoder) writeControl(def *Def) bool {
	if !e.oid() {
		return false
	}
	n, ok := digits(e.lex.text(e.tok))
	if e.tok.kind != tokWord || !ok || n > 1 {
		return e.wants(def, "0 (allow) or 1 (deny)")
	}
	e.dst = append(e.dst, byte(n))
	e.advance()
	return true
}

// digitMapOID names the object that a DigitMap statement sets: the first digit map of a
// telephone adapter (CL-PKTC-EUE-RST-MIB).
const digitMapOID = "1.3.6.1.4.1.4491.2.2.8.2.1.1.3.1.1.2.1"

// appendDigitMap appends the varbind of a digit map.
func appendDigitMap(dst, content []byte) []byte {
	head := len(dst)
	dst, _ = appendOID(append(dst, tagSequence, 0), []byte(digitMapOID))
	return closeSequence(appendBER(dst, tagString, content), head)
}
