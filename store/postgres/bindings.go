package postgres

import (
	"github.com/jackc/pgx/v5"

	"itms"
	"itms/store/internal/record"
)

// bindings is itms.Bindings. The unique indexes have the last word on who holds a
// device or slot; the look before each write makes the words.
type bindings struct{ t *tx }

// Get returns the binding.
func (b bindings) Get(id itms.BindingID) (*itms.Binding, error) {
	return load[itms.Binding](b.t, "binding", string(id), `select doc from bindings where id = $1`, string(id))
}

// rival is a stored binding that a Put must know of.
type rival struct {
	Role  int // 0 = the binding itself, 1 = holds the device, 2 = holds the slot
	ID    string
	Terms []string
}

// rivals finds the binding as it was and those in its way, in the order of Role.
func (b bindings) rivals(bind *itms.Binding) ([]rival, error) {
	const sql = `select 0 as role, id, terms from bindings where id = $1
		union all select 1, id, null from bindings
			where device = $2 and device <> '' and state in ('claimed', 'bound') and id <> $1
		union all select 2, id, null from bindings
			where service = $3 and state = $4 and state in ('prebound', 'claimed', 'bound') and id <> $1
		order by role`
	device, open := "", ""
	if bind.State.InForce() {
		device = bind.Device.String()
	}
	if bind.State.Open() {
		open = string(bind.State)
	}
	return all(b.t, pgx.RowToStructByPos[rival], sql, string(bind.ID), device, string(bind.Service), open)
}

// Put stores the binding unless it contradicts another.
func (b bindings) Put(bind *itms.Binding) error {
	if err := b.t.mayWrite(); err != nil {
		return err
	}
	_, doc, err := record.Binding(bind)
	if err != nil {
		return err
	}
	rivals, err := b.rivals(bind)
	if err != nil {
		return err
	}
	var old []string
	for _, r := range rivals {
		switch r.Role {
		case 0:
			old = r.Terms
		case 1:
			return record.DeviceTaken(bind, r.ID)
		case 2:
			return record.SlotTaken(bind, r.ID)
		}
	}
	const sql = `insert into bindings (id, service, gen, state, device, terms, doc) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (id) do update set service = excluded.service, gen = excluded.gen, state = excluded.state,
			device = excluded.device, terms = excluded.terms, doc = excluded.doc`
	terms := termList(bind.Terms())
	if _, err := b.t.exec(sql, string(bind.ID), string(bind.Service), bind.Gen, string(bind.State),
		bind.Device.String(), terms, doc); err != nil {
		return err
	}
	return b.t.setTerms(itms.RefBinding, string(bind.ID), old, terms)
}

// OfDevice returns the binding in force of a device.
func (b bindings) OfDevice(id itms.DeviceID) (*itms.Binding, error) {
	return load[itms.Binding](b.t, "binding in force of device", id.String(),
		`select doc from bindings where device = $1 and device <> '' and state in ('claimed', 'bound')`, id.String())
}

// OfService returns all bindings of a slot.
func (b bindings) OfService(id itms.ServiceID) ([]*itms.Binding, error) {
	if !record.Usable(string(id)) {
		return nil, nil
	}
	return all(b.t, pointer[itms.Binding], `select doc from bindings where service = $1 order by gen, id`, string(id))
}
