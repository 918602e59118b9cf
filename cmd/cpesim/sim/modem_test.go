package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"itms"
	"itms/docsis/configfile"
	"itms/internal/dhcpclient"
)

// timeServer is option 4.
var timeServer = dhcpclient.Option{Code: optTimeServers, Value: []byte{127, 0, 0, 1}}

func TestModemBoots(t *testing.T) {
	p := newPlant(t)
	p.set(func() { p.options = []dhcpclient.Option{timeServer} })
	out := filepath.Join(t.TempDir(), "cm.cfg")
	m, steps := p.modem(ModemConfig{Secrets: [][]byte{[]byte("old"), cableSecret}, OutPath: out})
	if err := m.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := words(steps); got != "discover offer ack time file operational" {
		t.Error(got)
	}
	r := m.Report()
	if r.State != StepOperational || r.Address != p.leased(m.MAC()) || r.Lease != 3600 || r.File != "cm.cfg" || r.CMMIC != "holds" || r.CMTSMIC != "holds" ||
		!r.NetworkAccess || r.MaxCPE != 4 || r.Downstream != 50_000_000 || r.Upstream != 5_000_000 || r.Time.IsZero() {
		t.Errorf("%+v %+v", r, r.ModemTerms)
	}
	if content, err := os.ReadFile(out); err != nil || !bytes.Equal(content, signed(t, modemText)) || r.Size != len(content) {
		t.Errorf("%d octets, %v", len(content), err)
	}
	asked := p.requests()
	if len(asked) != 1 || asked[0].Client.Addr() != r.Address || asked[0].Options["blksize"] != "1448" {
		t.Errorf("%+v", asked)
	}
}

// TestModemTellsOfItself: what the options of DHCP say.
func TestModemTellsOfItself(t *testing.T) {
	p := newPlant(t)
	m, _ := p.modem(ModemConfig{Model: "CM-9", Vendor: "Maker", Serial: "SN1", Software: "9.1", ESAFE: []string{"EMTA", "EROUTER"}})
	if err := m.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := p.first(dhcpclient.Discover)
	mac := string(m.config.MAC[:])
	if d.relay != p.cmts.Relay().Addr() || string(d.options[60]) != "docsis3.1:" || string(d.options[61]) != "\x01"+mac ||
		!strings.Contains(string(d.options[82]), "\x02\x06"+mac) || d.options[82][2] != 0x80 {
		t.Errorf("%+v", d)
	}
	for _, want := range []string{"\x02\x03ECM", "\x03\x10ECM:EMTA:EROUTER", "\x04\x03SN1", "\x06\x039.1", "\x08\x03\x00\x00\x5e", "\x09\x04CM-9", "\x0a\x05Maker"} {
		if !strings.Contains(string(d.options[43]), want) {
			t.Errorf("option 43 has no %q: %q", want, d.options[43])
		}
	}
	if v := vendorOption(d.options[125], subCapabilities); len(v) == 0 || v[0] != 1 || !bytes.Contains(d.options[55], []byte{optCCC}) {
		t.Errorf("capabilities % x, asks %v", v, d.options[55])
	}
}

// TestModemVersions: up to DOCSIS 2.0 option 60 has the capabilities, and blocks are plain.
func TestModemVersions(t *testing.T) {
	for version, class := range map[string]string{"1.0": "docsis1.0:050f", "1.1": "docsis1.1:050f", "2.0": "docsis2.0:050f010101020102", "3.0": "docsis3.0:"} {
		p := newPlant(t)
		m, _ := p.modem(ModemConfig{DOCSIS: version})
		if err := m.Boot(t.Context()); err != nil {
			t.Fatal(err)
		}
		d := p.first(dhcpclient.Discover)
		modern := version == "3.0"
		if got := string(d.options[60]); !strings.HasPrefix(got, class) || (d.options[125] != nil) != modern || (p.requests()[0].Options["blksize"] != "") != modern {
			t.Errorf("%s: %s, option 125 % x", version, got, d.options[125])
		}
	}
}

// TestModemRefusesFiles that a CMTS would.
func TestModemRefusesFiles(t *testing.T) {
	whole := signed(t, modemText)
	spoiled := bytes.Clone(whole)
	spoiled[2] ^= 1
	for want, content := range map[string][]byte{
		"CM MIC does not hold": spoiled,
		"TLV 3":                signed(t, `Main { MaxCPE 4; }`),
		"TLV 24 and 25":        signed(t, `Main { NetworkAccess 1; MaxCPE 4; }`),
		"TLV 6, 7":             {3, 1, 1, 255, 0, 0, 0, 0},
		"file:":                {3, 200, 1},
	} {
		p := newPlant(t)
		p.set(func() { p.files["cm.cfg"] = content })
		m, _ := p.modem(ModemConfig{})
		if err := m.Boot(t.Context()); err == nil || !strings.Contains(err.Error(), want) || m.Report().State != StepFailed || m.Report().Error == "" {
			t.Errorf("%s: %v", want, err)
		}
	}
	p := newPlant(t)
	m, _ := p.modem(ModemConfig{Secrets: [][]byte{[]byte("another")}})
	if err := m.Boot(t.Context()); err == nil || !strings.Contains(err.Error(), "CMTS MIC does not hold") {
		t.Error(err)
	}
}

