package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"itms"
)

// An Annex is an API of somebody else's design that this door serves beside its own: with
// the same callers, permissions, areas, log, metrics and audit, but with its own paths,
// documents and errors.
type Annex struct {
	Name  string // e.g. "TMF641"
	Base  string // what all its paths begin with, e.g. "/tmf-api/serviceOrdering/v4"
	Calls []AnnexCall
	// Refuse writes the answer of a call that failed, in the manner of the API. Headers that
	// must go with it are set already.
	Refuse func(w http.ResponseWriter, r *http.Request, p *Problem)
	// Describe returns an OpenAPI 3.1 document of the calls, with paths below Base, which
	// becomes a part of /openapi.json; nil = nothing is told there.
	Describe func() ([]byte, error)
}

// AnnexCall is one operation of an Annex.
type AnnexCall struct {
	Method string
	Path   string // below Base, a pattern of chi; one final slash more is taken too
	ID     string // names the operation in audit and log, e.g. "create-service-order"
	Target string // kind of thing it is about in the audit; its id is the path's {id}
	// Needs is a permission: that of the call of our own which does the same, e.g.
	// "orders.submit".
	Needs    string
	Harmless bool  // changes nothing, although it is no GET: no entry in the audit
	Body     int64 // largest request body in bytes; 0 = none is read
	// Handle answers, or returns an error and wrote nothing. It finds the caller by
	// itms.CallerOf.
	Handle func(w http.ResponseWriter, r *http.Request) error
}

// Scoped returns the store as the caller of a context may see it: what lies outside of the
// caller's areas is not there.
// s itself must not be one that Scoped returned.
func Scoped(s itms.Store) itms.Store { return scopedStore{s} }

// MayOrder refuses an order of a caller with areas that leads out of them, with
// CodeForbidden.
func MayOrder(ctx context.Context, s itms.Store, r *itms.OrderRequest) error {
	store, is := s.(scopedStore)
	if !is {
		store = scopedStore{s}
	}
	return mayOrder(ctx, store, r)
}

// mount registers the calls of an annex.
func (s *Server) mount(a *Annex) {
	for i := range a.Calls {
		call := &a.Calls[i]
		h := s.annexHandler(a, call)
		path := a.Base + strings.TrimSuffix(call.Path, "/")
		s.router.Method(call.Method, path, h)
		s.router.Method(call.Method, path+"/", h)
	}
}

// annexOf returns the annex that a path belongs to, nil when there is none.
func (s *Server) annexOf(path string) *Annex {
	for i := range s.opts.Annexes {
		a := &s.opts.Annexes[i]
		if path == a.Base || strings.HasPrefix(path, a.Base+"/") {
			return a
		}
	}
	return nil
}

// annexHandler guards one call.
func (s *Server) annexHandler(a *Annex, call *AnnexCall) http.HandlerFunc {
	rt := &route{method: call.Method, path: a.Base + call.Path, id: call.ID, needs: permission(call.Needs), harmless: call.Harmless}
	return func(w http.ResponseWriter, r *http.Request) {
		if p := s.admitToAnnex(r, rt.needs); p != nil {
			a.refuse(w, r, p)
			return
		}
		rec := recordOf(r.Context())
		ctx := itms.WithCaller(r.Context(), itms.Caller{Actor: rec.actor, Role: rec.role, Areas: rec.areas})
		act := rt.actOf(r, rec)
		if act != nil {
			act.Target = itms.AuditTarget{Kind: call.Target, ID: chi.URLParam(r, "id")}
			ctx = itms.WithAct(ctx, act)
		}
		r = r.WithContext(ctx)
		if call.Body > 0 {
			if _, whole := takeBody(w, r, call.Body); !whole {
				a.refuse(w, r, problemOf(itms.Errorf(itms.KindInvalid, itms.CodeTooLarge, "the body is larger than %d bytes, or broke off", call.Body)))
				return
			}
		}
		if err := call.Handle(w, r); err != nil {
			a.refuse(w, r, problemOf(err))
			return
		}
		s.enter(ctx, rt, act, rec)
	}
}

// admitToAnnex returns why a call may not go on, or nil.
func (s *Server) admitToAnnex(r *http.Request, needs permission) *Problem {
	if p := s.authorize(r, needs); p != nil {
		return p
	}
	if recordOf(r.Context()).passwordDue() {
		return problemOf(itms.Errorf(itms.KindForbidden, itms.CodePasswordDue, "the password must be changed first"))
	}
	return nil
}

// refuse answers a call that failed.
func (a *Annex) refuse(w http.ResponseWriter, r *http.Request, p *Problem) {
	for name, values := range p.headers {
		w.Header()[name] = slices.Clone(values)
	}
	a.Refuse(w, r, p.noted(recordOf(r.Context())))
}
