//go:build linux

package main

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"itms"
	"itms/cmd/itms/config"
	"itms/internal/apart"
	"itms/internal/dhcpclient"
	"itms/internal/tftpload"
	"itms/tftp"
)

// benchParts are what runs apart of the benchmarks.
var benchParts = map[string]apart.Part{"dhcp": apart.Of[dhcpclient.Load](), "tftp": apart.Of[tftpload.Load]()}

// The plant of the cable benchmarks: one relay on loopback, and room for a million modems.
const (
	benchRelay = "127.62.0.1"
	benchCable = `
dhcp:
  listen: ["127.0.0.1:0"]
  relayPort: %d
  serverId: 127.0.0.1
  rateClient: 0
  rateRelay: 0
  classes:
    active:  {match: 'client.provisioned', bootFile: dynamic, template: internet, leaseTime: 24h}
    unknown: {match: 'client.kind == "cm"', bootFile: dynamic, template: walled, leaseTime: 24h}
  scopes:
    - {subnet: 10.0.0.0/8, relay: [%s], routers: [10.0.0.1], pools: [{range: 10.1.0.0-10.40.255.255, classes: [active]}, {range: 10.50.0.0-10.90.255.255, classes: [unknown]}]}
tftp: {listen: "127.0.0.1:0", maxPerClient: 100000, rateClient: 0}
docsis: {packages: {silver: {downKbps: 100000, upKbps: 10000}}}
cwmp: {listen: "127.0.0.1:0", auth: none}
web: {listen: "127.0.0.1:0"}
files: {listen: ""}
log: {level: error}
`
)

