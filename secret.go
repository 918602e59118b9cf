package itms

import (
	"encoding/json"
	"fmt"
	"io"
)

// Redacted stands wherever a secret would have been printed.
const Redacted = "REDACTED"

// Secret is a password or key in clear. It lives in memory only: every way of
// printing or marshalling it yields Redacted; use Reveal where it must be sent.
type Secret struct{ clear string }

// NewSecret wraps a clear text.
func NewSecret(clear string) Secret { return Secret{clear} }

// Reveal returns the clear text.
func (s Secret) Reveal() string { return s.clear }

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.clear == "" }

// String returns Redacted, or "" when there is no secret.
func (s Secret) String() string {
	if s.clear == "" {
		return ""
	}
	return Redacted
}

// Format hides the secret from every verb of package fmt.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalJSON never writes the clear text.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// UnmarshalJSON reads the clear text from input such as a work order.
func (s *Secret) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &s.clear) }

// Sealed is an encrypted secret, safe to store. Only the vault that made it can
// open it.
type Sealed []byte

// String returns Redacted, or "" when there is nothing sealed.
func (s Sealed) String() string {
	if len(s) == 0 {
		return ""
	}
	return Redacted
}

// GoString hides even the ciphertext.
func (s Sealed) GoString() string { return "itms.Sealed(" + s.String() + ")" }
