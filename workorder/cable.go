package workorder

import (
	"context"
	"fmt"

	"itms"
)

// Leased takes in leases that cable devices were given, in one transaction: it inventories
// the devices and lets the rules of decide.go act, as an Inform does for others. Those that
// tell nothing new cost one read together and no write. Clients that are not inventoried by
// DHCP, and blocked devices, are left alone.
func (e *Engine) Leased(ctx context.Context, list ...*itms.CableContact) error {
	var news []*itms.CableContact
	err := e.view(ctx, func(w *work) (err error) {
		news, err = w.leaseNews(list)
		return err
	})
	if err != nil || len(news) == 0 {
		return err
	}
	return e.update(ctx, func(w *work) error {
		for _, c := range news {
			if err := w.takeLease(c); err != nil {
				return err
			}
		}
		return nil
	})
}

// leaseNews are the leases that tell something new.
func (w *work) leaseNews(list []*itms.CableContact) (news []*itms.CableContact, err error) {
	for _, c := range list {
		id := itms.CableID(c.Lease.Kind, c.Lease.MAC)
		if id.IsZero() {
			continue
		}
		idle, err := w.leaseTellsNothing(id, c)
		if err != nil {
			return nil, err
		}
		if !idle {
			news = append(news, c)
		}
	}
	return news, nil
}

// takeLease takes one in and stores its device.
func (w *work) takeLease(c *itms.CableContact) error {
	d, err := w.leased(itms.CableID(c.Lease.Kind, c.Lease.MAC), c)
	if itms.IsKind(err, itms.KindForbidden) {
		return nil // blocked meanwhile
	}
	if err != nil {
		return err
	}
	w.place(d.ID)
	return w.putDevice(d)
}

// leaseTellsNothing reports whether a lease may be taken in without a write.
func (w *work) leaseTellsNothing(id itms.DeviceID, c *itms.CableContact) (bool, error) {
	d, err := w.device(id)
	switch {
	case itms.IsKind(err, itms.KindNotFound):
		return false, nil
	case err != nil:
		return false, err
	case d.Blocked:
		return true, nil
	case d.Cable == nil || !cableOf(d.Cable, c).Same(d.Cable):
		return false, nil
	}
	on, err := w.course(d)
	if err != nil || on == nil {
		return true, err
	}
	expected, err := w.expects(on)
	return !expected, err
}

// cableOf is what is kept of a cable device once it has a lease.
func cableOf(was *itms.Cable, c *itms.CableContact) *itms.Cable {
	now := itms.NewCable(c.Lease, c.Facts)
	if was != nil {
		now.File, now.LeasedAt = was.File, was.LeasedAt
		keepFacts(&now.Facts, &was.Facts)
	}
	return now
}

// keepFacts keeps what a device told before and does not tell in this message: a renewal
// says less than a boot.
func keepFacts(now, was *itms.CableFacts) {
	if len(now.Parts) == 0 {
		now.Parts = was.Parts
	}
	if len(now.Capabilities) == 0 {
		now.Capabilities = was.Capabilities
	}
	if now.MTA.IsZero() {
		now.MTA = was.MTA
	}
	for _, f := range []struct{ now, was *string }{{&now.Version, &was.Version}, {&now.Type, &was.Type}, {&now.Serial, &was.Serial},
		{&now.Hardware, &was.Hardware}, {&now.Software, &was.Software}, {&now.BootROM, &was.BootROM}, {&now.OUI, &was.OUI},
		{&now.Model, &was.Model}, {&now.Vendor, &was.Vendor}} {
		if *f.now == "" {
			*f.now = *f.was
		}
	}
}

// leased brings the record of a cable device to a lease and lets the rules act; the
// caller stores it.
func (w *work) leased(id itms.DeviceID, c *itms.CableContact) (*itms.Device, error) {
	d, err := w.device(id)
	first := itms.IsKind(err, itms.KindNotFound)
	switch {
	case first:
		d = newCableDevice(id, c.Lease.MAC)
		d.FirstSeen = w.now
		w.hold(d)
	case err != nil:
		return nil, err
	case d.Blocked:
		return nil, blocked(d)
	case d.Profile != itms.CableProfile:
		return nil, otherDoor(d)
	}
	was := d.Cable
	v := visit{session: itms.NewID(w.now), booted: true, moved: !first && d.IP != c.Lease.Address.String()}
	if err := takeFence(d, v.session); err != nil {
		return nil, err
	}
	d.Cable, d.LastBoot = cableOf(was, c), w.now
	d.Cable.LeasedAt = w.now
	describeCable(d)
	if err := w.journalLease(d, was, first); err != nil {
		return nil, err
	}
	return d, w.decide(d, v)
}

