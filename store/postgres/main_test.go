package postgres

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"itms"
	"itms/store/storetest"
	"itms/store/storetest/pgtest"
)

// server is the PostgreSQL of all tests here.
var server *pgtest.Server

func TestMain(m *testing.M) {
	var err error
	if server, err = pgtest.New(pgtest.Options{Prepare: makeTables}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent(), goleak.Cleanup(func(code int) {
		if err := server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
		os.Exit(code)
	}))
}

// makeTables makes the tables in an empty database.
func makeTables(url string) error {
	s, err := Open(context.Background(), url, Options{})
	if err != nil {
		return err
	}
	return s.Close()
}

// open opens a store that lives as long as the test.
func open(t testing.TB, url string, opts Options) *Store {
	t.Helper()
	if opts.FlushInterval == 0 {
		opts.FlushInterval = time.Hour
	}
	s, err := Open(context.Background(), url, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSuite: the engine keeps the contract.
func TestSuite(t *testing.T) {
	storetest.Run(t, storetest.Harness{Nodes: true, New: func(t *testing.T) func() itms.Store {
		url := server.Database(t)
		return func() itms.Store { return open(t, url, Options{ConnsMax: 8}) }
	}})
}
