package digest

import (
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mufasa is the user of the examples of every digest RFC.
func mufasa() inputs {
	return inputs{
		algorithm: MD5,
		username:  "Mufasa", realm: "http-auth@example.org", password: "Circle of Life",
		method: "GET", uri: "/dir/index.html",
		nonce:  "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
		nc:     "00000001",
		cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
		qop:    "auth",
	}
}

func TestResponseVectors(t *testing.T) {
	with := func(change func(*inputs)) inputs {
		in := mufasa()
		change(&in)
		return in
	}
	old := func(in *inputs) {
		in.realm, in.password = "testrealm@host.com", "Circle Of Life"
		in.nonce, in.cnonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093", "0a4f113b"
	}
	for name, tc := range map[string]struct {
		in   inputs
		want string
	}{
		"RFC 7616 3.9.1 MD5":     {mufasa(), "8ca523f5e9506fed4657c9700eebdbec"},
		"RFC 7616 3.9.1 SHA-256": {with(func(in *inputs) { in.algorithm = SHA256 }), "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
		"RFC 2617 3.5":           {with(old), "6629fae49393a05397450978507c4ef1"},
		"RFC 2069 2.4, erratum 749": {with(func(in *inputs) {
			old(in)
			in.password, in.qop = "CircleOfLife", ""
		}), "1949323746fe6a43ef61f9606e7febea"},
	} {
		if got := tc.in.response(); got != tc.want {
			t.Errorf("%s: got %s, want %s", name, got, tc.want)
		}
	}
}

// The session form is spelled out by hand here, since no RFC gives a vector.
func TestResponseSession(t *testing.T) {
	for sess, plain := range map[Algorithm]Algorithm{MD5Sess: MD5, SHA256Sess: SHA256} {
		in := mufasa()
		in.algorithm = sess
		h := plain.hash
		ha1 := h(h("Mufasa:http-auth@example.org:Circle of Life") + ":" + in.nonce + ":" + in.cnonce)
		want := h(ha1 + ":" + in.nonce + ":00000001:" + in.cnonce + ":auth:" + h("GET:/dir/index.html"))
		if got := in.response(); got != want {
			t.Errorf("%s: got %s, want %s", sess, got, want)
		}
	}
}

func TestParseAlgorithm(t *testing.T) {
	for s, want := range map[string]Algorithm{
		"": "", "MD5": MD5, "md5": MD5, " Md5-Sess ": MD5Sess,
		"SHA-256": SHA256, "sha256": SHA256, "sha-256-SESS": SHA256Sess,
	} {
		if got, ok := parseAlgorithm(s); !ok || got != want {
			t.Errorf("parseAlgorithm(%q) = %q, %v; want %q", s, got, ok, want)
		}
	}
	for _, s := range []string{"SHA-512-256", "token", "MD5 SHA-256"} {
		if got, ok := parseAlgorithm(s); ok {
			t.Errorf("parseAlgorithm(%q) = %q, want refusal", s, got)
		}
	}
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		`plain`:                  `"plain"`,
		`a "b" \c`:               `"a \"b\" \\c"`,
		"x\r\nSet-Cookie: y\x7f": `"xSet-Cookie: y"`,
		"Jäsøn":                  `"Jäsøn"`,
	} {
		got := quote(in)
		if got != want {
			t.Errorf("quote(%q) = %s, want %s", in, got, want)
		}
		if back, rest := quoted(got[1:]); rest != "" || !strings.ContainsAny(in, "\r") && back != in {
			t.Errorf("quoted(%s) = %q, %q", got, back, rest)
		}
	}
}
