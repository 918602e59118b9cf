package boltdb

import (
	"bytes"
	"encoding/binary"

	"itms"
	"itms/store/internal/record"
)

// AppendChanges adds changed values to the history of a known device: one entry for
// all of them, so that little is written however long the history is.
func (d devices) AppendChanges(id itms.DeviceID, changes []itms.ParamChange) error {
	if err := d.t.known(id); err != nil || len(changes) == 0 {
		return err
	}
	changes = changes[:min(len(changes), itms.KeepChanges)]
	var last uint64
	prefix := under(id.String())
	for k := range d.t.descend(inChanges, prefix, nil) {
		last = binary.BigEndian.Uint64(k[len(prefix):])
		break
	}
	if err := d.t.put(inChanges, append(prefix, number(last+1)...), record.ChangesDoc(changes)); err != nil {
		return err
	}
	return d.t.trimChanges(id.String())
}

// trimChanges drops the entries of which no change is among those that are kept.
func (t *tx) trimChanges(id string) error {
	n := 0
	var over [][]byte
	for k, v := range t.descend(inChanges, under(id), nil) {
		if n >= itms.KeepChanges {
			over = append(over, bytes.Clone(k))
		}
		n += record.CountChanges(v)
	}
	for _, k := range over {
		if err := t.drop(inChanges, k); err != nil {
			return err
		}
	}
	return nil
}

// Changes returns a page of the history of values.
func (d devices) Changes(id itms.DeviceID, q itms.ChangeQuery) ([]itms.ParamChange, error) {
	if id.IsZero() {
		return nil, nil
	}
	var kept []itms.ParamChange
	for _, v := range d.t.descend(inChanges, under(id.String()), nil) {
		changes, err := record.ReadChanges(v)
		if err != nil {
			return nil, err
		}
		if kept = append(kept, changes...); len(kept) >= itms.KeepChanges {
			break
		}
	}
	return q.Select(kept[:min(len(kept), itms.KeepChanges)]), nil
}
