package acstest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"itms/cwmp"
)

// post sends a message to the ACS.
func post(t *testing.T, acs *ACS, m cwmp.Message, cookie string) *http.Response {
	t.Helper()
	var body string
	if m != nil {
		body = string((&cwmp.Envelope{ID: "7", Version: cwmp.Version12, Message: m}).Encode())
	}
	r := httptest.NewRequest(http.MethodPost, "/cwmp", strings.NewReader(body))
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	} else {
		r.RemoteAddr = "192.0.2.1:" + t.Name()
	}
	w := httptest.NewRecorder()
	acs.ServeHTTP(w, r)
	return w.Result()
}

func TestScriptIsPlayedOnce(t *testing.T) {
	acs := &ACS{Script: func(*cwmp.Inform) []cwmp.Message { return []cwmp.Message{&cwmp.GetRPCMethods{}} }}
	opened := post(t, acs, &cwmp.Inform{}, "")
	cookie := opened.Cookies()[0]
	if opened.StatusCode != http.StatusOK || cookie.Value != "s1" {
		t.Fatalf("answer %d, cookie %v", opened.StatusCode, cookie)
	}
	post(t, acs, &cwmp.TransferComplete{CommandKey: "k"}, "sid=s1")
	if got := post(t, acs, nil, "sid=s1").StatusCode; got != http.StatusOK {
		t.Errorf("request: HTTP %d", got)
	}
	if got := post(t, acs, &cwmp.GetRPCMethodsResponse{}, "sid=s1").StatusCode; got != http.StatusNoContent {
		t.Errorf("end: HTTP %d", got)
	}
	s := acs.Sessions()[0]
	if len(s.Requests) != 1 || len(s.Responses) != 1 || len(acs.Requests()) != 4 {
		t.Errorf("heard %d requests and %d responses in %d POSTs", len(s.Requests), len(s.Responses), len(acs.Requests()))
	}
}

func TestSessionsAreFoundByConnectionToo(t *testing.T) {
	acs := &ACS{Script: func(*cwmp.Inform) []cwmp.Message { return []cwmp.Message{&cwmp.GetRPCMethods{}} }}
	post(t, acs, &cwmp.Inform{}, "")
	if got := post(t, acs, nil, "").StatusCode; got != http.StatusOK {
		t.Errorf("HTTP %d", got)
	}
	if got := post(t, acs, nil, "sid=unknown").StatusCode; got != http.StatusNoContent {
		t.Errorf("unknown session: HTTP %d", got)
	}
}

func TestChallenges(t *testing.T) {
	for auth, want := range map[Auth]string{Basic: "Basic ", MD5: "algorithm=MD5", SHA256: "algorithm=SHA-256"} {
		acs := &ACS{Auth: auth}
		answer := post(t, acs, &cwmp.Inform{}, "")
		if answer.StatusCode != http.StatusUnauthorized || !strings.Contains(answer.Header.Get("WWW-Authenticate"), want) || acs.Refused() != 1 {
			t.Errorf("%s: HTTP %d, %v", auth, answer.StatusCode, answer.Header)
		}
		if len(acs.Requests()) != 0 {
			t.Errorf("%s: heard a POST without credentials", auth)
		}
	}
}

func TestGarbage(t *testing.T) {
	acs := &ACS{}
	w := httptest.NewRecorder()
	acs.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("<html>")))
	if w.Code != http.StatusBadRequest {
		t.Errorf("HTTP %d", w.Code)
	}
}
