package api

import (
	"context"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"itms"
)

// permission is what an operation needs and a role gives.
type permission string

// The permissions. public needs nobody; anyToken needs any caller who is known.
const (
	public         permission = ""
	anyToken       permission = "token"
	ordersRead     permission = "orders.read"
	ordersSubmit   permission = "orders.submit"
	ordersRetry    permission = "orders.retry"
	ordersCancel   permission = "orders.cancel"
	ordersBackfill permission = "orders.backfill"
	ordersReissue  permission = "orders.reissue"
	ordersForce    permission = "orders.force"
	ordersReverse  permission = "orders.reverse"
	diagnosisRead  permission = "diagnosis.read"
	activate       permission = "activate"
	lineTell       permission = "line.tell"
	stockRead      permission = "stock.read"
	stockCheck     permission = "stock.check"
	stockWrite     permission = "stock.write"
	statsRead      permission = "stats.read"
	devicesRead    permission = "devices.read"
	devicesAct     permission = "devices.act"
	devicesCall    permission = "devices.call"    // ask for contact
	devicesUnlock  permission = "devices.unlock"  // forget wrong codes
	devicesRefresh permission = "devices.refresh" // tasks that change no setting: refresh, reboot
	devicesTrace   permission = "devices.trace"
	servicesRead   permission = "services.read"
	searchAll      permission = "search"
	journalRead    permission = "journal.read"
	outboxRead     permission = "outbox.read"
	filesRead      permission = "files.read"
	filesContent   permission = "files.content" // configurations and logs may hold secrets
	filesWrite     permission = "files.write"
	systemRead     permission = "system.read"
	systemBackup   permission = "system.backup" // all there is, secrets sealed
	profilesWrite  permission = "profiles.write"
	secretsReveal  permission = "secrets.reveal" // read a customer's password out to them
	usersManage    permission = "users"
	tokensManage   permission = "tokens"
	auditRead      permission = "audit.read"
	webhooksManage permission = "webhooks"
)

// reading is what a person who may look but not touch gets.
var reading = []permission{anyToken, ordersRead, diagnosisRead, devicesRead, servicesRead, searchAll, journalRead, stockRead, stockCheck,
	statsRead, filesRead}

// operating is what whoever runs the place gets: all there is of orders and devices.
var operating = append(slices.Clone(reading), outboxRead, ordersSubmit, ordersRetry, ordersCancel, ordersBackfill,
	ordersReissue, ordersForce, ordersReverse, activate, devicesAct, devicesCall, devicesUnlock, devicesRefresh, devicesTrace, lineTell,
	stockWrite, filesContent, filesWrite, profilesWrite, secretsReveal, systemRead, webhooksManage)

// helping is what the help desk gets besides: what helps a customer on the telephone and
// takes nothing away from anybody. It writes no setting, names no device and decides
// nothing about an order but that it be tried again.
var helping = []permission{devicesCall, devicesUnlock, devicesRefresh, ordersRetry, ordersReissue, secretsReveal}

// grants is the whole of who may do what: role -> permissions.
var grants = map[itms.Role][]permission{
	itms.RoleAdmin:      append(slices.Clone(operating), usersManage, tokensManage, auditRead, systemBackup),
	itms.RoleOperator:   operating,
	itms.RoleTechnician: append(slices.Clone(reading), ordersRetry, ordersBackfill, ordersReissue, activate),
	itms.RoleHelpDesk:   append(slices.Clone(reading), helping...),
	itms.RoleBSS:        {anyToken, ordersRead, ordersSubmit, ordersCancel, ordersBackfill, ordersReissue, servicesRead, stockCheck, webhooksManage},
	itms.RoleReadOnly:   append(slices.Clone(reading), outboxRead, systemRead),
}

// permitted reports whether the caller of a request has a permission.
func permitted(ctx context.Context, p permission) bool {
	return slices.Contains(grants[recordOf(ctx).role], p)
}

// rolesWith lists the roles that a permission belongs to, from most to least.
func rolesWith(p permission) []string {
	var names []string
	for _, role := range itms.Roles {
		if slices.Contains(grants[role], p) {
			names = append(names, string(role))
		}
	}
	return names
}

