package tftp

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net/netip"
	"runtime"
	"testing"
	"time"
)

func TestGet(t *testing.T) {
	source := files{}
	sizes := map[string]int{"empty": 0, "one": 1, "short": 511, "exact": 512, "exact1448": 1448, "long": 100_000}
	for name, size := range sizes {
		source[name] = octets(size)
	}
	asked := map[string][]string{"127.0.0.1:0": {"127.0.0.1"}, "[::1]:0": {"::1"}, "0.0.0.0:0": {"127.0.0.1", "127.3.2.1"}, "[::]:0": {"::1", "127.3.2.1"}}
	for _, single := range []bool{false, true} {
		for listen, hosts := range asked {
			_, at := serve(t, listen, Options{Source: source, SinglePort: single, Limits: Limits{PerSecond: -1}})
			for _, host := range hosts {
				for name := range sizes {
					for _, c := range []ClientConfig{{}, {BlockSize: 1448}, {BlockSize: 8000, Window: 7}} {
						c.Server, c.Name = netip.AddrPortFrom(netip.MustParseAddr(host), at.Port()), name
						got, err := Get(t.Context(), c)
						if err != nil || !bytes.Equal(got, source[name]) {
							t.Fatalf("single %v %s of %s with %d: %d octets, %v", single, name, c.Server, c.BlockSize, len(got), err)
						}
					}
				}
			}
		}
	}
}

// TestSourceHearsOfTheClient: its address, the address asked, and all options.
func TestSourceHearsOfTheClient(t *testing.T) {
	for listen, host := range map[string]string{"127.0.0.1:0": "127.0.0.1", "0.0.0.0:0": "127.4.5.6", "[::]:0": "127.4.5.7"} {
		source := newTold(Content{Bytes: octets(5)})
		_, at := serve(t, listen, Options{Source: source})
		at = netip.AddrPortFrom(netip.MustParseAddr(host), at.Port())
		p := newPeer(t, "127.0.0.9")
		p.ask(at, "a/B c", "NetAddr|192.0.2.7|hwaddr|00:00:5E:00:53:01|")
		p.data(1, 5)
		r := <-source.requests
		if r.Name != "a/B c" || r.Client != p.conn.LocalAddr().(interface{ AddrPort() netip.AddrPort }).AddrPort() || r.Local != at {
			t.Errorf("%+v", r)
		}
		if want := map[string]string{"netaddr": "192.0.2.7", "hwaddr": "00:00:5E:00:53:01"}; !maps.Equal(r.Options, want) {
			t.Errorf("%v", r.Options)
		}
	}
}

// TestReplyPort: replies leave from a port of their own, or from the one that was asked.
func TestReplyPort(t *testing.T) {
	for _, single := range []bool{false, true} {
		_, at := serve(t, "127.0.0.1:0", Options{Source: files{"cm": octets(600)}, SinglePort: single})
		p := newPeer(t, "127.0.0.1")
		p.ask(at, "cm", "")
		p.data(1, 512)
		if (p.to == at) != single {
			t.Errorf("single port %v: asked %s, answered from %s", single, at, p.to)
		}
		p.ack(1)
		p.data(2, 88)
		p.ack(2)
	}
}

func TestRefusals(t *testing.T) {
	s, at := serve(t, "127.0.0.1:0", Options{Source: files{"cm": octets(5)}})
	p := newPeer(t, "127.0.0.1")
	p.send(at, append([]byte{0, opWRQ}, z("cm|octet|")...))
	p.refused(codeAccess)
	p.send(at, append([]byte{0, opRRQ}, z("cm|mail|")...))
	p.refused(codeIllegal)
	p.ask(at, "other", "")
	b := p.take()
	if e := readError(b); !errors.Is(e, ErrNotFound) || e.Message != "File not found" {
		t.Errorf("%s", shown(b))
	}
	for word, want := range map[string]float64{"write": 1, "mode": 1, "not_found": 1, "garbage": 0} {
		if got := counted(t, s, "refused_total", word); got != want {
			t.Errorf("%s: %v", word, got)
		}
	}
}

