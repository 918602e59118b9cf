package docsis

import (
	"context"
	"encoding/hex"
	"maps"
	"net/netip"
	"slices"

	"itms"
	"itms/docsis/configfile"
)

// PasswordPlaceholder stands for the password of a service in what is shown to people.
const PasswordPlaceholder = "********"

// PreviewRequest asks what file a device would get now.
type PreviewRequest struct {
	// Template is a template by its name, Text one that is not saved; with neither it is
	// that of the class.
	Template string
	Text     string
	// MTA makes the file of an MTA, where no class says so.
	MTA bool
	// Device, or MAC, is who it is made for; with neither the values are samples.
	Device itms.DeviceID
	MAC    itms.MAC
	// Class makes it as for that class; "" = the class that the device would get now.
	Class string
	// Package in place of that of the service, and Attributes over its own.
	Package    string
	Attributes map[string]string
}

// Preview is a configuration file that was made for people to look at.
type Preview struct {
	Class    string // "" = none
	Template string // "" = the text of the request
	MTA      bool
	Sample   bool // made of sample values
	Device   itms.DeviceID
	MAC      itms.MAC
	// Text is the template filled in; the password of the service is a placeholder.
	Text string
	// Size, MIC (as in itms.CableFile) and Lines are those of the file, when it can be made.
	// The CMTS MIC is left out. The MIC is not that of what is served when the template
	// writes the password, or the class wants the time in it.
	Size     int
	MIC      string
	Lines    []configfile.Line
	Mistakes []Mistake
}

// Preview makes the file that a device would get now, without telling anybody of it. What
// is wrong with the template or its text is among the mistakes. Errors: KindInvalid with a
// pointer for what of the request is unknown, or when there is no template; those of the
// store.
func (s *Service) Preview(ctx context.Context, r PreviewRequest) (*Preview, error) {
	to, err := s.subject(ctx, &r)
	if err != nil {
		return nil, err
	}
	p := &Preview{Sample: to.sample, Device: to.ent.Device, MAC: to.lease.MAC, MTA: r.MTA}
	if to.class != nil {
		p.Class, p.MTA = to.class.Name, to.class.MTA
	}
	if r.Template == "" && r.Text == "" && to.class != nil {
		r.Template = to.class.Template
	}
	tpl, err := s.templateFor(&r, to.class)
	if err != nil {
		return nil, err
	}
	p.Template = r.Template
	if tpl == nil {
		parsed, err := s.unsaved(r.Text)
		if err != nil {
			p.Mistakes = []Mistake{templateMistake(err)}
			return p, nil
		}
		tpl = parsed
	}
	return p, s.fill(p, tpl, &r, to)
}

// subject is who a file is made for.
type subject struct {
	lease  *itms.Lease
	ent    *itms.Entitlement
	class  *Class // nil when it is in none
	sample bool
}

// subject finds who a file is made for.
func (s *Service) subject(ctx context.Context, r *PreviewRequest) (to subject, err error) {
	if r.Class != "" {
		if to.class = s.classes.byName[r.Class]; to.class == nil {
			return to, itms.Invalid("/class", "there is no class %q", r.Class)
		}
		r.MTA = to.class.MTA
	}
	if r.Device.IsZero() && r.MAC.IsZero() {
		to.sample, to.lease, to.ent = true, sampleLease(r.MTA), s.sampleEntitlement(r)
		return to.in(to.class), nil
	}
	kind, mac, err := s.named(ctx, r)
	if err != nil {
		return to, err
	}
	st, err := s.Standing(ctx, kind, mac)
	if err != nil {
		return to, err
	}
	if to.lease = st.Lease; to.lease == nil {
		to.lease = sampleLease(kind == itms.ClientMTA)
		to.lease.MAC = mac
	}
	to.ent = st.Entitlement
	if to.class == nil {
		return to.in(st.Class), nil
	}
	return to.in(to.class), nil
}

// in is a subject that has got its lease as one of a class.
func (to subject) in(class *Class) subject {
	to.class = class
	if class != nil {
		to.lease.Class = class.Name
	}
	return to
}

// named is the kind and the MAC of who a request names.
func (s *Service) named(ctx context.Context, r *PreviewRequest) (kind itms.ClientKind, mac itms.MAC, err error) {
	if r.Device.IsZero() {
		return "", r.MAC, nil
	}
	err = s.Store.View(ctx, func(tx itms.Tx) error {
		d, err := tx.Devices().Get(r.Device)
		switch {
		case itms.IsKind(err, itms.KindNotFound):
			return itms.Invalid("/device", "there is no device %q", r.Device)
		case err != nil:
			return err
		}
		mac = d.MAC
		return nil
	})
	if err != nil {
		return "", mac, err
	}
	for _, kind := range []itms.ClientKind{itms.ClientModem, itms.ClientMTA} {
		if itms.CableID(kind, mac) == r.Device {
			return kind, mac, nil
		}
	}
	return "", mac, itms.Invalid("/device", "device %s is no cable modem and no MTA", r.Device)
}

