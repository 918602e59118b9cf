// Package digest is HTTP digest authentication (RFC 7616, RFC 2617 and the
// qop-less form of RFC 2069), both sides of it.
//
// [Authenticator] is the server side: it makes challenges and verifies what
// CPEs answer. [Challenge] is the client side: it answers the challenge a CPE
// puts before a connection request, or plays a CPE in tests.
//
// The reader is tolerant, as CPEs need: unquoted values, odd spacing, folded
// lines, upper case tokens and trailing commas are accepted. The writer is
// strict.
package digest

import (
	"errors"
	"strings"
)

// The outcomes of [Authenticator.Verify] other than success. Errors returned
// wrap one of these; test with [errors.Is].
var (
	// ErrNoCredentials: no Authorization header, or one of another scheme
	// (some CPEs send Basic first although digest is asked). Answer 401 with
	// [Authenticator.Challenges].
	ErrNoCredentials = errors.New("digest: no digest credentials")
	// ErrMalformed: the header cannot be read, lacks a needed field, or is
	// about another request URI. Answer 401 with a new challenge; count it as
	// a failure.
	ErrMalformed = errors.New("digest: malformed header")
	// ErrStale: name and password are right but the nonce is unknown, expired,
	// or spent. Answer 401 with [Authenticator.StaleChallenges]; not a failure.
	ErrStale = errors.New("digest: nonce is stale")
	// ErrReplay: name and password are right but this nonce count was seen
	// before. Some CPEs send nc=00000001 for ever, so answer 401 with
	// [Authenticator.StaleChallenges]; many in a row deserve a look.
	ErrReplay = errors.New("digest: nonce count replayed")
	// ErrWrong: unknown user or wrong password; which one is not told.
	ErrWrong = errors.New("digest: wrong user name or password")
)

// The errors of [ParseChallenge], besides [ErrMalformed].
var (
	// ErrNoChallenge: no header holds a Digest challenge (none at all, or only
	// Basic, to which this package never falls back).
	ErrNoChallenge = errors.New("digest: no digest challenge")
	// ErrUnsupported: every Digest challenge asks for an algorithm or a quality
	// of protection that is not supported (auth-int alone, SHA-512-256).
	ErrUnsupported = errors.New("digest: no supported digest challenge")
)

// qopAuth is the only quality of protection offered and answered: auth-int
// would need the body before the header can be judged (RFC 7616 §3.4.3).
const qopAuth = "auth"

// inputs are the strings a response is computed over, each exactly as it
// stands in the header (RFC 7616 §3.4.1).
type inputs struct {
	algorithm                 Algorithm
	username, realm, password string
	method, uri               string
	nonce, nc, cnonce, qop    string
}

// response computes the request-digest of RFC 7616 §3.4.1, and that of
// RFC 2069 §2.1.1 when qop is empty.
func (in inputs) response() string {
	a := in.algorithm
	ha1 := a.hash(in.username, in.realm, in.password)
	if a.session() {
		ha1 = a.hash(ha1, in.nonce, in.cnonce)
	}
	ha2 := a.hash(in.method, in.uri)
	if in.qop == "" {
		return a.hash(ha1, in.nonce, ha2)
	}
	return a.hash(ha1, in.nonce, in.nc, in.cnonce, in.qop, ha2)
}

// quote writes s as a quoted-string (RFC 9110 §5.6.4). Control characters are
// left out: no header can carry them, and a line break would start a new one.
func quote(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 2)
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c >= ' ' && c != 0x7f:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
