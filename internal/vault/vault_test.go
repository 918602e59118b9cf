package vault

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
)

// keyText is a key of 32 times one letter.
func keyText(letter string) string {
	return keyPrefix + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(letter, keyLen)))
}

func vaultOf(t testing.TB, letter string) *Vault {
	t.Helper()
	v, err := FromText(keyText(letter))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSealUnseal(t *testing.T) {
	v := vaultOf(t, "k")
	for _, plain := range []string{"", "secret", "Ünïcode\x00\xff", strings.Repeat("long ", 10000)} {
		sealed := v.Seal(plain)
		if len(sealed) != len(plain)+33 {
			t.Errorf("%d bytes sealed to %d, want 33 more", len(plain), len(sealed))
		}
		if plain != "" && bytes.Contains(sealed, []byte(plain)) {
			t.Error("the secret is in the sealed bytes")
		}
		if got, err := v.Unseal(sealed); err != nil || got != plain {
			t.Errorf("got %.20q, %v; want %.20q", got, err, plain)
		}
	}
	if bytes.Equal(v.Seal("secret"), v.Seal("secret")) {
		t.Error("equal secrets seal to equal bytes")
	}
}

// Data at rest must stay readable: this was sealed by the first version.
func TestUnsealGolden(t *testing.T) {
	const golden = "AfIjop3TEbPyNWhiiNq+XhkG6SS3iE9bRfarD8pQqZrbi0rVasRMJeQuOG8SZQ=="
	sealed, err := base64.StdEncoding.DecodeString(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := vaultOf(t, "k").Unseal(sealed); err != nil || got != "golden secret" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestUnsealEveryBitCounts(t *testing.T) {
	v := vaultOf(t, "k")
	sealed := v.Seal("secret")
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 0x10
		want := ErrCorrupt
		if i >= 1 && i < headerLen {
			want = ErrWrongKey
		}
		if got, err := v.Unseal(bad); got != "" || !errors.Is(err, want) {
			t.Errorf("byte %d changed: got %q, %v; want %v", i, got, err, want)
		}
	}
	for n := range sealed {
		if _, err := v.Unseal(sealed[:n]); !errors.Is(err, ErrCorrupt) {
			t.Errorf("cut to %d bytes: got %v, want ErrCorrupt", n, err)
		}
	}
	if _, err := v.Unseal(append(sealed, 0)); !errors.Is(err, ErrCorrupt) {
		t.Errorf("one byte more: got %v, want ErrCorrupt", err)
	}
}

func TestUnsealWrongKey(t *testing.T) {
	a, b := vaultOf(t, "a"), vaultOf(t, "b")
	_, err := b.Unseal(a.Seal("secret"))
	if !errors.Is(err, ErrWrongKey) {
		t.Fatalf("got %v, want ErrWrongKey", err)
	}
	for _, id := range []string{a.KeyID(), b.KeyID()} {
		if !strings.Contains(err.Error(), id) {
			t.Errorf("%q does not name key %s", err, id)
		}
	}
	// A forged key id must not help either.
	sealed := a.Seal("secret")
	copy(sealed[1:], b.id[:])
	if _, err := b.Unseal(sealed); !errors.Is(err, ErrCorrupt) {
		t.Errorf("forged key id: got %v, want ErrCorrupt", err)
	}
}

func TestFromText(t *testing.T) {
	good := keyText("k")
	for _, text := range []string{good, good + "\n", "  " + good + "\r\n"} {
		if v, err := FromText(text); err != nil || v.KeyID() != vaultOf(t, "k").KeyID() {
			t.Errorf("%q: got %v, %v", text, v, err)
		}
	}
	secret := strings.TrimPrefix(good, keyPrefix)
	for name, text := range map[string]string{
		"empty":     "",
		"no prefix": secret,
		"version":   "itms-key-v2:" + secret,
		"short":     keyPrefix + secret[4:],
		"long":      keyPrefix + "AAAA" + secret,
		"alphabet":  keyPrefix + "!" + secret[1:],
		"two lines": good + "\n" + good,
		"loose end": keyPrefix + secret[:len(secret)-2] + "t=",
	} {
		v, err := FromText(text)
		if v != nil || !errors.Is(err, ErrBadKey) {
			t.Errorf("%s: got %v, %v; want ErrBadKey", name, v, err)
			continue
		}
		if strings.Contains(err.Error(), secret[5:20]) {
			t.Errorf("%s: %q quotes the key", name, err)
		}
	}
}

func TestNewKeyText(t *testing.T) {
	a, b := newKeyText(), newKeyText()
	if a == b || len(a) != 57 || strings.Count(a, "\n") != 1 {
		t.Errorf("got %d characters, equal: %v", len(a), a == b)
	}
	if _, err := FromText(a); err != nil {
		t.Error(err)
	}
}

func TestFingerprint(t *testing.T) {
	a, b := vaultOf(t, "a"), vaultOf(t, "b")
	fp := a.Fingerprint("loid", "123")
	if len(fp) != 22 || fp != vaultOf(t, "a").Fingerprint("loid", "123") {
		t.Errorf("%q is not stable", fp)
	}
	for name, other := range map[string]string{
		"value":   a.Fingerprint("loid", "124"),
		"purpose": a.Fingerprint("token", "123"),
		"key":     b.Fingerprint("loid", "123"),
		"shift":   a.Fingerprint("loid1", "23"),
	} {
		if other == fp {
			t.Errorf("another %s gives the same fingerprint", name)
		}
	}
	mac := hmac.New(sha256.New, subkey(a.keys().master, "fingerprint", "loid"))
	io.WriteString(mac, "123")
	if want := base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16]); fp != want {
		t.Errorf("got %s, want %s", fp, want)
	}
}

