package postgres

import (
	"github.com/jackc/pgx/v5"

	"itms"
	"itms/store/internal/record"
)

// bindings is itms.Bindings. The unique indexes have the last word on who holds a
// device or slot; the look before each write makes the words.
type bindings struct{ t *tx }

// of names a binding's document.
func (bindings) of(id itms.BindingID) thing { return thing{"bindings", string(id)} }

// Get returns the binding.
func (b bindings) Get(id itms.BindingID) (*itms.Binding, error) {
	return get[*itms.Binding](b.t, "binding", b.of(id))
}

// Put stores the binding unless it contradicts another.
func (b bindings) Put(bind *itms.Binding) error {
	if err := b.t.mayWrite(); err != nil {
		return err
	}
	kept, doc, err := record.Binding(bind)
	if err != nil {
		return err
	}
	if err := b.contradiction(bind); err != nil {
		return err
	}
	terms := termList(kept.Terms())
	row := []any{string(bind.ID), string(bind.Service), bind.Gen, string(bind.State), bind.Device.String(), terms, doc}
	fresh, err := b.insert(bind.ID, row)
	if err != nil {
		return err
	}
	var old *itms.Binding
	var had []string
	if !fresh {
		if old, had, err = fetch[itms.Binding](b.t, b.of(bind.ID)); err != nil {
			return err
		}
		const sql = `update bindings set service = $2, gen = $3, state = $4, device = $5, terms = $6, doc = $7 where id = $1`
		if err := b.t.later(sql, row...); err != nil {
			return err
		}
	}
	b.t.memory.bind(old, kept)
	b.t.memory.remember(b.of(bind.ID), kept, terms)
	return b.t.setTerms(itms.RefBinding, string(bind.ID), had, terms)
}

// insert stores a binding that may be new and reports whether it is. It does not look
// before, see orders.Insert.
func (b bindings) insert(id itms.BindingID, row []any) (fresh bool, err error) {
	if e := b.t.memory.things[b.of(id)]; e.value != nil {
		return false, nil
	}
	const sql = `insert into bindings (id, service, gen, state, device, terms, doc) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (id) do nothing`
	rows, err := b.t.exec(sql, row...)
	return rows > 0, err
}

// contradiction reports another binding in the way.
func (b bindings) contradiction(bind *itms.Binding) error {
	if bind.State.InForce() && !bind.Device.IsZero() {
		holder, err := b.holder(bind.Device)
		if err != nil {
			return err
		}
		if holder != "" && holder != bind.ID {
			return record.DeviceTaken(bind, string(holder))
		}
	}
	if !bind.State.Open() {
		return nil
	}
	others, err := b.slot(bind.Service)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.ID != bind.ID && other.State == bind.State {
			return record.SlotTaken(bind, string(other.ID))
		}
	}
	return nil
}

// OfDevice returns the binding in force of a device.
func (b bindings) OfDevice(id itms.DeviceID) (*itms.Binding, error) {
	holder, err := b.holder(id)
	if err != nil {
		return nil, err
	}
	if holder == "" {
		return nil, itms.NotFound("binding in force of device", id.String())
	}
	return b.Get(holder)
}

// holder is the binding in force of a device, "" when there is none.
func (b bindings) holder(id itms.DeviceID) (itms.BindingID, error) {
	if holder, known := b.t.memory.holders[id]; known || id.IsZero() {
		return holder, nil
	}
	found, err := all(b.t, b.read, selectBinding+`where device = $1 and device <> '' and state in ('claimed', 'bound')`, id.String())
	if err != nil {
		return "", err
	}
	var holder itms.BindingID
	for _, bind := range found {
		holder = bind.ID
	}
	b.t.memory.holders[id] = holder
	return holder, nil
}

// OfService returns all bindings of a slot.
func (b bindings) OfService(id itms.ServiceID) ([]*itms.Binding, error) {
	slot, err := b.slot(id)
	var list []*itms.Binding
	for _, bind := range slot {
		list = append(list, bind.Clone())
	}
	return list, err
}

// slot is OfService without copies.
func (b bindings) slot(id itms.ServiceID) ([]*itms.Binding, error) {
	if !record.Usable(string(id)) {
		return nil, nil
	}
	if ids, known := b.t.memory.slots[id]; known {
		var list []*itms.Binding
		for _, id := range ids {
			bind, _, err := fetch[itms.Binding](b.t, b.of(id))
			if err != nil {
				return nil, err
			}
			list = append(list, bind)
		}
		return list, nil
	}
	if err := b.t.trip(b.question(id)); err != nil {
		return nil, err
	}
	return b.slot(id)
}

// question asks for all bindings of a slot; they are remembered.
func (b bindings) question(id itms.ServiceID) question {
	return question{statement{selectBinding + `where service = $1 order by gen, id`, []any{string(id)}}, func(rows pgx.Rows) error {
		list, err := pgx.CollectRows(rows, b.read)
		if err != nil {
			return err
		}
		ids := make([]itms.BindingID, len(list))
		for i, bind := range list {
			ids[i] = bind.ID
		}
		b.t.memory.slots[id] = ids
		return nil
	}}
}

// selectBinding reads bindings with their terms.
const selectBinding = `select doc, terms from bindings `

// read makes a binding of a row of selectBinding and notes it; what this transaction
// wrote of it itself is what the row holds.
func (b bindings) read(row pgx.CollectableRow) (*itms.Binding, error) {
	var doc []byte
	var terms []string
	if err := row.Scan(&doc, &terms); err != nil {
		return nil, err
	}
	bind, err := record.Decode[itms.Binding](doc)
	if err != nil {
		return nil, err
	}
	b.t.memory.remember(b.of(bind.ID), bind, terms)
	return bind, nil
}
