package digest

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"sync/atomic"
)

// Challenge is what a server asked for, and the state of answering it. It is
// safe for concurrent use; do not copy it.
type Challenge struct {
	// Realm, Nonce and Opaque are echoed in each answer.
	Realm, Nonce, Opaque string
	// Domain lists the URIs the credentials are good for; often empty.
	Domain string
	// Algorithm is empty when the server named none: MD5, and not echoed.
	Algorithm Algorithm
	// QOP is "auth", or empty when the server offered none (RFC 2069).
	QOP string
	// Stale means the password was right and only the nonce is old.
	Stale bool

	count atomic.Uint32 // nonce counts given out
}

// ParseChallenge reads the WWW-Authenticate headers of a 401 and picks the
// strongest challenge it can answer, the first among equals.
//
// Errors: [ErrNoChallenge], [ErrUnsupported], [ErrMalformed] (header too long,
// or no nonce).
func ParseChallenge(headers []string) (*Challenge, error) {
	var best *Challenge
	failure := ErrNoChallenge
	for _, header := range headers {
		all, err := parseChallenges(header)
		if err != nil {
			failure = err
		}
		for _, p := range all {
			c, err := newChallenge(p)
			if err != nil {
				failure = err
			} else if best == nil || strength[c.Algorithm] > strength[best.Algorithm] {
				best = c
			}
		}
	}
	if best == nil {
		return nil, failure
	}
	return best, nil
}

// newChallenge checks one challenge. Errors: ErrUnsupported, ErrMalformed.
func newChallenge(p params) (*Challenge, error) {
	alg, known := parseAlgorithm(p["algorithm"])
	if !known {
		return nil, fmt.Errorf("%w: algorithm %q", ErrUnsupported, p["algorithm"])
	}
	qop, known := chooseQOP(p["qop"])
	if !known {
		return nil, fmt.Errorf("%w: qop %q", ErrUnsupported, p["qop"])
	}
	if p["nonce"] == "" {
		return nil, fmt.Errorf("%w: challenge without nonce", ErrMalformed)
	}
	return &Challenge{
		Realm:     p["realm"],
		Nonce:     p["nonce"],
		Opaque:    p["opaque"],
		Domain:    p["domain"],
		Algorithm: alg,
		QOP:       qop,
		Stale:     strings.EqualFold(p["stale"], "true"),
	}, nil
}

// chooseQOP picks auth from a list, nothing from none, and fails when auth is
// not among what is offered.
func chooseQOP(offered string) (string, bool) {
	options := strings.FieldsFunc(offered, isGap)
	for _, o := range options {
		if strings.EqualFold(o, qopAuth) {
			return qopAuth, true
		}
	}
	return "", len(options) == 0
}

// Authorize gives the Authorization header for one request. uri is the request
// target as it stands on the request line. Each call uses the next nonce count
// and a new random cnonce.
func (c *Challenge) Authorize(method, uri, username, password string) string {
	var raw [8]byte
	rand.Read(raw[:]) // never fails, says crypto/rand
	in := inputs{
		algorithm: c.Algorithm,
		username:  username, realm: c.Realm, password: password,
		method: method, uri: uri,
		nonce: c.Nonce, cnonce: hex.EncodeToString(raw[:]), qop: c.QOP,
	}
	if c.QOP != "" {
		in.nc = fmt.Sprintf("%08x", c.count.Add(1))
	}
	return c.write(in)
}

// write lays the answer out as a header. Without qop neither qop nor nc nor
// cnonce may be sent (RFC 7616 §3.4), save the cnonce a session key needs.
func (c *Challenge) write(in inputs) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Digest username=%s, realm=%s, nonce=%s, uri=%s, response=%s",
		quote(in.username), quote(in.realm), quote(in.nonce), quote(in.uri), quote(in.response()))
	if c.Algorithm != "" {
		fmt.Fprintf(&b, ", algorithm=%s", c.Algorithm)
	}
	if in.qop != "" {
		fmt.Fprintf(&b, ", qop=%s, nc=%s", in.qop, in.nc)
	}
	if in.qop != "" || in.algorithm.session() {
		fmt.Fprintf(&b, ", cnonce=%s", quote(in.cnonce))
	}
	if c.Opaque != "" {
		fmt.Fprintf(&b, ", opaque=%s", quote(c.Opaque))
	}
	return b.String()
}
