package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"itms"
	"itms/audit"
	"itms/people"
	"itms/store/boltdb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testTime is the instant of every test clock.
var testTime = time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)

// fakeOrders stands for the engine: it stores what it is given and refuses what
// the tests need refused.
type fakeOrders struct {
	store itms.Store

	mu     sync.Mutex // guards what follows
	seen   []itms.OrderRequest
	actors []string
	n      int
	fail   error // returned by every call when set

	notes     []string        // what was asked for besides, "call order words"
	diagnosis *itms.Diagnosis // what Explain says
	overtaken func()          // called by Bury: the order arrives
}

func (f *fakeOrders) Submit(ctx context.Context, actor string, req itms.OrderRequest) (*itms.Order, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen, f.actors = append(f.seen, req), append(f.actors, actor)
	if f.fail != nil {
		return nil, false, f.fail
	}
	if err := f.Check(req); err != nil {
		return nil, false, err
	}
	f.n++
	o := storedOrder(f.n, req, actor)
	created := true
	err := f.store.Update(ctx, func(tx itms.Tx) error {
		same, err := tx.Find(itms.Term{Type: itms.TermOrder, Value: string(o.No)}, 2)
		if err != nil {
			return err
		}
		known, err := tx.Orders().ByNumber(o.Source, o.No)
		o.SharesNo = len(same) > 1 || len(same) == 1 && err != nil
		if itms.IsKind(err, itms.KindNotFound) {
			created = true
			return tx.Orders().Insert(o)
		}
		if err != nil {
			return err
		}
		created = false
		if known.Request.Service.Account != req.Service.Account {
			return itms.Errorf(itms.KindConflict, itms.CodeOrderConflict, "order %s exists with other content", o.No)
		}
		known.SharesNo = o.SharesNo
		o = known
		return nil
	})
	return o, created, err
}

func (f *fakeOrders) Rehearse(ctx context.Context, req itms.OrderRequest) (string, bool, error) {
	if err := f.Check(req); err != nil {
		return "", false, err
	}
	created := true
	err := f.store.View(ctx, func(tx itms.Tx) error {
		known, err := tx.Orders().ByNumber(req.Source, itms.OrderNo(req.OrderNo))
		if itms.IsKind(err, itms.KindNotFound) {
			return nil
		}
		created = false
		if err == nil && known.Request.Service.Account != req.Service.Account {
			return itms.Errorf(itms.KindConflict, itms.CodeOrderConflict, "order %s exists with other content", req.OrderNo)
		}
		return err
	})
	return req.Service.Account, created, err
}

// Check makes fakeOrders an OrderChecker.
func (f *fakeOrders) Check(req itms.OrderRequest) error {
	var fields []itms.FieldError
	if req.OrderNo == "" {
		fields = append(fields, itms.FieldError{Pointer: "/orderNo", Text: "is empty"})
	}
	if req.Service.Account == "" {
		fields = append(fields, itms.FieldError{Pointer: "/service/account", Text: "is required for an iptv service"})
	}
	if _, err := itms.ParseMAC(req.Device.MAC); err != nil {
		fields = append(fields, itms.FieldError{Pointer: "/device/mac", Text: "is not a MAC address"})
	}
	if fields == nil {
		return nil
	}
	return &itms.Error{Kind: itms.KindInvalid, Code: itms.CodeInvalid, Text: "the work order is wrong", Fields: fields}
}

func (f *fakeOrders) Retry(ctx context.Context, actor string, id itms.OrderID) (*itms.Order, error) {
	var o *itms.Order
	err := f.store.Update(ctx, func(tx itms.Tx) (err error) {
		if o, err = tx.Orders().Get(id); err != nil {
			return err
		}
		if o.State != itms.OrderFailed {
			return itms.Errorf(itms.KindConflict, itms.CodeOrderState, "order %s is %s", o.No, o.State)
		}
		o.State, o.Attempt = itms.OrderWaitingDevice, o.Attempt+1
		o.History = append(o.History, itms.Step{State: o.State, At: testTime, Actor: actor})
		return tx.Orders().Put(o)
	})
	return o, err
}

// storedOrder is the nth order as the engine would store it.
func storedOrder(n int, req itms.OrderRequest, actor string) *itms.Order {
	at := testTime.Add(time.Duration(n) * time.Second)
	mac, _ := itms.ParseMAC(req.Device.MAC) // a wrong one is refused before
	secretless := req
	secretless.Service.Password, secretless.Service.Access.Password = itms.Secret{}, itms.Secret{}
	return &itms.Order{
		ID: itms.OrderID(testID(n)), No: itms.OrderNo(req.OrderNo), Source: req.Source, Kind: req.Kind, Mode: req.Mode,
		Service: req.Service.ID, Subscriber: req.Subscriber.ID, Area: req.Line.Area, Claim: itms.DeviceClaim{MAC: mac},
		DueBy: req.DueBy, Seq: req.Seq, Callback: req.Callback, Request: secretless,
		ServicePassword: itms.Sealed("sealed-service"), AccessPassword: itms.Sealed("sealed-access"),
		State: itms.OrderWaitingDevice, Attempt: 1, CreatedAt: at, UpdatedAt: at,
		History: []itms.Step{{State: itms.OrderReceived, At: at, Actor: actor}, {State: itms.OrderWaitingDevice, At: at, Actor: actor}},
	}
}

// testID is a sortable id.
func testID(n int) string { return fmt.Sprintf("01J0000000000000000000%04d", n) }

// fakeWaker notes who was woken.
type fakeWaker struct {
	mu    sync.Mutex // guards what follows
	woken []itms.DeviceID
	fail  error
}

