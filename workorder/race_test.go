//go:build race

package workorder_test

import "flag"

// The race detector makes a sequence of events take five times as long, and sees nothing new
// in the hundredth: few are run with it, and all without ("make test" does both).
func init() {
	if err := flag.Set("rapid.checks", "20"); err != nil { // -rapid.checks has the last word: it is parsed later
		panic(err)
	}
}