// templateFor is the template that a request names, nil for its text.
func (s *Service) templateFor(r *PreviewRequest, class *Class) (*Template, error) {
	switch {
	case r.Template != "" && r.Text != "":
		return nil, itms.Invalid("/text", "expected one of template and text")
	case r.Text != "":
		return nil, nil
	case r.Template != "":
		if tpl := s.Templates.Get(r.Template); tpl != nil {
			return tpl, nil
		}
		return nil, itms.Invalid("/template", "there is no template %q", r.Template)
	case class != nil:
		return nil, itms.Invalid("/template", "class %s has no template: name one", class.Name)
	}
	return nil, itms.Invalid("/template", "no class fits, so there is no template: name one")
}

// fill fills a template in and makes the file of it, as far as that goes.
func (s *Service) fill(p *Preview, tpl *Template, r *PreviewRequest, to subject) error {
	v, err := s.previewValues(r, to)
	if err != nil {
		return err
	}
	m := tpl.make(v, p.MTA)
	p.Text, p.Mistakes = m.text, m.mistakes
	if m.file == nil {
		return nil
	}
	class := to.class
	if class == nil {
		class = &Class{MTA: p.MTA}
	}
	file, err := s.sign(class, to.lease, m.file.Body)
	if err != nil {
		p.Mistakes = append(p.Mistakes, Mistake{Text: err.Error()})
		return nil
	}
	p.Size, p.MIC = len(file), hex.EncodeToString(identity(file, p.MTA))
	p.Lines, err = linesOf(file)
	return err
}

// explicitDigest is the TLV with a digest that the shared secret is in (MULPI
// C.1.1.18.1.6.3).
const explicitDigest = "43.6.3"

// linesOf lists what is in a file but what is made of the shared secret.
func linesOf(file []byte) ([]configfile.Line, error) {
	parsed, err := configfile.Parse(file)
	if err != nil {
		return nil, itms.Errorf(itms.KindInternal, itms.CodeInternal, "read a file that was made").Because(err)
	}
	lines := parsed.Lines()
	for i := range lines {
		if lines[i].Path == explicitDigest {
			lines[i].Value = ""
		}
	}
	return lines, nil
}

// previewValues are what a template sees in a preview.
func (s *Service) previewValues(r *PreviewRequest, to subject) (*Values, error) {
	v, err := s.values(to.lease, to.ent, func(itms.Sealed) (string, error) { return PasswordPlaceholder, nil })
	if err != nil {
		return nil, err
	}
	if r.Package != "" {
		values, known := s.Packages[r.Package]
		if !known {
			return nil, itms.Invalid("/package", "docsis.packages has no %q", r.Package)
		}
		v.Service.Package, v.Package = r.Package, values
	}
	if len(r.Attributes) > 0 {
		merged := maps.Clone(v.Attributes)
		if merged == nil {
			merged = map[string]string{}
		}
		maps.Copy(merged, r.Attributes)
		v.Attributes = merged
	}
	return v, nil
}

// Samples, where nobody is named.
const (
	sampleAddress = "192.0.2.10"
	sampleScope   = "192.0.2.0/24"
	sampleDown    = 100_000 // kbit/s, where no packages are configured
	sampleUp      = 10_000
)

// sampleMAC is one for documentation (RFC 7042 §2.1.1).
var sampleMAC = itms.MAC{0x00, 0x00, 0x5e, 0x00, 0x53, 0x01}

// sampleLease is one of nobody.
func sampleLease(mta bool) *itms.Lease {
	l := &itms.Lease{Address: netip.MustParseAddr(sampleAddress), Scope: sampleScope, Kind: itms.ClientModem, MAC: sampleMAC}
	if mta {
		l.Kind = itms.ClientMTA
	}
	return l
}

// sampleEntitlement is that of a modem with an internet service of the first package.
func (s *Service) sampleEntitlement(r *PreviewRequest) *itms.Entitlement {
	svc := &itms.Service{ID: "SAMPLE-1", Type: itms.ServiceInternet, State: itms.ServiceActive, Account: "sample", Password: itms.Sealed("x"),
		Subscriber: itms.Subscriber{ID: "SAMPLE"}, Access: itms.Access{DownKbps: sampleDown, UpKbps: sampleUp}}
	if names := slices.Sorted(maps.Keys(s.Packages)); len(names) > 0 {
		svc.Package, svc.Access = names[0], itms.Access{}
	}
	if r.Package != "" {
		svc.Access = itms.Access{}
	}
	return &itms.Entitlement{State: itms.EntitledActive, Service: svc,
		Facts: itms.CableFacts{Version: "3.1", Vendor: "Example", Model: "CM-1", Hardware: "1.0", Software: "1.0.0", Serial: "S1"}}
}
