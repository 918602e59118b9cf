package workorder

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"itms"
)

// course is what a device must hold now and on whose behalf: the service of its
// binding in force, or, unbound, only how often to come into contact.
type course struct {
	device  *itms.Device
	binding *itms.Binding // nil when unbound
	service *itms.Service // nil when unbound
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
	b, err := w.tx.Bindings().OfDevice(d.ID)
	switch {
	case err == nil:
		c.binding = b
		if c.service, err = w.tx.Services().Get(b.Service); err != nil {
			return nil, err
		}
		if c.stopped, err = w.orderFailed(b); err != nil {
			return nil, err
		}
	case !itms.IsKind(err, itms.KindNotFound):
		return nil, err
	}
	c.target = fmt.Sprintf("%s/%s@%d", c.revision(), w.models.Digest(d.Profile), int(w.interval(c).Seconds()))
	return c, nil
}

// orderFailed reports whether a claimed device waits for an operator. Whatever
// happens to it meanwhile, its order has been reported as failed and stays so.
func (w *work) orderFailed(b *itms.Binding) (bool, error) {
	if b.State != itms.BindingClaimed {
		return false, nil
	}
	o, err := w.tx.Orders().Get(b.Order)
	if err != nil {
		return false, err
	}
	return o.State == itms.OrderFailed, nil
}

// revision is "<generation>/<revision>", "0/0" when unbound.
func (c *course) revision() string {
	if c.binding == nil {
		return "0/0"
	}
	return fmt.Sprintf("%d/%d", c.binding.Gen, c.service.DesiredRev)
}

// progress returns where the device stands on the way to the target: its stored
// progress, or a fresh start when the target is new.
func (c *course) progress() itms.Sync {
	if s := c.device.Sync; s.Target == c.target {
		return s
	}
	return itms.Sync{Target: c.target, Applied: c.device.Sync.Applied, Phase: itms.SyncRead, Rows: c.device.Sync.Rows}
}

// arrived reports whether nothing is left to do, or nothing that may be tried.
func (c *course) arrived(s itms.Sync) bool {
	return c.stopped || s.Applied == c.target && s.Phase == itms.SyncIdle || s.Phase == itms.SyncFailed
}

// wanted computes the values to hold; only here are the secrets of a service
// opened, and only for a device whose binding is in force (invariant I5).
func (w *work) wanted(c *course) (itms.Wanted, error) {
	in := ModelInput{Device: c.device, PeriodicInterval: w.interval(c)}
	if c.binding != nil && c.binding.State.InForce() {
		if err := w.openService(c, &in); err != nil {
			return itms.Wanted{}, err
		}
	}
	want, err := w.models.Wanted(c.device.Profile, in)
	if err != nil {
		return itms.Wanted{}, itms.Errorf(itms.KindConflict, itms.CodeUnsupported,
			"profile %s cannot be applied to this service: %v", c.device.Profile, err).Because(err)
	}
	return want, nil
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
	o, err := w.tx.Orders().Get(c.binding.Order)
	if err != nil {
		return "", err
	}
	const most = 32
	no := string(o.No)
	if len(no)+1+len(c.revision()) > most {
		sum := sha256.Sum256([]byte(no))
		no = hex.EncodeToString(sum[:6])
	}
	return no + "/" + c.revision(), nil
}
