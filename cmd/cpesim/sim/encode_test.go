package sim

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"itms/cwmp"
)

var update = flag.Bool("update", false, "write the golden files")

// TestGoldenInforms compares the first Inform of every model, and its oddest
// forms, byte for byte. Other tools may take the files as samples.
func TestGoldenInforms(t *testing.T) {
	cases := map[string][]string{"latin1": {"xml-latin1"}, "bare": {"bare-namespaces"}, "cwmp-1-4": {"cwmp-1-4"}, "empty": {"empty-events", "inform-without-vendor-params", "no-cwmp-id"}}
	for _, m := range Models() {
		cases[m.Name] = nil
	}
	for name, quirks := range cases {
		t.Run(name, func(t *testing.T) {
			config := Config{ACS: []string{"http://acs.example.com/"}, Clock: fixed, Model: name}
			if quirks != nil {
				config.Model = "ctc-stb"
			}
			var err error
			if config.Quirks, err = ParseQuirks(quirks...); err != nil {
				t.Fatal(err)
			}
			cpe, err := New(config)
			if err != nil {
				t.Fatal(err)
			}
			body, contentType := cpe.EncodeInform(cwmp.Event{Code: cwmp.EventBootstrap}, cwmp.Event{Code: cwmp.EventBoot})
			golden(t, name+".xml", body)
			again, err := cwmp.Decode(body, contentType)
			if err != nil {
				t.Fatal(err)
			}
			if id := again.Message.(*cwmp.Inform).DeviceID; id.SerialNumber != "SIM00005E005301" {
				t.Errorf("read back %+v", id)
			}
		})
	}
}

// golden compares with a file of testdata, or writes it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s differs (error %v); run with -update and look at the change:\n%s", path, err, got)
	}
}

func TestContentType(t *testing.T) {
	for quirk, want := range map[string]string{"xml-latin1": `text/xml; charset="iso-8859-1"`, "http10": `text/xml; charset="utf-8"`} {
		if _, got := (QuirkSet{quirk: ""}).encode("1", &cwmp.GetRPCMethods{}); got != want {
			t.Errorf("%s: %s, want %s", quirk, got, want)
		}
	}
}

func TestVersionHeadersAreInInformsOnly(t *testing.T) {
	set := QuirkSet{quirkCWMP14: ""}
	for _, m := range []cwmp.Message{&cwmp.Inform{}, &cwmp.RebootResponse{}} {
		body, contentType := set.encode("1", m)
		e, err := cwmp.Decode(body, contentType)
		_, inform := m.(*cwmp.Inform)
		if err != nil || (len(e.SupportedVersions) > 0) != inform || (e.SessionTimeout > 0) != inform {
			t.Errorf("%s: %+v, %v", m.Method(), e, err)
		}
	}
}

func FuzzParseQuirks(f *testing.F) {
	for _, seed := range []string{"refuse-spv=1:9007:Device.", "slow=1h", "other-mac=", "=", "drop-mid-session=9:9"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		set, err := ParseQuirks(text)
		if err != nil {
			return
		}
		again, err := ParseQuirks(set.Strings()...)
		if err != nil || len(again) != len(set) {
			t.Errorf("%q reads as %v, and that as %v, %v", text, set, again, err)
		}
	})
}

func FuzzCheckValue(f *testing.F) {
	f.Add("1", "xsd:boolean")
	f.Add("-0007", "xsd:int")
	f.Add("2030-01-02T03:04:05Z", "xsd:dateTime")
	f.Fuzz(func(t *testing.T, value, xsiType string) {
		for _, spec := range compile(tr181Gateway()).specs {
			kept, fault := spec.checkValue(value, xsiType, false)
			if fault != nil {
				continue
			}
			again, fault := spec.checkValue(kept, spec.Type, true)
			if fault != nil || again != kept || !utf8.ValidString(kept) {
				t.Errorf("%s %q is kept as %q, which is kept as %q: %v", spec.Type, value, kept, again, fault)
			}
		}
	})
}
