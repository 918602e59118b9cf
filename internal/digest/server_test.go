package digest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const target = "/acs?site=1"

// users is the password source of these tests.
func users(name string) (string, bool) {
	passwords := map[string]string{"cpe": "secret", "": "anonymous", `DOM\"x`: "odd", "empty": ""}
	p, ok := passwords[name]
	return p, ok
}

// challenge answers what a offers, by the algorithm asked for.
func challenge(t testing.TB, a *Authenticator, alg Algorithm) *Challenge {
	t.Helper()
	for _, line := range a.Challenges() {
		c, err := ParseChallenge([]string{line})
		if err != nil {
			t.Fatal(err)
		}
		if c.Algorithm == alg {
			return c
		}
	}
	t.Fatalf("%s is not offered", alg)
	return nil
}

func verify(a *Authenticator, header string) error {
	_, err := a.Verify("POST", target, header, users)
	return err
}

func TestChallenges(t *testing.T) {
	a := New(Options{Realm: `my "realm"`})
	lines := a.Challenges()
	if len(lines) != 2 || !strings.Contains(lines[0], "algorithm=MD5") || !strings.Contains(lines[1], "algorithm=SHA-256") {
		t.Fatalf("want MD5, then SHA-256; got %q", lines)
	}
	for i, line := range append(lines, a.StaleChallenges()...) {
		c, err := ParseChallenge([]string{line})
		if err != nil || c.Realm != `my "realm"` || c.QOP != "auth" || c.Stale != (i >= 2) {
			t.Errorf("%s: got %+v, %v", line, c, err)
		}
	}
	only := New(Options{Algorithms: []Algorithm{SHA256}})
	if lines := only.Challenges(); len(lines) != 1 || !strings.Contains(lines[0], "SHA-256") {
		t.Errorf("SHA-256 alone: got %q", lines)
	}
	md5 := challenge(t, a, MD5).Authorize("POST", target, "cpe", "secret")
	if err := verify(only, md5); !errors.Is(err, ErrMalformed) {
		t.Errorf("MD5 not offered: got %v, want ErrMalformed", err)
	}
}

func TestVerifyAccepts(t *testing.T) {
	for name, tc := range map[string]struct {
		alg            Algorithm
		user, password string
		uri            string
		change         func(*Challenge)
	}{
		"MD5":              {alg: MD5},
		"SHA-256":          {alg: SHA256},
		"MD5-sess":         {alg: MD5, change: func(c *Challenge) { c.Algorithm = MD5Sess }},
		"SHA-256-sess":     {alg: SHA256, change: func(c *Challenge) { c.Algorithm = SHA256Sess }},
		"unnamed MD5":      {alg: MD5, change: func(c *Challenge) { c.Algorithm = "" }},
		"legacy":           {alg: MD5, change: func(c *Challenge) { c.QOP = "" }},
		"legacy sess":      {alg: MD5, change: func(c *Challenge) { c.QOP, c.Algorithm = "", MD5Sess }},
		"QOP upper case":   {alg: MD5, change: func(c *Challenge) { c.QOP = "AUTH" }},
		"absolute uri":     {alg: MD5, uri: "http://acs.example:7547" + target},
		"uri of no query":  {alg: MD5, uri: "/acs"},
		"uri escaped":      {alg: MD5, uri: "/%61cs?site=1"},
		"no user name":     {alg: MD5, user: "-", password: "anonymous"},
		"quotes in a name": {alg: MD5, user: `DOM\"x`, password: "odd"},
	} {
		t.Run(name, func(t *testing.T) {
			a := New(Options{})
			c := challenge(t, a, tc.alg)
			if tc.change != nil {
				tc.change(c)
			}
			user, password, uri := "cpe", "secret", target
			if tc.user != "" {
				user, password = strings.Trim(tc.user, "-"), tc.password
			}
			if tc.uri != "" {
				uri = tc.uri
			}
			header := c.Authorize("POST", uri, user, password)
			got, err := a.Verify("POST", target, header, users)
			if err != nil || got != user {
				t.Errorf("%s: got %q, %v", header, got, err)
			}
		})
	}
}

// netcwmp keeps 32 characters of a nonce and answers with those.
func TestVerifyNonceInASmallBuffer(t *testing.T) {
	const buffer = 32
	a := New(Options{})
	c := challenge(t, a, MD5)
	c.QOP, c.Algorithm = "", ""
	c.Nonce = c.Nonce[:min(len(c.Nonce), buffer)]
	if err := verify(a, c.Authorize("POST", "", "cpe", "secret")); err != nil {
		t.Error(err)
	}
}

// netcwmp sends uri="" and hashes it so.
func TestVerifyEmptyURI(t *testing.T) {
	a := New(Options{})
	if err := verify(a, challenge(t, a, MD5).Authorize("POST", "", "cpe", "secret")); err != nil {
		t.Error(err)
	}
}

