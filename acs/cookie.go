package acs

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"
)

// cookieName is short because old CPEs keep cookies in small buffers.
const cookieName = "itms"

// tokenBytes is 128 bits: a session cookie is a bearer credential.
const tokenBytes = 16

// maxCookieText is what is read of the Cookie headers of one request.
const maxCookieText = 4096

// token is the random part of a session cookie.
type token [tokenBytes]byte

// newToken returns a fresh random token.
func newToken() (t token) {
	rand.Read(t[:]) // never fails, says crypto/rand
	return t
}

// cookie names a session: the node that holds it, and its token there.
type cookie struct {
	node  string
	token token
}

// setCookie is the Set-Cookie value. Path is needed: without it some CPEs send
// the cookie back to the exact path only.
func (c cookie) setCookie() string {
	return cookieName + "=" + c.String() + "; Path=/; HttpOnly"
}

// String is the cookie value.
func (c cookie) String() string { return c.node + "." + hex.EncodeToString(c.token[:]) }

// cookieGaps separate what CPEs send back: most use a semicolon, some a comma.
const cookieGaps = ";,"

// readCookie finds our cookie among what the CPE sent. CPEs echo the attributes
// of Set-Cookie in any order, quote the value and separate by commas. Of several
// the last counts: a CPE that appends instead of replacing has the new one last.
func readCookie(h http.Header) (found cookie, ok bool) {
	for _, line := range h["Cookie"] {
		if len(line) > maxCookieText {
			continue
		}
		for len(line) > 0 {
			pair := line
			if i := strings.IndexAny(line, cookieGaps); i >= 0 {
				pair, line = line[:i], line[i+1:]
			} else {
				line = ""
			}
			if c, valid := parseCookiePair(pair); valid {
				found, ok = c, true
			}
		}
	}
	return found, ok
}

// parseCookiePair reads one name=value.
func parseCookiePair(pair string) (c cookie, ok bool) {
	name, value, _ := strings.Cut(pair, "=")
	if !strings.EqualFold(strings.TrimSpace(name), cookieName) {
		return c, false
	}
	value = strings.Trim(value, " \t\"")
	node, digits, _ := strings.Cut(value, ".")
	if !validNode(node) || len(digits) != 2*tokenBytes {
		return c, false
	}
	for i := range c.token {
		high, low := unhex(digits[2*i]), unhex(digits[2*i+1])
		if high > 15 || low > 15 {
			return c, false
		}
		c.token[i] = high<<4 | low
	}
	c.node = node
	return c, true
}

// unhex returns the value of a hexadecimal digit, 16 for anything else. It takes
// no memory, unlike encoding/hex on a string.
func unhex(digit byte) byte {
	switch {
	case digit >= '0' && digit <= '9':
		return digit - '0'
	case digit >= 'a' && digit <= 'f':
		return digit - 'a' + 10
	case digit >= 'A' && digit <= 'F':
		return digit - 'A' + 10
	}
	return 16
}
