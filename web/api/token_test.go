package api

import (
	"regexp"
	"testing"
)

func TestTokenTextIsOneLongWord(t *testing.T) {
	form := regexp.MustCompile(`^itms_[0-9A-Za-z]{43}$`)
	seen := map[string]bool{}
	for range 200 {
		text := NewTokenText()
		if !form.MatchString(text) {
			t.Fatalf("token %q", text)
		}
		if seen[text] {
			t.Fatal("the same token twice")
		}
		seen[text] = true
	}
}

func TestHashTokenIsSHA256InHex(t *testing.T) {
	// FIPS 180-2, the digest of "abc".
	if got := HashToken("abc"); got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Error(got)
	}
}
