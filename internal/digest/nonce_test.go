package digest

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func testMinter() *minter {
	return &minter{key: []byte("key"), realm: "r", rand: rand.NewChaCha8([32]byte{})}
}

func TestMintOpen(t *testing.T) {
	m := testMinter()
	nonce := m.mint(epoch)
	key, ours := m.open(nonce)
	if !ours || !key.issued().Equal(epoch) {
		t.Fatalf("open(%s) = %v, %v", nonce, key.issued(), ours)
	}
	if _, ours := m.open(strings.ToLower(nonce)); !ours {
		t.Error("lower case not recognised")
	}
	if m.mint(epoch) == nonce {
		t.Error("two nonces of one moment are equal")
	}
	for i := range len(nonce) {
		forged := []byte(nonce)
		forged[i] = "10"[b2i(forged[i] == '1')]
		if _, ours := m.open(string(forged)); ours {
			t.Errorf("digit %d changed, still accepted", i)
		}
	}
	for _, s := range []string{"", "zz", nonce[2:], nonce + "00"} {
		if _, ours := m.open(s); ours {
			t.Errorf("%q accepted", s)
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestOpenOtherRealmOrKey(t *testing.T) {
	nonce := testMinter().mint(epoch)
	if _, ours := (&minter{key: []byte("key"), realm: "x"}).open(nonce); ours {
		t.Error("nonce of another realm accepted")
	}
	if _, ours := (&minter{key: []byte("yek"), realm: "r"}).open(nonce); ours {
		t.Error("nonce of another key accepted")
	}
}

func TestMintWithoutRand(t *testing.T) {
	m := &minter{key: []byte("key"), rand: iotest.ErrReader(errors.New("broken"))}
	a, b := m.mint(epoch), m.mint(epoch)
	if a == b {
		t.Error("a broken source makes equal nonces")
	}
}

// slowWindow is the rule in its plainest form: a set, and the highest.
type slowWindow struct {
	seen map[uint32]bool
	high uint32
}

func (w *slowWindow) accept(nc uint32) bool {
	if w.seen[nc] || uint64(nc)+64 <= uint64(w.high) {
		return false
	}
	w.seen[nc] = true
	w.high = max(w.high, nc)
	return true
}

func TestWindowAgainstSlow(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var fast window
		slow := slowWindow{seen: map[uint32]bool{}}
		at := uint32(0)
		for range 300 {
			nc := uint32(max(0, int64(at)+r.Int64N(200)-90))
			at = max(at, nc)
			if got, want := fast.accept(nc), slow.accept(nc); got != want {
				t.Fatalf("accept(%d) at %d = %v, want %v", nc, at, got, want)
			}
		}
	}
}

func TestWindowEdges(t *testing.T) {
	var w window
	for i, step := range []struct {
		nc   uint32
		want bool
	}{{0, true}, {0, false}, {1 << 31, true}, {0, false}, {1<<31 - 63, true}, {1<<31 - 64, false},
		{1<<32 - 1, true}, {1<<32 - 1, false}, {1<<32 - 2, true}} {
		if got := w.accept(step.nc); got != step.want {
			t.Errorf("step %d: accept(%d) = %v", i, step.nc, got)
		}
	}
}

// keyAt is the n-th nonce key issued at a moment.
func keyAt(at time.Time, n uint16) nonceKey {
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(at.UnixMilli()))
	var k nonceKey
	copy(k[:], ms[8-nonceTime:])
	binary.BigEndian.PutUint16(k[nonceTime:], n)
	return k
}

func TestSpend(t *testing.T) {
	k := keyAt(epoch, 0)
	type step struct {
		nc      uint32
		counted bool
		after   time.Duration
		want    error
	}
	for name, steps := range map[string][]step{
		"counts":               {{1, true, 0, nil}, {2, true, 0, nil}, {2, true, 0, ErrReplay}, {1, true, 0, ErrReplay}, {3, true, 0, nil}},
		"out of order":         {{3, true, 0, nil}, {1, true, 0, nil}, {2, true, 0, nil}, {1, true, 0, ErrReplay}},
		"legacy once":          {{0, false, 0, nil}, {0, false, 0, ErrStale}},
		"legacy, then counted": {{0, false, 0, nil}, {1, true, 0, ErrStale}},
		"counted, then legacy": {{1, true, 0, nil}, {0, false, 0, ErrStale}},
		"expiry":               {{1, true, time.Minute, nil}, {2, true, time.Minute + time.Millisecond, ErrStale}},
		"future":               {{1, true, -maxSkew, nil}, {2, true, -maxSkew - time.Millisecond, ErrStale}},
	} {
		s := newStore(time.Minute, 4)
		for i, st := range steps {
			if err := s.spend(k, st.nc, st.counted, epoch.Add(st.after)); !errors.Is(err, st.want) {
				t.Errorf("%s, step %d: got %v, want %v", name, i, err, st.want)
			}
		}
	}
}

// A nonce pushed out of the store must become useless, not usable anew.
func TestEvictionIsNotReplay(t *testing.T) {
	s := newStore(time.Minute, 3)
	at := func(i int) time.Time { return epoch.Add(time.Duration(i) * time.Millisecond) }
	for i := range 10 {
		if err := s.spend(keyAt(at(i), 0), 1, true, at(i)); err != nil {
			t.Fatalf("nonce %d: %v", i, err)
		}
		if len(s.byKey) > 3 || len(s.old) != len(s.byKey) {
			t.Fatalf("%d nonces by key, %d by age, at most 3", len(s.byKey), len(s.old))
		}
	}
	for i := range 7 {
		if err := s.spend(keyAt(at(i), 0), 1, true, at(10)); !errors.Is(err, ErrStale) {
			t.Errorf("evicted nonce %d: got %v, want ErrStale", i, err)
		}
	}
	for i := 7; i < 10; i++ {
		if err := s.spend(keyAt(at(i), 0), 1, true, at(10)); !errors.Is(err, ErrReplay) {
			t.Errorf("kept nonce %d: got %v, want ErrReplay", i, err)
		}
	}
}

func TestExpiredAreForgotten(t *testing.T) {
	s := newStore(time.Minute, 1000)
	for i := range uint16(100) {
		if err := s.spend(keyAt(epoch, i), 1, true, epoch); err != nil {
			t.Fatal(err)
		}
	}
	later := epoch.Add(2 * time.Minute)
	if err := s.spend(keyAt(later, 0), 1, true, later); err != nil {
		t.Fatal(err)
	}
	if len(s.byKey) != 1 {
		t.Errorf("%d nonces kept, want 1", len(s.byKey))
	}
	if err := s.spend(keyAt(epoch, 1), 1, true, epoch); !errors.Is(err, ErrStale) {
		t.Errorf("after the clock went back: got %v, want ErrStale", err)
	}
}
