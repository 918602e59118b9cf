package cwmp

import "strings"

// SetVouchers gives options to the CPE; it is deprecated (ACS to CPE, TR-069
// Amd 6 A.4.1.3).
type SetVouchers struct {
	Vouchers []Voucher
}

var _ Message = (*SetVouchers)(nil)

// Method returns "SetVouchers".
func (*SetVouchers) Method() string { return "SetVouchers" }

func (m *SetVouchers) encode(w *writer) {
	encodeList(w, "VoucherList", "soap-enc:base64", m.Vouchers)
}

func decodeSetVouchers(r reader) Message {
	return &SetVouchers{
		Vouchers: readList(r.child("VoucherList"), readVoucher),
	}
}

// SetVouchersResponse answers SetVouchers; it has no arguments (TR-069 Amd 6
// A.4.1.3).
type SetVouchersResponse struct{}

var _ Message = (*SetVouchersResponse)(nil)

// Method returns "SetVouchersResponse".
func (*SetVouchersResponse) Method() string { return "SetVouchersResponse" }

func (*SetVouchersResponse) encode(*writer) {}

func decodeSetVouchersResponse(reader) Message { return &SetVouchersResponse{} }

// Voucher is a signed voucher in base64, as sent (TR-069 Amd 6 Annex C).
type Voucher string

func readVoucher(r reader) (Voucher, bool) {
	return Voucher(strings.TrimSpace(r.content(MaxValueBytes))), true
}

func (v Voucher) encode(w *writer) { w.str("base64", string(v)) }
