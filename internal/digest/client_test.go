package digest

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

func TestParseChallenge(t *testing.T) {
	for name, tc := range map[string]struct {
		headers []string
		want    string // realm|nonce|opaque|algorithm|qop
	}{
		"plain":             {[]string{`Digest realm="r", nonce="n", qop="auth"`}, "r|n|||auth"},
		"no qop":            {[]string{`Digest realm="r", nonce="n"`}, "r|n|||"},
		"unquoted":          {[]string{`Digest realm=r,nonce=n==,algorithm=MD5,qop=auth`}, "r|n==||MD5|auth"},
		"folded Livebox":    {[]string{"Digest realm=\"liveboxrealm\",\r\n\tnonce=\"n\",\r\n\tqop=\"auth\",\r\n\topaque=\"o\",\r\n\talgorithm=MD5"}, "liveboxrealm|n|o|MD5|auth"},
		"qop list":          {[]string{`Digest realm="r", nonce="n", qop="auth-int, AUTH"`}, "r|n|||auth"},
		"best of two lines": {[]string{`Digest realm="a", nonce="n", algorithm=MD5`, `Digest realm="b", nonce="n", algorithm=SHA-256`}, "b|n||SHA-256|"},
		"best of one line":  {[]string{`Digest realm="a", nonce="n", algorithm=SHA-256, Digest realm="b", nonce="n"`}, "a|n||SHA-256|"},
		"first of equals":   {[]string{`Digest realm="a", nonce="n"`, `Digest realm="b", nonce="n", algorithm=MD5-sess`}, "a|n|||"},
		"Basic before":      {[]string{`Basic realm="x", Digest realm="r", nonce="n"`}, "r|n|||"},
		"Basic after":       {[]string{`Digest realm="r", nonce="n", Basic realm="x", opaque="y"`}, "r|n|||"},
		"Basic apart":       {[]string{`Basic realm="x"`, `Digest realm="r", nonce="n"`}, "r|n|||"},
		"unknown beside":    {[]string{`Digest realm="a", nonce="n", algorithm=SHA-512-256`, `Digest realm="b", nonce="n"`}, "b|n|||"},
		"too long beside":   {[]string{strings.Repeat("x", maxHeader+1), `Digest realm="b", nonce="n"`}, "b|n|||"},
	} {
		c, err := ParseChallenge(tc.headers)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := strings.Join([]string{c.Realm, c.Nonce, c.Opaque, string(c.Algorithm), c.QOP}, "|"); got != tc.want {
			t.Errorf("%s: got %s, want %s", name, got, tc.want)
		}
	}
}

func TestParseChallengeMore(t *testing.T) {
	c, err := ParseChallenge([]string{`Digest domain="/a /b", stale=TRUE, nonce=n`})
	if err != nil || !c.Stale || c.Domain != "/a /b" {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestParseChallengeErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		headers []string
		want    error
	}{
		"none":       {nil, ErrNoChallenge},
		"Basic only": {[]string{`Basic realm="x"`}, ErrNoChallenge},
		"algorithm":  {[]string{`Digest nonce="n", algorithm=SHA-512-256`}, ErrUnsupported},
		"auth-int":   {[]string{`Digest nonce="n", qop="auth-int"`}, ErrUnsupported},
		"no nonce":   {[]string{`Digest realm="r"`}, ErrMalformed},
		"too long":   {[]string{`Digest ` + strings.Repeat(" ", maxHeader)}, ErrMalformed},
	} {
		if c, err := ParseChallenge(tc.headers); c != nil || !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, %v; want %v", name, c, err, tc.want)
		}
	}
}

func TestWrite(t *testing.T) {
	in := mufasa()
	c := &Challenge{Algorithm: SHA256, Opaque: "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"}
	in.algorithm = SHA256
	want := `Digest username="Mufasa", realm="http-auth@example.org", ` +
		`nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", uri="/dir/index.html", ` +
		`response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", ` +
		`algorithm=SHA-256, qop=auth, nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", ` +
		`opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`
	if got := c.write(in); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Without qop some CPEs answer 401 for ever when qop, nc or cnonce is sent.
func TestAuthorizeWithoutQOP(t *testing.T) {
	c := &Challenge{Realm: "r", Nonce: "n"}
	header := c.Authorize("GET", "/", "u", "p")
	for _, name := range []string{"qop=", "nc=", "cnonce=", "algorithm=", "opaque="} {
		if strings.Contains(header, " "+name) {
			t.Errorf("%s in %s", name, header)
		}
	}
}

func TestAuthorizeCountsConcurrently(t *testing.T) {
	a := New(Options{})
	c := challenge(t, a, MD5)
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			if err := verify(a, c.Authorize("POST", target, "cpe", "secret")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	last, err := parseCredentials(c.Authorize("POST", target, "cpe", "secret"))
	if err != nil || last["nc"] != "00000029" {
		t.Errorf("nc = %q, %v; want 00000029", last["nc"], err)
	}
}

// The two sides over real HTTP, as a CPE that gets a fresh nonce each time its
// own is refused.
func TestOverHTTP(t *testing.T) {
	a := New(Options{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := a.Verify(r.Method, r.RequestURI, r.Header.Get("Authorization"), users); err != nil {
			for _, line := range a.Challenges() {
				w.Header().Add("WWW-Authenticate", line)
			}
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	defer srv.Close()
	get := func(authorization string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/cr?x=1", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", authorization)
		resp, err := srv.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	refused := get("")
	if refused.StatusCode != http.StatusUnauthorized {
		t.Fatalf("status %d without credentials", refused.StatusCode)
	}
	c, err := ParseChallenge(refused.Header.Values("WWW-Authenticate"))
	if err != nil || c.Algorithm != SHA256 {
		t.Fatalf("got %+v, %v", c, err)
	}
	for range 3 {
		if resp := get(c.Authorize("GET", "/cr?x=1", "cpe", "secret")); resp.StatusCode != http.StatusNoContent {
			t.Errorf("status %d with credentials", resp.StatusCode)
		}
	}
	if resp := get(c.Authorize("GET", "/cr?x=1", "cpe", "guess")); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("status %d with a wrong password", resp.StatusCode)
	}
}
