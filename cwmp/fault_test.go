package cwmp

import (
	"errors"
	"strings"
	"testing"
)

func TestFault(t *testing.T) {
	checkGolden(t, &Fault{
		SOAPCode: SOAPClient,
		Code:     FaultArguments,
		String:   "Invalid arguments",
		Parameters: []ParameterFault{
			{"Device.WiFi.SSID.1.SSID", FaultValue, "longer than 32 characters"},
			{"Device.WiFi.SSID.2.Enable", FaultType, ""},
		},
	})
}

func FuzzFault(f *testing.F) { fuzzGolden(f, "Fault") }

// TestFaultForms are the places where CPEs put a fault, and what they leave
// out.
func TestFaultForms(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		want Fault
	}{
		"inside faultstring (quirk 6)": {
			`<soap:Fault><faultcode>Client</faultcode><faultstring>CWMP fault<cwmp:Fault><FaultCode>9005</FaultCode><FaultString>bad name</FaultString></cwmp:Fault></faultstring></soap:Fault>`,
			Fault{SOAPCode: SOAPClient, Code: 9005, String: "bad name"},
		},
		"no prefix, no detail": {
			`<Fault><FaultCode> 9002 </FaultCode><FaultString>x</FaultString></Fault>`,
			Fault{SOAPCode: SOAPServer, Code: 9002, String: "x"},
		},
		"code in detail itself": {
			`<Fault><faultcode>SOAP-ENV:Client</faultcode><detail><FaultCode>9003</FaultCode></detail></Fault>`,
			Fault{SOAPCode: SOAPClient, Code: 9003},
		},
		"order reversed": {
			`<Fault><detail><Fault><SetParameterValuesFault><FaultCode>9007</FaultCode><ParameterName>A.B</ParameterName></SetParameterValuesFault><FaultString>y</FaultString><FaultCode>9003</FaultCode></Fault></detail></Fault>`,
			Fault{SOAPCode: SOAPServer, Code: 9003, String: "y", Parameters: []ParameterFault{{"A.B", 9007, ""}}},
		},
		"fault of SOAP": {
			`<s:Fault><faultcode>s:MustUnderstand</faultcode><faultstring>no</faultstring></s:Fault>`,
			Fault{SOAPCode: SOAPMustUnderstand, String: "no"},
		},
		"several parameters (quirk 58)": {
			`<Fault><faultcode>Client</faultcode><detail><Fault><FaultCode>9003</FaultCode>` +
				`<SetParameterValuesFault><ParameterName>A</ParameterName><FaultCode>9005</FaultCode><FaultString>1</FaultString></SetParameterValuesFault>` +
				`<SetParameterValuesFault><ParameterName>B</ParameterName><FaultCode>9008</FaultCode><FaultString>2</FaultString></SetParameterValuesFault></Fault></detail></Fault>`,
			Fault{SOAPCode: SOAPClient, Code: 9003, Parameters: []ParameterFault{{"A", 9005, "1"}, {"B", 9008, "2"}}},
		},
		"empty": {`<Fault/>`, Fault{SOAPCode: SOAPServer}},
	} {
		t.Run(name, func(t *testing.T) { checkBody(t, test.body, &test.want) })
	}
}

// TestFaultStringIsCut is quirk 59: a stack trace as FaultString.
func TestFaultStringIsCut(t *testing.T) {
	trace := strings.Repeat("é", 4000)
	env := decodeBody(t, `<Fault><detail><Fault><FaultCode>9002</FaultCode><FaultString>`+trace+`</FaultString></Fault></detail></Fault>`)
	got := env.Message.(*Fault).String
	if len(got) != MaxFaultStringBytes || !strings.HasPrefix(trace, got) {
		t.Errorf("kept %d bytes", len(got))
	}
}

func TestFaultError(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{NewFault(FaultName, ""), "cwmp fault 9005 Invalid parameter name"},
		{NewFault(FaultName, "A.B"), "cwmp fault 9005 Invalid parameter name: A.B"},
		{&Fault{SOAPCode: SOAPClient, String: "no"}, "soap fault Client: no"},
		{TransferFault{Code: 9801, String: "x"}.Err(), "cwmp fault 9801 vendor fault: x"},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	if err := (TransferFault{}).Err(); err != nil {
		t.Errorf("success is the error %v", err)
	}
	var fault *Fault
	if !errors.As(TransferFault{Code: FaultCorrupted}.Err(), &fault) || fault.Code != FaultCorrupted {
		t.Error("a transfer fault is no *Fault")
	}
}

func TestFaultSOAPCode(t *testing.T) {
	for _, test := range []struct {
		fault Fault
		want  string
	}{
		{Fault{Code: FaultName}, "<faultcode>Client</faultcode><faultstring>CWMP fault</faultstring>"},
		{Fault{Code: FaultACSMethod}, "<faultcode>Server</faultcode><faultstring>CWMP fault</faultstring>"},
		{Fault{Code: FaultName, SOAPCode: SOAPServer}, "<faultcode>Server</faultcode>"},
		{Fault{SOAPCode: SOAPMustUnderstand, String: "no"}, "<faultcode>soap-env:MustUnderstand</faultcode><faultstring>no</faultstring></soap-env:Fault>"},
	} {
		env := Envelope{Message: &test.fault}
		if got := string(env.Encode()); !strings.Contains(got, test.want) {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}
