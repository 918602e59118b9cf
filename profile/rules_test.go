package profile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"itms"
)

// someRules has each key at least once.
const someRules = `# rules of a province
rules:
  - {model: "EX-9?", area: "5101*", allow: false, reason: not for the city}
  - vendor: "example*"
    model: "ex-*"
    hardware: "H1*"
    below: "2.10.0"
    allow: false
    reason: needs 2.10
    firmware: {version: "V2.10.1", url: "https://files.example.com/ex.bin", size: 1234, username: u, password: s3cret}
  - {vendor: Example, model: OLD, allow: false}
  - {model: "EX-1", firmware: {version: "3.0", url: "http://files.example.com/ex1.bin"}}
  - {vendor: Foreign, allow: false, reason: unknown maker}
`

// parseRules compiles rules or fails the test.
func parseRules(t testing.TB, text string) *Rules {
	t.Helper()
	r, err := ParseRules("rules.yaml", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestJudge takes the first rule that fits.
func TestJudge(t *testing.T) {
	rules := parseRules(t, someRules)
	for _, c := range []struct {
		device itms.Device
		area   string
		want   string
	}{
		{itms.Device{Model: "EX-91"}, "510122", `false "not for the city" `},
		{itms.Device{Model: "ex-91"}, "510122", `false "not for the city" `},
		{itms.Device{ID: itms.DeviceID{ProductClass: "EX-91"}}, "5101", `false "not for the city" `},
		{itms.Device{Model: "X", ID: itms.DeviceID{ProductClass: "EX-91"}}, "5101", `true "" `},
		{itms.Device{Model: "EX-91"}, "5201", `true "" `},
		{itms.Device{Model: "EX-911"}, "5101", `true "" `},
		{itms.Device{Model: "EX-9"}, "5101", `true "" `},
		{itms.Device{Manufacturer: "EXAMPLE Corp", Model: "EX-2", Hardware: "h1.0", Software: "V2.9.9"}, "", `false "needs 2.10" V2.10.1`},
		{itms.Device{Manufacturer: "Example", Model: "EX-2", Hardware: "H1", Software: "2.10"}, "", `true "" `},
		{itms.Device{Manufacturer: "Example", Model: "EX-2", Hardware: "H1", Software: "V2.10.1"}, "", `true "" `},
		{itms.Device{Manufacturer: "Example", Model: "EX-2", Hardware: "H1"}, "", `true "" `},
		{itms.Device{Manufacturer: "Example", Model: "EX-2", Hardware: "H1", Software: "beta"}, "", `true "" `},
		{itms.Device{Manufacturer: "Example", Model: "EX-2", Hardware: "H2", Software: "1.0"}, "", `true "" `},
		{itms.Device{Manufacturer: "Example", Model: "EX-1", Hardware: "H1", Software: "1.0"}, "", `false "needs 2.10" V2.10.1`},
		{itms.Device{Manufacturer: "Example", Model: "EX-1", Hardware: "H1", Software: "V2.10.1"}, "", `true "" 3.0`},
		{itms.Device{Manufacturer: "Example", Model: "EX-1", Software: "3.0"}, "", `true "" `},
		{itms.Device{Manufacturer: "example", Model: "old"}, "", `false "forbidden by the rule at rules.yaml:11:5" `},
		{itms.Device{Manufacturer: "Foreign"}, "", `false "unknown maker" `},
		{itms.Device{}, "", `true "" `},
	} {
		v := rules.Judge(&c.device, c.area, nil)
		version := ""
		if v.Firmware != nil {
			version = v.Firmware.Version
		}
		if got := fmt.Sprintf("%v %q %s", v.Allowed, v.Reason, version); got != c.want {
			t.Errorf("%+v in %q: got %s, expected %s", c.device, c.area, got, c.want)
		}
	}
}

// TestJudgeFirmware carries the image over, its password hidden, and gives no way to
// change the rules.
func TestJudgeFirmware(t *testing.T) {
	rules := parseRules(t, someRules)
	d := &itms.Device{Manufacturer: "Example", Model: "EX-2", Hardware: "H1", Software: "1"}
	v := rules.Judge(d, "", nil)
	want := Firmware{"V2.10.1", "https://files.example.com/ex.bin", "u", itms.NewSecret("s3cret"), 1234, "", ""}
	if v.Firmware == nil || *v.Firmware != want {
		t.Fatalf("got %+v", v)
	}
	if text := fmt.Sprintf("%+v %#v", *v.Firmware, *v.Firmware); strings.Contains(text, "s3cret") {
		t.Errorf("password shown: %s", text)
	}
	v.Firmware.URL = "http://elsewhere.example.com/"
	if rules.Judge(d, "", nil).Firmware.URL != want.URL {
		t.Error("a caller changed the rules")
	}
}

// TestJudgeSteps goes from version to version, and never in a circle.
func TestJudgeSteps(t *testing.T) {
	image := func(keys, version string) string {
		return "  - {" + keys + "firmware: {version: '" + version + "', url: 'http://example.com/a'}}\n"
	}
	for _, c := range []struct{ rules, want string }{
		{image("below: 2, ", "2.0") + image("below: 3, ", "3.0"), "1.0 2.0 3.0"},
		{image("", "A") + image("", "B"), "1.0 A"},
		{image("below: 2, ", "2.0") + image("", "1.5"), "1.0 2.0"},
		{image("allow: false, reason: a, ", "A") + "  - {allow: false, reason: b}\n", "1.0 A"},
	} {
		r, d, way := parseRules(t, "rules:\n"+c.rules), &itms.Device{Software: "1.0"}, "1.0"
		for v := r.Judge(d, "", nil); v.Firmware != nil && len(way) < 40; v = r.Judge(d, "", nil) {
			d.Software = v.Firmware.Version
			way += " " + d.Software
		}
		if way != c.want {
			t.Errorf("%s\nwent %s, expected %s", c.rules, way, c.want)
		}
	}
}

// TestNoRules allow everything.
func TestNoRules(t *testing.T) {
	for name, rules := range map[string]*Rules{"nil": nil, "zero": {}, "empty": parseRules(t, "rules: []\n")} {
		if v := rules.Judge(nil, "510100", nil); !v.Allowed || v.Reason != "" || v.Firmware != nil {
			t.Errorf("%s: got %+v", name, v)
		}
	}
	if v := parseRules(t, "rules: {allow: false}\n").Judge(nil, "", nil); v.Allowed {
		t.Error("a rule without patterns fits every device")
	}
}

// TestLoadRules reads a file; a missing one has no rules.
func TestLoadRules(t *testing.T) {
	dir := write(t, map[string]string{"good.yaml": someRules, "bad.yaml": "rules: [{modell: a}]\n", "empty.yaml": ""})
	for _, path := range []string{"", filepath.Join(dir, "none.yaml")} {
		if r, err := LoadRules(path); err != nil || !r.Judge(nil, "", nil).Allowed {
			t.Errorf("%q: %v", path, err)
		}
	}
	r, err := LoadRules(filepath.Join(dir, "good.yaml"))
	if err != nil || r.Judge(&itms.Device{Manufacturer: "Foreign"}, "", nil).Allowed {
		t.Errorf("got %v", err)
	}
	if _, err = LoadRules(filepath.Join(dir, "bad.yaml")); !itms.IsKind(err, itms.KindInvalid) || !strings.Contains(err.Error(), "bad.yaml:1:10: rule: unknown key") {
		t.Errorf("got %v", err)
	}
	if _, err = LoadRules(filepath.Join(dir, "empty.yaml")); err == nil || !strings.Contains(err.Error(), "is empty: expected a mapping with the key rules") {
		t.Errorf("got %v: a file that was cut off must not allow everything", err)
	}
	if _, err = LoadRules(filepath.Join(dir, "good.yaml", "x")); !itms.IsKind(err, itms.KindUnavailable) || errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v: expected unavailable", err)
	}
}

// TestRuleErrors names place and expectation of each slip, and no secret.
func TestRuleErrors(t *testing.T) {
	image := func(keys string) string { return "rules: [{firmware: {" + keys + "}}]\n" }
	const url = `version: "2", url: "http://example.com/a", `
	for doc, want := range map[string]string{
		"":                               "r.yaml: is empty",
		"- a\n":                          "r.yaml:1:1: model rules: expected a mapping with keys rules",
		"rule: []\n":                     `r.yaml:1:1: model rules: unknown key "rule": expected one of rules`,
		"{}\n":                           `model rules: key "rules" is missing; an empty list stands for none`,
		"rules: 7\n":                     "r.yaml:1:8: rule: expected a mapping with keys area, vendor",
		"rules: []\n---\nrules: []\n":    "r.yaml: holds more than one YAML document",
		"rules: [{area: ''}]\n":          "r.yaml:1:16: area: expected a pattern such as EX-*",
		"rules: [{vendor: [a]}]\n":       "r.yaml:1:18: vendor: expected a text",
		"rules: [{below: newest}]\n":     "r.yaml:1:17: below: expected a version with a number in it",
		"rules: [{below: }]\n":           "below: expected a version",
		"rules: [{allow: maybe}]\n":      "r.yaml:1:17: allow: expected true or false",
		"rules: [{reason: \"a\\tb\"}]\n": "r.yaml:1:18: reason: expected a text of at most 256 bytes without control characters",
		"rules: [{model: " + strings.Repeat("a", 257) + "}]\n": "model: expected a text of at most 256 bytes",
		"rules: [" + strings.Repeat("{}, ", 600) + "]\n":       "r.yaml:1:8: list of more than 512 entries",
		"rules: [{firmware: 2.4}]\n":                           "r.yaml:1:20: firmware: expected a mapping with keys version, url",
		image(`version: "2"`):                                  "r.yaml:1:20: firmware: expected the key file, or the keys version and url",
		image(`url: "http://example.com/a"`):                   "firmware: expected the key file, or the keys version and url",
		image(url + "md5: a"):                                  `firmware: unknown key "md5"`,
		image(url + "size: -1"):                                "size: expected a whole number from 0 to 2147483647",
		image(url + "password: s3cret"):                        "password: expected username beside it",
		image(url + "username: u, password: [s3cret]"):         "password: expected a text",
		image(url + `username: u, password: "s3cret\n"`):       "password: expected a text of at most",
		image(`version: "2", url: ftp://example.com/a`):        "r.yaml:1:40: url: expected http://HOST/FILE or https://HOST/FILE",
		image(`version: "2", url: "http:///a"`):                "url: expected http",
		image(`version: "2", url: "http://:80/a"`):             "url: expected http",
		image(`version: "2", url: "http://u:s3cret@h/a"`):      "url: expected http",
		image(`version: "2", url: "http://s3cret%zz@h/a"`):     "url: expected http",
	} {
		r, err := ParseRules("r.yaml", strings.NewReader(doc))
		var problems Problems
		if r != nil || !errors.As(err, &problems) || !itms.IsKind(err, itms.KindInvalid) || !strings.Contains(problems.Error(), want) {
			t.Errorf("%s\ngot  %v\nwant %s", doc, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("secret shown: %v", err)
		}
	}
	if _, err := ParseRules("r.yaml", strings.NewReader("a")); err == nil || !strings.HasPrefix(err.Error(), "wrong model rules: ") {
		t.Errorf("got %v", err)
	}
}

// TestVersions orders by numbers.
func TestVersions(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"2.10", "2.9", 1}, {"2.4", "2.4.0", 0}, {"V2.4", "2.4", 0}, {"2.04", "2.4", 0}, {"2.4.0-B12", "2.4.0", 1}, {"", "0", 0},
		{"R1C01", "R1C02", -1}, {"2.4", "2.4.0.0.1", -1}, {"20260101120000123456789", "20260101120000123456788", 1}, {"10", "9", 1},
		{"2٣", "2", 0}, // digits of ASCII only
	} {
		if got := compareVersions(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: got %d, expected %d", c.a, c.b, got, c.want)
		}
	}
}

