package acs

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"itms/cwmp"
	"itms/internal/digest"
)

func TestDigestSession(t *testing.T) {
	p := newPlanner(someReboot)
	c := newCPE(t, serve(t, newServer(t, p, withAuth(AuthDigest))))
	a := c.post(informXML("s1"))
	if a.StatusCode != 401 || a.ContentLength != 0 || a.Close || len(a.Header["Www-Authenticate"]) != 2 {
		t.Fatalf("%d %v", a.StatusCode, a.Header)
	}
	if len(p.contacts) != 0 || a.Header.Get("Set-Cookie") != "" {
		t.Error("a session began before the credentials were right")
	}
	wholeSession(t, c) // the POSTs after the Inform carry none
	if c.dials != 1 {
		t.Errorf("%d connections", c.dials)
	}
}

func TestBothAlgorithms(t *testing.T) {
	url := serve(t, newServer(t, newPlanner(), withAuth(AuthDigest)))
	for i, name := range []string{"MD5", "SHA-256"} {
		c := newCPE(t, url)
		header := c.post("").Header["Www-Authenticate"][i]
		challenge, err := digest.ParseChallenge([]string{header})
		if err != nil || !strings.Contains(header, name) {
			t.Fatal(header, err)
		}
		c.auth = challenge
		c.post(informXML("s1")).want(t, 200)
	}
}

func TestEachInformNeedsCredentials(t *testing.T) {
	p := newPlanner(someReboot)
	c := newCPE(t, serve(t, newServer(t, p, withAuth(AuthDigest))))
	c.inform()
	c.post(informXML(testDevice.Serial)).want(t, 401) // with cookie and connection
	if _, ok := c.post("").want(t, 200).(*cwmp.Reboot); !ok {
		t.Error("the 401 changed the session")
	}
	if len(p.contacts) != 1 {
		t.Errorf("%d contacts", len(p.contacts))
	}
}

func TestEmptyPostOpensWithDigest(t *testing.T) {
	c := newCPE(t, serve(t, newServer(t, newPlanner(), withAuth(AuthDigest))))
	c.login("").want(t, 204) // 401, then 204
	if c.tries != 2 {
		t.Errorf("%d posts", c.tries)
	}
	c.inform()
}

func TestCredentialsOnEveryPost(t *testing.T) {
	c := newCPE(t, serve(t, newServer(t, newPlanner(someReboot), withAuth(AuthDigest))))
	challenge, err := digest.ParseChallenge(c.post("").Header["Www-Authenticate"])
	if err != nil {
		t.Fatal(err)
	}
	c.auth = challenge
	c.post(informXML("s1")).want(t, 200)
	a := c.post("")
	c.respond(a, &cwmp.RebootResponse{}).want(t, 204)
}

func TestBasicSentFirst(t *testing.T) {
	c := newCPE(t, serve(t, newServer(t, newPlanner(), withAuth(AuthDigest))))
	c.headers.Set("Authorization", "Basic Y3BlOmNwZS1wYXNzd29yZA==")
	c.post(informXML("s1")).want(t, 401)
	c.headers.Del("Authorization")
	c.inform()
}

func TestBasic(t *testing.T) {
	url := serve(t, newServer(t, newPlanner(), withAuth(AuthBasic)))
	for password, status := range map[string]int{testPassword.Reveal(): 200, "": 401, "cpe-passwor": 401} {
		c := newCPE(t, url)
		req, _ := http.NewRequest("POST", url, strings.NewReader(informXML("s1")))
		req.SetBasicAuth(testUser, password)
		a := c.do(req)
		if a.StatusCode != status || status == 401 && a.Header.Get("Www-Authenticate") == "" {
			t.Errorf("%q: %d", password, a.StatusCode)
		}
	}
	newCPE(t, url).post(informXML("s1")).want(t, 401)
}

