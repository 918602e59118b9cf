package workorder_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"itms"
	"itms/workorder"
)

// tested makes a box that has an object, runs a test on it that finds the values, and
// returns how it ended.
func tested(t *testing.T, req itms.TaskRequest, object itms.ParamPath, found map[itms.ParamPath]string) *itms.Task {
	t.Helper()
	w, b := stranger(t)
	b.params[object+"DiagnosticsState"] = "None"
	for _, a := range itms.LookupDiagnostic(req.Kind).Args {
		b.params[object+itms.ParamPath(a.Leaf)] = ""
	}
	task := b.ask(req)
	b.contact("6 CONNECTION REQUEST")
	b.params[object+"DiagnosticsState"] = "Complete"
	for leaf, value := range found {
		b.params[object+leaf] = value
	}
	b.contact(itms.EventDiagnostics)
	return w.wantTask(task.ID, itms.TaskDone, "")
}

func TestMeasuredRoute(t *testing.T) {
	for _, prefix := range []string{"", "Hop"} { // TR-181, TR-098
		object, p := itms.ParamPath("Device.IP.Diagnostics.TraceRoute."), itms.ParamPath(prefix)
		found := map[itms.ParamPath]string{"ResponseTime": "12"}
		for hop, host := range map[itms.ParamPath]string{"1": "gw.example.com", "2": "", "10": "far.example.com"} {
			row := "RouteHops." + hop + "."
			found[row+p+"Host"], found[row+p+"HostAddress"], found[row+p+"ErrorCode"], found[row+p+"RTTimes"] = host, "192.0.2.1", "0", "1, 2,*"
		}
		d := tested(t, diagnose(itms.TaskDiagnoseTraceroute, "host=far.example.com"), object, found).Result.Diagnostic
		hops := d.Tables["routeHops"]
		if len(hops) != 3 || hops[0]["host"] != "gw.example.com" || hops[2]["host"] != "far.example.com" || hops[1]["host"] != nil || hops[1]["errorCode"] != 0.0 {
			t.Fatalf("%+v", hops)
		}
		if !reflect.DeepEqual(hops[0]["rtTimesMs"], []any{1.0, 2.0, "*"}) || d.Values["responseTimeMs"] != 12.0 {
			t.Errorf("%+v", d)
		}
	}
}

// Rows of the test before are no part of a result.
func TestMeasuredRouteIsOfThisTest(t *testing.T) {
	w, b := diagnosing(t, "None")
	object := itms.ParamPath("Device.LAN.TraceRouteDiagnostics.")
	b.params[object+"DiagnosticsState"], b.params[object+"Host"], b.params[object+"Timeout"] = "None", "", ""
	for _, hops := range []int{5, 2} {
		maps.DeleteFunc(b.params, func(p itms.ParamPath, _ string) bool { return p.Under(object + "RouteHops.") })
		task := b.ask(diagnose(itms.TaskDiagnoseTraceroute, "host=a.example.com"))
		b.contact("6 CONNECTION REQUEST")
		for i := range hops {
			b.params[object+"RouteHops."+itms.ParamPath(string(rune('1'+i)))+".HopHost"] = "a.example.com"
		}
		b.params[object+"DiagnosticsState"] = "Complete"
		b.contact(itms.EventDiagnostics)
		if d := w.wantTask(task.ID, itms.TaskDone, "routeHops").Result.Diagnostic; len(d.Tables["routeHops"]) != hops {
			t.Errorf("%d hops: %+v", hops, d)
		}
	}
}