// TestSilence: what is no request, and what the source cannot tell at the moment, is not
// answered; the answer to a request after it comes first.
func TestSilence(t *testing.T) {
	source := First(SourceFunc(func(_ context.Context, r Request) (Content, error) {
		if r.Name == "broken" {
			return Content{}, errors.New("the store is down")
		}
		return Content{}, ErrNotFound
	}), files{"cm": octets(5)})
	s, at := serve(t, "127.0.0.1:0", Options{Source: source})
	p := newPeer(t, "127.0.0.1")
	for _, packet := range []string{"", "|", "|\x01", "|\x01cm", "|\x01cm|octet", "\x01\x01cm|octet|", "|\x03|\x01abc", "|\x04|\x00", "|\x05|\x01no|", "|\x06blksize|8|", "|\x07", "\xff\xff\xff\xff\xff"} {
		p.send(at, z(packet))
	}
	p.send(at, append([]byte{0, opRRQ}, bytes.Repeat([]byte("x"), maxRequest)...))
	p.ask(at, "broken", "")
	p.ask(at, "cm", "")
	p.data(1, 5)
	p.ack(1)
	if got := counted(t, s, "refused_total", "garbage"); got != 13 {
		t.Errorf("%v", got)
	}
}

// TestRepeatedRequest: it gets the same first packet, and the file is opened once.
func TestRepeatedRequest(t *testing.T) {
	for _, single := range []bool{false, true} {
		source := newTold(Content{Bytes: octets(2000)})
		_, at := serve(t, "127.0.0.1:0", Options{Source: source, SinglePort: single})
		p := newPeer(t, "127.0.0.1")
		for range 3 {
			p.ask(at, "cm", "blksize|1024|")
			p.offered("blksize|1024|")
		}
		from := p.to
		p.ack(0)
		p.data(1, 1024)
		p.ask(at, "cm", "blksize|1024|") // a late copy
		p.ack(1)
		p.data(2, 976)
		p.ack(2)
		r := result(t, source.results)
		if p.to != from || len(source.requests) != 1 || !r.Complete || r.Resent != 2 || r.Bytes != 2000 {
			t.Errorf("%d opened, %+v", len(source.requests), r)
		}
	}
}

// TestRepeatedWhileOpening: the source is not asked again by a client that waits.
func TestRepeatedWhileOpening(t *testing.T) {
	opened, go1 := make(chan Request, 10), make(chan struct{})
	source := SourceFunc(func(_ context.Context, r Request) (Content, error) {
		opened <- r
		if r.Name == "slow" {
			<-go1
		}
		return Content{Bytes: octets(5)}, nil
	})
	_, at := serve(t, "127.0.0.1:0", Options{Source: source})
	p, other := newPeer(t, "127.0.0.1"), newPeer(t, "127.0.0.1")
	p.ask(at, "slow", "")
	<-opened
	p.ask(at, "slow", "")
	p.ask(at, "slow", "")
	other.ask(at, "fast", "") // is served meanwhile, and comes after the copies
	other.data(1, 5)
	<-opened
	close(go1)
	p.data(1, 5)
	if len(opened) != 0 {
		t.Errorf("opened again: %+v", <-opened)
	}
}

// TestOneClientManyTransfers: from one port of the client several at once, told apart by
// ours; a client that asks again for what it has is served again.
func TestOneClientManyTransfers(t *testing.T) {
	s, at := serve(t, "127.0.0.1:0", Options{Source: files{"a": octets(10), "b": octets(20)}, Clock: newClock().read})
	p := newPeer(t, "127.0.0.1")
	p.ask(at, "a", "")
	p.data(1, 10)
	first := p.to
	p.ask(at, "b", "")
	p.data(1, 20)
	second := p.to
	if first == second {
		t.Fatal("two transfers with one pair of ports")
	}
	for n := range 3 * DefaultPorts { // ports of transfers that are over are used again
		p.ack(1)
		wait(t, s, "transfers_total", "complete", float64(n+1))
		p.ask(at, "b", "")
		p.data(1, 20)
		if p.to == first {
			t.Fatal("two transfers with one pair of ports")
		}
	}
}

// TestDuplicateAck: nothing is sent for it.
func TestDuplicateAck(t *testing.T) {
	source := newTold(Content{Bytes: octets(1500)})
	_, at := serve(t, "127.0.0.1:0", Options{Source: source})
	p := newPeer(t, "127.0.0.1")
	p.ask(at, "cm", "")
	p.data(1, 512)
	for range 5 {
		p.ack(1)
	}
	p.data(2, 512)
	for range 5 {
		p.ack(2)
		p.ack(1)
	}
	p.data(3, 476)
	for range 5 {
		p.ack(3)
	}
	if r := result(t, source.results); !r.Complete || r.Resent != 0 || r.Bytes != 1500 {
		t.Errorf("%+v", r)
	}
	p.ask(at, "cm", "")
	p.data(1, 512) // and no answer to one of the ACKs
}

