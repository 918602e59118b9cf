package tod

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// counted is how often the server counted a result.
func counted(t *testing.T, s *Server, transport, result string) float64 {
	t.Helper()
	families, err := s.opt.Registerer.(*prometheus.Registry).Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range families[0].GetMetric() {
		if labels := m.GetLabel(); labels[0].GetValue() == result && labels[1].GetValue() == transport {
			return m.GetCounter().GetValue()
		}
	}
	t.Fatalf("%s of %s is not counted", result, transport)
	return 0
}

// noon is what the clock of the tests shows.
var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// serve starts a server at an address until the test ends.
func serve(t *testing.T, address string, o Options) (*Server, netip.AddrPort) {
	t.Helper()
	if o.Clock == nil {
		o.Clock = func() time.Time { return noon }
	}
	o.Registerer = prometheus.NewRegistry()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	at, err := s.Listen(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return s, at
}

func TestTellsTheTime(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		_, at := serve(t, address, Options{})
		for _, network := range []string{"udp", "tcp"} {
			got, err := Ask(t.Context(), network, at.Addr(), at, noon.AddDate(20, 0, 0))
			if err != nil || !got.Equal(noon) {
				t.Errorf("%s %s: %v, %v", network, at, got, err)
			}
		}
	}
}

// TestWire holds the octets of RFC 868: its own examples, and the rollover of 2036.
func TestWire(t *testing.T) {
	for _, c := range []struct {
		at      time.Time
		seconds uint32
	}{
		{time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), 2_208_988_800},
		{time.Date(1976, 1, 1, 0, 0, 0, 0, time.UTC), 2_398_291_200},
		{time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), 2_524_521_600},
		{time.Date(1983, 5, 1, 0, 0, 0, 0, time.UTC), 2_629_584_000},
		{time.Date(1858, 11, 17, 0, 0, 0, 0, time.UTC), 1<<32 - 1_297_728_000},
		{time.Date(2036, 2, 7, 6, 28, 15, 0, time.UTC), 1<<32 - 1},
		{time.Date(2036, 2, 7, 6, 28, 16, 0, time.UTC), 0},
		{time.Date(2036, 2, 7, 6, 28, 17, 999, time.UTC), 1},
	} {
		if got := Seconds(c.at); got != c.seconds {
			t.Errorf("%v is %d, want %d", c.at, got, c.seconds)
		}
		for _, away := range []int{-60, 0, 60} {
			if got := Time(c.seconds, c.at.AddDate(away, 0, 0)); !got.Equal(c.at.Truncate(time.Second)) {
				t.Errorf("%d seen %d years away is %v, want %v", c.seconds, away, got, c.at)
			}
		}
	}
}

// TestRolloverOnTheWire: past 2036 the server counts on from 0.
func TestRolloverOnTheWire(t *testing.T) {
	_, at := serve(t, "127.0.0.1:0", Options{Clock: func() time.Time { return time.Date(2036, 2, 7, 6, 28, 20, 0, time.UTC) }})
	if got := exchange(t, at, nil); !bytes.Equal(got, []byte{0, 0, 0, 4}) {
		t.Errorf("% x", got)
	}
}

