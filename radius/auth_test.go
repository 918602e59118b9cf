package radius

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	codec "layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2869"

	"itms"
)

// wantReject fails unless the answer refuses for that reason.
func wantReject(t *testing.T, what string, answer *codec.Packet, why itms.AccessRefusal) {
	t.Helper()
	if text := rfc2865.ReplyMessage_GetString(answer); answer.Code != codec.CodeAccessReject || text != refusalTexts[why] {
		t.Errorf("%s: %v %q, want a reject: %s", what, answer.Code, text, refusalTexts[why])
	}
}

// wantAccept fails unless the answer lets in with a class.
func wantAccept(t *testing.T, what string, answer *codec.Packet, class string) {
	t.Helper()
	if got := rfc2865.Class_GetString(answer); answer.Code != codec.CodeAccessAccept || got != class {
		t.Errorf("%s: %v, class %q (%s), want an accept with class %q", what, answer.Code, got, rfc2865.ReplyMessage_GetString(answer), class)
	}
}

// TestAccountByPAP: what the rule says is given, in its order, behind the signature; the
// realm is taken off, and the states of proxies come back.
func TestAccountByPAP(t *testing.T) {
	w := newWorld(t, nil)
	p := pap("a1001@ISP.example.com", "open sesame")
	p.Add(rfc2865.ProxyState_Type, codec.Attribute("one"))
	p.Add(rfc2865.ProxyState_Type, codec.Attribute("two"))
	answer := w.dial(0).ask(signed(t, p))
	wantAccept(t, "right password", answer, "P1")
	var types []codec.Type
	for _, a := range answer.Attributes {
		types = append(types, a.Type)
	}
	want := []codec.Type{rfc2869.MessageAuthenticator_Type, rfc2865.Class_Type, rfc2865.SessionTimeout_Type, rfc2869.FramedPool_Type, vendorSpecific,
		rfc2865.ProxyState_Type, rfc2865.ProxyState_Type}
	if !slices.Equal(types, want) { // no Filter-Id: it came out empty
		t.Errorf("attributes %v, want %v", types, want)
	}
	if rate := answer.Get(vendorSpecific); binary.BigEndian.Uint32(rate) != 14122 || rate[4] != 8 || binary.BigEndian.Uint32(rate[6:]) != 1_000_000 {
		t.Errorf("rate: %x", rate)
	}
	wantReject(t, "wrong password", w.dial(0).ask(signed(t, pap("a1001", "open"))), itms.RefusedPassword)
	wantReject(t, "nobody", w.dial(0).ask(signed(t, pap("a1002", "open sesame"))), itms.RefusedUnknown)
	wantReject(t, "another realm", w.dial(0).ask(signed(t, pap("a1001@example.com", "open sesame"))), itms.RefusedUnknown)
}

// TestAccountByCHAP: with the challenge in an attribute, and in the authenticator.
func TestAccountByCHAP(t *testing.T) {
	w := newWorld(t, nil)
	for _, c := range []struct {
		what, password string
		apart          bool
	}{{"in the authenticator", "open sesame", false}, {"apart", "open sesame", true}, {"wrong", "sesame", true}} {
		p := request(codec.CodeAccessRequest, func(p *codec.Packet) {
			challenge := p.Authenticator[:]
			if c.apart {
				challenge = []byte("0123456789")
				p.Add(rfc2865.CHAPChallenge_Type, challenge)
			}
			sum := md5.Sum(slices.Concat([]byte{7}, []byte(c.password), challenge))
			p.Add(rfc2865.UserName_Type, codec.Attribute("a1001"))
			p.Add(rfc2865.CHAPPassword_Type, append(codec.Attribute{7}, sum[:]...))
		})
		if answer := w.dial(0).ask(signed(t, p)); c.what == "wrong" {
			wantReject(t, c.what, answer, itms.RefusedPassword)
		} else {
			wantAccept(t, c.what, answer, "P1")
		}
	}
}

