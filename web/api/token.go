package api

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"math/big"
)

// tokenPrefix lets secret scanners and people recognise a leaked token.
const tokenPrefix = "itms_"

// base62 keeps a token one word: a double click selects it, no URL escapes it.
const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// tokenDigits is how many base-62 digits hold 32 bytes.
const tokenDigits = 43

// NewTokenText returns a fresh API token: "itms_" and 256 random bits in base 62.
// It is shown once; only HashToken of it is kept.
func NewTokenText() string {
	var raw [32]byte
	if _, err := rand.Read(raw[:]); err != nil {
		panic("web/api: no randomness: " + err.Error()) // crypto/rand never fails on supported systems
	}
	digits := make([]byte, tokenDigits)
	n, base, digit := new(big.Int).SetBytes(raw[:]), big.NewInt(int64(len(base62))), new(big.Int)
	for i := len(digits) - 1; i >= 0; i-- {
		n.DivMod(n, base, digit)
		digits[i] = base62[digit.Int64()]
	}
	return tokenPrefix + string(digits)
}

// HashToken returns the key a token is stored under: its SHA-256 in lower-case
// hexadecimal. A plain hash is enough for 256 random bits.
func HashToken(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
