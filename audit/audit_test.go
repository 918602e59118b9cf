package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"itms"
	"itms/store/boltdb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var at = time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)

// open makes an empty store.
func open(t *testing.T) itms.Store {
	t.Helper()
	s, err := boltdb.Open(t.Context(), filepath.Join(t.TempDir(), "itms.db"), boltdb.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// act is somebody's call.
func act(action string, target itms.AuditTarget) *itms.Act {
	return &itms.Act{Actor: "ann", Role: itms.RoleOperator, Action: action, Target: target, Remote: "192.0.2.1", Request: "req-1"}
}

// device is a device of the tests.
func device(serial string) *itms.Device {
	return &itms.Device{ID: itms.DeviceID{OUI: "00005E", Serial: serial}, State: itms.DeviceInService, ConnectionPassword: itms.Sealed("sealed-password")}
}

// entries reads all of them.
func entries(t *testing.T, s itms.Store) (list []itms.AuditEntry) {
	t.Helper()
	if err := s.View(t.Context(), func(tx itms.Tx) (err error) { list, err = tx.Audit().After(0, 9999); return err }); err != nil {
		t.Fatal(err)
	}
	return list
}

// under runs fn under an act.
func under(t *testing.T, s itms.Store, a *itms.Act, fn func(itms.Tx) error) {
	t.Helper()
	if err := s.Update(itms.WithAct(t.Context(), a), fn); err != nil {
		t.Fatal(err)
	}
}

func TestWatch(t *testing.T) {
	s := Watch(open(t), func() time.Time { return at })
	if err := s.Update(t.Context(), func(tx itms.Tx) error { return tx.Devices().Put(device("1")) }); err != nil {
		t.Fatal(err)
	}
	if got := entries(t, s); len(got) != 0 {
		t.Fatalf("what nobody did is entered: %+v", got)
	}
	a := act("block-device", itms.AuditTarget{Kind: "device"})
	under(t, s, a, func(tx itms.Tx) error {
		d, err := tx.Devices().Get(device("1").ID)
		if err != nil {
			return err
		}
		if err := tx.Journal().Append(&itms.Event{Type: "device.blocked", Device: d.ID, At: at}); err != nil {
			return err
		}
		d.Blocked, d.State = true, itms.DeviceBlocked
		if err := tx.Devices().Put(d); err != nil {
			return err
		}
		d.Problem = "blocked by ann"
		return errors.Join(tx.Devices().Put(d), tx.Stock().Put(&itms.StockItem{MAC: itms.MAC{0, 0, 0x5E, 0, 0x53, 1}, State: itms.StockBlocked}))
	})
	got := entries(t, s)
	if len(got) != 1 || !a.Entered {
		t.Fatalf("%+v", got)
	}
	e := got[0]
	if e.Actor != "ann" || e.Role != itms.RoleOperator || e.Action != "block-device" || e.Target.ID != "00005E--1" || e.Remote != "192.0.2.1" || !e.At.Equal(at) {
		t.Errorf("%+v", e)
	}
	if string(e.Before) != `{"state":"inService"}` || string(e.After) != `{"blocked":true,"problem":"blocked by ann","state":"blocked"}` {
		t.Errorf("before %s after %s", e.Before, e.After)
	}
	if len(e.Also) != 1 || e.Also[0].Before != nil || string(e.Also[0].After) != `{"state":"blocked"}` {
		t.Errorf("also %+v", e.Also)
	}
}

// TestNothingIsEnteredForNothing: a call that reads, or fails, changes nothing.
func TestNothingIsEnteredForNothing(t *testing.T) {
	s := Watch(open(t), nil)
	a := act("x", itms.AuditTarget{Kind: "device"})
	under(t, s, a, func(itms.Tx) error { return nil })
	failed := errors.New("no")
	err := s.Update(itms.WithAct(t.Context(), a), func(tx itms.Tx) error { return errors.Join(tx.Devices().Put(device("1")), failed) })
	if !errors.Is(err, failed) || len(entries(t, s)) != 0 || a.Entered {
		t.Errorf("%v %v %v", err, entries(t, s), a.Entered)
	}
	if err := Enter(t.Context(), s, a, at); err != nil || len(entries(t, s)) != 1 || !a.Entered {
		t.Errorf("%v %v", err, entries(t, s))
	}
}

func TestManyChangesAreCounted(t *testing.T) {
	s := Watch(open(t), nil)
	under(t, s, act("import-stock", itms.AuditTarget{Kind: "stock"}), func(tx itms.Tx) error {
		for i := range maxChanges + 7 {
			if err := tx.Stock().Put(&itms.StockItem{MAC: itms.MAC{0, 0, 0x5E, 0, 0x53, byte(i)}, State: itms.StockInStock}); err != nil {
				return err
			}
		}
		return nil
	})
	if e := entries(t, s)[0]; len(e.Also) != maxChanges-1 || e.More != 7 {
		t.Errorf("%d and %d more", len(e.Also), e.More)
	}
}

// everyWrite writes one of each kind of thing, with secrets in it.
func everyWrite(tx itms.Tx) error {
	id := device("1").ID
	user := &itms.User{Name: "li.wei", Role: itms.RoleAdmin, Password: "sealed-password", Subject: "sealed-subject"}
	return errors.Join(
		tx.Devices().Put(device("1")),
		tx.Services().Put(&itms.Service{ID: "S1", Password: itms.Sealed("sealed-password"), Access: itms.Access{Password: itms.Sealed("sealed-access")}}),
		tx.Bindings().Put(&itms.Binding{ID: "B1", Service: "S1", State: itms.BindingClaimed, Device: id}),
		tx.Orders().Insert(&itms.Order{ID: "O1", No: "WO-1", ServicePassword: itms.Sealed("sealed-password"), Activation: "sealed-code"}),
		tx.Orders().Put(&itms.Order{ID: "O1", No: "WO-1", State: itms.OrderDone, LOIDPassword: "sealed-loid"}),
		tx.ServiceOrders().Insert(&itms.ServiceOrder{ID: "SO1", Document: json.RawMessage(`{"note":"sealed-note"}`)}),
		tx.ServiceOrders().Put(&itms.ServiceOrder{ID: "SO1", State: itms.ServiceOrderCompleted}), tx.ServiceOrders().Delete("SO1"),
		tx.Stock().Put(&itms.StockItem{MAC: itms.MAC{0, 0, 0x5E, 0, 0x53, 1}}),
		tx.Tasks().Insert(&itms.Task{ID: "T1", Device: id}), tx.Tasks().Put(&itms.Task{ID: "T1", Device: id, State: itms.TaskDone}),
		tx.Batches().Insert(&itms.Batch{ID: "1"}), tx.Batches().Put(&itms.Batch{ID: "1", State: itms.BatchDone}),
		tx.Files().Insert(&itms.File{ID: "1", Name: "x"}), tx.Files().Put(&itms.File{ID: "1", Name: "y"}), tx.Files().Delete("1"),
		tx.Traces().Put(&itms.Trace{ID: "1", Device: id}), tx.Traces().Delete("1"),
		tx.Tokens().Put(&itms.Token{Hash: "0123456789abcdef-sealed", Name: "crm"}), tx.Tokens().Delete("0123456789abcdef-sealed"),
		tx.Users().Insert(user), tx.Users().Put(user), tx.Users().Delete("li.wei"),
		tx.Leases().Put(lease()), tx.Leases().Delete(lease().Address),
		tx.Journal().Append(&itms.Event{At: at, Type: "x", Device: id}))
}

// TestEveryThingIsEnteredWithoutSecrets: each kind once, before and after, and nothing that
// is secret.
func TestEveryThingIsEnteredWithoutSecrets(t *testing.T) {
	s := Watch(open(t), nil)
	under(t, s, act("x", itms.AuditTarget{Kind: "order", ID: "WO-1"}), everyWrite)
	text, err := json.Marshal(entries(t, s)[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"device", "service", "binding", "order", "serviceOrder", "stock", "task", "batch", "file", "trace", "token", "user", "lease"} {
		if !strings.Contains(string(text), `"kind":"`+kind+`"`) {
			t.Errorf("no %s in %s", kind, text)
		}
	}
	if strings.Contains(string(text), "sealed") {
		t.Errorf("a secret in %s", text)
	}
	if !strings.Contains(string(text), `"after":{"code":true,"state":"done"}`) && !strings.Contains(string(text), `"after":{"state":"done"}`) {
		t.Errorf("the order: %s", text)
	}
}

// enter enters n acts.
func enter(t *testing.T, s itms.Store, n int) {
	t.Helper()
	for i := range n {
		if err := Enter(t.Context(), s, act("x", itms.AuditTarget{Kind: "device", ID: fmt.Sprint(i)}), at); err != nil {
			t.Fatal(err)
		}
	}
}

// check checks and returns the result.
func check(t *testing.T, s itms.Store, anchor itms.AuditSeal) itms.AuditCheck {
	t.Helper()
	c, err := Check(t.Context(), s, anchor)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestChain(t *testing.T) {
	s := open(t)
	if c := check(t, s, itms.AuditSeal{}); !c.Intact || c.Entries != 0 {
		t.Errorf("empty: %+v", c)
	}
	enter(t, s, 3)
	if c := check(t, s, itms.AuditSeal{}); !c.Intact || c.Unsealed != 3 {
		t.Errorf("unsealed: %+v", c)
	}
	sealer := NewSealer(s, nil)
	if err := sealer.SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := check(t, s, itms.AuditSeal{})
	if !first.Intact || first.Unsealed != 0 || first.Head.Seq != 3 || len(first.Head.Hash) != 64 {
		t.Errorf("%+v", first)
	}
	enter(t, s, 2)
	if err := sealer.SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := check(t, s, first.Head); !c.Intact || c.Entries != 5 {
		t.Errorf("with an anchor: %+v", c)
	}
	if c := check(t, s, itms.AuditSeal{Seq: 3, Hash: strings.Repeat("0", 64)}); c.Intact || c.BrokenAt != 3 {
		t.Errorf("with a wrong anchor: %+v", c)
	}
}

// forged is a store whose audit reads otherwise than it was written.
type forged struct {
	itms.Store
	forge func([]itms.AuditEntry) []itms.AuditEntry
}

func (s forged) View(ctx context.Context, fn func(itms.Tx) error) error {
	return s.Store.View(ctx, func(tx itms.Tx) error { return fn(forgedTx{tx, s.forge}) })
}

type forgedTx struct {
	itms.Tx
	forge func([]itms.AuditEntry) []itms.AuditEntry
}

func (tx forgedTx) Audit() itms.Audit { return forgedAudit{tx.Tx.Audit(), tx.forge} }

type forgedAudit struct {
	itms.Audit
	forge func([]itms.AuditEntry) []itms.AuditEntry
}

func (a forgedAudit) After(seq int64, limit int) ([]itms.AuditEntry, error) {
	list, err := a.Audit.After(seq, limit)
	if seq == 0 {
		list = a.forge(list)
	}
	return list, err
}

// TestForgeriesAreFound: whatever is changed, the first entry that does not fit is named.
func TestForgeriesAreFound(t *testing.T) {
	s := open(t)
	enter(t, s, 5)
	if err := NewSealer(s, nil).SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		forge  func([]itms.AuditEntry) []itms.AuditEntry
		broken int64
	}{
		"actor":   {func(l []itms.AuditEntry) []itms.AuditEntry { l[2].Actor = "bob"; return l }, 3},
		"time":    {func(l []itms.AuditEntry) []itms.AuditEntry { l[0].At = at.Add(1000); return l }, 1},
		"after":   {func(l []itms.AuditEntry) []itms.AuditEntry { l[4].After = json.RawMessage(`{}`); return l }, 5},
		"seal":    {func(l []itms.AuditEntry) []itms.AuditEntry { l[1].Hash = l[0].Hash; return l }, 2},
		"no seal": {func(l []itms.AuditEntry) []itms.AuditEntry { l[1].Hash = ""; return l }, 2},
		"removed": {func(l []itms.AuditEntry) []itms.AuditEntry { return append(l[:1:1], l[2:]...) }, 3},
		"cut off": {func(l []itms.AuditEntry) []itms.AuditEntry { return l[:4] }, 5},
		"emptied": {func([]itms.AuditEntry) []itms.AuditEntry { return nil }, 5},
		"swapped": {func(l []itms.AuditEntry) []itms.AuditEntry { l[1], l[2] = l[2], l[1]; return l }, 3},
	} {
		if got := check(t, forged{s, c.forge}, itms.AuditSeal{}); got.Intact || got.BrokenAt != c.broken || got.Reason == "" {
			t.Errorf("%s: %+v, want broken at %d", name, got, c.broken)
		}
	}
}

// TestSealersAtOnce: many write and several seal, and there is one chain.
func TestSealersAtOnce(t *testing.T) {
	s := open(t)
	ctx, stop := context.WithCancel(t.Context())
	var sealers, writers sync.WaitGroup
	for range 3 {
		sealers.Go(func() {
			if err := NewSealer(s, func(err error) { t.Error(err) }).Run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	const each = 50
	for range 4 {
		writers.Go(func() {
			for i := range each {
				if err := Enter(t.Context(), s, act("x", itms.AuditTarget{Kind: "device", ID: fmt.Sprint(i)}), at); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	stop()
	sealers.Wait()
	if err := NewSealer(s, nil).SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := check(t, s, itms.AuditSeal{}); !c.Intact || c.Entries != 4*each || c.Unsealed != 0 {
		t.Errorf("%+v", c)
	}
}

// TestCanonical: members in order, nothing escaped that need not be.
func TestCanonical(t *testing.T) {
	e := &itms.AuditEntry{Seq: 1 << 60, At: at, Actor: "<ann>", Target: itms.AuditTarget{Kind: "x"}, After: json.RawMessage(`{"b":1.50,"a":{"d":1,"c":"ü"}}`), Hash: "h"}
	const want = `{"action":"","actor":"<ann>","after":{"a":{"c":"ü","d":1},"b":1.50},"at":"2026-11-01T08:00:00Z","role":"","seq":1152921504606846976,"target":{"kind":"x"}}`
	got, err := Canonical(e)
	if err != nil || string(got) != want {
		t.Errorf("%s (%v)", got, err)
	}
}

// lease is a lease of the tests.
func lease() *itms.Lease {
	mac := itms.MAC{0, 0, 0x5E, 0, 0x53, 1}
	return &itms.Lease{Address: netip.MustParseAddr("192.0.2.1"), State: itms.LeaseActive, Client: itms.ClientKey(itms.ClientModem, mac, nil), MAC: mac,
		Kind: itms.ClientModem, Scope: "192.0.2.0/24"}
}
