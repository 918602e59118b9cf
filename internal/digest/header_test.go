package digest

import (
	"errors"
	"maps"
	"strings"
	"testing"
)

func TestParseCredentials(t *testing.T) {
	want := params{"username": "u", "nonce": "abc==", "uri": "/a?b=c", "nc": "00000001"}
	for name, header := range map[string]string{
		"canonical":       `Digest username="u", nonce="abc==", uri="/a?b=c", nc=00000001`,
		"unquoted":        `Digest username=u, nonce=abc==, uri=/a?b=c, nc=00000001`,
		"upper case":      `DIGEST USERNAME="u", NONCE="abc==", Uri="/a?b=c", NC=00000001`,
		"odd spacing":     "  Digest\tusername = \"u\" ,nonce= abc== ,  uri =\"/a?b=c\",nc =\t00000001  ",
		"no spaces":       `Digest username="u",nonce="abc==",uri="/a?b=c",nc=00000001`,
		"folded":          "Digest username=\"u\",\r\n nonce=\"abc==\",\r\n\turi=\"/a?b=c\",\n nc=00000001",
		"trailing commas": `Digest ,username="u",, nonce="abc==", uri="/a?b=c", nc=00000001,,`,
		"no commas":       `Digest username="u" nonce="abc==" uri="/a?b=c" nc=00000001`,
		"quoted number":   `Digest username="u", nonce="abc==", uri="/a?b=c", nc="00000001"`,
		"open quote":      `Digest username="u", nonce="abc==", nc=00000001, uri="/a?b=c`,
		"first wins":      `Digest username="u", nonce="abc==", uri="/a?b=c", nc=00000001, username="v"`,
		"bare word":       `Digest username="u", junk, nonce="abc==", uri="/a?b=c", nc=00000001`,
	} {
		got, err := parseCredentials(header)
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func TestParseCredentialsOther(t *testing.T) {
	for _, header := range []string{"", "  ", ",", "Basic dTpw", `Digestive username="u"`, `username="u"`, `Digest=x`} {
		if p, err := parseCredentials(header); !errors.Is(err, ErrNoCredentials) {
			t.Errorf("%q: got %q, %v; want ErrNoCredentials", header, p, err)
		}
	}
}

func TestParseLimits(t *testing.T) {
	fits := "Digest " + strings.Repeat("a=b,", maxFields-1)
	if _, err := parseCredentials(fits); err != nil {
		t.Errorf("%d fields: %v", maxFields, err)
	}
	if _, err := parseCredentials(fits + "a=b"); !errors.Is(err, ErrMalformed) {
		t.Errorf("one field more: got %v, want ErrMalformed", err)
	}
	long := `Digest a="` + strings.Repeat("x", maxHeader-10)
	if _, err := parseCredentials(long); err != nil {
		t.Errorf("%d bytes: %v", len(long), err)
	}
	if _, err := parseCredentials(long + "x"); !errors.Is(err, ErrMalformed) {
		t.Errorf("one byte more: got %v, want ErrMalformed", err)
	}
}

func TestQuotedEscapes(t *testing.T) {
	for in, want := range map[string]string{
		`a\"b"`:        `a"b`,
		`a\\b"`:        `a\b`,
		`DOMAIN\user"`: `DOMAIN\user`,
		`end\`:         `end\`,
	} {
		if got, _ := quoted(in); got != want {
			t.Errorf("quoted(%s) = %s, want %s", in, got, want)
		}
	}
}

func TestUsername(t *testing.T) {
	for _, tc := range []struct {
		p    params
		want string
		bad  bool
	}{
		{p: params{"username": ""}, want: ""},
		{p: params{"username": "a", "username*": "UTF-8''b"}, want: "a"},
		{p: params{"username*": "UTF-8''J%C3%A4s%C3%B8n%20Doe"}, want: "Jäsøn Doe"}, // RFC 7616 §3.9.2
		{p: params{"username*": "utf-8''x"}, want: "x"},
		{p: params{"username*": "ISO-8859-1''x"}, bad: true},
		{p: params{"username*": "x"}, bad: true},
		{p: params{"username*": "UTF-8''%zz"}, bad: true},
		{p: params{}, bad: true},
	} {
		got, err := tc.p.username()
		if got != tc.want || errors.Is(err, ErrMalformed) != tc.bad {
			t.Errorf("%q: got %q, %v", tc.p, got, err)
		}
	}
}

// FuzzHeader looks for headers that crash the reader, that it does not read
// the same way twice, or that break its bounds.
func FuzzHeader(f *testing.F) {
	f.Add(`Digest username="cpe", realm="itms", nonce="n", uri="/", response="r", qop=auth, nc=00000001, cnonce="c"`)
	f.Add("Digest realm=\"liveboxrealm\",\r\n\tnonce=abc,\r\n\tqop=\"auth\"")
	f.Add(`Basic realm="a", Digest realm="b", nonce=x==, algorithm=SHA-256`)
	f.Add(`Digest ="",=,a="\`)
	f.Fuzz(func(t *testing.T, header string) {
		fields, err := scan(header)
		if err == nil && len(fields) > maxFields {
			t.Fatalf("%d fields", len(fields))
		}
		size := 0
		for _, fd := range fields {
			size += len(fd.name) + len(fd.value)
		}
		if size > len(header) {
			t.Fatalf("%d bytes of fields out of %d", size, len(header))
		}
		if c, err := ParseChallenge([]string{header}); err == nil {
			roundTrip(t, c)
		}
		a := New(Options{})
		if _, err := a.Verify("GET", "/", header, func(string) (string, bool) { return "p", true }); err == nil {
			t.Fatal("verified without a nonce of ours")
		}
	})
}

// roundTrip answers c and reads the answer back.
func roundTrip(t *testing.T, c *Challenge) {
	t.Helper()
	header := c.Authorize("GET", "/", "u", "p")
	p, err := parseCredentials(header)
	if err != nil {
		if len(header) <= maxHeader {
			t.Fatalf("own answer %q: %v", header, err)
		}
		return
	}
	if quote(p["nonce"]) != quote(c.Nonce) || quote(p["realm"]) != quote(c.Realm) {
		t.Fatalf("own answer %q read as %q", header, p)
	}
}
