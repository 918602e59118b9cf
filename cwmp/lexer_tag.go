package cwmp

import (
	"bytes"

	"github.com/beevik/etree"
)

// startTag reads a start tag or an empty element.
func (l *lexer) startTag() *DecodeError {
	l.pos++
	name := l.name()
	if len(name) > MaxNameBytes {
		return l.fail(KindTooLong, "the name of an element is longer than %d bytes", MaxNameBytes)
	}
	space, tag := l.qualified(name)
	l.attrs = l.attrs[:0]
	for {
		l.skipSpace()
		if l.pos >= len(l.src) {
			return l.fail(KindMalformed, "the tag <%.40s is not closed", tag)
		}
		switch l.src[l.pos] {
		case '>':
			l.pos++
			return l.push(space, tag)
		case '/':
			l.pos++
			if l.pos < len(l.src) && l.src[l.pos] == '>' {
				l.pos++
				err := l.push(space, tag)
				if err == nil {
					l.pop()
				}
				return err
			}
		default:
			if err := l.attribute(tag); err != nil {
				return err
			}
		}
	}
}

// endTag reads an end tag. Its prefix is not compared: a tag closed under
// another prefix is still meant for its element.
func (l *lexer) endTag() *DecodeError {
	l.pos += len("</")
	name := l.name()
	l.skipSpace()
	if l.pos >= len(l.src) {
		return l.cut()
	}
	if l.src[l.pos] != '>' {
		return l.fail(KindMalformed, "the end tag </%.40s is not closed", name)
	}
	if len(l.open) == 0 {
		return l.fail(KindMalformed, "the end tag </%.40s> has no start tag", name)
	}
	_, local := splitName(name)
	if top := l.open[len(l.open)-1].el; string(local) != top.Tag {
		if _, tag := l.qualified(name); tag != top.Tag {
			return l.fail(KindMalformed, "<%.40s> is closed by </%.40s>", top.Tag, tag)
		}
	}
	l.pos++
	l.pop()
	return nil
}

// attribute reads one attribute into attrs. Values without quotes and
// attributes without value are let through.
func (l *lexer) attribute(tag string) *DecodeError {
	name := l.name()
	if len(name) == 0 {
		return l.fail(KindMalformed, "the tag <%.40s has a stray character", tag)
	}
	if len(name) > MaxNameBytes {
		return l.fail(KindTooLong, "the name of an attribute is longer than %d bytes", MaxNameBytes)
	}
	var value []byte
	l.skipSpace()
	if l.pos < len(l.src) && l.src[l.pos] == '=' {
		l.pos++
		l.skipSpace()
		var ok bool
		if value, ok = l.attributeValue(); !ok {
			return l.fail(KindMalformed, "an attribute of <%.40s is not closed", tag)
		}
	}
	space, key := l.qualified(name)
	attr := etree.Attr{Space: space, Key: key, Value: l.shared(value)}
	for i := range l.attrs {
		if l.attrs[i].Key == key && l.attrs[i].Space == space {
			l.attrs[i] = attr
			return nil
		}
	}
	if len(l.attrs) == MaxAttributes {
		return l.fail(KindTooMany, "<%.40s has more than %d attributes", tag, MaxAttributes)
	}
	l.attrs = append(l.attrs, attr)
	return nil
}

func (l *lexer) attributeValue() (value []byte, ok bool) {
	rest := l.src[l.pos:]
	if len(rest) == 0 {
		return nil, false
	}
	if quote := rest[0]; quote == '"' || quote == '\'' {
		end := bytes.IndexByte(rest[1:], quote)
		if end < 0 {
			return nil, false
		}
		l.pos += end + 2
		return rest[1 : end+1], true
	}
	end := bytes.IndexAny(rest, " \t\r\n>")
	if end < 0 {
		return nil, false
	}
	l.pos += end
	return rest[:end], true
}

// push opens an element with the attributes just read.
func (l *lexer) push(space, tag string) *DecodeError {
	if len(l.open) == MaxDepth {
		return l.fail(KindTooDeep, "elements nest deeper than %d", MaxDepth)
	}
	if l.count += 1 + len(l.attrs); l.count > MaxElements {
		return l.fail(KindTooMany, "the body has more than %d elements and attributes", MaxElements)
	}
	if len(l.open) > 0 {
		l.flush(true)
	}
	el := l.slab.element()
	el.Space, el.Tag = space, tag
	el.Attr = l.slab.copyAttrs(l.attrs)
	if l.root == nil {
		l.root = el
	} else {
		l.kids = append(l.kids, el)
	}
	l.open = append(l.open, openElement{el: el, first: len(l.kids)})
	return nil
}

// pop closes the innermost element and hands it its children, whose number is
// known only now.
func (l *lexer) pop() {
	l.flush(false)
	top := l.open[len(l.open)-1]
	kids := l.kids[top.first:]
	top.el.Child = l.slab.tokens(len(kids))
	for _, kid := range kids {
		top.el.AddChild(kid)
	}
	clear(kids)
	l.kids = l.kids[:top.first]
	l.open = l.open[:len(l.open)-1]
}

// name reads the name at the current position; it is empty when there is none,
// and longer than MaxNameBytes by one byte when it is too long.
func (l *lexer) name() []byte {
	start := l.pos
	for l.pos < len(l.src) && l.pos-start <= MaxNameBytes && isNameByte(l.src[l.pos]) {
		l.pos++
	}
	return l.src[start:l.pos]
}

func (l *lexer) skipSpace() {
	for l.pos < len(l.src) && isSpaceByte(l.src[l.pos]) {
		l.pos++
	}
}

// qualified splits a name in prefix and local name.
func (l *lexer) qualified(name []byte) (space, local string) {
	s, n := splitName(name)
	return l.shared(s), l.shared(n)
}

// shared returns text as a string, without allocating when it is one of the
// words of the protocol.
func (l *lexer) shared(text []byte) string {
	if word, ok := vocabulary[string(text)]; ok {
		return word
	}
	return decodeText(text, l.latin1)
}

// splitName splits at the colon, if there is one with something on both sides.
func splitName(name []byte) (space, local []byte) {
	i := bytes.IndexByte(name, ':')
	if i <= 0 || i == len(name)-1 || bytes.IndexByte(name[i+1:], ':') >= 0 {
		return nil, name
	}
	return name[:i], name[i+1:]
}

func isSpaceByte(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r'
}

func isSpace(text []byte) bool {
	for _, c := range text {
		if !isSpaceByte(c) {
			return false
		}
	}
	return true
}

func isNameStart(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == ':' || c >= 0x80
}

func isNameByte(c byte) bool {
	return isNameStart(c) || c >= '0' && c <= '9' || c == '-' || c == '.'
}
