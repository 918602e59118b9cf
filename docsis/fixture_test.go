package docsis

import (
	"context"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"itms"
	"itms/store/boltdb"
	"itms/tftp"
)

// orders is a domain that says what a test sets, and remembers what it is told.
type orders struct {
	mu      sync.Mutex
	ents    map[itms.MAC]*itms.Entitlement
	leased  []*itms.CableContact
	fetched []itms.CableFetch
	events  []itms.Event
	begin   func(*itms.CableContact) // what a lease does to the entitlements
	err     error
	told    chan struct{} // receives after each recording
}

func (o *orders) Entitlement(_ context.Context, _ itms.ClientKind, mac itms.MAC, _ string) (*itms.Entitlement, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return nil, o.err
	}
	if ent, ok := o.ents[mac]; ok {
		c := *ent
		return &c, nil
	}
	return &itms.Entitlement{Revision: "0/0"}, nil
}

func (o *orders) Leased(_ context.Context, list ...*itms.CableContact) error {
	defer o.tell()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.leased = append(o.leased, list...)
	if o.begin != nil {
		o.begin(list[0])
	}
	return nil
}

func (o *orders) Fetched(_ context.Context, list []itms.CableFetch) error {
	defer o.tell()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fetched = append(o.fetched, list...)
	return nil
}

func (o *orders) Record(_ context.Context, events ...itms.Event) error {
	defer o.tell()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.events = append(o.events, events...)
	return nil
}

func (o *orders) tell() { o.told <- struct{}{} }

// bench is a service on a real store, with a clock that the test owns.
type bench struct {
	t      testing.TB
	orders *orders
	store  *boltdb.Store
	*Service
	at time.Time
}

// testClasses are those of the documentation, and a few odd ones.
var testClasses = []Class{
	{Name: "cm-active", Match: `client.kind == "cm" && client.provisioned`, BootFile: BootDynamic, Template: "internet"},
	{Name: "cm-disabled", Match: `client.kind == "cm" && client.suspended`, BootFile: BootDynamic, Template: "disabled"},
	{Name: "cm-odd", Match: `client.kind == "cm" && client.model == "odd"`, BootFile: "modem.cfg", Template: "walled"},
	{Name: "cm-once", Match: `client.kind == "cm" && client.model == "once"`, BootFile: BootDynamic, Template: "walled", Once: true},
	{Name: "cm-unknown", Match: `client.kind == "cm"`, BootFile: BootDynamic, Template: "walled", Timestamp: true, ModemAddress: true},
	{Name: "cpe-walled", Match: `client.kind == "cpe" && !client.modem.provisioned`, MaxCPE: 1},
	{Name: "cpe", Match: `client.kind == "cpe"`, MaxCPE: 4},
}

const secretText = "shared-secret"

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{t: t, at: noon, orders: &orders{ents: map[itms.MAC]*itms.Entitlement{}, told: make(chan struct{}, 1<<16)}}
	var err error
	if b.store, err = boltdb.Open(context.Background(), filepath.Join(t.TempDir(), "itms.db"), boltdb.Options{NoSync: true}); err != nil {
		t.Fatal(err)
	}
	templates, err := LoadTemplates("testdata/templates")
	if err != nil {
		t.Fatal(err)
	}
	b.Service, err = New(Options{Store: b.store, Orders: b.orders, Names: namer(t, "key"), Classes: testClasses, Templates: templates,
		Packages: map[string]map[string]any{"silver": {"downKbps": 100_000, "upKbps": 10_000}}, Secret: itms.NewSecret(secretText),
		CMTS:    []CMTS{{Relays: []netip.Addr{netip.MustParseAddr("198.51.100.1")}, Secret: itms.NewSecret("another")}},
		Proxies: []netip.Prefix{netip.MustParsePrefix("198.51.100.64/28")},
		Unseal:  func(s itms.Sealed) (itms.Secret, error) { return itms.NewSecret(string(s)), nil },
		Clock:   func() time.Time { return b.at }, Logger: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := b.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// lease stores a lease as the DHCP server does.
func (b *bench) lease(l *itms.Lease) *itms.Lease {
	b.t.Helper()
	l.Client, l.Scope = itms.ClientKey(l.Kind, l.MAC, nil), "192.0.2.0/24"
	if err := b.store.Update(context.Background(), func(tx itms.Tx) error { return tx.Leases().Put(l) }); err != nil {
		b.t.Fatal(err)
	}
	return l
}

// ordered entitles a modem to the package silver.
func (b *bench) ordered(mac itms.MAC, state itms.EntitlementState) *itms.Entitlement {
	ent := &itms.Entitlement{Device: itms.CableID(itms.ClientModem, mac), State: state, Revision: "1/1",
		Service: &itms.Service{ID: "S1", Type: itms.ServiceInternet, Package: "silver"}}
	b.orders.mu.Lock()
	defer b.orders.mu.Unlock()
	b.orders.ents[mac] = ent
	return ent
}

// open asks for a file from an address.
func (b *bench) open(name string, from netip.Addr) ([]byte, error) {
	c, err := b.Open(context.Background(), tftp.Request{Name: name, Client: netip.AddrPortFrom(from, 1069)})
	if err != nil {
		return nil, err
	}
	c.Done(tftp.Result{Complete: true})
	return c.Bytes, nil
}

// until waits for a recording after which something holds.
func (b *bench) until(what string, holds func(*orders) bool) {
	b.t.Helper()
	late := time.After(time.Minute)
	for {
		b.orders.mu.Lock()
		ok := holds(b.orders)
		b.orders.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-b.orders.told:
		case <-late:
			b.t.Fatalf("never: %s", what)
		}
	}
}
