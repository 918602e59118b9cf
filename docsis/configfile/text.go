package configfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Body is the settings of a file: TLVs in their order, without integrity checks, end
// mark and padding, which [Signer.Sign] adds. Of an MTA file it has the delimiters.
type Body []byte

// MTA reports whether the settings are those of an MTA file: whether they begin with
// its delimiter (PKT-SP-PROV §9.1).
func (b Body) MTA() bool { return bytes.HasPrefix(b, []byte{typeDelimiter, 1, mtaBegin}) }

// TextOptions says how a text is read. The zero value reads a modem's file, or an MTA's
// when the text begins with MtaConfigDelimiter 1, and no other files.
type TextOptions struct {
	// MTA takes the text for an MTA file whatever it begins with: varbinds that are too
	// long for TLV 11 become TLV 64.
	MTA bool
	// ReadFile returns the content of a file that the text names (certificates, digit
	// maps). Without it such a statement is a mistake.
	ReadFile func(name string) ([]byte, error)
}

// AppendEncode appends the settings that a text describes to dst. The order of the TLVs
// is that of the text. opts may be nil. A text with mistakes returns dst as it was and
// Errors. It is safe for concurrent use and allocates nothing for most texts when dst
// has room.
func AppendEncode(dst, text []byte, opts *TextOptions) (Body, error) {
	e := encoder{}
	body, _, err := e.run(dst, text, opts)
	return body, err
}

// mark tells where in the text a TLV was written.
type mark struct{ octet, text int }

// encoder turns text into TLVs.
type encoder struct {
	lex   lexer
	tok   token // the one that is looked at
	top   *defSet
	dst   []byte
	base  int // where the settings begin in dst
	opts  TextOptions
	errs  Errors
	over  bool // there were more than MaxErrors
	depth int
	marks []mark
	track bool // keep marks
}

// run encodes a text.
func (e *encoder) run(dst, text []byte, opts *TextOptions) (Body, []mark, error) {
	if opts != nil {
		e.opts = *opts
	}
	if len(text) > MaxText {
		return dst, nil, Errors{{1, 1, fmt.Sprintf("the text has %d octets: at most %d are read", len(text), MaxText)}}
	}
	e.top, e.lex.src, e.dst, e.base = top(), text, dst, len(dst)
	e.lex.pos = len(text) - len(bytes.TrimPrefix(text, byteOrderMark))
	e.file()
	if size := len(e.dst) - e.base; size > MaxFile {
		e.report(0, fmt.Sprintf("the file has %d octets: %d at most", size, MaxFile))
	}
	if len(e.errs) > 0 {
		return dst, nil, e.errs
	}
	return e.dst, e.marks, nil
}

// byteOrderMark is what some editors write before UTF-8.
var byteOrderMark = []byte("\ufeff")

// IsText reports whether data is a text rather than a binary file: whether it begins
// with Main, or else has nothing but characters.
func IsText(data []byte) bool {
	l := lexer{src: bytes.TrimPrefix(data, byteOrderMark)}
	if t := l.next(); t.kind == tokWord && bytes.EqualFold(l.text(t), []byte("Main")) {
		return true
	}
	return utf8.Valid(data) && bytes.IndexFunc(data, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }) < 0
}

// file reads Main { ... }.
func (e *encoder) file() {
	e.advance()
	if e.tok.kind != tokWord || !bytes.EqualFold(e.lex.text(e.tok), []byte("Main")) {
		e.expected("Main")
		return
	}
	e.advance()
	if !e.take(tokOpen, "{") {
		return
	}
	e.block(e.top)
	if e.tok.kind != tokEnd && len(e.errs) == 0 {
		e.expected("the end of the text")
	}
}

// advance goes to the next token and tells of what is none.
func (e *encoder) advance() {
	e.tok = e.lex.next()
	if e.tok.kind == tokBad {
		e.report(e.tok.start, e.lex.problem)
	}
}

// take goes on if the token is of this kind.
func (e *encoder) take(kind tokenKind, what string) bool {
	if e.tok.kind != kind {
		return e.expected(what)
	}
	e.advance()
	return true
}

// report adds a mistake.
func (e *encoder) report(offset int, msg string) {
	if len(e.errs) == MaxErrors-1 {
		msg += " (and more: only the first mistakes are told)"
		e.over = true
		e.lex.pos = len(e.lex.src)
	}
	if len(e.errs) < MaxErrors {
		line, column := position(e.lex.src, offset)
		e.errs = append(e.errs, &Error{line, column, msg})
	}
}

// expected tells what should be where the token is. It returns false for its callers
// to return.
func (e *encoder) expected(what string) bool {
	if e.tok.kind != tokBad { // that was told
		e.report(e.tok.start, "expected "+what+", found "+e.found())
	}
	return false
}

// found quotes the token.
func (e *encoder) found() string {
	const most = 40 // characters that are quoted
	switch text := e.lex.text(e.tok); {
	case e.tok.kind == tokEnd:
		return "the end"
	case len(text) > most:
		return string(bytes.ToValidUTF8(text[:most], nil)) + "..."
	default:
		return string(text)
	}
}

