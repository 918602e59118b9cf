package acs

import (
	"net/http"
	"strings"
	"testing"
)

const hex32 = "00112233445566778899aabbccddeeff"

func TestReadCookie(t *testing.T) {
	want := "n1." + hex32
	for name, lines := range map[string][]string{
		"plain":                      {"itms=" + want},
		"quoted":                     {`itms="` + want + `"`},
		"upper case name and digits": {"ITMS=n1." + strings.ToUpper(hex32)},
		"attributes echoed":          {"itms=" + want + "; Path=/; HttpOnly"},
		"Path first":                 {"Path=/; itms=" + want},
		"$Version form":              {`$Version="1"; itms="` + want + `"; $Path="/"`},
		"separated by a comma":       {"other=1,itms=" + want + ",x=y"},
		"spaces":                     {"  itms = " + want + " "},
		"a line of its own":          {"other=1", "itms=" + want},
		"old one first":              {"itms=n0." + strings.Repeat("0", 32) + "; itms=" + want},
		"broken one last":            {"itms=" + want + "; itms=; itms"},
	} {
		t.Run(name, func(t *testing.T) {
			c, ok := readCookie(http.Header{"Cookie": lines})
			if !ok || c.String() != want {
				t.Errorf("got %v %v", c, ok)
			}
		})
	}
}

func TestReadCookieRefuses(t *testing.T) {
	for _, line := range []string{"", "itms", "itms=", "itms=n1", "itms=" + hex32, "itms=." + hex32, "itms=n1." + hex32 + "0",
		"itms=n1." + hex32[:31] + "g", "itms=n1." + hex32[:31], "other=n1." + hex32, "itms=n 1." + hex32, ";;;,,=;",
		"itms=" + strings.Repeat("n", 65) + "." + hex32, "itms=n1." + hex32 + ";" + strings.Repeat("x", maxCookieText)} {
		if c, ok := readCookie(http.Header{"Cookie": {line}}); ok {
			t.Errorf("%q gave %v", line, c)
		}
	}
}

func TestCookieRoundTrip(t *testing.T) {
	c := cookie{"node-7_b", newToken()}
	set := c.setCookie()
	if !strings.HasSuffix(set, "; Path=/; HttpOnly") {
		t.Error(set)
	}
	back, ok := readCookie(http.Header{"Cookie": {set}})
	if !ok || back != c {
		t.Errorf("got %v from %s", back, set)
	}
	if one, other := newToken(), newToken(); one == other {
		t.Error("tokens repeat")
	}
}

func FuzzReadCookie(f *testing.F) {
	f.Add("itms=n1." + hex32 + "; Path=/")
	f.Add(`$Version=1,itms="a.b"`)
	f.Fuzz(func(t *testing.T, line string) {
		c, ok := readCookie(http.Header{"Cookie": {line}})
		if !ok {
			return
		}
		if back, ok := readCookie(http.Header{"Cookie": {c.setCookie()}}); !ok || back != c {
			t.Errorf("%q gave %v, then %v", line, c, back)
		}
	})
}

func BenchmarkReadCookie(b *testing.B) {
	h := http.Header{"Cookie": {"itms=n1." + hex32}}
	b.ReportAllocs()
	for b.Loop() {
		readCookie(h)
	}
}
