package cwmp

import "testing"

func TestFaultText(t *testing.T) {
	for code, want := range map[int]string{
		8005: "Retry request",
		8006: "ACS version incompatible with CPE",
		9005: "Invalid parameter name",
		9032: "Invalid deployment unit update: version already exists",
		8800: "vendor fault",
		9899: "vendor fault",
		9900: "unknown fault",
		0:    "unknown fault",
		-1:   "unknown fault",
	} {
		if got := FaultText(code); got != want {
			t.Errorf("%d: got %q, want %q", code, got, want)
		}
	}
}

// TestFaultCodesAreComplete checks that no code of the tables is missing.
func TestFaultCodesAreComplete(t *testing.T) {
	for _, span := range [][2]int{{FaultACSMethod, FaultVersion}, {FaultMethod, FaultVersionExists}} {
		for code := span[0]; code <= span[1]; code++ {
			if FaultText(code) == "unknown fault" {
				t.Errorf("%d has no text", code)
			}
		}
	}
}

func TestRetryOf(t *testing.T) {
	for code, want := range map[int]Retry{
		8005: RetryLater, 9001: RetryLater, 9002: RetryLater, 9004: RetryLater,
		9000: RetryNever, 9003: RetryNever, 9005: RetryNever, 9006: RetryNever, 9007: RetryNever, 9008: RetryNever,
		9009: RetryOpen, 9010: RetryOpen, 9801: RetryOpen, 0: RetryOpen,
	} {
		if got := RetryOf(code); got != want {
			t.Errorf("%d: got %v, want %v", code, got, want)
		}
		if got := Retryable(code); got != (want == RetryLater) {
			t.Errorf("%d: Retryable is %v", code, got)
		}
	}
}
