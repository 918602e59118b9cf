package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"itms"
)

// matrix is who may do what, written out: a=admin o=operator t=technician h=helpdesk b=bss
// r=readonly, in the order of itms.Roles. "*" needs no token.
var matrix = []struct{ method, path, allowed string }{
	{"POST", "/api/v1/work-orders", "aob"},
	{"GET", "/api/v1/work-orders", "aothbr"},
	{"POST", "/api/v1/work-orders/import", "aob"},
	{"GET", "/api/v1/work-orders/export", "aothbr"},
	{"GET", "/api/v1/devices/export", "aothr"},
	{"GET", "/api/v1/work-orders/{orderNo}", "aothbr"},
	{"GET", "/api/v1/work-orders/{orderNo}/sheet", "aothbr"},
	{"GET", "/api/v1/stats/funnel", "aothr"},
	{"GET", "/api/v1/stats/fleet", "aothr"},
	{"POST", "/api/v1/work-orders/{orderNo}/retry", "aoth"},
	{"GET", "/api/v1/card", "aothr"},
	{"GET", "/api/v1/services/{id}/card", "aothr"},
	{"POST", "/api/v1/services/{id}/reveal", "aoh"},
	{"GET", "/api/v1/profiles/{name}", "aothr"},
	{"PUT", "/api/v1/profiles/{name}", "ao"},
	{"DELETE", "/api/v1/profiles/{name}", "ao"},
	{"POST", "/api/v1/profiles/check", "ao"},
	{"POST", "/api/v1/profiles/try", "ao"},
	{"GET", "/api/v1/system", "aor"},
	{"POST", "/api/v1/system/backup", "a"},
	{"POST", "/api/v1/work-orders/{orderNo}/cancel", "aob"},
	{"POST", "/api/v1/work-orders/{orderNo}/device", "aotb"},
	{"POST", "/api/v1/work-orders/{orderNo}/code", "aothb"},
	{"POST", "/api/v1/work-orders/{orderNo}/force", "ao"},
	{"POST", "/api/v1/work-orders/{orderNo}/reverse", "ao"},
	{"POST", "/api/v1/activations", "aot"},
	{"GET", "/api/v1/devices", "aothr"},
	{"GET", "/api/v1/devices/{id}", "aothr"},
	{"GET", "/api/v1/devices/{id}/parameters", "aothr"},
	{"GET", "/api/v1/devices/{id}/sessions", "aothr"},
	{"GET", "/api/v1/devices/{id}/events", "aothr"},
	{"POST", "/api/v1/traces", "ao"},
	{"GET", "/api/v1/traces", "ao"},
	{"GET", "/api/v1/traces/{id}", "ao"},
	{"GET", "/api/v1/traces/{id}/download", "ao"},
	{"POST", "/api/v1/traces/{id}/stop", "ao"},
	{"DELETE", "/api/v1/traces/{id}", "ao"},
	{"POST", "/api/v1/devices/{id}/connection-request", "aoh"},
	{"POST", "/api/v1/devices/{id}/block", "ao"},
	{"POST", "/api/v1/devices/{id}/unblock", "ao"},
	{"POST", "/api/v1/devices/{id}/bind", "ao"},
	{"POST", "/api/v1/devices/{id}/unbind", "ao"},
	{"POST", "/api/v1/devices/{id}/unlock", "aoh"},
	{"POST", "/api/v1/devices/{id}/tasks", "aoh"},
	{"GET", "/api/v1/devices/{id}/tasks", "aothr"},
	{"GET", "/api/v1/tasks/{id}", "aothr"},
	{"DELETE", "/api/v1/tasks/{id}", "ao"},
	{"POST", "/api/v1/line-evidence", "ao"},
	{"GET", "/api/v1/unmatched", "aothr"},
	{"POST", "/api/v1/stock", "ao"},
	{"GET", "/api/v1/stock", "aothr"},
	{"GET", "/api/v1/stock/check", "aothbr"},
	{"GET", "/api/v1/stock/{mac}", "aothr"},
	{"PUT", "/api/v1/stock/{mac}", "ao"},
	{"POST", "/api/v1/files", "ao"},
	{"GET", "/api/v1/files", "aothr"},
	{"GET", "/api/v1/files/{id}", "aothr"},
	{"GET", "/api/v1/files/{id}/content", "ao"},
	{"DELETE", "/api/v1/files/{id}", "ao"},
	{"PUT", "/api/v1/files/{id}/offer", "ao"},
	{"DELETE", "/api/v1/files/{id}/offer", "ao"},
	{"GET", "/api/v1/dhcp/scopes", "aothr"},
	{"GET", "/api/v1/dhcp/classes", "aothr"},
	{"GET", "/api/v1/dhcp/leases", "aothr"},
	{"GET", "/api/v1/dhcp/leases/{address}", "aothr"},
	{"POST", "/api/v1/dhcp/leases/{address}/release", "ao"},
	{"GET", "/api/v1/access-sessions", "aothr"},
	{"GET", "/api/v1/access-sessions/{id}", "aothr"},
	{"POST", "/api/v1/access-sessions/{id}/disconnect", "ao"},
	{"GET", "/api/v1/docsis/templates", "aothr"},
	{"GET", "/api/v1/docsis/templates/{name}", "aothr"},
	{"POST", "/api/v1/docsis/templates/check", "ao"},
	{"POST", "/api/v1/docsis/templates/preview", "ao"},
	{"GET", "/api/v1/devices/{id}/cable", "aothr"},
	{"GET", "/api/v1/services/{id}", "aothbr"},
	{"GET", "/api/v1/search", "aothr"},
	{"GET", "/api/v1/stats/zero-touch", "aothr"},
	{"GET", "/api/v1/events", "aothr"},
	{"GET", "/api/v1/outbox", "aor"},
	{"GET", "/api/v1/profiles", "aothr"},
	{"GET", "/api/v1/devices/{id}/parameters/history", "aothr"},
	{"POST", "/api/v1/batches", "ao"},
	{"GET", "/api/v1/batches", "aothr"},
	{"GET", "/api/v1/batches/{id}", "aothr"},
	{"GET", "/api/v1/batches/{id}/tasks", "aothr"},
	{"DELETE", "/api/v1/batches/{id}", "ao"},
	{"GET", "/api/v1/metrics", "aothbr"},
	{"GET", "/metrics", "aothbr"},
	{"GET", "/api/v1/healthz", "*"},
	{"GET", "/api/v1/readyz", "*"},
	{"GET", "/healthz", "*"},
	{"GET", "/readyz", "*"},
	{"GET", "/api/v1/sign-in", "*"},
	{"POST", "/api/v1/sign-in", "*"},
	{"POST", "/api/v1/sign-out", "aothbr"},
	{"GET", "/api/v1/me", "aothbr"},
	{"POST", "/api/v1/me/password", "aothbr"},
	{"GET", "/api/v1/users", "a"},
	{"POST", "/api/v1/users", "a"},
	{"GET", "/api/v1/users/{name}", "a"},
	{"PUT", "/api/v1/users/{name}", "a"},
	{"DELETE", "/api/v1/users/{name}", "a"},
	{"POST", "/api/v1/users/{name}/password", "a"},
	{"POST", "/api/v1/users/{name}/sign-out", "a"},
	{"GET", "/api/v1/audit", "a"},
	{"GET", "/api/v1/audit/check", "a"},
	{"GET", "/api/v1/tokens", "a"},
	{"POST", "/api/v1/tokens", "a"},
	{"DELETE", "/api/v1/tokens/{id}", "a"},
}

