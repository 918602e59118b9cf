package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"itms/cmd/itms/config"
	"itms/store/storetest/pgtest"
	"itms/web/api"
	"itms/web/client"
)

// importDoor is the REST door over a store, on loopback, and a client of it.
type importDoor struct {
	*client.Client
	base *base
}

// openImportDoor opens one.
func openImportDoor(tb testing.TB, c *config.Config) *importDoor {
	tb.Helper()
	b, err := openBase(tb.Context(), c, zerolog.Nop(), nil)
	if err != nil {
		tb.Fatal(err)
	}
	desk := newCableDesk(b, &cable{})
	rest, err := newAPI(b, noDoor{}, desk, systemDesk{b, &nodes{store: b.store}, time.Now()}, "local", nil)
	if err != nil {
		tb.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	server.Config = api.HTTPServer(localHandler(b, rest))
	server.Start()
	rc, err := client.New(server.URL, "", client.WithHTTPClient(server.Client()))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		err := rest.Close(context.Background())
		server.Close()
		if err := errors.Join(err, desk.close(context.Background()), b.Close()); err != nil {
			tb.Error(err)
		}
	})
	return &importDoor{rc, b}
}

// orderTable writes a table of so many installs as it is read.
type orderTable struct {
	rows, n int
	rest    []byte
}

// Read implements io.Reader.
func (o *orderTable) Read(p []byte) (int, error) {
	if len(o.rest) == 0 {
		switch {
		case o.n == 0:
			o.rest = []byte("orderNo,source,kind,mode,subscriber.id,service.id,service.type,service.account,service.password,device.mac,line.area\n")
		case o.n > o.rows:
			return 0, io.EOF
		default:
			o.rest = fmt.Appendf(nil, "WO-%07d,crm,install,self,U%d,U%d-1,iptv,iptv%d,synthetic-%d,00:00:5E:%02X:%02X:%02X,510100\n", o.n, o.n, o.n, o.n, o.n,
				o.n>>16&0xFF, o.n>>8&0xFF, o.n&0xFF)
		}
		o.n++
	}
	n := copy(p, o.rest)
	o.rest = o.rest[n:]
	return n, nil
}

// importTable imports so many orders and looks at the heap every so many lines.
func (d *importDoor) importTable(tb testing.TB, rows, every int, look func()) client.ImportTotals {
	tb.Helper()
	in, err := d.ImportOrders(tb.Context(), &orderTable{rows: rows}, client.ImportOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	n := 0
	for line := range in.Lines() {
		if line.Outcome != client.LineCreated {
			tb.Fatalf("%+v", line)
		}
		if n++; n%every == 0 {
			look()
		}
	}
	totals, err := in.Totals()
	if err != nil || totals.Created != rows || totals.Stopped != "" {
		tb.Fatalf("%+v %v", totals, err)
	}
	return totals
}

// TestImportInConstantMemory: the lines of an import are committed together, and what it holds
// does not grow with the file.
func TestImportInConstantMemory(t *testing.T) {
	const rows, every, most = 3000, 500, 24 << 20
	d := openImportDoor(t, serverConfig(t, "none"))
	var first, peak uint64
	before := d.base.bolt.Stats().Commits
	d.importTable(t, rows, every, func() {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		if first == 0 {
			first = m.HeapAlloc
		}
		peak = max(peak, m.HeapAlloc)
	})
	if commits := d.base.bolt.Stats().Commits - before; commits > rows/4 {
		t.Errorf("%d lines took %d commits", rows, commits)
	}
	if peak > first+most {
		t.Errorf("the live heap grew from %d to %d bytes", first, peak)
	}
}

// BenchmarkImport takes 100,000 orders in over loopback, on disks that sync: the rate, and the
// largest heap.
func BenchmarkImport(b *testing.B) {
	const rows = 100_000
	for name, store := range stormStores {
		b.Run(name, func(b *testing.B) {
			var rate float64
			var peak uint64
			for b.Loop() {
				c := serverConfig(b, "none")
				c.Store = store(b, pgtest.Options{Durable: true})
				d := openImportDoor(b, c)
				rate = d.importTable(b, rows, 1000, func() {
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					peak = max(peak, m.HeapInuse)
				}).PerSecond
			}
			b.ReportMetric(rate, "orders/s")
			b.ReportMetric(float64(peak)/1e6, "peak-heap-MB")
			b.ReportMetric(0, "ns/op")
		})
	}
}
