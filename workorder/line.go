package workorder

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"itms"
)

// sightingKey is the setting that keeps line evidence of a device that was not in
// contact yet: it gets its address before it informs.
func sightingKey(mac itms.MAC) string { return "sighting/" + mac.Key() }

// Sight takes line evidence in: where the network saw a MAC address, as DHCP option
// 82, an AAA server or a neighbour tells it. Of a device that was not in contact yet it
// is kept for a day. Errors: KindInvalid for an empty address.
func (e *Engine) Sight(ctx context.Context, actor string, mac itms.MAC, s itms.Sighting) error {
	if mac.IsZero() {
		return itms.Invalid("/mac", "is required")
	}
	known := false
	err := e.view(ctx, func(w *work) (err error) {
		known, err = w.knownSighting(mac, s)
		return err
	})
	if err != nil || known {
		return err
	}
	return e.update(ctx, func(w *work) error { return w.sight(actor, mac, s) })
}

// sight notes evidence with the device, or keeps it for its first contact.
func (w *work) sight(actor string, mac itms.MAC, s itms.Sighting) error {
	s.At = w.now
	if s.Source == "" {
		s.Source = actor
	}
	devices, err := w.devicesNamed(itms.DeviceClaim{MAC: mac})
	if err != nil {
		return err
	}
	if len(devices) == 0 {
		data, err := json.Marshal(s)
		if err != nil {
			return err
		}
		if err := w.tx.Settings().Put(sightingKey(mac), data); err != nil {
			return err
		}
		return w.tx.Agenda().Set(settingAlarm(sightingKey(mac)), w.now.Add(24*time.Hour))
	}
	for _, d := range devices {
		if err := w.sightDevice(d, s); err != nil {
			return err
		}
	}
	return nil
}

// sightDevice notes evidence of a known device, and asks it for contact when that lets
// something go on: a claim, or a relocation that waits for the new line.
func (w *work) sightDevice(d *itms.Device, s itms.Sighting) error {
	if err := w.seen(d, s); err != nil {
		return err
	}
	b, err := w.inForce(d.ID)
	if err != nil {
		return err
	}
	if b != nil {
		if err := w.wakeMoved(d, b); err != nil {
			return err
		}
		return w.putDevice(d)
	}
	if err := w.follow(d, ""); err != nil {
		return err
	}
	if d.State == itms.DeviceConfiguring || d.State == itms.DeviceUpgrading {
		w.fx.wake = append(w.fx.wake, d.ID)
	}
	return nil
}

// wakeMoved asks a device for contact that was seen where its relocation leads.
func (w *work) wakeMoved(d *itms.Device, b *itms.Binding) error {
	svc, err := w.tx.Services().Get(b.Service)
	if err != nil {
		return err
	}
	o, err := w.waitingChange(b, svc)
	if err == nil && o != nil && o.Kind == itms.KindRelocate && w.mayBegin(o, d, visit{}) {
		w.fx.wake = append(w.fx.wake, d.ID)
	}
	return err
}

// sightingFresh is for how long the same evidence again tells nothing new: leases are
// renewed all the time.
const sightingFresh = time.Hour

// knownSighting reports whether evidence repeats what is known.
func (w *work) knownSighting(mac itms.MAC, s itms.Sighting) (bool, error) {
	devices, err := w.devicesNamed(itms.DeviceClaim{MAC: mac})
	if err != nil || len(devices) == 0 {
		return false, err
	}
	for _, d := range devices {
		was := d.Sighting
		same := was.Line == s.Line && was.Subscriber == s.Subscriber && was.Account == s.Account && was.Elsewhere.IsZero()
		if !same || w.now.Sub(was.At) > sightingFresh {
			return false, nil
		}
	}
	return true, nil
}

// keptSighting takes over evidence that came before the device's first contact.
func (w *work) keptSighting(d *itms.Device) error {
	if d.MAC.IsZero() || !d.Sighting.At.IsZero() {
		return nil
	}
	data, err := w.tx.Settings().Get(sightingKey(d.MAC))
	if err != nil || len(data) == 0 {
		return err
	}
	var s itms.Sighting
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("line evidence of %s: %w", d.MAC, err)
	}
	return w.seen(d, s)
}

// seen notes evidence with a device. One that serves and is seen on another line twice,
// long enough apart, was moved without an order: that is flagged, not acted on.
func (w *work) seen(d *itms.Device, s itms.Sighting) error {
	was := d.Sighting
	d.Sighting = s
	w.place(d.ID)
	b, err := w.inForce(d.ID)
	if err != nil || b == nil {
		return err
	}
	svc, err := w.tx.Services().Get(b.Service)
	if err != nil || s.Line.Key() == "" || svc.Line.Key() == "" || s.Line.Key() == svc.Line.Key() {
		return err
	}
	if d.Sighting.Elsewhere = was.Elsewhere; d.Sighting.Elsewhere.IsZero() {
		d.Sighting.Elsewhere = s.At
	}
	d.Sighting.Moved = was.Moved
	if d.Sighting.Moved || s.At.Sub(d.Sighting.Elsewhere) < MoveAfter {
		return nil
	}
	d.Sighting.Moved = true
	d.Problem = fmt.Sprintf("was moved without an order: it is seen on line %s, its service is on %s", s.Line.Place(), svc.Line.Place())
	return w.record("device.moved", itms.Event{Device: d.ID, Service: svc.ID, Area: svc.Line.Area, Alarm: true,
		Text: fmt.Sprintf("device %s %s", d.ID, d.Problem)})
}

