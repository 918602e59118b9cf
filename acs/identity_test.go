package acs

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"itms"
	"itms/cwmp"
	"itms/internal/digest"
)

// authority signs certificates for tests.
type authority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, key: newKey(t)}
	a.cert = a.sign(&x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign}, nil, &a.key.PublicKey)
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sign makes a certificate; parent nil means self-signed.
func (a *authority) sign(c, parent *x509.Certificate, public *ecdsa.PublicKey) *x509.Certificate {
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, public, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	signed, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return signed
}

// device makes a certificate of this common name.
func (a *authority) device(name string) tls.Certificate {
	key := newKey(a.t)
	c := a.sign(&x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, a.cert, &key.PublicKey)
	return tls.Certificate{Certificate: [][]byte{c.Raw}, PrivateKey: key}
}

// serveTLS serves with optional client certificates of an authority.
func serveTLS(t *testing.T, srv *Server, a *authority) string {
	ts := httptest.NewUnstartedServer(nil)
	ts.Config = srv.HTTPServer()
	ts.TLS = &tls.Config{ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: x509.NewCertPool()}
	ts.TLS.ClientCAs.AddCert(a.cert)
	ts.StartTLS()
	t.Cleanup(ts.Close)
	return ts.URL
}

// with gives the device a certificate and no name to ask for (SNI).
func (c *cpe) with(certs ...tls.Certificate) *cpe {
	c.client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{InsecureSkipVerify: true, Certificates: certs}
	return c
}

// alarmed collects alarms.
func alarmed(o *Options) chan itms.Event {
	events := make(chan itms.Event, 100)
	o.Alarm = func(_ context.Context, e itms.Event) error {
		events <- e
		return nil
	}
	return events
}

// wantAlarm waits for an alarm of the type.
func wantAlarm(t *testing.T, events chan itms.Event, typ string) itms.Event {
	t.Helper()
	select {
	case e := <-events:
		if e.Type != typ || !e.Alarm {
			t.Errorf("alarm %+v, want %s", e, typ)
		}
		return e
	case <-time.After(10 * time.Second):
		t.Fatalf("no alarm %s", typ)
		return itms.Event{}
	}
}

