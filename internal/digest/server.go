package digest

import (
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// defaultNonceTTL outlives a CPE that opens a new connection after the 401
	// (AVM Fritz!Box), and little more.
	defaultNonceTTL = 60 * time.Second
	// defaultMaxNonces is 2000 new sessions per second for a default TTL, at
	// about 150 bytes each.
	defaultMaxNonces = 1 << 17
)

// Options configure an [Authenticator]. The zero value is usable.
type Options struct {
	// Realm is shown to the CPE and hashed into its answer. Empty: "itms".
	Realm string
	// NonceTTL is how long a nonce may be used after the challenge. 0: 60 s.
	NonceTTL time.Duration
	// MaxNonces bounds the remembered nonces; beyond it the oldest become
	// stale. 0: 131072.
	MaxNonces int
	// Algorithms are offered in this order, and no other is accepted. Nil: MD5,
	// then SHA-256, since many CPEs read only the first challenge.
	Algorithms []Algorithm
	// Key signs nonces. Nodes that share it accept each other's nonces; what
	// was used is remembered per node. Nil: random.
	Key []byte
	// Clock gives the time. Nil: [time.Now].
	Clock func() time.Time
	// Rand feeds nonces. Nil, or when it fails: crypto/rand.
	Rand io.Reader
}

// Authenticator challenges requests and verifies the answers. It is safe for
// concurrent use.
type Authenticator struct {
	algorithms []Algorithm
	clock      func() time.Time
	minter     minter
	used       *store
	decoy      string // hashed instead of the password of an unknown user
}

// New makes an Authenticator.
func New(o Options) *Authenticator {
	o = o.withDefaults()
	return &Authenticator{
		algorithms: o.Algorithms,
		clock:      o.Clock,
		minter:     minter{key: o.Key, realm: o.Realm, rand: o.Rand},
		used:       newStore(o.NonceTTL, o.MaxNonces),
		decoy:      rand.Text(),
	}
}

