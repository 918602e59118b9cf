// Package vault keeps secrets at rest: passwords of CPEs, tokens, shared
// secrets. One key, kept in a file of its own or given by the environment,
// seals them with AES-256-GCM; whoever reads the database without the key
// reads nothing.
//
// Every use of the key goes through a sub-key of its own (HKDF, RFC 5869), so
// what one use gives away helps against no other.
package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// keyPrefix starts the one line of a key text, the base64 key follows.
	keyPrefix = "itms-key-v1:"
	// keyLen is the length of the master key and of every sub-key, in bytes.
	keyLen = 32
	// fingerprintLen is 128 bits: equal by chance only after 2^64 values.
	fingerprintLen = 16
)

// A sealed secret is one byte version, the key id, 12 bytes nonce, the
// ciphertext, and a tag of 16 bytes. Version and key id are authenticated.
const (
	version1  = 1
	idLen     = 4
	headerLen = 1 + idLen
)

// Errors of [Vault.Unseal]. Those returned wrap one of these.
var (
	// ErrWrongKey: the secret was sealed with another key.
	ErrWrongKey = errors.New("vault: this secret was sealed with another key; start with the key file it was made with")
	// ErrCorrupt: not a sealed secret, or one that was changed.
	ErrCorrupt = errors.New("vault: sealed secret is damaged")
)

// ErrBadKey is wrapped by what [FromText] and [Open] say of a key they cannot
// read. The text never quotes the key.
var ErrBadKey = errors.New("vault: not a key")

// Vault seals and unseals secrets with one key. It is safe for concurrent use,
// and prints as its key id only. The zero value is not usable.
type Vault struct {
	// A function, because fmt prints unexported fields without asking Format,
	// and follows even pointers when a verb does not suit them.
	keys func() keys
	id   [idLen]byte
}

// keys are the secret part of a Vault.
type keys struct {
	master []byte
	aead   cipher.AEAD
}

// FromText makes a Vault of a key text, "itms-key-v1:" and 32 bytes in base64;
// space around it is ignored. Use it for a key given by the environment.
//
// Errors: [ErrBadKey].
func FromText(text string) (*Vault, error) {
	encoded, found := strings.CutPrefix(strings.TrimSpace(text), keyPrefix)
	if !found {
		return nil, fmt.Errorf("%w: it must start with %q", ErrBadKey, keyPrefix)
	}
	master, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(master) != keyLen {
		return nil, fmt.Errorf("%w: after %q must come %d bytes in base64 (%d characters)",
			ErrBadKey, keyPrefix, keyLen, base64.StdEncoding.EncodedLen(keyLen))
	}
	return newVault(master)
}

// newKeyText makes a random key in the form FromText reads.
func newKeyText() string {
	key := make([]byte, keyLen)
	rand.Read(key) // never fails, says crypto/rand
	return keyPrefix + base64.StdEncoding.EncodeToString(key) + "\n"
}

// newVault makes a Vault of a master key of keyLen bytes.
func newVault(master []byte) (*Vault, error) {
	block, err := aes.NewCipher(subkey(master, "seal", ""))
	if err != nil {
		return nil, fmt.Errorf("vault: cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("vault: cipher mode: %w", err)
	}
	k := keys{master: master, aead: aead}
	v := &Vault{keys: func() keys { return k }}
	sum := sha256.Sum256(subkey(master, "id", ""))
	copy(v.id[:], sum[:])
	return v, nil
}

// subkey derives the 32-byte key of one use. Kind and purpose cannot be
// confused: no kind has a slash.
func subkey(master []byte, kind, purpose string) []byte {
	key, err := hkdf.Key(sha256.New, master, nil, "itms vault v1/"+kind+"/"+purpose, keyLen)
	if err != nil {
		// HKDF fails only beyond 8160 bytes (RFC 5869 §2.3).
		panic(fmt.Sprintf("vault: derive: %v", err))
	}
	return key
}

// Seal encrypts a secret of any length, also an empty one. Equal secrets give
// different bytes; the result is 33 bytes longer than the secret. Good for
// 2^32 secrets per key, the bound of random nonces (NIST SP 800-38D §8.3).
func (v *Vault) Seal(plain string) []byte {
	aead := v.keys().aead
	sealed := make([]byte, headerLen, headerLen+len(plain)+aead.Overhead())
	sealed[0] = version1
	copy(sealed[1:], v.id[:])
	return aead.Seal(sealed, nil, []byte(plain), sealed)
}

// Unseal decrypts what Seal has made.
//
// Errors: [ErrWrongKey], [ErrCorrupt].
func (v *Vault) Unseal(sealed []byte) (string, error) {
	aead := v.keys().aead
	if len(sealed) < headerLen+aead.Overhead() {
		return "", fmt.Errorf("%w: %d bytes", ErrCorrupt, len(sealed))
	}
	header, body := sealed[:headerLen], sealed[headerLen:]
	if header[0] != version1 {
		return "", fmt.Errorf("%w: unknown version %d", ErrCorrupt, header[0])
	}
	if [idLen]byte(header[1:]) != v.id {
		return "", fmt.Errorf("%w (key %x, this is key %x)", ErrWrongKey, header[1:], v.id)
	}
	plain, err := aead.Open(nil, nil, body, header)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return string(plain), nil
}

// Fingerprint is a keyed hash of value: 22 characters of unpadded URL-safe
// base64 (HMAC-SHA-256 cut to 128 bits). Equal values of equal purpose give
// equal fingerprints, so a secret can be looked up or compared; without the
// key nothing can be guessed from it.
func (v *Vault) Fingerprint(purpose, value string) string {
	mac := hmac.New(sha256.New, subkey(v.keys().master, "fingerprint", purpose))
	mac.Write([]byte(value))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:fingerprintLen])
}

// Derive gives a 32-byte key for a purpose outside this package, the same on
// every node that has the same key: signing nonces, signing what nodes say to
// each other.
func (v *Vault) Derive(purpose string) []byte { return subkey(v.keys().master, "derive", purpose) }

// KeyID names the key in 8 hex digits, to tell keys apart in screens and logs.
func (v *Vault) KeyID() string { return hex.EncodeToString(v.id[:]) }

// String shows the key id, never the key.
func (v Vault) String() string { return "vault(key " + v.KeyID() + ")" }

// GoString shows the key id, never the key.
func (v Vault) GoString() string { return v.String() }

// Format shows the key id for every verb: %d and %x would print fields.
func (v Vault) Format(w fmt.State, _ rune) {
	// A fmt.State reports no errors; fmt.Fprint returns those of its writer.
	_, _ = io.WriteString(w, v.String())
}

var (
	_ fmt.Formatter  = Vault{}
	_ fmt.GoStringer = Vault{}
	_ fmt.Stringer   = Vault{}
)