// cableConfig is the configuration of a cable benchmark.
func cableConfig(b *testing.B, relayPort int) *config.Config {
	b.Helper()
	path := filepath.Join(b.TempDir(), "itms.yaml")
	if err := os.WriteFile(path, fmt.Appendf(nil, benchCable, relayPort, benchRelay), 0o600); err != nil {
		b.Fatal(err)
	}
	c, err := config.Load(path, nil)
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// BenchmarkCableExchanges is what a modem's way from DISCOVER to ACK costs, with the lease
// flushed to the disk, and with all that the domain has to say: of modems that were never
// seen, which are inventoried, of modems in service, and of the same once more.
func BenchmarkCableExchanges(b *testing.B) {
	for _, scene := range []struct {
		name  string
		order bool // each modem is in service before
		again bool // each was leased its address before
	}{{name: "new"}, {name: "ordered", order: true}, {name: "again", again: true}} {
		b.Run(scene.name, func(b *testing.B) {
			relay := netip.AddrPortFrom(netip.MustParseAddr(benchRelay), uint16(freeUDPPort(b)))
			c := cableConfig(b, int(relay.Port()))
			if scene.order {
				postModems(b, c, b.N)
			}
			load := dhcpclient.Load{Relay: relay, Count: b.N, Window: 512}
			if scene.again { // by a server that has recorded all of it when it stops
				addresses, stop := runServer(b, c)
				load.Server = netip.MustParseAddrPort(addresses["dhcp"])
				exchange(b, load)
				stop()
				fetchAll(b, c)
			}
			load.Server = netip.MustParseAddrPort(startServer(b, c)["dhcp"])
			runtime.GC()
			cpu := processorTime(b)
			b.ResetTimer()
			r := exchange(b, load)
			b.StopTimer()
			cpu = processorTime(b) - cpu
			b.ReportMetric(float64(r.Done)/r.Elapsed.Seconds(), "exchanges/s")
			b.ReportMetric(float64(cpu.Microseconds())/float64(max(r.Done, 1)), "server-cpu-µs/exchange")
			b.ReportMetric(100*float64(r.Sent-r.Done)/float64(max(r.Sent, 1)), "lost-%")
			b.ReportMetric(float64(r.P99.Microseconds())/1000, "p99-ms")
		})
	}
}

// fetchAll has every modem with a lease fetch its file.
func fetchAll(b *testing.B, c *config.Config) {
	b.Helper()
	base, done := benchBase(b, c)
	defer done()
	const batch = 500
	for q := (itms.LeaseQuery{Limit: batch}); ; {
		var list []itms.CableFetch
		err := base.store.View(b.Context(), func(tx itms.Tx) error {
			leases, err := tx.Leases().List(q)
			for _, l := range leases {
				list = append(list, itms.CableFetch{Lease: l, File: itms.CableFile{Template: "walled", Provision: l.Provision, Address: l.Address.String(), At: time.Now()}})
				q.After = l.Address
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		if len(list) == 0 {
			return
		}
		if err := base.engine.Fetched(b.Context(), list); err != nil {
			b.Fatal(err)
		}
	}
}

// exchange runs the clients in a process of their own.
func exchange(b *testing.B, l dhcpclient.Load) (r dhcpclient.Result) {
	b.Helper()
	if err := apart.Run(b.Context(), "dhcp", l, &r); err != nil {
		b.Fatal(err)
	}
	return r
}

// postModems posts an order for each modem of a load.
func postModems(b *testing.B, c *config.Config, count int) {
	b.Helper()
	base, done := benchBase(b, c)
	defer done()
	for i := range count {
		mac := itms.MAC(dhcpclient.LoadMAC(i))
		req := itms.OrderRequest{OrderNo: fmt.Sprint("WO-", i), Source: "crm", Kind: itms.KindInstall, Mode: itms.ModeSelf,
			Subscriber: itms.Subscriber{ID: fmt.Sprint("U", i)}, Device: itms.ClaimText{MAC: mac.String()},
			Service: itms.ServiceSpec{ID: itms.ServiceID(fmt.Sprint("S", i)), Type: itms.ServiceInternet, Package: "silver"}}
		if _, _, err := base.engine.Submit(b.Context(), "bss:bench", req); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCableFiles is what a file that is made as it is fetched costs: the name opened,
// lease and entitlement looked up, template, signature, transfer.
func BenchmarkCableFiles(b *testing.B) {
	for _, clients := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("c=%d", clients), func(b *testing.B) {
			c := cableConfig(b, freeUDPPort(b))
			postModems(b, c, 1)
			name, size := leaseOnLoopback(b, c)
			at := netip.MustParseAddrPort(startServer(b, c)["tftp"])
			cpu := processorTime(b)
			b.ResetTimer()
			var r tftpload.Result
			err := apart.Run(b.Context(), "tftp", tftpload.Load{Server: at, Name: name, BlockSize: 1448, Clients: clients, Transfers: b.N, Size: size}, &r)
			if err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			cpu = processorTime(b) - cpu
			b.ReportMetric(float64(b.N)/r.Elapsed.Seconds(), "transfers/s")
			b.ReportMetric(float64(cpu.Microseconds())/float64(b.N), "server-cpu-µs/transfer")
			b.ReportMetric(float64(r.P99.Microseconds())/1000, "p99-ms")
		})
	}
}

// leaseOnLoopback gives the first modem the address that the load comes from, and returns
// the name and the size of its file.
func leaseOnLoopback(b *testing.B, c *config.Config) (name string, size int) {
	b.Helper()
	base, done := benchBase(b, c)
	defer done()
	service, err := newDocsis(base)
	if err != nil {
		b.Fatal(err)
	}
	defer service.Close(b.Context())
	now := time.Now()
	l := &itms.Lease{Address: netip.MustParseAddr("127.0.0.1"), State: itms.LeaseActive, Kind: itms.ClientModem, MAC: dhcpclient.LoadMAC(0), Class: "active",
		Scope: "127.0.0.0/8", Nonce: strings.Repeat("0f", 8), StartedAt: now, RenewedAt: now, ExpiresAt: now.Add(24 * time.Hour)}
	l.Client = itms.ClientKey(l.Kind, l.MAC, nil)
	if err := base.store.Update(b.Context(), func(tx itms.Tx) error { return tx.Leases().Put(l) }); err != nil {
		b.Fatal(err)
	}
	if err := base.engine.Leased(b.Context(), &itms.CableContact{Lease: l}); err != nil {
		b.Fatal(err)
	}
	name = service.BootFile(l)
	content, err := service.Open(b.Context(), tftp.Request{Name: name, Client: netip.AddrPortFrom(l.Address, 1)})
	if err != nil {
		b.Fatal(err)
	}
	content.Done(tftp.Result{Complete: true})
	return name, len(content.Bytes)
}

// benchBase opens the data of a server that does not run, until done is called.
func benchBase(b *testing.B, c *config.Config) (_ *base, done func()) {
	b.Helper()
	base, err := openBase(b.Context(), c, zerolog.Nop(), nil)
	if err != nil {
		b.Fatal(err)
	}
	return base, func() {
		if err := base.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// processorTime is what this process has used of the processors.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
