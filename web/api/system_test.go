package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"itms"
)

func TestHealth(t *testing.T) {
	f := newFixture(t)
	for _, path := range []string{"/healthz", "/api/v1/healthz", "/readyz", "/api/v1/readyz"} {
		v := into[healthView](f.call("", "GET", path, "").is(200))
		if v != (healthView{"ok", "1.2.3", "node-1"}) {
			t.Errorf("%s: %+v", path, v)
		}
	}
}

func TestReadinessFollowsTheStore(t *testing.T) {
	f := newFixture(t)
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	f.call("", "GET", "/readyz", "").problem(http.StatusServiceUnavailable, itms.CodeUnavailable)
	f.call("", "HEAD", "/readyz", "").is(http.StatusServiceUnavailable)
	f.call("", "GET", "/healthz", "").is(200)
	f.call("", "HEAD", "/healthz", "").is(200)
}

func TestReadinessFollowsItsFunction(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Ready = func(context.Context) error { return errors.New("migrating at step 7") }
	})
	a := f.call("", "GET", "/api/v1/readyz", "")
	if p := a.problem(503, itms.CodeUnavailable); strings.Contains(p.Detail, "step 7") {
		t.Errorf("the cause is answered: %q", p.Detail)
	}
	if !strings.Contains(f.log.String(), "step 7") {
		t.Error("the cause is not logged")
	}
}

func TestMetricsCountByRoute(t *testing.T) {
	f := newFixture(t)
	f.get(ordersPath + "/NONE")
	f.get(ordersPath + "/NONE2")
	f.get("/nowhere/at/all")
	f.call(itms.RoleAdmin, "BREW", ordersPath, "")
	f.call("", "GET", ordersPath, "", "Authorization: Bearer itms_no")
	for _, path := range []string{"/metrics", "/api/v1/metrics"} {
		body := f.call(itms.RoleBSS, "GET", path, "").is(200).body
		for _, line := range []string{
			`itms_http_requests_total{method="GET",route="/api/v1/work-orders/{orderNo}",status="404"} 2`,
			`itms_http_requests_total{method="GET",route="none",status="404"} 1`,
			`itms_http_requests_total{method="other",route="none",status="405"} 1`,
			`itms_http_requests_total{method="GET",route="/api/v1/work-orders",status="401"} 1`,
			`itms_http_request_seconds_count{method="GET",route="/api/v1/work-orders/{orderNo}"} 2`,
			`itms_http_refused_tokens_total 1`, `itms_http_event_streams 0`,
		} {
			if !strings.Contains(body, line+"\n") {
				t.Errorf("%s lacks %s in\n%s", path, line, body)
			}
		}
	}
}

func TestMetricsAreOptional(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Registerer, o.Gatherer = nil, nil })
	if a := f.get("/metrics").is(200); a.body != "" {
		t.Errorf("%q", a.body)
	}
}

func TestProfilesThatAreNot(t *testing.T) {
	f := newFixture(t)
	page := into[pageOf[ProfileInfo]](f.get(base + "/profiles").is(200))
	if len(page.Items) != 1 || page.Items[0].Name != "ctc-stb" {
		t.Errorf("%+v", page)
	}
	without := newFixture(t, func(o *Options) { o.Profiles = nil })
	without.get(base+"/profiles").problem(404, itms.CodeNotFound)
}

func TestFrontPage(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Node = "<b>&node" })
	a := f.call("", "GET", "/", "").is(200)
	if got := a.header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	for _, want := range []string{"1.2.3", "&lt;b&gt;&amp;node", `href="/openapi.json"`, `href="/healthz"`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("%q is missing in %s", want, a.body)
		}
	}
	if regexp.MustCompile(`(src|href)="(https?:)?//|<script|@import|url\(`).MatchString(a.body) {
		t.Error("the page loads something from elsewhere")
	}
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(a.body)[1]
	sum := sha256.Sum256([]byte(style))
	if hash := base64.StdEncoding.EncodeToString(sum[:]); !strings.Contains(a.header.Get("Content-Security-Policy"), "style-src 'sha256-"+hash+"'") {
		t.Errorf("the policy %q does not allow the style, sha256-%s", a.header.Get("Content-Security-Policy"), hash)
	}
}
