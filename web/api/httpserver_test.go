package api

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"itms"
)

// raw sends bytes over a connection and returns the answer's head.
func raw(t *testing.T, addr, text string) *http.Response {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res
}

func TestServerOnASocket(t *testing.T) {
	f := newFixture(t)
	ts := httptest.NewUnstartedServer(nil)
	ts.Config = HTTPServer(f.server)
	ts.Start()
	defer ts.Close()
	addr := ts.Listener.Addr().String()
	auth := "Authorization: Bearer " + f.tokens[itms.RoleBSS] + "\r\nConnection: close\r\n"
	body := orderJSON("WO-1")
	for name, c := range map[string]struct {
		text   string
		status int
	}{
		"order":          {fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s", ordersPath, auth, len(body), body), 201},
		"escaped device": {"GET /api/v1/services/%2e%2e%2f HTTP/1.1\r\nHost: x\r\n" + auth + "\r\n", 404},
		"huge header":    {"GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 2*maxHeaderBytes) + "\r\n\r\n", 431},
		"no host":        {"GET / HTTP/1.1\r\n\r\n", 400},
		"huge body": {fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s", ordersPath, auth, maxBody+10,
			strings.Repeat("9", maxBody+10)), 413},
		"any id": {"GET /healthz HTTP/1.0\r\n\r\n", 200},
	} {
		if res := raw(t, addr, c.text); res.StatusCode != c.status {
			t.Errorf("%s: %s", name, res.Status)
		}
	}
}