// TestMAC: a MAC in any form lets in who has a service; who dials in, or calls from another
// MAC, is none.
func TestMAC(t *testing.T) {
	w := newWorld(t, nil)
	w.directory.set("00:00:5E:00:53:01", itms.AccessStanding{Service: service(itms.ServiceReserved)})
	for _, user := range []string{"00:00:5E:00:53:01", "00-00-5e-00-53-01", "0000.5e00.5301", "00005e005301", "00005E005301@isp.example.com"} {
		wantAccept(t, user, w.dial(0).ask(signed(t, byMAC(user, "00-00-5E-00-53-01:iptv"))), "box")
	}
	check := byMAC("port-7", "00-00-5E-00-53-01")
	check.Add(rfc2865.ServiceType_Type, codec.NewInteger(uint32(rfc2865.ServiceType_Value_CallCheck)))
	wantAccept(t, "Call-Check", w.dial(0).ask(signed(t, check)), "box")
	wantReject(t, "another MAC", w.dial(0).ask(signed(t, byMAC("00005e005301", "00-00-5E-00-53-02"))), itms.RefusedUnknown)
	typed := pap("00005e005301", "x")
	typed.Add(rfc2865.FramedProtocol_Type, codec.NewInteger(uint32(rfc2865.FramedProtocol_Value_PPP)))
	wantReject(t, "typed by hand", w.dial(0).ask(signed(t, typed)), itms.RefusedUnknown)
	wantReject(t, "unknown MAC", w.dial(0).ask(signed(t, byMAC("00005e005309", ""))), itms.RefusedUnknown)
	wantReject(t, "neither password nor MAC", w.dial(0).ask(signed(t, byMAC("a1001", ""))), itms.RefusedMethod)
}

// TestStates: why who is refused, and who comes into a garden instead.
func TestStates(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Rules = append(c.Rules, Rule{Name: "walled", Kind: KindMAC, State: StateUnknown, Attributes: []Attribute{{Name: "Class", Value: "walled"}}})
	})
	for refusal, state := range map[itms.AccessRefusal]itms.ServiceState{itms.RefusedSuspended: itms.ServiceSuspended, itms.RefusedTerminated: itms.ServiceTerminated,
		itms.RefusedNotOrdered: itms.ServiceReserved, itms.RefusedBlocked: itms.ServiceActive, itms.RefusedLine: itms.ServiceActive} {
		w.directory.set("a1001", itms.AccessStanding{Service: service(state), Password: itms.NewSecret("open sesame"), Refusal: refusal})
		wantReject(t, string(refusal), w.dial(0).ask(signed(t, pap("a1001", "open sesame"))), refusal)
	}
	wantReject(t, "the state is told to who has the password", w.dial(0).ask(signed(t, pap("a1001", "x"))), itms.RefusedPassword)
	w.directory.set("00:00:5E:00:53:01", itms.AccessStanding{Service: service(itms.ServiceSuspended), Refusal: itms.RefusedSuspended})
	wantAccept(t, "suspended box", w.dial(0).ask(signed(t, byMAC("00005e005301", ""))), "garden")
	wantAccept(t, "unknown box", w.dial(0).ask(signed(t, byMAC("00005e005309", ""))), "walled")
	w.directory.set("a1001", itms.AccessStanding{Service: service(itms.ServiceActive)})
	wantReject(t, "no password stored", w.dial(0).ask(signed(t, pap("a1001", ""))), itms.RefusedPassword)
}

// TestGuessing: after a few wrong passwords even the right one is not looked at, for a while.
func TestGuessing(t *testing.T) {
	w := newWorld(t, nil)
	for range 3 {
		wantReject(t, "guess", w.dial(0).ask(signed(t, pap("a1001", "x"))), itms.RefusedPassword)
	}
	wantReject(t, "locked", w.dial(0).ask(signed(t, pap("a1001", "open sesame"))), itms.RefusedLocked)
	w.pass(time.Minute)
	wantAccept(t, "later", w.dial(0).ask(signed(t, pap("a1001", "open sesame"))), "P1")
}

// TestGuessingThroughOneServer: names that nobody has count for their access server.
func TestGuessingThroughOneServer(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.NASTries = 5 })
	for _, user := range []string{"a", "b", "c", "d", "e"} {
		wantReject(t, user, w.dial(0).ask(signed(t, pap(user, "x"))), itms.RefusedUnknown)
	}
	wantReject(t, "locked", w.dial(0).ask(signed(t, pap("a1001", "open sesame"))), itms.RefusedLocked)
}

// TestRefusalsAreJournalledOnce: a box that is refused asks on and on.
func TestRefusalsAreJournalledOnce(t *testing.T) {
	w := newWorld(t, nil)
	for range 5 {
		wantReject(t, "unknown", w.dial(0).ask(signed(t, byMAC("00005e005309", ""))), itms.RefusedUnknown)
	}
	w.keepOnce(t.Context())
	w.keepOnce(t.Context())
	list := w.events("radius.rejected")
	if len(list) != 1 || list[0].Data["reason"] != "unknown" || list[0].Data["user"] != "00:00:5E:00:53:09" {
		t.Errorf("%+v", list)
	}
}

