package api

import (
	"fmt"
	"strings"
	"testing"

	"itms"
)

// dashPath is the path of the device with a dash.
const dashPath = devicesPath + "/00005E-HG%2D1-S1"

// putTree stores parameters of the device with a dash.
func putTree(f *fixture) {
	f.putDevice(dashID)
	tree := &itms.ParamTree{}
	for _, p := range []itms.Param{
		{Name: "Device.DeviceInfo.SoftwareVersion", Value: "2.3.4", Type: itms.TypeString},
		{Name: "Device.DeviceInfo.UpTime", Value: "77", Type: itms.TypeUnsignedInt},
		{Name: "Device.ManagementServer.Username", Value: "visible", Writable: true},
		{Name: "Device.ManagementServer.Password", Value: secretText, Writable: true},
		{Name: "Device.X_EXAMPLE.Key", Value: secretText, Hidden: true},
		{Name: "Device.X_EXAMPLE.Empty", Value: ""},
	} {
		tree.Set(p)
	}
	f.update(func(tx itms.Tx) error { return tx.Devices().PutParams(dashID, tree) })
}

func TestListParameters(t *testing.T) {
	f := newFixture(t)
	putTree(f)
	a := f.get(dashPath + "/parameters").is(200)
	golden(t, "parameters.json", a.body)
	f.noSecrets(a.body)
}

func TestParametersByPrefix(t *testing.T) {
	f := newFixture(t)
	putTree(f)
	for prefix, want := range map[string]int{"": 6, "Device.": 6, "Device.DeviceInfo.": 2, "Device.DeviceInfo.UpTime": 1,
		"Device.DeviceI": 2, "Device.M": 2, "InternetGatewayDevice.": 0} {
		page := into[pageOf[parameterView]](f.get(dashPath + "/parameters?prefix=" + prefix).is(200))
		if len(page.Items) != want {
			t.Errorf("%q: %d parameters, want %d", prefix, len(page.Items), want)
		}
	}
}

func TestParameterPages(t *testing.T) {
	f := newFixture(t)
	putTree(f)
	var names []string
	for next := ""; ; {
		page := into[pageOf[parameterView]](f.get(dashPath + "/parameters?limit=4&prefix=Device.&cursor=" + next).is(200))
		for _, p := range page.Items {
			names = append(names, p.Name)
		}
		if next = page.Next; next == "" {
			break
		}
	}
	if len(names) != 6 || names[0] != "Device.DeviceInfo.SoftwareVersion" || names[5] != "Device.X_EXAMPLE.Key" {
		t.Errorf("%v", names)
	}
	f.get(dashPath+"/parameters?cursor=x").problem(422, itms.CodeInvalid)
}

func TestParametersOfADeviceNeverRead(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	if a := f.get(dashPath + "/parameters").is(200); strings.TrimSpace(a.body) != `{"items":[]}` {
		t.Error(a.body)
	}
	f.get(devicesPath+"/00005E-X-Y/parameters").problem(404, itms.CodeNotFound)
}

func TestListSessions(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	if a := f.get(dashPath + "/sessions").is(200); strings.TrimSpace(a.body) != `{"items":[]}` {
		t.Error(a.body)
	}
	for i := range 3 {
		f.store.Contacted(itms.SessionSummary{ID: testID(i), Device: dashID, Node: "node-1", Remote: "192.0.2.10", Started: testTime,
			Events: []string{itms.EventBoot}, RPCs: []string{"GetParameterValues"}, Faults: []string{"9005 Invalid Parameter Name"},
			BytesIn: 100, BytesOut: 200, End: itms.SessionTimeout})
	}
	page := into[pageOf[sessionView]](f.get(dashPath + "/sessions?limit=2").is(200))
	if len(page.Items) != 2 || page.Items[0].ID != testID(2) || page.Next != "" {
		t.Fatalf("%+v", page)
	}
	s := page.Items[0]
	if s.Node != "node-1" || s.Events[0] != "1 BOOT" || s.RPCs[0] != "GetParameterValues" || s.Faults[0] == "" ||
		s.BytesIn != 100 || s.BytesOut != 200 || s.End != "timeout" {
		t.Errorf("%+v", s)
	}
	f.get(devicesPath+"/00005E-X-Y/sessions").problem(404, itms.CodeNotFound)
}

func TestListDeviceEvents(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	other := must(itms.NewDeviceID("00005E", "STB", "S9"))
	for i := range 5 {
		f.journal(itms.Event{Type: "device.seen", Device: dashID, Text: fmt.Sprint(i)}, itms.Event{Type: "device.seen", Device: other, Text: "other"})
	}
	var texts []string
	for next := ""; ; {
		page := into[pageOf[eventView]](f.get(dashPath + "/events?limit=2&cursor=" + next).is(200))
		for _, e := range page.Items {
			texts = append(texts, e.Text)
		}
		if next = page.Next; next == "" {
			break
		}
	}
	if got := strings.Join(texts, " "); got != "4 3 2 1 0" {
		t.Error(got)
	}
	for _, cursor := range []string{"x", makeCursor(deviceEventList, "x"), makeCursor(deviceEventList, "-1")} {
		f.get(dashPath+"/events?cursor="+cursor).problem(422, itms.CodeInvalid)
	}
	f.get(devicesPath+"/00005E-X-Y/events").problem(404, itms.CodeNotFound)
}
