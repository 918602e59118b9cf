package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"itms"
	"itms/cmd/cpesim/sim"
	"itms/cmd/itms/config"
	"itms/internal/digest"
	"itms/store/boltdb"
)

// benchConnections is how many devices talk at once, each on its own keep-alive
// connection.
const benchConnections = 64

// serverConfig is a server on free ports and a fresh embedded store.
func serverConfig(tb testing.TB, auth string) *config.Config {
	c := config.Default()
	dir := tb.TempDir()
	c.SetFile(filepath.Join(dir, "itms.yaml"))
	c.Data, c.Profiles = dir, filepath.Join(dir, "profiles")
	c.Web.Listen, c.CWMP.Listen, c.Files.Listen, c.CWMP.Auth = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", auth
	c.CWMP.Username, c.CWMP.Password = "cpe", "bench-Pw"
	return c
}

// startServer runs a server until the test or benchmark ends and returns its
// addresses by door.
func startServer(tb testing.TB, c *config.Config) (addresses map[string]string) {
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan map[string]string, 1), make(chan error, 1)
	go func() { done <- serve(ctx, c, zerolog.Nop(), nil, func(a map[string]string) { ready <- a }) }()
	select {
	case a := <-ready:
		tb.Cleanup(func() {
			cancel()
			if err := <-done; err != nil {
				tb.Error(err)
			}
		})
		return a
	case err := <-done:
		cancel()
		tb.Fatal(err)
		return nil
	}
}

// installAll posts one order per device and lets simulated boxes fulfil them, so
// that the benchmark talks as devices in service.
func installAll(b *testing.B, c *config.Config) {
	base, err := openBase(b.Context(), c, zerolog.Nop(), nil)
	if err != nil {
		b.Fatal(err)
	}
	for i := range benchConnections {
		req := itms.OrderRequest{OrderNo: fmt.Sprintf("B-%d", i), Source: "bench", Kind: itms.KindInstall, Mode: itms.ModeSelf,
			Subscriber: itms.Subscriber{ID: "U"}, Device: itms.ClaimText{Serial: benchSerial(i)},
			Service: itms.ServiceSpec{ID: itms.ServiceID(fmt.Sprintf("S-%d", i)), Type: itms.ServiceIPTV, Account: "a", Password: itms.NewSecret("p")}}
		if _, _, err := base.engine.Submit(b.Context(), "bench", req); err != nil {
			b.Fatal(err)
		}
	}
	if err := base.Close(); err != nil {
		b.Fatal(err)
	}
}

func benchSerial(i int) string { return fmt.Sprintf("BENCH%04d", i) }

// fulfil runs the first session of each box.
func fulfil(b *testing.B, c *config.Config, acs string) {
	var boxes sync.WaitGroup
	for i := range benchConnections {
		boxes.Go(func() {
			box, err := sim.New(sim.Config{Model: "ctc-stb", OUI: "00005E", ProductClass: "STB", Serial: benchSerial(i),
				MAC: fmt.Sprintf("00:00:5E:00:53:%02X", i), ACS: []string{"http://" + acs + "/"}, Username: c.CWMP.Username, Password: c.CWMP.Password})
			if err == nil {
				_, err = box.Session(context.Background())
			}
			if err != nil {
				b.Error(err)
			}
		})
	}
	boxes.Wait()
}

// informOf is a 9-parameter periodic Inform.
func informOf(i int) []byte {
	params := ""
	for _, p := range [][2]string{{"DeviceInfo.HardwareVersion", "1.0"}, {"DeviceInfo.SoftwareVersion", "1.0.0"}, {"DeviceInfo.ProvisioningCode", ""},
		{"DeviceInfo.SpecVersion", "1.0"}, {"ManagementServer.ConnectionRequestURL", "http://192.0.2.1:7547/x"},
		{"ManagementServer.ParameterKey", fmt.Sprintf("B-%d/1/1", i)}, {"LAN.IPAddress", "192.0.2.1"}, {"DeviceInfo.ModelName", "EX"}, {"DeviceInfo.UpTime", "123456"}} {
		params += fmt.Sprintf(`<ParameterValueStruct><Name>Device.%s</Name><Value xsi:type="xsd:string">%s</Value></ParameterValueStruct>`, p[0], p[1])
	}
	return fmt.Appendf(nil, `<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:soap-enc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:cwmp="urn:dslforum-org:cwmp-1-0"><soap-env:Header><cwmp:ID soap-env:mustUnderstand="1">1</cwmp:ID></soap-env:Header><soap-env:Body><cwmp:Inform><DeviceId><Manufacturer>Example</Manufacturer><OUI>00005E</OUI><ProductClass>STB</ProductClass><SerialNumber>%s</SerialNumber></DeviceId><Event soap-enc:arrayType="cwmp:EventStruct[1]"><EventStruct><EventCode>2 PERIODIC</EventCode><CommandKey></CommandKey></EventStruct></Event><MaxEnvelopes>1</MaxEnvelopes><CurrentTime>2026-11-01T00:00:00Z</CurrentTime><RetryCount>0</RetryCount><ParameterList soap-enc:arrayType="cwmp:ParameterValueStruct[9]">%s</ParameterList></cwmp:Inform></soap-env:Body></soap-env:Envelope>`, benchSerial(i), params)
}

