package api

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"itms"
)

// leasesPath is the collection of leases.
const leasesPath = dhcpPath + "/leases"

// leaseListInput selects leases.
type leaseListInput struct {
	Scope   string     `query:"scope" doc:"Only those of this subnet." example:"192.0.2.0/24"`
	Class   string     `query:"class" doc:"Only those of this class." example:"cm-active"`
	State   leaseState `query:"state" doc:"Only leases in this state."`
	MAC     string     `query:"mac" doc:"Only those of this client, in any form." example:"00:00:5E:00:53:01"`
	Modem   string     `query:"modem" doc:"Only those of this modem and of the clients behind it, by its MAC address." example:"00:00:5E:00:53:01"`
	Address string     `query:"address" doc:"Only that of this address." example:"192.0.2.10"`
	Cursor  string     `query:"cursor" doc:"Next of the answer before."`
	Limit   int        `query:"limit" minimum:"1" maximum:"500" doc:"Most items wanted; 50 when left out. There may be fewer although there are more: next says." example:"50"`
}

// leaseInput names one lease.
type leaseInput struct {
	Address string `path:"address" doc:"IPv4 address." example:"192.0.2.10"`
}

// leaseOutput is one lease.
type leaseOutput struct{ Body leaseView }

// leaseView is one lease as shown. The name of its file is left out: it opens the file.
type leaseView struct {
	Address   string     `json:"address" example:"192.0.2.10"`
	State     leaseState `json:"state" doc:"expired = it was active until expiresAt."`
	MAC       string     `json:"mac,omitempty" example:"00:00:5E:00:53:01"`
	ClientID  string     `json:"clientId,omitempty" doc:"DHCP option 61 in hex." example:"0100005e005301"`
	Kind      clientKind `json:"kind"`
	Class     string     `json:"class,omitempty" doc:"That the client belonged to when it got the lease." example:"cm-active"`
	Scope     string     `json:"scope" doc:"Subnet." example:"192.0.2.0/24"`
	Relay     string     `json:"relay,omitempty" doc:"Address of the relay (giaddr); absent when there was none." example:"192.0.2.1"`
	Modem     string     `json:"modem,omitempty" doc:"MAC address of the modem that the client is behind." example:"00:00:5E:00:53:01"`
	Circuit   string     `json:"circuit,omitempty" doc:"DHCP option 82.1 in hex." example:"80000001"`
	Remote    string     `json:"remote,omitempty" doc:"DHCP option 82.2 in hex." example:"00005e005301"`
	Hostname  string     `json:"hostname,omitempty" doc:"DHCP option 12." example:"laptop"`
	Vendor    string     `json:"vendor,omitempty" doc:"DHCP option 60." example:"docsis3.1:"`
	StartedAt time.Time  `json:"startedAt" doc:"Since when the client has had the address without a break."`
	RenewedAt time.Time  `json:"renewedAt" doc:"When it last was given it."`
	ExpiresAt time.Time  `json:"expiresAt"`
	Device    string     `json:"device,omitempty" doc:"Device that holds it; of a client that is none but is behind a modem, that." example:"00005E-CM-00005E005301"`
}

// leaseRoutes registers the operations on leases.
func (s *Server) leaseRoutes() {
	one := leasesPath + "/{address}"
	add(s, route{method: http.MethodGet, path: leasesPath, id: "list-leases", tag: "Cable", summary: "List leases",
		description: "In the order of their addresses, also those that ended lately.", needs: devicesRead,
		example:  pageOf[leaseView]{Items: []leaseView{exampleLease()}},
		problems: []int{http.StatusUnprocessableEntity}}, s.listLeases)
	add(s, route{method: http.MethodGet, path: one, id: "get-lease", tag: "Cable", summary: "Show the lease of an address",
		description: "The last one, also when it has ended.", needs: devicesRead, example: exampleLease(),
		problems: []int{http.StatusNotFound}}, s.getLease)
	released := exampleLease()
	released.State, released.ExpiresAt = leaseState(itms.LeaseReleased), exampleTime
	add(s, route{method: http.MethodPost, path: one + "/release", id: "release-lease", tag: "Cable", summary: "Take a lease back",
		description: "As if its client had given it up, audited: the next renewal is refused, and the address may be given to another at once. " +
			"Until then the client goes on to use it: take back what nobody uses, or have the device started anew. LEASE_STATE when it has ended.",
		needs: devicesAct, example: released, problems: []int{http.StatusNotFound, http.StatusConflict}}, s.releaseLease)
}

