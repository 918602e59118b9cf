package cwmp

import "fmt"

// ErrorKind says why a body could not be read.
type ErrorKind uint8

// The kinds of a DecodeError. The zero value is not used.
const (
	// KindMalformed: the body is not XML, is cut off, or is not an envelope.
	KindMalformed ErrorKind = iota + 1
	// KindTooLarge: the body is longer than MaxBodyBytes.
	KindTooLarge
	// KindTooDeep: elements nest deeper than MaxDepth.
	KindTooDeep
	// KindTooMany: more elements, attributes or list entries than allowed.
	KindTooMany
	// KindTooLong: a name, an argument or a value is longer than allowed.
	KindTooLong
	// KindMustUnderstand: a header that this package does not know is marked
	// mustUnderstand; the answer is the SOAP fault MustUnderstand
	// (SOAP 1.1 4.2.3).
	KindMustUnderstand
	// KindVersion: the namespace names a CWMP version that this package does
	// not know; the answer to an Inform is fault 8006.
	KindVersion
)

var kindNames = [...]string{
	KindMalformed:      "malformed",
	KindTooLarge:       "too large",
	KindTooDeep:        "too deep",
	KindTooMany:        "too many",
	KindTooLong:        "too long",
	KindMustUnderstand: "must understand",
	KindVersion:        "version",
}

// String returns the kind in words, such as "too deep".
func (k ErrorKind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// DecodeError is the error of Decode.
type DecodeError struct {
	// Kind is the class of the error, for choosing the answer.
	Kind ErrorKind
	// Where is the element being read, such as "Envelope/Body/Inform". It may
	// be empty.
	Where string
	// Offset is the byte offset in the body, or -1 when the error was found
	// after the XML had been read.
	Offset int
	// Reason is a sentence for a person.
	Reason string
}

// Error returns the reason with its place.
func (e *DecodeError) Error() string {
	text := "cwmp: " + e.Reason
	if e.Where != "" {
		text += " in " + e.Where
	}
	if e.Offset >= 0 {
		text += fmt.Sprintf(" at byte %d", e.Offset)
	}
	return text
}

// Fault returns the SOAP fault that answers a body refused with this error:
// MustUnderstand, or a CWMP fault 8006, 8004 or 8003.
func (e *DecodeError) Fault() *Fault {
	switch e.Kind {
	case KindMustUnderstand:
		return &Fault{SOAPCode: SOAPMustUnderstand, String: e.Reason}
	case KindVersion:
		return NewFault(FaultVersion, e.Reason)
	case KindTooLarge, KindTooDeep, KindTooMany, KindTooLong:
		return NewFault(FaultACSResources, e.Reason)
	}
	return NewFault(FaultACSArguments, e.Reason)
}
