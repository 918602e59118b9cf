//go:build linux

package tftp

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"
)

// load is what the generator is told to do, as JSON in the variable loadEnv of a
// process of its own: the test binary once more. It works against any server.
type load struct {
	Server    [4]byte
	Port      int
	Name      string
	BlockSize int // 0: no options
	Clients   int // at once, each with a new socket for each transfer
	Transfers int // in all
	Size      int // of the file
}

// loaded is what came of it.
type loaded struct {
	Seconds  float64
	P50, P99 float64 // microseconds
	Resent   int     // packets sent again by the clients
}

// loadEnv is the variable.
const loadEnv = "TFTP_TEST_LOAD"

// generate runs the load of the environment and prints what came of it. It is one
// thread with an event loop of its own, so that little of the machine is its own.
func generate(text string) {
	var l load
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		fail(err)
	}
	g := &generator{load: l, to: &syscall.SockaddrInet4{Port: l.Port, Addr: l.Server}, clients: map[int32]*loadClient{}}
	c := ClientConfig{Name: l.Name, BlockSize: l.BlockSize}
	g.request = c.request()
	var err error
	if g.epoll, err = syscall.EpollCreate1(0); err != nil {
		fail(err)
	}
	begun := time.Now()
	for range min(l.Clients, l.Transfers) {
		g.begin()
	}
	for len(g.clients) > 0 {
		g.wait()
	}
	out := loaded{Seconds: time.Since(begun).Seconds(), Resent: g.resent}
	slices.Sort(g.took)
	out.P50 = float64(g.took[len(g.took)/2]) / 1000
	out.P99 = float64(g.took[len(g.took)*99/100]) / 1000
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		fail(err)
	}
}

// fail ends the generator.
func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// generator runs the clients.
type generator struct {
	load
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
		fail(err)
	}
	if err := syscall.EpollCtl(g.epoll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}); err != nil {
		fail(err)
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
		fail(err)
	}
}

// wait lets the clients whose sockets have something take it.
func (g *generator) wait() {
	n, err := syscall.EpollWait(g.epoll, g.events[:], 500)
	if err != nil && err != syscall.EINTR {
		fail(err)
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
		fail(err)
	}
	packet := g.buf[:n]
	c.to = from
	switch block, _ := number(packet); {
	case opcode(packet) == opOACK:
		c.blockLen = g.BlockSize
	case opcode(packet) == opDATA && block == c.block+1:
		c.block++
		c.got += n - headSize
	default:
		fail(fmt.Errorf("packet % x", packet[:min(n, 40)]))
	}
	c.packet = head(nil, opACK, c.block)
	g.send(c)
	if opcode(packet) == opDATA && n-headSize < c.blockLen {
		g.end(c)
	}
}

// end checks a transfer and starts the next.
func (g *generator) end(c *loadClient) {
	if c.got != g.Size {
		fail(fmt.Errorf("%d octets", c.got))
	}
	g.took = append(g.took, time.Since(c.begun))
	delete(g.clients, int32(c.fd))
	if err := syscall.Close(c.fd); err != nil {
		fail(err)
	}
	if g.begun < g.Transfers {
		g.begin()
	}
}