// leaseList marks the cursors of the list of leases.
const leaseList = "leases"

// scanLeases is how many leases one call looks through at most: some 50 ms.
const scanLeases = 10_000

// listLeases lists leases by address.
func (s *Server) listLeases(ctx context.Context, in *leaseListInput) (*listOutput[leaseView], error) {
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	limit := limitOf(in.Limit)
	out := &listOutput[leaseView]{}
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		list, last, err := s.selectLeases(tx, in, q, limit)
		if err != nil {
			return err
		}
		out.Body = pageOf[leaseView]{Items: []leaseView{}}
		for _, l := range list {
			out.Body.Items = append(out.Body.Items, s.viewLease(l))
		}
		if last.IsValid() {
			out.Body.Next = makeCursor(leaseList, last.String())
		}
		return nil
	})
	return out, err
}

// query reads the filters that the store knows.
func (in *leaseListInput) query() (q itms.LeaseQuery, err error) {
	after, err := readCursor(leaseList, in.Cursor)
	if err != nil {
		return q, err
	}
	var wrong fieldErrors
	if after != "" {
		if q.After, err = netip.ParseAddr(after); err != nil {
			wrong.add(itms.Invalid("/query/cursor", "is not a cursor of this list"))
		}
	}
	if _, err := netip.ParsePrefix(in.Scope); err != nil && in.Scope != "" {
		wrong.add(itms.Invalid("/query/scope", "expected a subnet, e.g. 192.0.2.0/24"))
	}
	if _, err := netip.ParseAddr(in.Address); err != nil && in.Address != "" {
		wrong.add(itms.Invalid("/query/address", "expected an address, e.g. 192.0.2.10"))
	}
	for _, f := range []struct {
		name, text string
		into       *itms.MAC
	}{{"mac", in.MAC, &q.MAC}, {"modem", in.Modem, &q.Modem}} {
		if f.text == "" {
			continue
		}
		if *f.into, err = itms.ParseMAC(f.text); err != nil {
			wrong.add(itms.Invalid("/query/"+f.name, "expected a MAC address"))
		}
	}
	q.Scope, q.Class, q.State = in.Scope, in.Class, itms.LeaseState(in.State)
	if in.State == leaseExpired {
		q.State = itms.LeaseActive
	}
	if wrong != nil {
		return q, &itms.Error{Kind: itms.KindInvalid, Code: itms.CodeInvalid, Text: "parameters are wrong", Fields: wrong}
	}
	return q, nil
}

// selectLeases reads a page of leases. last is where the next one begins, zero at the end.
func (s *Server) selectLeases(tx itms.Tx, in *leaseListInput, q itms.LeaseQuery, limit int) (list []*itms.Lease, last netip.Addr, err error) {
	if in.Address != "" {
		return s.selectAddress(tx, in, q)
	}
	q.Limit = limit + 1
	if q.State == itms.LeaseActive { // which of these have expired the store does not know
		q.Limit = maxLimit + 1
	}
	for looked := 0; looked < scanLeases; looked += q.Limit {
		some, err := tx.Leases().List(q)
		if err != nil {
			return nil, last, err
		}
		for _, l := range some {
			if !s.inState(l, in.State) {
				continue
			}
			if len(list) == limit {
				return list, list[limit-1].Address, nil
			}
			list = append(list, l)
		}
		if len(some) < q.Limit {
			return list, last, nil
		}
		q.After = some[len(some)-1].Address
	}
	return list, q.After, nil
}

// selectAddress reads the lease of an address, if the other filters let it pass.
func (s *Server) selectAddress(tx itms.Tx, in *leaseListInput, q itms.LeaseQuery) (list []*itms.Lease, last netip.Addr, err error) {
	addr, err := netip.ParseAddr(in.Address)
	if err != nil {
		return nil, last, err
	}
	l, err := tx.Leases().Get(addr.Unmap())
	if itms.IsKind(err, itms.KindNotFound) {
		return nil, last, nil
	}
	if err != nil || !s.inState(l, in.State) || q.Scope != "" && l.Scope != q.Scope || q.Class != "" && l.Class != q.Class ||
		!q.MAC.IsZero() && l.MAC != q.MAC || !q.Modem.IsZero() && l.MAC != q.Modem && l.Modem != q.Modem || !q.After.Less(l.Address) {
		return nil, last, err
	}
	return []*itms.Lease{l}, last, nil
}