// drawVersion makes versions that are often close to each other.
func drawVersion(t *rapid.T, label string) string {
	return rapid.OneOf(rapid.StringMatching(`[VR]?0{0,2}[0-9]{1,2}([.-][0-2]{1,3}){0,3}`), rapid.String()).Draw(t, label)
}

// TestVersionsOrder: the comparison is an order, numbers decide it from left to right,
// and what stands between them does not matter.
func TestVersionsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawVersion(t, "a"), drawVersion(t, "b"), drawVersion(t, "c")
		if compareVersions(a, a) != 0 || compareVersions(a, b) != -compareVersions(b, a) {
			t.Fatalf("%q and %q: not the same both ways", a, b)
		}
		if compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0 && compareVersions(a, c) > 0 {
			t.Fatalf("%q, %q, %q: no order", a, b, c)
		}
		if bare := strings.Join(versionNumbers(a), " 0"); compareVersions(a, "x0"+bare+".0") != 0 && len(versionNumbers(a)) > 0 {
			t.Fatalf("%q is not the same as %q", a, "x0"+bare+".0")
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		same, x, y := drawVersion(t, "same"), rapid.Uint32().Draw(t, "x"), rapid.Uint32().Draw(t, "y")
		got := compareVersions(fmt.Sprint(same, ".", x, ".7"), fmt.Sprint(same, "-", y, "_3"))
		if x < y && got >= 0 || x >= y && got <= 0 {
			t.Fatalf("%q: %d to %d is %d", same, x, y, got)
		}
	})
}

