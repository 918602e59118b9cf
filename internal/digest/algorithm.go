package digest

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Algorithm names a hash and the way HA1 is made (RFC 7616 §3.3). The zero
// value stands for the algorithm of a challenge that names none: MD5.
type Algorithm string

// The algorithms read and written.
const (
	MD5        Algorithm = "MD5"
	MD5Sess    Algorithm = "MD5-sess"
	SHA256     Algorithm = "SHA-256"
	SHA256Sess Algorithm = "SHA-256-sess"
)

// strength orders the algorithms a client can choose from, best last.
var strength = map[Algorithm]int{"": 1, MD5Sess: 1, MD5: 1, SHA256Sess: 2, SHA256: 2}

// spellings are the names seen on the wire, in lower case.
var spellings = map[string]Algorithm{
	"":             "",
	"md5":          MD5,
	"md5-sess":     MD5Sess,
	"sha-256":      SHA256,
	"sha256":       SHA256,
	"sha-256-sess": SHA256Sess,
	"sha256-sess":  SHA256Sess,
}

// parseAlgorithm reads an algorithm parameter in any case; false when it is
// not supported.
func parseAlgorithm(s string) (Algorithm, bool) {
	a, ok := spellings[strings.ToLower(strings.TrimSpace(s))]
	return a, ok
}

// base is the plain algorithm under a: a session variant needs no offer of
// its own.
func (a Algorithm) base() Algorithm {
	switch a {
	case SHA256, SHA256Sess:
		return SHA256
	default:
		return MD5
	}
}

// fitting is the variant of a whose response has that many hexadecimal digits.
func (a Algorithm) fitting(digits int) Algorithm {
	switch long := digits == 64; {
	case a.session() && long:
		return SHA256Sess
	case a.session():
		return MD5Sess
	case long:
		return SHA256
	}
	return MD5
}

// session tells whether HA1 is bound to nonce and cnonce (RFC 7616 §3.4.2).
func (a Algorithm) session() bool { return a == MD5Sess || a == SHA256Sess }

// hash is the hex digest of the parts joined by colons.
func (a Algorithm) hash(parts ...string) string {
	data := []byte(strings.Join(parts, ":"))
	if a.base() == SHA256 {
		sum := sha256.Sum256(data)
		return hex.EncodeToString(sum[:])
	}
	sum := md5.Sum(data)
	return hex.EncodeToString(sum[:])
}