// may reports whether the matrix lets a role pass.
func may(allowed string, role itms.Role) bool {
	return allowed == "*" || strings.Contains(allowed, string(role)[:1])
}

// bodies are what calls that need a document are given.
var bodies = map[string]string{
	"/device": `{"mac":"00:00:5E:00:53:09"}`, "/force": `{"reason":"because"}`, "/reverse": `{"orderNo":"WO-R"}`,
	"/activations": `{"code":"12345678903"}`, "/bind": `{"serviceId":"U1001-1"}`, "/unbind": `{"reason":"because"}`,
	"/tasks": `{"kind":"recover"}`, "/batches": `{"filter":{"model":"none"},"task":{"kind":"reboot"}}`, "/traces": `{"network":"192.0.2.0/24","minutes":5}`, "/stock": `{"items":[{"mac":"00:00:5E:00:53:09"}]}`,
	"/check": `{"text":"Main { }"}`, "/preview": `{"mac":"00:00:5E:00:53:01"}`,
	"/sign-in": `{"name":"nobody","password":"none-of-it-is-right"}`, "/users": `{"name":"new","role":"readonly"}`, "/{name}": `{"role":"readonly"}`, "/tokens": `{"name":"new","role":"readonly"}`,
	"/try": `{"text":"name: x","deviceId":"00005E-HG%2D1-S1"}`, "/reveal": `{"secret":"servicePassword","reason":"asked for it"}`,
	"/{mac}": `{"state":"returned"}`, "/line-evidence": `{"mac":"00:00:5E:00:53:01","line":{"area":"510100"}}`,
}

// bodyFor is a right document for a call, "" for one that takes none.
func bodyFor(method, path string) string {
	if method == http.MethodGet {
		return ""
	}
	return bodies[path[strings.LastIndex(path, "/"):]]
}

// target fills the path of a route with things that are not there, so that a call
// which passes fails by 404 or 422 and changes nothing.
func target(path string) string {
	path = strings.NewReplacer("{orderNo}", "NONE", "{id}", "00005E-NONE-NONE",
		"{mac}", "00:00:5E:00:53:EE", "{address}", "192.0.2.99", "{name}", "none").Replace(path)
	if path == eventsPath {
		path += "?lastEventId=x"
	}
	return path
}