// TestStranger: an ACK of another port is told so, and the transfer goes on.
func TestStranger(t *testing.T) {
	s, at := serve(t, "127.0.0.1:0", Options{Source: files{"cm": octets(600)}})
	p, stranger := newPeer(t, "127.0.0.1"), newPeer(t, "127.0.0.1")
	p.ask(at, "cm", "")
	p.data(1, 512)
	stranger.send(p.to, head(nil, opACK, 1))
	stranger.refused(codeUnknownTID)
	stranger.send(p.to, errorPacket(codeUndefined, "stop")) // is not answered, and stops nothing
	stranger.send(p.to, head(nil, opACK, 1))
	stranger.refused(codeUnknownTID)
	p.ack(1)
	p.data(2, 88)
	p.ack(2)
	if got := counted(t, s, "refused_total", "stranger"); got != 2 {
		t.Errorf("%v", got)
	}
}

// TestClientError ends the transfer.
func TestClientError(t *testing.T) {
	source := newTold(Content{Bytes: octets(2000)})
	s, at := serve(t, "127.0.0.1:0", Options{Source: source})
	p := newPeer(t, "127.0.0.1")
	p.ask(at, "cm", "")
	p.data(1, 512)
	p.ack(1)
	p.data(2, 512)
	p.send(p.to, errorPacket(codeFull, "no room"))
	if r := result(t, source.results); r.Complete || r.Outcome != Aborted || r.Bytes != 512 {
		t.Errorf("%+v", r)
	}
	if live, aborted := counted(t, s, "live_transfers", ""), counted(t, s, "transfers_total", "aborted"); live != 0 || aborted != 1 {
		t.Errorf("%v live, %v aborted", live, aborted)
	}
}

// TestTimeouts: what is not acknowledged is sent after 1, 2, 4 and 8 s again, then given up.
func TestTimeouts(t *testing.T) {
	clock := newClock()
	source := newTold(Content{Bytes: octets(600)})
	s, at := serve(t, "127.0.0.1:0", Options{Source: source, Clock: clock.read})
	p := newPeer(t, "127.0.0.1")
	p.ask(at, "cm", "")
	p.data(1, 512)
	clock.advance(time.Second)
	p.data(1, 512)
	p.ack(1)
	p.data(2, 88)
	for _, wait := range []time.Duration{1, 2, 4, 8} {
		clock.advance(wait * time.Second)
		p.data(2, 88)
	}
	clock.advance(16 * time.Second)
	r := result(t, source.results)
	if want := (Result{Outcome: Silent, Bytes: 512, Duration: 32 * time.Second, Resent: 5}); r != want {
		t.Errorf("%+v, want %+v", r, want)
	}
	if got := counted(t, s, "resent_packets_total", ""); got != 5 {
		t.Errorf("%v", got)
	}
}

// TestTimeoutOption: the client's wait is kept.
func TestTimeoutOption(t *testing.T) {
	clock := newClock()
	source := newTold(Content{Bytes: octets(6)})
	_, at := serve(t, "127.0.0.1:0", Options{Source: source, Clock: clock.read})
	p := newPeer(t, "127.0.0.1")
	p.ask(at, "cm", "timeout|7|")
	p.offered("timeout|7|")
	for range maxTries - 1 {
		clock.advance(7 * time.Second)
		p.offered("timeout|7|")
	}
	clock.advance(7 * time.Second)
	if r := result(t, source.results); r.Outcome != Silent || r.Duration != maxTries*7*time.Second {
		t.Errorf("%+v", r)
	}
}

// TestLateAck: an ACK after the end is not taken for a stranger's, until it is forgotten.
func TestLateAck(t *testing.T) {
	clock := newClock()
	source := newTold(Content{Bytes: octets(6)})
	s, at := serve(t, "127.0.0.1:0", Options{Source: source, Clock: clock.read})
	p := newPeer(t, "127.0.0.1")
	p.ask(at, "cm", "")
	p.data(1, 6)
	p.ack(1)
	result(t, source.results)
	p.ack(1)
	p.ask(at, "cm", "")
	p.data(1, 6) // nothing else before
	p.ack(1)
	result(t, source.results)
	clock.advance(dally)
	for len(s.table.all()) > 0 { // the time keeper looks every 20 ms
		runtime.Gosched()
	}
	p.ack(1)
	p.refused(codeUnknownTID)
}

