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

// The permissions. public needs no token at all; anyToken needs a valid one.
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
	devicesTrace   permission = "devices.trace"
	servicesRead   permission = "services.read"
	searchAll      permission = "search"
	journalRead    permission = "journal.read"
	outboxRead     permission = "outbox.read"
	filesRead      permission = "files.read"
	filesContent   permission = "files.content" // configurations and logs may hold secrets
	filesWrite     permission = "files.write"
	secretsReveal  permission = "secrets.reveal" // read a customer's password out to them
)

// reading is what a person who may look but not touch gets.
var reading = []permission{anyToken, ordersRead, diagnosisRead, devicesRead, servicesRead, searchAll, journalRead, stockRead, stockCheck,
	statsRead, filesRead}

// operating is what whoever runs the place gets: all there is.
var operating = append(slices.Clone(reading), outboxRead, ordersSubmit, ordersRetry, ordersCancel, ordersBackfill,
	ordersReissue, ordersForce, ordersReverse, activate, devicesAct, devicesTrace, lineTell, stockWrite, filesContent, filesWrite,
	secretsReveal)

// grants is the whole of who may do what: role -> permissions.
var grants = map[itms.Role][]permission{
	itms.RoleAdmin:      operating,
	itms.RoleOperator:   operating,
	itms.RoleTechnician: append(slices.Clone(reading), ordersRetry, ordersBackfill, ordersReissue, activate),
	itms.RoleBSS:        {anyToken, ordersRead, ordersSubmit, ordersCancel, ordersBackfill, ordersReissue, servicesRead, stockCheck},
	itms.RoleReadOnly:   append(slices.Clone(reading), outboxRead),
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

// guard lets a call pass to its operation when its token has the permission.
func (s *Server) guard(needs permission) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humachi.Unwrap(ctx)
		if p := s.authorize(r, needs); p != nil {
			s.writeProblem(w, r, p)
			return
		}
		next(ctx)
	}
}

// authorize notes who calls and returns why the call may not go on, or nil.
func (s *Server) authorize(r *http.Request, needs permission) *Problem {
	if needs == public {
		return nil
	}
	token, p := s.authenticate(r)
	if p != nil {
		return p
	}
	rec := recordOf(r.Context())
	rec.actor, rec.role = token.Name, token.Role
	if slices.Contains(grants[token.Role], needs) {
		return nil
	}
	return problemOf(itms.Errorf(itms.KindForbidden, itms.CodeForbidden,
		"role %q may not do this; it needs one of: %s", token.Role, strings.Join(rolesWith(needs), ", ")))
}

// authenticate finds the token of a request. A valid token passes whatever its
// address did before: behind a shared proxy one caller's mistakes must not lock
// out the others, and 256 random bits need no lock against guessing. The limit
// spares the log and tells a misconfigured client to slow down.
func (s *Server) authenticate(r *http.Request) (*itms.Token, *Problem) {
	if known := trusted(r.Context()); known != nil {
		return known, nil
	}
	text, ok := bearer(r.Header.Get("Authorization"))
	if !ok {
		return nil, unauthenticated(`Bearer realm="itms"`, "a bearer token is required: Authorization: Bearer itms_...")
	}
	token, err := s.lookup(r.Context(), HashToken(text))
	switch {
	case err == nil:
		return token, nil
	case !itms.IsKind(err, itms.KindNotFound):
		return nil, problemOf(err)
	}
	s.metrics.refused.Inc()
	if wait := s.fails.failed(remoteAddr(r)); wait > 0 {
		return nil, tooMany(wait)
	}
	return nil, unauthenticated(`Bearer realm="itms", error="invalid_token"`, "the token is unknown or was revoked")
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
		s.tokens.put(token, age)
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
