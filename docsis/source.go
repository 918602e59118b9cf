package docsis

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"itms"
	"itms/tftp"
)

// spentGrace is how long a name that is good for once may be asked for again after its
// file was sent whole: the last acknowledgement may be lost.
const spentGrace = 30 * time.Second

// Open implements tftp.Source: it makes the file of the client that asks, when the name is
// its own. What is wrong with a name is told in an event; the client hears that there is no
// such file.
func (s *Service) Open(ctx context.Context, r tftp.Request) (tftp.Content, error) {
	from := s.client(&r)
	l, fault, err := s.leaseOf(ctx, r.Name, from)
	if err != nil {
		return tftp.Content{}, err
	}
	if l == nil && fault == FaultNone {
		return tftp.Content{}, tftp.ErrNotFound // no name of ours: perhaps a firmware image
	}
	f, fault, err := s.file(ctx, l, fault)
	if err != nil {
		return tftp.Content{}, s.failed(l, err)
	}
	if fault != FaultNone {
		s.refuse(ctx, fault, r.Name, from, l)
		return tftp.Content{}, tftp.ErrNotFound
	}
	return s.content(r.Name, f), nil
}

// client is the address that a request is made for: a CMTS that fetches files for its
// modems tells theirs in the option netaddr, or nothing.
func (s *Service) client(r *tftp.Request) netip.Addr {
	from := r.Client.Addr().Unmap()
	if !s.proxy(from) {
		return from
	}
	if told, err := netip.ParseAddr(r.Options["netaddr"]); err == nil {
		return told.Unmap()
	}
	return from
}

// proxy reports whether an address may fetch files on behalf of modems.
func (s *Service) proxy(from netip.Addr) bool {
	return slices.ContainsFunc(s.Proxies, func(p netip.Prefix) bool { return p.Contains(from) })
}

// leaseOf finds the lease that a name belongs to, and what is wrong with the name. No lease
// and no fault mean that it is no name of a configuration file.
func (s *Service) leaseOf(ctx context.Context, name string, from netip.Addr) (*itms.Lease, Fault, error) {
	hint, secret := s.Names.Read(name)
	if !secret {
		l, err := s.fixed(ctx, name, from)
		return l, FaultNone, err
	}
	l, err := s.lease(ctx, hint.Address)
	if err != nil || l == nil {
		return nil, FaultUnknown, err
	}
	now := s.Clock()
	if s.proxy(from) {
		from = l.Address
	}
	fault := s.Names.Check(hint, l, from, now)
	switch {
	case fault != FaultNone:
	case !l.Holds(now):
		fault = FaultLease
	case spent(l, name, now):
		fault = FaultSpent
	}
	return l, fault, nil
}

// fixed finds the lease of a client whose class has that fixed name, nil when it is none.
func (s *Service) fixed(ctx context.Context, name string, from netip.Addr) (*itms.Lease, error) {
	l, err := s.lease(ctx, from)
	if err != nil || l == nil || !l.Holds(s.Clock()) {
		return nil, err
	}
	if class := s.classes.byName[l.Class]; class == nil || class.Template == "" || class.BootFile != name {
		return nil, nil
	}
	return l, nil
}

// lease reads the lease of an address, nil when there is none.
func (s *Service) lease(ctx context.Context, addr netip.Addr) (l *itms.Lease, err error) {
	if !addr.Is4() {
		return nil, nil
	}
	err = s.Store.View(ctx, func(tx itms.Tx) (err error) {
		l, err = tx.Leases().Get(addr)
		return err
	})
	if itms.IsKind(err, itms.KindNotFound) {
		return nil, nil
	}
	return l, err
}

// spent reports whether a name that is good for once was used.
func spent(l *itms.Lease, name string, now time.Time) bool {
	used, at, ok := strings.Cut(l.Spent, " ")
	when, err := time.Parse(time.RFC3339, at)
	return ok && used == name && (err != nil || now.Sub(when) > spentGrace)
}

