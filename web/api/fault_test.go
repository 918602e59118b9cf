package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"itms"
	"itms/people"
)

// faultyStore fails transactions from a given one on, and any Find, Get or List
// within one once broken is set.
type faultyStore struct {
	itms.Store
	left   atomic.Int64 // transactions that still work; negative = all do
	broken atomic.Bool
}

var errDisk = itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "the disk is away")

// spend uses up one transaction.
func (s *faultyStore) spend() error {
	if n := s.left.Load(); n < 0 {
		return nil
	} else if n == 0 {
		return errDisk
	}
	s.left.Add(-1)
	return nil
}

func (s *faultyStore) View(ctx context.Context, fn func(itms.Tx) error) error {
	if err := s.spend(); err != nil {
		return err
	}
	return s.Store.View(ctx, func(tx itms.Tx) error { return fn(faultyTx{tx, &s.broken}) })
}

func (s *faultyStore) Update(ctx context.Context, fn func(itms.Tx) error) error {
	if err := s.spend(); err != nil {
		return err
	}
	return s.Store.Update(ctx, fn)
}

// faultyTx breaks the aggregates that a thing is made of, but not the thing itself.
type faultyTx struct {
	itms.Tx
	broken *atomic.Bool
}

func (tx faultyTx) Bindings() itms.Bindings { return faultyBindings{tx.Tx.Bindings(), tx.broken} }

func (tx faultyTx) Find(term itms.Term, limit int) ([]itms.Ref, error) {
	if tx.broken.Load() {
		return nil, errDisk
	}
	return tx.Tx.Find(term, limit)
}

// faultyBindings fails its reads.
type faultyBindings struct {
	itms.Bindings
	broken *atomic.Bool
}

func (b faultyBindings) OfDevice(id itms.DeviceID) (*itms.Binding, error) {
	if b.broken.Load() {
		return nil, errDisk
	}
	return b.Bindings.OfDevice(id)
}

func (b faultyBindings) OfService(id itms.ServiceID) ([]*itms.Binding, error) {
	if b.broken.Load() {
		return nil, errDisk
	}
	return b.Bindings.OfService(id)
}

// newFaulty makes a fixture whose store can be broken, with one of each thing.
func newFaulty(t *testing.T) (*fixture, *faultyStore) {
	t.Helper()
	faulty := &faultyStore{}
	faulty.left.Store(-1)
	f := newFixture(t, func(o *Options) {
		faulty.Store = o.Store
		o.Store = faulty
		o.Audit = auditor{faulty}
		o.People = people.New(people.Options{Store: faulty, Key: []byte("synthetic"), Cost: cheap, Clock: o.Clock})
	})
	gone := make(chan struct{})
	close(gone)
	f.server.tokens = newCallerCache[itms.Token](gone, time.Now) // so that each call looks for its token
	f.orders.n = 100                                             // its ids come after those of this fixture
	f.putDevice(dashID)
	f.putService()
	o := f.putOrder(1, "WO-1", "crm", failed, func(o *itms.Order) { o.Device = dashID })
	f.bind(dashID, o.ID)
	f.putTask(1)
	f.putStock(1)
	f.addFile("name=x&kind=other", "x")
	f.update(func(tx itms.Tx) error {
		return tx.Batches().Insert(&itms.Batch{ID: itms.BatchID(testID(1)), State: itms.BatchRunning})
	})
	recorded(f)
	f.putModem()
	f.putAccess(accessSession("s1"))
	f.addUser("none", itms.RoleReadOnly)
	f.update(func(tx itms.Tx) error {
		return tx.Tokens().Put(&itms.Token{Hash: existingToken, Name: "x", Role: itms.RoleBSS})
	})
	return f, faulty
}

// existingToken is the hash of a token whose text nobody has.
const existingToken = "0123456789abcdef-and-more"

// existing fills the path of a route with things that are there.
func existing(path string) string {
	return strings.NewReplacer("orders/import", "orders/import?format=ndjson", "{id}/cable", exampleModemID+"/cable", "{address}", "192.0.2.10", "/access-sessions/{id}", "/access-sessions/192.0.2.1~s1", "/users/{name}", "/users/none", "/tokens/{id}", "/tokens/0123456789abcdef", "profiles/{name}", "profiles/ctc-stb", "{name}", "internet", "orders/{orderNo}", "orders/WO-1", "services/{id}", "services/U1001-1",
		"/tasks/{id}", "/tasks/"+testID(1), "/batches/{id}", "/batches/"+testID(1), "/traces/{id}", "/traces/T", "/files/{id}", "/files/"+testID(1),
		"{id}", "00005E-HG%2D1-S1", "/search", "/search?q=U1001", "v1/card", "v1/card?q=U1001",
		"{mac}", "00:00:5E:00:53:01", "/check", "/check?mac=00005E005301").Replace(path)
}

// ownsNoStore are the calls that read nothing after the token, but by the domain.
var ownsNoStore = map[string]bool{"GET /metrics": true, "GET " + base + "/metrics": true, "GET " + base + "/profiles": true,
	"GET " + signInPath: true, "POST " + signOutPath: true, "GET " + mePath: true, "POST " + passwordPath: true,
	"GET /healthz": true, "GET " + base + "/healthz": true, "POST " + ordersPath: true, "POST " + importPath: true, "POST " + activationsPath: true,
	"POST " + servicesPath + "/{id}/reveal": true, "GET " + profilesPath + "/{name}": true, "PUT " + profilesPath + "/{name}": true, "DELETE " + profilesPath + "/{name}": true, "POST " + profilesPath + "/check": true,
	"POST " + linePath: true, "POST " + stockPath: true, "PUT " + stockPath + "/{mac}": true, "GET " + stockPath + "/check": true,
	"POST " + filesPath: true, "PUT " + filesPath + "/{id}/offer": true, "DELETE " + filesPath + "/{id}/offer": true, "POST " + batchesPath: true, "DELETE " + filesPath + "/{id}": true,
	"GET " + dhcpPath + "/scopes": true, "GET " + dhcpPath + "/classes": true, "GET " + templatesPath: true, "GET " + templatesPath + "/{name}": true,
	"POST " + templatesPath + "/check": true, "POST " + templatesPath + "/preview": true,
	"POST " + tracesPath: true, "POST " + tracesPath + "/{id}/stop": true, "DELETE " + tracesPath + "/{id}": true, "GET " + tracesPath + "/{id}/download": true}