func TestMeasuredDownload(t *testing.T) {
	sound := map[itms.ParamPath]string{"ROMTime": "2026-11-01T08:00:00.000000Z", "BOMTime": "2026-11-01T08:00:00.250000", "EOMTime": "2026-11-01T09:00:02.250000+01:00",
		"TCPOpenRequestTime": "2026-11-01T07:59:59.990000Z", "TCPOpenResponseTime": "2026-11-01T08:00:00Z", "TestBytesReceived": "1000000", "TotalBytesReceived": "1125000", "TotalBytesSent": "40000"}
	const never = "0001-01-01T00:00:00Z"
	for name, c := range map[string]struct {
		change map[itms.ParamPath]string
		want   map[string]any // figures that follow
		words  string
	}{
		"sound": {nil, map[string]any{"throughputKbps": 4000.0, "testThroughputKbps": 4000.0, "durationMs": 2250.0, "tcpOpenMs": 10.0, "firstByteMs": 250.0}, "4000 kbit/s"},
		"no total": {map[itms.ParamPath]string{"TotalBytesReceived": "0"},
			map[string]any{"throughputKbps": 3555.556, "testThroughputKbps": 4000.0, "durationMs": 2250.0, "tcpOpenMs": 10.0, "firstByteMs": 250.0}, "kbit/s"},
		"several connections": {map[itms.ParamPath]string{"TotalBytesReceivedUnderFullLoading": "500000", "PeriodOfFullLoading": "800000"},
			map[string]any{"throughputKbps": 4000.0, "testThroughputKbps": 4000.0, "fullLoadingKbps": 5000.0, "durationMs": 2250.0, "tcpOpenMs": 10.0, "firstByteMs": 250.0}, "kbit/s"},
		"ends before it begins": {map[itms.ParamPath]string{"EOMTime": "2026-11-01T07:00:00Z"}, map[string]any{"tcpOpenMs": 10.0, "firstByteMs": 250.0}, "make no sense"},
		"clock set meanwhile":   {map[itms.ParamPath]string{"ROMTime": "1970-01-01T00:00:09Z", "BOMTime": "1970-01-01T00:00:10Z"}, map[string]any{"tcpOpenMs": 10.0, "firstByteMs": 1000.0}, "make no sense"},
		"times not known":       {map[itms.ParamPath]string{"ROMTime": never, "BOMTime": never, "EOMTime": never, "TCPOpenRequestTime": never, "TCPOpenResponseTime": ""}, nil, "make no sense"},
		"times are junk":        {map[itms.ParamPath]string{"ROMTime": "now", "BOMTime": "2026-11-01T08::0", "EOMTime": "-", "TCPOpenRequestTime": "x", "TCPOpenResponseTime": "y"}, nil, "make no sense"},
		"no time at all":        {map[itms.ParamPath]string{"BOMTime": sound["EOMTime"], "ROMTime": sound["EOMTime"]}, map[string]any{"tcpOpenMs": 10.0}, "make no sense"},
	} {
		found := maps.Clone(sound)
		maps.Copy(found, c.change)
		task := tested(t, diagnose(itms.TaskDiagnoseDownload, "url=http://files.example.com/10M"), "Device.IP.Diagnostics.DownloadDiagnostics.", found)
		got := map[string]any{}
		for _, figure := range []string{"throughputKbps", "testThroughputKbps", "fullLoadingKbps", "durationMs", "tcpOpenMs", "firstByteMs"} {
			if v, ok := task.Result.Diagnostic.Values[figure]; ok {
				got[figure] = v
			}
		}
		if len(got)+len(c.want) > 0 && !reflect.DeepEqual(got, c.want) || !strings.Contains(task.Reason, c.words) {
			t.Errorf("%s: %v (%s), want %v", name, got, task.Reason, c.want)
		}
	}
}

func TestMeasuredUpload(t *testing.T) {
	found := map[itms.ParamPath]string{"ROMTime": "2026-11-01T08:00:00Z", "BOMTime": "2026-11-01T08:00:01Z", "EOMTime": "2026-11-01T08:00:03Z", "TotalBytesSent": "750000", "TestFileLength": "500000"}
	d := tested(t, diagnose(itms.TaskDiagnoseUpload, "url=http://files.example.com/up", "bytes=500000"), "Device.UploadDiagnostics.", found).Result.Diagnostic
	want := map[string]any{"testFileBytes": 500000.0, "totalBytesSent": 750000.0, "romTime": "2026-11-01T08:00:00Z", "bomTime": "2026-11-01T08:00:01Z",
		"eomTime": "2026-11-01T08:00:03Z", "throughputKbps": 2000.0, "testThroughputKbps": 2000.0, "durationMs": 3000.0, "firstByteMs": 1000.0}
	if !reflect.DeepEqual(d.Values, want) {
		t.Errorf("%v", d.Values)
	}
}

func TestMeasuredNeighbours(t *testing.T) {
	found := map[itms.ParamPath]string{}
	for _, i := range []itms.ParamPath{"1", "2"} {
		found["Result."+i+".SSID"], found["Result."+i+".Channel"], found["Result."+i+".SignalStrength"] = "net "+string(i), "11", "-61"
		found["Result."+i+".EncryptionMode"], found["Result."+i+".BeaconPeriod"] = "TKIP,AES", "junk"
	}
	task := tested(t, diagnose(itms.TaskDiagnoseWiFi), "Device.WiFi.NeighboringWiFiDiagnostic.", found)
	want := map[string]any{"ssid": "net 1", "channel": 11.0, "signalStrengthDbm": -61.0, "encryption": []any{"TKIP", "AES"}}
	if rows := task.Result.Diagnostic.Tables["networks"]; len(rows) != 2 || !reflect.DeepEqual(rows[0], want) {
		t.Errorf("%+v", rows)
	}
	if !strings.Contains(task.Reason, "2 networks") {
		t.Error(task.Reason)
	}
}

// FuzzMeasure: whatever a device tells, a result can be kept, and holds no figure without
// sense.
func FuzzMeasure(f *testing.F) {
	f.Add("2026-11-01T08:00:00Z", "2026-11-01T08:00:02.5Z", "1125000", "1,2,*", "Complete")
	f.Add("0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", "NaN", ",,,", "Error_Internal")
	f.Add("", "-", "1e400", "\x00\xff", "")
	f.Fuzz(func(t *testing.T, from, to, number, list, state string) {
		for _, d := range itms.Diagnostics {
			var leaves []string
			for _, r := range d.Results {
				leaves = append(leaves, r.Leaves...)
			}
			for _, table := range d.Tables {
				for _, r := range table.Fields {
					leaves = append(leaves, table.Object+"1."+r.Leaves[0])
				}
			}
			values := []string{from, to, number, list, state}
			tree := new(itms.ParamTree)
			for i, leaf := range slices.Compact(leaves) {
				tree.Set(itms.Param{Name: d.Objects[0] + itms.ParamPath(leaf), Value: values[i%len(values)]})
			}
			doc, err := workorder.Measure(&d, tree)
			if err != nil || !utf8.Valid(doc) {
				t.Fatalf("%s: %q, %v", d.Kind, doc, err)
			}
		}
	})
}
