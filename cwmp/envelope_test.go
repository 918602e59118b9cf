package cwmp

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestEnvelopeIsWrittenLiterally pins the bytes of a whole message: some CPEs
// compare strings instead of parsing XML.
func TestEnvelopeIsWrittenLiterally(t *testing.T) {
	const want = `<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/"` +
		` xmlns:soap-enc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsd="http://www.w3.org/2001/XMLSchema"` +
		` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:cwmp="urn:dslforum-org:cwmp-1-1">` +
		`<soap-env:Header><cwmp:ID soap-env:mustUnderstand="1">a&lt;b</cwmp:ID></soap-env:Header>` +
		`<soap-env:Body><cwmp:GetParameterNames><ParameterPath></ParameterPath><NextLevel>1</NextLevel></cwmp:GetParameterNames>` +
		`</soap-env:Body></soap-env:Envelope>`
	env := &Envelope{ID: "a<b", Version: Version11, Message: &GetParameterNames{NextLevel: true}}
	if got := string(env.Encode()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := string(env.AppendTo([]byte("HEAD"))); got != "HEAD"+want {
		t.Errorf("appended\n%s", got)
	}
}

func TestEnvelopeHeaders(t *testing.T) {
	for name, test := range map[string]struct {
		env  Envelope
		want string
	}{
		"nothing": {Envelope{}, ``},
		"hold requests (ACS)": {
			Envelope{ID: "1", HoldRequests: true},
			`<cwmp:ID soap-env:mustUnderstand="1">1</cwmp:ID><cwmp:HoldRequests soap-env:mustUnderstand="1">1</cwmp:HoldRequests>`,
		},
		"version (ACS)": {
			Envelope{UseVersion: "1.2"},
			`<cwmp:UseCWMPVersion soap-env:mustUnderstand="1">1.2</cwmp:UseCWMPVersion>`,
		},
		"versions and timeout (CPE)": {
			Envelope{SupportedVersions: []string{"1.0", "1.4"}, SessionTimeout: 90 * time.Second},
			`<cwmp:SessionTimeout soap-env:mustUnderstand="0">90</cwmp:SessionTimeout>` +
				`<cwmp:SupportedCWMPVersions soap-env:mustUnderstand="0">1.0,1.4</cwmp:SupportedCWMPVersions>`,
		},
		"no more requests (CPE)": {
			Envelope{NoMoreRequests: true},
			`<cwmp:NoMoreRequests soap-env:mustUnderstand="0">1</cwmp:NoMoreRequests>`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			body := test.env.Encode()
			if !strings.Contains(string(body), `<soap-env:Header>`+test.want+`</soap-env:Header>`) {
				t.Errorf("got %s, want %s", body, test.want)
			}
			got, err := Decode(body, "")
			if err != nil {
				t.Fatal(err)
			}
			test.env.Version = Version10
			if !reflect.DeepEqual(got, &test.env) {
				t.Errorf("read again as %#v", got)
			}
		})
	}
}

// TestEnvelopeHeaderForms are spellings of headers that CPEs use.
func TestEnvelopeHeaderForms(t *testing.T) {
	for header, want := range map[string]Envelope{
		`<HoldRequests mustUnderstand="1">true</HoldRequests>`:                          {HoldRequests: true},
		`<cwmp:HoldRequests>0</cwmp:HoldRequests>`:                                      {},
		`<NoMoreRequests soap:mustUnderstand="1"> TRUE </NoMoreRequests>`:               {NoMoreRequests: true},
		`<SessionTimeout> 30 </SessionTimeout>`:                                         {SessionTimeout: 30 * time.Second},
		`<SessionTimeout>-5</SessionTimeout>`:                                           {},
		`<SessionTimeout>9999999999</SessionTimeout>`:                                   {SessionTimeout: 24 * time.Hour},
		`<SupportedCWMPVersions> 1.0, 1.2,,1.4 </SupportedCWMPVersions>`:                {SupportedVersions: []string{"1.0", "1.2", "1.4"}},
		`<Security mustUnderstand="0">x</Security>`:                                     {},
		`<Security>x</Security><UseCWMPVersion mustUnderstand="1">1.1</UseCWMPVersion>`: {UseVersion: "1.1"},
	} {
		got, err := Decode([]byte(`<Envelope><Header>`+header+`</Header><Body/></Envelope>`), "")
		if err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("%s: got %#v, %v", header, got, err)
		}
	}
}

// TestEncodeOptions are quirks 1 and 66.
func TestEncodeOptions(t *testing.T) {
	env := &Envelope{Message: &SetParameterValues{ParameterKey: "k"}}
	plain := env.Encode()
	if bytes.HasPrefix(plain, []byte("<?xml")) || !bytes.Contains(plain, []byte("<ParameterKey>k</ParameterKey>")) {
		t.Errorf("without options: %s", plain)
	}
	declared := env.AppendWith(nil, EncodeOptions{XMLDeclaration: true})
	if string(declared) != `<?xml version="1.0" encoding="UTF-8"?>`+string(plain) {
		t.Errorf("with a declaration: %s", declared)
	}
	for _, message := range []Message{&SetParameterValues{ParameterKey: "k"}, &AddObject{ParameterKey: "k"}, &DeleteObject{ParameterKey: "k"}} {
		env.Message = message
		if got := env.AppendWith(nil, EncodeOptions{OmitParameterKey: true}); bytes.Contains(got, []byte("ParameterKey")) {
			t.Errorf("ParameterKey was not omitted: %s", got)
		}
	}
	env.Message = &GetParameterNames{NextLevel: true}
	for words, want := range map[bool]string{false: "<NextLevel>1<", true: "<NextLevel>true<"} {
		if got := env.AppendWith(nil, EncodeOptions{BooleanWords: words}); !bytes.Contains(got, []byte(want)) {
			t.Errorf("a boolean: %s", got)
		}
	}
}

// TestEncodeDoesNotShare checks that one envelope can be written into buffers
// of any capacity and by several goroutines.
func TestEncodeDoesNotShare(t *testing.T) {
	env := largeResponse(50)
	want := env.Encode()
	done := make(chan []byte)
	for i := range 4 {
		go func() { done <- env.AppendTo(make([]byte, 0, i*700)) }()
	}
	for range 4 {
		if got := <-done; !bytes.Equal(got, want) {
			t.Errorf("got %d bytes, want %d", len(got), len(want))
		}
	}
}
