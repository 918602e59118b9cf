package datamodel_test

import (
	"strings"
	"testing"

	"itms"
)

func TestCheck(t *testing.T) {
	for _, c := range []struct{ path, value, typ, expected string }{
		{"Device.WiFi.Radio.1.Channel", "36", "", ""},
		{"Device.WiFi.Radio.1.Channel", "0", "", "1 to 255"},
		{"Device.WiFi.Radio.1.Channel", "-1", "", "a whole number of 32 bits, not negative"},
		{"Device.WiFi.Radio.1.Channel", "auto", "", "a whole number"},
		{"Device.WiFi.Radio.1.Enable", "TRUE", "", ""},
		{"Device.WiFi.Radio.1.Enable", "on", "", "true or false"},
		{"Device.WiFi.Radio.1.Enable", "on", itms.TypeString, ""}, // the device knows better what it has
		{"Device.WiFi.SSID.1.SSID", strings.Repeat("é", 32), "", ""},
		{"Device.WiFi.SSID.1.SSID", strings.Repeat("x", 33), "", "at most 32 characters"},
		{"Device.WiFi.Radio.1.PreambleType", "long", "", ""},
		{"Device.WiFi.Radio.1.PreambleType", "Long", "", "one of short, long, auto"},
		{"Device.WiFi.Radio.1.PreambleType", "X_EXAMPLE_both", "", ""},
		{"Device.DHCPv4.Server.Pool.1.MinAddress", "192.0.2.10", "", ""},
		{"Device.DHCPv4.Server.Pool.1.MinAddress", "", "", ""},
		{"Device.DHCPv4.Server.Pool.1.MinAddress", "2001:db8::1", "", "an IPv4 address"},
		{"Device.DHCPv4.Server.Pool.1.DNSServers", "192.0.2.1, 192.0.2.2", "", ""},
		{"Device.DHCPv4.Server.Pool.1.Chaddr", "00:00:5E:00:53:01", "", ""},
		{"Device.DHCPv4.Server.Pool.1.Chaddr", "none", "", "a MAC address"},
		{"Device.ManagementServer.PeriodicInformTime", "2026-12-01T08:00:00", "", ""},
		{"Device.ManagementServer.PeriodicInformTime", "0001-01-01T00:00:00Z", "", ""},
		{"Device.ManagementServer.PeriodicInformTime", "tomorrow", "", "a time such as"},
		{"Device.X_EXAMPLE.Blob", "!", itms.TypeBase64, "base64"},
		{"Device.X_EXAMPLE.Hex", "abc", itms.TypeHexBinary, "hexadecimal digits"},
		{"Device.X_EXAMPLE.Hex", "abcd", itms.TypeHexBinary, ""},
		{"Device.X_EXAMPLE.Long", "-9223372036854775808", itms.TypeLong, ""},
		{"Device.X_EXAMPLE.Long", "9223372036854775808", itms.TypeLong, "a whole number of 64 bits"},
		{"Device.X_EXAMPLE.Any", "anything\x00", "", ""},
	} {
		err := models.Check(c.path, c.value, c.typ)
		switch {
		case c.expected == "" && err != nil:
			t.Errorf("%s = %q: %v", c.path, c.value, err)
		case c.expected != "" && (!itms.IsKind(err, itms.KindInvalid) || !strings.Contains(err.Error(), c.expected)):
			t.Errorf("%s = %q: %v, want %q", c.path, c.value, err, c.expected)
		}
	}
}

func TestCheckKeepsCredentials(t *testing.T) {
	secret := strings.Repeat("hush", 100)
	err := models.Check("Device.PPP.Interface.1.Password", secret, "")
	if err == nil || strings.Contains(err.Error(), "hush") {
		t.Error(err)
	}
}

func TestSuggest(t *testing.T) {
	for path, want := range map[string]string{
		"Device.WiFi.Radio.1.Chanel":                                          "Device.WiFi.Radio.1.Channel",
		"device.wifi.radio.1.channel":                                         "Device.WiFi.Radio.1.Channel",
		"Device.DeviceInfo.Uptime":                                            "Device.DeviceInfo.UpTime",
		"Device.IP.Interface.3.IPv4Adress.2.IPAddress":                        "Device.IP.Interface.3.IPv4Address.2.IPAddress",
		"InternetGatewayDevice.Services.VoiceService.1.Voiceprofile.1.Enable": "InternetGatewayDevice.Services.VoiceService.1.VoiceProfile.1.Enable",
		"Device.WiFi.Radios.4.":                                               "Device.WiFi.Radio.4.",
		"Device.WiFi.Radio.1.Channel":                                         "",
		"Device.X_EXAMPLE.Chanel":                                             "",
		"Device.Nothing.Like.That":                                            "",
		"":                                                                    "",
	} {
		if got := models.Suggest(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestHint(t *testing.T) {
	for path, want := range map[string]string{
		"Device.WiFi.Radio.1.PreambleType":   "one of short, long, auto",
		"Device.WiFi.Radio.1.Channel":        "1 to 255",
		"Device.DeviceInfo.UpTime":           "seconds",
		"Device.WiFi.Radio.1.LowerLayers":    "comma-separated; at most 1024 characters",
		"Device.DHCPv4.Server.Pool.1.Chaddr": "a MAC address",
		"Device.X_EXAMPLE.A":                 "",
	} {
		if got := models.Hint(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// Whatever is asked, nothing breaks, and what is suggested is standard.
func FuzzModels(f *testing.F) {
	for _, path := range []string{"Device.WiFi.Radio.1.Chanel", "Device.", "InternetGatewayDevice.Services.X.1.", "1.1.1", "Device.[x].{y}.", "\t\n"} {
		f.Add(path, "1", itms.TypeInt)
	}
	f.Fuzz(func(t *testing.T, path, value, typ string) {
		_ = models.Check(path, value, typ)
		_, _, _ = models.Hint(path), models.Volatile(path), models.Secret(path)
		for _, name := range models.Similar(path) {
			if _, ok := models.Lookup(name); !ok {
				t.Errorf("%q is suggested for %q and is not standard", name, path)
			}
		}
	})
}
