package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"itms"
	"itms/cmd/itms/config"
)

// benchConnections is how many devices talk at once.
const benchConnections = 64

// benchProfile makes a bootstrap of 24 requests: the box refuses to read several
// names at once (1), is read one by one (13), gets rows (4) and values (1), and those
// of the service are read back one by one (5).
const benchProfile = `
name: bench
priority: 1000
match: device.productClass == "BENCH24"
services: [iptv]
identity: {mac: [Device.LAN.MACAddress], model: [Device.DeviceInfo.ModelName]}
read: [Device.A1., Device.A2., Device.A3., Device.A4.]
rows:
  - {alias: r1, table: Device.T1., match: {Alias: '"a"'}}
  - {alias: r2, table: Device.T2., match: {Alias: '"b"'}}
  - {alias: r3, table: Device.T3., match: {Alias: '"c"'}}
  - {alias: r4, table: Device.T4., match: {Alias: '"d"'}}
params:
  - {name: "Device.T1.{r1}.User", value: service.account}
  - {name: "Device.T2.{r2}.User", value: service.account}
  - {name: "Device.T3.{r3}.User", value: service.account}
  - {name: "Device.T4.{r4}.User", value: service.account}
  - {name: Device.S.Account, value: service.account}
  - {name: Device.S.Password, value: service.password, secret: true}
`

// benchScene is one kind of session.
type benchScene struct {
	name     string
	class    string // of the devices
	events   []string
	orders   bool // each device has an order that waits for it
	known    bool // all devices are in service before, and the same come again
	refresh  int  // so many parameters of each device are to be read by a task
	requests int  // that the ACS makes in each session
}

var benchScenes = []benchScene{
	{name: "idle", class: "BENCH24", events: []string{"2 PERIODIC"}, orders: true, known: true},
	{name: "bootstrap-new", class: "BENCH", events: []string{"0 BOOTSTRAP", "1 BOOT"}, requests: 1},
	{name: "bootstrap-24rpc", class: "BENCH24", events: []string{"0 BOOTSTRAP", "1 BOOT"}, orders: true, requests: 24},
	{name: "refresh-1000", class: "BENCH", events: []string{"2 PERIODIC"}, refresh: 1000, requests: 13},
}

// benchWay is how devices connect.
type benchWay struct {
	name, auth string
	fresh      bool // a connection for each session
	tls        bool
}

var benchWays = []benchWay{
	{name: "kept", auth: "none"},
	{name: "fresh", auth: "none", fresh: true},
	{name: "fresh-digest", auth: "digest", fresh: true},
	{name: "kept-tls", auth: "none", tls: true},
	{name: "fresh-tls-digest", auth: "digest", fresh: true, tls: true},
}

// BenchmarkSessions is what sessions cost, whole and through the real server. After
// each run a bare net/http server answers the same client with the same bytes, without
// a thought: "of-bare" is the part of its rate. Allocations are those of client and
// server together; "bare-allocs/op" are those without us.
func BenchmarkSessions(b *testing.B) {
	for _, scene := range benchScenes {
		for _, way := range benchWays {
			b.Run(scene.name+"/"+way.name, func(b *testing.B) { scene.run(b, way) })
		}
	}
}

// run has b.N sessions served, and the same by a bare server.
func (s benchScene) run(b *testing.B, way benchWay) {
	c := serverConfig(b, way.auth)
	identity := (*tls.Config)(nil)
	if way.tls {
		files := writeCertificate(b)
		c.CWMP.TLS.Cert, c.CWMP.TLS.Key = files.Cert, files.Key
		identity = &tls.Config{InsecureSkipVerify: true} // what is measured is the handshake
	}
	devices := b.N + 1
	if s.known {
		devices = benchConnections
	}
	s.prepare(b, c, devices)
	boxes := s.boxes(b, startServer(b, c)["cwmp"], way, identity)
	posts := s.sample(b, boxes[0])
	runtime.GC()
	b.ReportAllocs()
	b.ResetTimer()
	rate := share(b, boxes, func(x *benchBox, n int) error { return s.session(x, n) })
	b.StopTimer()
	bare, allocs := s.bare(b, boxes, posts, way.tls, c)
	b.ReportMetric(rate, "sessions/s")
	b.ReportMetric(rate/bare, "of-bare")
	b.ReportMetric(allocs, "bare-allocs/op")
	b.ReportMetric(float64(len(posts)), "posts/op")
}

