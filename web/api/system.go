package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"itms"
)

// healthView says that this process runs, and which it is.
type healthView struct {
	Status  string `json:"status" enum:"ok" example:"ok"`
	Version string `json:"version" example:"1.0.0"`
	Node    string `json:"node,omitempty" example:"node-1"`
}

// healthOutput is the answer of both health checks.
type healthOutput struct{ Body healthView }

// noInput is the input of calls that take none.
type noInput struct{}

// metricsOutput writes the metrics.
type metricsOutput struct{ Body func(huma.Context) }

// systemRoutes registers what operators and their machines look at. Load balancers
// and Prometheus expect it at the root, the contract below the base: it is at both.
func (s *Server) systemRoutes() {
	health := healthView{Status: "ok", Version: "1.0.0", Node: "node-1"}
	metricsHandler := promhttp.HandlerFor(s.opts.Gatherer, promhttp.HandlerOpts{})
	for _, at := range []struct{ prefix, suffix string }{{base, ""}, {"", "-root"}} {
		add(s, route{method: http.MethodGet, path: at.prefix + "/healthz", id: "get-health" + at.suffix, tag: "Operation",
			summary: "Does the process run?", description: "For restarts: it touches nothing.", example: health}, s.health)
		add(s, route{method: http.MethodGet, path: at.prefix + "/readyz", id: "get-readiness" + at.suffix, tag: "Operation",
			summary: "Can it serve?", description: "For load balancers: UNAVAILABLE while the store is away.", example: health,
			problems: []int{http.StatusServiceUnavailable}}, s.ready)
		add(s, route{method: http.MethodGet, path: at.prefix + "/metrics", id: "get-metrics" + at.suffix, tag: "Operation",
			summary: "Metrics for Prometheus", description: "Text exposition format. Any valid token will do.",
			needs: anyToken, media: "text/plain",
			example: "itms_http_requests_total{method=\"GET\",route=\"/api/v1/devices\",status=\"200\"} 42\n"},
			func(context.Context, *noInput) (*metricsOutput, error) {
				return &metricsOutput{func(hc huma.Context) {
					r, w := humachi.Unwrap(hc)
					metricsHandler.ServeHTTP(w, r)
				}}, nil
			})
		s.api.OpenAPI().Paths[at.prefix+"/metrics"].Get.Responses["200"].Content["text/plain"].Schema = &huma.Schema{Type: huma.TypeString}
	}
	if s.opts.Console == nil {
		get(s.router, "/", s.frontPage())
	}
	// Load balancers often probe with HEAD, which huma does not derive from GET.
	s.router.Head("/healthz", s.probe(func(context.Context) error { return nil }))
	s.router.Head("/readyz", s.probe(s.opts.Ready))
}

// probe answers with a status alone.
func (s *Server) probe(fine func(context.Context) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := fine(r.Context()); err != nil {
			recordOf(r.Context()).cause = err
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}
}

// health answers that the process runs.
func (s *Server) health(context.Context, *noInput) (*healthOutput, error) {
	return &healthOutput{healthView{"ok", s.opts.Version, s.opts.Node}}, nil
}

// ready answers whether it can serve.
func (s *Server) ready(ctx context.Context, in *noInput) (*healthOutput, error) {
	if err := s.opts.Ready(ctx); err != nil {
		return nil, itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "not ready").Because(err)
	}
	return s.health(ctx, in)
}

// frontStyle is the style of the front page; its hash in the policy is what lets
// the browser use it.
const frontStyle = `body{font:16px/1.5 system-ui,sans-serif;margin:4rem auto;max-width:36rem;padding:0 1rem;color:#1c2733;background:#fff}` +
	`code{background:#eef2f5;padding:.1em .3em;border-radius:3px}a{color:#0a5ca8}` +
	`@media(prefers-color-scheme:dark){body{color:#e4e9ee;background:#14191f}code{background:#242c35}a{color:#7db8f0}}`

// frontTemplate is the front page: it needs nothing from anywhere else.
var frontTemplate = template.Must(template.New("front").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>itms</title><style>{{.Style}}</style></head>
<body><h1>itms</h1>
<p>Brings set-top boxes, gateways and cable modems into service.</p>
<p>Version <code>{{.Version}}</code>{{if .Node}}, node <code>{{.Node}}</code>{{end}}</p>
<ul><li><a href="/openapi.json">/openapi.json</a> describes the API under <code>/api/v1</code></li>
<li><a href="/healthz">/healthz</a> and <a href="/readyz">/readyz</a> say how it is</li></ul>
<p>Calls need a token: <code>itms token create --role operator --name NAME</code></p>
</body></html>
`))

// frontPage renders the front page once.
func (s *Server) frontPage() http.Handler {
	var page strings.Builder
	err := frontTemplate.Execute(&page, struct {
		Style         template.CSS
		Version, Node string
	}{frontStyle, s.opts.Version, s.opts.Node})
	sum := sha256.Sum256([]byte(frontStyle))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err != nil {
			s.writeProblem(w, r, problemOf(err))
			return
		}
		w.Header().Set("Content-Security-Policy", policy)
		write(w, r, "text/html; charset=utf-8", []byte(page.String()))
	})
}

// withoutQuery shows an address without what may be a key to it.
func withoutQuery(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	return u.String()
}
