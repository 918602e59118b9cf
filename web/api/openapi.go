package api

import (
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"itms"
)

// Names within the description.
const (
	schemaPrefix   = "#/components/schemas/"
	problemRef     = schemaPrefix + "Problem"
	securityScheme = "token"
	sessionScheme  = "session"
)

// about is the first text of the description.
const about = `Work orders come in here; devices, services and events are read here.

Lists are paged: pass the "next" of an answer as "cursor" to get what follows. A cursor is opaque.
MAC addresses are taken with any separator and in either case and are shown as 00:00:5E:00:53:01.
Secrets are write-only: no answer, event or log has them. Times are RFC 3339 in UTC.
New calls, parameters and members of answers may be added at any time, and new words to lists such as states and kinds: take what
you do not know for something you need not care for. What is there stays as it is under /api/v1.
Every error is application/problem+json with a stable "code".`

// newHuma makes the API on the server's router.
func newHuma(s *Server) huma.API {
	registry := huma.NewMapRegistry(schemaPrefix, schemaName)
	cfg := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI:    "3.1.0",
			Info:       &huma.Info{Title: "itms", Version: s.opts.Version, Description: about},
			Components: &huma.Components{Schemas: registry, SecuritySchemes: securitySchemes()},
			Servers:    []*huma.Server{{URL: s.opts.PublicURL}},
		},
		// No docs page: huma's load their scripts from a CDN.
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{render},
	}
	if s.opts.PublicURL == "" {
		cfg.Servers[0].URL = "/"
	}
	registry.Schema(reflect.TypeFor[Problem](), true, "")
	return humachi.New(s.router, cfg)
}

// securitySchemes describes the bearer token and the cookie.
func securitySchemes() map[string]*huma.SecurityScheme {
	return map[string]*huma.SecurityScheme{securityScheme: {
		Type: "http", Scheme: "bearer", Description: "A token made by: itms token create --role ROLE --name NAME",
	}, sessionScheme: {
		Type: "apiKey", In: "cookie", Name: sessionCookie, Description: "What POST /api/v1/sign-in sets in a browser. Calls that change something must come from pages of the same origin.",
	}}
}

// schemaName names a schema after its Go type without the View that tells it from
// the domain's type: orderView is Order.
func schemaName(t reflect.Type, hint string) string {
	return strings.ReplaceAll(huma.DefaultSchemaNamer(t, hint), "View", "")
}

// exampleProblem shows what a failure looks like.
func exampleProblem(status int) *Problem {
	code, ok := codeOfStatus[status]
	details := map[int]Problem{
		http.StatusUnauthorized:        {Code: itms.CodeUnauthenticated, Detail: "the token is unknown or was revoked"},
		http.StatusForbidden:           {Code: itms.CodeForbidden, Detail: `role "readonly" may not do this; it needs one of: admin, operator`},
		http.StatusConflict:            {Code: itms.CodeOrderConflict, Detail: `order WO-1001 of source "crm" exists with other content; a changed order needs a new number`},
		http.StatusInternalServerError: {Code: itms.CodeInternal, Detail: internalText},
		http.StatusUnprocessableEntity: {Code: itms.CodeInvalid, Detail: "the work order has 1 wrong field(s)",
			Errors: []itms.FieldError{{Pointer: "/service/account", Text: "is required for an iptv service"}}},
	}
	p, known := details[status]
	if !known {
		p.Detail = strings.ToLower(http.StatusText(status))
	}
	if ok {
		p.Code = code
	}
	p.Title, p.Status, p.RequestID = http.StatusText(status), status, "01J0000000000000000000000Z"
	return &p
}

// serveDescription publishes the description. It never changes, and is rendered once, when
// somebody asks for it first: that takes longer than all the rest of a start.
func (s *Server) serveDescription() {
	// huma registers its own error type although no answer of ours has it.
	schemas := s.api.OpenAPI().Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	render := sync.OnceValues(s.describeAll)
	get(s.router, "/openapi.json", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := render()
		if err != nil {
			s.writeProblem(w, r, problemOf(err))
			return
		}
		write(w, r, "application/openapi+json", text)
	}))
}

// get registers a plain handler for GET.
func get(r chi.Router, path string, h http.Handler) { r.Method(http.MethodGet, path, h) }

// write sends a whole answer.
func write(w http.ResponseWriter, r *http.Request, media string, body []byte) {
	w.Header().Set("Content-Type", media)
	if _, err := w.Write(body); err != nil {
		recordOf(r.Context()).cause = err // the caller went away
	}
}

// schemaOf returns the reference to a type's schema.
func schemaOf[T any](api huma.API) *huma.Schema {
	return api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
}
