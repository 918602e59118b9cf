package configfile

import (
	"bytes"
	"fmt"
)

// tokenKind is what a token is.
type tokenKind uint8

const (
	tokEnd    tokenKind = iota
	tokWord             // a name, number, address, list, OID: anything without spaces
	tokString           // in double quotes, which are part of the token
	tokOpen             // {
	tokClose            // }
	tokSemi             // ;
	tokBad              // lexer.problem says why
)

// token is a piece of the text.
type token struct {
	kind       tokenKind
	start, end int
}

// lexer cuts a text into tokens.
type lexer struct {
	src     []byte
	pos     int
	problem string
}

// charClass sorts the octets.
type charClass uint8

const (
	charWord charClass = iota
	charSpace
	charPunct // { } ;
	charQuote // "
	charOther // / and ', which belong to a word, but for comments and indices
	charBad   // control characters
)

var charClasses = classify()

// classify fills charClasses.
func classify() (classes [256]charClass) {
	for c := range 0x20 {
		classes[c] = charBad
	}
	classes[0x7f] = charBad
	for _, c := range " \t\r\n\f\v" {
		classes[c] = charSpace
	}
	for _, c := range "{};" {
		classes[c] = charPunct
	}
	classes['"'], classes['/'], classes['\''] = charQuote, charOther, charOther
	return classes
}

// next returns the next token. A word behind spaces, which most tokens are, is taken
// without a call.
func (l *lexer) next() token {
	src, pos := l.src, l.pos
	for pos < len(src) && charClasses[src[pos]] == charSpace {
		pos++
	}
	start := pos
	for pos < len(src) && charClasses[src[pos]] == charWord {
		pos++
	}
	if pos > start && pos < len(src) && charClasses[src[pos]] <= charPunct {
		l.pos = pos
		return token{tokWord, start, pos}
	}
	l.pos = start
	return l.other()
}

// other returns the next token whatever it is.
func (l *lexer) other() token {
	if !l.space() {
		return l.bad(l.pos, len(l.src), "the comment that begins here does not end: expected */")
	}
	start := l.pos
	if start == len(l.src) {
		return token{tokEnd, start, start}
	}
	switch c := l.src[start]; charClasses[c] {
	case charPunct:
		l.pos++
		return token{punctuation(c), start, l.pos}
	case charQuote:
		return l.quoted()
	case charBad:
		return l.bad(start, start+1, fmt.Sprintf("unexpected octet 0x%02x", c))
	}
	return l.word()
}

// punctuation returns the kind of a character.
func punctuation(c byte) tokenKind {
	switch c {
	case ';':
		return tokSemi
	case '{':
		return tokOpen
	}
	return tokClose
}

// bad returns a token for what is none, and goes on behind it.
func (l *lexer) bad(start, end int, problem string) token {
	l.pos, l.problem = end, problem
	return token{tokBad, start, end}
}

// space skips spaces and comments: /* */ which do not nest, and // to the end of the
// line. It reports whether all comments end.
func (l *lexer) space() bool {
	for l.pos < len(l.src) {
		switch {
		case charClasses[l.src[l.pos]] == charSpace:
			l.pos++
		case l.at("/*"):
			end := bytes.Index(l.src[l.pos+2:], []byte("*/"))
			if end < 0 {
				return false
			}
			l.pos += end + 4
		case l.at("//"):
			end := bytes.IndexByte(l.src[l.pos:], '\n')
			if end < 0 {
				end = len(l.src) - l.pos
			}
			l.pos += end
		default:
			return true
		}
	}
	return true
}

// at reports whether the text goes on with these two characters.
func (l *lexer) at(two string) bool {
	return l.src[l.pos] == two[0] && l.pos+1 < len(l.src) && l.src[l.pos+1] == two[1]
}

// word takes a word. An index of an object may be quoted: name."public" or name.'public'.
func (l *lexer) word() token {
	start, src := l.pos, l.src
	for pos := start; ; pos++ {
		for pos < len(src) && charClasses[src[pos]] == charWord {
			pos++
		}
		l.pos = pos
		if pos == len(src) {
			return token{tokWord, start, pos}
		}
		switch c := src[pos]; {
		case (c == '"' || c == '\'') && pos > start && src[pos-1] == '.':
			end := bytes.IndexByte(src[pos+1:l.lineEnd()], c)
			if end < 0 {
				return l.bad(pos, l.lineEnd(), "the quoted index does not end on its line")
			}
			pos += end + 1
		case charClasses[c] != charOther || l.at("/*") || l.at("//"):
			return token{tokWord, start, pos}
		}
	}
}

// lineEnd returns where the line ends.
func (l *lexer) lineEnd() int {
	if n := bytes.IndexByte(l.src[l.pos:], '\n'); n >= 0 {
		return l.pos + n
	}
	return len(l.src)
}

// quoted takes a string. \" is a quote in it; any other backslash is itself.
func (l *lexer) quoted() token {
	start := l.pos
	for i := start + 1; i < len(l.src); i++ {
		switch c := l.src[i]; {
		case c == '"':
			l.pos = i + 1
			return token{tokString, start, l.pos}
		case c == '\\' && i+1 < len(l.src) && l.src[i+1] == '"':
			i++
		case c == '\n':
			return l.bad(start, i, "the string does not end on its line: expected \"")
		case c < 0x20 || c == 0x7f:
			return l.bad(i, l.lineEnd(), fmt.Sprintf("octet 0x%02x in a string: write the value as hexadecimal digits", c))
		}
	}
	return l.bad(start, len(l.src), "the string does not end: expected \"")
}

// text returns what a token says.
func (l *lexer) text(t token) []byte { return l.src[t.start:t.end] }

// appendString appends the characters of a string token.
func appendString(dst, quoted []byte) []byte {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return append(dst, inner...)
	}
	for i := 0; i < len(inner); i++ {
		if inner[i] == '\\' && i+1 < len(inner) && inner[i+1] == '"' {
			i++
		}
		dst = append(dst, inner[i])
	}
	return dst
}