// TestDrops: who is not answered, and why.
func TestDrops(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.NAS = append(c.NAS, NAS{Name: "old", Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.9/32")}, Secret: itms.NewSecret(secret)})
	})
	bare, err := pap("a1001", "open sesame").MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	good := signed(t, pap("a1001", "open sesame"))
	forged := bytes.Clone(good)
	forged[len(forged)-1] ^= 1
	twice := pap("a1001", "x")
	twice.Add(rfc2869.MessageAuthenticator_Type, make([]byte, 16))
	twice.Add(rfc2869.MessageAuthenticator_Type, make([]byte, 16))
	double, _ := twice.MarshalBinary()
	long := bytes.Clone(good)
	binary.BigEndian.PutUint16(long[2:], uint16(len(long)+1))
	for what, c := range map[string]struct {
		raw []byte
		why string
	}{
		"no signature": {bare, dropUnsigned}, "wrong signature": {forged, dropForged}, "two signatures": {double, dropMalformed},
		"longer than it is": {long, dropMalformed}, "nothing": {nil, dropMalformed}, "an answer": {append([]byte{2}, good[1:]...), dropCode},
	} {
		w.dropped(what, doorAuth, c.raw, c.why)
	}
	w.dropped("at the other door", doorAccounting, good, dropCode)
	if _, why, _ := w.take(doorAuth, good, netip.MustParseAddrPort("192.0.2.9:1")); why != dropUnknownNAS {
		t.Errorf("a stranger: %q", why)
	}
	old := netip.MustParseAddrPort("127.0.0.9:1")
	if _, why, _ := w.take(doorAuth, bare, old); why != "" {
		t.Errorf("one that may come without: %q", why)
	}
	proxied := pap("a1001", "x")
	proxied.Add(rfc2865.ProxyState_Type, make([]byte, 40)) // what the attack puts in
	raw, _ := proxied.MarshalBinary()
	if _, why, _ := w.take(doorAuth, raw, old); why != dropProxied {
		t.Errorf("Proxy-State without a signature: %q", why)
	}
}

// TestRepeats: what is asked again gets the same answer, and is worked on once.
func TestRepeats(t *testing.T) {
	w := newWorld(t, nil)
	c, raw := w.dial(0), signed(t, pap("a1001", "open sesame"))
	first, second := c.ask(raw), c.ask(raw)
	w.directory.mu.Lock()
	asked := w.directory.asked
	w.directory.mu.Unlock()
	if first.Authenticator != second.Authenticator || asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	other := signed(t, pap("a1001", "open sesame"))
	from := netip.AddrPortFrom(loopback, 1)
	if _, why, _ := w.take(doorAuth, other, from); why != "" {
		t.Fatal(why)
	}
	if _, why, _ := w.take(doorAuth, other, from); why != dropRepeated {
		t.Errorf("while it is worked on: %q", why)
	}
}

// TestStorageAway: silence, and the next try is looked at.
func TestStorageAway(t *testing.T) {
	w := newWorld(t, nil)
	w.directory.fail = errors.New("away")
	raw := signed(t, pap("a1001", "open sesame"))
	one, why, _ := w.take(doorAuth, raw, netip.AddrPortFrom(loopback, 1))
	if why != "" {
		t.Fatal(why)
	}
	w.doors[0].work(w.Server, &one)
	w.directory.fail = nil
	if _, why, again := w.take(doorAuth, raw, netip.AddrPortFrom(loopback, 1)); why != "" || again != nil {
		t.Errorf("the next try: %q", why)
	}
}

// TestStatusServer: whoever asks whether the server lives is told so, when it proves itself.
func TestStatusServer(t *testing.T) {
	w := newWorld(t, nil)
	status := request(codec.CodeStatusServer, func(*codec.Packet) {})
	raw, _ := status.MarshalBinary()
	w.dropped("unsigned", doorAuth, raw, dropUnsigned)
	if answer := w.dial(0).ask(signed(t, status)); answer.Code != codec.CodeAccessAccept {
		t.Error(answer.Code)
	}
	if answer := w.dial(1).ask(signed(t, request(codec.CodeStatusServer, func(*codec.Packet) {}))); answer.Code != codec.CodeAccountingResponse {
		t.Error(answer.Code)
	}
}
