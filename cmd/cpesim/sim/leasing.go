package sim

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"

	"itms"
	"itms/internal/dhcpclient"
)

// How DHCP clients repeat themselves, in units of a second.
const (
	dhcpTries    = 6  // of a message, as cable modems do
	longestPause = 16 // between two tries
)

// DHCP options that are read here.
const (
	optTimeServers = 4
	optRenewal     = 58
	optRebinding   = 59
	optTFTPName    = 66
	optBootFile    = 67
	optCCC         = 122
	optVendor      = 125
)

// Errors of a lease.
var (
	errSilent  = errors.New("no answer")
	errRefused = errors.New("refused (DHCPNAK)")
)

// leasing is the DHCP side of a modem, or of something behind one.
type leasing struct {
	cmts    *CMTS
	client  dhcpclient.Client
	answers <-chan *dhcpclient.Answer
	unit    time.Duration // what a second lasts
	twice   bool          // each message is sent twice
	told    func(step string, a *dhcpclient.Answer)

	lease *dhcpclient.Answer // nil: none
	since time.Time          // when it was acknowledged
}

// ask sends a message until an answer of one of the types comes, with pauses of 1, 2,
// 4, ... units.
func (l *leasing) ask(ctx context.Context, message func(xid uint32) []byte, want ...byte) (*dhcpclient.Answer, error) {
	xid := rand.Uint32()
	for try := range dhcpTries {
		for range l.copies() {
			if err := l.cmts.send(ctx, message(xid)); err != nil {
				return nil, err
			}
		}
		a, err := l.hear(ctx, xid, l.unit*time.Duration(min(1<<try, longestPause)), want)
		if a != nil || err != nil {
			return a, err
		}
	}
	return nil, errSilent
}

// copies is how often each message is sent.
func (l *leasing) copies() int {
	if l.twice {
		return 2
	}
	return 1
}

// hear waits for an answer; nil when none comes in time.
func (l *leasing) hear(ctx context.Context, xid uint32, wait time.Duration, want []byte) (*dhcpclient.Answer, error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case a := <-l.answers:
			if a.XID != xid {
				continue // of an earlier message
			}
			for _, kind := range want {
				if a.Type == kind {
					return a, nil
				}
			}
		case <-timer.C:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// acquire gets a lease: DISCOVER, OFFER, REQUEST, ACK.
func (l *leasing) acquire(ctx context.Context) error {
	l.told(StepDiscover, nil)
	offer, err := l.ask(ctx, l.client.Discover, dhcpclient.Offer)
	if err != nil {
		return fmt.Errorf("discover: %w", err)
	}
	l.told(StepOffer, offer)
	return l.take(ctx, "request", func(xid uint32) []byte { return l.client.Request(xid, offer) })
}

// reboot asks for an address from before (INIT-REBOOT).
func (l *leasing) reboot(ctx context.Context, addr netip.Addr) error {
	return l.take(ctx, "reboot", func(xid uint32) []byte { return l.client.Reboot(xid, addr) })
}

// take sends a request and keeps the lease that is acknowledged.
func (l *leasing) take(ctx context.Context, what string, message func(xid uint32) []byte) error {
	a, err := l.ask(ctx, message, dhcpclient.ACK, dhcpclient.NAK)
	return l.settle(what, a, err)
}

// settle keeps the lease of an answer.
func (l *leasing) settle(what string, a *dhcpclient.Answer, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", what, err)
	case a.Type == dhcpclient.NAK:
		l.lease = nil
		l.told(StepNAK, a)
		return fmt.Errorf("%s: %w", what, errRefused)
	}
	l.lease, l.since = a, time.Now()
	l.told(StepACK, a)
	return nil
}

// keep renews the lease as long as it can be, and returns why it is gone, or ctx's error.
func (l *leasing) keep(ctx context.Context) error {
	for {
		t1, t2 := l.timers()
		if err := sleep(ctx, time.Until(l.since.Add(t1))); err != nil {
			return err
		}
		l.told(StepRenew, nil)
		err := l.renew(ctx)
		if err != nil && !errors.Is(err, errRefused) && ctx.Err() == nil {
			if err = sleep(ctx, time.Until(l.since.Add(t2))); err != nil {
				return err
			}
			l.told(StepRebind, nil)
			addr := l.lease.Address
			err = l.take(ctx, "rebind", func(xid uint32) []byte { return l.client.Renew(xid, addr) })
		}
		if err != nil {
			return err
		}
	}
}

// timers are T1 and T2 (RFC 2131 §4.4.5).
func (l *leasing) timers() (t1, t2 time.Duration) {
	t1, t2 = l.lease.Lease/2, l.lease.Lease*7/8
	if v := l.lease.Options[optRenewal]; len(v) == 4 {
		t1 = time.Duration(binary.BigEndian.Uint32(v)) * time.Second
	}
	if v := l.lease.Options[optRebinding]; len(v) == 4 {
		t2 = time.Duration(binary.BigEndian.Uint32(v)) * time.Second
	}
	return t1, t2
}

// clientPort is where DHCP clients take answers that come to their own address.
const clientPort = 68

// renew asks the server itself from the leased address, where that may be bound; who may
// not asks through the relay, as at T2.
func (l *leasing) renew(ctx context.Context) error {
	local := net.UDPAddrFromAddrPort(netip.AddrPortFrom(l.lease.Address, clientPort))
	conn, err := net.DialUDP("udp4", local, net.UDPAddrFromAddrPort(l.cmts.config.Server))
	if err != nil {
		addr := l.lease.Address
		return l.take(ctx, "renew", func(xid uint32) []byte { return l.client.Renew(xid, addr) })
	}
	defer conn.Close()
	client := l.client
	client.Relay, client.Modem, client.Circuit = netip.Addr{}, itms.MAC{}, nil
	xid := rand.Uint32()
	if _, err := conn.Write(client.Renew(xid, l.lease.Address)); err != nil {
		return fmt.Errorf("renew: %w", err)
	}
	a, err := l.answerOf(ctx, conn, xid)
	return l.settle("renew", a, err)
}

// answerOf reads the answer to a renewal.
func (l *leasing) answerOf(ctx context.Context, conn *net.UDPConn, xid uint32) (*dhcpclient.Answer, error) {
	defer context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })() // ends the read
	if err := conn.SetReadDeadline(time.Now().Add(2 * l.unit)); err != nil {
		return nil, err
	}
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return nil, errors.Join(errSilent, ctx.Err())
		}
		if a, err := dhcpclient.Parse(append([]byte(nil), buf[:n]...)); err == nil && a.XID == xid {
			return a, nil
		}
	}
}

// release gives the address back.
func (l *leasing) release(ctx context.Context) error {
	if l.lease == nil {
		return nil
	}
	a := l.lease
	l.lease = nil
	l.told(StepRelease, a)
	return l.cmts.send(ctx, l.client.Release(rand.Uint32(), a.Address, a.ServerID))
}

// decline tells that somebody else has the address.
func (l *leasing) decline(ctx context.Context) error {
	a := l.lease
	l.lease = nil
	l.told(StepDecline, a)
	return l.cmts.send(ctx, l.client.Decline(rand.Uint32(), a.Address, a.ServerID))
}
