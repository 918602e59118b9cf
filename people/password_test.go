package people

import (
	"encoding/hex"
	"errors"
	"regexp"
	"strings"
	"testing"

	"itms"
)

// asError is errors.As.
func asError(err error, e **itms.Error) bool { return errors.As(err, e) }

func TestHashes(t *testing.T) {
	stored := cheap.hash(password)
	if stored == cheap.hash(password) {
		t.Error("two hashes of one password are the same")
	}
	right, stale, err := cheap.verify(password, stored)
	if !right || stale || err != nil {
		t.Errorf("%v %v %v", right, stale, err)
	}
	if right, _, _ = cheap.verify(another, stored); right {
		t.Error("a wrong password passes")
	}
}

// TestReferenceHash: what another program made is understood. The hash is one of the tests
// of the reference implementation (phc-winner-argon2, test.c).
func TestReferenceHash(t *testing.T) {
	const of = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	right, stale, err := DefaultCost.verify("password", of)
	if !right || !stale || err != nil {
		t.Errorf("%v %v %v", right, stale, err)
	}
	_, salt, key, err := decode(of)
	if string(salt) != "somesalt" || hex.EncodeToString(key[:4]) != "09316115" || err != nil {
		t.Errorf("%q %x %v", salt, key, err)
	}
}

func TestWrongHashesAreRefused(t *testing.T) {
	good := cheap.hash(password)
	for _, wrong := range []string{"", "x", "$", strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "t=1", "t=0", 1), strings.Replace(good, "p=1", "p=0", 1), strings.Replace(good, "m=8", "m=99999999", 1),
		strings.Replace(good, "m=8", "x=8", 1), good + "!", good[:len(good)-4], good + "$"} {
		if _, _, err := cheap.verify(password, wrong); err == nil {
			t.Errorf("%q was taken", wrong)
		}
	}
}

func TestOneTimePasswords(t *testing.T) {
	form := regexp.MustCompile(`^[a-hj-km-np-z2-9]{4}(-[a-hj-km-np-z2-9]{4}){3}$`)
	seen := map[string]bool{}
	for range 200 {
		p := newOneTime()
		if !form.MatchString(p) || seen[p] || checkPassword("/p", "x", p) != nil && !strings.Contains(p, "x") {
			t.Fatalf("one-time password %q", p)
		}
		seen[p] = true
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(cheap.hash(password))
	f.Fuzz(func(t *testing.T, stored string) {
		if c, salt, key, err := decode(stored); err == nil {
			if again, _, _, err := decode(c.encode(salt, key)); err != nil || again != c {
				t.Errorf("%q: %+v and then %+v (%v)", stored, c, again, err)
			}
		}
	})
}

func FuzzReadBrowser(f *testing.F) {
	s := New(Options{Cost: cheap, Key: []byte("synthetic")})
	const head = "0001.zzzzzz" // the same in each process that fuzzes
	good := head + "." + s.signBrowser("li.wei", head)
	f.Add(good)
	f.Fuzz(func(t *testing.T, text string) {
		if s.readBrowser("li.wei", text) != "" && text != good {
			t.Errorf("%q is known", text)
		}
	})
}
