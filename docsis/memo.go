package docsis

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"text/template/parse"

	"itms/docsis/configfile"
)

// A template is a pure function of what it mentions. One that mentions nothing but the
// terms of a service gives the same settings to all modems with these terms: they are
// kept, by those terms. Evaluating a template costs ten times what signing does.

// maxMemo bounds the settings kept of one template; beyond it all are made anew.
const maxMemo = 1024

// sharedTerms are what many devices have in common, by what a template calls them, with
// their values. Attributes and Package are looked up by name.
var sharedTerms = map[string]func(*Values) string{
	"Device.Kind":         func(v *Values) string { return v.Device.Kind },
	"Device.Version":      func(v *Values) string { return v.Device.Version },
	"Device.Manufacturer": func(v *Values) string { return v.Device.Manufacturer },
	"Device.Model":        func(v *Values) string { return v.Device.Model },
	"Device.Hardware":     func(v *Values) string { return v.Device.Hardware },
	"Device.Software":     func(v *Values) string { return v.Device.Software },
	"Service.Type":        func(v *Values) string { return v.Service.Type },
	"Service.State":       func(v *Values) string { return v.Service.State },
	"Service.Package":     func(v *Values) string { return v.Service.Package },
	"Service.DownKbps":    func(v *Values) string { return strconv.Itoa(v.Service.DownKbps) },
	"Service.UpKbps":      func(v *Values) string { return strconv.Itoa(v.Service.UpKbps) },
	"Line.Area":           func(v *Values) string { return v.Line.Area },
	"Line.Node":           func(v *Values) string { return v.Line.Node },
	"Lease.Class":         func(v *Values) string { return v.Lease.Class },
	"Lease.Relay":         func(v *Values) string { return v.Lease.Relay },
	"Lease.Scope":         func(v *Values) string { return v.Lease.Scope },
}

// memo keeps the settings that one template made.
type memo struct {
	terms []func(*Values) string
	mu    sync.RWMutex
	made  map[string]configfile.Body
}

// newMemo returns nil for a template that mentions more than terms which are shared, or of
// which that cannot be told.
func newMemo(tree *parse.Tree) *memo {
	m := &memo{made: map[string]configfile.Body{}}
	seen := map[string]bool{}
	if tree == nil || !m.mentions(tree.Root, seen) {
		return nil
	}
	return m
}

// mentions gathers what a node mentions; false when it is more than shared terms.
func (m *memo) mentions(n parse.Node, seen map[string]bool) bool {
	switch n := n.(type) {
	case *parse.ListNode:
		return n == nil || m.all(nodes(n.Nodes), seen)
	case *parse.ActionNode:
		return m.mentions(n.Pipe, seen)
	case *parse.PipeNode:
		return n == nil || m.all(nodes(n.Cmds), seen)
	case *parse.CommandNode:
		return m.all(nodes(n.Args), seen)
	case *parse.IfNode:
		return m.mentions(n.Pipe, seen) && m.mentions(n.List, seen) && m.mentions(n.ElseList, seen)
	case *parse.FieldNode:
		return m.field(strings.Join(n.Ident, "."), seen)
	case *parse.VariableNode:
		return len(n.Ident) == 1 && n.Ident[0] != "$"
	case *parse.TextNode, *parse.CommentNode, *parse.StringNode, *parse.NumberNode, *parse.BoolNode, *parse.NilNode, *parse.IdentifierNode:
		return true
	}
	return false // with, range and others let a field mean something else
}

// nodes turns a list of some sort of nodes into one of any.
func nodes[T parse.Node](list []T) []parse.Node {
	out := make([]parse.Node, len(list))
	for i, n := range list {
		out[i] = n
	}
	return out
}

// all is mentions for several.
func (m *memo) all(list []parse.Node, seen map[string]bool) bool {
	for _, n := range list {
		if !m.mentions(n, seen) {
			return false
		}
	}
	return true
}

// field notes one term.
func (m *memo) field(name string, seen map[string]bool) bool {
	if seen[name] {
		return true
	}
	seen[name] = true
	term, shared := sharedTerms[name]
	section, key, _ := strings.Cut(name, ".")
	switch {
	case shared:
	case section == "Attributes" && key != "" && !strings.Contains(key, "."):
		term = func(v *Values) string { return v.Attributes[key] }
	case section == "Package" && key != "" && !strings.Contains(key, "."):
		term = func(v *Values) string { return plain(v.Package[key]) }
	default:
		return false
	}
	m.terms = append(m.terms, term)
	return true
}

// plain writes a value of a package.
func plain(v any) string {
	switch v := v.(type) {
	case int:
		return strconv.Itoa(v)
	case string:
		return v
	}
	return fmt.Sprintf("%T %v", v, v)
}

// key appends what settings are kept by.
func (m *memo) key(to []byte, v *Values) []byte {
	for _, term := range m.terms {
		text := term(v)
		to = strconv.AppendInt(to, int64(len(text)), 10)
		to = append(append(to, ' '), text...)
	}
	return to
}

// get returns settings that were made before; they must not be changed.
func (m *memo) get(key []byte) (configfile.Body, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	body, ok := m.made[string(key)]
	return body, ok
}

// put keeps a copy of settings.
func (m *memo) put(key []byte, body configfile.Body) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.made) >= maxMemo {
		clear(m.made)
	}
	m.made[string(key)] = append(configfile.Body(nil), body...)
}