// TestRestartedClient: one that asks anew from the same port after a while of silence is
// served anew.
func TestRestartedClient(t *testing.T) {
	for _, single := range []bool{false, true} {
		clock := newClock()
		source := newTold(Content{Bytes: octets(2000)})
		s, at := serve(t, "127.0.0.1:0", Options{Source: source, Clock: clock.read, SinglePort: single})
		p := newPeer(t, "127.0.0.1")
		p.ask(at, "cm", "")
		p.data(1, 512)
		p.ack(1)
		p.data(2, 512)
		for late := range 2 {
			p.ask(at, "cm", "") // a late copy
			wait(t, s, "refused_total", "late", float64(late+1))
			clock.advance(500 * time.Millisecond)
		}
		p.data(2, 512) // again, as nothing was acknowledged
		p.ask(at, "cm", "")
		p.data(1, 512)
		if single {
			if r := result(t, source.results); r.Outcome != Replaced {
				t.Errorf("%+v", r)
			}
		}
		if len(source.requests) != 2 {
			t.Errorf("%d opened", len(source.requests))
		}
	}
}

// TestNetasciiMode converts, from memory and from a reader; what is too large is not there.
func TestNetasciiMode(t *testing.T) {
	text := []byte("one\ntwo\r\n")
	for _, c := range []Content{{Bytes: text}, {Reader: bytes.NewReader(text), Size: int64(len(text))}, {Reader: bytes.NewReader(nil), Size: maxText + 1}, {Reader: bytes.NewReader(nil), Size: 1}} {
		source := newTold(c)
		_, at := serve(t, "127.0.0.1:0", Options{Source: source})
		p := newPeer(t, "127.0.0.1")
		p.send(at, append([]byte{0, opRRQ}, z("motd|netascii|tsize|0|")...))
		if c.Size == maxText+1 || c.Size == 1 {
			if r := result(t, source.results); r.Outcome != Broken {
				t.Errorf("%+v", r)
			}
			continue
		}
		p.offered("tsize|12|")
		p.ack(0)
		if got := p.take(); string(got[headSize:]) != "one\r\ntwo\r\x00\r\n" {
			t.Errorf("%q", got)
		}
	}
}

// TestLargeFileIsReadAsItGoes: 64 MB, of which nobody holds more than a window; the block
// numbers roll over.
func TestLargeFileIsReadAsItGoes(t *testing.T) {
	const size = 12 << 20
	source := newTold(Content{Reader: pattern{}, Size: size})
	_, at := serve(t, "127.0.0.1:0", Options{Source: source})
	got, err := Get(t.Context(), ClientConfig{Server: at, Name: "fw", BlockSize: 128, Window: 64})
	if err != nil || len(got) != size {
		t.Fatalf("%d octets, %v", len(got), err)
	}
	want := make([]byte, size)
	_, _ = pattern{}.ReadAt(want, 0)
	if !bytes.Equal(got, want) {
		t.Error("other octets")
	}
	if r := result(t, source.results); !r.Complete || r.Bytes != size {
		t.Errorf("%+v", r)
	}
}

// pattern is a file without end.
type pattern struct{}

// ReadAt makes it up.
func (pattern) ReadAt(b []byte, off int64) (int, error) {
	for i := range b {
		b[i] = byte((off + int64(i)) * 2654435761 >> 13)
	}
	return len(b), nil
}

// TestBrokenContent: a file that is shorter than it said ends the transfer with ERROR 0.
func TestBrokenContent(t *testing.T) {
	source := newTold(Content{Reader: bytes.NewReader(octets(700)), Size: 2000})
	_, at := serve(t, "127.0.0.1:0", Options{Source: source})
	p := newPeer(t, "127.0.0.1")
	p.ask(at, "fw", "")
	p.data(1, 512)
	p.ack(1)
	p.refused(codeUndefined)
	if r := result(t, source.results); r.Outcome != Broken || r.Bytes != 512 {
		t.Errorf("%+v", r)
	}
}
