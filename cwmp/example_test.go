package cwmp_test

import (
	"errors"
	"fmt"
	"strings"

	"itms/cwmp"
)

// An ACS reads an Inform and answers it in the version and with the ID of the
// CPE.
func Example() {
	body := `<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:cwmp="urn:dslforum-org:cwmp-1-2">
	<soap-env:Header><cwmp:ID soap-env:mustUnderstand="1">7</cwmp:ID></soap-env:Header>
	<soap-env:Body><cwmp:Inform>
		<DeviceId><OUI>00005E</OUI><ProductClass>STB</ProductClass><SerialNumber>00005E005301</SerialNumber></DeviceId>
		<Event><EventStruct><EventCode>1 Boot</EventCode><CommandKey/></EventStruct></Event>
	</cwmp:Inform></soap-env:Body></soap-env:Envelope>`

	request, err := cwmp.Decode([]byte(body), "text/xml")
	if err != nil {
		fmt.Println(err)
		return
	}
	inform := request.Message.(*cwmp.Inform)
	fmt.Println(inform.DeviceID.SerialNumber, inform.HasEvent(cwmp.EventBoot))

	answer := cwmp.Envelope{ID: request.ID, Version: request.Version, Message: &cwmp.InformResponse{MaxEnvelopes: 1}}
	_, text, _ := strings.Cut(string(answer.Encode()), "<soap-env:Body>")
	fmt.Println(text)
	// Output:
	// 00005E005301 true
	// <cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse></soap-env:Body></soap-env:Envelope>
}

// A body that cannot be read is answered with a fault that says why.
func ExampleDecodeError_Fault() {
	body := `<Envelope><Header><Security mustUnderstand="1"/><ID>7</ID></Header><Body><Inform/></Body></Envelope>`
	request, err := cwmp.Decode([]byte(body), "text/xml")
	var decodeErr *cwmp.DecodeError
	if errors.As(err, &decodeErr) {
		answer := cwmp.Envelope{ID: request.ID, Version: request.Version, Message: decodeErr.Fault()}
		_, text, _ := strings.Cut(string(answer.Encode()), "<faultcode>")
		fmt.Println(request.ID, strings.TrimSuffix(text, "</soap-env:Fault></soap-env:Body></soap-env:Envelope>"))
	}
	// Output:
	// 7 soap-env:MustUnderstand</faultcode><faultstring>the header "Security" must be understood and is not known</faultstring>
}

// Faults are errors with a class that says whether to try again.
func ExampleRetryOf() {
	var err error = cwmp.NewFault(cwmp.FaultResources, "")
	var fault *cwmp.Fault
	if errors.As(err, &fault) {
		fmt.Println(fault, cwmp.RetryOf(fault.Code) == cwmp.RetryLater)
	}
	// Output:
	// cwmp fault 9004 Resources exceeded true
}

// CPEs spell events and times in many ways.
func ExampleCanonicalEvent() {
	fmt.Println(cwmp.CanonicalEvent("4_value_change"))
	fmt.Println(cwmp.CanonicalEvent(" X 00005E GUI"))
	d := cwmp.ParseDateTime("2026-03-05 12:54:14.25 +0100")
	fmt.Println(cwmp.TimeOf(d.Time))
	since, ok := cwmp.ParseDateTime("0001-01-01T01:30:00").SinceBoot()
	fmt.Println(since, ok)
	// Output:
	// 4 VALUE CHANGE
	// X 00005E GUI
	// 2026-03-05T11:54:14Z
	// 1h30m0s true
}
