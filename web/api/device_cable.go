package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"itms"
)

// cableView is the cable part of a device, in short.
type cableView struct {
	Version  string         `json:"version,omitempty" doc:"Of DOCSIS or PacketCable." example:"3.1"`
	Address  string         `json:"address,omitempty" doc:"That it was leased last." example:"192.0.2.10"`
	Class    string         `json:"class,omitempty" doc:"Of that lease." example:"cm-active"`
	Relay    string         `json:"relay,omitempty" doc:"Address of the relay (giaddr); absent when there was none." example:"192.0.2.1"`
	LeasedAt time.Time      `json:"leasedAt,omitzero" doc:"When address or class last changed."`
	File     *cableFileView `json:"file,omitempty" doc:"Configuration file that it fetched last."`
}

// cableFileView is a configuration file as it was served.
type cableFileView struct {
	Template string    `json:"template" example:"internet"`
	Size     int       `json:"size" doc:"Bytes." example:"120"`
	MIC      string    `json:"mic" doc:"CM MIC (of an MTA's file its SHA-1) in hex: tells files apart." example:"0123456789abcdef0123456789abcdef"`
	Address  string    `json:"address" doc:"That fetched it." example:"192.0.2.10"`
	At       time.Time `json:"at"`
}

// cableFactsView is what a cable device tells of itself.
type cableFactsView struct {
	Version  string   `json:"version,omitempty" doc:"Of DOCSIS or PacketCable." example:"3.1"`
	Type     string   `json:"type,omitempty" doc:"DHCP option 43.2." example:"ECM"`
	Parts    []string `json:"parts,omitempty" doc:"DHCP option 43.3: what else is in it." example:"[\"ECM\",\"EMTA\"]"`
	Vendor   string   `json:"vendor,omitempty" example:"Example"`
	Model    string   `json:"model,omitempty" example:"CM-1"`
	Serial   string   `json:"serial,omitempty" example:"S1001"`
	Hardware string   `json:"hardware,omitempty" example:"1.0"`
	Software string   `json:"software,omitempty" example:"1.2.3"`
	BootROM  string   `json:"bootRom,omitempty" example:"2.1"`
	OUI      string   `json:"oui,omitempty" example:"00005E"`
	MTA      string   `json:"mta,omitempty" doc:"MAC address of the MTA in it." example:"00:00:5E:00:53:02"`
}

// cableNowView is the class that a device would get now, and why.
type cableNowView struct {
	Class       string `json:"class,omitempty" doc:"Absent: it would get no answer." example:"cm-active"`
	Template    string `json:"template,omitempty" doc:"That its file would be made of." example:"internet"`
	Entitled    string `json:"entitled" enum:"none,ordered,active,suspended" doc:"Whether a service is to be given to it: none names it, an order is being carried out, it is active, it is suspended."`
	Provisioned bool   `json:"provisioned" doc:"It is to get its service."`
	Blocked     bool   `json:"blocked" doc:"An operator forbade it any service."`
	Service     string `json:"service,omitempty" example:"U1001-1"`
	Package     string `json:"package,omitempty" example:"silver"`
	Waiting     bool   `json:"waiting" doc:"An order, or a change of its service, waits for its next contact."`
	Order       string `json:"order,omitempty" doc:"Number of an order that has not ended and names it or its service." example:"WO-1001"`
	Why         string `json:"why" doc:"For people." example:"service U1001-1 is active"`
}

// cableServedView is the file that was served last, and whether it is still right.
type cableServedView struct {
	cableFileView
	Current bool `json:"current" doc:"It is that of what the device is entitled to now."`
}

// cableDetailView is all that is known of a cable device.
type cableDetailView struct {
	Device       string            `json:"device" example:"00005E-CM-00005E005301"`
	MAC          string            `json:"mac" example:"00:00:5E:00:53:01"`
	Kind         clientKind        `json:"kind"`
	Facts        cableFactsView    `json:"facts" doc:"What it tells of itself."`
	Capabilities map[string]string `json:"capabilities" doc:"Modem capabilities (TLV 5) by name; a number where there is none." example:"{\"Version\":\"4\"}"`
	Lease        *leaseView        `json:"lease,omitempty" doc:"That it holds, or held last; absent when none is kept."`
	Behind       []leaseView       `json:"behind" doc:"Leases of the clients behind it that hold; at most 64."`
	Now          cableNowView      `json:"now" doc:"What it would get if it started anew."`
	File         *cableServedView  `json:"file,omitempty" doc:"Configuration file that it fetched last."`
	Events       []eventView       `json:"events" doc:"The last ones about its leases and files, newest first."`
}