// guard lets a call pass to its operation when its caller has the permission.
func (s *Server) guard(rt *route) func(huma.Context, func(huma.Context)) {
	needs, due := rt.needs, rt.evenDue
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humachi.Unwrap(ctx)
		p := s.authorize(r, needs)
		if p == nil && !due && recordOf(r.Context()).passwordDue() {
			p = problemOf(itms.Errorf(itms.KindForbidden, itms.CodePasswordDue, "the password must be changed first: POST %s", passwordPath))
		}
		if p != nil {
			s.writeProblem(w, r, p)
			return
		}
		act := rt.actOf(r, recordOf(r.Context()))
		if act != nil {
			ctx = huma.WithContext(ctx, itms.WithAct(ctx.Context(), act))
		}
		next(ctx)
		s.enter(ctx.Context(), rt, act, recordOf(r.Context()))
	}
}

// authorize notes who calls and returns why the call may not go on, or nil.
func (s *Server) authorize(r *http.Request, needs permission) *Problem {
	if needs == public {
		return nil
	}
	c, p := s.authenticate(r)
	if p != nil {
		return p
	}
	rec := recordOf(r.Context())
	rec.caller = *c
	if slices.Contains(grants[c.role], needs) {
		return nil
	}
	return problemOf(itms.Errorf(itms.KindForbidden, itms.CodeForbidden,
		"role %q may not do this; it needs one of: %s", c.role, strings.Join(rolesWith(needs), ", ")))
}

// caller is who makes a request.
type caller struct {
	actor   string
	role    itms.Role
	areas   itms.Areas
	session *itms.Session // nil = a token
}

// passwordDue reports whether the caller must change the password before anything else.
func (c *caller) passwordDue() bool { return c.session != nil && c.session.User.PasswordDue }

// callerOf is who a token stands for.
func callerOf(t *itms.Token) *caller { return &caller{actor: t.Name, role: t.Role, areas: t.Areas} }

// authenticate finds who makes a request: the door vouches for it, or it brings a token,
// or the cookie of a session. A valid token passes whatever its
// address did before: behind a shared proxy one caller's mistakes must not lock
// out the others, and 256 random bits need no lock against guessing. The limit
// spares the log and tells a misconfigured client to slow down.
func (s *Server) authenticate(r *http.Request) (*caller, *Problem) {
	if known := trusted(r.Context()); known != nil {
		return callerOf(known), nil
	}
	text, ok := bearer(r.Header.Get("Authorization"))
	if !ok {
		return s.authenticateSession(r)
	}
	token, err := s.lookup(r.Context(), HashToken(text))
	switch {
	case err == nil:
		return callerOf(token), nil
	case !itms.IsKind(err, itms.KindNotFound):
		return nil, problemOf(err)
	}
	return nil, s.stranger(r, unauthenticated(`Bearer realm="itms", error="invalid_token"`, "the token is unknown or was revoked"))
}

// stranger counts a caller that was not known and returns what it is answered.
func (s *Server) stranger(r *http.Request, p *Problem) *Problem {
	s.metrics.refused.Inc()
	if wait := s.fails.failed(remoteAddr(r)); wait > 0 {
		return tooMany(wait)
	}
	return p
}

// lookup reads a token by its hash.
func (s *Server) lookup(ctx context.Context, hash string) (token *itms.Token, err error) {
	token, age := s.tokens.get(hash)
	if token == nil {
		err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
			token, err = tx.Tokens().Get(hash)
			return err
		})
		if err != nil {
			return nil, err
		}
		s.tokens.put(hash, token, age)
	}
	// The engine compared keys in its own way and time; what decides is this
	// comparison of the hashes, in constant time.
	if subtle.ConstantTimeCompare([]byte(token.Hash), []byte(hash)) != 1 {
		return nil, itms.NotFound("token", "")
	}
	return token, nil
}

// bearer takes the token out of an Authorization header (RFC 6750 §2.1); the
// scheme's case does not matter (RFC 9110 §11.1).
func bearer(header string) (string, bool) {
	scheme, text, ok := strings.Cut(header, " ")
	text = strings.TrimSpace(text)
	return text, ok && text != "" && strings.EqualFold(scheme, "Bearer")
}
