package dhcp

import (
	"encoding/hex"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"itms"
)

var update = flag.Bool("update", false, "write the answers of testdata/dhcp anew")

// goldenDir holds messages, NAME.hex, and what is answered to them, NAME.answer.hex.
const goldenDir = "../testdata/dhcp/"

// readHex reads a file of hexadecimal digits and comments.
func readHex(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(goldenDir + name)
	if err != nil {
		t.Fatal(err)
	}
	var digits strings.Builder
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			digits.WriteString(strings.TrimSpace(line))
		}
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b
}

// golden reads a request of testdata.
func golden(t testing.TB, name string, p *plan) *request {
	t.Helper()
	m, err := parse(readHex(t, name+".hex"))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return newRequest(m, arrival{direct: p.networks[0]}, p)
}

// goldenNames are the messages of testdata.
func goldenNames(t testing.TB) (names []string) {
	t.Helper()
	files, err := filepath.Glob(goldenDir + "*.hex")
	if err != nil || len(files) < 12 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".hex"); !strings.HasSuffix(name, ".answer") {
			names = append(names, name)
		}
	}
	return names
}

// goldenConfig has a class for each kind of client, with all that it may be given.
func goldenConfig() Config {
	offset, yes := -5*time.Hour, true
	ips := func(s ...string) (list []netip.Addr) {
		for _, one := range s {
			list = append(list, netip.MustParseAddr(one))
		}
		return list
	}
	c := Config{
		Listen: []netip.AddrPort{netip.MustParseAddrPort("192.0.2.2:67")}, ServerID: netip.MustParseAddr("192.0.2.2"),
		Scopes: []Scope{{Subnet: netip.MustParsePrefix("192.0.2.0/24"), Routers: ips("192.0.2.1"), Direct: true,
			Pools: []Pool{{First: netip.MustParseAddr("192.0.2.100"), Last: netip.MustParseAddr("192.0.2.199")}}}},
		Classes: []Class{
			{Name: string(itms.ClientModem), LeaseTime: 24 * time.Hour, Renew: 10 * time.Hour, Rebind: 20 * time.Hour, TimeOffset: &offset, TimeServers: ips("192.0.2.3"),
				LogServers: ips("192.0.2.4"), NTP: ips("192.0.2.5", "192.0.2.6"), BootFile: "cm.cfg", TFTPServers: ips("192.0.2.7", "192.0.2.8"),
				CCC: &CCC{Primary: netip.MustParseAddr("192.0.2.2"), Secondary: netip.MustParseAddr("0.0.0.0")}},
			{Name: string(itms.ClientMTA), DNS: ips("192.0.2.53"), Domain: "example.com", Hostname: "mta-{mac}", BootFile: "mta.bin", NextServer: netip.MustParseAddr("192.0.2.7"),
				CCC: &CCC{Provisioning: "prov.example.com", Realm: "BASIC.1", TGS: &yes, Timer: 10 * time.Minute, Tickets: 3, KDC: ips("192.0.2.9"),
					ASBackoff: Backoff{Nominal: 500 * time.Millisecond, Most: 10 * time.Second, Retries: 5}}},
			{Name: string(itms.ClientRouter), DNS: ips("192.0.2.53"), ACS: ACS{URL: "http://acs.example.com/"}, Vendor: []Option{{Code: 3, Value: []byte{1, 2}}}},
			{Name: string(itms.ClientSTB), DNS: ips("192.0.2.53"), ACS: ACS{URL: "http://acs.example.com/", ProvisioningCode: "STB"}},
			{Name: string(itms.ClientGateway), DNS: ips("192.0.2.53"), ACS: ACS{URL: "http://acs.example.com/", ProvisioningCode: "P1"}},
			{Name: string(itms.ClientCPE), DNS: ips("192.0.2.53"), Domain: "example.com", Hostname: "host-{ip}", Options: []Option{{Code: 114, Value: []byte("http://portal.example.com/"), Forced: true}}},
		},
	}
	return c
}