func (o Options) withDefaults() Options {
	o.Realm = cmp.Or(o.Realm, "itms")
	o.NonceTTL = cmp.Or(o.NonceTTL, defaultNonceTTL)
	o.MaxNonces = cmp.Or(o.MaxNonces, defaultMaxNonces)
	if len(o.Algorithms) == 0 {
		o.Algorithms = []Algorithm{MD5, SHA256}
	}
	if o.Key == nil {
		o.Key = make([]byte, 32)
		rand.Read(o.Key) // never fails, says crypto/rand
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	return o
}

// Challenges gives the WWW-Authenticate values of a 401, one per algorithm,
// with a fresh nonce. Add each as a header line of its own.
func (a *Authenticator) Challenges() []string { return a.challenges("") }

// StaleChallenges is [Authenticator.Challenges] with stale=true: the CPE is to
// try again with the same name and password (RFC 7616 §3.3). For [ErrStale]
// and [ErrReplay].
func (a *Authenticator) StaleChallenges() []string { return a.challenges(", stale=true") }

func (a *Authenticator) challenges(tail string) []string {
	nonce := a.minter.mint(a.clock())
	lines := make([]string, 0, len(a.algorithms))
	for _, alg := range a.algorithms {
		lines = append(lines, fmt.Sprintf(`Digest realm=%s, qop="auth", nonce="%s", algorithm=%s%s`,
			quote(a.minter.realm), nonce, cmp.Or(alg, MD5), tail))
	}
	return lines
}

// Verify judges the Authorization header of a request. method and requestURI
// are those of the request line; password gives the clear password of a user,
// false when there is no such user.
//
// The username is given back as claimed whenever it could be read, also with
// an error; only a nil error makes it true. Errors: [ErrNoCredentials],
// [ErrMalformed], [ErrWrong], [ErrStale], [ErrReplay]. The last two come only
// to who knows the password. A nonce answered without qop works once.
func (a *Authenticator) Verify(method, requestURI, authorization string,
	password func(username string) (string, bool)) (string, error) {
	p, err := parseCredentials(authorization)
	if err != nil {
		return "", err
	}
	c, err := readCredentials(p, a.minter.realm)
	if err != nil {
		return c.username, err
	}
	if !slices.ContainsFunc(a.algorithms, func(o Algorithm) bool { return o.base() == c.algorithm.base() }) {
		return c.username, fmt.Errorf("%w: algorithm %s was not offered", ErrMalformed, c.algorithm)
	}
	if !sameTarget(c.uri, requestURI) {
		return c.username, fmt.Errorf("%w: uri %q in a request for %q", ErrMalformed, c.uri, requestURI)
	}
	c.method = method
	if !a.knows(c, password) {
		return c.username, ErrWrong
	}
	return c.username, a.spend(c)
}

// knows tells whether the response was made with the user's password. It does
// the same work for a user that does not exist.
func (a *Authenticator) knows(c credentials, password func(string) (string, bool)) bool {
	secret, found := password(c.username)
	if !found {
		secret = a.decoy
	}
	c.password = secret
	same := subtle.ConstantTimeCompare([]byte(c.inputs.response()), []byte(c.answer)) == 1
	return same && found
}

// spend uses up the nonce, or the count, of credentials known to be right.
func (a *Authenticator) spend(c credentials) error {
	key, ours := a.minter.open(c.nonce)
	if !ours {
		return fmt.Errorf("%w: not issued here", ErrStale)
	}
	if c.realm != a.minter.realm {
		return fmt.Errorf("%w: for realm %q", ErrStale, c.realm)
	}
	return a.used.spend(key, c.count, c.qop != "", a.clock())
}

// credentials are a decoded Authorization header.
type credentials struct {
	inputs
	answer string // the response parameter, lower case hex
	count  uint32 // nc as a number; 0 without qop
}

// readCredentials takes the parameters out of p; realm stands in for one that
// is missing. On ErrMalformed the username is set when it could be read.
func readCredentials(p params, realm string) (credentials, error) {
	var c credentials
	var err error
	if c.username, err = p.username(); err != nil {
		return c, err
	}
	for _, name := range []string{"nonce", "uri", "response"} {
		if _, ok := p[name]; !ok {
			return c, fmt.Errorf("%w: no %s", ErrMalformed, name)
		}
	}
	c.realm = realm
	if sent, ok := p["realm"]; ok {
		c.realm = sent
	}
	c.nonce, c.uri, c.cnonce = p["nonce"], p["uri"], p["cnonce"]
	c.answer = strings.ToLower(p["response"])
	if err := c.readAlgorithm(p); err != nil {
		return c, err
	}
	return c, c.readQOP(p)
}

// readAlgorithm sets the algorithm. The length of the response has the last word: a
// client may take both challenges for one and name the hash of the second while it only
// knows MD5 (seen from cwmp-sim).
func (c *credentials) readAlgorithm(p params) error {
	var known bool
	c.algorithm, known = parseAlgorithm(p["algorithm"])
	if !known {
		return fmt.Errorf("%w: algorithm %q", ErrMalformed, p["algorithm"])
	}
	if _, ok := p["cnonce"]; c.algorithm.session() && !ok {
		return fmt.Errorf("%w: %s without cnonce", ErrMalformed, c.algorithm)
	}
	c.algorithm = c.algorithm.fitting(len(c.answer))
	return nil
}

// readQOP sets qop, nc and count; all stay empty in the form of RFC 2069.
func (c *credentials) readQOP(p params) error {
	if p["qop"] == "" {
		return nil
	}
	c.qop, c.nc = p["qop"], p["nc"]
	if !strings.EqualFold(c.qop, qopAuth) {
		return fmt.Errorf("%w: qop %q was not offered", ErrMalformed, c.qop)
	}
	if _, ok := p["cnonce"]; !ok {
		return fmt.Errorf("%w: qop without cnonce", ErrMalformed)
	}
	count, err := strconv.ParseUint(c.nc, 16, 32)
	if err != nil {
		return fmt.Errorf("%w: nc: %w", ErrMalformed, err)
	}
	c.count = uint32(count)
	return nil
}

// sameTarget tells whether the uri parameter is about the requested URI. It
// may be empty, absolute, or lack the query (seen from catawampus); a query
// that differs, or another path, is refused.
func sameTarget(uri, requested string) bool {
	if uri == "" || uri == requested {
		return true
	}
	u, err := url.Parse(uri)
	if err != nil {
		return false
	}
	r, err := url.Parse(requested)
	if err != nil {
		return false
	}
	samePath := cmp.Or(u.Path, "/") == cmp.Or(r.Path, "/")
	return samePath && (u.RawQuery == "" || u.RawQuery == r.RawQuery)
}