func (f *fakeWaker) ConnectionRequest(_ context.Context, id itms.DeviceID) (itms.CallReport, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.woken = append(f.woken, id)
	return itms.CallReport{Way: itms.ReachUDP, Result: itms.CallSent, Text: "sent", At: testTime}, f.fail
}

// logBuffer is a log that may be read while it is written.
type logBuffer struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// fixture is a server over an own store, with a token per role.
type fixture struct {
	t       testing.TB
	store   itms.Store
	bolt    *boltdb.Store // what is below store
	server  *Server
	orders  *fakeOrders
	devices *fakeDevices
	tasks   *fakeTasks
	stock   *fakeStock
	files   *fakeFiles
	traces  *fakeTraces
	cable   *fakeCable
	waker   *fakeWaker
	desk    *fakeDesk
	people  *people.Service
	log     *logBuffer
	tokens  map[itms.Role]string

	mu  sync.Mutex // guards now
	now time.Time
}

// cheap are passwords that cost next to nothing.
var cheap = people.Cost{Memory: 8, Time: 1, Threads: 1}

// clock is the time of the server.
func (f *fixture) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// pass lets time pass.
func (f *fixture) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

// auditor checks the audit of a store.
type auditor struct{ store itms.Store }

func (a auditor) Check(ctx context.Context, anchor itms.AuditSeal) (itms.AuditCheck, error) {
	return audit.Check(ctx, a.store, anchor)
}

// newFixture starts one; change adjusts the options.
func newFixture(t testing.TB, change ...func(*Options)) *fixture {
	t.Helper()
	bolt, err := boltdb.Open(t.Context(), filepath.Join(t.TempDir(), "itms.db"), boltdb.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	store := audit.Watch(bolt, func() time.Time { return testTime })
	f := &fixture{t: t, store: store, bolt: bolt, orders: &fakeOrders{store: store}, devices: &fakeDevices{store: store},
		tasks: &fakeTasks{store: store}, stock: &fakeStock{store: store}, files: &fakeFiles{store: store}, traces: &fakeTraces{store: store}, cable: newFakeCable(store), waker: &fakeWaker{}, desk: &fakeDesk{store: store}, log: &logBuffer{},
		tokens: map[itms.Role]string{}}
	registry := prometheus.NewRegistry()
	f.now = testTime
	f.people = people.New(people.Options{Store: store, Key: []byte("synthetic"), Cost: cheap, Clock: f.clock})
	o := Options{People: f.people, Audit: auditor{store}, Store: store, Orders: f.orders, Devices: f.devices, Tasks: f.tasks, Stock: f.stock, Traces: f.traces, Waker: f.waker, Desk: f.desk, Profiles: &fakeProfiles{store: store}, System: fakeSystem{}, Files: f.files, Leasing: f.cable, ConfigFiles: f.cable, Access: &fakeAccess{},
		Logger: zerolog.New(f.log), Registerer: registry, Gatherer: registry, Version: "1.2.3", Node: "node-1",
		Clock: f.clock}
	for _, c := range change {
		c(&o)
	}
	if f.server, err = New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.server.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil && !itms.IsKind(err, itms.KindUnavailable) {
			t.Error(err) // unavailable: the test closed it already
		}
	})
	f.update(func(tx itms.Tx) error {
		for _, role := range itms.Roles {
			f.tokens[role] = NewTokenText()
			token := &itms.Token{Hash: HashToken(f.tokens[role]), Name: "test-" + string(role), Role: role, CreatedAt: testTime}
			if err := tx.Tokens().Put(token); err != nil {
				return err
			}
		}
		return nil
	})
	return f
}

// update writes test data.
func (f *fixture) update(fn func(itms.Tx) error) {
	f.t.Helper()
	if err := f.store.Update(context.Background(), fn); err != nil {
		f.t.Fatal(err)
	}
}

// answer is what came back.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   string
}

// call makes a request as a role; "" sends no token. headers are "Name: value".
func (f *fixture) call(role itms.Role, method, target, body string, headers ...string) *answer {
	f.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, target, reader)
	r.RemoteAddr = "192.0.2.77:4000"
	r.Header.Set("X-Request-Id", "req-1")
	if role != "" {
		r.Header.Set("Authorization", "Bearer "+f.tokens[role])
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	f.server.ServeHTTP(w, r)
	return &answer{f.t, w.Code, w.Header(), w.Body.String()}
}

// get makes a GET as an operator.
func (f *fixture) get(target string) *answer {
	f.t.Helper()
	return f.call(itms.RoleOperator, http.MethodGet, target, "")
}

// is checks the status.
func (a *answer) is(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d; body: %s", a.status, status, a.body)
	}
	return a
}

// problem checks the shape of an error answer and returns it.
func (a *answer) problem(status int, code string) Problem {
	a.t.Helper()
	a.is(status)
	if got := a.header.Get("Content-Type"); got != problemType {
		a.t.Fatalf("Content-Type %q of a problem", got)
	}
	p := into[Problem](a)
	if p.Status != status || p.Code != code || p.Title != http.StatusText(status) || p.Detail == "" || p.RequestID != "req-1" {
		a.t.Fatalf("problem %+v, want code %s", p, code)
	}
	return p
}

// pointers lists where a problem points to.
func (p Problem) pointers() string {
	var all []string
	for _, e := range p.Errors {
		all = append(all, e.Pointer)
	}
	return strings.Join(all, " ")
}

// into reads an answer, refusing fields that T does not have.
func into[T any](a *answer) (v T) {
	a.t.Helper()
	dec := json.NewDecoder(strings.NewReader(a.body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		a.t.Fatalf("%v in %s", err, a.body)
	}
	return v
}