// TestGlob: patterns fit what the same regular expression fits.
func TestGlob(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern, text := rapid.StringMatching(`[ab*?é.]{1,8}`).Draw(t, "pattern"), rapid.StringMatching(`[abé.*]{0,12}`).Draw(t, "text")
		slow := regexp.QuoteMeta(pattern)
		slow = strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(slow)
		if want := regexp.MustCompile("^(?s:" + slow + ")$").MatchString(text); glob(pattern).fits(text) != want {
			t.Fatalf("%q in %q: expected %v", pattern, text, want)
		}
	})
	if !glob(nil).fits("") || !glob(nil).fits("a") || glob("").fits("a") {
		t.Error("no pattern fits everything, an empty one the empty text")
	}
}

// FuzzRules must never panic, and what it accepts must judge any device, give a
// reason and come to an end once the device runs the firmware.
func FuzzRules(f *testing.F) {
	f.Add(someRules, "Example", "EX-1", "1.0", "5101")
	f.Add("rules: [{below: 2, firmware: {version: a, url: http://h/}}]", "", "", "1", "")
	f.Add("rules: [{firmware: {version: a, url: http://h/}}, {firmware: {version: b, url: http://h/}}]", "", "", "c", "")
	f.Add("rules: [{firmware: {file: a}}, {below: 2, firmware: {file: none}}]", "", "", "1", "")
	f.Add("rules: {area: '*a*a*a*', vendor: '?', allow: false}\n", "a", "", "", "aaaaaaaaaaaab")
	f.Fuzz(func(t *testing.T, text, vendor, model, software, area string) {
		r, err := ParseRules("fuzz.yaml", strings.NewReader(text))
		if err != nil {
			var problems Problems
			if !errors.As(err, &problems) || len(problems) == 0 || r != nil {
				t.Fatalf("%v is no Problems", err)
			}
			return
		}
		d := &itms.Device{Manufacturer: vendor, Model: model, Software: software}
		find := func(_ *itms.Device, name string) (*itms.File, string) {
			if name == "none" {
				return nil, "none"
			}
			return &itms.File{ID: "F", Version: name}, ""
		}
		for step := 0; ; step++ {
			v := r.Judge(d, area, find)
			if step > len(r.rules) {
				t.Fatalf("no end: %+v", v)
			}
			if !v.Allowed && v.Reason == "" {
				t.Fatal("no reason")
			}
			if v.Firmware == nil || v.Firmware.Problem != "" {
				return
			}
			if v.Firmware.Version == "" || v.Firmware.File == "" && !isImageURL(v.Firmware.URL) || v.Firmware.Version == d.Software {
				t.Fatalf("wrong firmware %+v", *v.Firmware)
			}
			d.Software = v.Firmware.Version
		}
	})
}

