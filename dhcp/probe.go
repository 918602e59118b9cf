package dhcp

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
)

// Limits of probes.
const (
	// maxProbes wait at once; beyond them addresses are offered unasked.
	maxProbes = 1_024
	// protocolICMP is its number within IPv4.
	protocolICMP = 1
	// maxEcho is more than an answer to our echo is long.
	maxEcho = 128
)

// prober asks addresses whether somebody answers there (RFC 2131 §4.4.1, RFC 792).
type prober struct {
	conn    *icmp.PacketConn
	raw     bool
	timeout time.Duration
	wg      sync.WaitGroup

	mu      sync.Mutex // guards all below
	seq     uint16
	waiting map[netip.Addr]*probe
	closed  bool
}

// probe is a question that waits for its answer.
type probe struct {
	timer *time.Timer
	tell  func(alive bool)
}

// newProber opens a socket for echoes: one that needs no rights where the system has it
// (net.ipv4.ping_group_range), else a raw one.
func newProber(timeout time.Duration) (*prober, error) {
	p := &prober{timeout: timeout, waiting: map[netip.Addr]*probe{}}
	var err error
	if p.conn, err = icmp.ListenPacket("udp4", "0.0.0.0"); err != nil {
		p.raw = true
		var failed error
		if p.conn, failed = icmp.ListenPacket("ip4:icmp", "0.0.0.0"); failed != nil {
			return nil, errors.Join(err, failed)
		}
	}
	p.wg.Go(p.read)
	return p, nil
}

// ask asks an address, and calls tell once with whether somebody answered in time. It
// reports false, and never calls tell, when it cannot ask.
func (p *prober) ask(addr netip.Addr, tell func(alive bool)) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.waiting) >= maxProbes || p.waiting[addr] != nil || !p.send(addr) {
		return false
	}
	p.wg.Add(1)
	p.waiting[addr] = &probe{time.AfterFunc(p.timeout, func() { p.settle(addr, false) }), tell}
	return true
}

// send sends one echo.
func (p *prober) send(addr netip.Addr) bool {
	p.seq++
	m := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: os.Getpid() & 0xffff, Seq: int(p.seq), Data: []byte("itms dhcp")}}
	b, err := m.Marshal(nil)
	if err != nil {
		return false
	}
	var to net.Addr = &net.UDPAddr{IP: addr.AsSlice()}
	if p.raw {
		to = &net.IPAddr{IP: addr.AsSlice()}
	}
	_, err = p.conn.WriteTo(b, to)
	return err == nil
}

// settle tells what became of a question.
func (p *prober) settle(addr netip.Addr, alive bool) {
	p.mu.Lock()
	one := p.waiting[addr]
	delete(p.waiting, addr)
	p.mu.Unlock()
	if one == nil {
		return
	}
	one.timer.Stop()
	one.tell(alive)
	p.wg.Done()
}

// read takes answers in until the socket is closed.
func (p *prober) read() {
	b := make([]byte, maxEcho)
	for {
		n, from, err := p.conn.ReadFrom(b)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(readPause)
			continue
		}
		if m, err := icmp.ParseMessage(protocolICMP, b[:n]); err == nil && m.Type == ipv4.ICMPTypeEchoReply {
			p.settle(addressIn(from), true)
		}
	}
}

// addressIn is the address of a peer.
func addressIn(a net.Addr) netip.Addr {
	var ip net.IP
	switch a := a.(type) {
	case *net.UDPAddr:
		ip = a.IP
	case *net.IPAddr:
		ip = a.IP
	}
	addr, _ := netip.AddrFromSlice(ip)
	return addr.Unmap()
}

// close ends all questions without an answer.
func (p *prober) close() error {
	p.mu.Lock()
	p.closed = true
	for addr, one := range p.waiting {
		if one.timer.Stop() {
			p.wg.Done()
			delete(p.waiting, addr)
		}
	}
	p.mu.Unlock()
	err := p.conn.Close()
	p.wg.Wait()
	return err
}
