package profile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"itms"
)

// write puts files into a new directory.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// named is a small valid profile.
func named(name string) string {
	return "name: " + name + "\ntitle: mine\nmatch: device.oui == \"00005E\"\npriority: 500\nservices: [iptv]\n"
}

// TestLoadOverlay replaces a built-in profile, adds one, and passes over others.
func TestLoadOverlay(t *testing.T) {
	dir := write(t, map[string]string{
		"ctc-iptv.yaml": named("ctc-iptv"), "mine.yaml": named("mine"),
		".hidden.yaml": "nonsense", "notes.txt": "nonsense",
	})
	if err := os.Mkdir(filepath.Join(dir, "dir.yaml"), 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(s.All()), len(builtins(t).All())+1; got != want {
		t.Errorf("%d profiles, expected %d", got, want)
	}
	for _, name := range []string{"ctc-iptv", "mine"} {
		if p, ok := s.Get(name); !ok || p.Title != "mine" || p.Builtin {
			t.Errorf("%s is %+v: expected the one of the directory", name, p)
		}
	}
	if p, ok := s.Get("cu-iptv"); !ok || !p.Builtin {
		t.Error("cu-iptv must stay as built in")
	}
	if p, _ := s.Match(&itms.Device{ID: itms.DeviceID{OUI: "00005E"}}, nil); p.Name != "ctc-iptv" {
		t.Errorf("got %s: equal priorities go by name", p.Name)
	}
}

// TestLoadSwitchOff takes a built-in profile out of use.
func TestLoadSwitchOff(t *testing.T) {
	s, err := Load(write(t, map[string]string{"ctc-iptv.yaml": "name: ctc-iptv\nmatch: false\nservices: [iptv]\n"}))
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := s.Match(nil, tree("Device.X_CTC_IPTV.STBID")); ok {
		t.Errorf("got %s: expected no match", p.Name)
	}
}

// TestLoadMissing falls back to the built-in profiles.
func TestLoadMissing(t *testing.T) {
	for _, dir := range []string{"", filepath.Join(t.TempDir(), "none")} {
		s, err := Load(dir)
		if err != nil || len(s.All()) != len(builtins(t).All()) {
			t.Errorf("Load(%q): %v", dir, err)
		}
	}
}

// TestLoadErrors names each file with its fault, all files at once.
func TestLoadErrors(t *testing.T) {
	dir := write(t, map[string]string{
		"a.yaml": "name: b\nmatch: true\nservices: [iptv]\n",
		"c.yaml": "name: c\nmatch: true\nservices: [iptv]\nparams:\n  - {name: Device.A, value: service.acount}\n",
		"d.yaml": "name: d\n",
	})
	_, err := Load(dir)
	var problems Problems
	if !errors.As(err, &problems) || !itms.IsKind(err, itms.KindInvalid) {
		t.Fatalf("got %v: expected Problems", err)
	}
	for _, want := range []string{
		filepath.Join(dir, "a.yaml") + ":1:1: name: expected a, the name of the file, not b",
		filepath.Join(dir, "c.yaml") + `:5:37: value: service has no field "acount"`,
		filepath.Join(dir, "d.yaml") + `:1:1: profile: key "match" is missing`,
	} {
		if !strings.Contains(problems.Error(), want) {
			t.Errorf("got %s\nwithout %s", problems, want)
		}
	}
}

// TestLoadYml does not pass over a file that was surely meant to count.
func TestLoadYml(t *testing.T) {
	_, err := Load(write(t, map[string]string{"a.yml": named("a")}))
	if err == nil || !strings.Contains(err.Error(), "a.yml: would be passed over: expected a file name ending in .yaml") {
		t.Errorf("got %v", err)
	}
}

// TestLoadUnreadable reports a directory or file that cannot be read.
func TestLoadUnreadable(t *testing.T) {
	dir := write(t, map[string]string{"a.yaml": named("a")})
	if _, err := Load(filepath.Join(dir, "a.yaml")); !itms.IsKind(err, itms.KindUnavailable) {
		t.Errorf("a file for a directory: got %v", err)
	}
	if err := os.Symlink(filepath.Join(dir, "none"), filepath.Join(dir, "b.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); !itms.IsKind(err, itms.KindUnavailable) {
		t.Errorf("a dangling link: got %v", err)
	}
}
