package radius

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	codec "layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2866"
	"layeh.com/radius/rfc3576"

	"itms"
)

// nasSide is the end of an access server that takes changes.
type nasSide struct {
	conn *net.UDPConn
	done sync.WaitGroup
	got  chan *codec.Packet

	mu     sync.Mutex                        // guards what follows
	answer func(*codec.Packet) *codec.Packet // nil = silence
}

// answers sets what it answers.
func (n *nasSide) answers(fn func(*codec.Packet) *codec.Packet) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.answer = fn
}

// listenNAS opens one.
func listenNAS(t *testing.T) *nasSide {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	n := &nasSide{conn: conn, got: make(chan *codec.Packet, 16)}
	n.answer = func(p *codec.Packet) *codec.Packet { return p.Response(p.Code + 1) }
	n.done.Go(n.serve)
	t.Cleanup(func() { conn.Close(); n.done.Wait() })
	return n
}

// port is where it listens.
func (n *nasSide) port() int { return n.conn.LocalAddr().(*net.UDPAddr).Port }

// serve answers what is authentic.
func (n *nasSide) serve() {
	buf := make([]byte, maxPacket)
	for {
		size, from, err := n.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if !codec.IsAuthenticRequest(buf[:size], []byte(secret)) {
			continue
		}
		p, err := codec.Parse(buf[:size], []byte(secret))
		if err != nil {
			continue
		}
		n.got <- p
		n.mu.Lock()
		answer := n.answer(p)
		n.mu.Unlock()
		if answer != nil {
			if raw, err := answer.Encode(); err == nil {
				_, _ = n.conn.WriteToUDPAddrPort(raw, from)
			}
		}
	}
}

// online is a world with a session on the network, and its access server.
func online(t *testing.T, tune func(*NAS)) (*world, *nasSide) {
	t.Helper()
	n := listenNAS(t)
	w := newWorld(t, func(c *Config) {
		c.NAS[0].CoAPort = n.port()
		if tune != nil {
			tune(&c.NAS[0])
		}
	})
	wantAccept(t, "let in", w.dial(0).ask(signed(t, accountOf("00-00-5E-00-53-01"))), "P1")
	w.account(report(rfc2866.AcctStatusType_Value_Start, "s1"))
	return w, n
}

// deliver carries out a change of the session.
func (w *world) deliver(c itms.AccessChange) error {
	s := w.session()
	c.Session, c.Order = s.ID, "O1"
	return w.Deliver(context.Background(), *c.Delivery(s, w.now()))
}

// TestNothingToTell: a session that is to have what it has is left alone, and so is one that
// is over.
func TestNothingToTell(t *testing.T) {
	w, n := online(t, nil)
	if err := w.deliver(itms.AccessChange{}); err != nil {
		t.Fatal(err)
	}
	w.account(report(rfc2866.AcctStatusType_Value_Stop, "s1"))
	w.directory.set("a1001", itms.AccessStanding{Refusal: itms.RefusedUnknown})
	if err := w.deliver(itms.AccessChange{}); err != nil {
		t.Fatal(err)
	}
	if len(n.got) > 0 {
		t.Errorf("told: %v", (<-n.got).Code)
	}
}

// TestCoA: another rate is given to the session as it is; what only a start can bring is left
// out.
func TestCoA(t *testing.T) {
	w, n := online(t, nil)
	faster := service(itms.ServiceActive)
	faster.Access.DownKbps = 9000
	w.directory.set("a1001", itms.AccessStanding{Service: faster, Password: itms.NewSecret("open sesame")})
	if err := w.deliver(itms.AccessChange{}); err != nil {
		t.Fatal(err)
	}
	p := <-n.got
	if p.Code != codec.CodeCoARequest || rfc2866.AcctSessionID_GetString(p) != "s1" || rfc2865.UserName_GetString(p) != "a1001@isp.example.com" ||
		rfc2865.NASIdentifier_GetString(p) != "bras-1" || rfc2865.FramedIPAddress_Get(p).String() != "198.51.100.7" || rfc2865.Class_GetString(p) != "P1" ||
		p.Get(standard["Framed-Pool"].number) != nil || p.Attributes[0].Type != 80 {
		t.Errorf("%+v", p)
	}
	if list := w.events("radius.changed"); len(list) != 1 || list[0].Order != "O1" || list[0].Service != "S1" {
		t.Errorf("%+v", list)
	}
	if err := w.deliver(itms.AccessChange{}); err != nil || len(n.got) > 0 {
		t.Errorf("told twice, %v", err)
	}
}

