package workorder

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"itms"
)

func TestCallbackAddresses(t *testing.T) {
	p := DefaultPolicy()
	p.CallbackAllow = []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}
	for address, allowed := range map[string]bool{
		"203.0.113.9:443": true, "[2001:db8::1]:80": true, "10.1.2.3:80": true,
		"10.2.0.1:80": false, "127.0.0.1:80": false, "192.168.1.1:80": false, "172.16.0.1:80": false, "169.254.169.254:80": false,
		"100.64.0.1:80": false, "0.0.0.0:80": false, "[::1]:80": false, "[fe80::1]:80": false, "[fd00::1]:80": false,
		"[::ffff:127.0.0.1]:80": false, "[::ffff:10.1.2.3]:80": true, "224.0.0.1:80": false, "nonsense": false,
		"198.18.0.1:80": false, "198.19.255.1:80": false, "0.1.2.3:80": false, "240.0.0.1:80": false,
		"[64:ff9b::7f00:1]:80": false, "[64:ff9b::a00:1]:80": false, "[64:ff9b::a01:203]:80": true, "[64:ff9b::cb00:7109]:80": true,
		"[64:ff9b:1::1]:80": false,
	} {
		if err := p.guard("tcp", address, nil); (err == nil) != allowed {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestParseCallbackSecret(t *testing.T) {
	if s, err := ParseCallbackSecret(""); err != nil || s != nil {
		t.Errorf("no secret: %v %v", s, err)
	}
	s, err := ParseCallbackSecret("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
	if err != nil || string(s) != "0123456789abcdef0123456789abcdef" || s.String() != itms.Redacted {
		t.Errorf("%q %v", []byte(s), err)
	}
	for _, wrong := range []string{"secret", "whsec_", "whsec_%%%", "whsec_c2hvcnQ="} {
		if _, err := ParseCallbackSecret(wrong); err == nil || wrong != "whsec_" && strings.Contains(err.Error(), strings.TrimPrefix(wrong, "whsec_")) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

// The signature was computed with another implementation:
// printf '%s' 'msg_1.1700000000.{"a":1}' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef -binary | base64
func TestSignature(t *testing.T) {
	s := CallbackSecret("0123456789abcdef0123456789abcdef")
	got := s.sign("msg_1", time.Unix(1700000000, 0), []byte(`{"a":1}`))
	if want := "v1,rkwp5YuvdrMkcu0ZhuMsXoTg44mHAr1Q0+FFgFpXsjY="; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestBackoffGrowsWithinBounds(t *testing.T) {
	most := time.Duration(0)
	for tries := range 40 {
		d := backoff(tries)
		if d < deliverFirst/2 || d > deliverMost {
			t.Errorf("after %d tries: %s", tries, d)
		}
		most = max(most, d)
	}
	if most < deliverMost/2 {
		t.Errorf("never waits longer than %s", most)
	}
}

// A name that leads to a private address is refused at each delivery: what it meant
// when the order was posted proves nothing.
func TestPrivateAddressIsRefusedAtDelivery(t *testing.T) {
	d := NewDispatcher(New(Options{Policy: DefaultPolicy()}), nil)
	err := d.post(t.Context(), itms.Delivery{ID: "1", Target: "http://localhost:9/"})
	if !errors.Is(err, errRefusedAddress) {
		t.Errorf("%v", err)
	}
}

// What is kept of a failure names no address and is cut between characters.
func TestFailureText(t *testing.T) {
	long := errors.New("x" + strings.Repeat("é", failureLimit))
	got := failureText(&url.Error{Op: "Post", URL: "http://bss.example.com/?token=sekret", Err: long})
	if strings.Contains(got, "sekret") || len(got) != failureLimit-1 || !utf8.ValidString(got) {
		t.Errorf("%d bytes: %s", len(got), got)
	}
	if got := failureText(errors.New("refused")); got != "refused" {
		t.Error(got)
	}
}

// A line that is full leaves the rest to its lease, and only a host that answers
// makes the others wait.
func TestHangingHostBlocksNobody(t *testing.T) {
	l := &line{alive: time.Now(), flying: deliverPerHost, waiting: make([]held, deliverLine)}
	p := &pool{hosts: map[string]*line{"a": l}, flying: deliverPerHost}
	if !p.blocked() {
		t.Error("more is claimed while a lively host has work waiting")
	}
	l.alive = l.alive.Add(-2 * deliverPatience)
	if p.blocked() {
		t.Error("a hanging host blocks the others")
	}
	if p.flying = deliverSlots; !p.blocked() {
		t.Error("more is claimed than there are slots")
	}
}
