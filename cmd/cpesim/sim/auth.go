package sim

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"itms/internal/digest"
)

// ErrUnauthorized means that the server asks for credentials again after they
// were sent, or for credentials in a way that is not known.
var ErrUnauthorized = errors.New("not authorised")

// maxChallenges bounds the 401s of one POST: one to ask, one when the nonce has
// become stale, and one to spare.
const maxChallenges = 3

// credentials answers the challenges of a server. The zero value sends nothing
// until asked.
type credentials struct {
	digest *digest.Challenge
	basic  bool
}

// challenged chooses the scheme of a 401: digest if offered, else basic.
func (c *credentials) challenged(headers []string) error {
	challenge, err := digest.ParseChallenge(headers)
	if err == nil {
		c.digest, c.basic = challenge, false
		return nil
	}
	for _, header := range headers {
		if scheme, _, _ := strings.Cut(strings.TrimSpace(header), " "); strings.EqualFold(scheme, "basic") {
			c.digest, c.basic = nil, true
			return nil
		}
	}
	return fmt.Errorf("%w: %w", ErrUnauthorized, err)
}

// authorization returns the header for one request, or nothing.
func (c *credentials) authorization(method, target, username, password string) string {
	switch {
	case c.digest != nil:
		return c.digest.Authorize(method, target, username, password)
	case c.basic:
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+password))
	}
	return ""
}
