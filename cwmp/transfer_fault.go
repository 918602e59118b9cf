package cwmp

import "strconv"

// TransferFault is the outcome of a transfer or of an operation on a
// deployment unit (TR-069 Amd 6 A.3.3.2 FaultStruct). Code 0 is success.
type TransferFault struct {
	Code   int
	String string
}

func readTransferFault(r reader) TransferFault {
	return TransferFault{Code: r.int("FaultCode"), String: r.faultString("FaultString")}
}

func (f TransferFault) encode(w *writer, name string) {
	w.open(name)
	w.int("FaultCode", int64(f.Code))
	w.str("FaultString", f.String)
	w.close(name)
}

// Err returns nil on success, else the failure as an error.
func (f TransferFault) Err() error {
	if f.Code == 0 {
		return nil
	}
	return &Fault{SOAPCode: soapCode(f.Code), Code: f.Code, String: f.String}
}

// describe returns a fault in words, for errors and logs.
func describe(code int, text string) string {
	words := strconv.Itoa(code) + " " + FaultText(code)
	if text != "" && text != FaultText(code) {
		words += ": " + text
	}
	return words
}