func TestDerive(t *testing.T) {
	v := vaultOf(t, "a")
	key := v.Derive("nonce")
	if len(key) != 32 || !bytes.Equal(key, vaultOf(t, "a").Derive("nonce")) {
		t.Errorf("%d bytes, or not stable", len(key))
	}
	seen := map[string]string{string(v.keys().master): "master"}
	for name, k := range map[string][]byte{
		"nonce": key, "node": v.Derive("node"), "empty": v.Derive(""), "slash": v.Derive("nonce/"),
		"seal": subkey(v.keys().master, "seal", ""), "id": subkey(v.keys().master, "id", ""), "fp": subkey(v.keys().master, "fingerprint", "nonce"),
		"other key": vaultOf(t, "b").Derive("nonce"),
	} {
		if twin, dup := seen[string(k)]; dup {
			t.Errorf("%s and %s have the same key", name, twin)
		}
		seen[string(k)] = name
	}
	key[0]++
	if bytes.Equal(key, v.Derive("nonce")) {
		t.Error("callers share the bytes of a derived key")
	}
}

// However a Vault is printed, by itself or inside something, only its id shows.
func TestNeverPrinted(t *testing.T) {
	v := vaultOf(t, "S")
	type holder struct {
		V Vault
		v Vault
		p *Vault
	}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%o", "%T"} {
		fmt.Fprintf(&out, verb+"\n", v)
		fmt.Fprintf(&out, verb+"\n", *v)
		fmt.Fprintf(&out, verb+"\n", holder{*v, *v, v})
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "vault", v, "held", holder{*v, *v, v})
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "vault", v, "held", holder{*v, *v, v})
	//lint:ignore SA9005 that nothing is marshalled is what the test is about
	if err := json.NewEncoder(&out).Encode(v); err != nil {
		t.Fatal(err)
	}
	got := out.String()
	for _, leak := range []string{"SSSS", "83 83", "5353", "123 123", "0x53", "U1NT", "UlNT"} {
		if strings.Contains(got, leak) {
			t.Errorf("%q in\n%s", leak, got)
		}
	}
	if v.String() != "vault(key "+v.KeyID()+")" || v.GoString() != v.String() || len(v.KeyID()) != 8 {
		t.Errorf("got %s, %#v", v, v)
	}
}

func FuzzUnseal(f *testing.F) {
	v := vaultOf(f, "k")
	f.Add(v.Seal("secret"))
	f.Add([]byte{version1})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		plain, err := v.Unseal(sealed)
		if err != nil && (plain != "" || !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrWrongKey)) {
			t.Fatalf("got %q, %v", plain, err)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	v := vaultOf(b, "k")
	b.ReportAllocs()
	for b.Loop() {
		v.Seal("a password of usual length")
	}
}

func BenchmarkFingerprint(b *testing.B) {
	v := vaultOf(b, "k")
	b.ReportAllocs()
	for b.Loop() {
		v.Fingerprint("loid", "0123456789")
	}
}
