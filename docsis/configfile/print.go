package configfile

import (
	"bytes"
	"fmt"
	"strings"
)

// Text returns the settings as text. Integrity checks and end mark follow as comments.
// What the table does not know, and values that their statement could not say (of the
// wrong size, out of range), are GenericTLV statements: the text always encodes to the
// settings again.
func (f *File) Text() string { return string(f.AppendText(nil)) }

// AppendText appends Text to dst.
func (f *File) AppendText(dst []byte) []byte {
	p := printer{dst: append(dst, "Main\n{\n"...), mta: f.MTA}
	p.tlvs(f.TLVs, 1)
	if f.CMMIC != nil {
		p.dst = fmt.Appendf(p.dst, "\t/* CmMic %#x; */\n", f.CMMIC)
	}
	if f.CMTSMIC != nil {
		p.dst = fmt.Appendf(p.dst, "\t/* CmtsMic %#x; */\n", f.CMTSMIC)
	}
	if f.Ended {
		p.dst = append(p.dst, "\t/* EndOfDataMkr */\n"...)
	}
	if f.Behind > 0 {
		p.dst = fmt.Appendf(p.dst, "\t/* %d octets follow the end mark */\n", f.Behind)
	}
	return append(p.dst, "}\n"...)
}

// printer writes text.
type printer struct {
	dst   []byte
	mta   bool
	trial []byte // room for encodesTo
}

// tlvs writes statements.
func (p *printer) tlvs(tlvs []TLV, depth int) {
	for i := range tlvs {
		p.tlv(&tlvs[i], depth)
	}
}

// indent begins a line.
func (p *printer) indent(depth int) { p.dst = append(p.dst, strings.Repeat("\t", depth)...) }

// tlv writes one statement and what is in it, over as many lines as that takes.
func (p *printer) tlv(t *TLV, depth int) {
	p.indent(depth)
	if !t.Nested || !p.named(t) {
		p.statement(t, depth)
		p.dst = append(p.dst, '\n')
		return
	}
	p.dst = append(append(p.dst, t.Def.Name...), '\n')
	p.indent(depth)
	p.dst = append(p.dst, "{\n"...)
	p.tlvs(t.Sub, depth+1)
	p.indent(depth)
	p.dst = append(p.dst, "}\n"...)
}

// statement writes a statement without a block.
func (p *printer) statement(t *TLV, depth int) {
	if t.Def == nil || !p.value(t, depth) {
		p.generic(t)
	}
}

// named reports whether a block can be written with its name: splitting must give the
// TLVs that it was read from.
func (p *printer) named(t *TLV) bool {
	return t.Def.split || len(t.Value) <= longestOctet
}

// generic writes a GenericTLV, and what a known TLV of a wrong form would be.
func (p *printer) generic(t *TLV) {
	p.dst = fmt.Appendf(p.dst, "GenericTLV TlvCode %d TlvLength %d TlvValue 0x%x;", t.Code, len(t.Value), t.Value)
	if t.Def != nil {
		p.dst = appendNote(p.dst, t.Def.Name)
	}
}

// value writes the statement of a single value, if that encodes to the same octets:
// which is tried, so that no rule of the text has to be known twice.
func (p *printer) value(t *TLV, depth int) bool {
	start := len(p.dst)
	dst, note, ok := appendValue(append(append(p.dst, t.Def.Name...), ' '), t.Def, t.Value)
	if !ok {
		return false
	}
	dst = append(dst, ';')
	if !p.encodesTo(dst[start:], t, depth) {
		p.dst = dst[:start]
		return false
	}
	p.dst = appendNote(dst, note)
	return true
}

// appendNote appends a comment.
func appendNote(dst []byte, note string) []byte {
	if note == "" {
		return dst
	}
	return append(append(append(dst, " /* "...), note...), " */"...)
}

// encodesTo reports whether a statement gives the TLV.
func (p *printer) encodesTo(statement []byte, t *TLV, depth int) bool {
	e := encoder{opts: TextOptions{MTA: p.mta}, depth: depth - 1, top: top(), dst: p.trial[:0]}
	e.lex.src = statement
	e.advance()
	e.advance()
	head := e.open(t.Def.Code, 0)
	if !e.value(t.Def) || !e.take(tokSemi, ";") || e.tok.kind != tokEnd || !e.close(head, t.Def, 0) || len(e.errs) > 0 {
		return false
	}
	n := len(e.dst)
	p.trial = appendTLV(e.dst, t.Code, t.Value, depth == 1 && wide(t.Code, e.top.byCode[t.Code], p.mta))
	return bytes.Equal(p.trial[:n], p.trial[n:])
}

// appendTLV appends a TLV as it stands.
func appendTLV(dst []byte, code uint8, value []byte, long bool) []byte {
	dst = append(dst, code)
	if long {
		dst = append(dst, byte(len(value)>>8))
	}
	return append(append(dst, byte(len(value))), value...)
}