// skip goes behind a statement that has a mistake.
func (e *encoder) skip() {
	for depth := 0; ; e.advance() {
		switch e.tok.kind {
		case tokEnd:
			return
		case tokOpen:
			depth++
		case tokClose:
			if depth == 0 {
				return
			}
			if depth--; depth == 0 {
				e.advance()
				return
			}
		case tokSemi:
			if depth == 0 {
				e.advance()
				return
			}
		}
	}
}

// block reads statements up to the closing brace.
func (e *encoder) block(set *defSet) {
	for {
		switch e.tok.kind {
		case tokWord:
			if !e.statement(set) {
				e.skip()
			}
		case tokSemi:
			e.advance()
		case tokClose:
			e.advance()
			return
		case tokEnd:
			if !e.over {
				e.expected("a name or }")
			}
			return
		default:
			e.expected("a name or }")
			e.skip()
		}
	}
}

// statement reads one setting. After false the caller skips what is left of it.
func (e *encoder) statement(set *defSet) bool {
	name := e.lex.text(e.tok)
	def := set.byName[string(name)]
	switch {
	case def != nil:
	case string(name) == "GenericTLV":
		return e.generic(set)
	default:
		return e.unknown(set, string(name))
	}
	at := e.tok.start
	e.advance()
	head := e.open(def.Code, at)
	if def.Coding == TLVs {
		return e.nested(def.inside()) && e.close(head, def, at)
	}
	if !e.value(def) || !e.take(tokSemi, ";") {
		e.dst = e.dst[:head]
		return false
	}
	return e.close(head, def, at)
}

// nested reads a block of sub-TLVs.
func (e *encoder) nested(set *defSet) bool {
	if e.depth == MaxDepth {
		return e.expected(fmt.Sprintf("no more than %d levels", MaxDepth))
	}
	if !e.take(tokOpen, "{") {
		return false
	}
	e.depth++
	e.block(set)
	e.depth--
	return true
}

// unknown tells of a name that is not allowed here, and what was perhaps meant.
func (e *encoder) unknown(set *defSet, name string) bool {
	for _, def := range set.all {
		if strings.EqualFold(def.Name, name) {
			return e.expected(def.Name)
		}
	}
	what := "the name of a setting"
	if set != e.top && e.top.byName[name] != nil {
		what = "the name of a setting of this block, which ends with }"
	}
	return e.expected(what)
}

// wide reports whether the length of a TLV has two octets: those that DOCSIS 4.0 made
// so, and TLV 64 of MTA files.
func wide(code uint8, def *Def, mta bool) bool {
	return def != nil && def.long || mta && code == typeLongBind
}

// open begins a TLV of the text at an offset and returns where.
func (e *encoder) open(code uint8, at int) int {
	head := len(e.dst)
	if e.track {
		e.marks = append(e.marks, mark{head - e.base, at})
	}
	e.dst = append(e.dst, code, 0)
	if e.depth == 0 && wide(code, e.top.byCode[code], e.opts.MTA) {
		e.dst = append(e.dst, 0)
	}
	return head
}

// close writes the length of a TLV. def may be nil.
func (e *encoder) close(head int, def *Def, at int) bool {
	code, size := e.dst[head], len(e.dst)-head-2
	switch {
	case e.depth == 0 && wide(code, e.top.byCode[code], e.opts.MTA):
		return e.closeLong(head, at)
	case def != nil && def.split && size > longestSplit:
		e.dst = splitValue(e.dst, head)
	case size <= longestOctet:
		e.dst[head+1] = uint8(size)
		e.opts.MTA = e.opts.MTA || head == e.base && Body(e.dst[head:]).MTA()
	case code == typeVarbind && e.depth == 0 && e.opts.MTA:
		e.dst = append(e.dst, 0)
		copy(e.dst[head+3:], e.dst[head+2:])
		e.dst[head] = typeLongBind
		return e.closeLong(head, at)
	default:
		e.tooLong(head, at, size, longestOctet)
	}
	return true
}

// closeLong writes a length of two octets.
func (e *encoder) closeLong(head int, at int) bool {
	if size := len(e.dst) - head - 3; size > longestDouble {
		e.tooLong(head, at, size, longestDouble)
	} else {
		binary.BigEndian.PutUint16(e.dst[head+1:], uint16(size))
	}
	return true
}

// tooLong takes back a TLV that cannot be written. Its statement was complete.
func (e *encoder) tooLong(head, at, size, most int) {
	e.dst = e.dst[:head]
	e.report(at, fmt.Sprintf("the value has %d octets: at most %d fit", size, most))
}

// splitValue spreads the value of the last TLV over as many as it needs.
func splitValue(dst []byte, head int) []byte {
	value := bytes.Clone(dst[head+2:])
	code := dst[head]
	dst = dst[:head]
	for len(value) > 0 {
		n := min(len(value), longestSplit)
		dst = append(append(dst, code, uint8(n)), value[:n]...)
		value = value[n:]
	}
	return dst
}
