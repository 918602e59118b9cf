package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"itms"
)

// searchPath is the search over everything.
const searchPath = base + "/search"

// hitView is one thing found.
type hitView struct {
	Kind  string `json:"kind" enum:"device,service,order,stock,lease" doc:"What it is."`
	ID    string `json:"id" doc:"Device id, service id, order number, MAC address, or the address of a lease." example:"00005E-STB-S1001"`
	Title string `json:"title" doc:"One line for people." example:"STB-4K S1001, 00:00:5E:00:53:01, inService"`
	Link  string `json:"link" doc:"Path of the thing in this API." example:"/api/v1/devices/00005E-STB-S1001"`
	Exact bool   `json:"exact" doc:"Found by a whole name of its own; else its subscriber's name begins so."`
	// Device is told of what is not a device itself.
	Device string `json:"device,omitempty" doc:"Of a lease: the device that holds it, or the modem that its client is behind." example:"00005E-CM-00005E005301"`
}

// searchInput is what somebody typed.
type searchInput struct {
	Q     string `query:"q" required:"true" minLength:"1" maxLength:"256" doc:"Exact MAC address in any form, STBID, serial, device id, IP address, account, order number, telephone number, LOID, subscriber or service id; or the beginning of a subscriber's name." example:"0000.5e00.5301"`
	Limit int    `query:"limit" minimum:"1" maximum:"500" doc:"Most hits wanted; 50 when left out." example:"50"`
}

// searchOutput lists what was found.
type searchOutput struct{ Body pageOf[hitView] }

// searchRoutes registers the search.
func (s *Server) searchRoutes() {
	add(s, route{method: http.MethodGet, path: searchPath, id: "search", tag: "Search",
		summary: "Find anything by a name", description: "What an exact name leads to comes first: devices, then services, orders, boxes in stock and leases. " +
			"Behind it come the services whose subscriber's name begins with the text, in either case. An IP or MAC address finds the leases of clients, a modem's also those of who is behind it; an IP address also the service whose session on the network has it.",
		needs: searchAll, problems: []int{http.StatusUnprocessableEntity},
		example: pageOf[hitView]{Items: []hitView{{Kind: "device", ID: "00005E-STB-S1001",
			Title: "STB-4K S1001, 00:00:5E:00:53:01, inService", Link: devicesPath + "/00005E-STB-S1001", Exact: true}}}}, s.search)
}

