package cwmp

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"
)

// reader reads the arguments of one element by local name. A missing element
// reads as the zero value, whatever the type. A passed limit is kept as the
// error of the whole message, so that decoders need not check each argument.
type reader struct {
	el  *etree.Element // nil for a missing element
	err **DecodeError
}

func (r reader) fail(kind ErrorKind, format string, args ...any) {
	if *r.err == nil {
		*r.err = &DecodeError{Kind: kind, Where: r.el.Tag[:min(len(r.el.Tag), 40)], Offset: -1, Reason: fmt.Sprintf(format, args...)}
	}
}

// child returns the first child with a name. The spelling of the schema wins;
// another case of the letters is accepted after it.
func (r reader) child(name string) reader {
	found := reader{err: r.err}
	if r.el == nil {
		return found
	}
	for _, token := range r.el.Child {
		el, ok := token.(*etree.Element)
		if ok && el.Tag == name {
			found.el = el
			return found
		}
		if ok && found.el == nil && strings.EqualFold(el.Tag, name) {
			found.el = el
		}
	}
	return found
}

// exact is child without regard for other cases: faultcode and FaultCode are
// two things.
func (r reader) exact(name string) reader {
	found := r.child(name)
	if found.el != nil && found.el.Tag != name {
		found.el = nil
	}
	return found
}

// children calls visit for each child element.
func (r reader) children(visit func(reader)) {
	if r.el == nil {
		return
	}
	for _, token := range r.el.Child {
		if el, ok := token.(*etree.Element); ok {
			visit(reader{el: el, err: r.err})
		}
	}
}

// attr returns the value of an attribute by local name.
func (r reader) attr(key string) string {
	if r.el == nil {
		return ""
	}
	for i := range r.el.Attr {
		if r.el.Attr[i].Key == key {
			return r.el.Attr[i].Value
		}
	}
	return ""
}

// content returns the element's own text as sent, at most limit bytes.
func (r reader) content(limit int) string {
	if r.el == nil {
		return ""
	}
	text := r.el.Text()
	if len(text) > limit {
		r.fail(KindTooLong, "the text of <%.40s> is longer than %d bytes", r.el.Tag, limit)
		return ""
	}
	return text
}

// raw returns an argument with its white space, for secrets and free text.
func (r reader) raw(name string) string { return r.child(name).content(MaxFieldBytes) }

// str returns an argument without surrounding white space.
func (r reader) str(name string) string { return strings.TrimSpace(r.raw(name)) }

// path returns an argument that is a parameter name or an object path.
func (r reader) path(name string) string {
	return strings.TrimSpace(r.child(name).content(MaxNameBytes))
}

// faultString returns a fault text, cut to MaxFaultStringBytes.
func (r reader) faultString(name string) string {
	text := strings.TrimSpace(r.child(name).content(MaxBodyBytes))
	if len(text) <= MaxFaultStringBytes {
		return text
	}
	end := MaxFaultStringBytes
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return strings.Clone(strings.TrimSpace(text[:end]))
}

// int returns an argument as a number; what is no number reads as 0, what is
// out of range as the nearest 32-bit number.
func (r reader) int(name string) int {
	n, _ := strconv.ParseInt(r.str(name), 10, 64) // on overflow n is the nearest number
	return int(min(max(n, math.MinInt32), math.MaxInt32))
}

// uint is int for numbers without sign.
func (r reader) uint(name string) uint32 {
	n, _ := strconv.ParseInt(r.str(name), 10, 64)
	return uint32(min(max(n, 0), math.MaxUint32))
}

// bool returns an argument as a truth value; what is none reads as false.
func (r reader) bool(name string) bool {
	value, _ := ParseBool(r.str(name))
	return value
}

func (r reader) time(name string) DateTime { return ParseDateTime(r.str(name)) }

// strings returns the texts of the children of an array argument.
func (r reader) strings(name string) []string {
	return readList(r.child(name), func(item reader) (string, bool) {
		return strings.TrimSpace(item.content(MaxFieldBytes)), true
	})
}

// paths is strings for parameter names.
func (r reader) paths(name string) []string {
	return readList(r.child(name), func(item reader) (string, bool) {
		return strings.TrimSpace(item.content(MaxNameBytes)), true
	})
}

// readList reads the children of an array. The names of the children and the
// count in arrayType are often wrong and never looked at. Items for which
// read returns false are left out. An empty array reads as nil.
func readList[T any](array reader, read func(reader) (T, bool)) []T {
	var list []T
	array.children(func(item reader) {
		if len(list) == MaxItems {
			array.fail(KindTooMany, "<%.40s> has more than %d entries", array.el.Tag, MaxItems)
			return
		}
		if value, ok := read(item); ok {
			if list == nil {
				list = make([]T, 0, min(len(array.el.Child), MaxItems))
			}
			list = append(list, value)
		}
	})
	return list
}

// ParseBool reads a truth value in any of the forms CPEs use: 1, true, yes,
// on, enabled and their opposites, in any case. ok is false for other text.
func ParseBool(text string) (value, ok bool) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "1", "true", "t", "yes", "y", "on", "enabled":
		return true, true
	case "0", "false", "f", "no", "n", "off", "disabled":
		return false, true
	}
	return false, false
}
