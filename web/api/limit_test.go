package api

import (
	"encoding/binary"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"
)

// tick is a clock that a test moves.
type tick struct{ at time.Time }

func (c *tick) now() time.Time { return c.at }

func TestFailLimiterCountsPerAddressAndWindow(t *testing.T) {
	clock := &tick{testTime}
	l := newFailLimiter(clock.now)
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	for i := range maxFails {
		if wait := l.failed(a); wait != 0 {
			t.Fatalf("failure %d: wait %v", i+1, wait)
		}
	}
	clock.at = clock.at.Add(20 * time.Second)
	if wait := l.failed(a); wait != 40*time.Second {
		t.Errorf("over the limit: wait %v", wait)
	}
	if wait := l.failed(b); wait != 0 {
		t.Errorf("another address waits %v", wait)
	}
	clock.at = clock.at.Add(failWindow)
	if wait := l.failed(a); wait != 0 {
		t.Errorf("a new window waits %v", wait)
	}
}

// address is the nth address of 198.18.0.0/15, which is meant for tests.
func address(n int) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], 198<<24|18<<16|uint32(n))
	return netip.AddrFrom4(b)
}

func TestFailLimiterMemoryIsBounded(t *testing.T) {
	clock := &tick{testTime}
	l := newFailLimiter(clock.now)
	for n := range 3 * maxSources {
		l.failed(address(n))
		if len(l.sources) > maxSources {
			t.Fatalf("%d addresses remembered", len(l.sources))
		}
	}
}

func TestFailLimiterForgetsWhatIsOverFirst(t *testing.T) {
	clock := &tick{testTime}
	l := newFailLimiter(clock.now)
	for n := range maxSources - 1 {
		l.failed(address(n))
	}
	clock.at = clock.at.Add(failWindow - time.Second)
	current := netip.MustParseAddr("192.0.2.9")
	for range maxFails {
		l.failed(current)
	}
	clock.at = clock.at.Add(2 * time.Second)
	l.failed(address(maxSources))
	if wait := l.failed(current); wait == 0 {
		t.Error("a current count was dropped although old ones were there")
	}
}

func TestRemoteAddr(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:1234":              "192.0.2.1",
		"[::ffff:192.0.2.1]:1234":     "192.0.2.1",
		"[2001:db8:1:2:3:4:5:6]:1234": "2001:db8:1:2::",
		"[fe80::1%eth0]:1234":         "fe80::",
		"192.0.2.1":                   "192.0.2.1",
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = remote
		if got := remoteAddr(r).String(); got != want {
			t.Errorf("%s: %s, want %s", remote, got, want)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if r.RemoteAddr = "@"; remoteAddr(r).IsValid() {
		t.Error("a Unix socket has no address")
	}
}
