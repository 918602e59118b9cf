package api

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"itms"
)

func TestTrustReplacesTheTokenButNotTheRole(t *testing.T) {
	f := newFixture(t)
	for role, status := range map[itms.Role]int{itms.RoleAdmin: 200, itms.RoleBSS: 403, "odd": 403} {
		r := httptest.NewRequest(http.MethodGet, outboxPath, nil)
		r = r.WithContext(Trust(r.Context(), itms.Token{Name: "socket", Role: role}))
		w := httptest.NewRecorder()
		f.server.ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("%s: %d", role, w.Code)
		}
		if f.lastLog()["actor"] != "socket" {
			t.Errorf("log %v", f.lastLog())
		}
	}
}

func TestTrustCannotBeClaimedFromOutside(t *testing.T) {
	f := newFixture(t)
	for _, header := range []string{"Trust: admin", "X-Forwarded-User: admin", "X-Actor: admin", "X-Role: admin"} {
		f.call("", "GET", outboxPath, "", header).problem(401, itms.CodeUnauthenticated)
	}
	if trusted(t.Context()) != nil {
		t.Error("an empty context vouches for somebody")
	}
}
