package tftp

import (
	"cmp"
	"errors"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// Limits that can be set by [Limits].
const (
	// DefaultTransfers at once hold about 20 MB with files of a kilobyte. At the rate of
	// 10,000 in a second it is reached when 3 of 10 clients fall silent.
	DefaultTransfers = 16_384
	// DefaultPerClient transfers of one address at once: a modem has one, and one of
	// firmware; several devices may be behind a NAT.
	DefaultPerClient = 32
	// DefaultPerSecond requests of one address are taken: those that ask again and again.
	DefaultPerSecond = 50
	// DefaultBlockSize fits into an Ethernet frame over IPv4 with the heads of UDP and
	// TFTP; IPv6 gets 20 octets less. Larger blocks would travel in fragments.
	DefaultBlockSize = 1468
	// DefaultWindow blocks are sent without an acknowledgement when the client asks for
	// as many: what a socket's usual buffer of 200 KiB takes at once.
	DefaultWindow = 64
	// DefaultPorts are the reply sockets of one listening address.
	DefaultPorts = 4
)

// Limits that are fixed.
const (
	// maxPorts is more than a client can have transfers from one port of its own.
	maxPorts = 256
	// maxRequest octets has a request; RFC 2347 says 512, some clients send more.
	maxRequest = 1024
	// maxName octets has a file name. The longest field of DHCP that names one is as long.
	maxName = 255
	// maxOptions are read of one request; five are known.
	maxOptions = 16
	// minBlockSize and maxBlockSize are the bounds of RFC 2348, maxWindow that of RFC 7440.
	minBlockSize, maxBlockSize, maxWindow = 8, 65464, 65535
	// plainBlockSize is that without options (RFC 1350).
	plainBlockSize = 512
	// maxTimeout of RFC 2349 that is agreed to; it allows 255 s, in which a client that
	// is gone would hold its place for 20 minutes.
	maxTimeout = 30 * time.Second
	// firstWait is how long an ACK is waited for; it doubles with each try.
	firstWait = time.Second
	// maxTries is how often a packet is sent: after 1, 2, 4 and 8 s again, until 31 s.
	maxTries = 5
	// maxText is the size of a file that is converted to netascii: it is done in memory.
	maxText = 1 << 20
	// openTimeout bounds the opening of a file. The client asks again by then.
	openTimeout = 5 * time.Second
	// ctxAge is how old the context of an opening may be.
	ctxAge = time.Second
	// openers requests are looked at at once: opening may wait for a store.
	openers = 64
	// dally is how long a finished transfer is remembered, so that late ACKs of the
	// client are not taken for those of a stranger.
	dally = 2 * time.Second
	// maxRemembered clients have transfers in flight or such as are over, at about 500
	// octets each: more than are served in the time of dally.
	maxRemembered = 65_536
	// maxSources addresses are counted, at about 100 octets each.
	maxSources = 65_536
	// drainTime is how long the server waits for transfers when it is closed: those of a
	// kilobyte are over in a moment, one of firmware is begun again anyway, and a client
	// that is gone would be waited for in vain.
	drainTime = 3 * time.Second
	// readPause keeps a broken socket from spinning.
	readPause = 10 * time.Millisecond
	// socketBuffer is asked for each socket: some thousands of small datagrams. The
	// system may grant less.
	socketBuffer = 4 << 20
)

// Options are the parts of a Server. Source is required.
type Options struct {
	Source Source
	// SinglePort answers from the port that was asked, for networks whose filters let
	// nothing else through. RFC 1350 wants another, and a client that repeats its
	// request late can disturb itself then.
	SinglePort bool
	// Ports is how many reply sockets each listening address has. A client can have as
	// many transfers at once from one port of its own. 0: DefaultPorts.
	Ports  int
	Limits Limits
	// Relays are addresses behind which many clients are, such as a CMTS that fetches for
	// its modems: the limits of one client do not count for them.
	Relays     []netip.Prefix
	Clock      func() time.Time // nil: time.Now
	Logger     zerolog.Logger
	Registerer prometheus.Registerer // nil: the metrics are registered nowhere

	openers int           // requests looked at at once; 0: openers. Tests that need an order have one
	drain   time.Duration // how long Close waits for transfers; 0: drainTime
}

// Limits bound what clients can ask for. Of each, 0 is the default, and below 0 no limit
// where that is possible.
type Limits struct {
	Transfers int // at once; beyond, requests are not answered. 0: DefaultTransfers
	PerClient int // at once of one address; beyond, they are not answered. 0: DefaultPerClient
	PerSecond int // requests of one address; beyond, they are not answered. 0: DefaultPerSecond
	BlockSize int // octets, 8 to 65464; a client that asks for more gets this. 0: DefaultBlockSize
	Window    int // blocks, 1 to 65535; a client that asks for more gets this. 0: DefaultWindow
}

// withDefaults fills in what is not set.
func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	o.Ports, o.openers = cmp.Or(o.Ports, DefaultPorts), cmp.Or(o.openers, openers)
	o.drain = cmp.Or(o.drain, drainTime)
	l := &o.Limits
	l.Transfers = cmp.Or(l.Transfers, DefaultTransfers)
	l.PerClient = cmp.Or(l.PerClient, DefaultPerClient)
	l.PerSecond = cmp.Or(l.PerSecond, DefaultPerSecond)
	l.BlockSize = cmp.Or(l.BlockSize, DefaultBlockSize)
	l.Window = cmp.Or(l.Window, DefaultWindow)
	return o
}

// check reports what cannot work.
func (o *Options) check() error {
	switch l := &o.Limits; {
	case o.Source == nil:
		return errors.New("tftp: no source")
	case o.Ports < 1 || o.Ports > maxPorts:
		return errors.New("tftp: ports must be 1 to 256")
	case l.BlockSize < minBlockSize || l.BlockSize > maxBlockSize:
		return errors.New("tftp: the block size must be 8 to 65464")
	case l.Window < 1 || l.Window > maxWindow:
		return errors.New("tftp: the window must be 1 to 65535")
	}
	return nil
}

// relayed reports whether an address stands for many clients.
func (o *Options) relayed(addr netip.Addr) bool {
	for _, p := range o.Relays {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
