package dhcp

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"itms/internal/dhcpclient"
	"itms/store/boltdb"
)

// generatorEnv tells the test binary, run once more, to be the clients: what the server
// costs is then not mixed with what they cost. It holds a dhcpclient.Load.
const generatorEnv = "ITMS_TEST_DHCP_GENERATOR"

// generate is the main function of the clients' process.
func generate() int {
	var l dhcpclient.Load
	err := json.Unmarshal([]byte(os.Getenv(generatorEnv)), &l)
	if err == nil {
		var r dhcpclient.Result
		if r, err = l.Run(context.Background()); err == nil {
			err = json.NewEncoder(os.Stdout).Encode(r)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// clients runs a Load in a process of its own.
func clients(b *testing.B, l dhcpclient.Load) (r dhcpclient.Result) {
	b.Helper()
	text, err := json.Marshal(struct {
		Server, Relay        netip.AddrPort
		Count, First, Window int
		Rate                 float64
	}{l.Server, l.Relay, l.Count, l.First, l.Window, l.Rate})
	if err != nil {
		b.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), self)
	cmd.Env = append(os.Environ(), generatorEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatal(err)
	}
	if err := json.Unmarshal(out, &r); err != nil {
		b.Fatal(err)
	}
	return r
}

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
	}{{"window1", 0, 1}, {"window64", 0, 64}, {"window1024", 0, 1024}, {"rate9000", 9000, 0}, {"rate12000", 12000, 0}} {
		b.Run(bb.name, func(b *testing.B) { exchanges(b, bb.rate, bb.window) })
	}
}

func exchanges(b *testing.B, rate float64, window int) {
	store, err := boltdb.Open(b.Context(), b.TempDir()+"/itms.db", boltdb.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	c, relay := benchConfig(), benchRelay(b)
	c.RelayPort = int(relay.Port())
	d := &directory{client: func(*Asking) (Client, error) { return Client{Class: "cm", Provision: "gold"}, nil }, forgets: true}
	s := startServer(b, Options{Config: c, Store: store, Directory: d})
	cpu := cpuTime(b)
	b.ResetTimer()
	r := clients(b, dhcpclient.Load{Server: s.Addrs()[0], Relay: relay, Count: b.N, Rate: rate, Window: window})
	b.StopTimer()
	cpu = cpuTime(b) - cpu
	b.ReportMetric(float64(r.Done)/r.Elapsed.Seconds(), "exchanges/s")
	b.ReportMetric(float64(cpu.Microseconds())/float64(r.Done), "server-µs/exchange")
	b.ReportMetric(100*float64(r.Sent-r.Done)/float64(r.Sent), "lost-%")
	b.ReportMetric(float64(r.Done)/float64(max(1, store.Stats().Commits)), "exchanges/commit")
	b.ReportMetric(float64(r.P99.Microseconds())/1000, "p99-ms")
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
