package dhcp

import (
	"net/netip"
	"runtime"
	"syscall"
	"testing"
	"time"

	"itms"
	"itms/internal/apart"
	"itms/internal/dhcpclient"
	"itms/store/boltdb"
	"itms/store/storetest/pgtest"
)

// benchConfig has room for millions of clients behind one relay.
func benchConfig() Config {
	c := testConfig()
	c.Scopes = []Scope{{Subnet: netip.MustParsePrefix("10.0.0.0/9"), Relays: []netip.Addr{testRelay}, Routers: []netip.Addr{netip.MustParseAddr("10.0.0.1")},
		Pools: []Pool{{First: netip.MustParseAddr("10.1.0.0"), Last: netip.MustParseAddr("10.64.255.255"), Classes: []string{"cm"}}}}}
	c.Limits = Limits{ClientRate: -1, RelayRate: -1, Rate: -1}
	return c
}

// benchRelay is a free port for the relay.
func benchRelay(b *testing.B) netip.AddrPort {
	b.Helper()
	sock, err := openSocket(b.Context(), netip.AddrPortFrom(testRelay, 0))
	if err != nil {
		b.Fatal(err)
	}
	defer sock.conn.Close()
	return sock.addr
}

// BenchmarkExchange measures exchanges of new clients behind a relay, from DISCOVER to an
// ACK whose lease was flushed to the disk, in a store that begins empty.
func BenchmarkExchange(b *testing.B) {
	for _, bb := range []struct {
		name   string
		rate   float64
		window int
	}{{"window1", 0, 1}, {"window64", 0, 64}, {"window512", 0, 512}, {"rate9000", 9000, 0}, {"rate12000", 12000, 0}} {
		b.Run(bb.name, func(b *testing.B) { exchanges(b, bb.rate, bb.window) })
	}
}

func exchanges(b *testing.B, rate float64, window int) {
	store, err := boltdb.Open(b.Context(), b.TempDir()+"/itms.db", boltdb.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	r := exchange(b, Options{Store: store}, dhcpclient.Load{Rate: rate, Window: window})
	b.ReportMetric(float64(r.Done)/float64(max(1, store.Stats().Commits)), "exchanges/commit")
}

// BenchmarkExchangePostgreSQL is the same on a PostgreSQL that flushes each commit, beside
// server and clients on this machine.
func BenchmarkExchangePostgreSQL(b *testing.B) {
	exchange(b, Options{Store: openPostgres(b, pgtest.Options{Durable: true})(), Shared: true}, dhcpclient.Load{Window: 512})
}

// exchange makes b.N exchanges of a server with those options and reports what they cost.
func exchange(b *testing.B, o Options, l dhcpclient.Load) (r dhcpclient.Result) {
	l.Relay, l.Count = benchRelay(b), b.N
	o.Config = benchConfig()
	o.Config.RelayPort = int(l.Relay.Port())
	o.Directory = &directory{client: func(*Asking) (Client, error) { return Client{Class: "cm", Provision: "gold"}, nil }, forgets: true}
	l.Server = startServer(b, o).Addrs()[0]
	cpu := cpuTime(b)
	b.ResetTimer()
	err := apart.Run(b.Context(), clientsApart, l, &r)
	b.StopTimer()
	if err != nil || r.Done == 0 {
		b.Fatalf("%+v, %v", r, err)
	}
	cpu = cpuTime(b) - cpu
	b.ReportMetric(float64(r.Done)/r.Elapsed.Seconds(), "exchanges/s")
	b.ReportMetric(float64(cpu.Microseconds())/float64(r.Done), "server-µs/exchange")
	b.ReportMetric(100*float64(r.Sent-r.Done)/float64(r.Sent), "lost-%")
	b.ReportMetric(float64(r.P99.Microseconds())/1000, "p99-ms")
	return r
}

// cpuTime is what this process has used of the processors.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkMemory tells what a server that knows 100,000 leases takes of memory: its pools,
// and the store's own, whose pages are the system's cache.
func BenchmarkMemory(b *testing.B) {
	const leases = 100_000
	store := openStore(b)
	first := number4(benchConfig().Scopes[0].Pools[0].First)
	for at := 0; at < leases; at += commitBatch {
		err := store.Update(b.Context(), func(tx itms.Tx) error {
			for i := at; i < min(at+commitBatch, leases); i++ {
				l := leaseFor(1, address4(first+uint32(i)))
				l.MAC = dhcpclient.LoadMAC(i)
				l.Client, l.ExpiresAt = itms.ClientKey(l.Kind, l.MAC, nil), time.Now().Add(time.Hour)
				if err := tx.Leases().Put(l); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		before := heap()
		s, err := New(Options{Config: benchConfig(), Store: store, Directory: newDirectory()})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
		if n := s.space.usage()[0].busy; n != leases {
			b.Fatalf("%d addresses are busy", n)
		}
		b.ReportMetric(float64(heap()-before)/leases, "B/lease")
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// heap is how much of memory is in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
