package acs

import (
	"cmp"
	"context"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"itms"
)

// Auth says how CPEs prove themselves (TR-069 Amd 6 §3.4.4).
type Auth string

// The ways of authentication.
const (
	AuthDigest Auth = "digest" // MD5 and SHA-256 are offered
	AuthBasic  Auth = "basic"  // in clear: only sensible over TLS
	AuthNone   Auth = "none"   // everybody is let in
)

// Options configure a [Server]. Planner, Node and Auth are required, and with
// digest or basic Username and Password.
type Options struct {
	Planner Planner
	Peers   Peers  // nil when this is the only node
	Tracer  Tracer // nil: sessions are never traced
	// Secret names parameters, beside those of itms.ParamPath.IsSecret, whose values
	// no trace may show; nil: there are none. It must be fast and safe for concurrent
	// use.
	Secret func(itms.ParamPath) bool
	Node   string // this node's name within the cookie: 1-64 of [A-Za-z0-9_-]

	Auth      Auth
	Username  string
	Password  itms.Secret
	DigestKey []byte // signs nonces; shared by all nodes; nil: random

	// ForwardKey signs what nodes forward to each other; at least 16 bytes.
	// Empty: nothing is forwarded and nothing forwarded is accepted.
	ForwardKey []byte

	// Own returns the credentials that this system gave to one device, by their user
	// name; false when it is not the name of such. It must not read a store: anybody
	// may ask. Nil: there are none.
	Own func(username string) (itms.OwnCredentials, bool)
	// Alarm journals what an operator should know of: guesses at passwords, devices
	// that are not who they say. It is called rarely, off the way of sessions. Nil: the
	// log tells it alone.
	Alarm func(ctx context.Context, e itms.Event) error
	// Hint tells how urgent an Inform is beyond its events. It is asked only when the
	// Inform would be turned away. Nil: nothing is known.
	Hint func(ctx context.Context, c *itms.Contact) itms.Urgency

	SessionTimeout time.Duration // until an idle session ends; 0: 30 s
	Limits         Limits

	// TrustedProxies are the addresses of our own balancers, IPv4 ones not mapped
	// to IPv6. X-Forwarded-For is read from its right end for as long as such a one
	// speaks; the first other address is the CPE's: the one in contacts and session
	// summaries, and the one by which wrong credentials are counted. Behind a
	// balancer that is not listed, all CPEs share its address. Nil: the connection
	// alone tells the address, and the header nothing.
	TrustedProxies []netip.Prefix

	// DenyLoopback refuses connection requests to loopback addresses, which a
	// device may name in its Inform; link-local ones are always refused.
	DenyLoopback bool

	// Called is told what became of each connection request, one report after the
	// other and never from within a session. Reports that wait longer than the store
	// can take them are dropped. Nil: nobody is told.
	Called func(ctx context.Context, id itms.DeviceID, report itms.CallReport)
	// Bound stores bindings that a device of this node's STUN server has proved and
	// that are new or have moved; many at once. Nil: other nodes do not know of them.
	Bound func(ctx context.Context, bindings map[itms.DeviceID]itms.UDPBinding) error

	Clock      func() time.Time      // nil: time.Now
	Logger     zerolog.Logger        // the zero value is silent
	Registerer prometheus.Registerer // nil: metrics are counted but not shown
}

// minForwardKey is half a SHA-256 block: shorter keys can be guessed.
const minForwardKey = 16

// maxNode keeps the cookie below 128 bytes, which small CPEs can hold.
const maxNode = 64

// withDefaults fills what may be left out.
func (o Options) withDefaults() Options {
	o.SessionTimeout = cmp.Or(o.SessionTimeout, defaultSessionTimeout)
	o.Limits = o.Limits.withDefaults()
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return o
}

// check reports what makes the options unusable, as KindInvalid.
func (o *Options) check() error {
	switch {
	case o.Planner == nil:
		return itms.Invalid("/planner", "is required")
	case !validNode(o.Node):
		return itms.Invalid("/node", "%q is not 1 to %d of A-Z a-z 0-9 _ -", o.Node, maxNode)
	case o.Auth != AuthDigest && o.Auth != AuthBasic && o.Auth != AuthNone:
		return itms.Invalid("/auth", "%q is not digest, basic or none", string(o.Auth))
	case o.Auth != AuthNone && (o.Username == "" || o.Password.IsZero()):
		return itms.Invalid("/username", "%s authentication needs a user name and a password", string(o.Auth))
	case len(o.ForwardKey) > 0 && len(o.ForwardKey) < minForwardKey:
		return itms.Invalid("/forwardKey", "is shorter than %d bytes", minForwardKey)
	case o.SessionTimeout < 0:
		return itms.Invalid("/sessionTimeout", "is negative")
	}
	return nil
}

// validNode reports whether a name can stand in a cookie value without quotes.
func validNode(name string) bool {
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return name != "" && len(name) <= maxNode
}
