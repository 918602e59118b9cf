package cwmp

// Inform opens every session (CPE to ACS, TR-069 Amd 6 A.3.3.1).
type Inform struct {
	DeviceID DeviceID
	// Events are why the CPE calls. Some CPEs send none.
	Events []Event
	// MaxEnvelopes is 1 and is not looked at.
	MaxEnvelopes uint32
	// CurrentTime is the clock of the CPE.
	CurrentTime DateTime
	// RetryCount is how often this session has failed.
	RetryCount uint32
	// Parameters are the forced ones and those with changes to notify.
	Parameters []ParameterValue
}

var _ Message = (*Inform)(nil)

// Method returns "Inform".
func (*Inform) Method() string { return "Inform" }

func (m *Inform) encode(w *writer) {
	m.DeviceID.encode(w)
	encodeList(w, "Event", "cwmp:EventStruct", m.Events)
	w.uint("MaxEnvelopes", m.MaxEnvelopes)
	w.time("CurrentTime", m.CurrentTime)
	w.uint("RetryCount", m.RetryCount)
	encodeList(w, "ParameterList", "cwmp:ParameterValueStruct", m.Parameters)
}

func decodeInform(r reader) Message {
	return &Inform{
		DeviceID:     readDeviceID(r.child("DeviceId")),
		Events:       readList(r.child("Event"), readEvent),
		MaxEnvelopes: r.uint("MaxEnvelopes"),
		CurrentTime:  r.time("CurrentTime"),
		RetryCount:   r.uint("RetryCount"),
		Parameters:   readList(r.child("ParameterList"), readParameter),
	}
}

// InformResponse accepts an Inform (TR-069 Amd 6 A.3.3.1).
type InformResponse struct {
	// MaxEnvelopes is 1.
	MaxEnvelopes uint32
}

var _ Message = (*InformResponse)(nil)

// Method returns "InformResponse".
func (*InformResponse) Method() string { return "InformResponse" }

func (m *InformResponse) encode(w *writer) {
	w.uint("MaxEnvelopes", m.MaxEnvelopes)
}

func decodeInformResponse(r reader) Message {
	return &InformResponse{
		MaxEnvelopes: r.uint("MaxEnvelopes"),
	}
}

// DeviceID says which device an Inform comes from, in the letter case it was
// sent in (TR-069 Amd 6 A.3.3.1 DeviceIdStruct).
type DeviceID struct {
	Manufacturer string
	OUI          string // six hexadecimal digits
	ProductClass string // may be empty
	SerialNumber string
}

func readDeviceID(r reader) DeviceID {
	return DeviceID{
		Manufacturer: r.str("Manufacturer"),
		OUI:          r.str("OUI"),
		ProductClass: r.str("ProductClass"),
		SerialNumber: r.str("SerialNumber"),
	}
}

func (id DeviceID) encode(w *writer) {
	w.open("DeviceId")
	w.str("Manufacturer", id.Manufacturer)
	w.str("OUI", id.OUI)
	w.str("ProductClass", id.ProductClass)
	w.str("SerialNumber", id.SerialNumber)
	w.close("DeviceId")
}

// HasEvent reports whether the Inform carries an event code, compared as
// CanonicalEvent does.
func (m *Inform) HasEvent(code string) bool {
	code = CanonicalEvent(code)
	for _, e := range m.Events {
		if CanonicalEvent(e.Code) == code {
			return true
		}
	}
	return false
}