// TestDisconnect: who may not stay is put out, and the session is over.
func TestDisconnect(t *testing.T) {
	w, n := online(t, nil)
	w.directory.set("a1001", itms.AccessStanding{Service: service(itms.ServiceSuspended), Refusal: itms.RefusedSuspended})
	if err := w.deliver(itms.AccessChange{}); err != nil {
		t.Fatal(err)
	}
	if p := <-n.got; p.Code != codec.CodeDisconnectRequest {
		t.Error(p.Code)
	}
	if list := w.events("radius.disconnected"); len(list) != 1 || !strings.Contains(list[0].Text, "suspended") {
		t.Errorf("%+v", list)
	}
	w.account(report(rfc2866.AcctStatusType_Value_Stop, "s1", integer(rfc2866.AcctInputOctets_Type, 7)))
	if s := w.session(); s.Active() || s.Cause != "Admin-Reset" || s.InOctets != 7 {
		t.Errorf("%+v", s)
	}
}

// TestDisconnectOnly: an access server without CoA ends the session, which comes again.
func TestDisconnectOnly(t *testing.T) {
	w, n := online(t, func(n *NAS) { n.DisconnectOnly = true })
	slow := service(itms.ServiceActive)
	slow.Access.DownKbps = 1
	w.directory.set("a1001", itms.AccessStanding{Service: slow, Password: itms.NewSecret("open sesame")})
	if err := w.deliver(itms.AccessChange{}); err != nil {
		t.Fatal(err)
	}
	if p := <-n.got; p.Code != codec.CodeDisconnectRequest {
		t.Error(p.Code)
	}
}

// TestRefusedChange: a NAK is journalled; that the session is not there ends it.
func TestRefusedChange(t *testing.T) {
	w, n := online(t, nil)
	refuse := func(cause rfc3576.ErrorCause) {
		n.answers(func(p *codec.Packet) *codec.Packet {
			nak := p.Response(p.Code + 2)
			nak.Add(rfc3576.ErrorCause_Type, codec.NewInteger(uint32(cause)))
			return nak
		})
	}
	refuse(rfc3576.ErrorCause_Value_UnsupportedAttribute)
	if err := w.deliver(itms.AccessChange{End: true, Actor: "ops"}); err != nil {
		t.Fatal(err)
	}
	if list := w.events("radius.coaFailed"); len(list) != 1 || !strings.Contains(list[0].Text, "Unsupported-Attribute") || list[0].Actor != "ops" || !list[0].Alarm {
		t.Errorf("%+v", list)
	}
	refuse(rfc3576.ErrorCause_Value_SessionContextNotFound)
	if err := w.deliver(itms.AccessChange{End: true, Actor: "ops"}); err != nil || w.session().Active() {
		t.Errorf("%v, %+v", err, w.session())
	}
}

// TestNoChangePort: an access server that takes no changes is not told, and that is said.
func TestNoChangePort(t *testing.T) {
	w, _ := online(t, func(n *NAS) { n.CoAPort = 0 })
	if err := w.deliver(itms.AccessChange{End: true, Actor: "ops"}); err != nil {
		t.Fatal(err)
	}
	if list := w.events("radius.coaFailed"); len(list) != 1 {
		t.Errorf("%+v", list)
	}
}

// TestSilentServer: it is told again for a day; a cancelled try says so.
func TestSilentServer(t *testing.T) {
	w, n := online(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	n.answers(func(*codec.Packet) *codec.Packet { cancel(); return nil })
	s := w.session()
	d := itms.AccessChange{Session: s.ID, End: true, Actor: "ops"}.Delivery(s, w.now())
	if err := w.Deliver(ctx, *d); err == nil {
		t.Error("nobody answered, and nobody is told again")
	}
	w.pass(25 * time.Hour)
	again, stop := context.WithCancel(t.Context())
	n.answers(func(*codec.Packet) *codec.Packet { stop(); return nil })
	if err := w.Deliver(again, *d); err != nil {
		t.Errorf("after a day: %v", err)
	}
	if list := w.events("radius.coaFailed"); len(list) != 1 {
		t.Errorf("%+v", list)
	}
}

// TestStartAfterTheCause: a session that starts after its service was suspended is looked at
// again.
func TestStartAfterTheCause(t *testing.T) {
	w := newWorld(t, nil)
	wantAccept(t, "let in", w.dial(0).ask(signed(t, accountOf("00-00-5E-00-53-01"))), "P1")
	w.directory.set("a1001", itms.AccessStanding{Service: service(itms.ServiceSuspended), Refusal: itms.RefusedSuspended})
	w.account(report(rfc2866.AcctStatusType_Value_Start, "s1"))
	w.view(func(tx itms.Tx) error {
		rows, err := tx.Outbox().List("", 9)
		if len(rows) != 1 || rows[0].Kind != itms.AccessKind {
			t.Errorf("%+v", rows)
		}
		return err
	})
}
