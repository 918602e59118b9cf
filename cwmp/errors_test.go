package cwmp

import "testing"

func TestDecodeErrorText(t *testing.T) {
	for want, err := range map[string]*DecodeError{
		"cwmp: the body ends too early in Envelope/Body at byte 7": {KindMalformed, "Envelope/Body", 7, "the body ends too early"},
		"cwmp: the envelope has no body in Envelope":               {KindMalformed, "Envelope", -1, "the envelope has no body"},
		"cwmp: the body is longer than 9 bytes":                    {KindTooLarge, "", -1, "the body is longer than 9 bytes"},
	} {
		if got := err.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestDecodeErrorNamesPlace(t *testing.T) {
	_, err := Decode([]byte("<Envelope><Body><Inform><DeviceId></Event>"), "")
	const want = "cwmp: <DeviceId> is closed by </Event> in Envelope/Body/Inform/DeviceId at byte 41"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestDecodeErrorFault(t *testing.T) {
	for kind, want := range map[ErrorKind]int{
		KindMalformed: FaultACSArguments, KindTooLarge: FaultACSResources, KindTooDeep: FaultACSResources,
		KindTooMany: FaultACSResources, KindTooLong: FaultACSResources, KindVersion: FaultVersion, KindMustUnderstand: 0,
	} {
		fault := (&DecodeError{Kind: kind, Reason: "why"}).Fault()
		if fault.Code != want || fault.String != "why" {
			t.Errorf("%v: got %+v", kind, fault)
		}
		if (fault.SOAPCode == SOAPMustUnderstand) != (kind == KindMustUnderstand) {
			t.Errorf("%v: faultcode %s", kind, fault.SOAPCode)
		}
	}
}

func TestErrorKindString(t *testing.T) {
	for kind, want := range map[ErrorKind]string{
		KindMalformed: "malformed", KindTooLarge: "too large", KindTooDeep: "too deep", KindTooMany: "too many",
		KindTooLong: "too long", KindMustUnderstand: "must understand", KindVersion: "version", 0: "kind 0", 99: "kind 99",
	} {
		if got := kind.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
