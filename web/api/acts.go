package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"itms"
)

// Every call but reading is an act: it travels in the context of the call to the store,
// which enters what it changed in the same transaction. A call that succeeded and changed
// nothing that is stored is entered here, so that none is forgotten.

// actOf makes the act of a request.
func (rt *route) actOf(r *http.Request, rec *record) *itms.Act {
	if r.Method == http.MethodGet && !rt.entered || rt.harmless {
		return nil
	}
	act := &itms.Act{Actor: rec.actor, Role: rec.role, Action: rt.id, Target: rt.target(r), Request: rec.id}
	if addr := remoteAddr(r); addr.IsValid() {
		act.Remote = addr.String()
	}
	return act
}

// targetKinds are the kinds of things that calls below a path are about; others are called
// as their path.
var targetKinds = map[string]string{"work-orders": "order", "activations": "order", "line-evidence": "device", "devices": "device", "tasks": "task",
	"batches": "batch", "traces": "trace", "files": "file", "services": "service", "leases": "lease", "access-sessions": "session", "templates": "template", "users": "user", "me": "user",
	"sign-in": "user", "sign-out": "user", "oidc": "user", "tokens": "token", "profiles": "profile"}

// target says what a call is about, as far as its path tells. The id of a device is left
// to what is written: a path may spell it in several ways.
func (rt *route) target(r *http.Request) itms.AuditTarget {
	segments := strings.Split(strings.TrimPrefix(rt.path, base+"/"), "/")
	at := 0
	if (segments[0] == "dhcp" || segments[0] == "docsis") && len(segments) > 1 {
		at = 1
	}
	name := segments[at]
	if strings.HasSuffix(rt.path, "/tasks") {
		name = "tasks"
	}
	kind, known := targetKinds[name]
	if !known {
		kind = name
	}
	target := itms.AuditTarget{Kind: kind}
	if kind == "device" || len(segments) <= at+1 || !strings.HasPrefix(segments[at+1], "{") || name != segments[at] {
		return target
	}
	id := chi.URLParam(r, strings.Trim(segments[at+1], "{}"))
	if itms.CheckKey("", id) == nil {
		target.ID = id
	}
	return target
}

// enter enters an act that succeeded and was not entered by what it wrote.
func (s *Server) enter(ctx context.Context, rt *route, act *itms.Act, rec *record) {
	if act == nil || act.Entered || rec.status >= http.StatusMultipleChoices || act.Actor == "" || rt.repeats && rec.status == http.StatusOK {
		return
	}
	switch {
	case act.Target.Kind == "device":
		act.Target.ID = rec.device
	case act.Target.Kind == "user" && act.Target.ID == "":
		act.Target.ID = act.Actor
	}
	err := s.opts.Store.Update(context.WithoutCancel(ctx), func(tx itms.Tx) error {
		return tx.Audit().Append(&itms.AuditEntry{At: itms.Timestamp(s.now()), Actor: act.Actor, Role: act.Role, Action: act.Action, Target: act.Target,
			Remote: act.Remote, Request: act.Request})
	})
	if err != nil {
		rec.cause = err // the answer is on its way
	}
}
