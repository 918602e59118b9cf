package datamodel_test

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"itms"
	"itms/profile/datamodel"
)

// models is the table.
var models = datamodel.Standard()

func TestLookup(t *testing.T) {
	for path, want := range map[string]datamodel.Entry{
		"Device.DeviceInfo.UpTime":                  {Object: "Device.DeviceInfo.", Leaf: "UpTime", Type: itms.TypeUnsignedInt, Unit: "seconds"},
		"Device.WiFi.Radio.2.Enable":                {Object: "Device.WiFi.Radio.{i}.", Leaf: "Enable", Type: itms.TypeBoolean, Writable: true},
		"Device.WiFi.Radio.[cpe-1].Enable":          {Object: "Device.WiFi.Radio.{i}.", Leaf: "Enable", Type: itms.TypeBoolean, Writable: true},
		"Device.IP.Interface.10.Stats.BytesSent":    {Object: "Device.IP.Interface.{i}.Stats.", Leaf: "BytesSent", Type: itms.TypeUnsignedLong, Volatile: true},
		"Device.IP.Interface.1.IPv4Address.":        {Object: "Device.IP.Interface.{i}.IPv4Address.{i}.", Table: true, Writable: true},
		"Device.IP.Interface.1.IPv4Address.{addr}.": {Object: "Device.IP.Interface.{i}.IPv4Address.{i}.", Table: true, Writable: true},
		"Device.Ethernet.Interface.1.MACAddress":    {Object: "Device.Ethernet.Interface.{i}.", Leaf: "MACAddress", Type: itms.TypeString, Format: "mac"},
	} {
		got, ok := models.Lookup(path)
		if !ok || got.Object != want.Object || got.Leaf != want.Leaf || got.Type != want.Type || got.Format != want.Format || got.Table != want.Table ||
			got.Writable != want.Writable || got.Volatile != want.Volatile || got.Secret != want.Secret || got.Unit != want.Unit {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", path, got, ok, want)
		}
	}
	for _, path := range []string{"", ".", "Device", "Device..", "Device.DeviceInfo.Uptime", "Device.DeviceInfo.UpTime.", "Device.X_EXAMPLE.A", "Device.DeviceInfo",
		"Services.STBService.1.Enable.X", strings.Repeat("1.", 128), strings.Repeat("x", 300), "Device.DeviceInfo.\n", "Device.DeviceInfo.\tx"} {
		if e, ok := models.Lookup(path); ok {
			t.Errorf("%q is known as %+v", path, e)
		}
	}
}

// Services stand below either root.
func TestServicesOfBothRoots(t *testing.T) {
	for _, root := range []string{"Device.", "InternetGatewayDevice."} {
		for leaf, typ := range map[string]string{"STBService.1.Enable": itms.TypeBoolean,
			"VoiceService.1.VoiceProfile.1.Line.1.SIP.AuthPassword": itms.TypeString, // TR-104 issue 1
			"VoiceService.1.SIP.Client.1.AuthPassword":              itms.TypeString, // issue 2
		} {
			if got := models.TypeOf(root + "Services." + leaf); got != typ {
				t.Errorf("%s of %s: %q", leaf, root, got)
			}
		}
		if _, ok := models.Lookup(root + "Services."); !ok {
			t.Errorf("%sServices. is not known", root)
		}
	}
}

func TestCredentialsAndCounters(t *testing.T) {
	for path, want := range map[string][2]bool{
		"Device.WiFi.AccessPoint.1.Security.KeyPassphrase":                     {true, false},
		"Device.WiFi.AccessPoint.1.WPS.PIN":                                    {true, false},
		"Device.PPP.Interface.1.Password":                                      {true, false},
		"Device.Services.VoiceService.1.SIP.Client.1.AuthPassword":             {true, false},
		"Device.X_EXAMPLE.Password":                                            {true, false},
		"Device.DeviceInfo.UpTime":                                             {false, true},
		"Device.Ethernet.Link.1.Stats.PacketsSent":                             {false, true},
		"Device.Ethernet.Interface.1.LastChange":                               {false, true},
		"InternetGatewayDevice.WANDevice.1.X_EXAMPLE.TotalBytesReceived":       {false, true},
		"InternetGatewayDevice.WANDevice.1.WANDSLInterfaceConfig.Stats.Total.": {false, true},
		"Device.DeviceInfo.SoftwareVersion":                                    {false, false},
		"Device.Hosts.HostNumberOfEntries":                                     {false, false},
		"Device.ManagementServer.PeriodicInformInterval":                       {false, false},
	} {
		if got := [2]bool{models.Secret(path), models.Volatile(path)}; got != want {
			t.Errorf("%s: secret, volatile = %v, want %v", path, got, want)
		}
	}
}

