//go:build linux

// Package tftpload fetches files by TFTP as many clients at once, each with a new socket
// for each transfer, to measure servers. It is one thread with an event loop of its own, so
// that little of the machine is its own, and meant for a process of its own.
package tftpload

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// Load is what is to be fetched.
type Load struct {
	Server    netip.AddrPort // IPv4
	Name      string
	BlockSize int // 0: no options
	Clients   int // at once
	Transfers int // in all
	Size      int // of the file
}

// Result is what came of it.
type Result struct {
	Elapsed  time.Duration
	P50, P99 time.Duration
	Resent   int // packets sent again by the clients
}

// Layout of packets (RFC 1350 §5, RFC 2347).
const (
	opRRQ, opDATA, opACK, opOACK = 1, 3, 4, 6

	headSize       = 4
	plainBlockSize = 512
)

// Run makes the transfers. It fails at the first packet that is not as it should be.
func (l Load) Run(ctx context.Context) (r Result, err error) {
	g := &generator{Load: l, to: &syscall.SockaddrInet4{Port: int(l.Server.Port()), Addr: l.Server.Addr().As4()},
		request: l.request(), clients: map[int32]*loadClient{}}
	if g.epoll, err = syscall.EpollCreate1(0); err != nil {
		return r, err
	}
	defer func() {
		for fd := range g.clients {
			syscall.Close(int(fd))
		}
		syscall.Close(g.epoll)
	}()
	begun := time.Now()
	for range min(l.Clients, l.Transfers) {
		g.begin()
	}
	for len(g.clients) > 0 && g.err == nil && ctx.Err() == nil {
		g.wait()
	}
	if g.err != nil || ctx.Err() != nil || len(g.took) == 0 {
		return r, cmp.Or(g.err, ctx.Err())
	}
	slices.Sort(g.took)
	return Result{Elapsed: time.Since(begun), P50: g.took[len(g.took)/2], P99: g.took[len(g.took)*99/100], Resent: g.resent}, nil
}

// request is the RRQ.
func (l *Load) request() []byte {
	b := append([]byte{0, opRRQ}, l.Name...)
	b = append(b, "\x00octet\x00"...)
	if l.BlockSize > 0 {
		b = append(append(append(b, "blksize\x00"...), strconv.Itoa(l.BlockSize)...), 0)
	}
	return b
}

// generator runs the clients.
type generator struct {
	Load
	err     error // the first
	epoll   int
	to      *syscall.SockaddrInet4
	request []byte
	clients map[int32]*loadClient
	begun   int
	took    []time.Duration
	resent  int
	events  [256]syscall.EpollEvent
	buf     [65536]byte
}

// loadClient is one transfer.
type loadClient struct {
	fd       int
	begun    time.Time
	sent     time.Time // the last packet
	packet   []byte
	to       syscall.Sockaddr
	block    uint16
	got      int
	blockLen int
}

// begin starts a transfer with a new socket.
func (g *generator) begin() {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		g.fail(err)
		return
	}
	if err := syscall.EpollCtl(g.epoll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}); err != nil {
		g.fail(err)
	}
	g.begun++
	c := &loadClient{fd: fd, begun: time.Now(), packet: g.request, to: g.to, blockLen: plainBlockSize}
	g.clients[int32(fd)] = c
	g.send(c)
}

// send sends the client's packet.
func (g *generator) send(c *loadClient) {
	c.sent = time.Now()
	if err := syscall.Sendto(c.fd, c.packet, 0, c.to); err != nil {
		g.fail(err)
	}
}

// wait lets the clients whose sockets have something take it.
func (g *generator) wait() {
	n, err := syscall.EpollWait(g.epoll, g.events[:], 500)
	if err != nil && err != syscall.EINTR {
		g.fail(err)
	}
	for _, e := range g.events[:max(n, 0)] {
		g.take(g.clients[e.Fd])
	}
	if n <= 0 {
		g.again()
	}
}

// again repeats what was not answered for a second.
func (g *generator) again() {
	for _, c := range g.clients {
		if time.Since(c.sent) > time.Second {
			g.resent++
			g.send(c)
		}
	}
}

// take reads a packet of the server and answers it.
func (g *generator) take(c *loadClient) {
	n, from, err := syscall.Recvfrom(c.fd, g.buf[:], 0)
	if err != nil {
		g.fail(err)
		return
	}
	packet := g.buf[:n]
	c.to = from
	op := opcode(packet)
	switch {
	case op == opOACK:
		c.blockLen = g.BlockSize
	case op == opDATA && n >= headSize && binary.BigEndian.Uint16(packet[2:]) == c.block+1:
		c.block++
		c.got += n - headSize
	default:
		g.fail(fmt.Errorf("packet % x", packet[:min(n, 40)]))
		return
	}
	c.packet = binary.BigEndian.AppendUint16([]byte{0, opACK}, c.block)
	g.send(c)
	if op == opDATA && n-headSize < c.blockLen {
		g.end(c)
	}
}

// end checks a transfer and starts the next.
func (g *generator) end(c *loadClient) {
	if c.got != g.Size {
		g.fail(fmt.Errorf("%d octets", c.got))
	}
	g.took = append(g.took, time.Since(c.begun))
	delete(g.clients, int32(c.fd))
	if err := syscall.Close(c.fd); err != nil {
		g.fail(err)
	}
	if g.begun < g.Transfers {
		g.begin()
	}
}

// fail notes the first error.
func (g *generator) fail(err error) { g.err = cmp.Or(g.err, err) }

// opcode is what a packet is, 0 when it is too short to be anything.
func opcode(packet []byte) uint16 {
	if len(packet) < 2 {
		return 0
	}
	return binary.BigEndian.Uint16(packet)
}
