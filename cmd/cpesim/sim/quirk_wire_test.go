package sim

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
)

// answering is an ACS that answers each message in a fixed form and ends each session.
func answering(write func(http.ResponseWriter, *acstest.Request)) *acstest.ACS {
	return &acstest.ACS{Override: func(w http.ResponseWriter, r *acstest.Request) bool {
		write(w, r)
		return true
	}}
}

// answer writes a message with what comes before it.
func answer(w http.ResponseWriter, before string, m cwmp.Message) {
	body := before + string((&cwmp.Envelope{ID: "1", Message: m}).Encode())
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = io.WriteString(w, body)
}

// TestBoxesThatCannotRead: each breaks at what it cannot read, and at nothing else.
func TestBoxesThatCannotRead(t *testing.T) {
	const declaration = `<?xml version="1.0" encoding="UTF-8"?>`
	forms := map[string]func(http.ResponseWriter, *acstest.Request){
		"plain": func(w http.ResponseWriter, r *acstest.Request) {
			if r.Envelope.Message == nil {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			answer(w, "", &cwmp.InformResponse{MaxEnvelopes: 1})
		},
		"declared": func(w http.ResponseWriter, r *acstest.Request) {
			if r.Envelope.Message == nil {
				return // 200 without a body
			}
			answer(w, declaration, &cwmp.InformResponse{MaxEnvelopes: 1})
		},
		"chunked": func(w http.ResponseWriter, r *acstest.Request) {
			if r.Envelope.Message == nil {
				return
			}
			w.(http.Flusher).Flush()
			_, _ = w.Write((&cwmp.Envelope{ID: "1", Message: &cwmp.InformResponse{MaxEnvelopes: 1}}).Encode())
		},
	}
	for quirk, readable := range map[string]string{
		"http10": "plain declared chunked", "no-xml-declaration": "plain chunked", "needs-xml-declaration": "declared",
		"needs-200": "declared chunked", "no-chunked": "plain declared",
	} {
		for name, form := range forms {
			_, err := box(t, answering(form), Config{}, quirk).Session(t.Context())
			if reads := err == nil; reads != strings.Contains(readable, name) {
				t.Errorf("%s, %s: %v", quirk, name, err)
			}
		}
	}
}

func TestContentTypes(t *testing.T) {
	for quirk, want := range map[string]string{"content-type": "", "content-type=text/plain": "text/plain", "http10": `text/xml; charset="utf-8"`} {
		acs, _, _, err := played(t, quirk)
		if err != nil || acs.Requests()[0].Header.Get("Content-Type") != want {
			t.Errorf("%s: %q, %v", quirk, acs.Requests()[0].Header.Get("Content-Type"), err)
		}
	}
}

// TestWrongContentLength: the body that the ACS reads is shorter than what was sent.
func TestWrongContentLength(t *testing.T) {
	acs := answering(func(w http.ResponseWriter, _ *acstest.Request) {
		w.Header().Set("Connection", "close")
		answer(w, "", &cwmp.InformResponse{MaxEnvelopes: 1})
	})
	cpe := box(t, acs, Config{}, "wrong-content-length")
	_, _ = cpe.Session(t.Context()) // the ACS never ends it well
	whole, _ := cpe.EncodeInform(cwmp.Event{Code: cwmp.EventBootstrap}, cwmp.Event{Code: cwmp.EventBoot})
	if first := acs.Requests()[0]; first.ContentLength != int64(len(whole)-1) || len(first.Body) != len(whole)-1 {
		t.Errorf("%d bytes of %d", first.ContentLength, len(whole))
	}
}

func TestCookieForms(t *testing.T) {
	acs, _, _, err := played(t, "cookie-comma")
	if err != nil || acs.Requests()[1].Header.Get("Cookie") != "HttpOnly,Path=/,sid=s1" {
		t.Errorf("%q, %v", acs.Requests()[1].Header.Get("Cookie"), err)
	}
	j := &jar{}
	j.take(http.Header{"Set-Cookie": {"a=1; Path=/", "b=2"}}, true)
	if got := j.header(nil); got != "a=1" {
		t.Errorf("kept %q", got)
	}
}

func TestBasicFirst(t *testing.T) {
	var schemes []string
	acs := &acstest.ACS{Auth: acstest.MD5, Script: rpcs, Override: func(_ http.ResponseWriter, r *acstest.Request) bool {
		scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		schemes = append(schemes, scheme)
		return false
	}}
	credentials := Config{Username: acstest.Username, Password: acstest.Password}
	run(t, box(t, acs, credentials, "basic-first"))
	if acs.Refused() != 1 || schemes[0] != "Digest" {
		t.Errorf("%d refused, %q", acs.Refused(), schemes)
	}
	acs = &acstest.ACS{Auth: acstest.Basic}
	run(t, box(t, acs, credentials, "basic-first"))
	if acs.Refused() != 0 {
		t.Error("the credentials were not sent without being asked for")
	}
}

func TestQueryAppended(t *testing.T) {
	acs := &acstest.ACS{Auth: acstest.MD5}
	_, err := box(t, acs, Config{Username: acstest.Username, Password: acstest.Password}, "query-appended").Session(t.Context())
	first := acs.Requests()[0]
	if err != nil || first.URL.RawQuery != "options=noautoprov" || strings.Contains(first.Header.Get("Authorization"), "noautoprov") {
		t.Errorf("%s %s, %v", first.URL, first.Header.Get("Authorization"), err)
	}
}

func TestKeptSocket(t *testing.T) {
	for quirk, want := range map[string]int{"keep-socket": 0, "cwmp-1-2": 1} {
		_, cpe, _, _ := played(t, quirk)
		if got := run(t, cpe).Connections; got != want {
			t.Errorf("%s: %d connections in the second session", quirk, got)
		}
	}
}

func TestAfterTheEnd(t *testing.T) {
	for quirk, want := range map[string]int{"http10": 5, "double-empty": 6, "reply-after-204": 6} {
		acs, _, _, err := played(t, quirk)
		if err != nil || len(acs.Requests()) != want {
			t.Errorf("%s: %d POSTs, %v", quirk, len(acs.Requests()), err)
		}
	}
	endless := answering(func(w http.ResponseWriter, r *acstest.Request) {
		if _, informs := r.Envelope.Message.(*cwmp.Inform); informs {
			answer(w, "", &cwmp.InformResponse{MaxEnvelopes: 1})
			return
		}
		if r.Envelope.Message != nil {
			answer(w, "", &cwmp.Reboot{})
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	if _, err := box(t, endless, Config{}, "reply-after-204").Session(t.Context()); err == nil {
		t.Error("an ACS may go on when the session is over")
	}
}

func TestInformLoop(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{}, "inform-loop=4")
	report, err := cpe.Session(t.Context())
	if !errors.Is(err, ErrUnread) || len(acs.Sessions()) != 4 || report.Connections != 1 {
		t.Fatalf("%d Informs over %d connections, %v", len(acs.Sessions()), report.Connections, err)
	}
	if events := acs.Sessions()[3].Inform.Events; len(events) != 5 || events[0].Code != cwmp.EventBootstrap {
		t.Errorf("the last has %v", events)
	}
	if run(t, cpe); len(acs.Sessions()[4].Inform.Events) != 2 {
		t.Error("it goes on")
	}
}

// TestRequestsOfItsOwn: the box minds any other answer than the right one.
func TestRequestsOfItsOwn(t *testing.T) {
	for quirk, right := range map[string]cwmp.Message{
		"request-download": &cwmp.RequestDownloadResponse{}, "unknown-method": cwmp.NewFault(cwmp.FaultACSMethod, ""),
	} {
		for _, m := range []cwmp.Message{right, &cwmp.KickedResponse{}, cwmp.NewFault(cwmp.FaultACSInternal, ""), nil} {
			acs := &acstest.ACS{Override: func(w http.ResponseWriter, r *acstest.Request) bool {
				switch r.Envelope.Message.(type) {
				case *cwmp.RequestDownload, *cwmp.UnknownMethod:
					answer(w, "", m)
					return true
				}
				return false
			}}
			report, err := box(t, acs, Config{}, quirk).Session(t.Context())
			if (err == nil) != (m == right) || !report.Accepted {
				t.Errorf("%s answered with %s: %v", quirk, methodOf(m), err)
			}
		}
	}
}
