package postgres

import (
	"cmp"
	"slices"

	"github.com/jackc/pgx/v5"

	"itms"
	"itms/store/internal/record"
)

// memoryMost bounds what a transaction remembers; one that reads more, such as an
// export, starts over.
const memoryMost = 4096

// memory is what a transaction has read and written, and would find the same if it
// asked again: it sees one snapshot and its own writes.
type memory struct {
	things   map[thing]entry
	settings map[string][]byte                    // nil = none
	stock    map[itms.MAC][]byte                  // documents; nil = none
	params   map[itms.DeviceID][]itms.PackedBlock // trees as stored; nil = none
	numbers  map[number]itms.OrderID              // "" = no such order
	found    map[itms.Term]finding
	slots    map[itms.ServiceID][]itms.BindingID // all bindings of a slot
	holders  map[itms.DeviceID]itms.BindingID    // binding in force; "" = none
	leases   leaseMemory
}

// thing names a document: its table and its key there.
type thing struct{ table, id string }

// number is the name of an order at its source.
type number struct {
	source string
	no     itms.OrderNo
}

// finding is what Find found.
type finding struct {
	refs []itms.Ref
	all  bool // there is no more
}

// entry is a document as last read or written, not to be changed, and the terms that
// the index holds of it.
type entry struct {
	value any // nil = there is none
	terms []string
}

// newMemory remembers nothing.
func newMemory() *memory {
	return &memory{things: map[thing]entry{}, settings: map[string][]byte{}, stock: map[itms.MAC][]byte{}, params: map[itms.DeviceID][]itms.PackedBlock{},
		numbers: map[number]itms.OrderID{}, found: map[itms.Term]finding{},
		slots: map[itms.ServiceID][]itms.BindingID{}, holders: map[itms.DeviceID]itms.BindingID{},
		leases: newLeaseMemory()}
}

// remember notes a document.
func (m *memory) remember(of thing, value any, terms []string) {
	if len(m.things)+len(m.found) >= memoryMost {
		*m = *newMemory()
	}
	m.things[of] = entry{value, terms}
}

// bind notes that a binding changed, which no other contradicts.
func (m *memory) bind(old, now *itms.Binding) {
	if old != nil && old.State.InForce() {
		m.holders[old.Device] = ""
	}
	if now.State.InForce() {
		m.holders[now.Device] = now.ID
	}
	if old == nil || old.Service != now.Service || old.Gen != now.Gen { // asked for anew when it matters
		delete(m.slots, now.Service)
		if old != nil {
			delete(m.slots, old.Service)
		}
	}
}

// changeTerms notes that a thing lost and got terms.
func (m *memory) changeTerms(ref itms.Ref, gone, come [2][]string) {
	for i, typ := range gone[0] {
		m.change(itms.Term{Type: itms.TermType(typ), Value: gone[1][i]}, func(refs []itms.Ref) []itms.Ref {
			return slices.DeleteFunc(refs, func(r itms.Ref) bool { return r == ref })
		})
	}
	for i, typ := range come[0] {
		m.change(itms.Term{Type: itms.TermType(typ), Value: come[1][i]}, func(refs []itms.Ref) []itms.Ref {
			at, known := slices.BinarySearchFunc(refs, ref, compareRefs)
			if known {
				return refs
			}
			return slices.Insert(refs, at, ref)
		})
	}
}

// change changes what a term finds, if that is known to the end.
func (m *memory) change(term itms.Term, refs func([]itms.Ref) []itms.Ref) {
	known, ok := m.found[term]
	switch {
	case ok && known.all:
		m.found[term] = finding{refs(known.refs), true}
	case ok:
		delete(m.found, term)
	}
}

// compareRefs is the order of Find.
func compareRefs(a, b itms.Ref) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
}

// fetch returns a document as this transaction knows it, nil when there is none, and
// the terms that the index holds of it. The document is not the caller's.
func fetch[T any](t *tx, of thing) (*T, []string, error) {
	if e, ok := t.memory.things[of]; ok {
		v, _ := e.value.(*T)
		return v, e.terms, nil
	}
	if !record.Usable(of.id) {
		return nil, nil, nil
	}
	if err := t.trip(ask[T](t, of)); err != nil {
		return nil, nil, err
	}
	e := t.memory.things[of]
	v, _ := e.value.(*T)
	return v, e.terms, nil
}

// ask is the question for a document; its answer is remembered.
func ask[T any](t *tx, of thing) question {
	return question{statement{"select doc, terms from " + of.table + " where id = $1", []any{of.id}}, func(rows pgx.Rows) error {
		var doc []byte
		var terms []string
		found, err := single(rows, &doc, &terms)
		if err != nil || !found {
			t.memory.remember(of, nil, nil)
			return err
		}
		v, err := record.Decode[T](doc)
		if err != nil {
			return err
		}
		t.memory.remember(of, v, terms)
		return nil
	}}
}

// get is fetch for callers of the store: the document is theirs; none is KindNotFound.
func get[T interface{ Clone() *D }, D any](t *tx, what string, of thing) (*D, error) {
	v, _, err := fetch[D](t, of)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, itms.NotFound(what, of.id)
	}
	return any(v).(T).Clone(), nil
}
