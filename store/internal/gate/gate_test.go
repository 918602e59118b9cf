package gate

import (
	"testing"

	"go.uber.org/goleak"

	"itms"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestClose: Close waits for those inside and lets nobody in any more.
func TestClose(t *testing.T) {
	var g Gate
	for range 2 {
		if err := g.Enter(); err != nil {
			t.Fatal(err)
		}
	}
	closed := make(chan error)
	go func() { closed <- g.Close() }()
	g.Leave()
	select {
	case <-closed:
		t.Fatal("closed while somebody is inside")
	default:
	}
	g.Leave()
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"Enter": g.Enter(), "Close": g.Close()} {
		if !itms.IsKind(err, itms.KindUnavailable) {
			t.Errorf("%s after Close: %v", what, err)
		}
	}
}
