package cwmp

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// isLatin1 decides the charset of a body: the Content-Type header first, then
// the XML declaration, else UTF-8. A body said to be UTF-8 may still hold
// single Latin-1 bytes, which appendText takes as such.
func isLatin1(body []byte, contentType string) bool {
	if _, charset, ok := cutFold(contentType, "charset="); ok {
		return latin1Name(charset)
	}
	head := bytes.TrimLeft(body[:min(len(body), 256)], "\xef\xbb\xbf \t\r\n\x00")
	end := bytes.Index(head, []byte("?>"))
	if !bytes.HasPrefix(head, []byte("<?xml")) || end < 0 {
		return false
	}
	_, encoding, _ := cutFold(string(head[:end]), "encoding")
	return latin1Name(strings.TrimLeft(encoding, " \t="))
}

// latin1Name reports whether text starts with a name of ISO-8859-1 or of a
// charset read the same way.
func latin1Name(text string) bool {
	text = strings.ToLower(strings.TrimLeft(text, " \"'"))
	for _, name := range []string{"iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "windows-1252", "cp1252"} {
		tail, ok := strings.CutPrefix(text, name)
		// iso-8859-1 must not match iso-8859-15.
		if ok && (tail == "" || tail[0] < '0' || tail[0] > '9') {
			return true
		}
	}
	return false
}

// cutFold is strings.Cut without regard to the case of ASCII letters.
func cutFold(s, sep string) (before, after string, found bool) {
	i := strings.Index(strings.ToLower(s), sep)
	if i < 0 || len(strings.ToLower(s)) != len(s) {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// decodeText returns character data as clean UTF-8 without references.
func decodeText(raw []byte, latin1 bool) string {
	for _, c := range raw {
		if !plain[c] {
			return string(appendText(make([]byte, 0, len(raw)+16), raw, latin1, true))
		}
	}
	return string(raw)
}

// plain marks the bytes that character data holds unchanged.
var plain = func() (table [256]bool) {
	for c := 0x20; c < 0x80; c++ {
		table[c] = c != '&'
	}
	table['\t'], table['\n'] = true, true
	return table
}()

// appendText appends character data as UTF-8: line ends become \n (XML 1.0
// 2.11), what XML forbids becomes U+FFFD, bytes that are not UTF-8 are taken
// as Latin-1, and references are resolved if refs is set.
func appendText(dst, raw []byte, latin1, refs bool) []byte {
	for len(raw) > 0 {
		c, n := raw[0], 1
		switch {
		case c == '&' && refs:
			dst, n = appendReference(dst, raw)
		case plain[c] || c == '&':
			dst = append(dst, c)
		case c == '\r':
			if len(raw) > 1 && raw[1] == '\n' {
				n = 2
			}
			dst = append(dst, '\n')
		case c < 0x20:
			dst = utf8.AppendRune(dst, utf8.RuneError)
		case latin1:
			dst = utf8.AppendRune(dst, rune(c))
		default:
			dst, n = appendMultibyte(dst, raw)
		}
		raw = raw[n:]
	}
	return dst
}

func appendMultibyte(dst, raw []byte) ([]byte, int) {
	r, n := utf8.DecodeRune(raw)
	if r == utf8.RuneError && n == 1 {
		r = rune(raw[0])
	}
	return utf8.AppendRune(dst, legal(r)), n
}

// legal returns r, or U+FFFD for a character that XML 1.0 forbids.
func legal(r rune) rune {
	switch {
	case r < 0x20 && r != '\t' && r != '\n' && r != '\r':
		return utf8.RuneError
	case r == 0xFFFE || r == 0xFFFF || r > utf8.MaxRune || r >= 0xD800 && r <= 0xDFFF:
		return utf8.RuneError
	}
	return r
}

// maxReference is the length of the longest reference that is looked at:
// "&#x0010FFFF;".
const maxReference = 12

// appendReference resolves the reference at the start of raw and returns its
// length. Only the five entities of XML itself exist; anything else that
// starts with '&' is a CPE that forgot to escape it, and stays as it is.
func appendReference(dst, raw []byte) ([]byte, int) {
	end := bytes.IndexByte(raw[:min(len(raw), maxReference)], ';')
	if end > 1 {
		if r, ok := resolve(string(raw[1:end])); ok {
			return utf8.AppendRune(dst, r), end + 1
		}
	}
	return append(dst, '&'), 1
}

func resolve(name string) (rune, bool) {
	switch name {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, ok := strings.CutPrefix(name, "#")
	if !ok {
		return 0, false
	}
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 31)
	return legal(rune(n)), err == nil
}
