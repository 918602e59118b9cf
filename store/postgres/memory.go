package postgres

import (
	"maps"

	"itms"
	"itms/store/internal/record"
)

// memoryMost bounds what a transaction remembers; one that reads more, such as an
// export, starts over.
const memoryMost = 4096

// memory is what a transaction has read and written, and would find the same if it
// asked again: it sees one snapshot and its own writes.
type memory struct {
	things  map[thing]entry
	numbers map[number]itms.OrderID             // "" = no such order
	found   map[search][]itms.Ref               // what Find found
	slots   map[itms.ServiceID][]itms.BindingID // all bindings of a slot
	holders map[itms.DeviceID]itms.BindingID    // binding in force; "" = none
}

// thing names a document: its table and its key there.
type thing struct{ table, id string }

// number is the name of an order at its source.
type number struct {
	source string
	no     itms.OrderNo
}

// search is one call of Find.
type search struct {
	term  itms.Term
	limit int
}

// entry is a document as last read or written, not to be changed, and the terms that
// the index holds of it.
type entry struct {
	value any // nil = there is none
	terms []string
}

// newMemory remembers nothing.
func newMemory() *memory {
	return &memory{map[thing]entry{}, map[number]itms.OrderID{}, map[search][]itms.Ref{},
		map[itms.ServiceID][]itms.BindingID{}, map[itms.DeviceID]itms.BindingID{}}
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

// forgetTerms drops what was found by terms that change.
func (m *memory) forgetTerms(columns ...[2][]string) {
	for _, c := range columns {
		maps.DeleteFunc(m.found, func(s search, _ []itms.Ref) bool {
			for i, typ := range c[0] {
				if string(s.term.Type) == typ && s.term.Value == c[1][i] {
					return true
				}
			}
			return false
		})
	}
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
	var doc []byte
	var terms []string
	found, err := t.one("select doc, terms from "+of.table+" where id = $1", []any{of.id}, &doc, &terms)
	if err != nil {
		return nil, nil, err
	}
	if !found {
		t.memory.remember(of, nil, nil)
		return nil, nil, nil
	}
	v, err := record.Decode[T](doc)
	if err != nil {
		return nil, nil, err
	}
	t.memory.remember(of, v, terms)
	return v, terms, nil
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
