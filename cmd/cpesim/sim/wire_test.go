package sim

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"itms/cmd/cpesim/internal/acstest"
)

func TestTLS(t *testing.T) {
	acs := &acstest.ACS{Script: rpcs}
	server := httptest.NewUnstartedServer(acs)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // the last session is refused on purpose
	server.StartTLS()
	defer server.Close()
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	report := run(t, box(t, acs, Config{ACS: []string{server.URL}, TLS: &tls.Config{RootCAs: pool}}))
	if len(report.RPCs) != 3 {
		t.Errorf("%d RPCs", len(report.RPCs))
	}
	if _, err := box(t, acs, Config{ACS: []string{server.URL}}).Session(t.Context()); err == nil {
		t.Error("an unknown certificate was trusted")
	}
}

func TestAddress(t *testing.T) {
	for text, want := range map[string]string{
		"http://acs.example.com/":       "acs.example.com:80",
		"https://acs.example.com":       "acs.example.com:443",
		"http://192.0.2.1:7547/cwmp":    "192.0.2.1:7547",
		"http://[2001:db8::1]:7547/":    "[2001:db8::1]:7547",
		"https://[2001:db8::1]/cwmp?a=": "[2001:db8::1]:443",
	} {
		u, err := url.Parse(text)
		if err != nil || address(u) != want {
			t.Errorf("address of %s = %s, want %s", text, address(u), want)
		}
	}
}

func TestServerClosesConnection(t *testing.T) {
	acs := &acstest.ACS{Script: rpcs, Override: func(w http.ResponseWriter, _ *acstest.Request) bool {
		w.Header().Set("Connection", "close")
		return false
	}}
	if report := run(t, box(t, acs, Config{})); report.Connections != report.Posts {
		t.Errorf("%d connections for %d POSTs", report.Connections, report.Posts)
	}
}

func TestJar(t *testing.T) {
	j := &jar{}
	j.take(http.Header{"Set-Cookie": {"a=1; Path=/", "b=2", "a=3", "=broken"}}, false)
	if got := j.header(nil); got != "b=2; a=3" {
		t.Errorf("cookies %q", got)
	}
	j.take(http.Header{"Set-Cookie": {"b=; Max-Age=0"}}, false)
	if got := j.header(QuirkSet{quirkCookieAttributes: ""}); got != "a=3" {
		t.Errorf("cookies %q", got)
	}
}

func TestUnknownAuthentication(t *testing.T) {
	acs := &acstest.ACS{Override: func(w http.ResponseWriter, _ *acstest.Request) bool {
		w.Header().Set("WWW-Authenticate", "Negotiate")
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}}
	if _, err := box(t, acs, Config{Username: "a"}).Session(t.Context()); err == nil {
		t.Error("no error")
	}
}