// TestJudgeFile asks for the files that rules name, and takes their version for its own.
func TestJudgeFile(t *testing.T) {
	rules := parseRules(t, `rules:
  - {model: EX-1, firmware: {file: ex-1.bin}}
  - {model: EX-2, below: "2.0", firmware: {file: gone.bin}}
  - {model: "EX-*", below: "3.0", firmware: {version: "3.0", url: http://files.example.com/ex.bin}}
`)
	find := func(d *itms.Device, name string) (*itms.File, string) {
		if name != "ex-1.bin" {
			return nil, "no " + name + " for " + d.Model
		}
		return &itms.File{ID: "F1", Name: name, Version: "2.0"}, ""
	}
	for _, c := range []struct {
		model, software string
		find            FileFinder
		want            *Firmware
	}{
		{"EX-1", "1.0", find, &Firmware{File: "F1", Version: "2.0"}},
		{"EX-1", "2.0", find, nil}, // it leads to 3.0, and that back to 2.0
		{"EX-1", "3.0", find, nil},
		{"EX-2", "1.0", find, &Firmware{File: "gone.bin", Problem: "no gone.bin for EX-2"}},
		{"EX-2", "2.0", find, &Firmware{URL: "http://files.example.com/ex.bin", Version: "3.0"}},
		{"EX-1", "1.0", nil, &Firmware{File: "ex-1.bin", Problem: "there is no file store to look into"}},
	} {
		v := rules.Judge(&itms.Device{Model: c.model, Software: c.software}, "", c.find)
		if !reflect.DeepEqual(v.Firmware, c.want) {
			t.Errorf("%s %s: %+v, want %+v", c.model, c.software, v.Firmware, c.want)
		}
	}
	for doc, want := range map[string]string{
		"rules: [{firmware: {file: a, version: b}}]\n":                      "expected no key beside file",
		"rules: [{firmware: {file: a, url: http://files.example.com/a}}]\n": "expected no key beside file",
		"rules: [{firmware: {file: ''}}]\n":                                 "expected the id or the name of a file",
		"rules: [{firmware: {size: 1}}]\n":                                  "expected the key file, or the keys version and url",
	} {
		if _, err := ParseRules("rules.yaml", strings.NewReader(doc)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s%v, want %s", doc, err, want)
		}
	}
}
