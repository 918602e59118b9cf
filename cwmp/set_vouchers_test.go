package cwmp

import "testing"

func TestSetVouchers(t *testing.T) {
	checkGolden(t, &SetVouchers{Vouchers: []Voucher{"dm91Y2hlcg==", "Mg=="}})
	checkGolden(t, &SetVouchersResponse{})
}

func FuzzSetVouchers(f *testing.F) { fuzzGolden(f, "SetVouchers", "SetVouchersResponse") }
