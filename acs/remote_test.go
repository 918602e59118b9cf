package acs

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestRemoteOf(t *testing.T) {
	srv := newServer(t, newPlanner(), func(o *Options) {
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/28"), netip.MustParsePrefix("2001:db8::/64")}
	})
	for _, tc := range []struct {
		connection, want string
		hops             []string
	}{
		{"198.51.100.1:5", "198.51.100.1", []string{"203.0.113.9"}}, // not ours: it may say what it likes
		{"192.0.2.1:5", "203.0.113.9", []string{"203.0.113.9"}},
		{"192.0.2.1:5", "203.0.113.9", []string{"10.0.0.1, 203.0.113.9"}},
		{"192.0.2.1:5", "203.0.113.9", []string{"10.0.0.1, 203.0.113.9", "192.0.2.2"}},
		{"[2001:db8::1]:5", "2001:db8:1::2", []string{"2001:db8:1::2"}},
		{"192.0.2.1:5", "192.0.2.1", nil},
		{"192.0.2.1:5", "192.0.2.1", []string{"unknown"}},
		{"192.0.2.1:5", "192.0.2.3", []string{"192.0.2.3"}},
		{"pipe", "pipe", []string{"203.0.113.9"}},
	} {
		r := &http.Request{RemoteAddr: tc.connection, Header: http.Header{"X-Forwarded-For": tc.hops}}
		if got := srv.remoteOf(r); got != tc.want {
			t.Errorf("%s by %v: %s, want %s", tc.connection, tc.hops, got, tc.want)
		}
	}
}

func TestRemoteHost(t *testing.T) {
	for address, want := range map[string]string{"192.0.2.1:80": "192.0.2.1", "[2001:db8::1]:80": "2001:db8::1", "pipe": "pipe"} {
		if got := remoteHost(address); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}

func TestSourceOf(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8:1:2:3::4": "2001:db8:1:2::", "fe80::1%eth0": "fe80::",
	} {
		if got, ok := sourceOf(remote); !ok || got.String() != want {
			t.Errorf("%s: %v", remote, got)
		}
	}
	if _, ok := sourceOf("@"); ok {
		t.Error("@ is a source")
	}
}
