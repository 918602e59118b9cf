package cwmp

import "testing"

func TestFactoryReset(t *testing.T) {
	checkGolden(t, &FactoryReset{})
	checkGolden(t, &FactoryResetResponse{})
}

func FuzzFactoryReset(f *testing.F) { fuzzGolden(f, "FactoryReset", "FactoryResetResponse") }