// TestCertificateIsTheIdentity: one made out to the device needs no password, in each
// spelling; one of another device is refused with an alarm; one of nobody needs a
// password besides.
func TestCertificateIsTheIdentity(t *testing.T) {
	a := newAuthority(t)
	var alarms chan itms.Event
	p := newPlanner()
	srv := newServer(t, p, withAuth(AuthDigest), func(o *Options) { alarms = alarmed(o) })
	url := serveTLS(t, srv, a)
	for _, name := range []string{"00005E-00005E005301", "00005e-STB-00005E005301"} {
		c := newCPE(t, url).with(a.device(name))
		c.post(informXML(testDevice.Serial, "2 PERIODIC")).want(t, 200)
		c.post("").want(t, 204)
		p.waitEnd(t)
		if got := p.contacts[len(p.contacts)-1].Proof.Kind; got != itms.ProofCertificate {
			t.Errorf("%s: proof %q", name, got)
		}
	}
	seen := len(p.contacts)
	other := newCPE(t, url).with(a.device("00005E-STB-00005E005302"))
	if got := other.post(informXML(testDevice.Serial)); got.StatusCode != 403 || got.text != "" {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	if e := wantAlarm(t, alarms, alarmIdentity); e.Device != testDevice || e.Data["remote"] != "127.0.0.1" {
		t.Errorf("%+v", e)
	}
	if len(p.contacts) != seen {
		t.Error("the domain heard of it")
	}
	nobody := newCPE(t, url).with(a.device("Example Gateway CA"))
	nobody.post(informXML(testDevice.Serial)).want(t, 401)
	nobody.login(informXML(testDevice.Serial)).want(t, 200)
	newCPE(t, url).with().login(informXML(testDevice.Serial)).want(t, 200)
	if got := p.contacts[len(p.contacts)-1].Proof.Kind; got != itms.ProofShared {
		t.Errorf("proof %q", got)
	}
}

func TestDeviceNames(t *testing.T) {
	id := itms.DeviceID{OUI: "00005E", ProductClass: "HG-1", Serial: "S 1"}
	for name, want := range map[string]bool{"00005E-HG-1-S 1": true, "00005E-HG%2D1-S%201": true, "00005E-S 1": true, "00005E-S%201": true, "00005e-S 1": true,
		"00005E-HG-1-S 2": false, "00005E-": false, "": false, "00005E-S": false, "S 1": false} {
		if namesDevice(name, id) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
	for name, want := range map[string]bool{"00005E-1": true, "00005e-1": true, "00005E-": false, "*.example.com": false, "": false, "00005G-1": false} {
		if isDeviceName(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

// ownDevice gives every test device credentials "ID/N" with the password "own-N".
func ownDevice(o *Options) {
	o.Own = func(user string) (itms.OwnCredentials, bool) {
		text, number, ok := strings.Cut(user, "/")
		id, err := itms.ParseDeviceID(text)
		return itms.OwnCredentials{Device: id, Generation: len(number), Username: user, Password: itms.NewSecret("own-" + number)}, ok && err == nil
	}
}

// basic sets credentials.
func (c *cpe) basic(user, password string) *cpe {
	r, _ := http.NewRequest(http.MethodPost, "/", nil)
	r.SetBasicAuth(user, password)
	c.headers.Set("Authorization", r.Header.Get("Authorization"))
	return c
}

// TestOwnCredentialsAreTheDevices: they open sessions of that device alone.
func TestOwnCredentialsAreTheDevices(t *testing.T) {
	var alarms chan itms.Event
	p := newPlanner()
	url := serve(t, newServer(t, p, withAuth(AuthBasic), ownDevice, func(o *Options) { alarms = alarmed(o) }))
	c := newCPE(t, url).basic(testDevice.String()+"/2", "own-2")
	c.post(informXML(testDevice.Serial)).want(t, 200)
	if got := p.contacts[0].Proof; got != (itms.Proof{Kind: itms.ProofOwn, Generation: 1}) {
		t.Errorf("%+v", got)
	}
	c.post(informXML("another")).want(t, 403)
	wantAlarm(t, alarms, alarmIdentity)
	newCPE(t, url).basic(testDevice.String()+"/2", "own-3").post("").want(t, 401)
	newCPE(t, url).basic("nobody", "own-").post("").want(t, 401)
	newCPE(t, url).basic(testUser, testPassword.Reveal()).post(informXML("another")).want(t, 200)
}

// TestOneDevicesNameIsShut: guesses at it shut it for the source, however right the
// last one is, and nobody else.
func TestOneDevicesNameIsShut(t *testing.T) {
	var alarms chan itms.Event
	now := time.Unix(1_800_000_000, 0)
	url := serve(t, newServer(t, newPlanner(), withAuth(AuthBasic), ownDevice, func(o *Options) {
		alarms = alarmed(o)
		o.Clock = func() time.Time { return now }
	}))
	c := newCPE(t, url)
	for range wrongPerName {
		c.basic(testDevice.String()+"/2", "guess").post("").want(t, 401)
	}
	if e := wantAlarm(t, alarms, alarmGuesses); e.Device != testDevice {
		t.Errorf("%+v", e)
	}
	c.basic(testDevice.String()+"/2", "guess").post("").want(t, 403)
	c.basic(testDevice.String()+"/2", "own-2").post(informXML(testDevice.Serial)).want(t, 403)
	c.basic("00005E-STB-2/2", "own-2").post(informXML("2")).want(t, 200)
	c.basic(testUser, testPassword.Reveal()).post(informXML("3")).want(t, 200)
	now = now.Add(wrongPenalty + time.Second)
	c.basic(testDevice.String()+"/2", "own-2").post(informXML(testDevice.Serial)).want(t, 200)
}

// steal posts with the cookie of another device.
func (c *cpe) steal(from *cpe, body string) got {
	c.cookie = from.cookie
	return c.post(body)
}

// TestCookieOfAnother: whoever else has a session's cookie gets nothing of it and
// does it no harm.
func TestCookieOfAnother(t *testing.T) {
	a := newAuthority(t)
	p := newPlanner(someReboot)
	srv := newServer(t, p, withAuth(AuthDigest), ownDevice)
	url := serveTLS(t, srv, a)
	victim := newCPE(t, url).with(a.device("00005E-00005E005301"))
	victim.post(informXML(testDevice.Serial)).want(t, 200)
	thief := newCPE(t, url).with(a.device("00005E-00005E005302"))
	if got := thief.steal(victim, ""); got.StatusCode != 204 || got.text != "" {
		t.Errorf("another certificate: %d %s", got.StatusCode, got.text)
	}
	plain := newCPE(t, url).with()
	plain.steal(victim, "").want(t, 401)
	plain.login("").want(t, 204)
	if m, ok := victim.post("").want(t, 200).(*cwmp.Reboot); !ok {
		t.Errorf("the session is gone: %T", m)
	}
}

// TestCookieOfAnotherUser: a user name that is not the session's.
func TestCookieOfAnotherUser(t *testing.T) {
	url := serve(t, newServer(t, newPlanner(someReboot), withAuth(AuthDigest), ownDevice))
	victim := newCPE(t, url)
	victim.inform()
	thief := newCPE(t, url)
	thief.headers.Set("Authorization", `Digest username="00005E-STB-2/1", realm="itms"`)
	thief.steal(victim, "").want(t, 401)
	if _, ok := victim.post("").want(t, 200).(*cwmp.Reboot); !ok {
		t.Error("the session is gone")
	}
}

// TestCookieFromAnotherAddress: it must prove itself; then, behind a carrier's NAT,
// the session goes on.
func TestCookieFromAnotherAddress(t *testing.T) {
	srv := newServer(t, newPlanner(someReboot), withAuth(AuthBasic))
	post := func(remote, cookie string, right bool, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.RemoteAddr = remote
		if cookie != "" {
			r.Header.Set("Cookie", cookie)
		}
		if right {
			r.SetBasicAuth(testUser, testPassword.Reveal())
		}
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, r)
		return w
	}
	w := post("192.0.2.1:1", "", true, informXML(testDevice.Serial))
	cookie, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
	if w := post("198.51.100.1:1", cookie, false, ""); w.Code != 401 {
		t.Errorf("a cookie alone is enough from elsewhere: %d", w.Code)
	}
	if w := post("198.51.100.1:1", cookie, true, ""); w.Code != 200 || !strings.Contains(w.Body.String(), "Reboot") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := post("192.0.2.1:2", cookie, false, xml("1", &cwmp.RebootResponse{})); w.Code != 204 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestNewCredentialsWithinTheSession: a device may use its own at once.
func TestNewCredentialsWithinTheSession(t *testing.T) {
	p := newPlanner(someReboot)
	url := serve(t, newServer(t, p, withAuth(AuthDigest), ownDevice))
	c := newCPE(t, url)
	c.inform()
	a := c.post("")
	c.headers.Set("Authorization", `Digest username="`+testDevice.String()+`/2", realm="itms"`)
	c.respond(a, &cwmp.RebootResponse{}).want(t, 401)
	if p.endings() != 0 {
		t.Error("the session ended")
	}
	challenge, err := digest.ParseChallenge(c.respond(a, &cwmp.RebootResponse{}).Header["Www-Authenticate"])
	if err != nil {
		t.Fatal(err)
	}
	c.headers.Set("Authorization", challenge.Authorize("POST", "/", testDevice.String()+"/2", "own-2"))
	c.respond(a, &cwmp.RebootResponse{}).want(t, 204)
	if s := p.waitEnd(t); s.End != itms.SessionDone || len(p.outcomes) != 1 || p.outcomes[0].Fault != nil {
		t.Errorf("%+v %+v", s, p.outcomes)
	}
}

// TestTwoDevicesThatAreOne: two addresses that take one device's session from each
// other raise the alarm; a device that comes again does not.
func TestTwoDevicesThatAreOne(t *testing.T) {
	var alarms chan itms.Event
	srv := newServer(t, newPlanner(), func(o *Options) { alarms = alarmed(o) })
	inform := func(remote string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(informXML(testDevice.Serial)))
		r.RemoteAddr = remote
		w := httptest.NewRecorder()
		if srv.ServeHTTP(w, r); w.Code != 200 {
			t.Fatal(w.Code)
		}
	}
	for _, remote := range []string{"192.0.2.1:1", "192.0.2.1:2", "192.0.2.1:3", "198.51.100.1:1"} {
		inform(remote)
	}
	if len(alarms) != 0 {
		t.Error("alarm too early:", <-alarms)
	}
	inform("192.0.2.1:4")
	if e := wantAlarm(t, alarms, alarmRivals); e.Device != testDevice || e.Data["other"] != "198.51.100.1" {
		t.Errorf("%+v", e)
	}
}

// TestTheDomainRefuses: 403, no answer that tells anything, and an alarm, once.
func TestTheDomainRefuses(t *testing.T) {
	var alarms chan itms.Event
	p := newPlanner()
	p.contact = func(*itms.Contact) error {
		return itms.Errorf(itms.KindUnauthenticated, itms.CodeNotAdmitted, "is unknown here")
	}
	srv := newServer(t, p, func(o *Options) { alarms = alarmed(o) })
	c := newCPE(t, serve(t, srv))
	for range 3 {
		if a := c.post(informXML(testDevice.Serial)); a.StatusCode != 403 || a.text != "" {
			t.Errorf("%d %s", a.StatusCode, a.text)
		}
	}
	if e := wantAlarm(t, alarms, alarmRefused); e.Data["code"] != itms.CodeNotAdmitted {
		t.Errorf("%+v", e)
	}
	if err := srv.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if len(alarms) != 0 {
		t.Error("told again:", <-alarms)
	}
}

func TestStatedUser(t *testing.T) {
	for header, want := range map[string]string{`Digest username="cpe", realm="x"`: "cpe", `Digest realm="x", username="a/1"`: "a/1", "": "", "Basic eDp5": "",
		`Digest username="open`: "", `Digest username="a\"b"`: ""} {
		if got := statedUser(header); got != want {
			t.Errorf("%q: %q", header, got)
		}
	}
}
