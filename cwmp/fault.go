package cwmp

import "strings"

// The values of Fault.SOAPCode (SOAP 1.1 4.4.1). CWMP itself uses the first
// two.
const (
	SOAPClient         = "Client"
	SOAPServer         = "Server"
	SOAPMustUnderstand = "MustUnderstand"
)

// faultReason is the faultstring of every CWMP fault (TR-069 Amd 6 3.5).
const faultReason = "CWMP fault"

// Fault is a SOAP fault, with the CWMP fault inside it (TR-069 Amd 6 A.5). It
// is a message and an error.
type Fault struct {
	// SOAPCode is the faultcode without prefix. When empty, the one that fits
	// Code is written.
	SOAPCode string
	// Code is the CWMP fault code; 0 when there was none, as in a fault of
	// SOAP itself.
	Code int
	// String is the fault text, at most MaxFaultStringBytes when read.
	String string
	// Parameters are the parameters that SetParameterValues failed on.
	Parameters []ParameterFault
}

// ParameterFault is why one parameter could not be set (TR-069 Amd 6 A.3.2.1
// SetParameterValuesFault).
type ParameterFault struct {
	Name   string
	Code   int
	String string
}

var (
	_ Message = (*Fault)(nil)
	_ error   = (*Fault)(nil)
)

// NewFault returns a fault with a code and a text. An empty text is replaced
// by the sentence of the code.
func NewFault(code int, text string) *Fault {
	if text == "" {
		text = FaultText(code)
	}
	return &Fault{SOAPCode: soapCode(code), Code: code, String: text}
}

// Method returns "Fault".
func (*Fault) Method() string { return "Fault" }

// Error returns the code with its sentence and the text of the CPE.
func (f *Fault) Error() string {
	if f.Code == 0 {
		return "soap fault " + f.SOAPCode + ": " + f.String
	}
	return "cwmp fault " + describe(f.Code, f.String)
}

// encode writes the whole element, which is not in the CWMP namespace.
func (f *Fault) encode(w *writer) {
	code := f.SOAPCode
	if code == "" {
		code = soapCode(f.Code)
	}
	if code == SOAPMustUnderstand {
		// The code is a qualified name (SOAP 1.1 4.4.1). The CWMP
		// specification shows its own two without prefix.
		code = "soap-env:" + code
	}
	w.open("soap-env:Fault")
	w.str("faultcode", code)
	if f.Code == 0 && len(f.Parameters) == 0 {
		w.str("faultstring", f.String)
	} else {
		w.str("faultstring", faultReason)
		f.encodeDetail(w)
	}
	w.close("soap-env:Fault")
}

func (f *Fault) encodeDetail(w *writer) {
	w.open("detail")
	w.open("cwmp:Fault")
	w.int("FaultCode", int64(f.Code))
	w.str("FaultString", f.String)
	for _, p := range f.Parameters {
		w.open("SetParameterValuesFault")
		w.str("ParameterName", p.Name)
		w.int("FaultCode", int64(p.Code))
		w.str("FaultString", p.String)
		w.close("SetParameterValuesFault")
	}
	w.close("cwmp:Fault")
	w.close("detail")
}

func decodeFault(r reader) Message {
	f := &Fault{SOAPCode: localName(r.exact("faultcode").content(MaxFieldBytes))}
	if f.SOAPCode == "" {
		f.SOAPCode = SOAPServer
	}
	inner := findCWMPFault(r)
	if inner.el == nil {
		f.String = r.faultString("faultstring")
		return f
	}
	f.Code = inner.int("FaultCode")
	f.String = inner.faultString("FaultString")
	f.Parameters = readParameterFaults(inner)
	return f
}

// findCWMPFault returns the element that holds the FaultCode. It should be
// detail/Fault; CPEs also put it in faultstring, or leave levels out.
func findCWMPFault(r reader) reader {
	if r.exact("FaultCode").el != nil {
		return r
	}
	found := reader{err: r.err}
	r.children(func(child reader) {
		if found.el == nil && child.el.Tag != "SetParameterValuesFault" {
			found = findCWMPFault(child)
		}
	})
	return found
}

func readParameterFaults(r reader) []ParameterFault {
	return readList(r, func(item reader) (ParameterFault, bool) {
		return ParameterFault{
			Name:   item.path("ParameterName"),
			Code:   item.int("FaultCode"),
			String: item.faultString("FaultString"),
		}, item.el.Tag == "SetParameterValuesFault"
	})
}

// localName returns what follows the prefix of a qualified name.
func localName(name string) string {
	return strings.TrimSpace(name[strings.LastIndexByte(name, ':')+1:])
}
