package postgres

import (
	"itms"
	"itms/store/internal/record"
)

// appendChanges puts new changes before those that are there, and keeps as many as are
// kept. Nothing is read for it: a row that is looked for before it is written makes
// serializable transactions collide.
const appendChanges = `insert into changes (device, list) values ($1, $2)
	on conflict (device) do update set list = (excluded.list || changes.list)[1:$3]`

// AppendChanges adds changed values to the history of a known device.
func (d devices) AppendChanges(id itms.DeviceID, changes []itms.ParamChange) error {
	if err := d.known(id); err != nil || len(changes) == 0 {
		return err
	}
	changes = changes[:min(len(changes), itms.KeepChanges)]
	docs := make([][]byte, len(changes))
	for i := range changes {
		docs[i] = record.ChangesDoc(changes[i : i+1])
	}
	return d.t.later(appendChanges, id.String(), docs, itms.KeepChanges)
}

// Changes returns a page of the history of values.
func (d devices) Changes(id itms.DeviceID, q itms.ChangeQuery) ([]itms.ParamChange, error) {
	var docs [][]byte
	if _, err := d.t.one(`select list from changes where device = $1`, []any{id.String()}, &docs); err != nil {
		return nil, err
	}
	kept := make([]itms.ParamChange, 0, len(docs))
	for _, doc := range docs {
		changes, err := record.ReadChanges(doc)
		if err != nil {
			return nil, err
		}
		kept = append(kept, changes...)
	}
	return q.Select(kept), nil
}