// spend notes that the name of a lease was used.
func (s *Service) spend(ctx context.Context, addr netip.Addr, name string) error {
	return s.Store.Update(ctx, func(tx itms.Tx) error {
		l, err := tx.Leases().Get(addr)
		if err != nil || strings.HasPrefix(l.Spent, name+" ") {
			return err
		}
		l.Spent = name + " " + s.Clock().UTC().Format(time.RFC3339)
		return tx.Leases().Put(l)
	})
}

// file is what a lease's holder gets.
type file struct {
	lease *itms.Lease
	class *Class
	bytes []byte
	told  itms.CableFile
}

// file makes the file of a lease, unless something is wrong already, or its holder belongs
// to another class by now.
func (s *Service) file(ctx context.Context, l *itms.Lease, fault Fault) (*file, Fault, error) {
	if fault != FaultNone {
		return nil, fault, nil
	}
	class := s.classes.byName[l.Class]
	if class == nil || class.Template == "" {
		return nil, FaultSuperseded, nil
	}
	ent, now, err := s.current(ctx, l)
	if err != nil {
		return nil, FaultNone, err
	}
	if now == nil || now.Name != class.Name {
		return nil, FaultSuperseded, nil
	}
	bytes, told, err := s.render(class, l, ent)
	if err != nil {
		return nil, FaultNone, err
	}
	return &file{l, class, bytes, told}, FaultNone, nil
}

// current says what the holder of a lease is entitled to now, and its class, nil when it
// gets none. An order that waits for it begins first: the file is that of its outcome.
func (s *Service) current(ctx context.Context, l *itms.Lease) (*itms.Entitlement, *Class, error) {
	a := askingOf(l)
	v, ent, _, err := s.look(ctx, a)
	if err != nil {
		return nil, nil, err
	}
	if ent.Waiting {
		if err := s.Orders.Leased(ctx, &itms.CableContact{Lease: l}); err != nil {
			return nil, nil, err
		}
		if v, ent, _, err = s.look(ctx, a); err != nil {
			return nil, nil, err
		}
	}
	if v.Blocked {
		return ent, nil, nil
	}
	return ent, s.classes.of(v), nil
}

// failed tells that a file could not be made, once in a while when that is a mistake of
// people: in a template, or in what it is given.
func (s *Service) failed(l *itms.Lease, err error) error {
	s.metrics.files.WithLabelValues("failed").Inc()
	id := itms.CableID(l.Kind, l.MAC)
	if itms.IsKind(err, itms.KindInvalid) && s.held.first("failed "+l.MAC.Key(), s.Clock()) {
		s.notes.event(itms.Event{Type: "cable.file.failed", Device: id, Alarm: true,
			Text: fmt.Sprintf("the configuration file of %s at %s cannot be made: %s", l.MAC, l.Address, err)})
	}
	return err
}

// refuse tells in an event why a file was refused.
func (s *Service) refuse(ctx context.Context, fault Fault, name string, from netip.Addr, owner *itms.Lease) {
	s.metrics.files.WithLabelValues(string(fault)).Inc()
	ev := itms.Event{Type: "cable.file.refused", Data: map[string]string{"reason": string(fault), "address": from.String(), "name": clip(name)}}
	asker, err := s.lease(ctx, from)
	if err == nil && asker != nil {
		ev.Device = itms.CableID(asker.Kind, asker.MAC)
		ev.Data["mac"] = asker.MAC.String()
	}
	who := from.String()
	if !ev.Device.IsZero() {
		who = fmt.Sprintf("device %s at %s", ev.Device, from)
	}
	ev.Text = fmt.Sprintf("%s asked for a configuration file and got none: %s", who, fault)
	if fault == FaultAddress && owner != nil {
		ev.Alarm = true // somebody tries the file of somebody else
		ev.Text += fmt.Sprintf(", the name belongs to %s at %s", owner.MAC, owner.Address)
		ev.Data["owner"] = owner.MAC.String()
	}
	if s.held.first(string(fault)+who, s.Clock()) {
		s.notes.event(ev)
	}
}

// clip keeps hostile names from filling the journal.
func clip(name string) string {
	const most = 64
	if len(name) > most {
		return name[:most] + "..."
	}
	return strings.ToValidUTF8(name, "?")
}
