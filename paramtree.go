package itms

import (
	"iter"
	"slices"
	"strings"
)

// ParamTree is what is known of a device's parameters, kept in bytewise order of
// their names. It is stored apart from the Device, whole and compressed (see
// paramcodec.go). The zero value is an empty tree. Not safe for concurrent use.
type ParamTree struct {
	params []Param
}

// Len returns the number of parameters.
func (t *ParamTree) Len() int { return len(t.params) }

// search finds the position of name.
func (t *ParamTree) search(name ParamPath) (int, bool) {
	return slices.BinarySearchFunc(t.params, name, func(p Param, n ParamPath) int {
		return strings.Compare(string(p.Name), string(n))
	})
}

// Get returns the parameter of that full name.
func (t *ParamTree) Get(name ParamPath) (Param, bool) {
	i, ok := t.search(name)
	if !ok {
		return Param{}, false
	}
	return t.params[i], true
}

// Set adds or replaces a parameter and reports whether anything changed. An
// unknown type or writability does not overwrite a known one.
func (t *ParamTree) Set(p Param) bool {
	i, ok := t.search(p.Name)
	if !ok {
		t.params = slices.Insert(t.params, i, p)
		return true
	}
	old := t.params[i]
	if p.Type == "" {
		p.Type = old.Type
	}
	p.Writable = p.Writable || old.Writable
	t.params[i] = p
	return p != old
}

// Remove drops the named parameter or everything below the named object; the
// empty path drops all. It returns how many went.
func (t *ParamTree) Remove(path ParamPath) int {
	before := len(t.params)
	t.params = slices.DeleteFunc(t.params, func(p Param) bool { return p.Name.Under(path) })
	return before - len(t.params)
}

// Under yields the named parameter, or all below the named object, in order.
func (t *ParamTree) Under(path ParamPath) iter.Seq[Param] {
	return func(yield func(Param) bool) {
		i, _ := t.search(path)
		for ; i < len(t.params) && strings.HasPrefix(string(t.params[i].Name), string(path)); i++ {
			if t.params[i].Name.Under(path) && !yield(t.params[i]) {
				return
			}
		}
	}
}

// Instances returns the instance numbers, as text, of the rows below a table
// object such as "Device.Hosts.Host.", in order of first appearance.
func (t *ParamTree) Instances(table ParamPath) []string {
	var rows []string
	for p := range t.Under(table) {
		row, _, ok := strings.Cut(strings.TrimPrefix(string(p.Name), string(table)), ".")
		if ok && strings.Trim(row, "0123456789") == "" && !slices.Contains(rows, row) {
			rows = append(rows, row)
		}
	}
	return rows
}

// Clone returns an independent copy.
func (t *ParamTree) Clone() *ParamTree { return &ParamTree{params: slices.Clone(t.params)} }
