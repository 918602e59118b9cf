package people

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// browserLife is how long a browser is known after its last sign-in.
const browserLife = 90 * 24 * time.Hour

// knownBrowser makes what a browser keeps once somebody signed in with it: a number of its
// own, when it ends, and a signature over both and the name. It opens nothing; it only
// counts its failures apart.
func (s *Service) knownBrowser(name string) string {
	head := randomText() + "." + strconv.FormatInt(s.clock().Add(browserLife).Unix(), 36)
	return head + "." + s.signBrowser(name, head)
}

// readBrowser returns the number of a known browser, "" when it is none of that name.
func (s *Service) readBrowser(name, text string) string {
	cut := strings.LastIndexByte(text, '.')
	if cut < 0 || !hmac.Equal([]byte(s.signBrowser(name, text[:cut])), []byte(text[cut+1:])) {
		return ""
	}
	number, ends, _ := strings.Cut(text[:cut], ".")
	if until, err := strconv.ParseInt(ends, 36, 64); err != nil || s.clock().Unix() >= until {
		return ""
	}
	return number
}

// signBrowser signs the number of a browser for a name.
func (s *Service) signBrowser(name, head string) string {
	mac := hmac.New(sha256.New, s.key)
	_, _ = mac.Write([]byte(head + "\x00" + name)) // never fails
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