// benchClient is one device on one connection; it does no more than it must, so
// that the server is what is measured.
type benchClient struct {
	conn      net.Conn
	in        *bufio.Reader
	inform    []byte
	out       []byte
	cookie    string
	challenge *digest.Challenge
}

func dialBench(i int, address string) (*benchClient, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &benchClient{conn: conn, in: bufio.NewReader(conn), inform: informOf(i)}, nil
}

// post sends one POST and returns the status and what the headers carry.
func (c *benchClient) post(body []byte) (status int, err error) {
	c.out = append(c.out[:0], "POST / HTTP/1.1\r\nHost: acs.example.com\r\nContent-Type: text/xml\r\n"...)
	if c.cookie != "" && len(body) == 0 {
		c.out = append(append(append(c.out, "Cookie: "...), c.cookie...), "\r\n"...)
	}
	if c.challenge != nil && len(body) > 0 {
		c.out = append(append(append(c.out, "Authorization: "...), c.challenge.Authorize("POST", "/", "cpe", "bench-Pw")...), "\r\n"...)
	}
	c.out = append(strconv.AppendInt(append(c.out, "Content-Length: "...), int64(len(body)), 10), "\r\n\r\n"...)
	c.out = append(c.out, body...)
	if _, err := c.conn.Write(c.out); err != nil {
		return 0, err
	}
	return c.answer()
}