// prepare writes the profile and posts the orders.
func (s benchScene) prepare(b *testing.B, c *config.Config, devices int) {
	if err := os.MkdirAll(c.Profiles, 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.Profiles, "bench.yaml"), []byte(benchProfile), 0o644); err != nil {
		b.Fatal(err)
	}
	base, err := openBase(b.Context(), c, zerolog.Nop(), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := base.Close(); err != nil {
			b.Fatal(err)
		}
	}()
	var next atomic.Int64
	var group sync.WaitGroup
	for range benchConnections {
		group.Go(func() {
			for n := int(next.Add(1)) - 1; n < devices; n = int(next.Add(1)) - 1 {
				if err := s.awaited(b.Context(), base, n); err != nil {
					b.Error(err)
				}
			}
		})
	}
	group.Wait()
}

// awaited queues what the n-th device is awaited for.
func (s benchScene) awaited(ctx context.Context, base *base, n int) error {
	switch {
	case s.orders:
		_, _, err := base.engine.Submit(ctx, "bench", itms.OrderRequest{OrderNo: fmt.Sprintf("B-%d", n), Source: "bench", Kind: itms.KindInstall,
			Mode: itms.ModeSelf, Subscriber: itms.Subscriber{ID: "U"}, Device: itms.ClaimText{Serial: benchSerial(n)},
			Service: itms.ServiceSpec{ID: itms.ServiceID(fmt.Sprintf("S-%d", n)), Type: itms.ServiceIPTV, Account: "a", Password: itms.NewSecret("p")}})
		return err
	case s.refresh > 0:
		id := itms.DeviceID{OUI: "00005E", ProductClass: s.class, Serial: benchSerial(n)}
		err := base.engine.Contact(ctx, &itms.Contact{Device: id, Session: "0", Events: s.events, CommandKeys: []string{""}, CWMP: "1-0",
			Params: []itms.Param{{Name: "Device.DeviceInfo.SoftwareVersion", Value: "1.0.0", Type: itms.TypeString}}})
		if err == nil {
			_, err = base.engine.CreateTask(ctx, "bench", id, itms.TaskRequest{Kind: itms.TaskRefresh})
		}
		return err
	}
	return nil
}

func benchSerial(n int) string { return fmt.Sprintf("BENCH%07d", n) }

// informOf is a 9-parameter Inform.
func (s benchScene) informOf(n int) []byte {
	events, params := "", ""
	for _, code := range s.events {
		events += "<EventStruct><EventCode>" + code + "</EventCode><CommandKey></CommandKey></EventStruct>"
	}
	for _, p := range [][2]string{{"DeviceInfo.HardwareVersion", "1.0"}, {"DeviceInfo.SoftwareVersion", "1.0.0"}, {"DeviceInfo.ProvisioningCode", ""},
		{"LAN.MACAddress", fmt.Sprintf("00:00:5E:%02X:%02X:%02X", n>>16&255, n>>8&255, n&255)},
		{"ManagementServer.ConnectionRequestURL", "http://192.0.2.1:7547/x"}, {"ManagementServer.ParameterKey", ""},
		{"LAN.IPAddress", "192.0.2.1"}, {"DeviceInfo.ModelName", "EX"}, {"DeviceInfo.UpTime", "123456"}} {
		params += fmt.Sprintf(`<ParameterValueStruct><Name>Device.%s</Name><Value xsi:type="xsd:string">%s</Value></ParameterValueStruct>`, p[0], p[1])
	}
	return envelope([]byte("1"), fmt.Appendf(nil, `<cwmp:Inform><DeviceId><Manufacturer>Example</Manufacturer><OUI>00005E</OUI><ProductClass>%s</ProductClass><SerialNumber>%s</SerialNumber></DeviceId><Event soap-enc:arrayType="cwmp:EventStruct[%d]">%s</Event><MaxEnvelopes>1</MaxEnvelopes><CurrentTime>2026-11-01T00:00:00Z</CurrentTime><RetryCount>0</RetryCount><ParameterList soap-enc:arrayType="cwmp:ParameterValueStruct[9]">%s</ParameterList></cwmp:Inform>`,
		s.class, benchSerial(n), len(s.events), events, params))
}

