package cwmp

import (
	"strings"
	"testing"
)

func TestSetVouchers(t *testing.T) {
	checkGolden(t, &SetVouchers{Vouchers: []Voucher{"dm91Y2hlcg==", "Mg=="}})
	checkGolden(t, &SetVouchersResponse{})
}

func TestSetVouchersForms(t *testing.T) {
	for list, want := range map[string][]Voucher{
		``:                            nil,
		"<base64>\n  AAEC\n</base64>": {"AAEC"},
		`<Voucher xsi:type="base64">AA==</Voucher>`: {"AA=="},
		`<base64/><base64>AQ==</base64>`:            {"", "AQ=="},
	} {
		checkBody(t, `<SetVouchers><VoucherList soap-enc:arrayType="xsd:base64[0]">`+list+`</VoucherList></SetVouchers>`,
			&SetVouchers{Vouchers: want})
	}
	checkBody(t, `<SetVouchersResponse/>`, &SetVouchersResponse{})
}

func TestSetVouchersWritten(t *testing.T) {
	checkWritten(t, &SetVouchers{}, `<cwmp:SetVouchers><VoucherList soap-enc:arrayType="soap-enc:base64[0]"></VoucherList></cwmp:SetVouchers>`)
	checkWritten(t, &SetVouchersResponse{}, `<cwmp:SetVouchersResponse></cwmp:SetVouchersResponse>`)
}

func TestSetVouchersLimits(t *testing.T) {
	checkRefused(t, KindTooLong, `<SetVouchers><VoucherList><x>`+strings.Repeat("A", MaxValueBytes+1)+`</x></VoucherList></SetVouchers>`)
}

func FuzzSetVouchers(f *testing.F) { fuzzGolden(f, "SetVouchers", "SetVouchersResponse") }
