package radius

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"net"
	"net/netip"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	codec "layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2869"

	"itms"
	"itms/store/boltdb"
)

// secret is that of the access server of these tests.
const secret = "shared-secret-1"

// testPassword is that of the account of the fixtures.
var testPassword = itms.NewSecret("open sesame")

var loopback = netip.MustParseAddr("127.0.0.1")

// directory is a Directory of a few words.
type directory struct {
	mu        sync.Mutex                     // guards all below
	standings map[string]itms.AccessStanding // by account, or MAC
	fail      error
	asked     int
}

// Access implements Directory.
func (d *directory) Access(_ context.Context, r itms.AccessRequest) (*itms.AccessStanding, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	name := r.Account
	if name == "" {
		name = r.MAC.String()
	}
	st, known := d.standings[name]
	if !known {
		st = itms.AccessStanding{Refusal: itms.RefusedUnknown}
	}
	return &st, d.fail
}

// set gives somebody a standing.
func (d *directory) set(name string, st itms.AccessStanding) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.standings[name] = st
}

// service is one of the fixtures.
func service(state itms.ServiceState) *itms.Service {
	return &itms.Service{ID: "S1", Type: itms.ServiceInternet, Package: "P1", State: state, Order: "O1", Subscriber: itms.Subscriber{ID: "U1"},
		Access: itms.Access{Account: "a1001", DownKbps: 1000, UpKbps: 100}, Attributes: map[string]string{"pool": "gold"}}
}

// testConfig is the configuration of the fixtures.
func testConfig() Config {
	return Config{Listen: []string{"127.0.0.1:0"}, Accounting: []string{"127.0.0.1:0"},
		NAS:    []NAS{{Name: "bras", Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Secret: itms.NewSecret(secret), RequireMessageAuthenticator: true}},
		Realms: []string{"isp.example.com"}, PortID: regexp.MustCompile(`^(?P<node>\S+) (?P<port>[0-9/]+):(?P<vlan>\d+)$`),
		UserTries: 3, NASTries: 100, Window: time.Minute, Keep: time.Hour, SilentEnds: time.Hour,
		Rules: []Rule{
			{Name: "pppoe", Kind: KindAccount, Attributes: []Attribute{
				{Name: "Class", Value: "{{.Service.Package}}"}, {Name: "Session-Timeout", Value: "3600"}, {Name: "Framed-Pool", Value: "{{.Attributes.pool}}"},
				{Name: "Filter-Id", Value: "{{.Attributes.none}}"},
				{Vendor: 14122, Type: 8, Format: FormatInteger, Value: "{{.DownBps}}"}}},
			{Name: "boxes", Kind: KindMAC, Attributes: []Attribute{{Name: "Class", Value: "box"}}},
			{Name: "garden", State: string(itms.ServiceSuspended), Kind: KindMAC, Attributes: []Attribute{{Name: "Class", Value: "garden"}}},
		}}
}

// world is a server with its surroundings.
type world struct {
	*Server
	t         *testing.T
	directory *directory
	store     itms.Store
	mu        sync.Mutex // guards all below
	at        time.Time
	sightings []evidence
	told      chan struct{} // one for each sighting
}