// located reports whether line evidence leads to exactly one slot that waits for a
// device, and the operator lets that claim.
func (s *situation) located() bool {
	if !s.w.policy.ClaimByLine || s.open != nil {
		return false
	}
	b, err := s.w.slotOnLine(s.device)
	if err != nil || b == nil || s.w.serves(s.device, b) != nil {
		return false // D11 asks for the code instead; a failing store shows there too
	}
	s.open = b
	s.order, err = s.w.tx.Orders().Get(b.Order)
	return err == nil
}

// claimHere gives the device to the slot of its line.
func (s *situation) claimHere() error {
	w, d := s.w, s.device
	if err := w.nameDevice(s.order, claimOf(d)); err != nil {
		if itms.IsKind(err, itms.KindConflict) {
			return s.ask()
		}
		return err
	}
	s.order.Confirmed, s.order.Way = true, itms.ByLine
	if err := w.store(s.order); err != nil {
		return err
	}
	return s.named(s.order, itms.ByLine)
}

// slotOnLine returns the one open binding without a device that the evidence leads
// to, nil when there is none or more than one.
func (w *work) slotOnLine(d *itms.Device) (*itms.Binding, error) {
	services, err := w.servicesOnLine(d)
	if err != nil {
		return nil, err
	}
	var found *itms.Binding
	for _, svc := range services {
		s, err := w.slotOf(svc.ID)
		if err != nil {
			return nil, err
		}
		if s.prebound == nil || !s.prebound.Claim.IsZero() || !s.live() {
			continue
		}
		if found != nil {
			return nil, nil
		}
		found = s.prebound
	}
	return found, nil
}

// servicesOnLine lists the services that the evidence about a device leads to: those
// on its line, of its account or subscriber, or of the subscriber whose gateway
// reports the device behind it.
func (w *work) servicesOnLine(d *itms.Device) ([]*itms.Service, error) {
	s := d.Sighting
	behind, err := w.subscriberBehind(d.MAC)
	if err != nil {
		return nil, err
	}
	return w.servicesNamed(itms.Term{Type: itms.TermLine, Value: s.Line.Key()}, itms.Term{Type: itms.TermAccount, Value: s.Account},
		itms.Term{Type: itms.TermSubscriber, Value: s.Subscriber}, itms.Term{Type: itms.TermSubscriber, Value: behind})
}

// subscriberBehind is the subscriber whose gateway, in service, reports the MAC behind
// it; "" when none or several do.
func (w *work) subscriberBehind(mac itms.MAC) (string, error) {
	gateways, err := w.devicesWith(itms.Term{Type: itms.TermBehind, Value: mac.Key()})
	if err != nil {
		return "", err
	}
	subscriber := ""
	for _, gateway := range gateways {
		b, err := w.inForce(gateway.ID)
		if err != nil {
			return "", err
		}
		if b == nil {
			continue
		}
		svc, err := w.tx.Services().Get(b.Service)
		if err != nil {
			return "", err
		}
		if subscriber != "" && subscriber != svc.Subscriber.ID {
			return "", nil
		}
		subscriber = svc.Subscriber.ID
	}
	return subscriber, nil
}

// noteHosts takes over which hosts a gateway reports, and asks those that wait for
// their order to come: the gateway may be what tells where they are.
func (w *work) noteHosts(d *itms.Device, tree *itms.ParamTree) error {
	hosts := w.models.Hosts(d.Profile, tree)
	if len(hosts) == 0 || slices.Equal(hosts, d.Hosts) {
		return nil
	}
	was := d.Hosts
	d.Hosts = hosts
	if !w.policy.ClaimByLine {
		return nil
	}
	for _, mac := range hosts {
		if slices.Contains(was, mac) {
			continue
		}
		devices, err := w.devicesNamed(itms.DeviceClaim{MAC: mac})
		if err != nil {
			return err
		}
		for _, host := range devices {
			if host.State == itms.DeviceCodeRequired || host.State == itms.DeviceOnlineUnbound {
				w.fx.wake = append(w.fx.wake, host.ID)
			}
		}
	}
	return nil
}

// evidenceKind marks outbox rows which the Dispatcher sends to the operator's source
// of line evidence.
const evidenceKind = "evidence"

// seekEvidence asks the configured source where an unmatched device is, once per
// boot of it.
func (w *work) seekEvidence(d *itms.Device) error {
	if w.policy.EvidenceURL == "" || d.MAC.IsZero() || !d.Sighting.At.IsZero() && !d.Sighting.At.Before(d.LastBoot) {
		return nil
	}
	d.Sighting.At, d.Sighting.Source = w.now, "asked" // so that the next contact does not ask again
	id := itms.NewID(w.now)
	return w.tx.Outbox().Add(&itms.Delivery{ID: id, Stream: "evidence/" + d.MAC.Key(), Kind: evidenceKind, Body: []byte(d.MAC.Key()),
		Target: strings.ReplaceAll(w.policy.EvidenceURL, "{mac}", d.MAC.Key()), Due: w.now, QueuedAt: w.now})
}
