package cwmp

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// wrap puts a message element in an envelope as a plain CPE writes it.
func wrap(message string) []byte {
	return []byte(`<soap:Envelope xmlns:cwmp="urn:dslforum-org:cwmp-1-0"><soap:Header><cwmp:ID>1</cwmp:ID></soap:Header><soap:Body>` +
		message + `</soap:Body></soap:Envelope>`)
}

func decodeBody(t *testing.T, message string) *Envelope {
	t.Helper()
	env, err := Decode(wrap(message), "")
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func checkBody(t *testing.T, message string, want Message) {
	t.Helper()
	if got := decodeBody(t, message).Message; !reflect.DeepEqual(got, want) {
		t.Errorf("read\n%#v\nwant\n%#v", got, want)
	}
}

func decodeKind(t *testing.T, body []byte) (*Envelope, ErrorKind) {
	t.Helper()
	env, err := Decode(body, "")
	var decodeErr *DecodeError
	if err != nil && !errors.As(err, &decodeErr) {
		t.Fatalf("%T is no *DecodeError", err)
	}
	if err == nil {
		return env, 0
	}
	return env, decodeErr.Kind
}

// The tests below are named after the devices and programs that were seen to
// send what they check.

func TestQuirkIDPlaces(t *testing.T) {
	for name, test := range map[string]struct{ body, want string }{
		"in the header":             {`<Envelope><Header><ID> a&amp;b </ID></Header><Body/></Envelope>`, " a&b "},
		"numeric":                   {`<Envelope><Header><cwmp:ID>12345678901234567890</cwmp:ID></Header><Body/></Envelope>`, "12345678901234567890"},
		"missing (8)":               {`<Envelope><Header></Header><Body/></Envelope>`, ""},
		"empty header (8)":          {`<Envelope><Header/><Body/></Envelope>`, ""},
		"no header (8)":             {`<Envelope><Body/></Envelope>`, ""},
		"between header and body":   {`<Envelope><Header/><cwmp:ID>7</cwmp:ID><Body/></Envelope>`, "7"},
		"header after the body":     {`<Envelope><Body/><Header><ID>7</ID></Header></Envelope>`, "7"},
		"header of lower case name": {`<Envelope><header><Id>7</Id></header><Body/></Envelope>`, "7"},
	} {
		env, err := Decode([]byte(test.body), "")
		if err != nil || env.ID != test.want {
			t.Errorf("%s: got %q, %v, want %q", name, env.ID, err, test.want)
		}
		again, err := Decode(env.Encode(), "")
		if err != nil || again.ID != test.want {
			t.Errorf("%s: echoed as %q, %v", name, again.ID, err)
		}
	}
}

// TestQuirkBareInform has quirks 8 to 11, 23, 24, 26 and 51: an Inform without
// namespaces, ID and events, in another order, its children in the CWMP
// namespace, its last end tags lost.
func TestQuirkBareInform(t *testing.T) {
	body := `<soap:Envelope><soap:Body><cwmp:Inform>
		<cwmp:ParameterList soap-enc:arrayType="string[04]"><ParameterValueStruct><Value xsi:type="xsd:string">1.0</Value><Name>Device.DeviceInfo.SoftwareVersion</Name></ParameterValueStruct></cwmp:ParameterList>
		<cwmp:CurrentTime>2019-03-05T11:54:14</cwmp:CurrentTime>
		<cwmp:Event soap-enc:arrayType="cwmp:EventStruct[1]"></cwmp:Event>
		<cwmp:DeviceID><cwmp:SerialNumber>00005e005302</cwmp:SerialNumber><cwmp:OUI>00005e</cwmp:OUI></cwmp:DeviceID>
	</cwmp:Inform></soap:Body></soap:Enve`
	env, err := Decode([]byte(body), "application/x-www-form-urlencoded")
	if err != nil {
		t.Fatal(err)
	}
	want := &Inform{
		DeviceID:    DeviceID{OUI: "00005e", SerialNumber: "00005e005302"},
		CurrentTime: ParseDateTime("2019-03-05T11:54:14"),
		Parameters:  []ParameterValue{{"Device.DeviceInfo.SoftwareVersion", "1.0", TypeString}},
	}
	if !reflect.DeepEqual(env.Message, want) || env.Version != VersionUnknown || env.ID != "" {
		t.Errorf("read %#v of version %v, want %#v", env.Message, env.Version, want)
	}
}

// TestQuirkValues has quirks 24, 30, 31, 39 and 64, one parameter each.
func TestQuirkValues(t *testing.T) {
	for name, test := range map[string]struct {
		item string
		want []ParameterValue
	}{
		"missing Value (30)":     {`<Name>A</Name>`, []ParameterValue{{"A", "", TypeString}}},
		"no type (31)":           {`<Name>A</Name><Value> 1 </Value>`, []ParameterValue{{"A", " 1 ", TypeString}}},
		"type object (39)":       {`<Name>A.</Name><Value xsi:type="object"></Value>`, nil},
		"type xsd:object (39)":   {`<Name>A.</Name><Value xsi:type="xsd:object"/>`, nil},
		"other prefix":           {`<Name>A</Name><Value xsi:type="xs:unsignedInt">1</Value>`, []ParameterValue{{"A", "1", TypeUnsignedInt}}},
		"no prefix, other case":  {`<Name> A </Name><Value type="UnsignedInt"> 1 </Value>`, []ParameterValue{{"A", "1", TypeUnsignedInt}}},
		"unknown type":           {`<Name>A</Name><Value xsi:type="cwmp:Thing">1</Value>`, []ParameterValue{{"A", "1", TypeString}}},
		"soap-enc base64":        {`<Name>A</Name><Value xsi:type="soap-enc:base64">AA==</Value>`, []ParameterValue{{"A", "AA==", TypeBase64}}},
		"encodingStyle (64)":     {`<Name xsi:type="xsd:string">A</Name><Value soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/" xsi:type="xsd:boolean">TRUE</Value>`, []ParameterValue{{"A", "TRUE", TypeBoolean}}},
		"CDATA":                  {`<Name>A</Name><Value><![CDATA[<b> & c]]></Value>`, []ParameterValue{{"A", "<b> & c", TypeString}}},
		"comment inside":         {`<Name>A</Name><Value>1<!-- x -->2</Value>`, []ParameterValue{{"A", "12", TypeString}}},
		"control character (29)": {"<Name>A</Name><Value>\x02</Value>", []ParameterValue{{"A", "\uFFFD", TypeString}}},
		"bare ampersand in SSID": {`<Name>A</Name><Value>Tom & Eva</Value>`, []ParameterValue{{"A", "Tom & Eva", TypeString}}},
		"nothing":                {``, []ParameterValue{{"", "", TypeString}}},
	} {
		t.Run(name, func(t *testing.T) {
			checkBody(t, `<cwmp:GetParameterValuesResponse><ParameterList xsi:type="SOAP-ENC:Array" SOAP-ENC:arrayType="ParameterValueStruct[9]"><ParameterValueStruct>`+
				test.item+`</ParameterValueStruct></ParameterList></cwmp:GetParameterValuesResponse>`,
				&GetParameterValuesResponse{Parameters: test.want})
		})
	}
}

// TestQuirkNamesAsValues is quirk 25: the items of a GetParameterNamesResponse
// bear the name of another struct.
func TestQuirkNamesAsValues(t *testing.T) {
	checkBody(t, `<cwmp:GetParameterNamesResponse><ParameterList soap-enc:arrayType="cwmp:ParameterValueStruct[1]">
		<ParameterValueStruct><Name>Device.</Name><Writable>False</Writable></ParameterValueStruct>
		<ParameterInfoStruct><Writable>true</Writable><Name>Device.WiFi.</Name></ParameterInfoStruct>
		</ParameterList></cwmp:GetParameterNamesResponse>`,
		&GetParameterNamesResponse{Parameters: []ParameterInfo{{"Device.", false}, {"Device.WiFi.", true}}})
}

// TestQuirkTransferTimes is quirk 5: times that are empty or only a zone.
func TestQuirkTransferTimes(t *testing.T) {
	for _, times := range []string{
		`<StartTime></StartTime><CompleteTime/>`,
		`<StartTime>+00:00</StartTime>`,
		`<StartTime>0001-01-01T00:00:00Z</StartTime><CompleteTime>0001-01-01T00:00:00+00:00</CompleteTime>`,
	} {
		checkBody(t, `<cwmp:DownloadResponse><Status>1</Status>`+times+`</cwmp:DownloadResponse>`,
			&DownloadResponse{Status: StatusPending})
	}
}

// TestQuirkNumbers are numbers that are missing, negative, too large or none,
// among them the retry count of quirk 57.
func TestQuirkNumbers(t *testing.T) {
	for text, want := range map[string]uint32{
		"": 0, " 5123 ": 5123, "-1": 0, "x": 0, "4294967295": 4294967295, "99999999999999999999": 4294967295,
		"1.5": 0, "+7": 7,
	} {
		checkBody(t, `<Inform><RetryCount>`+text+`</RetryCount></Inform>`, &Inform{RetryCount: want})
	}
	for text, want := range map[string]int{"-1": -1, "99999999999": 2147483647, "-99999999999999999999": -2147483648, "": 0} {
		checkBody(t, `<SetParameterValuesResponse><Status>`+text+`</Status></SetParameterValuesResponse>`,
			&SetParameterValuesResponse{Status: want})
	}
}

// TestQuirkCharset is quirk 53: Latin-1, said in the Content-Type, in the
// declaration, or nowhere.
func TestQuirkCharset(t *testing.T) {
	const message = "<Reboot><CommandKey>gr\xfc\xdfe</CommandKey></Reboot>"
	for _, test := range []struct{ declaration, contentType string }{
		{"", "text/xml; charset=ISO-8859-1"},
		{`<?xml version="1.0" encoding="iso-8859-1"?>`, "text/xml"},
		{"", ""},
		{`<?xml version="1.0" encoding="UTF-8"?>`, "text/xml; charset=utf-8"},
	} {
		body := append([]byte(test.declaration), wrap(message)...)
		env, err := Decode(body, test.contentType)
		if err != nil {
			t.Fatal(err)
		}
		if got := env.Message.(*Reboot).CommandKey; got != "grüße" {
			t.Errorf("%+v: got %q", test, got)
		}
	}
}

// TestQuirkCutTail is quirk 23: Content-Length in characters cuts the tail.
func TestQuirkCutTail(t *testing.T) {
	whole := string(wrap(`<Reboot><CommandKey>x</CommandKey></Reboot>`))
	end := strings.Index(whole, "</Reboot>") + len("</Reboot>")
	for n := end - 1; n <= len(whole); n++ {
		env, kind := decodeKind(t, []byte(whole[:n]))
		if n < end && kind != KindMalformed {
			t.Errorf("cut inside the message at %d: got kind %v", n, kind)
		}
		if n >= end && (kind != 0 || env.Message == nil) {
			t.Errorf("cut after the message at %d: got kind %v", n, kind)
		}
	}
}

// TestQuirkEmptyBody: white space and NULs as an empty POST, and an envelope
// with an empty body.
func TestQuirkEmptyBody(t *testing.T) {
	for _, body := range []string{"", "\r\n", "\x00", `<soap:Envelope><soap:Header/><soap:Body></soap:Body></soap:Envelope>`, `<Envelope><Body> </Body></Envelope>`} {
		env, err := Decode([]byte(body), "")
		if err != nil || env.Message != nil {
			t.Errorf("%q: got %#v, %v", body, env.Message, err)
		}
	}
}

// checkWritten checks the bytes a message is written as.
func checkWritten(t *testing.T, message Message, want string) {
	t.Helper()
	_, got, _ := strings.Cut(string((&Envelope{Message: message}).Encode()), "<soap-env:Body>")
	if got = strings.TrimSuffix(got, "</soap-env:Body></soap-env:Envelope>"); got != want {
		t.Errorf("written\n%s\nwant\n%s", got, want)
	}
}

// checkRefused checks that a message is not read.
func checkRefused(t *testing.T, want ErrorKind, message string) {
	t.Helper()
	if env, kind := decodeKind(t, wrap(message)); kind != want || env.Message != nil {
		t.Errorf("got kind %v, want %v", kind, want)
	}
}

// TestQuirkContentType is quirk 12: whatever the header says besides the
// charset, the body counts.
func TestQuirkContentType(t *testing.T) {
	for _, contentType := range []string{
		"", "text/plain", "application/x-www-form-urlencoded", "text/xml;", "text/xml; charset=", `text/xml; charset="utf-8`,
		"text/xml; charset=klingon", "charset", "\x00",
	} {
		env, err := Decode(wrap(`<Reboot><CommandKey>é</CommandKey></Reboot>`), contentType)
		if err != nil {
			t.Errorf("%q: %v", contentType, err)
		} else if got := env.Message.(*Reboot).CommandKey; got != "é" {
			t.Errorf("%q: got %q", contentType, got)
		}
	}
}

// TestQuirkUnsetParameterKey is quirk 45: a key that was never set.
func TestQuirkUnsetParameterKey(t *testing.T) {
	const item = `<ParameterValueStruct><Name>Device.ManagementServer.ParameterKey</Name><Value xsi:type="xsd:string">(null)</Value></ParameterValueStruct>`
	checkBody(t, `<Inform><ParameterList>`+item+`</ParameterList></Inform>`, &Inform{
		Parameters: []ParameterValue{{"Device.ManagementServer.ParameterKey", "(null)", TypeString}},
	})
}

// TestQuirkTwoRoots is quirk 60: parameters of both data model roots, the same
// name twice (43), all kept in order.
func TestQuirkTwoRoots(t *testing.T) {
	item := func(name string) string {
		return `<ParameterInfoStruct><Name>` + name + `</Name><Writable>0</Writable></ParameterInfoStruct>`
	}
	checkBody(t, `<GetParameterNamesResponse><ParameterList>`+item("Device.")+item("InternetGatewayDevice.")+item("Device.")+
		`</ParameterList></GetParameterNamesResponse>`,
		&GetParameterNamesResponse{Parameters: []ParameterInfo{{"Device.", false}, {"InternetGatewayDevice.", false}, {"Device.", false}}})
}

// TestQuirkEncodedEnvelope are quirks 64 and 65: encodingStyle on Envelope and
// Body, types on everything, all namespaces on the Envelope alone.
func TestQuirkEncodedEnvelope(t *testing.T) {
	const body = `<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/"
	xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:cwmp="urn:dslforum-org:cwmp-1-2"
	SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">
<SOAP-ENV:Header><cwmp:ID SOAP-ENV:mustUnderstand="1" xsi:type="xsd:string">1804289383</cwmp:ID></SOAP-ENV:Header>
<SOAP-ENV:Body SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">
<cwmp:GetParameterValuesResponse><ParameterList xsi:type="SOAP-ENC:Array" SOAP-ENC:arrayType="cwmp:ParameterValueStruct[0001]">
<ParameterValueStruct xsi:type="cwmp:ParameterValueStruct"><Name xsi:type="xsd:string">Device.DeviceInfo.UpTime</Name>
<Value xsi:type="xsd:unsignedInt">42</Value></ParameterValueStruct></ParameterList></cwmp:GetParameterValuesResponse>
</SOAP-ENV:Body></SOAP-ENV:Envelope>`
	env, err := Decode([]byte(body), "text/xml; charset=utf-8")
	if err != nil {
		t.Fatal(err)
	}
	want := &Envelope{ID: "1804289383", Version: Version12, Message: &GetParameterValuesResponse{
		Parameters: []ParameterValue{{"Device.DeviceInfo.UpTime", "42", TypeUnsignedInt}},
	}}
	if !reflect.DeepEqual(env, want) {
		t.Errorf("read %#v", env)
	}
}

// TestQuirkTransferWithoutCommand is quirk 48: event 7 without its "M" event,
// and a TransferComplete without CommandKey.
func TestQuirkTransferWithoutCommand(t *testing.T) {
	env := decodeBody(t, `<Inform><Event><EventStruct><EventCode>7 TRANSFER COMPLETE</EventCode><CommandKey/></EventStruct></Event></Inform>`)
	inform := env.Message.(*Inform)
	if !inform.HasEvent(EventTransferComplete) || inform.HasEvent(EventMDownload) || inform.Events[0].CommandKey != "" {
		t.Errorf("got %+v", inform.Events)
	}
	checkBody(t, `<TransferComplete><FaultStruct><FaultCode>0</FaultCode></FaultStruct></TransferComplete>`, &TransferComplete{})
}

// TestQuirkVendorRPC checks that an RPC nobody knows, also one whose name is
// misspelt, is a message and no error.
func TestQuirkVendorRPC(t *testing.T) {
	for _, name := range []string{"X_00005E_Probe", "GetRpcMethods", "InformRequest", "Body"} {
		env := decodeBody(t, `<v:`+name+` xmlns:v="urn:example"><Arg>1</Arg></v:`+name+`>`)
		want := &UnknownMethod{Name: name, Arguments: []Argument{{Name: "Arg", Text: "1"}}}
		if !reflect.DeepEqual(env.Message, want) || env.ID != "1" {
			t.Errorf("got %#v", env.Message)
		}
	}
}

// TestDecodeInParallel lets the race detector see the shared tables.
func TestDecodeInParallel(t *testing.T) {
	body := largeResponse(200).Encode()
	want, err := Decode(body, "")
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan *Envelope)
	for range 4 {
		go func() {
			env, _ := Decode(body, "")
			results <- env
		}()
	}
	for range 4 {
		if got := <-results; !reflect.DeepEqual(got, want) {
			t.Error("two readings of one body differ")
		}
	}
}
