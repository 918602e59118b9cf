package cwmp

import (
	"strconv"
	"unicode/utf8"
)

// writer appends a message to buf. Element names come from this package and
// are written as they are; texts are escaped.
type writer struct {
	buf  []byte
	opts EncodeOptions
}

func (w *writer) literal(s string) { w.buf = append(w.buf, s...) }

func (w *writer) open(name string) {
	w.buf = append(w.buf, '<')
	w.literal(name)
	w.buf = append(w.buf, '>')
}

func (w *writer) close(name string) {
	w.literal("</")
	w.literal(name)
	w.buf = append(w.buf, '>')
}

// openTyped opens an element with an xsi:type.
func (w *writer) openTyped(name, xsiType string) {
	w.buf = append(w.buf, '<')
	w.literal(name)
	w.literal(` xsi:type="`)
	w.buf = appendEscaped(w.buf, xsiType, true)
	w.literal(`">`)
}

// openArray opens an array with its true count, which some CPEs allocate by.
func (w *writer) openArray(name, itemType string, n int) {
	w.buf = append(w.buf, '<')
	w.literal(name)
	w.literal(` soap-enc:arrayType="`)
	w.literal(itemType)
	w.buf = append(w.buf, '[')
	w.buf = strconv.AppendInt(w.buf, int64(n), 10)
	w.literal(`]">`)
}

// str writes <name>value</name>; an empty value gives <name></name>, since
// some CPEs cannot read <name/>.
func (w *writer) str(name, value string) {
	w.open(name)
	w.buf = appendEscaped(w.buf, value, false)
	w.close(name)
}

// optional is str for an argument that is left out when empty.
func (w *writer) optional(name, value string) {
	if value != "" {
		w.str(name, value)
	}
}

func (w *writer) int(name string, value int64) {
	w.open(name)
	w.buf = strconv.AppendInt(w.buf, value, 10)
	w.close(name)
}

func (w *writer) uint(name string, value uint32) { w.int(name, int64(value)) }

// bool writes 1 or 0: some CPEs refuse the words.
func (w *writer) bool(name string, value bool) {
	switch {
	case w.opts.BooleanWords:
		w.str(name, strconv.FormatBool(value))
	case value:
		w.int(name, 1)
	default:
		w.int(name, 0)
	}
}

func (w *writer) time(name string, value DateTime) { w.str(name, value.String()) }

// parameterKey writes the ParameterKey of an RPC that changes parameters.
func (w *writer) parameterKey(key string) {
	if !w.opts.OmitParameterKey {
		w.str("ParameterKey", key)
	}
}

// strings writes an array of xsd:string.
func (w *writer) strings(name string, list []string) {
	w.openArray(name, "xsd:string", len(list))
	for _, item := range list {
		w.str("string", item)
	}
	w.close(name)
}

// encodeList writes an array of structs.
func encodeList[T interface{ encode(*writer) }](w *writer, name, itemType string, list []T) {
	w.openArray(name, itemType, len(list))
	for _, item := range list {
		item.encode(w)
	}
	w.close(name)
}

// appendEscaped appends text so that a reader gets it back unchanged; what XML
// 1.0 forbids becomes U+FFFD. In attributes quotes and line ends are escaped
// too, since a reader would normalise them.
func appendEscaped(dst []byte, text string, attribute bool) []byte {
	start := 0
	for i := 0; i < len(text); {
		c, n := text[i], 1
		if c >= 0x80 {
			r, size := utf8.DecodeRuneInString(text[i:])
			if n = size; !(r == utf8.RuneError && size == 1) && legal(r) == r {
				i += n
				continue
			}
		} else if plain[c] && c != '<' && c != '>' && !(attribute && (c == '"' || c < 0x20)) {
			i++
			continue
		}
		dst = append(dst, text[start:i]...)
		dst = append(dst, escape(c)...)
		i += n
		start = i
	}
	return append(dst, text[start:]...)
}

func escape(c byte) string {
	switch c {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '"':
		return "&quot;"
	case '\t':
		return "&#x9;"
	case '\n':
		return "&#xA;"
	case '\r':
		return "&#xD;"
	}
	return "\uFFFD"
}