// line is how a parameter stands in the table.
var line = regexp.MustCompile(`^\t[A-Za-z0-9_-]+\t(string|int|unsignedInt|long|unsignedLong|boolean|dateTime|base64|hexBinary|ip|ipv4|ipv6|mac)` +
	`(\tw?l?v?s?(\t((-?[0-9]+)?:(-?[0-9]+)?)?(\t[^\t]*(\t[^\t]+)?)?)?)?$`)

// The table is in order, complete, and of the form that the package says.
func TestTable(t *testing.T) {
	data, err := os.ReadFile("models.tsv")
	if err != nil {
		t.Fatal(err)
	}
	object, leaf, rows := "", "", 0
	for n, text := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		if !strings.HasPrefix(text, "\t") {
			name, flags, _ := strings.Cut(text, "\t")
			if name <= object || !strings.HasSuffix(name, ".") || strings.Trim(flags, "tw") != "" {
				t.Errorf("line %d: object %q with flags %q behind %q", n+1, name, flags, object)
			}
			object, leaf = name, ""
			continue
		}
		name, _, _ := strings.Cut(text[1:], "\t")
		if name <= leaf || !line.MatchString(text) || strings.HasSuffix(text, "\t") {
			t.Errorf("line %d: %q behind %q", n+1, text, leaf)
		}
		leaf = name
		rows++
		if e, ok := models.Lookup(object + name); !ok || e.Object+e.Leaf != object+name || e.Type == "" {
			t.Errorf("%s%s: looked up as %+v", object, name, e)
		}
	}
	if rows < 7000 {
		t.Errorf("%d parameters only", rows)
	}
}

// standard finds names in the built-in profiles.
var standard = regexp.MustCompile(`\b(?:Device|InternetGatewayDevice)\.[A-Za-z0-9_.{}-]+`)

// beyond are names of built-in profiles that no data model has, though they look so.
var beyond = []string{"Device.STBService.", "Device.STBDevice."}

// Whatever standard name a built-in profile uses is in the table.
func TestBuiltInProfiles(t *testing.T) {
	files, err := filepath.Glob("../builtin/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range standard.FindAllString(string(data), -1) {
			if _, ok := models.Lookup(name); !ok && !strings.Contains(name, ".X_") && !slices.Contains(beyond, name) {
				t.Errorf("%s: %s is not in the table; did it mean %v?", file, name, models.Similar(name))
			}
		}
	}
}

// Looking up allocates nothing, and the index of the table is small.
func TestLookupAllocatesNothing(t *testing.T) {
	for _, path := range []string{"Device.WiFi.Radio.2.Channel", "InternetGatewayDevice.Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.URI", "Device.X.Y"} {
		if n := testing.AllocsPerRun(100, func() { models.Lookup(path) }); n > 0 {
			t.Errorf("%s: %v allocations", path, n)
		}
		if n := testing.AllocsPerRun(100, func() { models.Volatile(path) }); n > 2 {
			t.Errorf("volatile %s: %v allocations", path, n)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := models.Lookup("InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.PreSharedKey.1.KeyPassphrase"); !ok {
			b.Fatal("unknown")
		}
	}
}

func BenchmarkSuggest(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if models.Suggest("Device.WiFi.Radio.1.Chanel") == "" {
			b.Fatal("nothing")
		}
	}
}

// BenchmarkStandard is what the table costs once: the text is the program's own, and of
// it only the index is made.
func BenchmarkStandard(b *testing.B) {
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var m *datamodel.Models
	for b.Loop() {
		m = datamodel.Index()
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(m)
	b.ReportMetric(float64(after.HeapAlloc)-float64(before.HeapAlloc), "kept-bytes")
}
