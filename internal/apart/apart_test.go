package apart_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"itms/internal/apart"
)

// sum is a part: it adds, and says in which process.
type sum struct{ A, B int }

type result struct{ Sum, Process int }

func (s sum) Run(context.Context) (result, error) {
	if s.A < 0 {
		return result{}, errors.New("negative")
	}
	return result{s.A + s.B, os.Getpid()}, nil
}

func TestMain(m *testing.M) {
	apart.Main(map[string]apart.Part{"sum": apart.Of[sum]()})
	os.Exit(m.Run())
}

func TestRun(t *testing.T) {
	var got result
	if err := apart.Run(t.Context(), "sum", sum{2, 3}, &got); err != nil {
		t.Fatal(err)
	}
	if got.Sum != 5 || got.Process == os.Getpid() || got.Process == 0 {
		t.Errorf("%+v, and this is process %d", got, os.Getpid())
	}
}

func TestRunTellsWhatFailed(t *testing.T) {
	for name, in := range map[string]sum{"sum": {A: -1}, "product": {}} {
		var got result
		if err := apart.Run(t.Context(), name, in, &got); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
