package configfile

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

// golden is a file of an independent encoder.
type golden struct{ Name, Text, Secret, Hex string }

// goldens reads them.
func goldens(t testing.TB) []golden {
	t.Helper()
	data, err := os.ReadFile("testdata/cm.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []golden
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 54 {
		t.Fatalf("%d files", len(all))
	}
	return all
}

// octets decodes hexadecimal digits.
func octets(t testing.TB, digits string) []byte {
	t.Helper()
	b, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestGoldenFiles(t *testing.T) {
	for _, g := range goldens(t) {
		want := octets(t, g.Hex)
		body, err := AppendEncode(nil, []byte(g.Text), nil)
		if err != nil {
			t.Errorf("%s: %v", g.Name, err)
			continue
		}
		signer := NewSigner([]byte(g.Secret))
		got, err := signer.Sign(nil, body, SignOptions{})
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v\n got %x\nwant %x", g.Name, err, got, want)
			continue
		}
		f, err := Parse(want)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(f.Body, body) {
			t.Errorf("%s: other settings", g.Name)
		}
		text := f.Text()
		body, err = AppendEncode(nil, []byte(text), nil)
		if err != nil || !bytes.Equal(body, f.Body) {
			t.Errorf("%s: %v: the text gives other settings\n%s", g.Name, err, text)
		}
		v, err := Verify(want, []byte("other"), []byte(g.Secret))
		if err != nil || v.CM != MICHolds || v.CMTS != MICHolds || v.Secret != 1 || v.Extended != MICMissing {
			t.Errorf("%s: %+v, %v", g.Name, v, err)
		}
		want[len(want)/3] ^= 1
		if v, err := Verify(want, []byte(g.Secret)); err == nil && v.CM == MICHolds {
			t.Errorf("%s: a changed file holds: %+v", g.Name, v)
		}
	}
}
