package profile

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"itms"
)

// fataler is what a check needs of *testing.T and *rapid.T.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// marker is part of every text of a drawn input, so that a leak is seen.
const marker = "M4RK"

// drawInput makes any input whose texts all bear the marker.
func drawInput(t *rapid.T) Input {
	text := func(label string) string {
		return rapid.SampledFrom([]string{"", marker + label, marker + " <&>\"'", marker + "\x01", marker + strings.Repeat("x", 300)}).Draw(t, label)
	}
	return Input{
		Device: rapid.SampledFrom([]*itms.Device{nil, {}, {Root: rootDevice}, {Root: rootGateway}}).Draw(t, "device"),
		Service: itms.ServiceSpec{
			ID:      itms.ServiceID(text("id")),
			Type:    rapid.SampledFrom(serviceTypes).Draw(t, "type"),
			Package: text("package"), Account: text("account"), Password: itms.NewSecret(text("password")),
			AuthURL: text("url"), AuthURLBackup: text("backup"),
			Access: itms.AccessSpec{
				Type:    rapid.SampledFrom([]itms.AccessType{"", itms.AccessPPPoE, itms.AccessIPoE, itms.AccessDHCP, itms.AccessStatic}).Draw(t, "access"),
				Account: text("ppp"), Password: itms.NewSecret(text("ppp password")),
			},
		},
		Subscriber: itms.Subscriber{ID: text("subscriber"), Name: text("name")},
		Line:       itms.Line{Area: text("area"), Port: text("port"), VLAN: rapid.IntRange(0, 4094).Draw(t, "vlan")},
		Attributes: map[string]string{"pppAlias": text("alias"), "wanName": text("wan"), "platformUrl": text("platform")},
		Management: Management{
			PeriodicInterval:   time.Duration(rapid.Int64().Draw(t, "interval")),
			ConnectionUsername: text("user"), ConnectionPassword: itms.NewSecret(text("cr password")),
		},
	}
}

// TestUnboundCarriesNothing: whatever the service, a device that is not bound gets
// the periodic Inform only (invariant I5).
func TestUnboundCarriesNothing(t *testing.T) {
	profiles := builtins(t).All()
	rapid.Check(t, func(t *rapid.T) {
		checkUnbound(t, rapid.SampledFrom(profiles).Draw(t, "profile"), drawInput(t))
	})
}

// checkUnbound computes the unbound state and looks for anything of the input.
func checkUnbound(t fataler, p *Profile, in Input) {
	t.Helper()
	in.Bound = false
	w, err := p.Wanted(in)
	if err != nil {
		return // e.g. the profile gives both management parameters one name
	}
	if len(w.Rows) > 0 || w.RebootAfter || len(w.Params) > 2 {
		t.Fatalf("not bound, but wanted is %+v", w)
	}
	for _, q := range w.Params {
		if q.Hide || q.WriteOnly || q.Reboot || !q.Optional || strings.Trim(q.Value, "0123456789") != "" {
			t.Fatalf("not bound, but wanted has %+v", q)
		}
		for _, name := range q.Names {
			m := slices.Concat(p.management.periodicEnable, p.management.periodicInterval)
			if !slices.Contains(under(m, p.rootFor(in.Device)), name) {
				t.Fatalf("not bound, but wanted has %s", name)
			}
		}
	}
	if text := fmt.Sprintf("%+v", w); strings.Contains(text, marker) {
		t.Fatalf("not bound, but a value of the input is in %s", text)
	}
}

// TestBoundHidesSecrets: every value with a password in it is hidden, no text made
// for people has one, and no value can break a line.
func TestBoundHidesSecrets(t *testing.T) {
	profiles := builtins(t).All()
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		p := rapid.SampledFrom(profiles).Draw(t, "profile")
		in.Service.Type = p.Services[0]
		in.Service.Password = itms.NewSecret("s3cret-a")
		in.Service.Access.Password = itms.NewSecret("s3cret-b" + rapid.SampledFrom([]string{"", "\n"}).Draw(t, "end"))
		in.Management.ConnectionPassword = itms.NewSecret("s3cret-c")
		checkBound(t, p, in)
	})
}

