package docsis

import (
	"context"
	"encoding/hex"
	"strconv"

	"itms"
	"itms/dhcp"
)

// Client implements dhcp.Directory.
func (s *Service) Client(ctx context.Context, a *dhcp.Asking) (dhcp.Client, error) {
	v, ent, modem, err := s.look(ctx, a)
	if err != nil {
		return dhcp.Client{}, err
	}
	class := s.classes.of(v)
	if class == nil || v.Blocked {
		return dhcp.Client{}, nil
	}
	c := dhcp.Client{Class: class.Name, Provision: ent.Revision, MaxCPE: maxCPE(class, modem), Known: ent.Cable}
	c.Restart = class.Template != "" && !ent.Device.IsZero() && ent.Holds != ent.Revision
	return c, nil
}

// look gathers what is known of a client and of the modem that it is behind, nil when it
// is behind none.
func (s *Service) look(ctx context.Context, a *dhcp.Asking) (v *ClientView, ent, modem *itms.Entitlement, err error) {
	if ent, err = s.Orders.Entitlement(ctx, a.Kind, a.MAC, a.Facts.Model); err != nil {
		return nil, nil, nil, err
	}
	v = &ClientView{Party: party(a.Kind, a.MAC, ent)}
	describe(&v.Party, a)
	if !a.Modem.IsZero() && a.Modem != a.MAC {
		if modem, err = s.Orders.Entitlement(ctx, itms.ClientModem, a.Modem, ""); err != nil {
			return nil, nil, nil, err
		}
		v.Modem = party(itms.ClientModem, a.Modem, modem)
	}
	return v, ent, modem, nil
}

// party is a client as the domain knows it.
func party(kind itms.ClientKind, mac itms.MAC, ent *itms.Entitlement) Party {
	p := Party{Kind: string(kind), MAC: mac.String(), Known: !ent.Device.IsZero(), Blocked: ent.Blocked,
		Provisioned: ent.Provisioned(), Suspended: ent.State == itms.EntitledSuspended,
		Version: ent.Facts.Version, Maker: ent.Facts.Vendor, Model: ent.Facts.Model, Software: ent.Facts.Software}
	if svc := ent.Service; svc != nil {
		p.Package, p.Service, p.Area, p.Attributes = svc.Package, string(svc.Type), svc.Line.Area, svc.Attributes
	}
	return p
}

// describe adds what a client says of itself in a message.
func describe(p *Party, a *dhcp.Asking) {
	p.Vendor, p.Hostname = a.VendorClass, a.Hostname
	p.Circuit, p.Remote = hex.EncodeToString(a.Circuit), hex.EncodeToString(a.Remote)
	if a.Relay.IsValid() {
		p.Relay = a.Relay.String()
	}
	for _, f := range []struct{ to, said *string }{{&p.Version, &a.Facts.Version}, {&p.Maker, &a.Facts.Vendor},
		{&p.Model, &a.Facts.Model}, {&p.Software, &a.Facts.Software}} {
		if *f.said != "" {
			*f.to = *f.said
		}
	}
}

// maxCPEAttribute is the attribute of a service that says how many clients may be behind
// its modem.
const maxCPEAttribute = "maxCpe"

// maxCPE is how many clients behind a modem may hold leases; 0 = any number.
func maxCPE(class *Class, modem *itms.Entitlement) int {
	if modem != nil && modem.Service != nil {
		if n, err := strconv.Atoi(modem.Service.Attributes[maxCPEAttribute]); err == nil && n > 0 {
			return n
		}
	}
	return class.MaxCPE
}

// BootFile implements dhcp.Directory.
func (s *Service) BootFile(l *itms.Lease) string {
	class := s.classes.byName[l.Class]
	switch {
	case class == nil:
		return ""
	case class.BootFile == BootDynamic:
		return s.Names.Name(l, s.Clock())
	}
	return class.BootFile
}

// Leased implements dhcp.Directory. What a renewal tells is known, and so is the lease of a
// client that is where it was and for which nothing waits.
func (s *Service) Leased(a *dhcp.Asking, c *dhcp.Client, l *itms.Lease, renewed bool) {
	if renewed || itms.CableID(l.Kind, l.MAC).IsZero() {
		return
	}
	facts := a.Facts
	facts.Capabilities = capabilities(a.Capabilities)
	if c.Known != nil && !c.Restart && itms.NewCable(l, facts).Same(c.Known) {
		return
	}
	s.notes.lease(&itms.CableContact{Lease: l.Clone(), Facts: facts})
}

// Event implements dhcp.Directory.
func (s *Service) Event(e itms.Event) { s.notes.event(e) }