// cableOutput is one cable device.
type cableOutput struct{ Body cableDetailView }

// Bounds of what is shown of one modem.
const (
	maxBehind      = 64
	maxCableEvents = 20
	scanEvents     = 500 // the newest ones are looked through
)

// deviceCableRoutes registers the view of a cable device.
func (s *Server) deviceCableRoutes() {
	if s.opts.ConfigFiles == nil {
		return
	}
	add(s, route{method: http.MethodGet, path: devicesPath + "/{id}/cable", id: "get-device-cable", tag: "Cable", summary: "Show a cable device",
		description: "What it tells of itself, its lease, who is behind it, the class it would get now and why, the file that it fetched last, and what happened. " +
			"NOT_FOUND for a device that is not provisioned by DHCP and a configuration file.",
		needs: devicesRead, example: exampleCableDetail(), problems: []int{http.StatusNotFound}}, s.getDeviceCable)
}

// cableParts is what of the store the view is made of.
type cableParts struct {
	device *itms.Device
	kind   itms.ClientKind
	leases []*itms.Lease
	behind []*itms.Lease
	events []itms.Event
	order  itms.OrderNo
}

// getDeviceCable shows a cable device.
func (s *Server) getDeviceCable(ctx context.Context, _ *deviceInput) (*cableOutput, error) {
	var p cableParts
	err := s.opts.Store.View(ctx, func(tx itms.Tx) (err error) {
		p = cableParts{}
		if p.device, err = pathDevice(ctx, tx); err != nil {
			return err
		}
		return p.read(tx)
	})
	if err != nil {
		return nil, err
	}
	now, err := s.opts.ConfigFiles.Standing(ctx, p.kind, p.device.MAC)
	if err != nil {
		return nil, err
	}
	if now.Service != "" && p.order == "" {
		if p.order, err = s.openOrder(ctx, itms.Term{Type: itms.TermService, Value: string(now.Service)}); err != nil {
			return nil, err
		}
	}
	return &cableOutput{s.viewCableDetail(&p, now)}, nil
}

// read gathers what belongs to a cable device.
func (p *cableParts) read(tx itms.Tx) (err error) {
	d := p.device
	for _, kind := range clientKinds {
		if itms.CableID(kind, d.MAC) == d.ID {
			p.kind = kind
		}
	}
	if d.Cable == nil || p.kind == "" {
		return itms.Errorf(itms.KindNotFound, itms.CodeNotFound, "device %s is not provisioned by DHCP and a configuration file", d.ID)
	}
	if p.leases, err = tx.Leases().OfClient(itms.ClientKey(p.kind, d.MAC, nil), 1); err != nil {
		return err
	}
	if p.behind, err = tx.Leases().Behind(d.MAC, maxBehind); err != nil {
		return err
	}
	if p.order, err = openOrder(tx, itms.Term{Type: itms.TermMAC, Value: d.MAC.Key()}); err != nil {
		return err
	}
	events, err := tx.Journal().OfDevice(d.ID, 0, scanEvents)
	for _, e := range events {
		if len(p.events) < maxCableEvents && cableEvent(e.Type) {
			p.events = append(p.events, e)
		}
	}
	return err
}

// cableEvent reports whether a type of event is about leases or files.
func cableEvent(kind string) bool {
	return kind == "device.leased" || kind == "device.seen" || strings.HasPrefix(kind, "cable.") || strings.HasPrefix(kind, "dhcp.")
}

// openOrder is openOrder within a transaction of its own.
func (s *Server) openOrder(ctx context.Context, term itms.Term) (no itms.OrderNo, err error) {
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		no, err = openOrder(tx, term)
		return err
	})
	return no, err
}

// openOrder is the number of an order that has that name and has not ended, "" when there is
// none.
func openOrder(tx itms.Tx, term itms.Term) (itms.OrderNo, error) {
	refs, err := tx.Find(term, maxFound)
	if err != nil {
		return "", err
	}
	for _, ref := range refs {
		if ref.Kind != itms.RefOrder {
			continue
		}
		o, err := tx.Orders().Get(itms.OrderID(ref.ID))
		if err != nil {
			return "", err
		}
		if !o.State.Final() {
			return o.No, nil
		}
	}
	return "", nil
}

