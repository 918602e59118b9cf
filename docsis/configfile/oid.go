package configfile

import (
	"bytes"
)

// maxArcs bounds object identifiers (RFC 2578 §3.5).
const maxArcs = 128

// oidWriter appends the arcs of an object identifier in BER.
type oidWriter struct {
	dst   []byte
	n     int
	first uint32
	bad   bool
}

// arc appends one arc; the first two share an octet.
func (w *oidWriter) arc(arc uint32) {
	w.n++
	switch {
	case w.n > maxArcs:
		w.bad = true
	case w.n == 1:
		w.first = arc
		w.bad = arc > 2
	case w.n == 2:
		w.bad = w.bad || w.first < 2 && arc > 39 || arc > 1<<32-1-80
		w.dst = appendBase128(w.dst, 40*w.first+arc)
	default:
		w.dst = appendBase128(w.dst, arc)
	}
}

// appendBase128 appends an arc in groups of seven bits.
func appendBase128(dst []byte, n uint32) []byte {
	shift := 0
	for n>>shift > 0x7f {
		shift += 7
	}
	for ; shift > 0; shift -= 7 {
		dst = append(dst, 0x80|byte(n>>shift))
	}
	return append(dst, byte(n)&0x7f)
}

// oid reads an object identifier and appends it with tag and length.
func (e *encoder) oid() bool {
	if e.tok.kind == tokWord {
		if dst, ok := appendOID(e.dst, e.lex.text(e.tok)); ok {
			e.dst = dst
			e.advance()
			return true
		}
	}
	return e.expected("an object identifier: numbers with dots between, or the name of an object and its index")
}

// appendOID appends the BER form of an object identifier: numbers with dots between, or
// the name of an object (objects.txt), with or without its module, and an index. Parts
// of an index may be text: "public" stands for its length and its characters, 'public'
// for its characters.
func appendOID(dst, word []byte) ([]byte, bool) {
	head := len(dst)
	w := oidWriter{dst: append(dst, tagOID, 0)}
	if len(word) > 0 && word[0] == '.' {
		word = word[1:]
	}
	if len(word) == 0 {
		return dst, false
	}
	if word[0] < '0' || word[0] > '9' {
		var ok bool
		if word, ok = w.name(word); !ok {
			return dst, false
		}
	}
	for len(word) > 0 && !w.bad {
		word = w.part(word)
	}
	if size := len(w.dst) - head - 2; w.bad || w.n < 2 {
		return dst, false
	} else if size < 0x80 {
		w.dst[head+1] = byte(size)
		return w.dst, true
	}
	arcs := bytes.Clone(w.dst[head+2:])
	return appendBER(dst, tagOID, arcs), true
}

// name takes the name of an object and returns the index that follows it.
func (w *oidWriter) name(word []byte) ([]byte, bool) {
	name, index, more := bytes.Cut(word, []byte("."))
	object := objectByName(name)
	if object == nil || more && len(index) == 0 {
		return nil, false
	}
	for _, arc := range object.OID {
		w.arc(arc)
	}
	return index, true
}

// part takes the next arc, or quoted text, and returns what follows its dot.
func (w *oidWriter) part(word []byte) []byte {
	if q := word[0]; q == '"' || q == '\'' {
		end := bytes.IndexByte(word[1:], q)
		if end < 0 {
			w.bad = true
			return nil
		}
		w.text(word[1:1+end], q == '"')
		return w.rest(word[end+2:])
	}
	n, i := uint64(0), 0
	for ; i < len(word) && word[i] >= '0' && word[i] <= '9'; i++ {
		if n = n*10 + uint64(word[i]-'0'); n > 1<<32-1 {
			w.bad = true
			return nil
		}
	}
	w.bad = w.bad || i == 0
	w.arc(uint32(n))
	return w.rest(word[i:])
}

// text appends the characters of an index.
func (w *oidWriter) text(s []byte, counted bool) {
	if counted {
		w.arc(uint32(len(s)))
	}
	for _, c := range s {
		w.arc(uint32(c))
	}
}

// rest takes the dot before the next arc.
func (w *oidWriter) rest(word []byte) []byte {
	if len(word) == 0 {
		return nil
	}
	if word[0] != '.' || len(word) == 1 {
		w.bad = true
	}
	return word[1:]
}