// dial makes a connected UDP socket: it hears the address that it talks to only.
func dial(t *testing.T, to netip.AddrPort) net.Conn {
	t.Helper()
	conn, err := net.Dial("udp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// exchange sends a datagram and returns the answer.
func exchange(t *testing.T, to netip.AddrPort, question []byte) []byte {
	t.Helper()
	conn := dial(t, to)
	if _, err := conn.Write(question); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	buf := make([]byte, 100)
	n, err := conn.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return buf[:n]
}

// TestAnswersFromTheAddressAsked: a socket at a wildcard has many addresses.
func TestAnswersFromTheAddressAsked(t *testing.T) {
	for listen, asked := range map[string][]string{"0.0.0.0:0": {"127.0.0.1", "127.9.9.9"}, "[::]:0": {"127.9.9.8", "::1"}} {
		_, at := serve(t, listen, Options{})
		for _, host := range asked {
			if got := exchange(t, netip.AddrPortFrom(netip.MustParseAddr(host), at.Port()), nil); len(got) != answerSize {
				t.Errorf("%s asked at %s: % x", listen, host, got)
			}
		}
	}
}

// TestLongDatagramsAreIgnored: an answer to them would be none to a question.
func TestLongDatagramsAreIgnored(t *testing.T) {
	s, at := serve(t, "127.0.0.1:0", Options{})
	conn := dial(t, at)
	for _, size := range []int{maxQuestion + 1, 1400, maxQuestion} { // the last one is answered
		if _, err := conn.Write(make([]byte, size)); err != nil {
			t.Fatal(err)
		}
	}
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, err := conn.Read(make([]byte, 100)); n != answerSize || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if got := counted(t, s, "udp", "ignored"); got != 2 {
		t.Errorf("%v ignored", got)
	}
}

// TestServersDoNotTalkForEver: two time servers would answer each other's answers.
func TestServersDoNotTalkForEver(t *testing.T) {
	for _, port := range []uint16{0, 7, 13, 17, 19, 37, 3737} {
		if !loops(port, 3737) {
			t.Errorf("port %d is answered", port)
		}
	}
	if loops(1024, 3737) || loops(40_000, 37) {
		t.Error("ports of clients are not answered")
	}
}

func TestLimits(t *testing.T) {
	clock := noon
	p := newPace(Options{PerSource: 2, InAll: 5})
	ask := func(addr string, times, want int) {
		t.Helper()
		got := 0
		for range times {
			if p.allow(netip.MustParseAddr(addr), clock) {
				got++
			}
		}
		if got != want {
			t.Errorf("%s was answered %d times of %d, want %d", addr, got, times, want)
		}
	}
	ask("192.0.2.1", 5, 2)
	ask("::ffff:192.0.2.1", 1, 0) // the same
	ask("2001:db8::1", 3, 2)
	ask("2001:db8::2", 3, 0) // the same customer's network
	ask("2001:db8:0:1::2", 3, 1)
	ask("192.0.2.9", 1, 0) // all five are gone
	clock = clock.Add(500 * time.Millisecond)
	ask("192.0.2.1", 5, 1)
	ask("192.0.2.9", 5, 1)
	clock = clock.Add(time.Hour)
	ask("192.0.2.1", 5, 2)
}

func TestNoLimits(t *testing.T) {
	p := newPace(Options{PerSource: -1, InAll: -1})
	for range 10_000 {
		if !p.allow(netip.MustParseAddr("192.0.2.1"), noon) {
			t.Fatal("limited")
		}
	}
}

// TestSourcesAreBounded: a flood of made-up addresses takes no more memory than that.
func TestSourcesAreBounded(t *testing.T) {
	p := newPace(Options{InAll: -1, PerSource: 1})
	for i := range maxSources + 1000 {
		p.allow(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), noon)
	}
	if len(p.full) != maxSources {
		t.Errorf("%d sources", len(p.full))
	}
}

func TestLimitedOnTheWire(t *testing.T) {
	s, at := serve(t, "127.0.0.1:0", Options{PerSource: 1})
	if got := exchange(t, at, nil); len(got) != answerSize {
		t.Fatalf("% x", got)
	}
	if _, err := Ask(t.Context(), "tcp", netip.Addr{}, at, noon); err == nil {
		t.Error("the second question was answered")
	}
	if got := counted(t, s, "tcp", "limited"); got != 1 {
		t.Errorf("%v limited", got)
	}
}

func TestAskGivesUpWithItsContext(t *testing.T) {
	silent, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	at := silent.LocalAddr().(*net.UDPAddr).AddrPort()
	if _, err := Ask(ctx, "udp", netip.Addr{}, at, noon); err == nil {
		t.Error("no error")
	}
}

func TestClosedServerServesNothing(t *testing.T) {
	s, err := New(Options{Registerer: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Listen(t.Context(), "127.0.0.1:0"); err == nil {
		t.Error("a closed server listens")
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestMetricsMoveToTheNextServer: they are registered once, and free after Close.
func TestMetricsMoveToTheNextServer(t *testing.T) {
	r := prometheus.NewRegistry()
	first, err := New(Options{Registerer: r})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{Registerer: r}); err == nil {
		t.Error("two servers count as one")
	}
	if err := first.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	second, err := New(Options{Registerer: r})
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestRdate asks with a client of another make.
func TestRdate(t *testing.T) {
	path, err := exec.LookPath("rdate")
	if err != nil {
		t.Fatal("the Debian package rdate is not installed; make deps installs it")
	}
	_, at := serve(t, "127.0.0.1:0", Options{})
	for _, flags := range []string{"-pn", "-pu"} {
		args := strings.Fields(strings.TrimSuffix(flags, "n") + " -o " + portOf(at) + " 127.0.0.1")
		cmd := exec.CommandContext(t.Context(), path, args...)
		cmd.Env = []string{"TZ=UTC", "LC_ALL=C"}
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "Nov 29 12:00:00") {
			t.Errorf("rdate %v: %v: %s", args, err, out)
		}
	}
}

// portOf is the port as text.
func portOf(at netip.AddrPort) string {
	_, port, _ := net.SplitHostPort(at.String())
	return port
}

// FuzzUDP: no datagram crashes the server or gets an answer longer than four octets,
// and a question after it is answered.
func FuzzUDP(f *testing.F) {
	for _, seed := range []string{"", "\n", "0123456789abcdef", strings.Repeat("x", 1400)} {
		f.Add([]byte(seed))
	}
	s, err := New(Options{PerSource: -1, InAll: -1, Clock: func() time.Time { return noon }})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close(context.Background()) })
	at, err := s.Listen(context.Background(), "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	conn, err := net.Dial("udp", at.String())
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = conn.Close() })
	f.Fuzz(func(t *testing.T, datagram []byte) {
		answers := 1
		if len(datagram) <= maxQuestion {
			answers = 2
		}
		if _, err := conn.Write(datagram); err != nil {
			t.Skip(err) // larger than a datagram
		}
		if _, err := conn.Write(nil); err != nil {
			t.Fatal(err)
		}
		for range answers {
			_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			if n, err := conn.Read(make([]byte, 100)); n != answerSize || err != nil {
				t.Fatalf("%d octets, %v", n, err)
			}
		}
	})
}
