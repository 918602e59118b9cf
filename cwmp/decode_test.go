package cwmp

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestDecodeRefuses(t *testing.T) {
	list := func(item string, n int) string {
		return `<GetParameterValuesResponse><ParameterList>` + strings.Repeat(item, n) + `</ParameterList></GetParameterValuesResponse>`
	}
	value := func(name, text string) string {
		return list(`<ParameterValueStruct><Name>`+name+`</Name><Value>`+text+`</Value></ParameterValueStruct>`, 1)
	}
	for name, test := range map[string]struct {
		body []byte
		kind ErrorKind
	}{
		"not XML":             {[]byte("POST"), KindMalformed},
		"no envelope":         {[]byte("<html><body/></html>"), KindMalformed},
		"no body":             {[]byte("<Envelope><Header/></Envelope>"), KindMalformed},
		"too large":           {bytes.Repeat([]byte(" "), MaxBodyBytes+1), KindTooLarge},
		"too deep":            {wrap(strings.Repeat("<X_00005E_A>", MaxDepth)), KindTooDeep},
		"too many parameters": {wrap(list(`<P/>`, MaxItems+1)), KindTooMany},
		"name too long":       {wrap(value(strings.Repeat("A", MaxNameBytes+1), "")), KindTooLong},
		"value too long":      {wrap(value("A", strings.Repeat("A", MaxValueBytes+1))), KindTooLong},
		"key too long":        {wrap(`<Reboot><CommandKey>` + strings.Repeat("A", MaxFieldBytes+1) + `</CommandKey></Reboot>`), KindTooLong},
		"ID too long":         {[]byte(`<Envelope><Header><ID>` + strings.Repeat("A", MaxNameBytes+1) + `</ID></Header><Body/></Envelope>`), KindTooLong},
	} {
		t.Run(name, func(t *testing.T) {
			env, kind := decodeKind(t, test.body)
			if kind != test.kind {
				t.Errorf("got kind %v, want %v", kind, test.kind)
			}
			if env == nil || env.Message != nil {
				t.Errorf("got %#v beside the error", env)
			}
		})
	}
}

// TestDecodeKeepsLimits checks that what is at a limit is still read.
func TestDecodeKeepsLimits(t *testing.T) {
	for name, body := range map[string][]byte{
		"parameters": wrap(`<GetParameterValuesResponse><ParameterList>` + strings.Repeat(`<P/>`, MaxItems) + `</ParameterList></GetParameterValuesResponse>`),
		"name":       wrap(`<AddObject><ObjectName>` + strings.Repeat("A", MaxNameBytes) + `</ObjectName></AddObject>`),
		"value":      wrap(`<GetParameterValuesResponse><ParameterList><P><Value>` + strings.Repeat("A", MaxValueBytes) + `</Value></P></ParameterList></GetParameterValuesResponse>`),
	} {
		if env, kind := decodeKind(t, body); kind != 0 || env.Message == nil {
			t.Errorf("%s: got kind %v", name, kind)
		}
	}
}

// TestDecodeErrorHasEnvelope checks that the ID and the version are there for
// the answer when the message is not.
func TestDecodeErrorHasEnvelope(t *testing.T) {
	head := `<s:Envelope xmlns:cwmp="urn:dslforum-org:cwmp-1-2"><s:Header><cwmp:ID>42</cwmp:ID>%s</s:Header><s:Body>%s</s:Body></s:Envelope>`
	for name, test := range map[string]struct {
		header, message string
		kind            ErrorKind
	}{
		"cut":             {"", "<Inform><DeviceId>", KindMalformed},
		"crossed tags":    {"", "<Inform><a></b></Inform>", KindMalformed},
		"too deep":        {"", strings.Repeat("<Inform>", MaxDepth), KindTooDeep},
		"must understand": {`<x:Security s:mustUnderstand="1"/>`, "<Inform/>", KindMustUnderstand},
	} {
		env, kind := decodeKind(t, fmt.Appendf(nil, head, test.header, test.message))
		if kind != test.kind || env.ID != "42" || env.Version != Version12 || env.Message != nil {
			t.Errorf("%s: got %+v, kind %v", name, env, kind)
		}
	}
}

