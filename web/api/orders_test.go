package api

import (
	"net/http"
	"testing"

	"itms"
)

func TestSmoke(t *testing.T) {
	f := newFixture(t)
	for _, p := range []string{"/", "/openapi.json", "/healthz", "/api/v1/readyz", "/api/v1/metrics", "/api/v1/work-orders"} {
		a := f.call(itms.RoleOperator, http.MethodGet, p, "")
		t.Log(p, a.status, a.header, a.body[:min(300, len(a.body))])
	}
	t.Log(f.call(itms.RoleOperator, http.MethodPost, ordersPath, `{"orderNo":1, "x":2, "device":{"mac":"zz"}}`))
	t.Log(f.log)
}
