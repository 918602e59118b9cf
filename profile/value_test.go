package profile

import (
	"math/big"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"itms"
)

// bounds are those of the number types in TR-106 Amd 7 §3.1, written out.
var bounds = map[string][2]string{
	itms.TypeInt:          {"-2147483648", "2147483647"},
	itms.TypeUnsignedInt:  {"0", "4294967295"},
	itms.TypeLong:         {"-9223372036854775808", "9223372036854775807"},
	itms.TypeUnsignedLong: {"0", "18446744073709551615"},
}

// TestNumberBounds takes the bounds themselves and refuses one beyond.
func TestNumberBounds(t *testing.T) {
	for typ, b := range bounds {
		low, _ := new(big.Int).SetString(b[0], 10)
		high, _ := new(big.Int).SetString(b[1], 10)
		one := big.NewInt(1)
		for _, c := range []struct {
			v  *big.Int
			ok bool
		}{
			{low, true}, {high, true}, {new(big.Int).Sub(low, one), false}, {new(big.Int).Add(high, one), false},
		} {
			if _, err := convert(typ, c.v.String()); (err == nil) != c.ok {
				t.Errorf("%s %s: got %v, expected ok %v", typ, c.v, err, c.ok)
			}
		}
	}
}

// TestNumbersAgainstBig compares with arithmetic that has no bounds.
func TestNumbersAgainstBig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := rapid.SampledFrom([]string{itms.TypeInt, itms.TypeUnsignedInt, itms.TypeLong, itms.TypeUnsignedLong}).Draw(t, "type")
		v := rapid.Int().Draw(t, "value")
		low, _ := new(big.Int).SetString(bounds[typ][0], 10)
		high, _ := new(big.Int).SetString(bounds[typ][1], 10)
		want := big.NewInt(int64(v)).Cmp(low) >= 0 && big.NewInt(int64(v)).Cmp(high) <= 0
		s, err := convert(typ, v)
		if (err == nil) != want {
			t.Fatalf("%s %d: got %v, expected ok %v", typ, v, err, want)
		}
		if err == nil && s != big.NewInt(int64(v)).String() {
			t.Fatalf("%s %d became %q", typ, v, s)
		}
	})
}

// TestNumberTexts refuses what only looks like a number.
func TestNumberTexts(t *testing.T) {
	for _, s := range []string{" 1", "1 ", "0x1", "1.0", "1e3", "1_000", "one", "--1", "٣"} {
		for typ := range bounds {
			if _, err := convert(typ, s); err == nil {
				t.Errorf("%s takes %q", typ, s)
			}
		}
	}
}

// TestConvertNeverQuotes keeps values, which may be secret, out of errors.
func TestConvertNeverQuotes(t *testing.T) {
	const secret = "hunter2\x01"
	for typ := range valueTypes {
		for _, v := range []string{secret, strings.TrimSuffix(secret, "\x01")} {
			if _, err := convert(typ, v); err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %v", typ, err)
			}
		}
	}
}

// TestCheckText lets text in any script pass and nothing that XML 1.0 §2.2
// forbids.
func TestCheckText(t *testing.T) {
	for _, s := range []string{"", "a b", "<&>\"'", "机顶盒", "é", "😀", strings.Repeat("a", maxValue)} {
		if err := checkText(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		if checkText(s) != nil {
			return
		}
		for _, c := range s {
			if c < 0x20 || c == 0x7F || c == 0xFFFE || c == 0xFFFF || !utf8.ValidRune(c) {
				t.Fatalf("%q passed with U+%04X", s, c)
			}
		}
	})
}

// TestTextOf writes other results as nothing; the loader lets none such through.
func TestTextOf(t *testing.T) {
	for _, v := range []any{nil, 1.5, []string{"a"}, struct{}{}} {
		if got := textOf(v); got != "" {
			t.Errorf("%v became %q", v, got)
		}
	}
}

// TestTypeNames lists every type once, in order.
func TestTypeNames(t *testing.T) {
	const want = "base64, boolean, dateTime, hexBinary, int, long, string, unsignedInt, unsignedLong"
	if got := typeNames(); got != want {
		t.Errorf("got %s", got)
	}
	for typ, v := range valueTypes {
		if len(v.kinds) == 0 || v.check == nil {
			t.Errorf("%s is incomplete", typ)
		}
	}
}
