package workorder

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"itms"
)

// course is what a device must hold now and on whose behalf: the service of its
// binding in force; or nothing of the service of a released binding; or, unbound,
// only how often to come into contact.
type course struct {
	device  *itms.Device
	binding *itms.Binding // nil when unbound; releasing when the device is to be wiped
	service *itms.Service // nil when unbound
	order   *itms.Order   // at work through the binding; nil when none is
	target  string
	stopped bool // the order failed: an operator's move
}

// course finds out what the device must hold. A device without a profile has no
// course: nil.
func (w *work) course(d *itms.Device) (*course, error) {
	if d.Profile == "" || d.Conflict {
		return nil, nil
	}
	c := &course{device: d}
	var err error
	if c.binding, err = w.inForce(d.ID); err != nil {
		return nil, err
	}
	if c.binding == nil && d.Wipe != "" {
		if c.binding, err = w.tx.Bindings().Get(d.Wipe); err != nil {
			return nil, err
		}
	}
	if c.binding != nil {
		if c.service, err = w.tx.Services().Get(c.binding.Service); err != nil {
			return nil, err
		}
		if c.order, err = w.orderAtWork(c.binding, c.service); err != nil {
			return nil, err
		}
	}
	c.stopped = c.claimed() && c.order.State == itms.OrderFailed
	c.target = fmt.Sprintf("%s/%s@%d", c.revision(), w.models.Digest(d.Profile), int(w.interval(c).Seconds()))
	return c, nil
}

// orderAtWork is the order that acts through a binding and is not over, nil when none
// does; for a device at rest nothing is read. The order that released a binding counts
// when it waits for the wipe: a swap, or a change of the box, goes on with another
// binding.
func (w *work) orderAtWork(b *itms.Binding, svc *itms.Service) (*itms.Order, error) {
	switch {
	case b.State == itms.BindingBound && !svc.Busy, b.State == itms.BindingReleasing && b.ReleasedBy == "":
		return nil, nil
	}
	o, err := w.orderOf(b, svc)
	if err != nil || b.State == itms.BindingReleasing && o.Binding != b.ID {
		return nil, err
	}
	return o, nil
}

// orderOf is the order that acts through a binding: that which released it, that
// which changes its service now or did last, or that which made it.
func (w *work) orderOf(b *itms.Binding, svc *itms.Service) (*itms.Order, error) {
	id := b.Order
	if b.State == itms.BindingReleasing && b.ReleasedBy != "" {
		id = b.ReleasedBy
	}
	if b.State != itms.BindingBound || svc.Order == "" || svc.Order == id {
		return w.tx.Orders().Get(id)
	}
	last, err := w.tx.Orders().Get(svc.Order)
	if err != nil || last.Binding == b.ID && !last.State.Waiting() {
		return last, err
	}
	return w.tx.Orders().Get(id)
}

// claimed reports whether the device is being configured for the first time.
func (c *course) claimed() bool { return c.binding != nil && c.binding.State == itms.BindingClaimed }

// wiping reports whether the device is to lose the credentials of an ended service.
func (c *course) wiping() bool { return c.binding != nil && c.binding.State == itms.BindingReleasing }

// withheld reports whether the device gets no credentials: of an ended service, or of
// a suspended one.
func (c *course) withheld() bool {
	return c.wiping() || c.binding != nil && c.service.State == itms.ServiceSuspended
}

// revision is "<generation>/<revision>", "0/0" when unbound, "<generation>/w" when the
// device is to be wiped.
func (c *course) revision() string {
	switch {
	case c.binding == nil:
		return "0/0"
	case c.wiping():
		return fmt.Sprintf("%d/w", c.binding.Gen)
	}
	return fmt.Sprintf("%d/%d", c.binding.Gen, c.service.DesiredRev)
}

// progress returns where the device stands on the way to the target: its stored
// progress, or a fresh start when the target is new.
func (c *course) progress() itms.Sync {
	if s := c.device.Sync; s.Target == c.target {
		return s
	}
	was := c.device.Sync
	return itms.Sync{Target: c.target, Applied: was.Applied, Phase: itms.SyncRead, Rows: was.Rows, All: was.All, Task: was.Task}
}

// arrived reports whether nothing is left to do, or nothing that may be tried.
func (c *course) arrived(s itms.Sync) bool {
	return c.stopped || s.Applied == c.target && s.Phase == itms.SyncIdle || s.Phase == itms.SyncFailed
}

// wanted computes the values to hold; only here are the secrets of a service
// opened, and only for a device whose binding is in force (invariant I5).
func (w *work) wanted(c *course) (itms.Wanted, error) {
	in, err := w.modelInput(c)
	if err != nil {
		return itms.Wanted{}, err
	}
	want, err := w.models.Wanted(c.device.Profile, in)
	if err != nil {
		return itms.Wanted{}, itms.Errorf(itms.KindConflict, itms.CodeUnsupported,
			"profile %s cannot be applied to this service: %v", c.device.Profile, err).Because(err)
	}
	return want, nil
}

// modelInput is what the values are computed from.
func (w *work) modelInput(c *course) (ModelInput, error) {
	known, err := w.params(c.device.ID)
	if err != nil {
		return ModelInput{}, err
	}
	in := ModelInput{Device: c.device, Known: known, PeriodicInterval: w.interval(c), Withdraw: c.withheld()}
	if in.Withdraw {
		in.Line, in.Attributes = c.service.Line, c.service.Attributes
	}
	if c.binding != nil && c.binding.State.InForce() && !in.Withdraw {
		if err := w.openService(c, &in); err != nil {
			return ModelInput{}, err
		}
	}
	return in, nil
}

// openService fills in what a bound device may know.
func (w *work) openService(c *course, in *ModelInput) (err error) {
	s := c.service
	in.Bound = true
	in.Subscriber, in.Line, in.Attributes = s.Subscriber, s.Line, s.Attributes
	in.Service = itms.ServiceSpec{ID: s.ID, Type: s.Type, Package: s.Package, Account: s.Account,
		AuthURL: s.AuthURL, AuthURLBackup: s.AuthURLBackup,
		Access: itms.AccessSpec{Type: s.Access.Type, Account: s.Access.Account, DownKbps: s.Access.DownKbps, UpKbps: s.Access.UpKbps}}
	if in.Service.Password, err = w.unseal(s.Password); err != nil {
		return err
	}
	if in.Service.Access.Password, err = w.unseal(s.Access.Password); err != nil {
		return err
	}
	in.ConnectionUsername = c.device.ConnectionUsername
	in.ConnectionPassword, err = w.unseal(c.device.ConnectionPassword)
	return err
}

// parameterKey is "<order>/<generation>/<revision>" (invariant I4) within the 32
// characters that TR-069 allows; a long order number is replaced by its hash.
func (w *work) parameterKey(c *course) (string, error) {
	if c.binding == nil {
		return "-/" + c.revision(), nil
	}
	o := c.order
	if o == nil {
		var err error
		if o, err = w.orderOf(c.binding, c.service); err != nil {
			return "", err
		}
	}
	const most = 32
	no := string(o.No)
	if len(no)+1+len(c.revision()) > most {
		sum := sha256.Sum256([]byte(no))
		no = hex.EncodeToString(sum[:6])
	}
	return no + "/" + c.revision(), nil
}

// underWay reports whether an order is at work through the course.
func (c *course) underWay() bool { return c.order != nil && c.order.State.UnderWay() }