// checkBound computes the bound state and looks for secrets in the open.
func checkBound(t fataler, p *Profile, in Input) {
	t.Helper()
	in.Bound = true
	text, explainErr := p.Explain(in)
	w, err := p.Wanted(in)
	if (err == nil) != (explainErr == nil) {
		t.Fatalf("Wanted says %v, Explain says %v", err, explainErr)
	}
	secrets := []string{in.Service.Password.Reveal(), in.Service.Access.Password.Reveal(), in.Management.ConnectionPassword.Reveal()}
	for _, s := range secrets {
		if strings.Contains(text, s) && s != "" || err != nil && s != "" && strings.Contains(err.Error(), s) {
			t.Fatalf("secret shown in %q or %v", text, err)
		}
	}
	for _, q := range w.Params {
		if err := checkText(q.Value); err != nil {
			t.Fatalf("%s: value %v", q.Names[0], err)
		}
		open := slices.ContainsFunc(secrets, func(s string) bool { return s != "" && strings.Contains(q.Value, s) })
		if open && !q.Hide {
			t.Fatalf("%s: a secret is not hidden", q.Names[0])
		}
	}
}

// TestNamesAreUnique: no name is written twice and every alias has its row before.
func TestNamesAreUnique(t *testing.T) {
	profiles := builtins(t).All()
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		p := rapid.SampledFrom(profiles).Draw(t, "profile")
		in.Service.Type, in.Bound = p.Services[0], true
		w, err := p.Wanted(in)
		if err != nil {
			return
		}
		seen, rows := map[itms.ParamPath]bool{}, map[string]bool{}
		for _, row := range w.Rows {
			checkAliases(t, rows, row.Table)
			rows[row.Alias] = true
		}
		for _, q := range w.Params {
			for _, name := range q.Names {
				if seen[name] {
					t.Fatalf("%s twice", name)
				}
				seen[name] = true
				checkAliases(t, rows, name)
			}
		}
	})
}

// checkAliases looks for placeholders without a row.
func checkAliases(t fataler, rows map[string]bool, name itms.ParamPath) {
	t.Helper()
	aliases, _, ok := splitAliases(string(name))
	for _, a := range aliases {
		if !ok || !rows[a] {
			t.Fatalf("%s: no row {%s}", name, a)
		}
	}
}

// TestReadCovers: every name that is wanted is read before, and nothing twice.
func TestReadCovers(t *testing.T) {
	profiles := builtins(t).All()
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		p := rapid.SampledFrom(profiles).Draw(t, "profile")
		in.Service.Type, in.Bound = p.Services[0], rapid.Bool().Draw(t, "bound")
		w, err := p.Wanted(in)
		if err != nil {
			return
		}
		for _, q := range w.Params {
			for _, name := range q.Names {
				if !slices.ContainsFunc(w.Read, name.Under) {
					t.Fatalf("%s is wanted and not read: %v", name, w.Read)
				}
			}
		}
		for i, path := range w.Read {
			if path == p.rootFor(in.Device) || slices.ContainsFunc(w.Read[:i], path.Under) {
				t.Fatalf("%s is read for nothing: %v", path, w.Read)
			}
		}
	})
}

// TestConcurrency uses one set from many goroutines, for the race detector.
func TestConcurrency(t *testing.T) {
	s := builtins(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				for _, p := range s.All() {
					in := full(p.Services[0], itms.AccessPPPoE)
					if _, err := p.Explain(in); err != nil {
						t.Error(err)
					}
					s.Match(in.Device, tree("Device.X_CU_STB."))
					s.Probe(in.Device, tree("Device."))
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkWanted computes the state of a bound box, as on every contact.
func BenchmarkWanted(b *testing.B) {
	for _, name := range []string{"ctc-iptv", "tr098-gateway"} {
		p := get(b, name)
		in := full(p.Services[0], itms.AccessPPPoE)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Wanted(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkMatch tries the profiles on a box that only the last one fits.
func BenchmarkMatch(b *testing.B) {
	s := builtins(b)
	d := &itms.Device{Root: rootGateway}
	known := tree("InternetGatewayDevice.DeviceInfo.SoftwareVersion", "InternetGatewayDevice.ManagementServer.ConnectionRequestURL")
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := s.Match(d, known); !ok {
			b.Fatal("no match")
		}
	}
}
