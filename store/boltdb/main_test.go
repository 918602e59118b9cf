package boltdb

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"itms"
	"itms/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestSuite: the engine keeps the contract.
func TestSuite(t *testing.T) {
	storetest.Run(t, storetest.Harness{New: func(t *testing.T) func() itms.Store {
		path := filepath.Join(t.TempDir(), "itms.db")
		return func() itms.Store {
			s, err := Open(context.Background(), path, Options{FlushInterval: time.Hour})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
	}})
}
