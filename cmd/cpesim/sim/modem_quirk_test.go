package sim

import (
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"itms/internal/dhcpclient"
)

// TestModemQuirks: each does what its help says.
func TestModemQuirks(t *testing.T) {
	for name, c := range map[string]struct {
		steps string // "" is the usual ones
		fails bool
		check func(t *testing.T, p *plant, m *Modem)
	}{
		modemNoClientID: {check: func(t *testing.T, p *plant, _ *Modem) {
			if v := p.first(dhcpclient.Discover).options[61]; v != nil {
				t.Errorf("option 61 % x", v)
			}
		}},
		modemPlain: {check: func(t *testing.T, p *plant, _ *Modem) {
			if d := p.first(dhcpclient.Discover); string(d.options[60]) != "docsis1.0" || d.options[125] != nil || p.requests()[0].Options != nil {
				t.Errorf("%+v", d)
			}
		}},
		modemWrapped: {check: func(t *testing.T, p *plant, _ *Modem) {
			if v := vendorOption(p.first(dhcpclient.Discover).options[125], subCapabilities); len(v) < 3 || v[0] != 5 || int(v[1]) != len(v)-2 {
				t.Errorf("% x", v)
			}
		}},
		modemNoBlockSize: {check: func(t *testing.T, p *plant, _ *Modem) {
			if r := p.requests()[0]; r.Options != nil {
				t.Errorf("%v", r.Options)
			}
		}},
		modemNoTime: {steps: "discover offer ack file operational"},
		modemTwice: {check: func(t *testing.T, p *plant, _ *Modem) {
			if n := len(p.seen()); n != 4 {
				t.Errorf("%d messages", n)
			}
		}},
		modemUpperName: {fails: true, steps: "discover offer ack time failed", check: func(t *testing.T, p *plant, _ *Modem) {
			if r := p.requests()[0]; r.Name != "CM.CFG" {
				t.Errorf("%s", r.Name)
			}
		}},
		modemLossy: {check: func(t *testing.T, p *plant, m *Modem) {
			if n := len(p.requests()); n != 1 { // the first was lost, and the second is of the same transfer
				t.Errorf("%d requests", n)
			}
		}},
		modemReleases: {steps: "discover offer ack time file operational release", check: func(t *testing.T, p *plant, m *Modem) {
			if r := m.Report(); r.Address.IsValid() || r.CMMIC != "holds" {
				t.Errorf("%+v", r)
			}
		}},
		modemDeclines: {steps: "discover offer ack decline discover offer ack time file operational", check: func(t *testing.T, p *plant, _ *Modem) {
			if m := p.first(dhcpclient.Decline); len(m.options[50]) != 4 {
				t.Errorf("%+v", m)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlant(t)
			p.set(func() { p.options = []dhcpclient.Option{timeServer} })
			m, steps := p.modem(ModemConfig{Quirks: []string{name}})
			if err := m.Boot(t.Context()); (err != nil) != c.fails {
				t.Fatal(err)
			}
			want := c.steps
			if want == "" {
				want = "discover offer ack time file operational"
			}
			if got := words(steps); got != want {
				t.Errorf("%s, want %s", got, want)
			}
			if c.check != nil {
				c.check(t, p, m)
			}
		})
	}
}

// TestModemQuirksOfTheLastRun: the old address first, and the old name.
func TestModemQuirksOfTheLastRun(t *testing.T) {
	p := newPlant(t)
	path := filepath.Join(t.TempDir(), "cm.json")
	boot := func(want string, quirks ...string) *Modem {
		t.Helper()
		m, steps := p.modem(ModemConfig{StatePath: path, Quirks: quirks})
		err := m.Boot(t.Context())
		if got := words(steps); got != want || (err != nil) != strings.HasSuffix(want, StepFailed) {
			t.Fatalf("%v: %s, %v", quirks, got, err)
		}
		m.Close()
		return m
	}
	boot("discover offer ack file operational", modemInitReboot) // there was none
	boot("ack file operational", modemInitReboot)
	if m := p.seen(); len(m[len(m)-1].options[50]) != 4 || m[len(m)-1].options[54] != nil {
		t.Errorf("%+v", m[len(m)-1])
	}
	first := true
	p.answers(func(m message) byte {
		if first {
			first = false
			return dhcpclient.NAK
		}
		return usual(m)
	})
	boot("nak discover offer ack file operational", modemInitReboot)
	p.set(func() { p.file, p.files = "new.cfg", map[string][]byte{"new.cfg": p.files["cm.cfg"]} })
	boot("discover offer ack failed", modemOldName)
	if r := p.requests(); r[len(r)-1].Name != "cm.cfg" {
		t.Errorf("%+v", r[len(r)-1])
	}
}

// TestThief asks with the name and from the address that it is told.
func TestThief(t *testing.T) {
	p := newPlant(t)
	m, _ := p.modem(ModemConfig{Name: "of-another", From: netip.MustParseAddr("127.66.6.6")})
	if err := m.Boot(t.Context()); err == nil || m.Report().File != "of-another" {
		t.Errorf("%v, %+v", err, m.Report())
	}
	if r := p.requests()[0]; r.Name != "of-another" || r.Client.Addr() != m.config.From {
		t.Errorf("%+v", r)
	}
}

// TestUnknownModemQuirk is refused, and all that are known have help.
func TestUnknownModemQuirk(t *testing.T) {
	p := newPlant(t)
	if _, err := NewModem(ModemConfig{CMTS: p.cmts, Quirks: []string{"none-such"}}); err == nil {
		t.Error("no error")
	}
	if _, err := NewModem(ModemConfig{CMTS: p.cmts, DOCSIS: "5.0"}); err == nil {
		t.Error("there is a DOCSIS 5.0")
	}
	for _, q := range ModemQuirks() {
		if q.Help == "" || !knownModemQuirk(q.Name) {
			t.Errorf("%+v", q)
		}
	}
}
