package cwmp

import "testing"

func TestKicked(t *testing.T) {
	checkGolden(t, &Kicked{Command: "login", Referer: "http://192.0.2.1/", Arg: "a=1&b=2", Next: "http://example.com/next"})
	checkGolden(t, &KickedResponse{NextURL: "http://example.com/next"})
}

func FuzzKicked(f *testing.F) { fuzzGolden(f, "Kicked", "KickedResponse") }
