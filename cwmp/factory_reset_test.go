package cwmp

import "testing"

func TestFactoryReset(t *testing.T) {
	checkGolden(t, &FactoryReset{})
	checkGolden(t, &FactoryResetResponse{})
}

// TestFactoryResetForms checks that arguments nobody defined do no harm.
func TestFactoryResetForms(t *testing.T) {
	for _, body := range []string{`<FactoryReset/>`, `<cwmp:FactoryReset> </cwmp:FactoryReset>`, `<FactoryReset><CommandKey>k</CommandKey></FactoryReset>`} {
		checkBody(t, body, &FactoryReset{})
	}
	checkBody(t, `<x:FactoryResetResponse>ok</x:FactoryResetResponse>`, &FactoryResetResponse{})
}

// TestFactoryResetWritten checks that an RPC without arguments is not written
// as an empty-element tag, which simple parsers miss.
func TestFactoryResetWritten(t *testing.T) {
	checkWritten(t, &FactoryReset{}, `<cwmp:FactoryReset></cwmp:FactoryReset>`)
	checkWritten(t, &FactoryResetResponse{}, `<cwmp:FactoryResetResponse></cwmp:FactoryResetResponse>`)
}

func FuzzFactoryReset(f *testing.F) { fuzzGolden(f, "FactoryReset", "FactoryResetResponse") }
