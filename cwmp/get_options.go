package cwmp

// GetOptions asks for the options of the CPE; it is deprecated (ACS to CPE,
// TR-069 Amd 6 A.4.1.4).
type GetOptions struct {
	// OptionName may be empty for all options.
	OptionName string
}

var _ Message = (*GetOptions)(nil)

// Method returns "GetOptions".
func (*GetOptions) Method() string { return "GetOptions" }

func (m *GetOptions) encode(w *writer) {
	w.str("OptionName", m.OptionName)
}

func decodeGetOptions(r reader) Message {
	return &GetOptions{
		OptionName: r.str("OptionName"),
	}
}

// GetOptionsResponse lists the options (TR-069 Amd 6 A.4.1.4).
type GetOptionsResponse struct {
	Options []Option
}

var _ Message = (*GetOptionsResponse)(nil)

// Method returns "GetOptionsResponse".
func (*GetOptionsResponse) Method() string { return "GetOptionsResponse" }

func (m *GetOptionsResponse) encode(w *writer) {
	encodeList(w, "OptionList", "cwmp:OptionStruct", m.Options)
}

func decodeGetOptionsResponse(r reader) Message {
	return &GetOptionsResponse{
		Options: readList(r.child("OptionList"), readOption),
	}
}

// Option is an option of the CPE (TR-069 Amd 6 A.4.1.4 OptionStruct).
type Option struct {
	OptionName string
	VoucherSN  uint32
	// State is 0 to 3: bit 0 says enabled, bit 1 says set up.
	State uint32
	// Mode is 0 disabled, 1 enabled until ExpirationDate, 2 enabled for good.
	Mode           int
	StartDate      DateTime
	ExpirationDate DateTime
	IsTransferable bool
}

func readOption(r reader) (Option, bool) {
	return Option{
		OptionName:     r.str("OptionName"),
		VoucherSN:      r.uint("VoucherSN"),
		State:          r.uint("State"),
		Mode:           r.int("Mode"),
		StartDate:      r.time("StartDate"),
		ExpirationDate: r.time("ExpirationDate"),
		IsTransferable: r.bool("IsTransferable"),
	}, true
}

func (m Option) encode(w *writer) {
	w.open("OptionStruct")
	w.str("OptionName", m.OptionName)
	w.uint("VoucherSN", m.VoucherSN)
	w.uint("State", m.State)
	w.int("Mode", int64(m.Mode))
	w.time("StartDate", m.StartDate)
	w.time("ExpirationDate", m.ExpirationDate)
	w.bool("IsTransferable", m.IsTransferable)
	w.close("OptionStruct")
}
