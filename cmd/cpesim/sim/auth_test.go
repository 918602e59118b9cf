package sim

import (
	"errors"
	"strings"
	"testing"
)

func TestCredentialsChooseTheScheme(t *testing.T) {
	const (
		md5    = `Digest realm="r", nonce="n", qop="auth", algorithm=MD5`
		sha    = `Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256`
		basic  = `basic realm="r"`
		strong = `Digest realm="r", nonce="n", algorithm=SHA-512-256`
	)
	for _, c := range []struct {
		headers []string
		want    string // the front of the answer, and what must be in it
	}{
		{[]string{md5}, "Digest |algorithm=MD5"},
		{[]string{md5, sha}, "Digest |algorithm=SHA-256"},
		{[]string{basic, md5}, "Digest |algorithm=MD5"},
		{[]string{" " + basic}, "Basic |dXNlcjpwYXNz"},
		{[]string{strong, basic}, "Basic |dXNlcjpwYXNz"},
		{[]string{strong}, ""},
		{[]string{"Bearer"}, ""},
		{nil, ""},
	} {
		var a credentials
		if a.authorization("POST", "/", "user", "pass") != "" {
			t.Error("sent credentials without being asked")
		}
		err := a.challenged(c.headers)
		if (err == nil) != (c.want != "") || err != nil && !errors.Is(err, ErrUnauthorized) {
			t.Errorf("%q: error %v", c.headers, err)
		}
		front, part, _ := strings.Cut(c.want, "|")
		if got := a.authorization("POST", "/", "user", "pass"); !strings.HasPrefix(got, front) || !strings.Contains(got, part) {
			t.Errorf("%q: answer %s", c.headers, got)
		}
	}
}

func TestNonceCountGrows(t *testing.T) {
	var a credentials
	if err := a.challenged([]string{`Digest realm="r", nonce="n", qop="auth"`}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"nc=00000001", "nc=00000002"} {
		if got := a.authorization("POST", "/cwmp", "user", "pass"); !strings.Contains(got, want) || !strings.Contains(got, `uri="/cwmp"`) {
			t.Errorf("answer %s, want %s", got, want)
		}
	}
}
