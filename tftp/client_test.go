package tftp

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// fetching runs Get beside the test, which plays the server.
func fetching(t *testing.T, c ClientConfig) (*peer, func() ([]byte, error)) {
	t.Helper()
	server := newPeer(t, "127.0.0.1")
	c.Server, c.Name = server.conn.LocalAddr().(*net.UDPAddr).AddrPort(), "cm"
	type end struct {
		content []byte
		err     error
	}
	ends := make(chan end, 1)
	go func() {
		content, err := Get(t.Context(), c)
		ends <- end{content, err}
	}()
	return server, func() ([]byte, error) {
		e := <-ends
		return e.content, e.err
	}
}

// block is a DATA packet.
func block(number uint16, content string) []byte {
	return append(head(nil, opDATA, number), content...)
}

// acked takes an ACK.
func (p *peer) acked(block uint16) {
	p.t.Helper()
	if b := p.take(); !bytes.Equal(b, head(nil, opACK, block)) {
		p.t.Fatalf("%s, want an ACK of %d", shown(b), block)
	}
}

// TestClientAsks: the request, byte by byte, and from where.
func TestClientAsks(t *testing.T) {
	server, end := fetching(t, ClientConfig{BlockSize: 1448, Window: 4, Options: map[string]string{"netaddr": "192.0.2.1"}, Local: netip.MustParseAddrPort("127.0.0.77:0")})
	if b := server.take(); string(b) != string(z("|\x01cm|octet|blksize|1448|windowsize|4|netaddr|192.0.2.1|")) {
		t.Errorf("%s", shown(b))
	}
	if server.to.Addr() != netip.MustParseAddr("127.0.0.77") {
		t.Errorf("from %s", server.to)
	}
	server.send(server.to, errorPacket(codeAccess, "no"))
	var e *Error
	if _, err := end(); !errors.As(err, &e) || e.Code != codeAccess || e.Message != "no" {
		t.Error(err)
	}
}

// TestClientRepeats what is not answered, and takes copies for what they are.
func TestClientRepeats(t *testing.T) {
	server, end := fetching(t, ClientConfig{BlockSize: 8, Wait: 20 * time.Millisecond, Tries: 100})
	first := server.take()
	if again := server.take(); !bytes.Equal(first, again) {
		t.Errorf("%s, then %s", shown(first), shown(again))
	}
	server.send(server.to, z("|\x06blksize|8|"))
	server.until(0)
	server.send(server.to, block(1, "12345678"))
	server.until(1)
	server.send(server.to, block(1, "12345678")) // a copy
	server.send(server.to, block(2, "9"))
	server.until(2)
	if got, err := end(); err != nil || string(got) != "123456789" {
		t.Errorf("%q, %v", got, err)
	}
}

// until takes packets until the ACK of a block.
func (p *peer) until(block uint16) {
	p.t.Helper()
	for b := p.take(); !bytes.Equal(b, head(nil, opACK, block)); b = p.take() {
	}
}

// TestClientWindow acknowledges windows, and a gap in one once.
func TestClientWindow(t *testing.T) {
	server, end := fetching(t, ClientConfig{BlockSize: 8, Window: 3})
	server.take()
	server.send(server.to, z("|\x06blksize|8|windowsize|3|"))
	server.acked(0)
	for _, n := range []uint16{1, 2, 3} {
		server.send(server.to, block(n, "12345678"))
	}
	server.acked(3)
	for _, n := range []uint16{4, 6, 7, 6} { // 5 is lost
		server.send(server.to, block(n, "12345678"))
	}
	server.acked(4)
	server.send(server.to, block(5, "12345678"))
	server.send(server.to, block(6, "end"))
	server.acked(6)
	if got, err := end(); err != nil || len(got) != 43 {
		t.Errorf("%q, %v", got, err)
	}
}

