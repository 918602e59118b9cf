package workorder

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"itms"
)

// Keys of subscriptions.
const (
	newKeySize   = 32 // bytes of a key that is made here; Standard Webhooks: 24 to 64
	keysMost     = 4  // of one subscription, with those that are being exchanged
	KeyKeep      = 24 * time.Hour
	KeyKeepMost  = 30 * 24 * time.Hour
	secretPrefix = "whsec_"
)

// newKeyText makes a signing key.
func newKeyText() itms.Secret {
	var key [newKeySize]byte
	_, _ = rand.Read(key[:]) // never fails (crypto/rand)
	return itms.NewSecret(secretPrefix + base64.StdEncoding.EncodeToString(key[:]))
}

// keyOf checks a key that somebody gave, or makes one, and seals it.
func (w *work) keyOf(given itms.Secret) (itms.SigningKey, itms.Secret, error) {
	if given.IsZero() {
		given = newKeyText()
	} else if _, err := ParseCallbackSecret(given.Reveal()); err != nil {
		return itms.SigningKey{}, given, itms.Invalid("/key", "expected whsec_ followed by 24 or more bytes in base64")
	}
	return itms.SigningKey{Key: w.vault.Seal(given.Reveal()), CreatedAt: w.now}, given, nil
}

// signatures are those of all keys that are good, the newest first, as
// webhook-signature has them (Standard Webhooks 1.0: separated by spaces).
func (e *Engine) signatures(keys []itms.SigningKey, id string, at time.Time, body []byte) (string, error) {
	var all []string
	for _, k := range keys {
		if !k.Until.IsZero() && !at.Before(k.Until) {
			continue
		}
		clear, err := e.vault.Unseal(k.Key)
		if err != nil {
			return "", fmt.Errorf("a signing key cannot be opened: %w", err)
		}
		key, err := ParseCallbackSecret(clear)
		if err != nil {
			return "", err
		}
		all = append(all, key.sign(id, at, body))
	}
	return strings.Join(all, " "), nil
}