func TestVerifyUnnamedSHA256(t *testing.T) {
	a := New(Options{})
	header := challenge(t, a, SHA256).Authorize("POST", target, "cpe", "secret")
	header = strings.Replace(header, ", algorithm=SHA-256", "", 1)
	if err := verify(a, header); err != nil {
		t.Error(err)
	}
}

// A client that takes two challenges for one names the hash of the second and computes
// the only one it knows; where that is not offered it does not help.
func TestVerifyMisnamedAlgorithm(t *testing.T) {
	offers := New(Options{})
	header := challenge(t, offers, MD5).Authorize("POST", target, "cpe", "secret")
	if err := verify(offers, strings.Replace(header, "algorithm=MD5", "algorithm=SHA-256", 1)); err != nil {
		t.Error(err)
	}
	strict := New(Options{Algorithms: []Algorithm{SHA256}})
	c := challenge(t, strict, SHA256)
	c.Algorithm = MD5
	header = strings.Replace(c.Authorize("POST", target, "cpe", "secret"), "algorithm=MD5", "algorithm=SHA-256", 1)
	if err := verify(strict, header); !errors.Is(err, ErrMalformed) {
		t.Errorf("MD5 where SHA-256 alone is offered: %v", err)
	}
}

func TestVerifyMissingRealm(t *testing.T) {
	a := New(Options{})
	header := challenge(t, a, MD5).Authorize("POST", target, "cpe", "secret")
	header = strings.Replace(header, `realm="itms", `, "", 1)
	if err := verify(a, header); err != nil {
		t.Error(err)
	}
}

func TestVerifyRefuses(t *testing.T) {
	edit := func(old, new string) func(string) string {
		return func(h string) string {
			if !strings.Contains(h, old) {
				panic(fmt.Sprintf("no %s in %s", old, h))
			}
			return strings.Replace(h, old, new, 1)
		}
	}
	for name, tc := range map[string]struct {
		edit func(string) string
		user string // name expected back
		want error
	}{
		"nothing":        {func(string) string { return "" }, "", ErrNoCredentials},
		"basic":          {func(string) string { return "Basic Y3BlOnNlY3JldA==" }, "", ErrNoCredentials},
		"too long":       {func(h string) string { return h + strings.Repeat(" ", maxHeader) }, "", ErrMalformed},
		"no username":    {edit("username=", "nobody="), "", ErrMalformed},
		"no nonce":       {edit(" nonce=", " xnonce="), "cpe", ErrMalformed},
		"no uri":         {edit("uri=", "xuri="), "cpe", ErrMalformed},
		"no response":    {edit("response=", "xresponse="), "cpe", ErrMalformed},
		"no nc":          {edit("nc=", "xnc="), "cpe", ErrMalformed},
		"nc not hex":     {edit("nc=0000000", "nc=x"), "cpe", ErrMalformed},
		"nc too long":    {edit("nc=0", "nc=10"), "cpe", ErrMalformed},
		"no cnonce":      {edit("cnonce=", "xcnonce="), "cpe", ErrMalformed},
		"sess, no key":   {func(h string) string { return edit("cnonce=", "x=")(edit("MD5", "MD5-sess")(h)) }, "cpe", ErrMalformed},
		"auth-int":       {edit("qop=auth", "qop=auth-int"), "cpe", ErrMalformed},
		"algorithm":      {edit("algorithm=MD5", "algorithm=ROT13"), "cpe", ErrMalformed},
		"another path":   {edit(`uri="/acs`, `uri="/bcs`), "cpe", ErrMalformed},
		"another query":  {edit(`site=1`, `site=2`), "cpe", ErrMalformed},
		"bad uri":        {edit(`uri="/acs`, `uri="%zz`), "cpe", ErrMalformed},
		"another user":   {edit(`"cpe"`, `"eve"`), "eve", ErrWrong},
		"nonce tampered": {edit(` nonce="0`, ` nonce="1`), "cpe", ErrWrong},
		"nc tampered":    {edit("nc=00000001", "nc=00000002"), "cpe", ErrWrong},
		"uri tampered":   {edit("?site=1", ""), "cpe", ErrWrong},
		"qop dropped":    {edit("qop=auth, ", ""), "cpe", ErrWrong},
		"response short": {edit(`response="`, `response="", x="`), "cpe", ErrWrong},
	} {
		t.Run(name, func(t *testing.T) {
			a := New(Options{})
			header := tc.edit(challenge(t, a, MD5).Authorize("POST", target, "cpe", "secret"))
			got, err := a.Verify("POST", target, header, users)
			if !errors.Is(err, tc.want) || got != tc.user {
				t.Errorf("%s: got %q, %v; want %q, %v", header, got, err, tc.user, tc.want)
			}
		})
	}
}