// search finds things by a name.
func (s *Server) search(ctx context.Context, in *searchInput) (*searchOutput, error) {
	var hits []hitView
	err := s.opts.Store.View(ctx, func(tx itms.Tx) error {
		found := newFinding()
		if err := found.all(tx, in.Q); err != nil {
			return err
		}
		begun, err := beginning(tx, in.Q, limitOf(in.Limit), found.services)
		hits = append(found.hits(), begun...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &searchOutput{pageOf[hitView]{Items: hits[:min(len(hits), limitOf(in.Limit))]}}, nil
}

// beginning lists services whose subscriber's name begins with a text, in the order of the
// names, without those that are known already.
func beginning(tx itms.Tx, q string, limit int, known map[itms.ServiceID]*itms.Service) (hits []hitView, err error) {
	term := itms.Term{Type: itms.TermName, Value: itms.NameKey(q)}
	if itms.CheckKey("", term.Value) != nil {
		return nil, nil // no name begins so
	}
	refs, err := tx.FindPrefix(term, limit+len(known))
	if err != nil {
		return nil, err
	}
	for _, ref := range refs {
		if known[itms.ServiceID(ref.ID)] != nil {
			continue
		}
		svc, err := tx.Services().Get(itms.ServiceID(ref.ID))
		if err != nil {
			return nil, err
		}
		hits = append(hits, serviceHit(svc, false))
	}
	return hits, nil
}

// serviceHit shows a service that was found.
func serviceHit(svc *itms.Service, exact bool) hitView {
	return hitView{Kind: "service", ID: string(svc.ID), Exact: exact, Link: servicesPath + "/" + url.PathEscape(string(svc.ID)),
		Title: words(fmt.Sprintf("%s %s", svc.Type, svc.ID), svc.Account, svc.Subscriber.Name, string(svc.State))}
}

// termsOf lists every name that a typed text may be.
func termsOf(q string) []itms.Term {
	q = strings.TrimSpace(q)
	terms := []itms.Term{{Type: itms.TermOrder, Value: q}, {Type: itms.TermSerial, Value: q}, {Type: itms.TermAccount, Value: q},
		{Type: itms.TermSubscriber, Value: q}, {Type: itms.TermService, Value: q}, {Type: itms.TermLOID, Value: q}}
	if mac, err := itms.ParseMAC(q); err == nil {
		terms = append(terms, itms.Term{Type: itms.TermMAC, Value: mac.Key()})
	}
	if id, err := itms.ParseSTBID(q); err == nil {
		// A box often reports only the MAC address that is part of its STBID.
		terms = append(terms, itms.Term{Type: itms.TermSTBID, Value: string(id)}, itms.Term{Type: itms.TermMAC, Value: id.MAC().Key()})
	}
	if ip, err := netip.ParseAddr(q); err == nil {
		terms = append(terms, itms.Term{Type: itms.TermIP, Value: ip.Unmap().String()})
	}
	if digits := itms.PhoneDigits(q); digits != "" && strings.Trim(q, "0123456789+-()/. ") == "" {
		terms = append(terms, itms.Term{Type: itms.TermPhone, Value: digits})
	}
	return terms
}

// finding gathers what a name leads to within one snapshot.
type finding struct {
	devices  map[itms.DeviceID]*itms.Device
	services map[itms.ServiceID]*itms.Service
	orders   map[itms.OrderID]*itms.Order
	stock    map[itms.MAC]*itms.StockItem
	leases   map[netip.Addr]*itms.Lease
}

// newFinding makes an empty finding.
func newFinding() *finding {
	return &finding{map[itms.DeviceID]*itms.Device{}, map[itms.ServiceID]*itms.Service{}, map[itms.OrderID]*itms.Order{},
		map[itms.MAC]*itms.StockItem{}, map[netip.Addr]*itms.Lease{}}
}

// all follows every term, and the keys that a text may be itself.
func (f *finding) all(tx itms.Tx, q string) error {
	q = strings.TrimSpace(q)
	if id, err := itms.ParseDeviceID(q); err == nil {
		if err := f.device(tx, id); err != nil {
			return err
		}
	}
	if id, err := itms.ParseServiceID(q); err == nil {
		if err := f.service(tx, id); err != nil {
			return err
		}
	}
	if err := errors.Join(f.leased(tx, q), f.online(tx, q)); err != nil {
		return err
	}
	for _, term := range termsOf(q) {
		if itms.CheckKey("", term.Value) != nil {
			continue // nothing can have such a name
		}
		refs, err := tx.Find(term, maxFound)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			if err := f.follow(tx, ref); err != nil {
				return err
			}
		}
	}
	return nil
}

// follow reads what a reference points to. A binding leads to its service, and to
// its device once there is one.
func (f *finding) follow(tx itms.Tx, ref itms.Ref) error {
	switch ref.Kind {
	case itms.RefDevice:
		id, err := itms.ParseDeviceID(ref.ID)
		if err != nil {
			return err
		}
		return f.device(tx, id)
	case itms.RefService:
		return f.service(tx, itms.ServiceID(ref.ID))
	case itms.RefOrder:
		o, err := tx.Orders().Get(itms.OrderID(ref.ID))
		return keep(f.orders, itms.OrderID(ref.ID), o, err)
	case itms.RefStock:
		return f.box(tx, ref.ID)
	}
	b, err := tx.Bindings().Get(itms.BindingID(ref.ID))
	if err != nil {
		return err
	}
	if err := f.service(tx, b.Service); err != nil || b.Device.IsZero() {
		return err
	}
	return f.device(tx, b.Device)
}

// box reads a box in stock by the key of its address.
func (f *finding) box(tx itms.Tx, key string) error {
	mac, err := itms.ParseMAC(key)
	if err != nil {
		return err
	}
	item, err := tx.Stock().Get(mac)
	return keep(f.stock, mac, item, err)
}

// leased finds leases by the address of one or by the MAC of their client or its modem, and
// the cable devices that they lead to.
func (f *finding) leased(tx itms.Tx, q string) error {
	if addr, err := netip.ParseAddr(q); err == nil {
		l, err := tx.Leases().Get(addr.Unmap())
		if err := keep(f.leases, addr.Unmap(), l, err); err != nil {
			return err
		}
	} else if mac, err := itms.ParseMAC(q); err == nil {
		list, err := tx.Leases().List(itms.LeaseQuery{Modem: mac, Limit: maxBehind})
		if err != nil {
			return err
		}
		for _, l := range list {
			f.leases[l.Address] = l
		}
	}
	for _, l := range f.leases {
		if id := holder(l); !id.IsZero() {
			if err := f.device(tx, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// online finds the services of who is on the network with an address.
func (f *finding) online(tx itms.Tx, q string) error {
	addr, err := netip.ParseAddr(q)
	if err != nil {
		return nil // no address
	}
	list, err := tx.AccessSessions().List(itms.AccessSessionQuery{IP: addr.Unmap().WithZone(""), Active: true, Limit: maxFound})
	if err != nil {
		return err
	}
	for _, s := range list {
		if s.Service == "" {
			continue
		}
		if err := f.service(tx, s.Service); err != nil {
			return err
		}
	}
	return nil
}

// device reads a device.
func (f *finding) device(tx itms.Tx, id itms.DeviceID) error {
	d, err := tx.Devices().Get(id)
	return keep(f.devices, id, d, err)
}

// service reads a service.
func (f *finding) service(tx itms.Tx, id itms.ServiceID) error {
	svc, err := tx.Services().Get(id)
	return keep(f.services, id, svc, err)
}

// keep notes what was read; what is not there is no hit.
func keep[K comparable, V any](into map[K]V, key K, v V, err error) error {
	if itms.IsKind(err, itms.KindNotFound) {
		return nil
	}
	if err == nil {
		into[key] = v
	}
	return err
}

// hits lists what was found in a stable order.
func (f *finding) hits() []hitView {
	hits := []hitView{}
	for _, d := range sorted(f.devices, func(d *itms.Device) string { return d.ID.String() }) {
		hits = append(hits, hitView{Kind: "device", ID: d.ID.String(), Exact: true,
			Title: words(d.Model+" "+d.ID.Serial, d.MAC.String(), string(d.State)), Link: deviceLink(d.ID)})
	}
	for _, svc := range sorted(f.services, func(svc *itms.Service) string { return string(svc.ID) }) {
		hits = append(hits, serviceHit(svc, true))
	}
	for _, o := range sorted(f.orders, func(o *itms.Order) string { return string(o.ID) }) {
		hits = append(hits, hitView{Kind: "order", ID: string(o.No), Exact: true,
			Title: words(fmt.Sprintf("%s %s", o.Kind, o.No), string(o.State), o.Reason), Link: orderLink(o, true)})
	}
	for _, i := range sorted(f.stock, func(i *itms.StockItem) string { return i.MAC.Key() }) {
		hits = append(hits, hitView{Kind: "stock", ID: i.MAC.String(), Exact: true, Title: words(i.Vendor+" "+i.Model+" "+i.Serial, string(i.State), i.Batch),
			Link: stockPath + "/" + url.PathEscape(i.MAC.String())})
	}
	return append(hits, f.leaseHits()...)
}

// leaseHits lists the leases that were found, by address.
func (f *finding) leaseHits() (hits []hitView) {
	leases := slices.SortedFunc(maps.Values(f.leases), func(a, b *itms.Lease) int { return a.Address.Compare(b.Address) })
	for _, l := range leases {
		title := words(fmt.Sprintf("%s %s", l.Kind, l.Address), l.MAC.String(), l.Class, l.Hostname, string(l.State)+" until "+l.ExpiresAt.Format(time.RFC3339))
		hit := hitView{Kind: "lease", ID: l.Address.String(), Exact: true, Title: title, Link: leaseLink(l.Address)}
		if id := holder(l); f.devices[id] != nil {
			hit.Device = id.String()
		}
		hits = append(hits, hit)
	}
	return hits
}

// sorted returns the values of a map by a text of theirs.
func sorted[K comparable, V any](m map[K]V, text func(V) string) []V {
	list := make([]V, 0, len(m))
	for _, v := range m {
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b V) int { return cmp.Compare(text(a), text(b)) })
	return list
}

// words joins what is there.
func words(parts ...string) string {
	var have []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			have = append(have, p)
		}
	}
	return strings.Join(have, ", ")
}
