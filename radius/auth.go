package radius

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"

	codec "layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2869"

	"itms"
)

// refusalTexts are what people read who are refused.
var refusalTexts = map[itms.AccessRefusal]string{
	itms.RefusedUnknown:    "unknown: no service has this name or address",
	itms.RefusedPassword:   "wrong password",
	itms.RefusedLocked:     "too many wrong passwords, try again later",
	itms.RefusedSuspended:  "the service is suspended",
	itms.RefusedTerminated: "the service has ended",
	itms.RefusedNotOrdered: "the service is not in use: no order is being carried out",
	itms.RefusedBlocked:    "the device is blocked",
	itms.RefusedLine:       "the service is on another line",
	itms.RefusedNoRule:     "no rule is for this service",
	itms.RefusedMethod:     "only PAP, CHAP and MAC authentication are served",
}

// authenticate answers an Access-Request; nil for silence, when the storage is away: the
// access server asks another.
func (s *Server) authenticate(ctx context.Context, p *packet, n *NAS, from peer) ([]byte, error) {
	c := s.callerOf(p, n, from.Addr())
	st, g, err := s.admit(ctx, p, c)
	if err != nil {
		return nil, err
	}
	s.witness.see(c)
	if g == nil {
		s.metrics.answers[string(st.Refusal)].Inc()
		s.refusals.note(c, st, s.opt.Clock())
		s.logAccess(c, "rejected", string(st.Refusal))
		return p.answer(codec.CodeAccessReject, codec.Attributes{{Type: rfc2865.ReplyMessage_Type, Attribute: codec.Attribute(refusalTexts[st.Refusal])}})
	}
	answer, err := p.answer(codec.CodeAccessAccept, g.attributes)
	if err != nil {
		return nil, err
	}
	outcome := "accept"
	if st.Refusal != itms.RefusedNot {
		outcome = "walled"
	}
	s.metrics.answers[outcome].Inc()
	s.granted.put(c.key(), granted{g.rule, g.digest}, s.opt.Clock())
	s.logAccess(c, outcome, g.rule)
	return answer, nil
}

// admit decides: what the caller is given, or the standing that says why it is refused.
func (s *Server) admit(ctx context.Context, p *packet, c *caller) (*itms.AccessStanding, *grant, error) {
	refused := func(why itms.AccessRefusal) (*itms.AccessStanding, *grant, error) {
		return &itms.AccessStanding{Refusal: why}, nil, nil
	}
	switch {
	case c.account == "" && (c.mac.IsZero() || c.clash):
		return refused(itms.RefusedUnknown)
	case c.account != "" && !p.has(rfc2865.UserPassword_Type) && !p.has(rfc2865.CHAPPassword_Type) || p.has(rfc2869.EAPMessage_Type):
		return refused(itms.RefusedMethod)
	case c.account != "" && s.guesses.locked(c, s.opt.Clock()):
		return refused(itms.RefusedLocked)
	}
	st, err := s.opt.Directory.Access(ctx, c.request())
	if err != nil {
		return nil, nil, fmt.Errorf("ask for the standing of %q: %w", c.name(), err)
	}
	if c.account != "" {
		if st.Service != nil && !p.proves(st.Password) {
			st.Refusal = itms.RefusedPassword
		}
		if st.Refusal == itms.RefusedPassword || st.Refusal == itms.RefusedUnknown {
			s.guesses.miss(c, st.Refusal == itms.RefusedPassword, s.opt.Clock())
		}
	}
	g, err := s.opt.Config.grant(c, st)
	return st, g, err
}

// grant is what a caller of a standing is given, nil when it is refused; the standing says
// why.
func (c *Config) grant(who *caller, st *itms.AccessStanding) (*grant, error) {
	r := c.rule(who, st)
	if r == nil {
		if st.Refusal == itms.RefusedNot {
			st.Refusal = itms.RefusedNoRule
		}
		return nil, nil
	}
	return r.grant(who, st)
}

// proves reports whether the packet proves that the caller knows the password, by PAP or
// CHAP (RFC 2865 §5.2, §5.3). An account without one proves nothing.
func (p *packet) proves(password itms.Secret) bool {
	if password.IsZero() {
		return false
	}
	want := []byte(password.Reveal())
	if a, ok := p.Lookup(rfc2865.UserPassword_Type); ok {
		given, err := codec.UserPassword(a, p.Secret, p.Authenticator[:])
		return err == nil && same(given, want)
	}
	a := p.Get(rfc2865.CHAPPassword_Type)
	if len(a) != 1+md5.Size {
		return false
	}
	challenge := p.Authenticator[:]
	if told, ok := p.Lookup(rfc2865.CHAPChallenge_Type); ok {
		challenge = told
	}
	h := md5.New()
	h.Write(a[:1])
	h.Write(want)
	h.Write(challenge)
	return subtle.ConstantTimeCompare(h.Sum(nil), a[1:]) == 1
}

// same compares two texts in a time that tells nothing of them, not even their length.
func same(a, b []byte) bool {
	x, y := sha256.Sum256(a), sha256.Sum256(b)
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// logAccess writes the one log event about a request.
func (s *Server) logAccess(c *caller, outcome, why string) {
	s.opt.Logger.Debug().Str("nas", c.nas.Name).Stringer("from", c.from).Str("user", c.user).Stringer("mac", c.mac).
		Str("port", c.portID).Str("outcome", outcome).Str("why", why).Msg("radius")
}
