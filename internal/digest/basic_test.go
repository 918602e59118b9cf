package digest

import (
	"strings"
	"testing"
)

func TestOffersBasic(t *testing.T) {
	for header, want := range map[string]bool{
		`Basic realm="x"`: true, `BASIC`: true, `Digest realm="Basic", nonce="n", Basic realm="x"`: true, `Negotiate, Basic realm=x`: true,
		`Digest realm="Basic", nonce="n"`: false, `Digest realm=Basic, nonce=n`: false, ``: false, `Basically`: false,
		`Basic` + strings.Repeat(" ", maxHeader): false,
	} {
		if got := OffersBasic([]string{"", header}); got != want {
			t.Errorf("%.60s: %v", header, got)
		}
	}
	if OffersBasic(nil) {
		t.Error("offered by nobody")
	}
}

// The example of RFC 7617 §2.
func TestBasic(t *testing.T) {
	if got := Basic("Aladdin", "open sesame"); got != "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" {
		t.Error(got)
	}
}
