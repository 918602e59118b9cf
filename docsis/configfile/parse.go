package configfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sort"
)

// TLV is one TLV of a file.
type TLV struct {
	Code uint8
	Def  *Def // nil: the table does not know it
	// Value is the octets: of a value that goes on in further TLVs, all of them.
	Value []byte
	Sub   []TLV // what is in it, when its coding is TLVs and its octets are that
	// Nested reports whether Sub is what Value says. A block without any is Nested too.
	Nested bool
	// Offset is where the TLV begins in the file.
	Offset int
	// Line and Column say where the text has it, from 1; 0 when there was no text.
	Line, Column int
}

// File is a configuration file.
type File struct {
	TLVs []TLV // the settings, in their order
	Body Body  // the same as octets
	MTA  bool
	// CMMIC and CMTSMIC are the integrity checks as the file has them, nil when it has
	// none (MULPI C.1.1.5, C.1.1.6).
	CMMIC, CMTSMIC []byte
	Ended          bool // has the end mark
	// Behind is how many octets follow the end mark that are not padding.
	Behind int

	text bool // read from a text, which has no integrity checks and no end
}

// parser reads the binary form.
type parser struct {
	data  []byte
	mta   bool
	count int
}

// Parse reads a binary file. It takes what devices take: TLVs that the table does not
// know, values that have the wrong size, no end mark. It returns ErrFormat for more than
// MaxFile octets, more than MaxTLVs TLVs, and a TLV of the file that is longer than what
// is left. The result shares memory with data.
func Parse(data []byte) (*File, error) {
	if len(data) > MaxFile {
		return nil, fmt.Errorf("%w: %d octets, at most %d are read", ErrFormat, len(data), MaxFile)
	}
	p, f := &parser{data: data}, &File{}
	if err := p.file(f); err != nil {
		return nil, err
	}
	if p.count > MaxTLVs {
		return nil, fmt.Errorf("%w: more than %d TLVs", ErrFormat, MaxTLVs)
	}
	return f, nil
}

// ParseText reads a text into the same form, with the lines of each TLV. It returns
// Errors for a text with mistakes.
func ParseText(text []byte, opts *TextOptions) (*File, error) {
	e := encoder{track: true}
	body, marks, err := e.run(nil, text, opts)
	if err != nil {
		return nil, err
	}
	p := &parser{data: body, mta: e.opts.MTA}
	f := &File{text: true}
	if err := p.file(f); err != nil {
		return nil, err
	}
	newLocator(text, marks).locate(f.TLVs)
	return f, nil
}

// locator finds the lines of TLVs.
type locator struct {
	marks  []mark
	starts []int // of the lines
}

// newLocator notes where the lines of a text begin.
func newLocator(text []byte, marks []mark) *locator {
	l := &locator{marks: marks, starts: []int{0}}
	for i, c := range text {
		if c == '\n' {
			l.starts = append(l.starts, i+1)
		}
	}
	return l
}

// locate fills in the lines: a TLV without a mark of its own is part of the statement
// before it.
func (l *locator) locate(tlvs []TLV) {
	for i := range tlvs {
		t := &tlvs[i]
		n := sort.Search(len(l.marks), func(k int) bool { return l.marks[k].octet > t.Offset })
		if n > 0 {
			at := l.marks[n-1].text
			t.Line = sort.SearchInts(l.starts, at+1)
			t.Column = at - l.starts[t.Line-1] + 1
		}
		l.locate(t.Sub)
	}
}

// file reads the TLVs of the file.
func (p *parser) file(f *File) error {
	pos, begin := 0, 0
	for pos < len(p.data) && p.data[pos] != typeEnd {
		if p.data[pos] == typePad {
			p.cut(f, begin, pos)
			pos++
			begin = pos
			continue
		}
		t, size, err := p.tlv(p.data[pos:], pos)
		if err != nil {
			return err
		}
		if ownCode(t.Code) {
			p.cut(f, begin, pos)
			begin = pos + size
			f.setMIC(t)
		} else {
			p.mta = p.mta || len(f.TLVs) == 0 && Body(p.data[pos:]).MTA()
			size += p.fill(&t, top(), p.data[pos+size:], 0)
			f.TLVs = append(f.TLVs, t)
		}
		pos += size
	}
	p.cut(f, begin, pos)
	f.MTA = p.mta
	if f.Ended = pos < len(p.data); f.Ended {
		f.Behind = len(bytes.TrimRight(p.data[pos+1:], "\x00"))
	}
	return nil
}

