package itms

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// crockford is the alphabet of time-ordered identifiers; it sorts bytewise.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// NewID returns a 26-character identifier: 48 bits of Unix milliseconds, then 80
// random bits. Identifiers made later sort later (bytewise, to the millisecond).
func NewID(at time.Time) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(at.UnixMilli())<<16)
	if _, err := rand.Read(b[6:]); err != nil {
		panic("itms: no randomness: " + err.Error()) // crypto/rand never fails on supported systems
	}
	return crockford.EncodeToString(b[:])
}

// FirstID is below every identifier that NewID makes at that time or later, and above
// those of earlier milliseconds. Times before 1970 have none.
func FirstID(at time.Time) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(at.UnixMilli())<<16)
	return crockford.EncodeToString(b[:])
}

// Timestamp brings t to the precision every store keeps: UTC, microseconds.
func Timestamp(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// MaxKey is the longest stored key in bytes; bbolt would take 32 KiB, PostgreSQL's
// b-tree about 2.7 KiB per entry, and no real identifier comes near either.
const MaxKey = 512

// CheckKey reports why s cannot be a stored key: keys are valid UTF-8, without
// control characters, not empty and at most MaxKey bytes.
func CheckKey(pointer, s string) error {
	switch {
	case s == "":
		return Invalid(pointer, "is empty")
	case len(s) > MaxKey:
		return Invalid(pointer, "is longer than %d bytes", MaxKey)
	case !utf8.ValidString(s):
		return Invalid(pointer, "is not valid UTF-8")
	case strings.ContainsFunc(s, unicode.IsControl):
		return Invalid(pointer, "contains a control character")
	}
	return nil
}