// TestModemGoesOnWithoutTheTime, and without an answer to its first tries.
func TestModemGoesOnWithoutTheTime(t *testing.T) {
	p := newPlant(t)
	p.set(func() { p.options = []dhcpclient.Option{timeServer} })
	tries := 0
	p.answers(func(m message) byte {
		if tries++; tries%3 != 0 {
			return 0
		}
		return usual(m)
	})
	m, steps := p.modem(ModemConfig{})
	m.config.TimePort = 1 // nobody is there
	if err := m.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := words(steps); got != "discover offer ack no-time file operational" || len(p.seen()) != 6 {
		t.Errorf("%s after %d messages", got, len(p.seen()))
	}
}

// TestModemGivesUp: after six tries, and with its context.
func TestModemGivesUp(t *testing.T) {
	p := newPlant(t)
	p.answers(func(message) byte { return 0 })
	m, _ := p.modem(ModemConfig{})
	if err := m.Boot(t.Context()); !errors.Is(err, errSilent) || len(p.seen()) != dhcpTries {
		t.Errorf("%v after %d messages", err, len(p.seen()))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Boot(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestModemKeepsItsLease: it renews, and is served again after a NAK.
func TestModemKeepsItsLease(t *testing.T) {
	p := newPlant(t)
	p.renewAtOnce()
	m, steps := p.modem(ModemConfig{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	await(t, steps, StepOperational)
	for range 3 {
		await(t, steps, StepRenew)
		await(t, steps, StepACK)
	}
	p.answers(func(m message) byte {
		if m.kind == dhcpclient.Request && !m.ciaddr.IsUnspecified() {
			return dhcpclient.NAK
		}
		return usual(m)
	})
	await(t, steps, StepNAK)
	await(t, steps, StepOperational)
	cancel()
	if err := <-done; err != nil || m.Report().Boots < 2 {
		t.Errorf("%v, %+v", err, m.Report())
	}
}

// TestModemRebinds through the relay when the server does not answer.
func TestModemRebinds(t *testing.T) {
	p := newPlant(t)
	p.renewAtOnce()
	p.answers(func(m message) byte {
		if m.relay.IsUnspecified() { // asked directly
			return 0
		}
		return usual(m)
	})
	m, steps := p.modem(ModemConfig{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	await(t, steps, StepOperational)
	if os.Getuid() == 0 { // others may not have port 68, and ask through the relay at once
		await(t, steps, StepRebind)
	}
	await(t, steps, StepACK)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestModemBootsAgain what has failed.
func TestModemBootsAgain(t *testing.T) {
	p := newPlant(t)
	p.set(func() { p.file = "missing.cfg" })
	m, steps := p.modem(ModemConfig{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	if s := await(t, steps, StepFailed); !strings.Contains(s.Error, "File not found") {
		t.Errorf("%+v", s)
	}
	p.set(func() { p.file = "cm.cfg" })
	await(t, steps, StepOperational)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestModemState: the file has the report, and the next run knows it.
func TestModemState(t *testing.T) {
	p := newPlant(t)
	path := filepath.Join(t.TempDir(), "cm.json")
	m, _ := p.modem(ModemConfig{StatePath: path})
	if err := m.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	m.Close()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var kept map[string]any
	if err := json.Unmarshal(text, &kept); err != nil || kept["state"] != "operational" || kept["address"] != m.Report().Address.String() || kept["cmMic"] != "holds" || kept["networkAccess"] != true {
		t.Errorf("%v, %s", err, text)
	}
	again, _ := p.modem(ModemConfig{StatePath: path})
	if err := again.Boot(t.Context()); err != nil || again.Report().Boots != 2 {
		t.Errorf("%v, %+v", err, again.Report())
	}
	again.Close()
	if _, err := NewModem(ModemConfig{CMTS: p.cmts, StatePath: path, MAC: itms.MAC{0, 0, 0x5E, 0, 0x53, 9}}); !errors.Is(err, ErrOtherDevice) {
		t.Error(err)
	}
}

// TestModemServers: option 125 goes before siaddr, and option 67 does where there is no
// field.
func TestModemServers(t *testing.T) {
	a := &dhcpclient.Answer{File: "f", Next: netip.MustParseAddr("192.0.2.1"), Options: map[byte][]byte{optTFTPName: []byte("192.0.2.3"), optBootFile: []byte("o")}}
	check := func(name, server string) {
		t.Helper()
		if n, s := bootFile(a); n != name || s.String() != server {
			t.Errorf("%s of %s, want %s of %s", n, s, name, server)
		}
	}
	check("f", "192.0.2.1")
	a.Options[optVendor] = []byte{0, 0, 0x11, 0x8B, 9, 9, 1, 0, subTFTPServers, 4, 192, 0, 2, 2}
	check("f", "192.0.2.2")
	a.Options[optVendor], a.File, a.Next = []byte{0, 0, 0x11, 0x8B, 3, subTFTPServers, 9, 1}, "", netip.IPv4Unspecified()
	check("o", "192.0.2.3")
}

// TestVoice: what option 122.1 says decides whether the telephone adapter starts.
func TestVoice(t *testing.T) {
	for voice, want := range map[string]string{"\x01\x04\x00\x00\x00\x00": StepOff, "\x02\x01\x07\x01\x04\x7f\x00\x00\x01": StepFailed} {
		p := newPlant(t)
		p.set(func() { p.options = []dhcpclient.Option{{Code: optCCC, Value: []byte(voice)}} })
		m, _ := p.modem(ModemConfig{ESAFE: []string{"EMTA"}})
		if err := m.Boot(t.Context()); err != nil {
			t.Fatal(err)
		}
		r, _ := Attach(t.Context(), BehindConfig{CMTS: p.cmts, Modem: m.MAC(), Voice: m.Report().Voice, TFTPPort: p.tftp.Port(), Unit: unit})
		if r.State != want || !m.Report().Voice.IsValid() { // it fails for it gets the file of a modem
			t.Errorf("%q: %+v", voice, r)
		}
	}
}

// TestTwoOfOneAddress cannot be behind a relay.
func TestTwoOfOneAddress(t *testing.T) {
	p := newPlant(t)
	m, _ := p.modem(ModemConfig{})
	if _, err := NewModem(ModemConfig{CMTS: p.cmts, MAC: m.MAC()}); err == nil {
		t.Error("there are two")
	}
}

// TestManyModems boot together through one relay.
func TestManyModems(t *testing.T) {
	p := newPlant(t)
	const count = 100
	results := make(chan error, count)
	for n := range count {
		m, _ := p.modem(ModemConfig{MAC: itms.MAC{0, 0, 0x5E, 0, 0x53, byte(n)}})
		go func() { results <- m.Boot(t.Context()) }()
	}
	for range count {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

// TestBehindAModem: hosts get addresses, the telephone adapter its file as well.
func TestBehindAModem(t *testing.T) {
	p := newPlant(t)
	modem := itms.MAC{0, 0, 0x5E, 0, 0x53, 1}
	body, err := configfile.AppendEncode(nil, []byte(`Main { MtaConfigDelimiter 1; SnmpMibObject 1.3.6.1.2.1.1.6.0 String "here"; MtaConfigDelimiter 255; }`), &configfile.TextOptions{MTA: true})
	if err != nil {
		t.Fatal(err)
	}
	file, err := configfile.FinishMTA(nil, body, configfile.HashNA)
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	c := BehindConfig{CMTS: p.cmts, Modem: modem, TFTPPort: p.tftp.Port(), Unit: unit, OnStep: func(s ModemStep) { steps = append(steps, s.Step) }}
	p.set(func() { p.file, p.files["mta.cfg"] = "mta.cfg", file })
	r, err := Attach(t.Context(), c)
	if err != nil || r.Kind != "mta" || r.State != StepOperational || r.Hash != "holds" || r.Behind != modem {
		t.Errorf("%v, %+v", err, r)
	}
	c.Number = 2
	r, err = Attach(t.Context(), c)
	if err != nil || r.Kind != "cpe" || r.State != StepLeased || !r.Address.IsValid() {
		t.Errorf("%v, %+v", err, r)
	}
	if got := strings.Join(steps, " "); got != "discover offer ack operational discover offer ack leased" {
		t.Error(got)
	}
	for _, m := range p.seen() {
		if !strings.Contains(string(m.options[82]), "\x02\x06"+string(modem[:])) || m.options[82][2] != 0 || m.mac == modem {
			t.Errorf("%+v", m)
		}
	}
	c.Number = 0
	p.set(func() { p.file = "cm.cfg" })
	if r, err := Attach(t.Context(), c); err == nil || r.State != StepFailed || r.Error == "" {
		t.Errorf("a file of a modem: %v, %+v", err, r)
	}
}

// FuzzLease reads any options 122 and 125 of a lease: only what is in them comes out.
func FuzzLease(f *testing.F) {
	f.Add([]byte{1, 4, 127, 0, 0, 1}, []byte{0, 0, 0x11, 0x8B, 6, subTFTPServers, 4, 192, 0, 2, 2})
	f.Add([]byte{1, 255, 0}, []byte{0, 0, 0x11, 0x8B, 6, subTFTPServers})
	f.Fuzz(func(t *testing.T, ccc, vendor []byte) {
		a := &dhcpclient.Answer{Options: map[byte][]byte{optCCC: ccc, optVendor: vendor}}
		if voice := voiceServer(a); voice.IsValid() && !bytes.Contains(ccc, voice.AsSlice()) {
			t.Errorf("%v of % x", voice, ccc)
		}
		if _, server := bootFile(a); server.IsValid() && !bytes.Contains(vendor, server.AsSlice()) {
			t.Errorf("%v of % x", server, vendor)
		}
	})
}
