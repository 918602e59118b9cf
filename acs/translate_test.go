package acs

import (
	"reflect"
	"strings"
	"testing"

	"itms"
	"itms/cwmp"
)

func TestRequestOf(t *testing.T) {
	for _, tc := range []struct {
		command itms.Command
		want    cwmp.Message
	}{
		{itms.GetNames{Path: "Device.", NextLevel: true}, &cwmp.GetParameterNames{Path: "Device.", NextLevel: true}},
		{itms.GetValues{Paths: []itms.ParamPath{"Device.A", "Device.B."}}, &cwmp.GetParameterValues{Names: []string{"Device.A", "Device.B."}}},
		{itms.SetValues{Key: "o/1/2", Values: []itms.SetValue{
			{Name: "Device.A", Value: "x y", Type: itms.TypeString},
			{Name: "Device.B", Value: "true", Type: itms.TypeBoolean},
			{Name: "Device.C", Value: "FALSE", Type: itms.TypeBoolean},
			{Name: "Device.D", Value: "maybe", Type: itms.TypeBoolean},
		}}, &cwmp.SetParameterValues{ParameterKey: "o/1/2", Parameters: []cwmp.ParameterValue{
			{Name: "Device.A", Value: "x y", Type: "xsd:string"},
			{Name: "Device.B", Value: "1", Type: "xsd:boolean"},
			{Name: "Device.C", Value: "0", Type: "xsd:boolean"},
			{Name: "Device.D", Value: "maybe", Type: "xsd:boolean"},
		}}},
		{itms.AddObject{Table: "Device.T.", Key: "k"}, &cwmp.AddObject{ObjectName: "Device.T.", ParameterKey: "k"}},
		{itms.DeleteObject{Object: "Device.T.1.", Key: "k"}, &cwmp.DeleteObject{ObjectName: "Device.T.1.", ParameterKey: "k"}},
		{itms.Reboot{Key: "k"}, &cwmp.Reboot{CommandKey: "k"}},
	} {
		got, err := requestOf(tc.command, itms.Manner{})
		if err != nil || !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%+v: got %+v, %v", tc.command, got, err)
		}
		if methodOf(tc.command) != tc.want.Method() {
			t.Errorf("methodOf is %s for %s", methodOf(tc.command), tc.want.Method())
		}
	}
}

func TestRequestOfRefuses(t *testing.T) {
	long := strings.Repeat("k", maxKey+1)
	for _, c := range []itms.Command{itms.SetValues{Key: long}, itms.AddObject{Key: long}, itms.DeleteObject{Key: long}, itms.Reboot{Key: long}, nil} {
		if m, err := requestOf(c, itms.Manner{}); err == nil {
			t.Errorf("%T gave %v", c, m)
		}
	}
	if methodOf(nil) != "unknown" {
		t.Error("a command that is none has a method")
	}
}

func TestOutcomeOf(t *testing.T) {
	get := itms.GetValues{Why: "why"}
	for _, tc := range []struct {
		command itms.Command
		answer  cwmp.Message
		want    itms.Outcome
	}{
		{get, &cwmp.GetParameterValuesResponse{Parameters: []cwmp.ParameterValue{
			{Name: "Device.A", Value: "1", Type: "xsd:int"}, {Name: "", Value: "nameless"}, {Name: "Device.\x01", Value: "control"}}},
			itms.Outcome{Command: get, Values: []itms.Param{{Name: "Device.A", Value: "1", Type: itms.TypeInt}}}},
		{get, &cwmp.GetParameterValuesResponse{}, itms.Outcome{Command: get, Values: []itms.Param{}}},
		{itms.GetNames{}, &cwmp.GetParameterNamesResponse{Parameters: []cwmp.ParameterInfo{{Name: "Device.T.", Writable: true}, {Name: " "}}},
			itms.Outcome{Command: itms.GetNames{}, Values: []itms.Param{{Name: "Device.T.", Writable: true}}}},
		{itms.SetValues{}, &cwmp.SetParameterValuesResponse{Status: 1}, itms.Outcome{Command: itms.SetValues{}, Status: 1}},
		{itms.AddObject{}, &cwmp.AddObjectResponse{InstanceNumber: 12, Status: 1}, itms.Outcome{Command: itms.AddObject{}, Status: 1, Instance: "12"}},
		{itms.DeleteObject{}, &cwmp.DeleteObjectResponse{Status: 1}, itms.Outcome{Command: itms.DeleteObject{}, Status: 1}},
		{itms.Reboot{Key: "k"}, &cwmp.RebootResponse{}, itms.Outcome{Command: itms.Reboot{Key: "k"}}},
		{get, &cwmp.RebootResponse{}, itms.Outcome{Command: get, Fault: &itms.DeviceFault{Code: 9002,
			Text: "the device answered GetParameterValues with RebootResponse"}}},
		{get, &cwmp.Fault{Code: 9005, String: "no"}, itms.Outcome{Command: get, Fault: &itms.DeviceFault{Code: 9005, Text: "no"}}},
		{get, &cwmp.Fault{String: "SOAP"}, itms.Outcome{Command: get, Fault: &itms.DeviceFault{Code: 9002, Text: "SOAP"}}},
	} {
		if got := outcomeOf(tc.command, tc.answer); !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%T to %T:\ngot  %+v %+v\nwant %+v", tc.answer, tc.command, got, got.Fault, tc.want)
		}
	}
}