func TestRoleMatrix(t *testing.T) {
	f := newFixture(t)
	for _, row := range matrix {
		for _, role := range itms.Roles {
			t.Run(fmt.Sprintf("%s %s %s", role, row.method, row.path), func(t *testing.T) {
				a := f.call(role, row.method, target(row.path), "")
				if forbidden := a.status == http.StatusForbidden; forbidden == may(row.allowed, role) {
					t.Fatalf("status %d, allowed are %q", a.status, row.allowed)
				}
				if a.status == http.StatusUnauthorized {
					t.Fatal("a good token was not known")
				}
			})
		}
	}
}

func TestMatrixCoversEveryOperation(t *testing.T) {
	f := newFixture(t)
	want := map[string]bool{}
	for _, row := range matrix {
		want[row.method+" "+row.path] = true
	}
	for path, item := range f.server.api.OpenAPI().Paths {
		for method, op := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "DELETE": item.Delete} {
			if op != nil && !want[method+" "+path] {
				t.Errorf("%s %s is not in the matrix", method, path)
			}
		}
	}
}

func TestEveryCallButHealthNeedsAToken(t *testing.T) {
	f := newFixture(t)
	for _, row := range matrix {
		a := f.call("", row.method, target(row.path), "")
		if row.allowed == "*" {
			if row.method == http.MethodGet {
				a.is(http.StatusOK)
			}
			continue
		}
		a.problem(http.StatusUnauthorized, itms.CodeUnauthenticated)
		if got := a.header.Get("WWW-Authenticate"); got != `Bearer realm="itms"` {
			t.Errorf("%s: WWW-Authenticate %q", row.path, got)
		}
	}
}

func TestForbiddenNamesTheRoles(t *testing.T) {
	f := newFixture(t)
	p := f.call(itms.RoleReadOnly, http.MethodPost, ordersPath, orderJSON("WO-1")).problem(http.StatusForbidden, itms.CodeForbidden)
	if want := `role "readonly" may not do this; it needs one of: admin, operator, bss`; p.Detail != want {
		t.Errorf("detail %q, want %q", p.Detail, want)
	}
	if len(f.orders.seen) != 0 {
		t.Error("the order went through")
	}
}

func TestAuthorizationHeader(t *testing.T) {
	f := newFixture(t)
	good := f.tokens[itms.RoleOperator]
	for header, status := range map[string]int{
		"Bearer " + good:            200,
		"bearer " + good:            200,
		"BEARER   " + good:          200,
		"Bearer" + good:             401,
		"Basic " + good:             401,
		"Bearer ":                   401,
		"Bearer":                    401,
		good:                        401,
		"Bearer " + good[1:]:        401,
		"Bearer " + good + "x":      401,
		"Bearer itms_unknown":       401,
		"Bearer " + HashToken(good): 401,
	} {
		if a := f.call("", http.MethodGet, ordersPath, "", "Authorization: "+header); a.status != status {
			t.Errorf("%q: status %d, want %d", header, a.status, status)
		}
	}
}

func TestUnknownTokenIsToldApartFromNone(t *testing.T) {
	f := newFixture(t)
	a := f.call("", http.MethodGet, ordersPath, "", "Authorization: Bearer itms_unknown")
	a.problem(http.StatusUnauthorized, itms.CodeUnauthenticated)
	if got := a.header.Get("WWW-Authenticate"); !strings.Contains(got, `error="invalid_token"`) {
		t.Errorf("WWW-Authenticate %q", got)
	}
}

func TestRevokedTokenIsRefusedAtOnce(t *testing.T) {
	f := newFixture(t)
	f.call(itms.RoleBSS, http.MethodGet, ordersPath, "").is(200)
	f.update(func(tx itms.Tx) error { return tx.Tokens().Delete(HashToken(f.tokens[itms.RoleBSS])) })
	f.call(itms.RoleBSS, http.MethodGet, ordersPath, "").problem(401, itms.CodeUnauthenticated)
}

func TestManyUnknownTokensAreLimitedPerAddress(t *testing.T) {
	f := newFixture(t)
	for range maxFails {
		f.call("", http.MethodGet, ordersPath, "", "Authorization: Bearer itms_guess").is(401)
	}
	a := f.call("", http.MethodGet, ordersPath, "", "Authorization: Bearer itms_guess")
	a.problem(http.StatusTooManyRequests, itms.CodeRateLimited)
	if a.header.Get("Retry-After") != "61" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	f.call(itms.RoleOperator, http.MethodGet, ordersPath, "").is(200) // a good token still passes from there
}

func TestStoreAwayIsNotAWrongToken(t *testing.T) {
	f := newFixture(t)
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	p := f.get(ordersPath).problem(http.StatusServiceUnavailable, itms.CodeUnavailable)
	if strings.Contains(p.Detail, "token") {
		t.Errorf("detail %q", p.Detail)
	}
}

func TestUnknownRoleMayNothing(t *testing.T) {
	f := newFixture(t)
	text := NewTokenText()
	f.update(func(tx itms.Tx) error {
		return tx.Tokens().Put(&itms.Token{Hash: HashToken(text), Name: "odd", Role: "root", CreatedAt: testTime})
	})
	for _, path := range []string{ordersPath, "/metrics"} {
		f.call("", http.MethodGet, path, "", "Authorization: Bearer "+text).problem(403, itms.CodeForbidden)
	}
}