// newCableDevice is the record of a cable device that was never here. It has told all
// that it will ever tell of its identity: its MAC.
func newCableDevice(id itms.DeviceID, mac itms.MAC) *itms.Device {
	return &itms.Device{ID: id, MAC: mac, Profile: itms.CableProfile, Inquired: true, State: itms.DeviceOnlineUnbound}
}

// describeCable derives the facts that every device has.
func describeCable(d *itms.Device) {
	f := &d.Cable.Facts
	d.IP, d.Manufacturer, d.Model, d.Hardware, d.Software = d.Cable.Address, f.Vendor, f.Model, f.Hardware, f.Software
}

// journalLease records first contact, and another address or class.
func (w *work) journalLease(d *itms.Device, was *itms.Cable, first bool) error {
	c := d.Cable
	ev := itms.Event{Device: d.ID, Data: map[string]string{"address": c.Address, "class": c.Class}}
	switch {
	case first:
		ev.Text = fmt.Sprintf("device %s is in contact for the first time, with address %s of class %s", d.ID, c.Address, c.Class)
		return w.record("device.seen", ev)
	case was == nil || was.Address != c.Address || was.Class != c.Class:
		ev.Text = fmt.Sprintf("device %s was leased %s of class %s", d.ID, c.Address, c.Class)
		return w.record("device.leased", ev)
	}
	return nil
}

// Fetched takes in configuration files that cable devices fetched whole, in one
// transaction: the device holds what it must when its file is that of its entitlement.
// A device that cannot be told of keeps none of the others from it.
func (e *Engine) Fetched(ctx context.Context, list []itms.CableFetch) error {
	return e.update(ctx, func(w *work) error {
		told := map[itms.DeviceID]*itms.Device{} // stored once, however often it fetched
		for i := range list {
			d, err := w.fetched(&list[i])
			switch {
			case itms.IsKind(err, itms.KindForbidden):
			case err != nil:
				return err
			case d != nil:
				told[d.ID] = d
			}
		}
		for _, d := range told {
			if err := w.putDevice(d); err != nil {
				return err
			}
		}
		return nil
	})
}

// fetched takes in one file and returns its device, which the caller stores; nil for a
// client that is not inventoried.
func (w *work) fetched(f *itms.CableFetch) (*itms.Device, error) {
	id := itms.CableID(f.Lease.Kind, f.Lease.MAC)
	if id.IsZero() {
		return nil, nil
	}
	d, err := w.device(id)
	if itms.IsKind(err, itms.KindNotFound) || err == nil && d.Cable == nil {
		d, err = w.leased(id, &itms.CableContact{Lease: f.Lease})
	}
	switch {
	case err != nil:
		return nil, err
	case d.Blocked:
		return nil, blocked(d)
	}
	d.Cable.File = f.File
	return d, w.holdsFile(d)
}

// holdsFile ends the course of a device whose file is that of its entitlement.
func (w *work) holdsFile(d *itms.Device) error {
	c, err := w.course(d)
	if err != nil || c == nil || c.stopped {
		return err
	}
	revision, err := w.cableRevision(c)
	if err != nil || d.Cable.File.Provision != revision {
		return err
	}
	if s := c.progress(); c.arrived(s) && s.Phase != itms.SyncFailed {
		return nil
	}
	o, err := w.orderUnderWay(c)
	if err != nil {
		return err
	}
	if o != nil && o.State == itms.OrderExecuting {
		if err := w.move(o, onPushed, fmt.Sprintf("device %s fetched its configuration file", d.ID), System); err != nil {
			return err
		}
	}
	return w.arrive(c)
}

// expects reports whether something waits for a contact of a course's device: an order that
// names it, a change of its service, the end of its credentials. A contact is a start.
func (w *work) expects(c *course) (bool, error) {
	if c.binding == nil || c.wiping() {
		return w.pending(c)
	}
	o, err := w.waitingChange(c.binding, c.service)
	return o != nil, err
}

// unentitled is the revision of who serves nothing.
const unentitled = "0/0"

// cableRevision is what a course entitles to: another one as soon as a change waits for
// the device, so that it is brought to start anew.
func (w *work) cableRevision(c *course) (string, error) {
	revision := c.revision()
	if c.binding == nil || c.wiping() {
		return unentitled, nil // the file of a stranger is all that it takes to be wiped
	}
	o, err := w.waitingChange(c.binding, c.service)
	if err != nil || o == nil {
		return revision, err
	}
	return revision + "+" + string(o.ID), nil
}

// Entitlement says what a client is entitled to, by its MAC. What it tells of itself
// counts where rules ask for the model of a device that was never here.
func (e *Engine) Entitlement(ctx context.Context, kind itms.ClientKind, mac itms.MAC, model string) (*itms.Entitlement, error) {
	var ent *itms.Entitlement
	err := e.view(ctx, func(w *work) (err error) {
		ent, err = w.entitlement(kind, mac, model)
		return err
	})
	return ent, err
}