func TestVerifyWrongPasswordAndMethod(t *testing.T) {
	a := New(Options{})
	c := challenge(t, a, MD5)
	for name, header := range map[string]string{
		"password":     c.Authorize("POST", target, "cpe", "guess"),
		"method":       c.Authorize("GET", target, "cpe", "secret"),
		"unknown user": c.Authorize("POST", target, "eve", ""),
		"decoy":        c.Authorize("POST", target, "eve", a.decoy),
	} {
		if err := verify(a, header); !errors.Is(err, ErrWrong) {
			t.Errorf("%s: got %v, want ErrWrong", name, err)
		}
	}
	if n := len(a.used.byKey); n != 0 {
		t.Errorf("%d nonces remembered for wrong answers", n)
	}
}

func TestVerifyNonceLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New(Options{})
		c := challenge(t, a, MD5)
		first := c.Authorize("POST", target, "cpe", "secret")
		if err := verify(a, first); err != nil {
			t.Fatal(err)
		}
		if err := verify(a, first); !errors.Is(err, ErrReplay) {
			t.Errorf("same header again: got %v, want ErrReplay", err)
		}
		time.Sleep(defaultNonceTTL)
		if err := verify(a, c.Authorize("POST", target, "cpe", "secret")); err != nil {
			t.Errorf("second count, at the end of its life: %v", err)
		}
		time.Sleep(time.Millisecond)
		if err := verify(a, c.Authorize("POST", target, "cpe", "secret")); !errors.Is(err, ErrStale) {
			t.Errorf("after its life: got %v, want ErrStale", err)
		}
		if err := verify(a, c.Authorize("POST", target, "cpe", "guess")); !errors.Is(err, ErrWrong) {
			t.Errorf("old nonce and wrong password: got %v, want ErrWrong", err)
		}
	})
}

func TestVerifyLegacyOnce(t *testing.T) {
	a := New(Options{})
	c := challenge(t, a, MD5)
	c.QOP = ""
	header := c.Authorize("POST", target, "cpe", "secret")
	if err := verify(a, header); err != nil {
		t.Fatal(err)
	}
	if err := verify(a, header); !errors.Is(err, ErrStale) {
		t.Errorf("got %v, want ErrStale", err)
	}
}

func TestVerifyAcrossNodes(t *testing.T) {
	key := []byte("shared by the nodes")
	a, b := New(Options{Key: key}), New(Options{Key: key})
	if err := verify(b, challenge(t, a, MD5).Authorize("POST", target, "cpe", "secret")); err != nil {
		t.Errorf("shared key: %v", err)
	}
	for name, o := range map[string]Options{"random key": {}, "another realm": {Key: key, Realm: "other"}} {
		other := New(o)
		header := challenge(t, a, MD5).Authorize("POST", target, "cpe", "secret")
		if err := verify(other, header); !errors.Is(err, ErrStale) {
			t.Errorf("%s: got %v, want ErrStale", name, err)
		}
	}
}

func TestVerifyForeignRealm(t *testing.T) {
	a := New(Options{})
	c := challenge(t, a, MD5)
	c.Realm = "old name"
	if err := verify(a, c.Authorize("POST", target, "cpe", "secret")); !errors.Is(err, ErrStale) {
		t.Errorf("got %v, want ErrStale", err)
	}
}

// Of many equal requests at once exactly one may pass.
func TestVerifyConcurrentReplay(t *testing.T) {
	a := New(Options{})
	header := challenge(t, a, MD5).Authorize("POST", target, "cpe", "secret")
	var passed atomic.Int32
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if verify(a, header) == nil {
				passed.Add(1)
			}
		})
	}
	wg.Wait()
	if n := passed.Load(); n != 1 {
		t.Errorf("%d passed, want 1", n)
	}
}

func TestSameTarget(t *testing.T) {
	for _, tc := range []struct {
		uri, requested string
		want           bool
	}{
		{"", "/x", true},
		{"/", "http://h", true},
		{"http://h", "/", true},
		{"/x", "http://h:1/x?q", true},
		{"/x?q", "/x", false},
		{"*", "/x", false},
		{"/x/", "/x", false},
		{"/x", "%zz", false},
	} {
		if got := sameTarget(tc.uri, tc.requested); got != tc.want {
			t.Errorf("sameTarget(%q, %q) = %v", tc.uri, tc.requested, got)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	for _, alg := range []Algorithm{MD5, SHA256} {
		b.Run(string(alg), func(b *testing.B) {
			a := New(Options{})
			c := challenge(b, a, alg)
			headers := make([]string, 1024)
			for i := range headers {
				headers[i] = c.Authorize("POST", target, "cpe", "secret")
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				err := verify(a, headers[i%len(headers)])
				if err != nil && !errors.Is(err, ErrReplay) && !errors.Is(err, ErrStale) {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}
