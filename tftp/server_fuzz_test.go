package tftp

import (
	"net/netip"
	"testing"
)

// FuzzServer sends a packet to the port for requests, and another to the reply port of
// a transfer under way. Whatever they are: an answer that is longer than an ERROR comes
// to a request for the one file only, and the transfer goes on unless it was ended by
// the other packet.
func FuzzServer(f *testing.F) {
	for _, seed := range []string{"|\x01cm|octet|", "|\x01cm|octet|blksize|8|windowsize|9|", "|\x01no|octet|", "|\x02cm|octet|", "|\x03|\x01abc", "|\x04|\x01", "|\x05|\x01no|",
		"|\x06blksize|8|", "", "|", "\xff\xff"} {
		f.Add(z(seed), z(seed), false)
		f.Add(z(seed), z(seed), true)
	}
	var servers [2]*Server
	var at [2]netip.AddrPort
	for i := range servers {
		servers[i], at[i] = serve(f, "127.0.0.1:0", Options{Source: files{"cm": octets(700)}, SinglePort: i == 1, Limits: Limits{PerSecond: -1, PerClient: -1}, openers: 1})
	}
	f.Fuzz(func(t *testing.T, first, second []byte, single bool) {
		s, server := servers[0], at[0]
		if single {
			s, server = servers[1], at[1]
		}
		p, hostile := newPeer(t, "127.0.0.1"), newPeer(t, "127.0.0.1")
		p.ask(server, "cm", "")
		p.data(1, 512)
		hostile.try(server, first)
		hostile.try(p.to, second)
		hostile.ask(server, "none", "") // is answered whatever came before
		for hostile.harmless(first, second) {
		}
		p.ack(1)
		p.data(2, 188)
		s.giveUp() // the next client may have the same port, and is to get nothing of this one
		for _, tr := range s.table.all() {
			s.table.forget(tr)
		}
	})
}

// try sends a packet, if it is not too long to be one.
func (p *peer) try(to netip.AddrPort, packet []byte) {
	p.t.Helper()
	if len(packet) > 60_000 {
		p.t.Skip("too long")
	}
	p.send(to, packet)
}

// harmless takes the next answer and checks it; false when it is the last, that there is
// no such file.
func (p *peer) harmless(sent ...[]byte) bool {
	p.t.Helper()
	b := p.take()
	switch opcode(b) {
	case opERROR:
		if len(b) > 60 {
			p.t.Fatalf("%s", shown(b))
		}
		return readError(b).Code != codeNotFound
	case opDATA, opOACK:
		for _, packet := range sent {
			if r, err := parseRequest(packet[min(2, len(packet)):]); opcode(packet) == opRRQ && err == nil && r.name == "cm" {
				return true
			}
		}
	}
	p.t.Fatalf("%s for %q", shown(b), sent)
	return false
}
