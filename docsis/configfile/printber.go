package configfile

import (
	"strconv"
)

// parseBER takes a tag and a value in the lengths that this package writes, and longer
// ones. It reports whether there is one.
func parseBER(data []byte) (tag byte, value, rest []byte, ok bool) {
	if len(data) < 2 {
		return 0, nil, nil, false
	}
	tag, size, head := data[0], int(data[1]), 2
	if size >= 0x80 {
		count := size & 0x7f
		if count == 0 || count > 3 || len(data) < 2+count {
			return 0, nil, nil, false
		}
		size, head = int(bigEndian(data[2:2+count])), 2+count
	}
	if len(data) < head+size {
		return 0, nil, nil, false
	}
	return tag, data[head : head+size], data[head+size:], true
}

// parseOID takes an object identifier.
func parseOID(data []byte) (arcs []uint32, rest []byte, ok bool) {
	tag, value, rest, ok := parseBER(data)
	if !ok || tag != tagOID || len(value) == 0 {
		return nil, nil, false
	}
	n := uint64(0)
	for _, c := range value {
		if n = n<<7 | uint64(c&0x7f); n > 1<<32-1 {
			return nil, nil, false
		}
		if c&0x80 != 0 {
			continue
		}
		if len(arcs) == 0 {
			first := min(uint32(n)/40, 2)
			arcs, n = append(arcs, first), n-40*uint64(first)
		}
		arcs, n = append(arcs, uint32(n)), 0
	}
	return arcs, rest, len(arcs) <= maxArcs
}

// appendArcs appends numbers with dots between.
func appendArcs(dst []byte, arcs []uint32) []byte {
	for i, arc := range arcs {
		if i > 0 {
			dst = append(dst, '.')
		}
		dst = strconv.AppendUint(dst, uint64(arc), 10)
	}
	return dst
}

// appendWriteControl appends an OID and 0 or 1.
func appendWriteControl(dst, value []byte) ([]byte, string, bool) {
	arcs, rest, ok := parseOID(value)
	if !ok || len(rest) != 1 {
		return dst, "", false
	}
	dst = append(appendArcs(dst, arcs), ' ')
	return strconv.AppendUint(dst, uint64(rest[0]), 10), objectName(arcs), true
}

// appendVarbind appends an OID, a type and a value; the note is the object's name.
func appendVarbind(dst, data []byte) ([]byte, string, bool) {
	arcs, tag, value, err := varbindParts(data)
	if err != nil {
		return dst, "", false
	}
	dst, ok := appendSNMPValue(append(appendArcs(dst, arcs), ' '), tag, value)
	return dst, objectName(arcs), ok
}

// appendSNMPValue appends a type and a value of it.
func appendSNMPValue(dst []byte, tag byte, value []byte) ([]byte, bool) {
	switch tag {
	case tagInteger:
		return strconv.AppendInt(append(dst, "Integer "...), signed(value), 10), len(value) <= 8
	case tagGauge32:
		return strconv.AppendInt(append(dst, "Gauge32 "...), signed(value), 10), len(value) <= 8
	case tagCounter32:
		return strconv.AppendInt(append(dst, "Counter32 "...), signed(value), 10), len(value) <= 8
	case tagTimeTicks:
		return strconv.AppendInt(append(dst, "TimeTicks "...), signed(value), 10), len(value) <= 8
	case tagIPAddress:
		return printAddr(append(dst, "IPAddress "...), value)
	case tagOID:
		arcs, _, ok := parseOID(appendBER(nil, tagOID, value))
		return appendArcs(append(dst, "ObjectID "...), arcs), ok
	case tagString:
		if len(value) > 0 && printable(value) && quotable(value) {
			return appendQuoted(append(dst, "String "...), value), true
		}
		return appendHexText(append(dst, "HexString "...), value), true
	}
	return dst, false
}

// quotable reports whether characters mean themselves between quotes: a backslash
// before a quote, or at the end, would not.
func quotable(chars []byte) bool {
	for i, c := range chars {
		if c == '\\' && (i+1 == len(chars) || chars[i+1] == '"') {
			return false
		}
	}
	return true
}

// signed returns a number of two's complement.
func signed(value []byte) int64 {
	n := int64(0)
	for i, c := range value {
		if i == 0 {
			n = int64(int8(c))
			continue
		}
		n = n<<8 | int64(c)
	}
	return n
}