func newWorld(t *testing.T, tune func(*Config)) *world {
	t.Helper()
	w := &world{t: t, directory: &directory{standings: map[string]itms.AccessStanding{}}, at: time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC), told: make(chan struct{}, 64)}
	store, err := boltdb.Open(t.Context(), filepath.Join(t.TempDir(), "itms.db"), boltdb.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	w.store = store
	c := testConfig()
	if tune != nil {
		tune(&c)
	}
	w.Server, err = New(Options{Config: c, Store: store, Directory: w.directory, Clock: w.now, Logger: zerolog.Nop(), Witness: w.see})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	w.directory.set("a1001", itms.AccessStanding{Service: service(itms.ServiceActive), Password: itms.NewSecret("open sesame")})
	return w
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

// see is the Witness.
func (w *world) see(_ context.Context, mac itms.MAC, s itms.Sighting) error {
	w.mu.Lock()
	w.sightings = append(w.sightings, evidence{mac, s})
	w.mu.Unlock()
	w.told <- struct{}{}
	return nil
}

// request makes a signed request, with the attributes and then the rest of fn.
func request(code codec.Code, fn func(p *codec.Packet)) *codec.Packet {
	p := codec.New(code, []byte(secret))
	fn(p)
	return p
}

// signed writes a packet out with a Message-Authenticator behind its attributes, as clients
// do that know no better.
func signed(t *testing.T, p *codec.Packet) []byte {
	t.Helper()
	p.Set(rfc2869.MessageAuthenticator_Type, make([]byte, md5.Size))
	raw, err := p.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	h := hmac.New(md5.New, p.Secret)
	h.Write(raw)
	p.Set(rfc2869.MessageAuthenticator_Type, h.Sum(nil))
	if raw, err = p.MarshalBinary(); err != nil {
		t.Fatal(err)
	}
	return raw
}

// pap is an Access-Request of an account.
func pap(user, password string) *codec.Packet {
	return request(codec.CodeAccessRequest, func(p *codec.Packet) {
		p.Add(rfc2865.UserName_Type, codec.Attribute(user))
		hidden, err := codec.NewUserPassword([]byte(password), p.Secret, p.Authenticator[:])
		if err != nil {
			panic(err)
		}
		p.Add(rfc2865.UserPassword_Type, hidden)
	})
}

// byMAC is an Access-Request of a MAC.
func byMAC(user, calling string) *codec.Packet {
	return request(codec.CodeAccessRequest, func(p *codec.Packet) {
		p.Add(rfc2865.UserName_Type, codec.Attribute(user))
		if calling != "" {
			p.Add(rfc2865.CallingStationID_Type, codec.Attribute(calling))
		}
	})
}

// client is an access server's socket.
type client struct {
	w    *world
	conn *net.UDPConn
}

// dial makes one to a door.
func (w *world) dial(door int) *client {
	w.t.Helper()
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(w.doors[door].addr))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { conn.Close() })
	return &client{w, conn}
}

// patience is after how long an answer that did not come is a failure.
const patience = 20 * time.Second

// ask sends octets and returns the answer, checked.
func (c *client) ask(raw []byte) *codec.Packet {
	t := c.w.t
	t.Helper()
	c.send(raw)
	if err := c.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, maxPacket)
	n, err := c.conn.Read(buf)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	answer, err := readPacket(buf[:n], []byte(secret))
	if err != nil || !authentic(answer.raw, raw, []byte(secret)) {
		t.Fatalf("an answer that proves nothing: %v", err)
	}
	if answer.Code != codec.CodeAccountingResponse {
		if answer.signed != headerSize+2 {
			t.Errorf("the Message-Authenticator of the answer is at %d, not first", answer.signed)
		}
		if !signatureHolds(answer.raw, answer.signed, [16]byte(raw[4:20]), []byte(secret)) {
			t.Error("the Message-Authenticator of the answer is wrong")
		}
	}
	return answer.Packet
}

// send sends octets.
func (c *client) send(raw []byte) {
	c.w.t.Helper()
	if _, err := c.conn.Write(raw); err != nil {
		c.w.t.Fatal(err)
	}
}

// dropped fails unless octets are dropped for a reason.
func (w *world) dropped(what, door string, raw []byte, why string) {
	w.t.Helper()
	if _, drop, again := w.take(door, raw, netip.AddrPortFrom(loopback, 1)); drop != why || again != nil {
		w.t.Errorf("%s: dropped as %q, want %q", what, drop, why)
	}
}

// session reads the only session.
func (w *world) session() *itms.AccessSession {
	w.t.Helper()
	var list []*itms.AccessSession
	w.view(func(tx itms.Tx) (err error) {
		list, err = tx.AccessSessions().List(itms.AccessSessionQuery{Limit: 9})
		return err
	})
	if len(list) != 1 {
		w.t.Fatalf("%d sessions, want one", len(list))
	}
	return list[0]
}

// view reads the store.
func (w *world) view(fn func(itms.Tx) error) {
	w.t.Helper()
	if err := w.store.View(context.Background(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// events lists what the journal has of a type.
func (w *world) events(typ string) (list []itms.Event) {
	w.t.Helper()
	w.view(func(tx itms.Tx) error {
		all, err := tx.Journal().After(0, 1000)
		for _, ev := range all {
			if ev.Type == typ {
				list = append(list, ev)
			}
		}
		return err
	})
	return list
}
