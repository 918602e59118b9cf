package itms

import (
	"iter"
	"slices"
	"sort"
	"strings"
)

// ParamTree is what is known of a device's parameters, in bytewise order of their
// names. It is stored apart from the Device, in packed blocks (see paramcodec.go). A
// tree that OpenParamTree made unpacks a block when it is first looked at, and Pack
// packs only those that changed: reading or writing a little of a large tree costs
// little. The zero value is an empty tree. Not safe for concurrent use, not even by
// readers.
type ParamTree struct {
	blocks   []*paramBlock // none of them empty; the first begins at ""
	n        int
	unpacked int   // blocks unpacked so far
	err      error // the first block that could not be unpacked
}

// paramBlock holds the parameters from one name on, up to where the next block begins.
type paramBlock struct {
	from   ParamPath // no parameter before it; perhaps shorter than any name
	count  int
	packed []byte  // stored form; nil = changed since
	params []Param // nil = still packed
}

// How many parameters a block holds. A tree of one block costs one read and one write,
// and 256 parameters are what a set-top box has. Of larger trees little is touched at
// a time: with blocks of half that size, 100 changed values from everywhere rewrite a
// third of a tree of 20,000 (two thirds with blocks of 256), and neighbours 1.2 %; it
// packs 20 % worse.
const (
	loneBlock = 256
	mostBlock = 128
	leastTwo  = 48 // neighbours with no more than this become one
)

// Len returns the number of parameters.
func (t *ParamTree) Len() int { return t.n }

// Err returns why a block could not be unpacked, nil when none was broken so far. A
// broken tree lacks the block's parameters, and cannot be packed.
func (t *ParamTree) Err() error { return t.err }

// Blocks returns how many blocks the tree has and how many were unpacked since it was
// opened: for measurements.
func (t *ParamTree) Blocks() (all, unpacked int) { return len(t.blocks), t.unpacked }

// block returns the index of the block that a name belongs to; the tree is not empty.
func (t *ParamTree) block(name ParamPath) int {
	return max(0, sort.Search(len(t.blocks), func(i int) bool { return t.blocks[i].from > name })-1)
}

// end returns the name at which the i-th block ends, "" for the last.
func (t *ParamTree) end(i int) ParamPath {
	if i+1 < len(t.blocks) {
		return t.blocks[i+1].from
	}
	return ""
}

// open returns the i-th block, unpacked.
func (t *ParamTree) open(i int) *paramBlock {
	b := t.blocks[i]
	if b.params == nil {
		t.unpacked++
		params, err := unpackParams(b.packed)
		if err == nil && !ordered(params, b.from, t.end(i)) {
			err = errDisorder
		}
		if err != nil && t.err == nil {
			t.err = err
		}
		if b.params = params; err != nil || params == nil {
			b.params = []Param{}
		}
	}
	return b
}

// ordered reports whether the names ascend from one name to below another ("" = none).
func ordered(params []Param, from, end ParamPath) bool {
	for i := range params {
		name := params[i].Name
		if i == 0 && name < from || i > 0 && name <= params[i-1].Name || end != "" && name >= end {
			return false
		}
	}
	return true
}

// search finds the position of a name in an open block.
func (b *paramBlock) search(name ParamPath) (int, bool) {
	return slices.BinarySearchFunc(b.params, name, func(p Param, n ParamPath) int {
		return strings.Compare(string(p.Name), string(n))
	})
}

// Get returns the parameter of that full name.
func (t *ParamTree) Get(name ParamPath) (Param, bool) {
	if t.n == 0 {
		return Param{}, false
	}
	b := t.open(t.block(name))
	if i, ok := b.search(name); ok {
		return b.params[i], true
	}
	return Param{}, false
}

// Set adds or replaces a parameter and reports whether anything changed. What is not
// known (type, writability, notification, access) does not overwrite what is.
func (t *ParamTree) Set(p Param) bool {
	if len(t.blocks) == 0 {
		t.blocks, t.n = []*paramBlock{{count: 1, params: []Param{p}}}, 1
		return true
	}
	i := t.block(p.Name)
	b := t.open(i)
	at, ok := b.search(p.Name)
	if !ok {
		b.params = slices.Insert(b.params, at, p)
		b.packed = nil
		b.count++
		t.n++
		t.split(i, at)
		return true
	}
	if p = p.Over(b.params[at]); p == b.params[at] {
		return false
	}
	b.params[at], b.packed = p, nil
	return true
}

// Over is p with what only the old knowledge of the parameter has: of type,
// writability, notification and access.
func (p Param) Over(old Param) Param {
	if p.Type == "" {
		p.Type = old.Type
	}
	if p.Notify == NotificationUnknown {
		p.Notify = old.Notify
	}
	if p.Access == AccessUnknown {
		p.Access = old.Access
	}
	p.Writable = p.Writable || old.Writable
	return p
}

// split makes several blocks of one that is too large since a parameter was put at a
// position of it. Names that come in order leave full blocks behind, others half full
// ones, with room for more.
func (t *ParamTree) split(i, at int) {
	b, most := t.blocks[i], mostBlock
	if len(t.blocks) == 1 {
		most = loneBlock
	}
	if b.count <= most {
		return
	}
	size := mostBlock
	if at < b.count-1 {
		size = evenly(b.count, mostBlock*3/4)
	}
	t.blocks = slices.Replace(t.blocks, i, i+1, cut(b.params, b.from, size)...)
}

// evenly returns the size of equal parts of n that are no larger than most.
func evenly(n, most int) int {
	parts := (n + most - 1) / most
	return (n + parts - 1) / parts
}

