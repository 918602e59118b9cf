package boltdb

import (
	"bytes"

	"itms"
	"itms/store/internal/contacts"
	"itms/store/internal/record"
)

// devices is itms.Devices.
type devices struct{ t *tx }

// Get returns the device with its last contact.
func (d devices) Get(id itms.DeviceID) (*itms.Device, error) {
	dev, err := load[itms.Device](d.t, inDevices, "device", id.String())
	if err != nil {
		return nil, err
	}
	return dev, d.t.fillContact(dev)
}

// Put stores the record, its terms and its place in the state index.
func (d devices) Put(dev *itms.Device) error {
	if err := d.t.mayWrite(); err != nil {
		return err
	}
	kept, doc, err := record.Device(dev)
	if err != nil {
		return err
	}
	id := dev.ID.String()
	old, err := former[itms.Device](d.t, inDevices, id)
	if err != nil {
		return err
	}
	if err := d.t.move(inDeviceState, stateKey(old), stateKey(dev), nil); err != nil {
		return err
	}
	if err := d.t.setTerms(itms.RefDevice, id, old.Terms(), dev.Terms()); err != nil {
		return err
	}
	return d.t.keep(inDevices, id, doc, kept)
}

// stateKey is where a device stands under its state; nil for the zero device.
func stateKey(d *itms.Device) []byte {
	if d.ID.IsZero() {
		return nil
	}
	return join(string(d.State), d.ID.String())
}

// List returns a page of devices, each with its last contact.
func (d devices) List(q itms.DeviceQuery) ([]*itms.Device, error) {
	if q.Areas != nil {
		return d.within(q)
	}
	var list []*itms.Device
	for _, id := range d.page(q) {
		dev, err := d.load(id)
		if err != nil {
			return nil, err
		}
		list = append(list, dev)
	}
	return list, nil
}

// within is List for some areas only.
func (d devices) within(q itms.DeviceQuery) ([]*itms.Device, error) {
	var list []*itms.Device
	in, prefix := inDevices, []byte(nil)
	if q.State != "" {
		in, prefix = inDeviceState, under(string(q.State))
	}
	for k := range d.t.ascend(in, prefix, append(bytes.Clone(prefix), q.After...)) {
		id := string(k[len(prefix):])
		if id <= q.After {
			continue
		}
		if len(list) >= q.Limit {
			break
		}
		seen, err := former[itms.Device](d.t, inDevices, id)
		if err != nil {
			return nil, err
		}
		if !q.Areas.Hold(seen.Area) {
			continue
		}
		dev, err := d.load(id)
		if err != nil {
			return nil, err
		}
		list = append(list, dev)
	}
	return list, nil
}

// load reads the device of a key that an index named.
func (d devices) load(id string) (*itms.Device, error) {
	dev, err := load[itms.Device](d.t, inDevices, "device", id)
	if err != nil {
		return nil, err
	}
	return dev, d.t.fillContact(dev)
}

// page returns the keys of a page.
func (d devices) page(q itms.DeviceQuery) []string {
	in, prefix := inDevices, []byte(nil)
	if q.State != "" {
		in, prefix = inDeviceState, under(string(q.State))
	}
	start := append(bytes.Clone(prefix), q.After...)
	var ids []string
	for k := range d.t.ascend(in, prefix, start) {
		if len(ids) >= q.Limit {
			break
		}
		if id := string(k[len(prefix):]); id > q.After {
			ids = append(ids, id)
		}
	}
	return ids
}

// Sessions returns the newest eventful sessions, noted ones included.
func (d devices) Sessions(id itms.DeviceID, limit int) ([]itms.SessionSummary, error) {
	if d.t.get(inDevices, []byte(id.String())) == nil {
		return nil, nil
	}
	var list []itms.SessionSummary
	for _, v := range d.t.descend(inSessions, under(id.String()), nil) {
		if len(list) >= limit {
			break
		}
		s, err := record.Decode[itms.SessionSummary](v)
		if err != nil {
			return nil, err
		}
		list = append(list, *s)
	}
	return d.t.notes.Merge(id, list, limit), nil
}

// fillContact sets the contact fields of a device that was read.
func (t *tx) fillContact(d *itms.Device) error {
	last, err := find[itms.SessionSummary](t, inContacts, d.ID.String())
	if err != nil {
		return err
	}
	if last != nil {
		contacts.Set(d, *last)
	}
	t.notes.Fill(d)
	return nil
}
