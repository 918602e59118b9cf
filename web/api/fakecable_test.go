package api

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"itms"
)

// fakeCable plays the cable side.
type fakeCable struct {
	store itms.Store

	mu       sync.Mutex // guards what follows
	fail     error
	standing CableStanding
	checked  TemplateCheck
	asked    PreviewRequest
	actors   []string
}

func newFakeCable(store itms.Store) *fakeCable {
	return &fakeCable{store: store, standing: CableStanding{Class: "cm-active", Template: "internet", State: itms.EntitledActive, Provisioned: true,
		Revision: "1/1", Service: "U1001-1", Package: "silver"}}
}

func (f *fakeCable) Scopes(context.Context) ([]ScopeUsage, error) {
	return []ScopeUsage{exampleScope()}, f.fail
}

func (f *fakeCable) Classes(context.Context) ([]ClassInfo, error) {
	return []ClassInfo{exampleClass(), {Name: "cpe", BootFile: "none"}}, f.fail
}

func (f *fakeCable) Release(ctx context.Context, actor string, addr netip.Addr) error {
	f.mu.Lock()
	f.actors = append(f.actors, actor)
	f.mu.Unlock()
	return f.store.Update(ctx, func(tx itms.Tx) error {
		l, err := tx.Leases().Get(addr)
		if err != nil {
			return err
		}
		if l.State == itms.LeaseReleased {
			return itms.Errorf(itms.KindConflict, itms.CodeLeaseState, "the lease of %s was released", addr)
		}
		l.State, l.ExpiresAt = itms.LeaseReleased, testTime
		return tx.Leases().Put(l)
	})
}

func (f *fakeCable) Templates(context.Context) ([]TemplateInfo, error) {
	return []TemplateInfo{exampleTemplate("Main { NetworkAccess 1; }")}, f.fail
}

func (f *fakeCable) CheckTemplate(_ context.Context, r TemplateCheck) ([]TemplateMistake, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.checked = r
	if r.Text == "Main { }" {
		return nil, f.fail
	}
	return []TemplateMistake{exampleMistake()}, f.fail
}

func (f *fakeCable) Preview(_ context.Context, r PreviewRequest) (*FilePreview, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = r
	if f.fail != nil {
		return nil, f.fail
	}
	p := examplePreview()
	p.Mistakes = nil
	return &p, nil
}

func (f *fakeCable) Standing(context.Context, itms.ClientKind, itms.MAC) (*CableStanding, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	st := f.standing
	return &st, f.fail
}

// modemMAC is that of exampleModemID.
var modemMAC = itms.MAC{0, 0, 0x5e, 0, 0x53, 1}

// testLease is one that holds for an hour.
func testLease(addr string, kind itms.ClientKind, mac, modem itms.MAC, change ...func(*itms.Lease)) *itms.Lease {
	l := &itms.Lease{Address: netip.MustParseAddr(addr), State: itms.LeaseActive, Client: itms.ClientKey(kind, mac, nil), MAC: mac, Kind: kind, Modem: modem,
		Class: "cm-active", Scope: "192.0.2.0/24", Relay: netip.MustParseAddr("192.0.2.1"), Circuit: "80000001", Hostname: "h", Vendor: "docsis3.1:",
		Nonce: "a0a1", Spent: "secretname 2026-11-01T07:00:00Z", Provision: "1/1", StartedAt: testTime.Add(-time.Hour), RenewedAt: testTime, ExpiresAt: testTime.Add(time.Hour)}
	for _, c := range change {
		c(l)
	}
	return l
}

// putLeases stores leases.
func (f *fixture) putLeases(list ...*itms.Lease) {
	f.t.Helper()
	f.update(func(tx itms.Tx) error {
		for _, l := range list {
			if err := tx.Leases().Put(l); err != nil {
				return err
			}
		}
		return nil
	})
}

// putModem stores a modem with its lease, and two clients behind it of which one has gone.
func (f *fixture) putModem(change ...func(*itms.Device)) {
	f.t.Helper()
	d := &itms.Device{ID: itms.CableID(itms.ClientModem, modemMAC), MAC: modemMAC, Model: "CM-1", State: itms.DeviceInService, Profile: itms.CableProfile, FirstSeen: testTime,
		IP: "192.0.2.10", Cable: &itms.Cable{Address: "192.0.2.10", Class: "cm-active", Relay: "192.0.2.1", Provision: "1/1", LeasedAt: testTime,
			Facts: itms.CableFacts{Version: "3.1", Type: "ECM", Model: "CM-1", Vendor: "Example", MTA: itms.MAC{0, 0, 0x5e, 0, 0x53, 2}, Capabilities: map[string]string{"Version": "4", "200": "0x01"}},
			File:  itms.CableFile{Template: "internet", Provision: "1/1", Size: 120, MIC: "0a0b", Address: "192.0.2.10", At: testTime}}}
	for _, c := range change {
		c(d)
	}
	f.update(func(tx itms.Tx) error { return tx.Devices().Put(d) })
	gone := func(l *itms.Lease) { l.ExpiresAt = testTime.Add(-time.Minute) }
	cpe := func(l *itms.Lease) { l.Class, l.Scope, l.Vendor = "cpe", "198.51.100.0/24", "" }
	f.putLeases(testLease("192.0.2.10", itms.ClientModem, modemMAC, itms.MAC{}),
		testLease("198.51.100.20", itms.ClientCPE, itms.MAC{0, 0, 0x5e, 0, 0x53, 0x21}, modemMAC, cpe),
		testLease("198.51.100.21", itms.ClientCPE, itms.MAC{0, 0, 0x5e, 0, 0x53, 0x22}, modemMAC, cpe, gone))
}