// TestClientTellsStrangers: a packet of another port is answered with ERROR 5.
func TestClientTellsStrangers(t *testing.T) {
	server, end := fetching(t, ClientConfig{})
	server.take()
	client := server.to
	server.send(client, block(1, string(octets(512))))
	server.acked(1)
	stranger := newPeer(t, "127.0.0.1")
	stranger.send(client, block(2, "false"))
	stranger.refused(codeUnknownTID)
	server.send(client, block(2, "true"))
	server.acked(2)
	if got, err := end(); err != nil || len(got) != 516 {
		t.Errorf("%d octets, %v", len(got), err)
	}
}

// TestClientRefuses what no server may send.
func TestClientRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		packet []byte
		want   error
	}{
		"a longer block than asked": {block(1, string(octets(513))), ErrProtocol},
		"a larger blksize":          {z("|\x06blksize|1449|"), ErrProtocol},
		"an option not asked for":   {z("|\x06windowsize|2|"), ErrProtocol},
		"no packet":                 {[]byte{7}, ErrProtocol},
		"DATA without a number":     {[]byte{0, opDATA, 1}, ErrProtocol},
		"too large":                 {block(1, "12345"), ErrTooLarge},
		"not found":                 {errorPacket(codeNotFound, "File not found"), ErrNotFound},
		"an ERROR without an end":   {[]byte{0, opERROR, 0, 1}, ErrNotFound},
	} {
		server, end := fetching(t, ClientConfig{MaxSize: 4, BlockSize: 1448})
		server.take()
		server.send(server.to, c.packet)
		if _, err := end(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestClientGivesUp(t *testing.T) {
	_, end := fetching(t, ClientConfig{Wait: time.Millisecond, Tries: 3})
	if _, err := end(); !errors.Is(err, ErrNoAnswer) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	silent := newPeer(t, "127.0.0.1")
	done := make(chan error, 1)
	go func() {
		_, err := Get(ctx, ClientConfig{Server: silent.conn.LocalAddr().(*net.UDPAddr).AddrPort(), Name: "cm"})
		done <- err
	}()
	silent.take()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestClientDallies: the last ACK is sent again for as long as it waits.
func TestClientDallies(t *testing.T) {
	server, end := fetching(t, ClientConfig{Dally: 200 * time.Millisecond, Lose: func(sent bool, packet []byte) bool {
		return !sent && strings.HasSuffix(string(packet), "lost")
	}})
	server.take()
	server.send(server.to, block(1, "lost"))
	server.send(server.to, block(1, "end"))
	server.acked(1)
	for range 3 {
		server.send(server.to, block(1, "end"))
		server.acked(1)
	}
	server.send(server.to, block(2, "more"))
	server.send(server.to, []byte{7})
	if got, err := end(); err != nil || string(got) != "end" {
		t.Errorf("%q, %v", got, err)
	}
}

// FuzzClient takes any packets of a server: the client never holds more than it said, and
// what it has agreed to is within what it asked.
func FuzzClient(f *testing.F) {
	f.Add(z("|\x06blksize|8|windowsize|2|"), block(1, "12345678"), block(2, "end"))
	f.Add(block(1, string(octets(512))), block(1, string(octets(512))), errorPacket(codeNotFound, "File not found"))
	f.Add([]byte{}, []byte{0, opDATA}, []byte{0, opERROR, 0})
	lost := func(bool, []byte) bool { return true } // nothing is sent
	f.Fuzz(func(t *testing.T, first, second, third []byte) {
		c := ClientConfig{BlockSize: 1448, Window: 4, MaxSize: 1000, Lose: lost}
		get := &fetch{config: c, blockSize: plainBlockSize, window: 1, maxSize: c.MaxSize, locked: true}
		for _, packet := range [][]byte{first, second, third} {
			_, done, err := get.take(packet)
			if len(get.content) > c.MaxSize || get.blockSize > c.BlockSize || get.window > c.Window || done && err == nil && !get.complete {
				t.Fatalf("%+v", get)
			}
			if done || err != nil {
				return
			}
		}
	})
}
