package cwmp

import (
	"reflect"
	"testing"
)

func TestParseBool(t *testing.T) {
	for text, want := range map[string][2]bool{
		"1": {true, true}, "true": {true, true}, " TRUE ": {true, true}, "True": {true, true}, "Enabled": {true, true},
		"0": {false, true}, "false": {false, true}, "FALSE": {false, true}, "False": {false, true}, "off": {false, true},
		"": {false, false}, "2": {false, false}, "truth": {false, false},
	} {
		if value, ok := ParseBool(text); value != want[0] || ok != want[1] {
			t.Errorf("%q: got %v, %v", text, value, ok)
		}
	}
}

func testReader(t *testing.T, body string) reader {
	t.Helper()
	root, err := lex([]byte(body), false)
	if err != nil {
		t.Fatal(err)
	}
	return reader{el: root, err: new(*DecodeError)}
}

func TestReaderChild(t *testing.T) {
	r := testReader(t, `<a>x<DeviceID>1</DeviceID><b:DeviceId>2</b:DeviceId><DeviceId>3</DeviceId></a>`)
	for name, want := range map[string]string{"DeviceId": "2", "DeviceID": "1", "deviceid": "1", "Device": ""} {
		if got := r.str(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if r.exact("deviceid").el != nil || r.exact("DeviceID").el == nil {
		t.Error("exact is not exact")
	}
	if missing := r.child("x").child("y"); missing.str("z") != "" || missing.attr("q") != "" || missing.int("i") != 0 {
		t.Error("a missing element does not read as zero")
	}
}

// TestReaderKeepsFirstError checks that a later problem does not hide the
// first one.
func TestReaderKeepsFirstError(t *testing.T) {
	r := testReader(t, `<a><b>12345</b><c>12345</c></a>`)
	r.child("b").content(4)
	r.child("c").content(4)
	if err := *r.err; err == nil || err.Kind != KindTooLong || err.Where != "b" {
		t.Errorf("got %v", err)
	}
}

func TestReaderStrings(t *testing.T) {
	r := testReader(t, `<a><l arrayType="xsd:string[1]"><string> x </string>junk<foo/><string>y</string></l><e/></a>`)
	if got := r.strings("l"); !reflect.DeepEqual(got, []string{"x", "", "y"}) {
		t.Errorf("got %q", got)
	}
	if got := r.strings("e"); got != nil {
		t.Errorf("an empty list reads as %q", got)
	}
	if got := r.paths("missing"); got != nil {
		t.Errorf("a missing list reads as %q", got)
	}
}
