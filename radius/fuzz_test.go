package radius

import (
	"net/netip"
	"testing"

	codec "layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2866"
)

// FuzzPacket: whatever comes, reading it and reading who it is about ends; what passes the
// checks is as long as it says.
func FuzzPacket(f *testing.F) {
	s, err := New(Options{Config: testConfig(), Directory: &directory{}})
	if err != nil {
		f.Fatal(err)
	}
	chap := pap("a1001", "x")
	chap.Add(rfc2865.CHAPPassword_Type, make([]byte, 17))
	for _, p := range []*codec.Packet{pap("a1001@isp.example.com", "x"), chap, byMAC("00005e005301", "00-00-5E-00-53-01:x"), report(rfc2866.AcctStatusType_Value_Start, "s")} {
		raw, err := p.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	n := &NAS{Name: "bras"}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := readPacket(raw, []byte(secret))
		if err != nil {
			return
		}
		if len(p.raw) > len(raw) || len(p.raw) > maxPacket {
			t.Fatalf("%d octets of %d", len(p.raw), len(raw))
		}
		p.verify(n)
		c := s.callerOf(p, n, netip.AddrFrom4([4]byte{127, 0, 0, 1}))
		p.proves(testPassword)
		if r := s.report(p, c); r != nil && r.Session != "" {
			_ = r.id()
		}
		if _, err := p.answer(codec.CodeAccessReject, nil); err != nil && len(p.raw) < maxPacket-signedSize {
			t.Errorf("no answer: %v", err)
		}
	})
}