func TestReplayedCredentials(t *testing.T) {
	c := newCPE(t, serve(t, newServer(t, newPlanner(), withAuth(AuthDigest))))
	challenge, err := digest.ParseChallenge(c.post("").Header["Www-Authenticate"])
	if err != nil {
		t.Fatal(err)
	}
	c.headers.Set("Authorization", challenge.Authorize("POST", "/", testUser, testPassword.Reveal()))
	c.post(informXML("s1")).want(t, 200)
	a := c.post(informXML("s1"))
	if a.StatusCode != 401 || !strings.Contains(a.Header.Get("Www-Authenticate"), "stale=true") {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
}

func TestWrongCredentialsAreCounted(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	srv := newServer(t, newPlanner(), withAuth(AuthBasic), func(o *Options) { o.Clock = func() time.Time { return now } })
	url := serve(t, srv)
	c := newCPE(t, url)
	for range 2 * wrongPerWindow {
		c.post("").want(t, 401) // no credentials are not wrong ones
	}
	c.headers.Set("Authorization", "Basic d3Jvbmc6d3Jvbmc=")
	for range wrongPerWindow {
		c.post("").want(t, 401)
	}
	for range 2 * wrongPerWindow { // more of them do not open it again
		a := c.post("")
		if a.StatusCode != 403 || a.Header.Get("Retry-After") != "61" || a.ContentLength != 0 || a.Header.Get("Www-Authenticate") != "" {
			t.Fatalf("%d %v", a.StatusCode, a.Header)
		}
	}
	c.headers.Del("Authorization")
	if a := c.post(""); a.StatusCode != 401 || a.Header.Get("Retry-After") != "" || a.Header.Get("Www-Authenticate") == "" {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	c.headers.Set("Authorization", rightBasic)
	c.post(informXML("s1")).want(t, 200) // its neighbour's mistakes are not its own
	c.headers.Del("Authorization")
	now = now.Add(wrongPenalty)
	c.post(informXML("s1")).want(t, 401)
}

// rightBasic are the right credentials of all devices.
const rightBasic = "Basic Y3BlOmNwZS1wYXNzd29yZA=="

// guessWrong shuts the door to the address of all CPEs in these tests.
func guessWrong(srv *Server) {
	for range wrongPerWindow {
		srv.sources.wrong("127.0.0.1")
	}
}

func TestStaleCredentialsPassTheShutDoor(t *testing.T) {
	srv := newServer(t, newPlanner(), withAuth(AuthDigest))
	c := newCPE(t, serve(t, srv))
	challenge, err := digest.ParseChallenge(c.post("").Header["Www-Authenticate"])
	if err != nil {
		t.Fatal(err)
	}
	guessWrong(srv)
	c.headers.Set("Authorization", challenge.Authorize("POST", "/", testUser, testPassword.Reveal()))
	c.post(informXML("s1")).want(t, 200)
	c.post(informXML("s1")).want(t, 401) // a replay, but by one who knows the password
	c.headers.Set("Authorization", challenge.Authorize("POST", "/", testUser, "wrong"))
	c.post(informXML("s1")).want(t, 403)
}

func TestHugeBodiesAreRefusedUnread(t *testing.T) {
	url := serve(t, newServer(t, newPlanner(), withAuth(AuthBasic)))
	for _, tc := range []struct {
		authorization string
		length        int64
		status        int
	}{
		{"", defaultBodyBytes + 1, 401},
		{"", discardBytes + 1, 401},
		{"Basic d3Jvbmc6d3Jvbmc=", 1 << 40, 401},
		{rightBasic, defaultBodyBytes + 1, 413},
		{rightBasic, 1 << 40, 413},
	} {
		w := dialWire(t, url) // not a byte of the body is sent
		w.send(fmt.Sprintf("POST / HTTP/1.1\r\nHost: a\r\nAuthorization: %s\r\nContent-Length: %d\r\n\r\n", tc.authorization, tc.length))
		if a := w.read(); a.StatusCode != tc.status || !a.Close {
			t.Errorf("%d of %q: %d, close %v", tc.length, tc.authorization, a.StatusCode, a.Close)
		}
	}
}

// countingBody is a body without end that tells how much of it was read.
type countingBody struct{ read int }

func (b *countingBody) Read(p []byte) (int, error) {
	b.read += len(p)
	return len(p), nil
}

func TestUnprovenBodyIsReadNoFurther(t *testing.T) {
	srv := newServer(t, newPlanner(), withAuth(AuthBasic))
	body := &countingBody{}
	r := httptest.NewRequest(http.MethodPost, "/", body)
	w := httptest.NewRecorder()
	srv.ServeHTTP(w, r)
	if w.Code != 401 || w.Header().Get("Connection") != "close" || body.read > discardBytes+1 {
		t.Errorf("%d after %d bytes, connection %q", w.Code, body.read, w.Header().Get("Connection"))
	}
}

func TestASessionOutlivesTheShutDoor(t *testing.T) {
	url := serve(t, newServer(t, newPlanner(someReboot), withAuth(AuthDigest)))
	c := newCPE(t, url)
	c.inform()
	bad := newCPE(t, url)
	for range wrongPerWindow {
		challenge, err := digest.ParseChallenge(bad.post("").Header["Www-Authenticate"])
		if err != nil {
			t.Fatal(err)
		}
		bad.headers.Set("Authorization", challenge.Authorize("POST", "/", testUser, "wrong"))
		bad.post("").want(t, 401)
		bad.headers.Del("Authorization")
	}
	bad.post("").want(t, 401) // asking how to give credentials is no guess
	c.post("").want(t, 200)
}

func TestJudgeKeepsErrors(t *testing.T) {
	srv := newServer(t, newPlanner(), withAuth(AuthDigest))
	r, _ := http.NewRequest("POST", "/", nil)
	r.RequestURI = "/"
	r.Header.Set("Authorization", `Digest username="x"`)
	if _, challenges, err := srv.judge(r); !errors.Is(err, digest.ErrMalformed) || len(challenges) != 2 {
		t.Error(err, challenges)
	}
}
