package dhcp

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"
	"time"

	"itms"
)

func TestParseOption(t *testing.T) {
	for _, tt := range []struct {
		code  int
		value any
		want  string // hex; "!" and a part of the error
	}{
		{2, 3600, "00000e10"}, {2, "-5h", "ffffb9b0"}, {2, -1, "ffffffff"}, {2, "x", "!number"},
		{6, "192.0.2.1", "c0000201"}, {6, []any{"192.0.2.1", "192.0.2.2"}, "c0000201c0000202"}, {6, []any{}, "!address"}, {6, []any{1}, "!no text"}, {6, "::1", "!no IPv4"},
		{28, []any{"192.0.2.1", "192.0.2.2"}, "!address"}, {33, []any{"192.0.2.1"}, "!even number"}, {33, []any{"192.0.2.1", "192.0.2.2"}, "c0000201c0000202"},
		{19, true, "01"}, {19, 0, "00"}, {19, "yes", "!true or false"}, {23, 64, "40"}, {23, 256, "!from 0 to 255"}, {26, 1500, "05dc"},
		{66, "x", "78"}, {66, 5, "35"}, {66, []any{"x"}, "!text"}, {66, "hex:00ff", "00ff"}, {66, "hex:0", "!hexadecimal"},
		{43, "hex:01:02", "0102"}, {43, map[string]any{"2": "b", "1": "hex:ff"}, "0101ff020162"}, {43, map[any]any{1: "a"}, "010161"}, {43, "x", "!map"}, {43, map[string]any{"x": "a"}, "!no number"},
		{43, map[string]any{"1": strings.Repeat("a", 256)}, "!longer than 255"},
		{119, []any{"example.com", "a."}, "076578616d706c6503636f6d00016100"}, {119, "a..b", "!domain"}, {119, strings.Repeat("a", 64), "!domain"},
		{121, []any{"198.51.100.0/24 192.0.2.1", "0.0.0.0/0 via 192.0.2.2"}, "18c63364c000020100c0000202"}, {121, "198.51.100.1/24 192.0.2.1", "!no route"}, {121, "x", "!no route"},
		{122, map[any]any{1: "192.0.2.1", 3: "192.0.2.9", 6: "BASIC.1", 7: true, 8: 10, 9: 3, 10: []any{"192.0.2.3"}, 4: []any{500, 10, 5}},
			"0104c00002010305" + "01c0000209" + "040c000001f40000000a00000005" + "06090542415349430131" + "00" + "070101" + "08010a" + "09020003" + "0a04c0000203"},
		{122, map[any]any{3: "p.example"}, "030c000170076578616d706c6500"}, {122, map[any]any{4: []any{1}}, "!three numbers"}, {122, map[any]any{11: 1}, "!sub-option 11"},
		{125, map[any]any{4491: map[any]any{2: "hex:c0000201"}}, "0000118b060204c0000201"}, {125, map[any]any{-1: "hex:"}, "!no number"},
		{224, "text", "74657874"}, {224, "hex:0102", "0102"},
		{1, "255.0.0.0", "!scope"}, {51, 60, "!leaseTime"}, {82, "x", "!relay"}, {0, "", "!padding"}, {255, "", "!end"}, {256, "", "!numbered"}, {-1, "", "!numbered"},
	} {
		o, err := ParseOption(tt.code, tt.value)
		if part, fails := strings.CutPrefix(tt.want, "!"); fails {
			if !itms.IsKind(err, itms.KindInvalid) || !strings.Contains(err.Error(), part) {
				t.Errorf("%d: %v: %v, want %q", tt.code, tt.value, err, part)
			}
			continue
		}
		if got := hex.EncodeToString(o.Value); err != nil || got != tt.want || int(o.Code) != tt.code {
			t.Errorf("%d: %v is %s, %v, want %s", tt.code, tt.value, got, err, tt.want)
		}
	}
}

