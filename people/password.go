package people

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"itms"
)

// Cost is how much work a password costs, Argon2id's parameters (RFC 9106 §3.1). They are
// stored with each hash: a hash of another cost stays good, and is made anew when its
// owner signs in.
type Cost struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8  // lanes
}

// DefaultCost is the second recommended choice of RFC 9106 §4, for where 2 GiB a sign-in
// are too much.
var DefaultCost = Cost{Memory: 64 << 10, Time: 3, Threads: 4}

// most bounds what is read from a stored hash: what is above was not written here.
var most = Cost{Memory: 1 << 20, Time: 64, Threads: 64}

// Sizes of salt and hash in bytes (RFC 9106 §3.1 recommends 16, §4 uses 32).
const (
	saltSize = 16
	hashSize = 32
)

// Limits of passwords. NIST SP 800-63B §3.1.1.2 asks for length and against rules of
// composition; the upper one keeps a body small.
const (
	minPassword = 12  // characters
	maxPassword = 256 // bytes
	tellingName = 4   // bytes; a shorter name is part of many words
)

// hash returns the stored form of a password, in the form of the reference program:
// $argon2id$v=19$m=65536,t=3,p=4$SALT$HASH.
func (c Cost) hash(password string) string {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	return c.encode(salt, c.key(password, salt))
}

// key is what a password becomes.
func (c Cost) key(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, c.Time, c.Memory, c.Threads, hashSize)
}

// encode writes a hash with what it was made of.
func (c Cost) encode(salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$"+costForm+"$%s$%s", argon2.Version, c.Memory, c.Time, c.Threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// decode reads what encode wrote.
func decode(stored string) (c Cost, salt, key []byte, err error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return Cost{}, nil, nil, errHash
	}
	if _, err := fmt.Sscanf(parts[3], costForm, &c.Memory, &c.Time, &c.Threads); err != nil || fmt.Sprintf(costForm, c.Memory, c.Time, c.Threads) != parts[3] {
		return Cost{}, nil, nil, errHash
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	key, keyErr := base64.RawStdEncoding.DecodeString(parts[5])
	wild := c.Time == 0 || c.Threads == 0 || c.Memory > most.Memory || c.Time > most.Time || c.Threads > most.Threads
	if saltErr != nil || keyErr != nil || wild || len(salt) == 0 || len(key) != hashSize {
		return Cost{}, nil, nil, errHash
	}
	return c, salt, key, nil
}

// costForm is how a cost is written.
const costForm = "m=%d,t=%d,p=%d"

// errHash is a stored hash that nobody can have written.
var errHash = itms.Errorf(itms.KindInternal, itms.CodeInternal, "the stored hash of a password cannot be read")

// verify reports whether a password is that of a stored hash, and whether the hash should
// be made anew.
func (c Cost) verify(password, stored string) (right, stale bool, err error) {
	was, salt, key, err := decode(stored)
	if err != nil {
		return false, false, err
	}
	right = subtle.ConstantTimeCompare(was.key(password, salt), key) == 1
	return right, was != c, nil
}

// checkPassword reports why a password is too weak for somebody of that name.
func checkPassword(pointer, name, password string) error {
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return itms.Invalid(pointer, "is shorter than %d characters", minPassword)
	case len(password) > maxPassword:
		return itms.Invalid(pointer, "is longer than %d bytes", maxPassword)
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return itms.Invalid(pointer, "has a control character, or is not UTF-8")
	case len(name) >= tellingName && strings.Contains(strings.ToLower(password), name):
		return itms.Invalid(pointer, "contains the name")
	case strings.Count(password, firstRune(password)) == utf8.RuneCountInString(password):
		return itms.Invalid(pointer, "is one character again and again")
	}
	return nil
}

// firstRune is the first character of a text.
func firstRune(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
}

// oneTimeAlphabet has no two characters that look alike.
const oneTimeAlphabet = "abcdefghjkmnpqrstuvwxyz23456789"

// Groups of a one-time password: 16 characters of 31 are 79 bits.
const (
	oneTimeGroups = 4
	oneTimeGroup  = 4
)

// newOneTime makes a password that must be changed at once, in groups to be read out.
func newOneTime() string {
	var b strings.Builder
	for i := range oneTimeGroups * oneTimeGroup {
		if i > 0 && i%oneTimeGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(oneTimeAlphabet[randomBelow(len(oneTimeAlphabet))])
	}
	return b.String()
}

// randomBelow is a random number from 0 to n-1, each as likely; n is at most 256.
func randomBelow(n int) int {
	var b [1]byte
	for {
		_, _ = rand.Read(b[:]) // never fails (crypto/rand)
		if int(b[0]) < 256-256%n {
			return int(b[0]) % n
		}
	}
}
