package api

import (
	"net/http"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"itms"
)

func TestOperationOfARoute(t *testing.T) {
	rt := &route{method: "POST", path: "/x", id: "do-x", tag: "T", summary: "S", description: "D.", needs: devicesAct,
		status: 202, body: 10, example: "e", problems: []int{404}}
	op := rt.operation()
	if op.DefaultStatus != 202 || op.MaxBodyBytes != 11 || !op.SkipValidateBody || op.BodyReadTimeout != bodyTimeout {
		t.Errorf("%+v", op)
	}
	if op.Description != "D. Roles: admin, operator." {
		t.Errorf("description %q", op.Description)
	}
	var statuses []string
	for status := range op.Responses {
		statuses = append(statuses, status)
	}
	slices.Sort(statuses)
	if want := []string{"202", "401", "403", "404", "429", "500", "503"}; !slices.Equal(statuses, want) {
		t.Errorf("responses %v", statuses)
	}
	if len(op.Security) != 2 {
		t.Errorf("security %v", op.Security)
	}
}

func TestOperationOfAPublicRoute(t *testing.T) {
	rt := &route{method: "GET", path: "/x", description: "D."}
	op := rt.operation()
	if op.DefaultStatus != 200 || op.Security != nil || op.Description != "D. Needs no token." {
		t.Errorf("%+v", op)
	}
	if op.Responses["401"] != nil || op.Responses["500"] == nil {
		t.Errorf("responses %v", op.Responses)
	}
}

func TestRolesWith(t *testing.T) {
	for p, want := range map[permission][]string{
		ordersSubmit: {"admin", "operator", "bss"},
		ordersRetry:  {"admin", "operator", "technician", "helpdesk"},
		devicesAct:   {"admin", "operator"},
		anyToken:     {"admin", "operator", "technician", "helpdesk", "bss", "readonly"},
		"nothing":    nil,
	} {
		if got := rolesWith(p); !slices.Equal(got, want) {
			t.Errorf("%s: %v", p, got)
		}
	}
}

func TestEveryRoleHasGrants(t *testing.T) {
	for _, role := range itms.Roles {
		if !slices.Contains(grants[role], anyToken) {
			t.Errorf("%s may not even identify itself", role)
		}
	}
	if len(grants) != len(itms.Roles) {
		t.Errorf("%d roles have grants, %d exist", len(grants), len(itms.Roles))
	}
	for _, p := range grants[itms.RoleOperator] {
		if !slices.Contains(grants[itms.RoleAdmin], p) {
			t.Errorf("an operator may %s, an admin not", p)
		}
	}
}

func TestMetricsKeepTheirLabelsFew(t *testing.T) {
	registry := prometheus.NewRegistry()
	m := newMetrics(registry)
	series := func(name string) (n int) {
		for _, family := range must(registry.Gather()) {
			if family.GetName() == name {
				n = len(family.GetMetric())
			}
		}
		return n
	}
	for _, method := range []string{"GET", "BREW", "PROPFIND", "x", ""} {
		m.request("/a", method, 200, 0)
	}
	if n := series("itms_http_requests_total"); n != 2 {
		t.Errorf("%d series", n)
	}
	m.request(eventsPath, "GET", 200, 1<<40)
	if n := series("itms_http_request_seconds"); n != 2 {
		t.Errorf("%d latency series: a stream's length is no latency", n)
	}
}

func TestMetricsNeedNoRegistry(t *testing.T) {
	newMetrics(nil).request("/a", http.MethodGet, 200, 0)
}

func TestTwoServersShareNothing(t *testing.T) {
	a, b := newFixture(t), newFixture(t)
	a.putOrder(1, "WO-1", "crm")
	a.get(ordersPath + "/WO-1").is(200)
	b.get(ordersPath+"/WO-1").problem(404, itms.CodeNotFound)
	b.call("", "GET", ordersPath, "", "Authorization: Bearer "+a.tokens[itms.RoleAdmin]).problem(401, itms.CodeUnauthenticated)
}
