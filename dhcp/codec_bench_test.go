package dhcp

import (
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv4"
)

// BenchmarkParse compares the parser with the library's.
func BenchmarkParse(b *testing.B) {
	raw := modem(1).Discover(1)
	b.Run("here", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := parse(raw); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("library", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := dhcpv4.FromBytes(raw); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkAnswer writes an offer to a modem.
func BenchmarkAnswer(b *testing.B) {
	s, err := New(Options{Config: goldenConfig(), Store: &flaky{}, Directory: newDirectory(), Clock: newClock().Now})
	if err != nil {
		b.Fatal(err)
	}
	r := golden(b, "modem-3.1", s.plan)
	b.ReportAllocs()
	for b.Loop() {
		goldenAnswer(b, s, r)
	}
}
