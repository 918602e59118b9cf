package workorder

import (
	"context"

	"itms"
)

// TryProfile says what a device would be told if a profile were its own: wanted computes
// that as Models.Wanted does. Nothing is sent or stored, and no secret is part of the
// answer. Errors: KindNotFound; those of wanted as KindConflict.
func (e *Engine) TryProfile(ctx context.Context, id itms.DeviceID, wanted func(ModelInput) (itms.Wanted, error)) (trial itms.ProfileTrial, err error) {
	err = e.view(ctx, func(w *work) error {
		d, err := w.device(id)
		if err != nil {
			return err
		}
		const tried = "tried" // whatever profile the device has, or none
		d.Profile, d.Conflict = tried, false
		c, err := w.course(d)
		if err != nil {
			return err
		}
		in, err := w.modelInput(c)
		if err != nil {
			return err
		}
		want, err := wanted(in)
		if err != nil {
			return itms.Errorf(itms.KindConflict, itms.CodeUnsupported, "the profile cannot be applied: %v", err).Because(err)
		}
		p := &pass{want: want, tree: in.Known, sync: itms.Sync{Missing: d.Sync.Missing, Rows: d.Sync.Rows}, fingerprint: w.fingerprint}
		trial = itms.ProfileTrial{Bound: in.Bound, Withheld: in.Withdraw, Reads: want.Read, Reboot: want.RebootAfter}
		p.tryOn(&trial)
		return nil
	})
	return trial, err
}

// tryOn compares what is wanted with what is known.
func (p *pass) tryOn(trial *itms.ProfileTrial) {
	found := map[string]string{}
	for _, row := range p.want.Rows {
		row.Table = expand(row.Table, found)
		instance := p.findRow(row)
		if instance != "" {
			found[row.Alias] = instance
		}
		trial.Rows = append(trial.Rows, itms.RowTrial{Alias: row.Alias, Table: row.Table, Instance: instance})
	}
	for i := range p.want.Params {
		w := &p.want.Params[i]
		name := p.choose(w, found)
		have, known := p.tree.Get(name)
		t := itms.ParamTrial{Name: name, Type: p.typeOf(name, w), Wanted: w.Value, Holds: have.Value, Known: known,
			Differs: name != "" && !p.holds(name, w), Secret: w.Hide || have.Hidden, Optional: w.Optional}
		if t.Secret {
			t.Wanted, t.Holds = "", ""
		}
		trial.Params = append(trial.Params, t)
	}
}
