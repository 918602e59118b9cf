package stun

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	user     = "00005E-STB-S1001"
	password = "stun-password"
)

// home is where the requests of these tests come from.
var home = netip.MustParseAddrPort("198.51.100.7:40000")

// passwords knows one device.
func passwords(_ context.Context, name string) (string, error) {
	if name == "away" {
		return "", errors.New("the store is away")
	}
	return map[string]string{user: password, "empty": ""}[name], nil
}

// deaf makes a server without socket and goroutines, at a fixed time.
func deaf(bound func(Binding)) (*Server, *time.Time) {
	now := time.Unix(1_800_000_000, 0)
	return newServer(nil, Options{Password: passwords, Bound: bound, Clock: func() time.Time { return now }}), &now
}

// ask puts a request to a deaf server.
func ask(t testing.TB, s *Server, packet []byte, from netip.AddrPort) ([]byte, string) {
	t.Helper()
	req, err := parse(packet)
	if err != nil {
		t.Fatal(err)
	}
	if req.signed && len(req.unknown) == 0 {
		return s.prove(req, from)
	}
	return s.unsigned(req, from)
}

// unhex reads hex with spaces.
func unhex(t testing.TB, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// The sample request of RFC 5769 §2.1.
const sample = `00010058 2112a442 b7e7a701bc34d686fa87dfae 80220010 5354554e207465737420636c69656e74
	00240004 6e0001ff 80290008 932ff9b151263b36 00060009 6576746a3a68367659202020
	00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004 e57a3bcf`

func TestIntegrityOfTheRFC(t *testing.T) {
	req, err := parse(unhex(t, sample))
	if err != nil || req.username != "evtj:h6vY" || len(req.unknown) != 1 {
		t.Fatalf("%+v, %v", req, err)
	}
	if f, ok := req.verify("VOkJxbRl1RmTxUk/WvJxBt"); !ok || f != formPlain {
		t.Error("the right password does not fit")
	}
	for _, wrong := range []string{"", "VOkJxbRl1RmTxUk/WvJxBT"} {
		if _, ok := req.verify(wrong); ok {
			t.Errorf("%q fits", wrong)
		}
	}
}

// The bytes of each answer: what devices were seen to understand must not change.
func TestAnswers(t *testing.T) {
	id := [12]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	const tail = "0102030405060708090a0b0c"
	for _, tc := range []struct {
		name, result, want string
		ask                Ask
	}{
		{"plain", ResultAnswered, "0101000c 01020304" + tail + "00010008 00019c40c6336407", Ask{Classic: true}},
		{"plain, RFC 5389", ResultAnswered, "01010018 2112a442" + tail + "00010008 00019c40c6336407 00200008 0001bd52e721c045", Ask{}},
		{"unsigned binding", ResultChallenged, "01110014 01020304" + tail + "00090010 00000401 556e617574686f72697a6564",
			Ask{Classic: true, Binds: true, Username: user}},
		{"unsigned binding, RFC 5389", ResultChallenged, "01110014 2112a442" + tail + "00090010 00000401 556e617574686f72697a6564",
			Ask{Binds: true, Username: user}},
		{"wrong password", ResultDenied, "01110008 01020304" + tail + "00090004 0000041f",
			Ask{Classic: true, Binds: true, Username: user, Password: "guess"}},
		{"wrong password, RFC 5389", ResultDenied, "01110014 2112a442" + tail + "00090010 00000401 556e617574686f72697a6564",
			Ask{Binds: true, Username: user, Password: "guess"}},
		{"nobody", ResultDenied, "01110008 01020304" + tail + "00090004 0000041f",
			Ask{Classic: true, Binds: true, Username: "nobody", Password: password}},
		{"signed binding", ResultBound, "01010024 01020304" + tail + "00010008 00019c40c6336407 00080014 d29f2380a1cfc49f3ffd4c38fffc7ad179936c6c",
			Ask{Classic: true, Binds: true, Changed: true, Username: user, Password: password}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, _ := deaf(nil)
			tc.ask.ID = id
			packet := tc.ask.Encode()
			answer, result := ask(t, s, packet, home)
			if want := unhex(t, tc.want); result != tc.result || string(answer) != string(want) {
				t.Errorf("%s\ngot  %x\nwant %x", result, answer, want)
			}
			if result != ResultAnswered && len(answer) > len(packet) {
				t.Errorf("%d bytes answer %d", len(answer), len(packet))
			}
			if _, err := tc.ask.Read(answer); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestUnknownAttributes(t *testing.T) {
	s, _ := deaf(nil)
	for name, text := range map[string]string{
		"CHANGE-REQUEST": "00010008 2112a442 0102030405060708090a0b0c 00030004 00000006",
		"signed":         sample,
	} {
		answer, result := ask(t, s, unhex(t, text), home)
		if result != ResultUnknown || len(answer) > 44 || answer[headerSize+7] != 20 {
			t.Errorf("%s: %s %x", name, result, answer)
		}
	}
	answer, result := ask(t, s, unhex(t, "00010008 2112a442 0102030405060708090a0b0c 00030004 00000000"), home)
	if result != ResultAnswered {
		t.Errorf("CHANGE-REQUEST that asks for nothing: %s %x", result, answer)
	}
}

func TestParseRefuses(t *testing.T) {
	good := Ask{Binds: true, Username: user, Password: password}.Encode()
	for name, packet := range map[string][]byte{
		"nothing": nil, "short": good[:headerSize-1], "cut": good[:len(good)-1],
		"a response": append([]byte{1, 1}, good[2:]...), "not STUN": []byte("GET / HTTP/1.1\r\n\r\n    "),
		"long":      append(good, make([]byte, maxMessage)...),
		"name":      Ask{Username: strings.Repeat("x", maxUsername+4)}.Encode(),
		"signature": unhex(t, "00010008 2112a442 0102030405060708090a0b0c 00080004 00000000"),
	} {
		if req, err := parse(packet); !errors.Is(err, errNotForUs) {
			t.Errorf("%s: %+v, %v", name, req, err)
		}
	}
}

// A binding is believed once its device has signed, refreshed by plain requests from
// the same place, and forgotten when they stop.
func TestBindingLife(t *testing.T) {
	var told []Binding
	s, now := deaf(func(b Binding) { told = append(told, b) })
	want := func(step string, a Ask, from netip.AddrPort, result string) {
		t.Helper()
		if _, got := ask(t, s, a.Encode(), from); got != result {
			t.Errorf("%s: %s, want %s", step, got, result)
		}
	}
	plain := Ask{Binds: true, Username: user}
	proof := Ask{Binds: true, Username: user, Password: password}
	moved := netip.MustParseAddrPort("198.51.100.7:40001")
	want("first", plain, home, ResultChallenged)
	if _, known := s.Binding(user); known {
		t.Error("known without a signature")
	}
	want("proof", proof, home, ResultBound)
	want("kept open", plain, home, ResultAnswered)
	want("by another", Ask{Binds: true, Username: "empty"}, home, ResultChallenged)
	want("announced change", Ask{Binds: true, Changed: true, Username: user}, home, ResultChallenged)
	want("from elsewhere", plain, moved, ResultChallenged)
	if b, known := s.Binding(user); !known || b.Address != home {
		t.Errorf("%v", b)
	}
	want("proof again", proof, home, ResultBound)
	want("proof from elsewhere", proof, moved, ResultBound)
	if b, known := s.Binding(user); !known || b.Address != moved || len(told) != 2 || told[1].Address != moved {
		t.Errorf("%v, told %v", b, told)
	}
	*now = now.Add(bindingLife)
	want("just in time", plain, moved, ResultAnswered)
	*now = now.Add(bindingLife + time.Second)
	if _, known := s.Binding(user); known {
		t.Error("alive after its life")
	}
	want("too late", plain, moved, ResultChallenged)
	want("no password", Ask{Binds: true, Username: "empty", Password: "x"}, home, ResultDenied)
	want("store away", Ask{Binds: true, Username: "away", Password: "x"}, home, ResultDropped)
	want("no name", Ask{Binds: true, Password: "x"}, home, ResultDenied)
	want("signed without a claim", Ask{Username: user, Password: password}, home, ResultAnswered)
}

func TestBindingsAreBounded(t *testing.T) {
	s, now := deaf(nil)
	for i := range maxBindings {
		s.bindings.set(fmt.Sprint(i), home, *now)
	}
	if _, ok := s.bindings.set("one more", home, *now); ok || s.Bindings() != maxBindings {
		t.Error("no bound")
	}
	if _, ok := s.bindings.set("5", home, *now); !ok {
		t.Error("a known one must be refreshed")
	}
	*now = now.Add(bindingLife + time.Second)
	if _, ok := s.bindings.set("one more", home, *now); !ok || s.Bindings() != 1 {
		t.Errorf("%d are left", s.Bindings())
	}
}

// An answer goes to another port of the address that asked, never to another address.
func TestResponseAddress(t *testing.T) {
	for text, want := range map[string]string{
		"0001 1234 c6336407": "198.51.100.7:4660", "0001 0000 c6336407": home.String(),
		"0001 1234 c0000201": home.String(), "0003 1234 c6336407": home.String(), "0001 1234": home.String(),
	} {
		value := unhex(t, text)
		m := appendAttr(Ask{}.Encode(), attrResponse, value)
		req, err := parse(m)
		if err != nil {
			t.Fatal(err)
		}
		if got := req.destination(home).String(); got != want {
			t.Errorf("%s: to %s, want %s", text, got, want)
		}
	}
}

func TestLimiter(t *testing.T) {
	var l limiter
	now := time.Unix(1_800_000_000, 0)
	one, other := home.Addr(), netip.MustParseAddr("192.0.2.1")
	for i := range perSource {
		if !l.allow(one, now) {
			t.Fatalf("refused after %d", i)
		}
	}
	if l.allow(one, now) || !l.allow(other, now) || !l.allow(one, now.Add(time.Second)) {
		t.Error("not by source and second")
	}
	now = now.Add(time.Minute)
	passed := 0
	for i := range 2 * maxAnswers {
		if l.allow(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), now) {
			passed++
		}
	}
	if passed != maxAnswers || len(l.counts) > maxSources {
		t.Errorf("%d passed, %d sources", passed, len(l.counts))
	}
	now = now.Add(time.Second)
	for i := range perSource + 1 {
		a := netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 15: byte(i)})
		if got := l.allow(a, now); got != (i < perSource) {
			t.Errorf("address %d of one /64: %v", i, got)
		}
	}
}

// listening starts a server on loopback.
func listening(t *testing.T, o Options) *Server {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	s := Serve(conn, o)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// client opens a socket to the server.
func client(t *testing.T, s *Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("udp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// exchange sends a request and reads its answer.
func exchange(t *testing.T, conn net.Conn, a Ask) Answer {
	t.Helper()
	if _, err := conn.Write(a.Encode()); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, maxMessage)
	n, err := conn.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	got, err := a.Read(buf[:n])
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestServe(t *testing.T) {
	bound := make(chan Binding, 1)
	s := listening(t, Options{Password: passwords, Bound: func(b Binding) { bound <- b }})
	conn := client(t, s)
	own := netip.MustParseAddrPort(conn.LocalAddr().String())
	for _, garbage := range []string{"", "x", strings.Repeat("\x00", 20), strings.Repeat("\x00\x01", 700)} {
		if _, err := conn.Write([]byte(garbage)); err != nil {
			t.Fatal(err)
		}
	}
	if got := exchange(t, conn, Ask{ID: [12]byte{1}}); got.Mapped != own {
		t.Errorf("%+v", got)
	}
	if got := exchange(t, conn, Ask{ID: [12]byte{2}, Classic: true, Binds: true, Username: user}); got.Code != codeUnauthorized {
		t.Errorf("%+v", got)
	}
	if got := exchange(t, conn, Ask{ID: [12]byte{3}, Classic: true, Binds: true, Username: user, Password: password}); got.Mapped != own {
		t.Errorf("%+v", got)
	}
	if b := <-bound; b.Username != user || b.Address != own {
		t.Errorf("%+v", b)
	}
	// What is sent to the binding arrives, and comes from the server's socket.
	wake := Request{Address: own, Time: 1_800_000_000, ID: 7, Username: user, Nonce: "n"}
	if err := s.Send(own, wake.Datagram(password)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, maxMessage)
	n, err := conn.Read(buf)
	if got, signed, bad := ReadRequest(buf[:n], password); err != nil || bad != nil || !signed || got != wake {
		t.Errorf("%+v %v %v %v", got, signed, bad, err)
	}
}

// Thousands of requests for signatures to check leave the server answering.
func TestServeUnderFlood(t *testing.T) {
	free := make(chan struct{})
	var mu sync.Mutex
	counts := map[string]int{}
	s := listening(t, Options{
		Password: func(ctx context.Context, _ string) (string, error) {
			select {
			case <-free:
			case <-ctx.Done():
			}
			return "", nil
		},
		Counted: func(result string) { mu.Lock(); counts[result]++; mu.Unlock() },
	})
	total := func() (n int) {
		mu.Lock()
		defer mu.Unlock()
		for _, c := range counts {
			n += c
		}
		return n
	}
	for range maxWaiting + lookups + 50 {
		req, err := parse(Ask{Binds: true, Username: user, Password: "x"}.Encode())
		if err != nil {
			t.Fatal(err)
		}
		select {
		case s.waiting <- signed{req, home}:
		default:
			s.opt.Counted(ResultDropped)
		}
	}
	if n := total(); n < 50 {
		t.Errorf("%d were dropped", n)
	}
	conn := client(t, s)
	if got := exchange(t, conn, Ask{}); !got.Mapped.IsValid() {
		t.Errorf("%+v", got)
	}
	close(free)
}
