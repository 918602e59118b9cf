package workorder

import (
	"context"
	"errors"

	"itms"
)

// Reach is how a device is asked for contact.
type Reach struct {
	URL        string // "" = it never told one
	Username   string // "" = it was given none
	Password   itms.Secret
	AllowBasic bool                // its profile lets the password be sent in clear
	UDPAddress string              // as the device tells it
	NAT        bool                // likewise
	UDP        itms.UDPBinding     // as a node of ours saw it
	Last       itms.ReachWay       // that worked last
	Session    itms.SessionSummary // the last one
}

// Reach returns how to ask a device for contact. Errors: KindNotFound.
func (e *Engine) Reach(ctx context.Context, id itms.DeviceID) (Reach, error) {
	var r Reach
	err := e.view(ctx, func(w *work) error {
		d, err := w.device(id)
		if err != nil {
			return err
		}
		r = Reach{URL: d.ConnectionRequestURL, Username: d.ConnectionUsername, UDPAddress: d.UDPAddress, NAT: d.NAT,
			UDP: d.UDP, Last: d.Reach.Way, Session: d.LastSession, AllowBasic: d.Profile != "" && w.models.AllowsBasic(d.Profile)}
		r.Password, err = w.unseal(d.ConnectionPassword)
		return err
	})
	return r, err
}

// Called stores what became of a connection request: in the device's record, as the
// latest, and, when its Inform came, as the way to try first the next time. It writes
// only when the result or the way is another than before, so that a device which
// always comes costs nothing. A report that tells only of something under way, and one
// of an unknown device, are not kept.
func (e *Engine) Called(ctx context.Context, id itms.DeviceID, report itms.CallReport) error {
	if report.Passing() {
		return nil
	}
	same := false
	err := e.view(ctx, func(w *work) error {
		d, err := w.device(id)
		if err == nil {
			same = !noteCall(d, report) && (d.Tasks == 0 || report.Result == itms.CallInformed)
		}
		return err
	})
	if err == nil && !same {
		err = e.update(ctx, func(w *work) error {
			d, err := w.device(id)
			if err != nil {
				return err
			}
			if err := w.tellTasks(d, report); err != nil || !noteCall(d, report) {
				return err
			}
			return w.putDevice(d)
		})
	}
	if itms.IsKind(err, itms.KindNotFound) {
		return nil
	}
	return err
}

// tellTasks notes on the tasks that wait for a device why it did not come when it was
// asked to.
func (w *work) tellTasks(d *itms.Device, report itms.CallReport) error {
	if report.Result == itms.CallInformed {
		return nil
	}
	open, err := w.openTasks(d)
	if err != nil {
		return err
	}
	for _, t := range open {
		if t.State != itms.TaskQueued || t.NotBefore.After(w.now) || t.Run.Next.After(w.now) {
			continue
		}
		t.Call, t.UpdatedAt = report, w.now
		t.Reason = "waiting for the device to come into contact; when it was asked to: " + report.Text
		if err := w.tx.Tasks().Put(t); err != nil {
			return err
		}
	}
	return nil
}

// noteCall brings a device's record to what a report tells and says whether that is
// another thing than before.
func noteCall(d *itms.Device, report itms.CallReport) bool {
	changed := false
	if report.Result == itms.CallInformed && report.Way != "" && d.Reach.Way != report.Way {
		d.Reach, changed = itms.Reach{Way: report.Way, At: report.At}, true
	}
	if d.Call.Result == report.Result && d.Call.Way == report.Way {
		return changed
	}
	d.Call = report
	return true
}

// NoteBindings stores where devices behind NAT take UDP connection requests, for the
// nodes that do not hold their bindings; those that are stored so already cost no
// write. Unknown devices are passed over.
func (e *Engine) NoteBindings(ctx context.Context, bindings map[itms.DeviceID]itms.UDPBinding) error {
	moved := map[itms.DeviceID]itms.UDPBinding{}
	err := e.view(ctx, func(w *work) error {
		return eachBinding(w, bindings, func(d *itms.Device, b itms.UDPBinding) error {
			moved[d.ID] = b
			return nil
		})
	})
	if err != nil || len(moved) == 0 {
		return err
	}
	return e.update(ctx, func(w *work) error {
		return eachBinding(w, moved, func(d *itms.Device, b itms.UDPBinding) error {
			d.UDP = b
			return w.putDevice(d)
		})
	})
}

// eachBinding calls fn for the known devices whose binding is another than stored.
func eachBinding(w *work, bindings map[itms.DeviceID]itms.UDPBinding, fn func(*itms.Device, itms.UDPBinding) error) error {
	var errs []error
	for id, b := range bindings {
		d, err := w.device(id)
		switch {
		case itms.IsKind(err, itms.KindNotFound):
		case err != nil:
			errs = append(errs, err)
		case d.UDP.Address != b.Address || d.UDP.Node != b.Node:
			errs = append(errs, fn(d, b))
		}
	}
	return errors.Join(errs...)
}
