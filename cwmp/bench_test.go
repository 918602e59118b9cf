package cwmp

import (
	"fmt"
	"testing"

	"github.com/beevik/etree"
)

// largeResponse is a GetParameterValuesResponse with n parameters as a CPE
// with a Wi-Fi heavy data model sends it.
func largeResponse(n int) *Envelope {
	types := []string{TypeString, TypeUnsignedInt, TypeBoolean, TypeString}
	list := make([]ParameterValue, n)
	for i := range list {
		list[i] = ParameterValue{
			Name:  fmt.Sprintf("Device.WiFi.AccessPoint.%d.AssociatedDevice.%d.Stats.X_00005E_Field%d", i/1000+1, i/20%50+1, i%20),
			Value: fmt.Sprint(i * 7919),
			Type:  types[i%len(types)],
		}
	}
	return &Envelope{ID: "77", Version: Version12, Message: &GetParameterValuesResponse{Parameters: list}}
}

func BenchmarkDecodeInform9(b *testing.B) {
	body, _ := readGolden(b, "Inform")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(body, "text/xml; charset=utf-8"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeInform9Strict is only the reading of the tree, by etree's own
// reader: what the lexer of this package saves.
func BenchmarkDecodeInform9Strict(b *testing.B) {
	body, _ := readGolden(b, "Inform")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := etree.NewDocument().ReadFromBytes(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeGPVResponse(b *testing.B) {
	for _, n := range []int{1000, 20000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			body := largeResponse(n).Encode()
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Decode(body, ""); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEncodeInformResponse(b *testing.B) {
	env := &Envelope{ID: "1042", Version: Version12, Message: &InformResponse{MaxEnvelopes: 1}}
	buf := make([]byte, 0, 2048)
	b.ReportAllocs()
	for b.Loop() {
		buf = env.AppendTo(buf[:0])
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkEncodeSetParameterValues(b *testing.B) {
	list := largeResponse(100).Message.(*GetParameterValuesResponse).Parameters
	env := &Envelope{ID: "1042", Version: Version12, Message: &SetParameterValues{Parameters: list, ParameterKey: "rev-17"}}
	buf := make([]byte, 0, 64<<10)
	b.ReportAllocs()
	for b.Loop() {
		buf = env.AppendTo(buf[:0])
	}
	b.SetBytes(int64(len(buf)))
}
