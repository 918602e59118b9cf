package workorder

import (
	"strings"
	"testing"
)

// FuzzEventTypes: of types that were taken each tells what it names, and none what
// telling causes.
func FuzzEventTypes(f *testing.F) {
	for _, seed := range [][2]string{{"order.*", "order.done"}, {"*", "webhook.gap"}, {"order.done", "order.donely"}, {"serviceOrder.*", "serviceOrder"}, {"a..b", "a"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, typ string) {
		in := &intake{}
		if checkTypes(in, []string{pattern}); len(in.fields) > 0 {
			return
		}
		beginning, open := strings.CutSuffix(pattern, "*")
		want := (typ == pattern || open && strings.HasPrefix(typ, beginning)) && !strings.HasPrefix(typ, "webhook.")
		if got := typeWanted([]string{pattern}, typ); got != want {
			t.Errorf("%q of %q: %v", typ, pattern, got)
		}
		if strings.ContainsAny(beginning, " *\n") {
			t.Errorf("%q was taken", pattern)
		}
	})
}
