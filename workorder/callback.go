package workorder

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"itms"
)

// CallbackSecret is the decoded key of bss.callbackSecret.
type CallbackSecret []byte

// ParseCallbackSecret reads "whsec_<base64>" (Standard Webhooks). An empty text is
// no secret: callbacks are then sent unsigned.
func ParseCallbackSecret(s string) (CallbackSecret, error) {
	if s == "" {
		return nil, nil
	}
	encoded, ok := strings.CutPrefix(s, "whsec_")
	if !ok {
		return nil, itms.Invalid("/bss/callbackSecret", "expected whsec_ followed by a base64 key")
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	const least = 24 // bytes; Standard Webhooks: 24 to 64
	if err != nil || len(key) < least {
		return nil, itms.Invalid("/bss/callbackSecret", "expected whsec_ followed by at least %d bytes in base64", least)
	}
	return key, nil
}

// String hides the key.
func (CallbackSecret) String() string { return itms.Redacted }

// sign returns the webhook-signature of a delivery (Standard Webhooks 1.0).
func (s CallbackSecret) sign(id string, at time.Time, body []byte) string {
	h := hmac.New(sha256.New, s)
	fmt.Fprintf(h, "%s.%d.%s", id, at.Unix(), body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
}