func TestFaultsLoseCredentials(t *testing.T) {
	set := itms.SetValues{Values: []itms.SetValue{
		{Name: "Device.X_CTC_IPTV.ServiceInfo.UserPassword", Value: "s3cret-one"},
		{Name: "Device.Y", Value: "s3cret-two", Hide: true},
		{Name: "Device.Z", Value: "visible"},
		{Name: "Device.W", Value: "", Hide: true},
	}}
	out := outcomeOf(set, &cwmp.Fault{Code: 9003, String: "bad s3cret-one and a visible value", Parameters: []cwmp.ParameterFault{
		{Name: "Device.Y", Code: 9007, String: "cannot take 's3cret-two'"}}})
	if got := out.Fault.Text; got != "bad REDACTED and a visible value" {
		t.Error(got)
	}
	if got := out.Fault.Params; len(got) != 1 || got[0].Text != "cannot take 'REDACTED'" || got[0].Name != "Device.Y" || got[0].Code != 9007 {
		t.Errorf("%+v", got)
	}
}

func TestFaultsLoseTheWholeCredential(t *testing.T) {
	set := itms.SetValues{Values: []itms.SetValue{
		{Name: "Device.A", Value: "pass", Hide: true},
		{Name: "Device.B", Value: "pass-word-two", Hide: true},
		{Name: "Device.C", Value: "word", Hide: true},
	}}
	out := outcomeOf(set, &cwmp.Fault{Code: 9007, String: "not pass-word-two"})
	if got := out.Fault.Text; got != "not REDACTED" {
		t.Error(got)
	}
}

func TestFaultsWithAShortCredential(t *testing.T) {
	for _, short := range []string{"a", "12", "密码"} {
		set := itms.SetValues{Values: []itms.SetValue{
			{Name: "Device.A", Value: "s3cret-one", Hide: true},
			{Name: "Device.B", Value: short, Hide: true},
		}}
		out := outcomeOf(set, &cwmp.Fault{Code: 9003, String: "cannot take " + short, Parameters: []cwmp.ParameterFault{
			{Name: "Device.B", Code: 9007, String: short + " is no value"}}})
		want := &itms.DeviceFault{Code: 9003, Text: cwmp.FaultText(9003), Params: []itms.ParamFault{
			{Name: "Device.B", Code: 9007, Text: cwmp.FaultText(9007)}}}
		if !reflect.DeepEqual(out.Fault, want) {
			t.Errorf("%q: %+v", short, out.Fault)
		}
		if got := outcomeOf(set, &cwmp.Fault{String: short}).Fault; got.Code != 9002 || got.Text != cwmp.FaultText(9002) {
			t.Errorf("%q: %+v", short, got)
		}
	}
}

func TestContactOf(t *testing.T) {
	env := informEnvelope(" 00005E005301 ")
	m := env.Message.(*cwmp.Inform)
	m.DeviceID.OUI = "00005e"
	m.Events = []cwmp.Event{{Code: "1 Boot"}, {Code: "m reboot", CommandKey: "job-1"}, {Code: "X CT-COM BIND"}}
	m.Parameters = append(m.Parameters, cwmp.ParameterValue{Name: "with space", Value: "dropped"})
	c, err := contactOf(env)
	if err != nil {
		t.Fatal(err)
	}
	if c.Device != testDevice || c.CWMP != "1-2" || len(c.Params) != 5 || c.Manufacturer != "Example" {
		t.Errorf("%+v", c)
	}
	if got := strings.Join(c.Events, "|"); got != "1 BOOT|M Reboot|X CT-COM BIND" {
		t.Error(got)
	}
	if got := strings.Join(c.CommandKeys, "|"); got != "|job-1|" {
		t.Error(got)
	}
}

func TestContactNeedsIdentity(t *testing.T) {
	for _, change := range []func(*cwmp.DeviceID){
		func(d *cwmp.DeviceID) { d.OUI = " " },
		func(d *cwmp.DeviceID) { d.SerialNumber = "" },
		func(d *cwmp.DeviceID) { d.SerialNumber = "a\x00b" },
		func(d *cwmp.DeviceID) { d.ProductClass = strings.Repeat("x", 200) },
	} {
		env := informEnvelope("s")
		change(&env.Message.(*cwmp.Inform).DeviceID)
		if _, err := contactOf(env); !itms.IsKind(err, itms.KindInvalid) {
			t.Errorf("got %v", err)
		}
	}
}

func TestChooseVersion(t *testing.T) {
	for _, tc := range []struct {
		offered string
		want    string
		ok      bool
	}{{"", "", true}, {"1.0", "1.0", true}, {"1.0,1.1,1.2,1.3,1.4", "1.4", true}, {"1.4,1.5", "1.4", true}, {"2.0", "", false}} {
		got, ok := chooseVersion(strings.FieldsFunc(tc.offered, func(r rune) bool { return r == ',' }))
		if got != tc.want || ok != tc.ok {
			t.Errorf("%s: %q %v", tc.offered, got, ok)
		}
	}
}

func TestClip(t *testing.T) {
	if got := clip("aé", 2); got != "a" {
		t.Errorf("%q", got)
	}
	if got := clip("ab", 2); got != "ab" {
		t.Errorf("%q", got)
	}
}
