package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/rs/zerolog"

	"itms"
)

// record gathers the facts of one request for its one log event. It is used by the
// request's own goroutine only.
type record struct {
	id     string
	req    *http.Request
	conn   *http.ResponseController // of its connection
	caller                          // nobody until it is known
	code   string                   // of the problem, if any
	cause  error                    // of the problem, if any
	fields []string                 // pointers of the problem, if any
	status int
	bytes  int64
	order  string // order number the call was about
	device string // device the call was about
}

// recordKey is the context key of the record.
type recordKey struct{}

// recordOf returns the record of a request; a context of no request gets one that
// nobody reads.
func recordOf(ctx context.Context) *record {
	if rec, ok := ctx.Value(recordKey{}).(*record); ok {
		return rec
	}
	return &record{}
}

// withRecord gives a context its record.
func withRecord(ctx context.Context, rec *record) context.Context {
	return context.WithValue(ctx, recordKey{}, rec)
}

// observe gives each request an id, counts it and logs it once, when it is over.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := s.now()
		rec := &record{id: requestID(r, started), status: http.StatusOK}
		rec.req = r.WithContext(withRecord(r.Context(), rec))
		rec.conn = http.NewResponseController(w)
		w.Header().Set("X-Request-Id", rec.id)
		defer func() { // also when the handler aborts the connection by a panic
			took := s.now().Sub(started)
			route := routeOf(rec.req)
			s.metrics.request(route, r.Method, rec.status, took)
			s.logRequest(rec, route, took)
		}()
		next.ServeHTTP(&watchedWriter{ResponseWriter: w, rec: rec}, rec.req)
	})
}

// maxRequestID bounds an id that a caller chose.
const maxRequestID = 64

// requestID takes the caller's X-Request-Id when it is one plain word, so that a
// call can be followed across systems, or makes a new one.
func requestID(r *http.Request, at time.Time) string {
	plain := func(c rune) bool {
		return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_' || c == '.'
	}
	id := r.Header.Get("X-Request-Id")
	if id == "" || len(id) > maxRequestID || strings.ContainsFunc(id, func(c rune) bool { return !plain(c) }) {
		return itms.NewID(at)
	}
	return id
}

// routeOf returns the pattern that matched, so that neither metrics nor logs grow
// with what callers ask for.
func routeOf(r *http.Request) string {
	if rc := chi.RouteContext(r.Context()); rc != nil && rc.RoutePattern() != "" {
		return rc.RoutePattern()
	}
	return "none"
}

// logRequest writes the wide event. Neither query values nor bodies are part of
// it: a search names subscribers, an order carries passwords.
func (s *Server) logRequest(rec *record, route string, took time.Duration) {
	level := zerolog.InfoLevel
	if rec.status >= http.StatusInternalServerError {
		level = zerolog.ErrorLevel
	}
	e := s.log.WithLevel(level).Str("requestId", rec.id).Str("method", rec.req.Method).Str("route", route).
		Int("status", rec.status).Int64("bytes", rec.bytes).Dur("took", took).Str("remote", rec.req.RemoteAddr)
	for name, value := range map[string]string{"actor": rec.actor, "role": string(rec.role), "code": rec.code,
		"orderNo": rec.order, "device": rec.device} {
		if value != "" {
			e = e.Str(name, value)
		}
	}
	if len(rec.fields) > 0 {
		e = e.Strs("fields", rec.fields)
	}
	if rec.cause != nil {
		e = e.AnErr("cause", rec.cause)
	}
	e.Msg("http request")
}

// watchedWriter notes status and size of an answer.
type watchedWriter struct {
	http.ResponseWriter
	rec   *record
	wrote bool
}

// Unwrap lets http.ResponseController reach the connection.
func (w *watchedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader notes the first status.
func (w *watchedWriter) WriteHeader(status int) {
	if !w.wrote {
		w.wrote, w.rec.status = true, status
		w.ResponseWriter.WriteHeader(status)
	}
}

// Write counts bytes.
func (w *watchedWriter) Write(b []byte) (int, error) {
	w.wrote = true
	n, err := w.ResponseWriter.Write(b)
	w.rec.bytes += int64(n)
	return n, err
}

// recover turns a panic into a 500 answer and an error with its stack in the log.
func (s *Server) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v) // net/http's own way to drop a connection
			}
			p := problemOf(fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
			if ww, ok := w.(*watchedWriter); ok && ww.wrote {
				p.noted(ww.rec)
				panic(http.ErrAbortHandler) // half an answer must not look like a whole one
			}
			s.writeProblem(w, r, p)
		}()
		next.ServeHTTP(w, r)
	})
}

// secureHeaders tells browsers to do nothing with an answer but read it.
func secureHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// notFound answers calls of paths that do not exist; what is no call is the console's.
func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	if a := s.annexOf(r.URL.Path); a != nil {
		a.refuse(w, r, newProblem(http.StatusNotFound, itms.CodeNotFound, "there is no such resource"))
		return
	}
	if s.opts.Console != nil && (r.Method == http.MethodGet || r.Method == http.MethodHead) && !strings.HasPrefix(r.URL.Path, "/api/") {
		s.opts.Console.ServeHTTP(w, r)
		return
	}
	s.writeProblem(w, r, newProblem(http.StatusNotFound, itms.CodeNotFound, "no such path; /openapi.json lists them all"))
}

// methods are those that any route of ours may take.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// methodNotAllowed answers a wrong method and says which are right (RFC 9110
// §15.5.6 requires Allow).
func (s *Server) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	path := r.URL.RawPath
	if path == "" {
		path = r.URL.Path
	}
	allowed := slices.DeleteFunc(slices.Clone(methods), func(m string) bool {
		return !s.router.Match(chi.NewRouteContext(), m, path)
	})
	p := newProblem(http.StatusMethodNotAllowed, itms.CodeMethod, "this path takes "+strings.Join(allowed, ", "))
	p.headers.Set("Allow", strings.Join(allowed, ", "))
	if a := s.annexOf(r.URL.Path); a != nil {
		a.refuse(w, r, p)
		return
	}
	s.writeProblem(w, r, p)
}
