package profile

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"itms"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// builtins returns the embedded set.
func builtins(t testing.TB) *Set {
	t.Helper()
	s, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// get returns a profile of the embedded set.
func get(t testing.TB, name string) *Profile {
	t.Helper()
	p, ok := builtins(t).Get(name)
	if !ok {
		t.Fatalf("no profile %s", name)
	}
	return p
}

// parse compiles a document or fails the test.
func parse(t testing.TB, text string) *Profile {
	t.Helper()
	p, err := Parse("test.yaml", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// small wraps parameters and more keys into a valid document.
func small(rest string) string {
	return "name: test\nmatch: true\nservices: [iptv]\n" + rest
}

// tree makes a parameter tree of names with the value "x".
func tree(names ...itms.ParamPath) *itms.ParamTree {
	t := &itms.ParamTree{}
	for _, n := range names {
		t.Set(itms.Param{Name: n, Value: "x"})
	}
	return t
}

// full is an input with every field set.
func full(typ itms.ServiceType, access itms.AccessType) Input {
	return Input{
		Device: &itms.Device{ID: itms.DeviceID{OUI: "00005E", ProductClass: "TEST", Serial: "S1"},
			MAC: itms.MAC{0, 0, 0x5E, 0, 0x53, 1}},
		Service: itms.ServiceSpec{
			ID: "U1001-1", Type: typ, Package: "IPTV-4K", Account: "iptv1001", Password: itms.NewSecret("service-secret"),
			AuthURL: "http://auth.example.com/", AuthURLBackup: "http://backup.example.com/",
			Access: itms.AccessSpec{Type: access, Account: "ppp1001@example.com", Password: itms.NewSecret("access-secret")},
		},
		Subscriber: itms.Subscriber{ID: "U1001", Name: "Test", Phone: "1", Address: "Street 1"},
		Line:       itms.Line{Area: "510100", Node: "192.0.2.1", Port: "1/1", VLAN: 41},
		Attributes: map[string]string{"region": "west"},
		Bound:      true,
		Management: Management{PeriodicInterval: time.Hour, ConnectionUsername: "cr-user", ConnectionPassword: itms.NewSecret("cr-secret")},
	}
}

// checkProblems parses documents of these further keys and looks for the problems
// they must bring.
func checkProblems(t *testing.T, want map[string]string) {
	t.Helper()
	for keys, text := range want {
		_, err := Parse("test.yaml", strings.NewReader(small(keys)))
		var problems Problems
		if !errors.As(err, &problems) || !strings.Contains(problems.Error(), text) {
			t.Errorf("%s\ngot  %v\nwant %s", keys, err, text)
		}
	}
}
