package postgres

import (
	"github.com/jackc/pgx/v5"

	"itms"
	"itms/store/internal/contacts"
	"itms/store/internal/record"
)

// devices is itms.Devices.
type devices struct{ t *tx }

// selectDevice reads records with their last contacts.
const selectDevice = `select d.doc, c.doc from devices d left join contacts c on c.device = d.id `

// read makes a device of a row of selectDevice.
func (d devices) read(row pgx.CollectableRow) (*itms.Device, error) {
	var doc, contact []byte
	if err := row.Scan(&doc, &contact); err != nil {
		return nil, err
	}
	dev, err := record.Decode[itms.Device](doc)
	if err != nil {
		return nil, err
	}
	if contact != nil {
		last, err := record.Decode[itms.SessionSummary](contact)
		if err != nil {
			return nil, err
		}
		contacts.Set(dev, *last)
	}
	d.t.notes.Fill(dev)
	return dev, nil
}

// Get returns the device with its last contact.
func (d devices) Get(id itms.DeviceID) (*itms.Device, error) {
	list, err := all(d.t, d.read, selectDevice+`where d.id = $1`, id.String())
	if err == nil && len(list) == 0 {
		err = itms.NotFound("device", id.String())
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// Put stores the record and its terms.
func (d devices) Put(dev *itms.Device) error {
	if err := d.t.mayWrite(); err != nil {
		return err
	}
	_, doc, err := record.Device(dev)
	if err != nil {
		return err
	}
	const sql = `with old as (select terms from devices where id = $1),
		new as (insert into devices (id, state, terms, doc) values ($1, $2, $3, $4)
			on conflict (id) do update set state = excluded.state, terms = excluded.terms, doc = excluded.doc)
		select terms from old`
	id, terms := dev.ID.String(), termList(dev.Terms())
	var old []string
	if _, err := d.t.one(sql, []any{id, string(dev.State), terms, doc}, &old); err != nil {
		return err
	}
	return d.t.setTerms(itms.RefDevice, id, old, terms)
}

// List returns a page of devices, each with its last contact.
func (d devices) List(q itms.DeviceQuery) ([]*itms.Device, error) {
	if q.Limit <= 0 {
		return nil, nil
	}
	if q.State == "" {
		return all(d.t, d.read, selectDevice+`where d.id > $1 order by d.id limit $2`, q.After, q.Limit)
	}
	return all(d.t, d.read, selectDevice+`where d.state = $3 and d.id > $1 order by d.id limit $2`,
		q.After, q.Limit, string(q.State))
}

// Params returns the parameter tree.
func (d devices) Params(id itms.DeviceID) (*itms.ParamTree, error) {
	var data []byte
	if _, err := d.t.one(`select tree from params where device = $1`, []any{id.String()}, &data); err != nil {
		return nil, err
	}
	tree := new(itms.ParamTree)
	if err := tree.UnmarshalBinary(data); err != nil {
		return nil, itms.Errorf(itms.KindInternal, itms.CodeInternal, "decode the parameters of %s", id).Because(err)
	}
	return tree, nil
}

// PutParams stores the parameter tree of a known device.
func (d devices) PutParams(id itms.DeviceID, tree *itms.ParamTree) error {
	if err := d.t.mayWrite(); err != nil {
		return err
	}
	data, err := tree.MarshalBinary()
	if err != nil {
		return itms.Errorf(itms.KindInternal, itms.CodeInternal, "encode the parameters of %s", id).Because(err)
	}
	const sql = `insert into params (device, tree) select id, $2 from devices where id = $1
		on conflict (device) do update set tree = excluded.tree`
	rows, err := d.t.exec(sql, id.String(), data)
	if err == nil && rows == 0 {
		return itms.NotFound("device", id.String())
	}
	return err
}

// Sessions returns the newest eventful sessions, noted ones included.
func (d devices) Sessions(id itms.DeviceID, limit int) ([]itms.SessionSummary, error) {
	if limit <= 0 {
		return nil, nil
	}
	// The record's own row tells a known device without sessions from an unknown one.
	const sql = `(select null::jsonb from devices where id = $1) union all
		(select doc from sessions where device = $1 order by started desc, id desc limit $2)`
	docs, err := all(d.t, pgx.RowTo[[]byte], sql, id.String(), limit)
	if err != nil || len(docs) == 0 {
		return nil, err
	}
	var list []itms.SessionSummary
	for _, doc := range docs {
		if doc == nil {
			continue
		}
		s, err := record.Decode[itms.SessionSummary](doc)
		if err != nil {
			return nil, err
		}
		list = append(list, *s)
	}
	return d.t.notes.Merge(id, list, limit), nil
}
