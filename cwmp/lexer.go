package cwmp

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/beevik/etree"
)

// lexer reads a body in one pass into an etree document, forgiving what CPEs
// get wrong and keeping the limits while it goes. It exists because etree's
// own reader refuses control characters, bare ampersands and foreign charsets,
// and takes several times as long (see BenchmarkDecodeInform9Strict).
type lexer struct {
	src    []byte
	pos    int
	latin1 bool // bytes above 0x7f are ISO-8859-1

	root  *etree.Element
	open  []openElement // outermost first
	kids  []etree.Token // children found so far of all open elements
	count int           // elements and attributes so far
	attrs []etree.Attr  // attributes of the tag being read

	raw []byte // pending text, still as sent; nil when none
	buf []byte // pending text, decoded; used when it comes in pieces

	slab slab
}

// openElement is an element whose end tag has not been read yet.
type openElement struct {
	el    *etree.Element
	first int // index in kids of its first child
}

// lex reads body up to the end of its root element. When it fails, the tree
// read until then is returned beside the error.
func lex(body []byte, latin1 bool) (*etree.Element, *DecodeError) {
	l := &lexer{src: body, latin1: latin1}
	l.slab.size = min(max(bytes.Count(body, []byte{'<'})/2+1, 8), 1024)
	err := l.document()
	for len(l.open) > 0 {
		l.pop()
	}
	return l.root, err
}

func (l *lexer) document() *DecodeError {
	for l.root == nil || len(l.open) > 0 {
		if l.pos >= len(l.src) {
			return l.cut()
		}
		var err *DecodeError
		if l.src[l.pos] == '<' {
			err = l.markup()
		} else {
			err = l.text()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *lexer) fail(kind ErrorKind, format string, args ...any) *DecodeError {
	path := make([]string, len(l.open))
	for i, o := range l.open {
		path[i] = o.el.Tag[:min(len(o.el.Tag), 40)] // the error is for a person
	}
	return &DecodeError{Kind: kind, Where: strings.Join(path, "/"), Offset: l.pos, Reason: fmt.Sprintf(format, args...)}
}

// cut reports the end of the body inside an element. A body that ends after
// its message is let through: CPEs that count characters instead of bytes in
// Content-Length lose the last end tags.
func (l *lexer) cut() *DecodeError {
	if len(l.open) == 1 && l.open[0].el.Tag == "Envelope" && l.closed("Body") {
		return nil
	}
	if len(l.open) == 2 && l.open[1].el.Tag == "Body" && len(l.kids) > l.open[1].first {
		return nil
	}
	return l.fail(KindMalformed, "the body ends too early")
}

// closed reports whether the innermost open element has a complete child tag.
func (l *lexer) closed(tag string) bool {
	for _, kid := range l.kids[l.open[len(l.open)-1].first:] {
		if el, ok := kid.(*etree.Element); ok && el.Tag == tag {
			return true
		}
	}
	return false
}

// markup reads what starts with '<'.
func (l *lexer) markup() *DecodeError {
	rest := l.src[l.pos:]
	switch {
	case len(rest) > 1 && isNameStart(rest[1]):
		return l.startTag()
	case bytes.HasPrefix(rest, []byte("</")):
		return l.endTag()
	case bytes.HasPrefix(rest, []byte("<!--")):
		return l.skipTo("<!--", "-->")
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		return l.cdata()
	case bytes.HasPrefix(rest, []byte("<?")):
		return l.skipTo("<?", "?>")
	case bytes.HasPrefix(rest, []byte("<!")):
		return l.doctype()
	}
	return l.text()
}

// text reads up to the next '<'. A '<' at the current position belongs to the
// text: markup has found that no tag starts there.
func (l *lexer) text() *DecodeError {
	end := bytes.IndexByte(l.src[l.pos+1:], '<') + 1
	if end == 0 {
		end = len(l.src) - l.pos
	}
	run := l.src[l.pos : l.pos+end]
	if len(l.open) == 0 {
		if len(bytes.Trim(run, " \t\r\n\x00\xef\xbb\xbf")) > 0 {
			return l.fail(KindMalformed, "the body does not start with an element")
		}
	} else if l.raw == nil && len(l.buf) == 0 {
		l.raw = run
	} else {
		l.settle()
		l.buf = appendText(l.buf, run, l.latin1, true)
	}
	l.pos += end
	return nil
}

// settle moves pending raw text to the buffer, so that more can follow.
func (l *lexer) settle() {
	if l.raw != nil {
		l.buf = appendText(l.buf, l.raw, l.latin1, true)
		l.raw = nil
	}
}

// flush makes the pending text a child of the innermost element. White space
// around elements is only indentation and is dropped.
func (l *lexer) flush(beforeElement bool) {
	if l.raw == nil && len(l.buf) == 0 {
		return
	}
	indentation := beforeElement || len(l.kids) > l.open[len(l.open)-1].first
	if indentation && isSpace(l.raw) && isSpace(l.buf) {
		l.raw, l.buf = nil, l.buf[:0]
		return
	}
	var data string
	if l.raw != nil {
		data = decodeText(l.raw, l.latin1)
	} else {
		data = string(l.buf)
	}
	l.raw, l.buf = nil, l.buf[:0]
	l.kids = append(l.kids, l.slab.charData(data))
}

func (l *lexer) cdata() *DecodeError {
	start := l.pos + len("<![CDATA[")
	if len(l.open) == 0 {
		return l.fail(KindMalformed, "the body does not start with an element")
	}
	end := bytes.Index(l.src[start:], []byte("]]>"))
	if end < 0 {
		return l.fail(KindMalformed, "a CDATA section is not closed")
	}
	l.settle()
	l.buf = appendText(l.buf, l.src[start:start+end], l.latin1, false)
	l.pos = start + end + len("]]>")
	return nil
}

// skipTo passes a comment or a processing instruction.
func (l *lexer) skipTo(opening, closing string) *DecodeError {
	start := l.pos + len(opening)
	end := bytes.Index(l.src[start:], []byte(closing))
	if end < 0 {
		return l.fail(KindMalformed, "%s is not closed", opening)
	}
	l.pos = start + end + len(closing)
	return nil
}

// doctype passes a document type declaration with its internal subset. What
// it declares is not looked at, so no entity can be expanded.
func (l *lexer) doctype() *DecodeError {
	var quote byte
	depth := 0
	for i := l.pos; i < len(l.src); i++ {
		switch c := l.src[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '<' && bytes.HasPrefix(l.src[i:], []byte("<!--")):
			end := bytes.Index(l.src[i:], []byte("-->"))
			if end < 0 {
				return l.fail(KindMalformed, "a comment is not closed")
			}
			i += end + 2
		case c == '<':
			depth++
		case c == '>':
			if depth--; depth == 0 {
				l.pos = i + 1
				return nil
			}
		}
	}
	return l.fail(KindMalformed, "a declaration is not closed")
}