func TestDecodeMustUnderstand(t *testing.T) {
	for header, want := range map[string]ErrorKind{
		`<x:Security s:mustUnderstand="1"/>`:                      KindMustUnderstand,
		`<Security mustUnderstand="true"/>`:                       KindMustUnderstand,
		`<x:Security s:mustUnderstand="0"/>`:                      0,
		`<x:Security/>`:                                           0,
		`<cwmp:ID s:mustUnderstand="1">1</cwmp:ID>`:               0,
		`<UseCWMPVersion mustUnderstand="1">1.0</UseCWMPVersion>`: 0,
	} {
		if _, kind := decodeKind(t, []byte(`<s:Envelope><s:Header>`+header+`</s:Header><s:Body/></s:Envelope>`)); kind != want {
			t.Errorf("%s: got kind %v, want %v", header, kind, want)
		}
	}
}

func TestDecodeVersion(t *testing.T) {
	const ns = "urn:dslforum-org:cwmp-"
	for body, want := range map[string]Version{
		`<Envelope xmlns:cwmp="` + ns + `1-0"><Body/></Envelope>`:                                             Version10,
		`<Envelope xmlns:x="urn:x" xmlns:y=" ` + ns + `1-4 "><Body/></Envelope>`:                              Version14,
		`<Envelope><Header><ID xmlns="` + ns + `1-3">1</ID></Header><Body/></Envelope>`:                       Version13,
		`<Envelope><Body xmlns:cwmp="` + ns + `1-1"><cwmp:Reboot/></Body></Envelope>`:                         Version11,
		`<Envelope><Body><Reboot xmlns="` + ns + `1-2"/></Body></Envelope>`:                                   Version12,
		`<Envelope><Body><Reboot note="` + ns + `1-2"/></Body></Envelope>`:                                    VersionUnknown,
		`<Envelope><Body><Reboot/></Body></Envelope>`:                                                         VersionUnknown,
		`<Envelope xmlns:a="` + ns + `1-1"><Body><cwmp:Reboot xmlns:cwmp="` + ns + `1-2"/></Body></Envelope>`: Version11,
	} {
		env, err := Decode([]byte(body), "")
		if err != nil || env.Version != want {
			t.Errorf("%s: got %v, %v, want %v", body, env.Version, err, want)
		}
	}
	for _, unknown := range []string{"1-5", "1-9", "2-0", "1-10", "", "1-2-3"} {
		env, kind := decodeKind(t, []byte(`<Envelope xmlns:cwmp="`+ns+unknown+`"><Header><cwmp:ID>9</cwmp:ID></Header><Body><cwmp:Inform/></Body></Envelope>`))
		if kind != KindVersion || env.ID != "9" || env.Message != nil {
			t.Errorf("cwmp-%s: got kind %v, ID %q", unknown, kind, env.ID)
		}
	}
}

// TestDecodeOneMessage checks that only the first body element counts.
func TestDecodeOneMessage(t *testing.T) {
	checkBody(t, `text <Reboot/><FactoryReset/>`, &Reboot{})
}

// TestDecodeDoesNotKeepTheBody checks that a message survives its buffer.
func TestDecodeDoesNotKeepTheBody(t *testing.T) {
	body := wrap(`<Reboot><CommandKey>key-1</CommandKey></Reboot>`)
	env, err := Decode(body, "")
	if err != nil {
		t.Fatal(err)
	}
	for i := range body {
		body[i] = 'x'
	}
	if got := env.Message.(*Reboot).CommandKey; got != "key-1" || env.ID != "1" {
		t.Errorf("got %q and ID %q", got, env.ID)
	}
}

// TestDecodeIsLinear checks the memory, not the time, of a message that is
// twenty times as long.
func TestDecodeIsLinear(t *testing.T) {
	cost := func(n int) float64 {
		body := largeResponse(n).Encode()
		return testing.AllocsPerRun(3, func() {
			if _, err := Decode(body, ""); err != nil {
				t.Fatal(err)
			}
		})
	}
	if small, large := cost(1000), cost(20000); large > 21*small {
		t.Errorf("%v allocations for 1,000 parameters, %v for 20,000", small, large)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(wrap(`<Reboot/>`), "text/xml; charset=iso-8859-1")
	f.Add([]byte("<?xml version='1.0' encoding='latin1'?><Envelope/>"), "")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		env, err := Decode(body, contentType)
		if env == nil || err != nil && env.Message != nil {
			t.Fatalf("got %#v, %v", env, err)
		}
	})
}
