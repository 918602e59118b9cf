package postgres

import (
	"fmt"

	"github.com/jackc/pgx/v5"

	"itms"
	"itms/store/internal/contacts"
	"itms/store/internal/record"
)

// devices is itms.Devices.
type devices struct{ t *tx }

// selectDevice reads records with their terms and last contacts.
const selectDevice = `select d.doc, d.terms, c.doc from devices d left join contacts c on c.device = d.id `

// of names a device's record.
func (devices) of(id itms.DeviceID) thing { return thing{"devices", id.String()} }

// read makes a device of a row of selectDevice, with the terms of it that are indexed.
func (d devices) read(row pgx.CollectableRow) (*itms.Device, []string, error) {
	var doc, contact []byte
	var terms []string
	if err := row.Scan(&doc, &terms, &contact); err != nil {
		return nil, nil, err
	}
	dev, err := d.decode(doc, contact)
	return dev, terms, err
}

// decode makes a device of its document and that of its last contact, if it had one.
func (devices) decode(doc, contact []byte) (*itms.Device, error) {
	dev, err := record.Decode[itms.Device](doc)
	if err != nil || contact == nil {
		return dev, err
	}
	last, err := record.Decode[itms.SessionSummary](contact)
	if err != nil {
		return nil, err
	}
	contacts.Set(dev, *last)
	return dev, nil
}

// listed makes a caller's device of a row of selectDevice.
func (d devices) listed(row pgx.CollectableRow) (*itms.Device, error) {
	dev, _, err := d.read(row)
	if err == nil {
		d.t.notes.Fill(dev)
	}
	return dev, err
}

// fetch is the function of that name, for records with their last contacts.
func (d devices) fetch(id itms.DeviceID) (*itms.Device, []string, error) {
	if _, known := d.t.memory.things[d.of(id)]; !known {
		if err := d.t.trip(d.question(id)); err != nil {
			return nil, nil, err
		}
	}
	return fetch[itms.Device](d.t, d.of(id))
}

// question asks for a record; the answer is remembered.
func (d devices) question(id itms.DeviceID) question {
	return question{statement{selectDevice + `where d.id = $1`, []any{id.String()}}, func(rows pgx.Rows) error {
		d.t.memory.remember(d.of(id), nil, nil)
		_, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (none struct{}, err error) {
			dev, terms, err := d.read(row)
			if err == nil {
				d.t.memory.remember(d.of(id), dev, terms)
			}
			return none, err
		})
		return err
	}}
}

// Get returns the device with its last contact.
func (d devices) Get(id itms.DeviceID) (*itms.Device, error) {
	dev, _, err := d.fetch(id)
	if err != nil {
		return nil, err
	}
	if dev == nil {
		return nil, itms.NotFound("device", id.String())
	}
	dev = dev.Clone()
	d.t.notes.Fill(dev)
	return dev, nil
}

// Put stores the record and its terms.
func (d devices) Put(dev *itms.Device) error {
	if err := d.t.mayWrite(); err != nil {
		return err
	}
	kept, doc, err := record.Device(dev)
	if err != nil {
		return err
	}
	old, had, err := d.fetch(dev.ID)
	if err != nil {
		return err
	}
	sql := `insert into devices (id, state, terms, doc) values ($1, $2, $3, $4)`
	if old != nil {
		sql = `update devices set state = $2, terms = $3, doc = $4 where id = $1`
		kept.LastContact, kept.LastSession = old.LastContact, old.LastSession
	}
	id, terms := dev.ID.String(), termList(kept.Terms())
	d.t.memory.remember(d.of(dev.ID), kept, terms)
	if err := d.t.later(sql, id, string(dev.State), terms, doc); err != nil {
		return err
	}
	return d.t.setTerms(itms.RefDevice, id, had, terms)
}

// List returns a page of devices, each with its last contact.
func (d devices) List(q itms.DeviceQuery) ([]*itms.Device, error) {
	if q.Limit <= 0 {
		return nil, nil
	}
	if q.Areas != nil {
		sql, args := selectDevice+`where d.id > $1 and `+fmt.Sprintf(inAreas("d.doc->>'area'"), 3), []any{q.After, q.Limit, []string(q.Areas)}
		if q.State != "" {
			sql, args = sql+` and d.state = $4`, append(args, string(q.State))
		}
		return all(d.t, d.listed, sql+` order by d.id limit $2`, args...)
	}
	if q.State == "" {
		return all(d.t, d.listed, selectDevice+`where d.id > $1 order by d.id limit $2`, q.After, q.Limit)
	}
	return all(d.t, d.listed, selectDevice+`where d.state = $3 and d.id > $1 order by d.id limit $2`,
		q.After, q.Limit, string(q.State))
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
