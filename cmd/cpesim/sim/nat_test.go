package sim

import (
	"context"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"itms/cmd/cpesim/internal/acstest"
	"itms/internal/stun"
)

// anyNonce finds the nonce of a challenge, which is another each time.
var anyNonce = regexp.MustCompile(`(nonce="?)[^",\s]+`)

// bellPassword is the connection request password of these tests.
const bellPassword = "bell-password"

// stunServer opens a STUN server that knows one box.
func stunServer(t *testing.T) *stun.Server {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	s := stun.Serve(conn, stun.Options{Password: func(_ context.Context, name string) (string, error) {
		return map[string]string{"bell": bellPassword}[name], nil
	}})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// setting changes parameters of the ManagementServer.
func setting(t *testing.T, cpe *CPE, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if err := cpe.Set("Device.ManagementServer."+pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNAT: a box behind NAT keeps a binding and takes requests that its STUN server
// sends, signed and later than the last.
func TestNAT(t *testing.T) {
	reports := make(chan *Report, 10)
	cpe := box(t, &acstest.ACS{}, Config{Listen: "127.0.0.1:0", OnSession: func(r *Report, _ error) { reports <- r }}, "no-periodic", "nat=20ms")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- cpe.Run(ctx) }()
	<-reports
	if door := value(t, cpe, "Device.ManagementServer.ConnectionRequestURL"); !strings.HasPrefix(door, "http://127.0.0.1:9/") {
		t.Errorf("the door is at %s", door)
	}
	s := stunServer(t)
	_, port, err := net.SplitHostPort(s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	setting(t, cpe, "ConnectionRequestUsername", "bell", "ConnectionRequestPassword", bellPassword, "STUNUsername", "bell",
		"STUNPassword", bellPassword, "STUNServerAddress", "127.0.0.1", "STUNServerPort", port, "STUNEnable", "1")
	if r := <-reports; !slices.Equal(r.Events, []string{"4 VALUE CHANGE"}) {
		t.Errorf("events %q", r.Events)
	}
	at := netip.MustParseAddrPort(value(t, cpe, "Device.ManagementServer.UDPConnectionRequestAddress"))
	if b, bound := s.Binding("bell"); !bound || b.Address.Port() != at.Port() || value(t, cpe, "Device.ManagementServer.NATDetected") != "1" {
		t.Errorf("the server says %+v, the box %s", b, at)
	}
	send := func(r stun.Request, password string) {
		t.Helper()
		if err := s.Send(at, r.Datagram(password)); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now().Unix()
	good := stun.Request{Address: at, Time: now, ID: 1, Username: "bell", Nonce: "n"}
	stranger := good
	stranger.Username = "other"
	send(good, "wrong")
	send(stranger, bellPassword)
	other, err := net.Dial("udp4", at.String()) // past the NAT's filter
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.Write(good.Datagram(bellPassword)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		send(good, bellPassword)
	}
	if r := <-reports; !slices.Equal(r.Events, []string{"6 CONNECTION REQUEST"}) {
		t.Errorf("events %q", r.Events)
	}
	older, later := good, good
	older.Time, older.ID, later.Time, later.ID = now-1, 2, now+1, 3
	send(good, bellPassword)
	send(older, bellPassword)
	send(later, bellPassword)
	<-reports
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if len(reports) != 0 {
		t.Errorf("%d more sessions", len(reports))
	}
}

func TestNATQuirk(t *testing.T) {
	for text, ok := range map[string]bool{"nat": true, "nat=5s": true, "nat=0s": false, "nat=-1s": false, "nat=often": false} {
		if _, err := ParseQuirks(text); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
	if err := box(t, &acstest.ACS{}, Config{Listen: "nowhere"}, "nat").Run(t.Context()); err == nil {
		t.Error("an address that is none is announced")
	}
}

// TestDoorbellQuirks shows the challenges as they are sent.
func TestDoorbellQuirks(t *testing.T) {
	for quirk, want := range map[string][]string{
		"cr-no-qop":   {`Digest realm="cpesim", nonce="N"`},
		"cr-sha256":   {`Digest realm="cpesim", qop="auth", nonce="N", algorithm=SHA-256`},
		"cr-folded":   {"Digest\r\n\trealm=\"cpesim\",\r\n\tqop=\"auth\",\r\n\tnonce=\"N\",\r\n\talgorithm=MD5"},
		"cr-unquoted": {`Digest realm=cpesim, qop=auth, nonce=N, algorithm=MD5`},
		"cr-basic":    {`Basic realm="cpesim"`},
	} {
		got := newDoorbell(box(t, &acstest.ACS{}, Config{}, quirk)).lines()
		for i := range got {
			got[i] = anyNonce.ReplaceAllString(got[i], "${1}N")
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", quirk, got, want)
		}
	}
}

// TestAddressPerBoot: the path of before a boot is not found any more.
func TestAddressPerBoot(t *testing.T) {
	cpe := box(t, &acstest.ACS{}, Config{}, "cr-url-per-boot")
	cpe.announce("http://192.0.2.1:7547/first")
	first := cpe.doorPath()
	cpe.mu.Lock()
	cpe.reboot()
	cpe.mu.Unlock()
	if second := cpe.doorPath(); first != "/first" || second == first || len(second) < 10 ||
		value(t, cpe, "Device.ManagementServer.ConnectionRequestURL") != "http://192.0.2.1:7547"+second {
		t.Errorf("%s, then %s", first, second)
	}
}