// TestCheck holds that each mistake is found, and where.
func TestCheck(t *testing.T) {
	ip := netip.MustParseAddr
	for pointer, spoil := range map[string]func(*Config){
		"/dhcp/listen/0":                   func(c *Config) { c.Listen[0] = netip.MustParseAddrPort("[::1]:67") },
		"/dhcp/serverId":                   func(c *Config) { c.ServerID = ip("::1") },
		"/dhcp/relayPort":                  func(c *Config) { c.RelayPort = 70000 },
		"/dhcp/offerTime":                  func(c *Config) { c.OfferTime = -1 },
		"/dhcp/probe":                      func(c *Config) { c.Probe = "x" },
		"/dhcp/leaseQuery/0":               func(c *Config) { c.LeaseQuery = []netip.Prefix{{}} },
		"/dhcp/limits":                     func(c *Config) { c.Limits.Queue = -1 },
		"/dhcp/classes/cm":                 func(c *Config) { c.Classes[1].Name = "cm" },
		"/dhcp/classes/":                   func(c *Config) { c.Classes = append(c.Classes, Class{}) },
		"/dhcp/classes/cm/leaseTime":       func(c *Config) { c.Classes[0].LeaseTime = time.Second },
		"/dhcp/classes/cm/renew":           func(c *Config) { c.Classes[0].Renew = 55 * time.Minute },
		"/dhcp/classes/cm/rebind":          func(c *Config) { c.Classes[0].Rebind = time.Hour },
		"/dhcp/classes/cm/dns/0":           func(c *Config) { c.Classes[0].DNS = []netip.Addr{{}} },
		"/dhcp/classes/cm/ntp":             func(c *Config) { c.Classes[0].NTP = make([]netip.Addr, 64) },
		"/dhcp/classes/cm/nextServer":      func(c *Config) { c.Classes[0].NextServer = ip("::1") },
		"/dhcp/classes/cm/options/6":       func(c *Config) { c.Classes[0].Options = []Option{{Code: 6}, {Code: 6}} },
		"/dhcp/classes/cm/options/43":      func(c *Config) { c.Classes[0].Options = []Option{{Code: 43, Value: make([]byte, 1000)}} },
		"/dhcp/classes/cm/bootFile":        func(c *Config) { c.Classes[0].BootFile = strings.Repeat("x", 128) },
		"/dhcp/classes/cm/acs/url":         func(c *Config) { c.Classes[0].ACS.ProvisioningCode = "x" },
		"/dhcp/classes/cm/maxCpe":          func(c *Config) { c.Classes[0].MaxCPE = -1 },
		"/dhcp/classes/cm/ccc":             func(c *Config) { c.Classes[0].CCC = &CCC{Realm: ".."} },
		"/dhcp/scopes/0/subnet":            func(c *Config) { c.Scopes[0].Subnet = netip.MustParsePrefix("127.8.0.1/16") },
		"/dhcp/scopes/1/subnet":            func(c *Config) { c.Scopes[1].Subnet = netip.MustParsePrefix("127.8.4.0/24") },
		"/dhcp/scopes/0/relay/0":           func(c *Config) { c.Scopes[0].Relays = []netip.Addr{ip("::1")} },
		"/dhcp/scopes/0/routers/0":         func(c *Config) { c.Scopes[0].Routers = []netip.Addr{ip("192.0.2.1")} },
		"/dhcp/scopes/0/pools/1/range":     func(c *Config) { c.Scopes[0].Pools[1].Last = ip("127.9.0.1") },
		"/dhcp/scopes/0/pools/0/classes/0": func(c *Config) { c.Scopes[0].Pools[0].Classes = []string{"nobody"} },
		"/dhcp/scopes/2": func(c *Config) {
			c.Scopes[0].Shared, c.Scopes[1].Shared, c.Scopes[1].Relays = "a", "b", nil
			c.Scopes = append(c.Scopes, Scope{Subnet: netip.MustParsePrefix("127.10.0.0/16"), Shared: "b", Relays: []netip.Addr{testRelay}})
		},
		"/dhcp/reservations/0":         func(c *Config) { c.Reservations = []Reservation{{Address: ip("127.8.1.1")}} },
		"/dhcp/reservations/0/address": func(c *Config) { c.Reservations = []Reservation{{MAC: mac(1), Address: ip("192.0.2.1")}} },
	} {
		c := testConfig()
		spoil(&c)
		err, _ := c.Check().(*itms.Error)
		if err == nil || err.Kind != itms.KindInvalid {
			t.Errorf("%s: %v", pointer, err)
			continue
		}
		found := false
		for _, f := range err.Fields {
			found = found || f.Pointer == pointer && f.Text != ""
		}
		if !found {
			t.Errorf("%s is not among %v", pointer, err.Fields)
		}
	}
	if err := testConfig().Check(); err != nil {
		t.Error(err)
	}
	if err := goldenConfig().Check(); err != nil {
		t.Error(err)
	}
}

func TestCheckFindsOverlaps(t *testing.T) {
	c := testConfig()
	c.Scopes[0].Pools[1].First = cmPool.Last
	if err := c.Check(); err == nil || !strings.Contains(err.Error(), "overlaps /scopes/0/pools/0") {
		t.Errorf("%v", err)
	}
	c.Scopes[0].Pools[1] = Pool{First: cmPool.Last.Next(), Last: cmPool.Last}
	if err := c.Check(); err == nil || !strings.Contains(err.Error(), "no range") {
		t.Errorf("%v", err)
	}
}
