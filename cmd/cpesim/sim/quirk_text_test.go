package sim

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
)

// TestTextsOfMessages: what each quirk of writing makes of the messages that show it, and
// that the rest of the message says what it said before.
func TestTextsOfMessages(t *testing.T) {
	long := cwmp.NewFault(cwmp.FaultInternal, "")
	list := &cwmp.GetParameterNamesResponse{Parameters: []cwmp.ParameterInfo{{Name: "Device.A"}}}
	values := &cwmp.GetParameterValuesResponse{Parameters: []cwmp.ParameterValue{{Name: "Device.A", Value: "a <& b", Type: cwmp.TypeString}, {Name: "Device.B", Type: cwmp.TypeInt}}}
	done := &cwmp.TransferComplete{CommandKey: "k", StartTime: cwmp.TimeOf(fixed()), CompleteTime: cwmp.TimeOf(fixed())}
	for _, c := range []struct {
		quirk    string
		message  cwmp.Message
		has, not string
	}{
		{"empty-body", nil, "<soap-env:Body></soap-env:Body>", "cwmp:Inform"},
		{"cdata", values, "<Value xsi:type=\"xsd:string\"><![CDATA[a <& b]]></Value>", "&lt;"},
		{"doctype", values, "<!DOCTYPE", "nothing"},
		{"encoded-envelope", values, `<soap-env:Body soap-env:encodingStyle=`, "<soap-env:Body>"},
		{"encoded-envelope", values, `xsi:type="soap-enc:Array" soap-enc:arrayType=`, "<soap-env:Envelope xmlns"},
		{"wrong-array-counts", values, `"xsd:string[0099]"`, "ParameterValueStruct["},
		{"no-value-element", values, "<Name>Device.B</Name></ParameterValueStruct>", "xsd:int"},
		{"untyped-values", values, "<Value>a &lt;&amp; b</Value>", "xsi:type"},
		{"names-as-values", list, "<ParameterValueStruct><Name>", "<ParameterInfoStruct>"},
		{"fault-in-faultstring", long, "<faultstring>CWMP fault<cwmp:Fault><FaultCode>9002", "<detail>"},
		{"huge-faultstring", long, "agent.py", "nothing"},
		{"empty-times", done, "<StartTime>+00:00</StartTime><CompleteTime/>", "2030"},
		{"undeclared-prefixes", values, "xmlns:cwmp=", "xmlns:xsi"},
		{"trailing-nuls", values, "Envelope>\x00\x00", "nothing"},
	} {
		quirks, err := ParseQuirks(c.quirk)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := quirks.encode("1", c.message)
		if !bytes.Contains(body, []byte(c.has)) || bytes.Contains(body, []byte(c.not)) {
			t.Errorf("%s: %s", c.quirk, body)
		}
		env, err := cwmp.Decode(body, "")
		if err != nil || methodOf(env.Message) != methodOf(c.message) {
			t.Errorf("%s: %v in %s", c.quirk, err, body)
		}
	}
}

// TestTextsOfInforms: quirks of the Inform alone, which the ACS can still read.
func TestTextsOfInforms(t *testing.T) {
	plain, _, _, _ := played(t, "http10")
	want := plain.Sessions()[0].Inform
	for quirk, has := range map[string]string{
		"control-characters": "Box\x02maker&#x2;", "unescaped-ampersand": "Box & maker", "wrong-content-length": "Süd",
		"bad-dates": "<CurrentTime>2019-03-05T11:54::14<", "bad-dates=x": "<CurrentTime>x<", "fields-reordered": "<cwmp:Inform><cwmp:ParameterList ",
		"cdata": "<EventCode><![CDATA[0 BOOTSTRAP]]>",
	} {
		acs := &acstest.ACS{}
		cpe := box(t, acs, Config{}, quirk)
		body, _ := cpe.EncodeInform(want.Events...)
		env, err := cwmp.Decode(body, "")
		if err != nil || !bytes.Contains(body, []byte(has)) || strings.HasPrefix(quirk, "fields") && bytes.Contains(body, []byte("RetryCount")) {
			t.Fatalf("%s: %v, %s", quirk, err, body)
		}
		got := env.Message.(*cwmp.Inform)
		if got.DeviceID.SerialNumber != want.DeviceID.SerialNumber || !reflect.DeepEqual(got.Events, want.Events) || len(got.Parameters) != len(want.Parameters) {
			t.Errorf("%s: %+v", quirk, got)
		}
	}
}
