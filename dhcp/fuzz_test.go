package dhcp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/netip"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"itms"
	"itms/internal/dhcpclient"
)

// seedMessages adds the golden messages, and those of each state.
func seedMessages(f *testing.F) {
	f.Helper()
	for _, name := range goldenNames(f) {
		f.Add(readHex(f, name+".hex"))
	}
	c := modem(1)
	f.Add(c.Request(1, &dhcpclient.Answer{Address: netip.MustParseAddr("192.0.2.100"), ServerID: netip.MustParseAddr("192.0.2.2")}))
	f.Add(c.Renew(1, netip.MustParseAddr("192.0.2.100")))
	f.Add(c.Reboot(1, netip.MustParseAddr("192.0.2.100")))
	f.Add(c.Decline(1, netip.MustParseAddr("192.0.2.100"), netip.MustParseAddr("192.0.2.2")))
	f.Add(c.Inform(1, netip.MustParseAddr("192.0.2.100")))
}

// FuzzOptions holds this parser to the library's: what both read, they read alike.
func FuzzOptions(f *testing.F) {
	seedMessages(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parse(b)
		if err != nil {
			return
		}
		want, err := dhcpv4.FromBytes(b)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return // no end of options: forgiven here, not there
		}
		if err != nil {
			t.Fatalf("the library refuses what was taken: %v", err)
		}
		if m.xid() != uint32(want.TransactionID[0])<<24|uint32(want.TransactionID[1])<<16|uint32(want.TransactionID[2])<<8|uint32(want.TransactionID[3]) ||
			m.broadcast() != want.IsBroadcast() || !bytes.Equal(m.raw[atCHAddr:atCHAddr+6], want.ClientHWAddr) {
			t.Errorf("header differs from %s", want.Summary())
		}
		if m.has(optOverload) {
			return // the library does not look into file and sname
		}
		for code := 1; code < optEnd; code++ {
			if got := m.option(byte(code)); m.has(byte(code)) != want.Options.Has(dhcpv4.GenericOptionCode(code)) || !bytes.Equal(got, want.Options.Get(dhcpv4.GenericOptionCode(code))) {
				t.Errorf("option %d is % x, want % x", code, got, want.Options.Get(dhcpv4.GenericOptionCode(code)))
			}
		}
	})
}

// memory is a store of leases in memory, for fuzzing: one view or update at a time.
type memory struct {
	itms.Store
	leases map[netip.Addr]*itms.Lease
}

type memoryTx struct {
	itms.Tx
	m *memory
}

type memoryLeases struct {
	itms.Leases
	m *memory
}

func (m *memory) View(_ context.Context, fn func(itms.Tx) error) error   { return fn(memoryTx{m: m}) }
func (m *memory) Update(_ context.Context, fn func(itms.Tx) error) error { return fn(memoryTx{m: m}) }
func (t memoryTx) Foresee(itms.Foresight)                                {}
func (t memoryTx) Leases() itms.Leases                                   { return memoryLeases{m: t.m} }

func (l memoryLeases) Get(addr netip.Addr) (*itms.Lease, error) {
	if one := l.m.leases[addr]; one != nil {
		c := *one
		return &c, nil
	}
	return nil, itms.NotFound("lease", addr.String())
}

func (l memoryLeases) Put(one *itms.Lease) error {
	c := *one
	l.m.leases[one.Address] = &c
	return nil
}

func (l memoryLeases) Delete(addr netip.Addr) error {
	delete(l.m.leases, addr)
	return nil
}

func (l memoryLeases) where(holds func(*itms.Lease) bool) (list []*itms.Lease, err error) {
	for _, one := range l.m.leases {
		if holds(one) {
			c := *one
			list = append(list, &c)
		}
	}
	return list, nil
}

func (l memoryLeases) OfClient(client string, _ int) ([]*itms.Lease, error) {
	return l.where(func(one *itms.Lease) bool { return one.Client == client })
}

func (l memoryLeases) Behind(modem itms.MAC, _ int) ([]*itms.Lease, error) {
	return l.where(func(one *itms.Lease) bool { return one.Modem == modem })
}

func (l memoryLeases) List(q itms.LeaseQuery) ([]*itms.Lease, error) {
	return l.where(func(one *itms.Lease) bool { return one.MAC == q.MAC })
}

func (l memoryLeases) Expired(before time.Time, _ int) ([]*itms.Lease, error) {
	return l.where(func(one *itms.Lease) bool { return one.ExpiresAt.Before(before) })
}

// FuzzServe gives messages to a server that knows a lease, and carries out what it decides.
// Nothing may panic; every answer is a message that the library reads, to the client that
// asked, and no lease is of an address that its client may not have.
func FuzzServe(f *testing.F) {
	seedMessages(f)
	f.Add(bytes.Repeat([]byte{0xff}, 300))
	f.Fuzz(func(t *testing.T, b []byte) {
		store := &memory{leases: map[netip.Addr]*itms.Lease{}}
		d := newDirectory()
		d.client = func(a *Asking) (Client, error) { return Client{Class: string(a.Kind), MaxCPE: 1}, nil }
		c := goldenConfig()
		c.LeaseQuery = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}
		s, err := New(Options{Config: c, Store: store, Directory: d, Clock: newClock().Now})
		if err != nil {
			t.Fatal(err)
		}
		defer s.stop()
		held := leaseFor(1, netip.MustParseAddr("192.0.2.100"))
		store.leases[held.Address] = held
		for range 2 { // the second time with what the first one left
			for _, answer := range serveAlone(t, s, b) {
				checkAnswer(t, b, answer)
			}
		}
		for _, l := range store.leases {
			if !s.plan.networks[0].serves(l.Address, l.Class) && l.State == itms.LeaseActive {
				t.Errorf("leased is %+v", l)
			}
		}
	})
}

// serveAlone answers a message without sockets and goroutines.
func serveAlone(t *testing.T, s *Server, b []byte) (answers [][]byte) {
	t.Helper()
	m, err := parse(b)
	if err != nil {
		if !errors.Is(err, errGarbage) {
			t.Fatal(err)
		}
		return nil
	}
	at := arrival{time: s.opt.Clock(), from: netip.MustParseAddrPort("192.0.2.1:67"), direct: s.plan.networks[0]}
	r := newRequest(m, at, s.plan)
	for _, o := range s.decideAll(t.Context(), []*request{r}) {
		answers = append(answers, o.data)
	}
	s.jobs.mu.Lock()
	list := s.jobs.list
	s.jobs.list = nil
	s.jobs.mu.Unlock()
	for _, o := range s.commitAll(list) {
		answers = append(answers, o.data)
	}
	return answers
}

// checkAnswer holds what is true of all answers.
func checkAnswer(t *testing.T, asked, b []byte) {
	t.Helper()
	m, err := dhcpv4.FromBytes(b)
	if err != nil {
		t.Fatalf("the library cannot read the answer: %v", err)
	}
	if m.OpCode != dhcpv4.OpcodeBootReply || m.MessageType() == 0 || !bytes.Equal(m.TransactionID[:], asked[atXID:atXID+4]) || len(b) < minAnswer || len(b) > maxSize-ipHeaders {
		t.Errorf("%d octets: %s", len(b), m.Summary())
	}
	if kind := m.MessageType(); kind <= dhcpv4.MessageTypeNak && m.ServerIdentifier() == nil {
		t.Errorf("without a server identifier: %s", m.Summary())
	}
}
