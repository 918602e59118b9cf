package radius

import (
	"context"
	"crypto/md5"
	"net/netip"
	"testing"
	"time"

	codec "layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2866"
	"layeh.com/radius/rfc2869"

	"itms"
)

// report is an Accounting-Request of a session of the account.
func report(status rfc2866.AcctStatusType, session string, more ...*codec.AVP) *codec.Packet {
	return request(codec.CodeAccountingRequest, func(p *codec.Packet) {
		p.Add(rfc2866.AcctStatusType_Type, codec.NewInteger(uint32(status)))
		p.Add(rfc2866.AcctSessionID_Type, codec.Attribute(session))
		p.Add(rfc2865.UserName_Type, codec.Attribute("a1001@isp.example.com"))
		p.Add(rfc2865.NASIdentifier_Type, codec.Attribute("bras-1"))
		p.Add(rfc2865.CallingStationID_Type, codec.Attribute("00-00-5E-00-53-01"))
		p.Add(rfc2869.NASPortID_Type, codec.Attribute("olt-1 1/2:100"))
		p.Add(rfc2865.FramedIPAddress_Type, codec.Attribute{198, 51, 100, 7})
		p.Attributes = append(p.Attributes, more...)
	})
}

// integer is an attribute that counts.
func integer(t codec.Type, n uint32) *codec.AVP {
	return &codec.AVP{Type: t, Attribute: codec.NewInteger(n)}
}

// account sends an Accounting-Request and waits for the acknowledgement.
func (w *world) account(p *codec.Packet) {
	w.t.Helper()
	raw, err := p.Encode()
	if err != nil {
		w.t.Fatal(err)
	}
	if answer := w.dial(1).ask(raw); answer.Code != codec.CodeAccountingResponse {
		w.t.Fatal(answer.Code)
	}
}

// TestSessionLife: a start and an end are kept before they are acknowledged, counters that
// change nothing else later and with others.
func TestSessionLife(t *testing.T) {
	w := newWorld(t, nil)
	wantAccept(t, "let in", w.dial(0).ask(signed(t, accountOf("00-00-5E-00-53-01"))), "P1")
	w.account(report(rfc2866.AcctStatusType_Value_Start, "s1"))
	s := w.session()
	if s.Account != "a1001" || s.User != "a1001@isp.example.com" || s.MAC.Key() != "00005E005301" || s.Service != "S1" || s.IP.String() != "198.51.100.7" ||
		s.Line != (itms.Line{Node: "olt-1", Port: "1/2", VLAN: 100}) || s.NASName != "bras" || s.NASID != "bras-1" || !s.Active() || s.Rule != "pppoe" || s.Granted == "" {
		t.Fatalf("%+v", s)
	}
	w.pass(time.Minute)
	w.account(report(rfc2866.AcctStatusType_Value_InterimUpdate, "s1", integer(rfc2866.AcctInputOctets_Type, 5), integer(rfc2869.AcctInputGigawords_Type, 2),
		integer(rfc2866.AcctSessionTime_Type, 60)))
	if w.session().InOctets != 0 {
		t.Error("counters were written at once")
	}
	w.keepOnce(t.Context())
	if s := w.session(); s.InOctets != 2<<32|5 || s.Seconds != 60 || !s.Updated.Equal(w.now()) {
		t.Errorf("%+v", s)
	}
	moved := report(rfc2866.AcctStatusType_Value_InterimUpdate, "s1")
	moved.Set(rfc2865.FramedIPAddress_Type, codec.Attribute{198, 51, 100, 8})
	w.account(moved)
	if s := w.session(); s.IP.String() != "198.51.100.8" {
		t.Errorf("another address was not written at once: %+v", s)
	}
	w.pass(time.Minute)
	w.account(report(rfc2866.AcctStatusType_Value_Stop, "s1", integer(rfc2866.AcctTerminateCause_Type, 1), integer(rfc2866.AcctOutputOctets_Type, 9)))
	if s := w.session(); s.Active() || s.Cause != "User-Request" || s.OutOctets != 9 || s.InOctets != 2<<32|5 {
		t.Errorf("%+v", s)
	}
	w.account(report(rfc2866.AcctStatusType_Value_InterimUpdate, "s1")) // overtaken by the end
	if w.session().Active() {
		t.Error("the session is back")
	}
	w.pass(2 * time.Hour)
	w.keepOnce(t.Context())
	w.view(func(tx itms.Tx) error {
		list, err := tx.AccessSessions().List(itms.AccessSessionQuery{Limit: 9})
		if len(list) > 0 {
			t.Errorf("not dropped: %+v", list[0])
		}
		return err
	})
}

// accountOf is an Access-Request that goes with report.
func accountOf(calling string) *codec.Packet {
	p := pap("a1001@isp.example.com", "open sesame")
	p.Add(rfc2865.CallingStationID_Type, codec.Attribute(calling))
	return p
}

