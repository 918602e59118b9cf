package sim

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// speedTimeout bounds one test of TR-143.
	speedTimeout = time.Minute
	// maxTestFile bounds what an upload test sends.
	maxTestFile = 64 << 20
	// simulatedFile is how large each file is that no box really fetches, and
	// simulatedTime how long it takes.
	simulatedFile = 1_250_000
	simulatedTime = time.Second
)

// moments are the times of a test of TR-143. A request is watched from several
// goroutines.
type moments struct {
	mu                          sync.Mutex
	open, opened, rom, bom, eom time.Time
}

// mark notes that something happens for the first time.
func (m *moments) mark(at *time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at.IsZero() {
		*at = time.Now()
	}
}

// connected tells whether there was a connection.
func (m *moments) connected() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.rom.IsZero()
}

// values are the times as parameters.
func (m *moments) values() map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	text := func(t time.Time) string {
		if t.IsZero() {
			return "0001-01-01T00:00:00Z"
		}
		return t.UTC().Format("2006-01-02T15:04:05.000000Z")
	}
	return map[string]string{"TCPOpenRequestTime": text(m.open), "TCPOpenResponseTime": text(m.opened),
		"ROMTime": text(m.rom), "BOMTime": text(m.bom), "EOMTime": text(m.eom)}
}

// counted counts the bytes of a connection.
type counted struct {
	net.Conn
	in, out *atomic.Int64
}

// Read implements net.Conn.
func (c counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.in.Add(int64(n))
	return n, err
}

// Write implements net.Conn.
func (c counted) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.out.Add(int64(n))
	return n, err
}

// zeros is a file of zeros.
type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// findDownload is the test of TR-143 §4.1.1.
func findDownload(ctx context.Context, p Probe) Finding {
	return speed(ctx, p, http.MethodGet, p.Arg("DownloadURL"), 0)
}

// findUpload is the test of TR-143 §4.1.2.
func findUpload(ctx context.Context, p Probe) Finding {
	return speed(ctx, p, http.MethodPut, p.Arg("UploadURL"), min(int64(p.number("TestFileLength")), maxTestFile))
}

// speed moves a file and says how long it took. Only servers on this machine are really
// asked.
func speed(ctx context.Context, p Probe, method, address string, size int64) Finding {
	if !loopback(address) {
		end := time.Now()
		begin := end.Add(-simulatedTime)
		return speedFound(&moments{open: begin, opened: begin, rom: begin, bom: begin, eom: end}, simulatedFile, simulatedFile, simulatedFile)
	}
	ctx, cancel := context.WithTimeout(ctx, speedTimeout)
	defer cancel()
	var m moments
	var in, out atomic.Int64
	request, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, m.trace(method)), method, address, io.LimitReader(zeros{}, size))
	if err != nil {
		return Finding{State: "Error_InitConnectionFailed"}
	}
	request.ContentLength = size
	if size == 0 {
		request.Body = http.NoBody
	}
	dial := p.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true, DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
		conn, err := dial(ctx, network, to)
		if err != nil {
			return nil, err
		}
		return counted{conn, &in, &out}, nil
	}}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		if !m.connected() {
			return Finding{State: "Error_InitConnectionFailed"}
		}
		return Finding{State: "Error_NoResponse", Values: m.values()}
	}
	defer response.Body.Close()
	test, err := io.Copy(io.Discard, io.LimitReader(response.Body, maxFile))
	m.mark(&m.eom)
	if method == http.MethodPut {
		test = size
	}
	if found := speedFound(&m, test, in.Load(), out.Load()); err == nil && response.StatusCode < 300 {
		return found
	}
	return Finding{State: "Error_TransferFailed", Values: m.values()}
}

// trace notes the times of a request. A download begins with its first byte, an upload
// when its head is on its way.
func (m *moments) trace(method string) *httptrace.ClientTrace {
	t := &httptrace.ClientTrace{
		ConnectStart: func(string, string) { m.mark(&m.open) },
		ConnectDone:  func(string, string, error) { m.mark(&m.opened) },
		GotConn:      func(httptrace.GotConnInfo) { m.mark(&m.rom) },
	}
	if method == http.MethodPut {
		t.WroteHeaders = func() { m.mark(&m.bom) }
	} else {
		t.GotFirstResponseByte = func() { m.mark(&m.bom) }
	}
	return t
}

// speedFound is the result of a test that went well.
func speedFound(m *moments, test, in, out int64) Finding {
	values := m.values()
	for leaf, n := range map[string]int64{"TestBytesReceived": test, "TestBytesSent": test, "TotalBytesReceived": in, "TotalBytesSent": out} {
		values[leaf] = strconv.FormatInt(n, 10)
	}
	return Finding{Values: values}
}
