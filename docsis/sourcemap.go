package docsis

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"text/template/parse"

	"itms"
	"itms/docsis/configfile"
)

// A mistake is found in the text that a template makes, and must be mended in the
// template. So the tracing copy of a template writes, before each piece, where the piece
// stands: what is made is the same once these marks are taken out.

// traced is a text that a template made, and where each piece of it comes from.
type traced struct {
	text   []byte
	source string
	marks  []sourceMark
}

// sourceMark says that what is made from an offset on stands at another in the source: as
// it is when it is text, else it was made by the action that begins there.
type sourceMark struct {
	made, source int
	text         bool
}

// trace fills in a template. Errors are those of Template.text.
func (t *Template) trace(v *Values) (*traced, error) {
	copied, err := t.parsed.Clone()
	if err != nil {
		return nil, itms.Invalid("/text", "%s", err)
	}
	m := marker(rand.Text()) // nothing that is filled in looks like a mark
	for _, one := range copied.Templates() {
		if one.Tree != nil {
			one.Tree = one.Copy()
			m.list(one.Root)
		}
	}
	out := &traced{source: t.Text}
	var marked bounded
	if err := copied.Execute(&marked, v); err != nil {
		return nil, itms.Invalid("/text", "%s", err)
	}
	out.unmark(m, marked.text)
	return out, nil
}

// maxMarked bounds what a template makes, marks included: a template that somebody tries
// may go round for ever, and each round writes a mark at least. It is eight times the
// longest text that is read.
const maxMarked = 8 * configfile.MaxText

// bounded is a text that does not grow above maxMarked.
type bounded struct{ text []byte }

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	if len(b.text)+len(p) > maxMarked {
		return 0, errors.New("makes a text without end")
	}
	b.text = append(b.text, p...)
	return len(p), nil
}

// marker is what marks begin with.
type marker string

// list puts a mark before each node of a list, and of the lists within.
func (m marker) list(l *parse.ListNode) {
	if l == nil {
		return
	}
	nodes := append(make([]parse.Node, 0, 2*len(l.Nodes)+1), m.mark("a", l))
	for _, n := range l.Nodes {
		kind := "a"
		switch n := n.(type) {
		case *parse.TextNode:
			kind = "t"
		case *parse.IfNode:
			m.branch(&n.BranchNode)
		case *parse.RangeNode:
			m.branch(&n.BranchNode)
		case *parse.WithNode:
			m.branch(&n.BranchNode)
		}
		nodes = append(nodes, m.mark(kind, n), n)
	}
	l.Nodes = nodes
}

// mark is a text that says where a node stands.
func (m marker) mark(kind string, n parse.Node) parse.Node {
	return &parse.TextNode{NodeType: parse.NodeText, Text: fmt.Appendf(nil, "%s%s%d;", m, kind, n.Position())}
}

// branch marks both ways of a branch.
func (m marker) branch(b *parse.BranchNode) {
	m.list(b.List)
	m.list(b.ElseList)
}

// unmark takes the marks out.
func (t *traced) unmark(m marker, marked []byte) {
	for {
		before, rest, found := bytes.Cut(marked, []byte(m))
		t.text = append(t.text, before...)
		if !found {
			return
		}
		mark, after, _ := bytes.Cut(rest, []byte(";"))
		at, _ := strconv.Atoi(string(mark[1:])) // as list wrote it
		t.marks = append(t.marks, sourceMark{len(t.text), at, mark[0] == 't'})
		marked = after
	}
}

// place is where in the template a place of the text comes from: lines and columns count
// from 1, columns in octets.
func (t *traced) place(line, column int) (int, int) {
	offset := offsetOf(t.text, line, column)
	n := sort.Search(len(t.marks), func(i int) bool { return t.marks[i].made > offset })
	if n == 0 {
		return line, column
	}
	m := t.marks[n-1]
	at := m.source
	if m.text {
		at += offset - m.made
	}
	return placeOf(t.source, at)
}

// offsetOf is the offset of a line and column.
func offsetOf(text []byte, line, column int) int {
	offset := 0
	for range line - 1 {
		i := bytes.IndexByte(text[offset:], '\n')
		if i < 0 {
			break
		}
		offset += i + 1
	}
	return min(offset+column-1, len(text))
}

// placeOf is the line and column of an offset.
func placeOf(text string, offset int) (line, column int) {
	before := []byte(text[:min(offset, len(text))])
	return 1 + bytes.Count(before, []byte("\n")), len(before) - bytes.LastIndexByte(before, '\n')
}
