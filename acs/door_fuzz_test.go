package acs

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"itms/cwmp"
)

// rawPost is one POST as it comes over the wire.
func rawPost(body string, headers ...string) string {
	return "POST / HTTP/1.1\r\nHost: acs\r\n" + strings.Join(append(headers, ""), "\r\n") + "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

// FuzzDoor has any requests come on a connection, and then the later half of them on a
// second one: no panic, every session that began ends once, and a device that behaves
// is served afterwards. What is no HTTP does not come this far.
func FuzzDoor(f *testing.F) {
	inform, get := informXML("s1"), xml("1", &cwmp.GetParameterValuesResponse{})
	for _, text := range []string{
		rawPost(inform) + rawPost("") + rawPost(get) + rawPost(""),
		rawPost("") + rawPost(inform, "Connection: close"),
		rawPost(inform, "Cookie: itms=n1.x; Path=/", `Authorization: Digest username="u", nonce="", uri=`),
		rawPost(inform, "Content-Encoding: gzip") + rawPost(xml("2", &cwmp.Fault{Code: 9002})),
		rawPost(xml("3", &cwmp.UnknownMethod{Name: "X"}), "Transfer-Encoding: chunked"),
		"POST / HTTP/1.0\r\n\r\nGET /cwmp HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"POST /cwmp HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n5\r\n<soap\r\n0\r\n\r\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p := newPlanner(someGet, singly, someReboot)
		srv := newServer(t, p)
		sendRaw(srv, data)
		sendRaw(srv, data[len(data)/2:])
		if w := newDirect(t, srv).post(informXML("s2")); w.Code != 200 {
			t.Errorf("another device gets %d", w.Code)
		}
		if err := srv.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		checkEnds(t, p)
	})
}

// sendRaw has the requests among the bytes served as those of one connection.
func sendRaw(srv *Server, data []byte) {
	conn := srv.ConnContext(context.Background(), nil)
	in := bufio.NewReader(bytes.NewReader(data))
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		r.RemoteAddr = "192.0.2.1:1234"
		srv.ServeHTTP(httptest.NewRecorder(), r.WithContext(conn))
		_, _ = io.Copy(io.Discard, r.Body)
	}
}

// checkEnds holds that each session that began has ended once.
func checkEnds(t *testing.T, p *planner) {
	seen := map[string]bool{}
	for _, s := range p.ended {
		if seen[s.ID] {
			t.Errorf("%s ended twice", s.ID)
		}
		seen[s.ID] = true
	}
	if len(seen) != len(p.contacts) {
		t.Errorf("%d sessions, %d ends", len(p.contacts), len(seen))
	}
}
