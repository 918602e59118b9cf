package main

import (
	"strings"
	"testing"
)

func TestDeviceParams(t *testing.T) {
	d := newFakeDoor(t,
		`{"items":[{"name":"Device.A","value":"1","type":"xsd:int","writable":true,"notification":2},{"name":"Device.Blank","value":""}],"next":"C1"}`,
		`{"items":[{"name":"Device.Password","value":null,"writable":true}]}`)
	code, out, complaint := d.run(t, "", "device", "params", "00005E-STB-S1", "Device.")
	want := "Device.A         1  int  w n2\nDevice.Blank     \"\"\nDevice.Password  REDACTED    w\n"
	if code != 0 || out != want {
		t.Errorf("exit %d, %s\n%s%s", code, complaint, out, want)
	}
	const path = "GET /api/v1/devices/00005E-STB-S1/parameters?"
	if len(d.calls) != 2 || d.calls[0] != path+"limit=500&prefix=Device." || d.calls[1] != path+"cursor=C1&limit=500&prefix=Device." {
		t.Errorf("calls %q", d.calls)
	}
}

func TestDeviceHistory(t *testing.T) {
	d := newFakeDoor(t, `{"items":[{"name":"Device.A","old":"1","new":"2","at":"2026-11-01T08:00:00Z","source":"inform"}],"next":"C1"}`)
	code, out, complaint := d.run(t, "", "device", "params", "00005E-STB-S1", "--history", "--limit", "1")
	if code != 0 || out != "2026-11-01T08:00:00Z  inform  Device.A  1 -> 2\n" {
		t.Errorf("exit %d, %s%s", code, out, complaint)
	}
	if got := strings.Join(d.calls, "\n"); got != "GET /api/v1/devices/00005E-STB-S1/parameters/history?limit=500" {
		t.Errorf("calls %s", got)
	}
	if _, out, _ := d.run(t, "", "device", "params", "--help"); !strings.Contains(out, "Example: itms device params --config") {
		t.Error(out)
	}
}