// answer reads status line, headers and body.
func (c *benchClient) answer() (status int, err error) {
	length, challenges := 0, []string(nil)
	for first := true; ; first = false {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if first {
			if status, err = strconv.Atoi(string(line[9:12])); err != nil {
				return 0, err
			}
			continue
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch string(name) {
		case "Content-Length":
			length, err = strconv.Atoi(string(value))
		case "Set-Cookie":
			pair, _, _ := bytes.Cut(value, []byte(";"))
			c.cookie = string(pair)
		case "Www-Authenticate":
			challenges = append(challenges, string(value))
		}
		if err != nil {
			return 0, err
		}
	}
	if challenges != nil {
		if c.challenge, err = digest.ParseChallenge(challenges); err != nil {
			return 0, err
		}
	}
	_, err = c.in.Discard(length)
	return status, err
}

// session is Inform and empty POST.
func (c *benchClient) session() error {
	status, err := c.post(c.inform)
	if err == nil && status == http.StatusUnauthorized {
		status, err = c.post(c.inform)
	}
	if err != nil || status != http.StatusOK {
		return fmt.Errorf("Inform answered %d: %w", status, err)
	}
	status, err = c.post(nil)
	if err != nil || status != http.StatusNoContent {
		return fmt.Errorf("empty POST answered %d: %w", status, err)
	}
	return nil
}

// runSessions shares b.N sessions among the connections and reports sessions/s.
func runSessions(b *testing.B, address string) float64 {
	clients := make([]*benchClient, benchConnections)
	for i := range clients {
		c, err := dialBench(i, address)
		if err != nil {
			b.Fatal(err)
		}
		defer c.conn.Close()
		for range 2 { // the first tells what is new; from then on nothing is
			if err := c.session(); err != nil {
				b.Fatal(err)
			}
		}
		clients[i] = c
	}
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	b.ResetTimer()
	begun := time.Now()
	var group sync.WaitGroup
	for _, c := range clients {
		group.Go(func() {
			for left.Add(-1) >= 0 {
				if err := c.session(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.StopTimer()
	rate := float64(b.N) / time.Since(begun).Seconds()
	b.ReportMetric(rate, "sessions/s")
	return rate
}

// bareServer answers canned bytes to the same client: what net/http itself costs.
func bareServer(b *testing.B) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	reply := []byte(`<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:cwmp="urn:dslforum-org:cwmp-1-0"><soap-env:Header><cwmp:ID soap-env:mustUnderstand="1">1</cwmp:ID></soap-env:Header><soap-env:Body><cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse></soap-env:Body></soap-env:Envelope>`)
	hs := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		if n == 0 {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Set-Cookie", "itms=0; Path=/")
		w.Header().Set("Content-Type", "text/xml")
		_, _ = w.Write(reply)
	})}
	go hs.Serve(l) //nolint:errcheck // ends with ErrServerClosed
	b.Cleanup(func() { hs.Close() })
	return l.Addr().String()
}

// BenchmarkIdleSessions is the system's first figure: devices in service that come
// into contact and have nothing to do, beside a server that does nothing at all.
func BenchmarkIdleSessions(b *testing.B) {
	bare := 0.0
	b.Run("bare", func(b *testing.B) { bare = runSessions(b, bareServer(b)) })
	for _, auth := range []string{"none", "digest"} {
		b.Run("itms-"+auth, func(b *testing.B) {
			c := serverConfig(b, auth)
			installAll(b, c)
			acs := startServer(b, c)["cwmp"]
			fulfil(b, c, acs)
			rate := runSessions(b, acs)
			b.ReportMetric(rate/bare, "of-bare")
		})
	}
}

// BenchmarkIdleDevices is what many known devices cost in memory: 100,000 with 200
// parameters each, all of them looked at once.
func BenchmarkIdleDevices(b *testing.B) {
	const devices, params = 100_000, 200
	for b.Loop() {
		path := filepath.Join(b.TempDir(), "itms.db")
		fillDevices(b, path, devices, params)
		runtime.GC()
		before := residentBytes(b)
		store, err := boltdb.Open(b.Context(), path, boltdb.Options{})
		if err != nil {
			b.Fatal(err)
		}
		seen := lookAtAll(b, store)
		runtime.GC()
		b.ReportMetric(float64(residentBytes(b))/1e6, "resident-MB")
		b.ReportMetric(float64(residentBytes(b)-before)/float64(seen), "resident-B/device")
		if info, err := os.Stat(path); err == nil {
			b.ReportMetric(float64(info.Size())/float64(seen), "disk-B/device")
		}
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// fillDevices writes the devices in batches.
func fillDevices(b *testing.B, path string, devices, params int) {
	store, err := boltdb.Open(b.Context(), path, boltdb.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	const batch = 1000
	for start := 0; start < devices; start += batch {
		err := store.Update(b.Context(), func(tx itms.Tx) error {
			for i := start; i < start+batch; i++ {
				d := &itms.Device{ID: itms.DeviceID{OUI: "00005E", ProductClass: "STB", Serial: fmt.Sprintf("SN%08d", i)},
					Manufacturer: "Example", Model: "EX-1", Software: "1.0.0", State: itms.DeviceInService, IP: "192.0.2.1",
					MAC: itms.MAC{0, 0, 0x5E, byte(i >> 16), byte(i >> 8), byte(i)}, Root: "Device.", CWMP: "1-0", Profile: "ctc-iptv", FirstSeen: time.Unix(0, 0)}
				if err := tx.Devices().Put(d); err != nil {
					return err
				}
				if err := tx.Devices().PutParams(d.ID, benchTree(i, params)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// benchTree is a box's parameters, with values of its own.
func benchTree(i, params int) *itms.ParamTree {
	t := &itms.ParamTree{}
	for j := range params {
		t.Set(itms.Param{Name: itms.ParamPath(fmt.Sprintf("Device.Services.STBService.1.Components.Part%d.Value%d", j/10, j%10)),
			Value: strconv.Itoa((i*2654435761 + j*40503) % 1_000_003), Type: itms.TypeUnsignedInt})
	}
	return t
}

// lookAtAll reads each device once, as its contact would.
func lookAtAll(b *testing.B, store itms.Store) (seen int) {
	after := ""
	for {
		var page []*itms.Device
		err := store.View(b.Context(), func(tx itms.Tx) (err error) {
			page, err = tx.Devices().List(itms.DeviceQuery{After: after, Limit: 1000})
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		if len(page) == 0 {
			return seen
		}
		seen += len(page)
		after = page[len(page)-1].ID.String()
	}
}

// residentBytes is the process's resident set.
func residentBytes(b *testing.B) int64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("no /proc here: ", err)
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			return kb << 10
		}
	}
	b.Fatal("no VmRSS")
	return 0
}
