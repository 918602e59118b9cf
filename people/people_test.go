package people

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"itms"
	"itms/store/boltdb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cheap are passwords that cost next to nothing.
var cheap = Cost{Memory: 8, Time: 1, Threads: 1}

const (
	password = "a row of four words"
	another  = "another row of words"
)

// world is a service over a store of its own, with a clock of its own.
type world struct {
	*Service
	t     *testing.T
	store itms.Store

	mu  sync.Mutex // guards at
	at  time.Time
	opt Options
}

// newWorld makes one.
func newWorld(t *testing.T) *world {
	t.Helper()
	store, err := boltdb.Open(t.Context(), filepath.Join(t.TempDir(), "itms.db"), boltdb.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, store: store, at: time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)}
	w.opt = Options{Store: store, Key: []byte("synthetic"), Cost: cheap, Clock: w.clock}
	w.Service = New(w.opt)
	return w
}

// clock is the time.
func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

// pass lets time pass.
func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

// add makes a user whose password need not be changed.
func (w *world) add(name string, role itms.Role) {
	w.t.Helper()
	if _, _, err := w.AddUser(w.t.Context(), itms.UserRequest{Name: name, Role: role, Password: itms.NewSecret(password), Settled: true}); err != nil {
		w.t.Fatal(err)
	}
}

// try signs in.
func (w *world) try(name, password, browser string) (*itms.Session, error) {
	return w.SignIn(w.t.Context(), itms.SignInAttempt{Name: name, Password: itms.NewSecret(password), Browser: browser})
}

// enter signs in and must succeed.
func (w *world) enter(name string) *itms.Session {
	w.t.Helper()
	in, err := w.try(name, password, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return in
}

// refused fails the test unless err has the code.
func refused(t *testing.T, what string, err error, code string) {
	t.Helper()
	var e *itms.Error
	if !asError(err, &e) || e.Code != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

func TestLimitsOfGuessing(t *testing.T) {
	w := newWorld(t)
	w.add("one", itms.RoleOperator)
	w.add("two", itms.RoleOperator)
	known := w.enter("one").Browser
	for range triesOfName {
		_, err := w.try("one", another, "")
		refused(t, "wrong", err, itms.CodeSignIn)
	}
	_, err := w.try("one", password, "")
	refused(t, "locked", err, itms.CodeRateLimited)
	if _, err := w.try("one", password, known); err != nil {
		t.Errorf("a known browser: %v", err)
	}
	for _, browser := range []string{w.enter("two").Browser, known + "x", known[1:], "x.y.z", "."} {
		_, err = w.try("one", password, browser)
		refused(t, "a browser of somebody else", err, itms.CodeRateLimited)
	}
	for range triesOfAddress - triesOfName {
		_, err := w.try("nobody"+itms.NewID(w.clock()), another, "")
		refused(t, "wrong", err, itms.CodeSignIn)
	}
	_, err = w.try("two", password, "")
	refused(t, "address", err, itms.CodeRateLimited)
	for range triesOfBrowser {
		_, err := w.try("one", another, known)
		refused(t, "wrong", err, itms.CodeSignIn)
	}
	_, err = w.try("one", password, known)
	refused(t, "browser", err, itms.CodeRateLimited)
	w.pass(tryWindow)
	w.enter("one")
	w.pass(browserLife)
	if w.readBrowser("one", known) != "" {
		t.Error("a browser is known for ever")
	}
}

func TestCountersAreBounded(t *testing.T) {
	now := time.Unix(0, 0)
	l := newLimits(func() time.Time { return now })
	for i := range maxCounters + 10 {
		if i == maxCounters/2 {
			now = now.Add(tryWindow)
		}
		l.refused([]bound{{itms.NewID(now), 1}})
	}
	if len(l.counters) > maxCounters*3/4 {
		t.Errorf("%d counters", len(l.counters))
	}
	for range maxCounters {
		l.refused([]bound{{itms.NewID(now), 1}})
	}
	if len(l.counters) > maxCounters {
		t.Errorf("%d counters", len(l.counters))
	}
}

// TestUnknownNamesCostTheSame: the hash that is checked has the cost of all others.
func TestUnknownNamesCostTheSame(t *testing.T) {
	w := newWorld(t)
	cost, salt, key, err := decode(w.nobody)
	if err != nil || cost != cheap || len(salt) != saltSize || len(key) != hashSize {
		t.Errorf("%+v %v", cost, err)
	}
	_, err = w.try("nobody", strings.Repeat("x", maxPassword+1), "")
	refused(t, "endless", err, itms.CodeSignIn)
}

// TestCostsAreRaised: a hash of another cost is good once, and made anew.
func TestCostsAreRaised(t *testing.T) {
	w := newWorld(t)
	w.add("one", itms.RoleOperator)
	dear := w.opt
	dear.Cost = Cost{Memory: 16, Time: 2, Threads: 1}
	w.Service = New(dear)
	w.enter("one")
	u, err := w.User(t.Context(), "one")
	if err != nil || !strings.HasPrefix(u.Password, "$argon2id$v=19$m=16,t=2,p=1$") {
		t.Errorf("%+v %v", u, err)
	}
	w.enter("one")
}

func TestSessionsOfOnePersonAreBounded(t *testing.T) {
	w := newWorld(t)
	w.add("one", itms.RoleOperator)
	oldest := w.enter("one")
	for range maxSessions {
		w.pass(time.Second)
		w.enter("one")
	}
	_, err := w.Who(t.Context(), oldest.Text)
	refused(t, "the oldest", err, itms.CodeUnauthenticated)
	w.pass(DefaultLife + time.Second)
	w.enter("one")
	var left int
	err = w.store.View(t.Context(), func(tx itms.Tx) error {
		list, err := tx.SignIns().OfUser("one")
		left = len(list)
		return err
	})
	if err != nil || left != 1 {
		t.Errorf("%d sessions left (%v)", left, err)
	}
}

// TestHashesAtOnce: a crowd at the door waits, and who gives up waits no more.
func TestHashesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Cost: cheap})
		if err := s.hashing.Acquire(t.Context(), hashesAtOnce); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.hash(ctx, password); err == nil {
			t.Error("hashed all the same")
		}
		if _, _, err := s.verify(ctx, password, s.nobody); err == nil {
			t.Error("verified all the same")
		}
	})
}