// cut makes blocks of a size; the first begins at from.
func cut(params []Param, from ParamPath, size int) (blocks []*paramBlock) {
	for part := range slices.Chunk(params, size) {
		if len(blocks) > 0 {
			before := blocks[len(blocks)-1].params
			from = separator(before[len(before)-1].Name, part[0].Name)
		}
		blocks = append(blocks, &paramBlock{from: from, count: len(part), params: part})
	}
	return blocks
}

// separator is the shortest text above one name that begins the next.
func separator(before, next ParamPath) ParamPath {
	return next[:min(len(next), sharedPrefix(string(before), string(next))+1)]
}

// Remove drops the named parameter or everything below the named object; the
// empty path drops all. It returns how many went.
func (t *ParamTree) Remove(path ParamPath) int {
	before := t.n
	if path == "" {
		*t = ParamTree{unpacked: t.unpacked, err: t.err}
		return before
	}
	if t.n == 0 {
		return 0
	}
	first := t.block(path)
	last := first
	for last+1 < len(t.blocks) && path.IsObject() && t.blocks[last+1].from.Under(path) {
		last++
	}
	for i := first; i <= last; i++ {
		t.prune(i, path)
	}
	t.tidy(first, last)
	return before - t.n
}

// prune drops what lies under the path from a block. One that lies between two names
// under an object is under it as a whole, and need not be unpacked.
func (t *ParamTree) prune(i int, path ParamPath) {
	b := t.blocks[i]
	was := b.count
	if end := t.end(i); path.IsObject() && end != "" && b.from.Under(path) && end.Under(path) {
		b.count = 0
	} else {
		t.open(i)
		b.params = slices.DeleteFunc(b.params, func(p Param) bool { return p.Name.Under(path) })
		b.count = len(b.params)
	}
	if b.count != was {
		b.packed = nil
	}
	t.n += b.count - was
}

// tidy drops the empty ones of some blocks and joins what is left with their
// neighbours where both are small.
func (t *ParamTree) tidy(first, last int) {
	kept := slices.DeleteFunc(slices.Clone(t.blocks[first:last+1]), func(b *paramBlock) bool { return b.count == 0 })
	t.blocks = slices.Replace(t.blocks, first, last+1, kept...)
	if len(t.blocks) == 0 {
		return
	}
	t.blocks[0].from = ""
	for i := min(first+len(kept), len(t.blocks)-1); i > 0 && i >= first; i-- {
		if left, right := t.blocks[i-1], t.blocks[i]; left.count+right.count <= leastTwo {
			t.open(i - 1)
			t.open(i)
			left.params = append(left.params, right.params...)
			left.count, left.packed = len(left.params), nil
			t.blocks = slices.Delete(t.blocks, i, i+1)
		}
	}
}

// Under yields the named parameter, or all below the named object, in order. The tree
// must neither get nor lose parameters meanwhile.
func (t *ParamTree) Under(path ParamPath) iter.Seq[Param] {
	if path != "" && !path.IsObject() {
		return func(yield func(Param) bool) {
			if p, ok := t.Get(path); ok {
				yield(p)
			}
		}
	}
	return t.since(path, string(path))
}

// since yields the parameters from a name on as long as they have the prefix.
func (t *ParamTree) since(from ParamPath, prefix string) iter.Seq[Param] {
	return func(yield func(Param) bool) {
		if t.n == 0 {
			return
		}
		at := -1
		for i := t.block(from); i < len(t.blocks); i++ {
			b := t.open(i)
			if at < 0 {
				at, _ = b.search(from)
			}
			for ; at < len(b.params); at++ {
				if !strings.HasPrefix(string(b.params[at].Name), prefix) || !yield(b.params[at]) {
					return
				}
			}
			at = 0
		}
	}
}

// ParamPage selects parameters in the order of their names.
type ParamPage struct {
	Prefix string    // "" = any; the start of a name, not only of an object's
	After  ParamPath // only names behind it; "" = from the start
	Limit  int       // at most this many
}

// From returns the first name that can be on the page.
func (q ParamPage) From() ParamPath { return max(ParamPath(q.Prefix), q.After) }

// Past reports whether no name from one on can be on the page.
func (q ParamPage) Past(from ParamPath) bool {
	return from > ParamPath(q.Prefix) && !strings.HasPrefix(string(from), q.Prefix)
}

// Page returns a page of parameters, in order.
func (t *ParamTree) Page(q ParamPage) (page []Param) {
	if q.Limit <= 0 {
		return nil
	}
	for p := range t.since(q.From(), q.Prefix) {
		if p.Name == q.After {
			continue
		}
		if page = append(page, p); len(page) == q.Limit {
			break
		}
	}
	return page
}

// Instances returns the instance numbers, as text, of the rows below a table
// object such as "Device.Hosts.Host.", in order of first appearance.
func (t *ParamTree) Instances(table ParamPath) []string {
	var rows []string
	for p := range t.Under(table) {
		row, _, ok := strings.Cut(strings.TrimPrefix(string(p.Name), string(table)), ".")
		// The parameters of a row stand together.
		if ok && strings.Trim(row, "0123456789") == "" && (len(rows) == 0 || rows[len(rows)-1] != row) {
			rows = append(rows, row)
		}
	}
	return rows
}

// Clone returns an independent copy.
func (t *ParamTree) Clone() *ParamTree {
	c := *t
	c.blocks = make([]*paramBlock, len(t.blocks))
	for i, b := range t.blocks {
		same := *b
		same.params = slices.Clone(b.params)
		c.blocks[i] = &same
	}
	return &c
}