// TestGoldenRequests holds what is told from the messages of each kind of client.
func TestGoldenRequests(t *testing.T) {
	p, err := newPlan(goldenConfig())
	if err != nil {
		t.Fatal(err)
	}
	facts := func(version, kind string, parts []string, serial, model string) itms.CableFacts {
		return itms.CableFacts{Version: version, Type: kind, Parts: parts, Serial: serial, Model: model, Hardware: "1.0", Software: "4.5.6", BootROM: "2.0", OUI: "00005E", Vendor: "Example"}
	}
	withMTA := facts("3.0", "ECM", []string{"ECM", "EMTA"}, "SER3", "M30")
	withMTA.MTA = mac(4)
	const caps2, caps3 = "010101020102030101040101050101060101070110080108090100" + "0a01010b01180c0101", "010101020103030101050101" + "1801201902" + "0010" + "1d0108"
	for name, want := range map[string]struct {
		kind         itms.ClientKind
		modem        itms.MAC
		facts        itms.CableFacts
		capabilities string
	}{
		"modem-1.0": {itms.ClientModem, itms.MAC{}, itms.CableFacts{Version: "1.0"}, ""},
		"modem-2.0": {itms.ClientModem, itms.MAC{}, facts("2.0", "ECM", []string{"ECM"}, "SER2", "M20"), caps2},
		"modem-3.0": {itms.ClientModem, itms.MAC{}, withMTA, caps3},
		"modem-3.1": {itms.ClientModem, itms.MAC{}, facts("3.1", "ECM", []string{"ECM", "EROUTER"}, "SER5", "M31"), caps3},
		"mta":       {itms.ClientMTA, mac(3), facts("2.0", "EMTA", []string{"EMTA"}, "SER3", "M30"), caps2},
		"erouter":   {itms.ClientRouter, mac(5), facts("1.0", "EROUTER", []string{"EROUTER"}, "SER5", "M31"), ""},
		"stb":       {itms.ClientSTB, mac(5), facts("2.0", "ESTB", []string{"ECM", "ESTB"}, "SER7", "STB7"), ""},
		"gateway":   {itms.ClientGateway, itms.MAC{}, itms.CableFacts{}, ""},
		"cpe":       {itms.ClientCPE, mac(5), itms.CableFacts{}, ""},
		"impostor":  {itms.ClientCPE, mac(5), itms.CableFacts{}, ""},
		"unnamed":   {itms.ClientModem, itms.MAC{}, itms.CableFacts{}, ""},
		"hostile":   {itms.ClientModem, itms.MAC{}, itms.CableFacts{Version: "3.0", Type: "ECM"}, ""},
	} {
		a := golden(t, name, p).asking
		if a.Kind != want.kind || a.Modem != want.modem || !reflect.DeepEqual(a.Facts, want.facts) || hex.EncodeToString(a.Capabilities) != want.capabilities {
			t.Errorf("%s is\n%s behind %q, %+v, %x, want\n%s behind %q, %+v, %s", name, a.Kind, a.Modem, a.Facts, a.Capabilities, want.kind, want.modem, want.facts, want.capabilities)
		}
	}
}

// goldenAnswer is the offer that a message gets.
func goldenAnswer(t testing.TB, s *Server, r *request) []byte {
	t.Helper()
	r.k.now, r.k.class = s.opt.Clock(), s.plan.classes[string(r.asking.Kind)]
	return s.grantReply(r, typeOffer, r.lease(netip.MustParseAddr("192.0.2.100"), "00"))
}

// TestGoldenAnswers holds the bytes of the answers, and the library's reading of them.
func TestGoldenAnswers(t *testing.T) {
	s, err := New(Options{Config: goldenConfig(), Store: &flaky{}, Directory: newDirectory(), Clock: newClock().Now})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range goldenNames(t) {
		r := golden(t, name, s.plan)
		b := goldenAnswer(t, s, r)
		m, err := dhcpv4.FromBytes(b)
		if err != nil {
			t.Fatalf("%s: the library cannot read the answer: %v", name, err)
		}
		if *update {
			writeHex(t, name+".answer.hex", m.Summary(), b)
		}
		if want := readHex(t, name+".answer.hex"); !slices.Equal(b, want) {
			t.Errorf("%s: the answer is\n%x, want\n%x", name, b, want)
		}
		if len(b) < minAnswer || m.YourIPAddr.String() != "192.0.2.100" || m.Options.Has(dhcpv4.OptionClassIdentifier) {
			t.Errorf("%s: %s", name, m.Summary())
		}
	}
}

// writeHex writes a file of hexadecimal digits, with a text before them.
func writeHex(t *testing.T, name, comment string, b []byte) {
	t.Helper()
	var text strings.Builder
	for line := range strings.Lines(comment) {
		if line = strings.TrimSpace(line); line != "" {
			text.WriteString("# " + line + "\n")
		}
	}
	for digits := range slices.Chunk([]byte(hex.EncodeToString(b)), 64) {
		text.WriteString(string(digits) + "\n")
	}
	if err := os.WriteFile(goldenDir+name, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
