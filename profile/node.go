package profile

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Limits of a document. A profile is written by hand: the largest one built in
// has some 4 kB and 20 parameters.
const (
	maxDocument = 256 << 10 // bytes
	maxList     = 512       // entries of any list or mapping
)

// reader walks the YAML nodes of one document and notes every fault it meets, so
// that an operator sees all of them at once.
type reader struct {
	file     string
	problems Problems
}

// fail notes a fault at a node.
func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	r.failAt(n.Line, n.Column, format, args...)
}

// failAt notes a fault at a place.
func (r *reader) failAt(line, column int, format string, args ...any) {
	if len(r.problems) < maxProblems {
		r.problems = append(r.problems, Problem{r.file, line, column, fmt.Sprintf(format, args...)})
	}
}

// where names the place of a node, for faults that show up later.
func (r *reader) where(n *yaml.Node) string {
	return Problem{File: r.file, Line: n.Line, Column: n.Column}.place()
}

// document reads the single YAML document of in and returns its top mapping, nil
// when there is none; keys says what it should hold.
func (r *reader) document(in io.Reader, keys string) *yaml.Node {
	text, err := io.ReadAll(io.LimitReader(in, maxDocument+1))
	if err != nil {
		r.failAt(0, 0, "cannot be read: %v", err)
		return nil
	}
	if len(text) > maxDocument {
		r.failAt(0, 0, "is larger than %d bytes", maxDocument)
		return nil
	}
	dec := yaml.NewDecoder(strings.NewReader(string(text)))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); err == io.EOF {
		r.failAt(0, 0, "is empty: expected a mapping with %s", keys)
		return nil
	} else if err != nil {
		r.syntax(err)
		return nil
	}
	if err := dec.Decode(&more); err != io.EOF {
		r.failAt(0, 0, "holds more than one YAML document: expected one a file")
		return nil
	}
	return doc.Content[0]
}

// syntax notes a fault of the YAML parser. The library gives the line in its text
// only; when the text is not as expected the problem stands without a line.
func (r *reader) syntax(err error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	var line int
	if n, _ := fmt.Sscanf(text, "line %d:", &line); n == 1 {
		_, text, _ = strings.Cut(text, ": ")
		r.failAt(line, 1, "not YAML: %s", text)
		return
	}
	r.failAt(0, 0, "not YAML: %s", text)
}

// fields returns the values of a mapping by key. It refuses other kinds of node,
// unknown and repeated keys. A missing node has none.
func (r *reader) fields(n *yaml.Node, what string, known ...string) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	if n == nil {
		return out
	}
	if n.Kind != yaml.MappingNode || len(n.Content) > 2*maxList {
		r.fail(n, "%s: expected a mapping with keys %s", what, strings.Join(known, ", "))
		return out
	}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case !slices.Contains(known, key.Value):
			r.fail(key, "%s: unknown key %q: expected one of %s", what, clip(key.Value), strings.Join(known, ", "))
		case out[key.Value] != nil:
			r.fail(key, "%s: key %q is given twice", what, key.Value)
		default:
			out[key.Value] = value
		}
	}
	return out
}

// list returns the entries of a sequence; a lone scalar or mapping is a list of
// one, a missing node an empty one.
func (r *reader) list(n *yaml.Node) []*yaml.Node {
	switch {
	case n == nil:
		return nil
	case n.Kind == yaml.ScalarNode || n.Kind == yaml.MappingNode:
		return []*yaml.Node{n}
	case n.Kind != yaml.SequenceNode:
		r.fail(n, "expected a list; YAML aliases are not taken, write it out")
		return nil
	case len(n.Content) > maxList:
		r.fail(n, "list of more than %d entries", maxList)
		return nil
	}
	return n.Content
}

// text returns a scalar as written, "" for a missing node.
func (r *reader) text(n *yaml.Node, what string) string {
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		r.fail(n, "%s: expected a text", what)
		return ""
	}
	if n.Tag == "!!null" {
		return ""
	}
	return n.Value
}

// flag returns true or false, the default for a missing node.
func (r *reader) flag(n *yaml.Node, what string, missing bool) bool {
	if n == nil {
		return missing
	}
	if n.Kind != yaml.ScalarNode || n.Value != "true" && n.Value != "false" {
		r.fail(n, "%s: expected true or false", what)
		return missing
	}
	return n.Value == "true"
}

// number returns a whole number within bounds, 0 for a missing node.
func (r *reader) number(n *yaml.Node, what string, low, high int) int {
	if n == nil {
		return 0
	}
	v, err := strconv.Atoi(n.Value)
	if err != nil || v < low || v > high || n.Kind != yaml.ScalarNode {
		r.fail(n, "%s: expected a whole number from %d to %d", what, low, high)
	}
	return v
}

// clip keeps hostile input from filling a message.
func clip(s string) string {
	const most = 60
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}