// boxes are the devices that talk at once; known ones are in service afterwards.
func (s benchScene) boxes(b *testing.B, address string, way benchWay, identity *tls.Config) []*benchBox {
	boxes := make([]*benchBox, benchConnections)
	for i := range boxes {
		boxes[i] = &benchBox{address: address, tls: identity, fresh: way.fresh, held: map[string]string{}, inform: s.informOf(i), tree: benchNames(s.refresh)}
		b.Cleanup(boxes[i].hangUp)
	}
	if !s.known {
		return boxes
	}
	var group sync.WaitGroup
	for _, x := range boxes {
		group.Go(func() {
			for range 2 { // the first tells what is new; from then on nothing is
				if _, err := x.session(); err != nil {
					b.Error(err)
				}
			}
		})
	}
	group.Wait()
	return boxes
}

// benchNames are so many parameters, in objects of ten.
func benchNames(count int) []string {
	var names []string
	for i := range count {
		names = append(names, fmt.Sprintf("Device.Services.Part%d.Unit%d.Value%d", i/100, i/10%10, i%10))
	}
	return names
}

// sample records one session: that of the last device.
func (s benchScene) sample(b *testing.B, x *benchBox) (posts []benchPost) {
	x.record = &posts
	if err := s.session(x, b.N); err != nil {
		b.Fatal(err)
	}
	x.record = nil
	return posts
}

// session is the n-th session: of the box itself, or of a device that was never here.
func (s benchScene) session(x *benchBox, n int) error {
	if !s.known {
		clear(x.held)
		x.rows, x.inform = 0, s.informOf(n)
	}
	requests, err := x.session()
	if err == nil && requests != s.requests {
		err = fmt.Errorf("%d requests instead of %d", requests, s.requests)
	}
	return err
}

// share divides b.N sessions among the boxes and returns how many were served per
// second.
func share(b *testing.B, boxes []*benchBox, session func(*benchBox, int) error) float64 {
	var next atomic.Int64
	var group sync.WaitGroup
	begun := time.Now()
	for _, x := range boxes {
		group.Go(func() {
			for n := int(next.Add(1)) - 1; n < b.N; n = int(next.Add(1)) - 1 {
				if err := session(x, n); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	return float64(b.N) / time.Since(begun).Seconds()
}

// bare has the recorded session served by net/http alone and returns sessions per
// second and allocations of each.
func (s benchScene) bare(b *testing.B, boxes []*benchBox, posts []benchPost, secure bool, c *config.Config) (rate, allocs float64) {
	address := mirror(b, posts, secure, c.CWMP.TLS.Cert, c.CWMP.TLS.Key)
	for _, x := range boxes {
		x.hangUp()
		x.address = address
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	rate = share(b, boxes, func(x *benchBox, _ int) error { return x.mirrored(posts) })
	runtime.ReadMemStats(&after)
	return rate, float64(after.Mallocs-before.Mallocs) / float64(b.N)
}

// mirror is a bare net/http server that gives each connection the recorded answers,
// over and over.
func mirror(b *testing.B, posts []benchPost, secure bool, cert, key string) (address string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	type place struct{}
	server := &http.Server{
		ConnContext: func(ctx context.Context, _ net.Conn) context.Context {
			return context.WithValue(ctx, place{}, new(int))
		},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			at := r.Context().Value(place{}).(*int)
			p := posts[*at%len(posts)]
			*at++
			if len(p.reply) > 0 {
				w.Header().Set("Content-Type", "text/xml")
				w.Header().Set("Set-Cookie", "itms=0; Path=/")
			}
			if p.status != http.StatusNoContent {
				w.Header().Set("Content-Length", strconv.Itoa(len(p.reply)))
			}
			w.WriteHeader(p.status)
			_, _ = w.Write(p.reply)
		}),
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	go func() {
		if secure {
			_ = server.ServeTLS(l, cert, key)
		} else {
			_ = server.Serve(l)
		}
	}()
	b.Cleanup(func() { _ = server.Close() })
	return l.Addr().String()
}