// entitlement is Entitlement within a transaction.
func (w *work) entitlement(kind itms.ClientKind, mac itms.MAC, model string) (*itms.Entitlement, error) {
	d, known, err := w.client(kind, mac)
	if err != nil {
		return nil, err
	}
	if !known {
		d.Model = model
	}
	ent := &itms.Entitlement{Blocked: d.Blocked}
	if known {
		ent.Device = d.ID
	}
	if d.Cable != nil {
		ent.Cable, ent.Facts, ent.Holds = d.Cable, d.Cable.Facts, d.Cable.File.Provision
	}
	c, err := w.course(d)
	switch {
	case err != nil:
		return nil, err
	case c != nil && c.binding != nil && c.binding.State.InForce():
		return ent, w.entitleBound(c, ent)
	}
	return ent, w.entitleNamed(d, c, ent)
}

// client finds the device of a client, or makes one that was never here.
func (w *work) client(kind itms.ClientKind, mac itms.MAC) (d *itms.Device, known bool, err error) {
	if id := itms.CableID(kind, mac); !id.IsZero() {
		d, err = w.device(id)
		if itms.IsKind(err, itms.KindNotFound) {
			return newCableDevice(id, mac), false, nil
		}
		return d, err == nil, err
	}
	devices, err := w.devicesWith(itms.Term{Type: itms.TermMAC, Value: mac.Key()})
	if err != nil || len(devices) > 0 {
		for _, d := range devices {
			return d, true, nil
		}
		return nil, false, err
	}
	return &itms.Device{MAC: mac, Inquired: true}, false, nil
}

// entitleBound says what a binding in force entitles to.
func (w *work) entitleBound(c *course, ent *itms.Entitlement) (err error) {
	if ent.Revision, err = w.cableRevision(c); err != nil {
		return err
	}
	if ent.Waiting, err = w.expects(c); err != nil {
		return err
	}
	return w.entitleTo(c.binding, c.service, ent)
}

// entitleNamed says what the order entitles to that names a device without a binding in
// force; c is its course, nil when it has none.
func (w *work) entitleNamed(d *itms.Device, c *course, ent *itms.Entitlement) error {
	s, err := w.situation(d, visit{})
	if err != nil {
		return err
	}
	if b := s.inForce; b != nil { // without a course: what it says of itself contradicts another
		ent.Revision = unentitled
		return nil
	}
	if s.conflicts() || s.unadmitted() || s.open == nil || !s.ready() || s.barred() {
		ent.Revision = unentitled
		if c != nil && c.wiping() {
			ent.Waiting, err = w.expects(c)
		}
		return err
	}
	ent.Revision, ent.Waiting = "prebound/"+string(s.open.ID), true
	svc, err := w.tx.Services().Get(s.open.Service)
	if err != nil {
		return err
	}
	return w.entitleTo(s.open, svc, ent)
}

// entitleTo says whether a service is to be given through a binding.
func (w *work) entitleTo(b *itms.Binding, svc *itms.Service, ent *itms.Entitlement) error {
	ent.Service = svc
	state, err := w.stateToBe(b, svc)
	switch {
	case err != nil:
		return err
	case state == itms.ServiceSuspended:
		ent.State = itms.EntitledSuspended
	case b.State == itms.BindingBound && !ent.Waiting:
		ent.State = itms.EntitledActive
	default:
		ent.State = itms.EntitledOrdered
	}
	return nil
}

// stateToBe is the state of a service once the order is applied that waits for its device:
// a modem is to be of the right class from the first message on.
func (w *work) stateToBe(b *itms.Binding, svc *itms.Service) (itms.ServiceState, error) {
	o, err := w.waitingChange(b, svc)
	switch {
	case err != nil || o == nil:
		return svc.State, err
	case o.Restores != "":
		undone, err := w.tx.Orders().Get(o.Restores)
		if err != nil || undone.Before == nil {
			return svc.State, err
		}
		return undone.Before.State, nil
	case o.Kind == itms.KindResume:
		return itms.ServiceActive, nil
	}
	return svc.State, nil
}

// barred reports whether the operator's rules keep the device from its order. A cable
// device gets its firmware by its file: none is fetched first.
func (s *situation) barred() bool { return s.open.Way != itms.ByHand && !s.verdict.Allowed }

// cableServes returns why a cable device cannot carry a type of service, nil if it can.
func cableServes(d *itms.Device, t itms.ServiceType) error {
	if t == itms.ServiceInternet || t == itms.ServiceVoIP {
		return nil
	}
	return itms.Errorf(itms.KindConflict, itms.CodeUnsupported, "device %s is in contact, but a cable device carries no %s service", d.ID, t)
}
