package dhcpclient

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"time"

	"golang.org/x/net/ipv4"
)

// loadBatch messages are sent or read with one system call.
const loadBatch = 64

// Load makes exchanges of many new clients with a server, all through one relay.
type Load struct {
	Server netip.AddrPort
	Relay  netip.AddrPort // giaddr, and where the relay takes answers
	Count  int            // exchanges
	First  int            // number of the first client
	// Rate is how many begin in a second; 0 = as soon as one of Window is through.
	Rate   float64
	Window int
	// Timeout is when a message is lost; 0 = 1 s. Nothing is sent again.
	Timeout time.Duration
	// Done is told of each acknowledged lease. Nil: nobody.
	Done func(client int, a *Answer) `json:"-"`
}

// Result is what became of a Load.
type Result struct {
	Sent    int           // exchanges begun
	Done    int           // that ended with DHCPACK
	Refused int           // that ended with DHCPNAK
	Elapsed time.Duration // from the first message to the last answer
	Median  time.Duration // of exchanges
	P99     time.Duration
}

// LoadMAC is the address of the n-th client of a Load: locally administered.
func LoadMAC(n int) (mac [6]byte) {
	mac[0] = 2
	binary.BigEndian.PutUint32(mac[2:], uint32(n))
	return mac
}

// Run makes the exchanges. It fails when the socket does.
func (l Load) Run(ctx context.Context) (Result, error) {
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(l.Relay))
	if err != nil {
		return Result{}, err
	}
	defer conn.Close()
	if err := errors.Join(conn.SetReadBuffer(8<<20), conn.SetWriteBuffer(8<<20)); err != nil {
		return Result{}, err
	}
	if l.Timeout == 0 {
		l.Timeout = time.Second
	}
	r := &running{Load: l, batch: ipv4.NewPacketConn(conn), conn: conn, to: net.UDPAddrFromAddrPort(l.Server), clients: make([]loadClient, l.Count)}
	c := Modem([6]byte{}, l.Relay.Addr())
	c.Modem = [6]byte{1, 1, 1, 1, 1, 1}
	r.discover = c.Discover(0)
	r.request = c.Request(0, &Answer{Address: netip.IPv4Unspecified(), ServerID: netip.IPv4Unspecified()})
	r.macAt = [2]int{lastIndex(r.discover, c.Modem[:]), lastIndex(r.request, c.Modem[:])}
	return r.run(ctx)
}

// lastIndex is where a piece begins in b.
func lastIndex(b, piece []byte) int {
	for i := len(b) - len(piece); i >= 0; i-- {
		if slices.Equal(b[i:i+len(piece)], piece) {
			return i
		}
	}
	return -1
}

// running is a Load on its way.
type running struct {
	Load
	conn              *net.UDPConn
	batch             *ipv4.PacketConn
	to                *net.UDPAddr
	discover, request []byte
	macAt             [2]int // of option 82.2 in both
	clients           []loadClient
	out               []ipv4.Message
	began             time.Time
	last              time.Time // of the last answer
	next, open        int
	oldest            int // clients before are through or lost
	result            Result
	took              []time.Duration
}

// loadClient is one client's exchange.
type loadClient struct {
	at    time.Time // of its first message
	state byte
}

// States of a client.
const (
	loadWaits = iota
	loadDiscovers
	loadRequests
	loadOver
)

// run sends and reads by turns until all are through or lost.
func (r *running) run(ctx context.Context) (Result, error) {
	in := make([]ipv4.Message, loadBatch)
	for i := range in {
		in[i].Buffers = [][]byte{make([]byte, 1500)}
	}
	r.began = time.Now()
	r.last = r.began
	for r.oldest < r.Count && ctx.Err() == nil {
		now := time.Now()
		r.expire(now)
		r.begin(now)
		if err := r.flush(); err != nil {
			return r.result, err
		}
		if err := r.conn.SetReadDeadline(now.Add(time.Millisecond)); err != nil {
			return r.result, err
		}
		n, err := r.batch.ReadBatch(in, 0)
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return r.result, err
		}
		now = time.Now()
		for i := range max(n, 0) {
			r.take(in[i].Buffers[0][:in[i].N], now)
		}
		if err := r.flush(); err != nil {
			return r.result, err
		}
	}
	return r.finish(), ctx.Err()
}

// begin starts as many exchanges as are due.
func (r *running) begin(now time.Time) {
	due := r.Window - r.open
	if r.Rate > 0 {
		due = int(now.Sub(r.began).Seconds()*r.Rate) - r.next
	}
	for range min(due, r.Count-r.next, 4*loadBatch) {
		b := slices.Clone(r.discover)
		r.address(b, r.macAt[0], r.next)
		r.clients[r.next] = loadClient{now, loadDiscovers}
		r.next++
		r.open++
		r.send(b)
	}
}

// address writes a client's number and MAC into a message.
func (r *running) address(b []byte, remoteAt, n int) {
	binary.BigEndian.PutUint32(b[4:], uint32(n))
	mac := LoadMAC(r.First + n)
	copy(b[28:], mac[:])
	copy(b[remoteAt:], mac[:])
}

// take takes an answer in. What is read of an offer is where this package's own server
// and others write it: the first options are looked through.
func (r *running) take(b []byte, now time.Time) {
	a, err := Parse(b)
	if err != nil || int(a.XID) >= r.next {
		return
	}
	n := int(a.XID)
	c := &r.clients[n]
	switch {
	case a.Type == Offer && c.state == loadDiscovers:
		c.state = loadRequests
		b := slices.Clone(r.request)
		r.address(b, r.macAt[1], n)
		copy(b[header+5:], a.Address.AsSlice())
		copy(b[header+11:], a.ServerID.AsSlice())
		r.send(b)
	case a.Type == ACK && c.state == loadRequests:
		r.over(c)
		r.result.Done++
		r.took = append(r.took, now.Sub(c.at))
		r.last = now
		if r.Done != nil {
			r.Done(r.First+n, a)
		}
	case a.Type == NAK && c.state == loadRequests:
		r.over(c)
		r.result.Refused++
	}
}

// over ends an exchange.
func (r *running) over(c *loadClient) {
	c.state = loadOver
	r.open--
}

// expire gives lost ones up.
func (r *running) expire(now time.Time) {
	for r.oldest < r.next {
		c := &r.clients[r.oldest]
		if c.state != loadOver {
			if now.Sub(c.at) < r.Timeout {
				return
			}
			r.over(c)
		}
		r.oldest++
	}
}

// send puts a message into the batch.
func (r *running) send(b []byte) {
	r.out = append(r.out, ipv4.Message{Buffers: [][]byte{b}, Addr: r.to})
}

// flush sends what is in the batch.
func (r *running) flush() error {
	for out := r.out; len(out) > 0; {
		n, err := r.batch.WriteBatch(out[:min(len(out), loadBatch)], 0)
		if err != nil {
			return err
		}
		out = out[n:]
	}
	r.out = r.out[:0]
	return nil
}

// finish counts up.
func (r *running) finish() Result {
	r.result.Sent, r.result.Elapsed = r.next, r.last.Sub(r.began)
	if len(r.took) > 0 {
		slices.Sort(r.took)
		r.result.Median, r.result.P99 = r.took[len(r.took)/2], r.took[len(r.took)*99/100]
	}
	return r.result
}