// inState reports whether a lease is shown as in that state; "" = any.
func (s *Server) inState(l *itms.Lease, state leaseState) bool {
	return state == "" || s.stateOf(l) == state
}

// stateOf is what a lease is shown as.
func (s *Server) stateOf(l *itms.Lease) leaseState {
	if l.State == itms.LeaseActive && !l.Holds(s.now()) {
		return leaseExpired
	}
	return leaseState(l.State)
}

// getLease shows a lease.
func (s *Server) getLease(ctx context.Context, in *leaseInput) (*leaseOutput, error) {
	addr, err := leaseAddress(in.Address)
	if err != nil {
		return nil, err
	}
	return s.showLease(ctx, addr)
}

// leaseAddress reads the address in a path; what is none is not found.
func leaseAddress(text string) (netip.Addr, error) {
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return addr, itms.NotFound("lease", text)
	}
	return addr.Unmap(), nil
}

// showLease shows the lease of an address as it is now.
func (s *Server) showLease(ctx context.Context, addr netip.Addr) (out *leaseOutput, err error) {
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		l, err := tx.Leases().Get(addr)
		if err != nil {
			return err
		}
		out = &leaseOutput{s.viewLease(l)}
		out.Body.Device, err = holderOf(tx, l)
		return err
	})
	return out, err
}

// releaseLease takes a lease back and shows it after that.
func (s *Server) releaseLease(ctx context.Context, in *leaseInput) (*leaseOutput, error) {
	addr, err := leaseAddress(in.Address)
	if err != nil {
		return nil, err
	}
	if err := s.forScoped(ctx, func(tx itms.Tx) error {
		_, err := tx.Leases().Get(addr)
		return err
	}); err != nil {
		return nil, err
	}
	if err := s.opts.Leasing.Release(ctx, recordOf(ctx).actor, addr); err != nil {
		return nil, err
	}
	return s.showLease(ctx, addr)
}

// holder is the id of the cable device that holds a lease, or of the modem that its client
// is behind; the zero value for others.
func holder(l *itms.Lease) itms.DeviceID {
	if id := itms.CableID(l.Kind, l.MAC); !id.IsZero() {
		return id
	}
	return itms.CableID(itms.ClientModem, l.Modem)
}

// holderOf is the id of the device that holds a lease: by its MAC address when it is known
// by another way than its lease.
func holderOf(tx itms.Tx, l *itms.Lease) (string, error) {
	if itms.CableID(l.Kind, l.MAC).IsZero() && !l.MAC.IsZero() {
		refs, err := tx.Find(itms.Term{Type: itms.TermMAC, Value: l.MAC.Key()}, maxFound)
		if err != nil {
			return "", err
		}
		for _, ref := range refs {
			if ref.Kind == itms.RefDevice {
				return ref.ID, nil
			}
		}
	}
	return holder(l).String(), nil
}

// leaseLink is the path of a lease.
func leaseLink(addr netip.Addr) string { return leasesPath + "/" + url.PathEscape(addr.String()) }

// viewLease shows a lease.
func (s *Server) viewLease(l *itms.Lease) leaseView {
	v := leaseView{Address: l.Address.String(), State: s.stateOf(l), ClientID: l.ClientID, Kind: clientKind(l.Kind), Class: l.Class, Scope: l.Scope,
		MAC: l.MAC.String(), Modem: l.Modem.String(), Circuit: l.Circuit, Remote: l.Remote, Hostname: l.Hostname, Vendor: l.Vendor,
		StartedAt: l.StartedAt, RenewedAt: l.RenewedAt, ExpiresAt: l.ExpiresAt, Device: holder(l).String()}
	if l.Relay.IsValid() {
		v.Relay = l.Relay.String()
	}
	return v
}

// exampleLease is that of a modem.
func exampleLease() leaseView {
	return leaseView{Address: "192.0.2.10", State: leaseState(itms.LeaseActive), MAC: exampleMAC, Kind: clientKind(itms.ClientModem), Class: "cm-active",
		Scope: "192.0.2.0/24", Relay: "192.0.2.1", Circuit: "80000001", Remote: "00005e005301", Vendor: "docsis3.1:", StartedAt: exampleTime,
		RenewedAt: exampleTime, ExpiresAt: exampleTime.Add(24 * time.Hour), Device: exampleModemID}
}
