package itms

import (
	"crypto/rand"
	"math/big"
	"strings"
	"time"
)

// CodeDigits is an activation code: 11 digits, the last of them the Luhn check
// digit (ISO/IEC 7812-1 annex B). It is a credential; only its keyed fingerprint is
// stored.
type CodeDigits string

// codeLength is the number of digits of an activation code.
const codeLength = 11

// NewCodeDigits returns a random code.
func NewCodeDigits() CodeDigits {
	var b strings.Builder
	ten := big.NewInt(10)
	for range codeLength - 1 {
		n, err := rand.Int(rand.Reader, ten)
		if err != nil {
			panic("itms: no randomness: " + err.Error()) // crypto/rand never fails on supported systems
		}
		b.WriteByte('0' + byte(n.Int64()))
	}
	head := b.String()
	return CodeDigits(head + string(luhnDigit(head)))
}

// ParseCodeDigits reads a code as a person types it: dashes and spaces are ignored.
// A text that is not 11 digits or fails the check digit is a slip of the hand:
// KindInvalid with CodeMistyped.
func ParseCodeDigits(s string) (CodeDigits, error) {
	d := strings.NewReplacer("-", "", " ", "", "\u00a0", "", "\u2013", "").Replace(strings.TrimSpace(s))
	if len(d) != codeLength || strings.Trim(d, "0123456789") != "" {
		return "", mistyped("an activation code has 11 digits, e.g. 1234-5678-903")
	}
	if luhnDigit(d[:codeLength-1]) != d[codeLength-1] {
		return "", mistyped("the activation code is mistyped: its check digit does not fit")
	}
	return CodeDigits(d), nil
}

// mistyped is the error of a code that nobody can have been given.
func mistyped(text string) *Error {
	return &Error{Kind: KindInvalid, Code: CodeMistyped, Text: text, Fields: []FieldError{{Pointer: "/code", Text: text}}}
}

// luhnDigit returns the check digit that belongs behind the digits.
func luhnDigit(digits string) byte {
	sum := 0
	for i := range len(digits) {
		n := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 { // counted from the check digit, every second one is doubled
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return '0' + byte((10-sum%10)%10)
}

// Reveal returns the digits in the groups they are printed in, 4-4-3.
func (c CodeDigits) Reveal() string {
	if len(c) != codeLength {
		return ""
	}
	return string(c[:4] + "-" + c[4:8] + "-" + c[8:])
}

// String hides the code.
func (c CodeDigits) String() string {
	if c == "" {
		return ""
	}
	return Redacted
}

// GoString hides the code.
func (c CodeDigits) GoString() string { return "itms.CodeDigits(" + c.String() + ")" }

// ActivationState is the life of an activation code.
type ActivationState string

// Activation states. Expired is derived from ExpiresAt by whoever reads.
const (
	ActivationIssued  ActivationState = "issued"
	ActivationUsed    ActivationState = "used"
	ActivationExpired ActivationState = "expired"
	ActivationRevoked ActivationState = "revoked"
)

// Activation is the right to tie a device to the slot of an order, held by whoever
// knows the code.
type Activation struct {
	Hash      string          `json:"hash"` // keyed fingerprint of the digits; primary key
	Order     OrderID         `json:"order"`
	State     ActivationState `json:"state"`
	Device    DeviceID        `json:"device,omitzero"` // that used it
	Claim     DeviceClaim     `json:"claim,omitzero"`  // that a person named when using it
	IssuedAt  time.Time       `json:"issuedAt"`
	ExpiresAt time.Time       `json:"expiresAt"`
	UsedAt    time.Time       `json:"usedAt,omitzero"`
}

// StateAt is the state with time taken into account.
func (a *Activation) StateAt(now time.Time) ActivationState {
	if a.State == ActivationIssued && !now.Before(a.ExpiresAt) {
		return ActivationExpired
	}
	return a.State
}

// ActivationRequest is a code that a person sends from elsewhere than the box: the
// technician's phone. STBID and MAC are still text and may both be empty.
type ActivationRequest struct {
	Code   string
	STBID  string
	MAC    string
	Source string // address it came from, for counting wrong codes
	Areas  Areas  // of the caller: codes of other orders are unknown; nil = everywhere
}