// viewCableDetail shows a cable device.
func (s *Server) viewCableDetail(p *cableParts, now *CableStanding) cableDetailView {
	d := p.device
	v := cableDetailView{Device: d.ID.String(), MAC: d.MAC.String(), Kind: clientKind(p.kind), Facts: viewCableFacts(&d.Cable.Facts),
		Capabilities: map[string]string{}, Behind: []leaseView{}, Events: []eventView{}, Now: viewCableNow(now, p.order)}
	for name, value := range d.Cable.Facts.Capabilities {
		v.Capabilities[name] = value
	}
	if len(p.leases) > 0 {
		l := s.viewLease(p.leases[0])
		v.Lease = &l
	}
	for _, l := range slices.DeleteFunc(p.behind, func(l *itms.Lease) bool { return !l.Holds(s.now()) }) {
		v.Behind = append(v.Behind, s.viewLease(l))
	}
	if f := viewCableFile(&d.Cable.File); f != nil {
		v.File = &cableServedView{*f, d.Cable.File.Provision == now.Revision && f.Template == now.Template}
	}
	for _, e := range p.events {
		v.Events = append(v.Events, viewEvent(e))
	}
	return v
}

// viewCableNow shows what a device would get.
func viewCableNow(now *CableStanding, order itms.OrderNo) cableNowView {
	v := cableNowView{Class: now.Class, Template: now.Template, Entitled: string(now.State), Provisioned: now.Provisioned, Blocked: now.Blocked,
		Service: string(now.Service), Package: now.Package, Waiting: now.Waiting, Order: string(order)}
	if now.State == itms.EntitledNone {
		v.Entitled = "none"
	}
	v.Why = why(&v)
	return v
}

// why puts it into words.
func why(v *cableNowView) string {
	var text string
	switch {
	case v.Blocked:
		text = "an operator blocked it: it gets no answer"
	case itms.EntitlementState(v.Entitled) == itms.EntitledOrdered:
		text = fmt.Sprintf("service %s is being brought to it", v.Service)
	case v.Entitled == "none":
		text = "no service names it"
	default:
		text = fmt.Sprintf("service %s is %s", v.Service, v.Entitled)
	}
	if v.Waiting {
		text += "; a change waits for its next contact"
	}
	if v.Class == "" && !v.Blocked {
		text += "; no class fits: it gets no answer"
	}
	return text
}

// viewCableFacts shows what a device tells of itself.
func viewCableFacts(f *itms.CableFacts) cableFactsView {
	return cableFactsView{Version: f.Version, Type: f.Type, Parts: f.Parts, Vendor: f.Vendor, Model: f.Model, Serial: f.Serial, Hardware: f.Hardware,
		Software: f.Software, BootROM: f.BootROM, OUI: f.OUI, MTA: f.MTA.String()}
}

// viewCable shows the cable part of a device, nil when it has none.
func viewCable(c *itms.Cable) *cableView {
	if c == nil {
		return nil
	}
	return &cableView{Version: c.Facts.Version, Address: c.Address, Class: c.Class, Relay: c.Relay, LeasedAt: c.LeasedAt, File: viewCableFile(&c.File)}
}

// viewCableFile shows a file that was served, nil when none was.
func viewCableFile(f *itms.CableFile) *cableFileView {
	if f.At.IsZero() {
		return nil
	}
	return &cableFileView{f.Template, f.Size, f.MIC, f.Address, f.At}
}

// exampleCableDetail is a modem in service.
func exampleCableDetail() cableDetailView {
	lease := exampleLease()
	cpe := exampleLease()
	cpe.Address, cpe.MAC, cpe.Kind, cpe.Class, cpe.Modem, cpe.Vendor = "198.51.100.20", "00:00:5E:00:53:21", clientKind(itms.ClientCPE), "cpe", exampleMAC, ""
	event := exampleEvent()
	event.Type, event.Device, event.Order, event.OrderNo, event.Service, event.Area = "device.leased", exampleModemID, "", "", "", ""
	event.Text = "device " + exampleModemID + " was leased 192.0.2.10 of class cm-active"
	return cableDetailView{Device: exampleModemID, MAC: exampleMAC, Kind: clientKind(itms.ClientModem), Lease: &lease, Behind: []leaseView{cpe},
		Facts:        cableFactsView{Version: "3.1", Type: "ECM", Vendor: "Example", Model: "CM-1", Serial: "S1001", Hardware: "1.0", Software: "1.2.3", OUI: "00005E"},
		Capabilities: map[string]string{"Version": "4"},
		Now:          cableNowView{Class: "cm-active", Template: "internet", Entitled: "active", Provisioned: true, Service: "U1001-1", Package: "silver", Why: "service U1001-1 is active"},
		File:         &cableServedView{cableFileView{"internet", 120, "0123456789abcdef0123456789abcdef", "192.0.2.10", exampleTime}, true},
		Events:       []eventView{event}}
}
