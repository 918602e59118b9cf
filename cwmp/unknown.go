package cwmp

import "strings"

// UnknownMethod is an RPC that this package does not know: a vendor's, or one
// of another protocol. An ACS answers it with fault 8000 unless it knows the
// vendor's method.
type UnknownMethod struct {
	// Name is the local name of the element, such as "X_00005E_Probe".
	Name string
	// Arguments are its children.
	Arguments []Argument
}

// Argument is an element of an UnknownMethod.
type Argument struct {
	// Name is the local name of the element.
	Name string
	// Type is its xsi:type as sent, or empty.
	Type string
	// Text is its own text; it is empty if there are child elements.
	Text string
	// Children are its child elements, in order.
	Children []Argument
}

var _ Message = (*UnknownMethod)(nil)

// Method returns Name.
func (m *UnknownMethod) Method() string { return m.Name }

func (m *UnknownMethod) encode(w *writer) { encodeArguments(w, m.Arguments) }

func decodeUnknownMethod(r reader) Message {
	return &UnknownMethod{Name: safeName(r.el.Tag), Arguments: readList(r, readArgument)}
}

func readArgument(item reader) (Argument, bool) {
	arg := Argument{Name: safeName(item.el.Tag), Type: item.attr("type"), Children: readList(item, readArgument)}
	if arg.Children == nil {
		arg.Text = item.content(MaxValueBytes)
	}
	return arg, true
}

func encodeArguments(w *writer, list []Argument) {
	for _, arg := range list {
		name := safeName(arg.Name)
		if arg.Type != "" {
			w.openTyped(name, arg.Type)
		} else {
			w.open(name)
		}
		if arg.Children != nil {
			encodeArguments(w, arg.Children)
		} else {
			w.buf = appendEscaped(w.buf, arg.Text, false)
		}
		w.close(name)
	}
}

// safeName returns name if it can be an XML name, else a version of it that
// can: this is the only place where names that callers choose are written.
func safeName(name string) string {
	if name == "" || !isNameStart(name[0]) {
		name = "_" + name
	}
	return strings.Map(func(r rune) rune {
		if r < 0x80 && (!isNameByte(byte(r)) || r == ':') {
			return '_'
		}
		return legal(r)
	}, name)
}