// cut adds a piece of the file to its settings, without copying the first.
func (p *parser) cut(f *File, begin, end int) {
	piece := p.data[begin:end:end]
	if len(f.Body) == 0 {
		f.Body = piece
		return
	}
	f.Body = append(f.Body, piece...)
}

// setMIC keeps an integrity check.
func (f *File) setMIC(t TLV) {
	if t.Code == typeCMMIC {
		f.CMMIC = t.Value
	} else {
		f.CMTSMIC = t.Value
	}
}

// tlv reads a TLV of the file and returns its size with the header.
func (p *parser) tlv(data []byte, offset int) (TLV, int, error) {
	def := top().byCode[data[0]]
	head := 2
	if wide(data[0], def, p.mta) {
		head = 3
	}
	if len(data) < head {
		return TLV{}, 0, fmt.Errorf("%w: octet %d: TLV %d ends within its length", ErrFormat, offset, data[0])
	}
	size := int(data[1])
	if head == 3 {
		size = int(binary.BigEndian.Uint16(data[1:]))
	}
	if len(data) < head+size {
		return TLV{}, 0, fmt.Errorf("%w: octet %d: TLV %d has %d octets, %d are left", ErrFormat, offset, data[0], size, len(data)-head)
	}
	p.count++
	return TLV{Code: data[0], Def: def, Value: data[head : head+size : head+size], Offset: offset}, head + size, nil
}

// fill reads what is in a TLV. A value that goes on in the TLVs that follow is put
// together; it returns the size of those.
func (p *parser) fill(t *TLV, set *defSet, following []byte, depth int) int {
	t.Def = set.byCode[t.Code]
	if p.mta && depth == 0 && t.Code == typeLongBind {
		t.Def = set.byCode[typeVarbind]
	}
	if t.Def == nil || t.Def.Coding != TLVs || depth == MaxDepth {
		return 0
	}
	content := t.Offset + 2
	if depth == 0 && wide(t.Code, t.Def, p.mta) {
		content++
	}
	if t.Sub, t.Nested = p.nested(t.Value, t.Def.inside(), content, depth+1); t.Nested || !t.Def.split {
		return 0
	}
	value, used := joined(t.Code, t.Value, following)
	if used == 0 {
		return 0
	}
	sub, ok := p.nested(value, t.Def.inside(), content, depth+1)
	if !ok {
		return 0
	}
	t.Value, t.Sub, t.Nested = value, sub, true
	return used
}

// joined puts together a value that was split: all its TLVs but the last are full.
func joined(code uint8, value, following []byte) ([]byte, int) {
	used, last := 0, len(value)
	value = bytes.Clone(value)
	for last == longestSplit && len(following) >= used+3 && following[used] == code {
		size := int(following[used+1])
		if size == 0 || size > longestSplit || len(following) < used+2+size {
			break
		}
		value = append(value, following[used+2:used+2+size]...)
		used, last = used+2+size, size
	}
	return value, used
}

// nested reads sub-TLVs: a type and a length of one octet each, without padding. It
// reports whether the value consists of them.
func (p *parser) nested(value []byte, set *defSet, offset, depth int) ([]TLV, bool) {
	n := 0
	for pos := 0; pos < len(value); n++ {
		if len(value) < pos+2 || len(value) < pos+2+int(value[pos+1]) {
			return nil, false
		}
		pos += 2 + int(value[pos+1])
	}
	if p.count += n; p.count > MaxTLVs {
		return nil, false
	}
	tlvs := make([]TLV, 0, n)
	for pos := 0; pos < len(value); {
		size := int(value[pos+1])
		t := TLV{Code: value[pos], Value: value[pos+2 : pos+2+size : pos+2+size], Offset: offset + pos}
		p.fill(&t, set, nil, depth)
		tlvs = append(tlvs, t)
		pos += 2 + size
	}
	return tlvs, true
}