// TestEndWithoutStart: the start got lost; what is told is kept, and when it began follows.
func TestEndWithoutStart(t *testing.T) {
	w := newWorld(t, nil)
	w.account(report(rfc2866.AcctStatusType_Value_Stop, "s1", integer(rfc2866.AcctSessionTime_Type, 60), integer(rfc2866.AcctDelayTime_Type, 10)))
	if s := w.session(); s.Active() || !s.Started.Equal(w.now().Add(-70*time.Second)) {
		t.Errorf("%+v", s)
	}
	w.pass(time.Minute)
	w.account(report(rfc2866.AcctStatusType_Value_Start, "s1")) // the id is used again
	if s := w.session(); !s.Active() || s.Seconds != 0 {
		t.Errorf("%+v", s)
	}
}

// TestServerRestarts: sessions of an access server that started anew are over.
func TestServerRestarts(t *testing.T) {
	w := newWorld(t, nil)
	w.account(report(rfc2866.AcctStatusType_Value_Start, "s1"))
	w.pass(time.Minute)
	other := report(rfc2866.AcctStatusType_Value_AccountingOn, "")
	other.Set(rfc2865.NASIdentifier_Type, codec.Attribute("bras-2"))
	w.account(other)
	if !w.session().Active() {
		t.Error("another access server behind the same address ended it")
	}
	w.account(report(rfc2866.AcctStatusType_Value_AccountingOn, ""))
	if s := w.session(); s.Active() || s.Cause != causeReboot {
		t.Errorf("%+v", s)
	}
}

// TestSilentSession: one that nobody hears of is over, and comes back when somebody does.
func TestSilentSession(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Keep = 24 * time.Hour })
	w.account(report(rfc2866.AcctStatusType_Value_Start, "s1"))
	w.pass(2 * time.Hour)
	w.keepOnce(t.Context())
	if s := w.session(); s.Active() || s.Cause != causeLost {
		t.Fatalf("%+v", s)
	}
	w.account(report(rfc2866.AcctStatusType_Value_InterimUpdate, "s1"))
	if !w.session().Active() {
		t.Error("it does not come back")
	}
}

// TestForgedAccounting: the hash over the request is checked, and a signature where there is
// one.
func TestForgedAccounting(t *testing.T) {
	w := newWorld(t, nil)
	p := report(rfc2866.AcctStatusType_Value_Start, "s1")
	p.Secret = []byte("another secret")
	raw, _ := p.Encode()
	w.dropped("another secret", doorAccounting, raw, dropForged)
	p = report(rfc2866.AcctStatusType_Value_Start, "s1")
	p.Add(rfc2869.MessageAuthenticator_Type, make([]byte, md5.Size))
	raw, _ = p.Encode()
	w.dropped("wrong signature", doorAccounting, raw, dropForged)
}

// TestEvidence: where a box is is told once, and again when it is elsewhere.
func TestEvidence(t *testing.T) {
	w := newWorld(t, nil)
	unknown := byMAC("00005e005309", "")
	unknown.Add(rfc2869.NASPortID_Type, codec.Attribute("olt-1 1/2:100"))
	for range 3 {
		w.dial(0).ask(signed(t, unknown))
		unknown.Identifier++
	}
	<-w.told
	unknown.Set(rfc2869.NASPortID_Type, codec.Attribute("olt-1 1/3:100"))
	w.dial(0).ask(signed(t, unknown))
	<-w.told
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.sightings) != 2 || w.sightings[0].sighting.Line != (itms.Line{Node: "olt-1", Port: "1/2", VLAN: 100}) || w.sightings[0].mac.Key() != "00005E005309" {
		t.Errorf("%+v", w.sightings)
	}
}

// TestCountersWaitAcrossAFailure: what could not be written waits on.
func TestCountersWaitAcrossAFailure(t *testing.T) {
	w := newWorld(t, nil)
	w.account(report(rfc2866.AcctStatusType_Value_Start, "s1"))
	w.pass(time.Second)
	w.account(report(rfc2866.AcctStatusType_Value_InterimUpdate, "s1", integer(rfc2866.AcctInputOctets_Type, 5)))
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.ledger.Flush(over); err == nil {
		t.Fatal("written without a context")
	}
	if err := w.ledger.Flush(t.Context()); err != nil || w.session().InOctets != 5 {
		t.Errorf("%v, %+v", err, w.session())
	}
}

// TestPrefix: the delegated prefix is kept.
func TestPrefix(t *testing.T) {
	w := newWorld(t, nil)
	w.account(report(rfc2866.AcctStatusType_Value_Start, "s1", &codec.AVP{Type: 123, Attribute: append(codec.Attribute{0, 56}, netip.MustParseAddr("2001:db8:1::").AsSlice()[:7]...)}))
	if s := w.session(); s.Prefix.String() != "2001:db8:1::/56" {
		t.Errorf("%+v", s)
	}
}