func TestStoreAwayAfterTheTokenIsUnavailable(t *testing.T) {
	f, faulty := newFaulty(t)
	for _, row := range matrix {
		if ownsNoStore[row.method+" "+row.path] {
			continue
		}
		role, works := itms.RoleAdmin, int64(1)
		if row.allowed == "*" {
			role, works = "", 0
		}
		faulty.left.Store(works)
		a := f.call(role, row.method, existing(row.path), bodyFor(row.method, row.path))
		faulty.left.Store(-1)
		if a.status != http.StatusServiceUnavailable {
			t.Errorf("%s %s: %d %s", row.method, row.path, a.status, a.body)
			continue
		}
		a.problem(http.StatusServiceUnavailable, itms.CodeUnavailable)
	}
}

func TestStoreAwayInTheMiddle(t *testing.T) {
	f, faulty := newFaulty(t)
	for _, call := range []string{"/connection-request", "/block"} {
		faulty.left.Store(2) // the token and the device; not the journal, not the answer
		f.call(itms.RoleAdmin, "POST", dashPath+call, "").problem(http.StatusServiceUnavailable, itms.CodeUnavailable)
		faulty.left.Store(-1)
	}
	faulty.left.Store(1) // the order is stored by the fake: that is told whatever follows
	f.call(itms.RoleAdmin, "POST", ordersPath, orderJSON("WO-9")).is(http.StatusCreated)
	faulty.left.Store(-1)
	f.call(itms.RoleAdmin, "POST", ordersPath, orderJSON("WO-9")).is(200) // and the repeat tells
	if len(f.waker.woken) != 0 {
		t.Error("a device was woken although nobody could journal it")
	}
}

func TestBrokenPartsBreakTheWhole(t *testing.T) {
	f, faulty := newFaulty(t)
	faulty.broken.Store(true)
	for _, path := range []string{devicesPath, dashPath, servicesPath + "/U1001-1", searchPath + "?q=U1001", ordersPath + "/WO-1",
		ordersPath + "?q=U1001", devicesPath + "?q=U1001", devicesPath + "?q=U1001-1"} {
		f.get(path).problem(http.StatusServiceUnavailable, itms.CodeUnavailable)
	}
	faulty.broken.Store(false)
	f.get(dashPath).is(200)
}

func TestCallerThatGoesAwayIsNoDefect(t *testing.T) {
	f := newFixture(t)
	f.orders.fail = fmt.Errorf("wait for the commit: %w", context.Canceled)
	f.call(itms.RoleBSS, "POST", ordersPath, orderJSON("WO-1")).problem(http.StatusServiceUnavailable, itms.CodeUnavailable)
}

// deadWriter is a connection that takes no body.
type deadWriter struct{ *httptest.ResponseRecorder }

func (deadWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestDeadConnectionsAreNotedOnly(t *testing.T) {
	f := newFixture(t)
	f.journal(numbered(1, 1)...)
	for _, path := range []string{"/", "/openapi.json", "/nowhere", eventsPath + "?lastEventId=0"} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Authorization", "Bearer "+f.tokens[itms.RoleOperator])
		f.server.ServeHTTP(deadWriter{httptest.NewRecorder()}, r)
	}
	if n := strings.Count(f.log.String(), "broken pipe"); n < 3 {
		t.Errorf("noted %d times in %s", n, f.log)
	}
}

// TestManyCallersAtOnce is for the race detector: every read while things change.
func TestManyCallersAtOnce(t *testing.T) {
	f, _ := newFaulty(t)
	url := listen(t, f)
	fw := follow(t, f, url, itms.RoleReadOnly)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := range 10 {
				a := f.call(itms.RoleBSS, "POST", ordersPath, orderJSON(fmt.Sprintf("P-%d-%d", i, n)))
				if a.status != http.StatusCreated {
					t.Errorf("submit: %d %s", a.status, a.body)
				}
				f.call("", "GET", ordersPath, "", "Authorization: Bearer itms_wrong")
				for _, row := range matrix {
					if row.method == "GET" && row.path != eventsPath {
						if a := f.call(itms.RoleAdmin, "GET", existing(row.path), ""); a.status != 200 {
							t.Errorf("%s: %d %s", row.path, a.status, a.body)
						}
					}
				}
			}
		})
	}
	f.journal(numbered(1, 50)...)
	for range 50 {
		fw.event()
	}
	wg.Wait()
}

func TestStreamOfABrokenStoreEnds(t *testing.T) {
	f, faulty := newFaulty(t)
	fw := follow(t, f, listen(t, f), itms.RoleOperator)
	faulty.left.Store(0)
	if err := faulty.Store.Update(t.Context(), func(tx itms.Tx) error {
		return tx.Journal().Append(&itms.Event{Type: "x", Text: "x", At: testTime})
	}); err != nil {
		t.Fatal(err)
	}
	fw.ended()
}

func TestFilledOptions(t *testing.T) {
	var o Options
	o.fill()
	if o.Clock == nil || o.Ready == nil || o.Gatherer == nil || o.Heartbeat != 15*time.Second {
		t.Errorf("%+v", o)
	}
}
