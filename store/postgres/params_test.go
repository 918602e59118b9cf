package postgres

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"itms"
)

// host is the i-th name of a large tree.
func host(i int) itms.ParamPath { return itms.ParamPath(fmt.Sprintf("Device.Hosts.Host.%d.Value", i)) }

// ask1 asks for a number behind the store's back.
func ask1(t testing.TB, url, query string, args ...any) (n int64) {
	t.Helper()
	conn, err := pgx.Connect(bg, url)
	if err != nil {
		t.Fatal(err)
	}
	err = conn.QueryRow(bg, query, args...).Scan(&n)
	if err := errors.Join(err, conn.Close(bg)); err != nil {
		t.Fatal(err)
	}
	return n
}

// changeTree reads the first device's tree, changes it and stores it.
func changeTree(t testing.TB, s *Store, change func(*itms.ParamTree)) {
	t.Helper()
	err := s.Update(bg, func(tx itms.Tx) error {
		tree, err := tx.Devices().Params(fleet(1).ID)
		if err != nil {
			return err
		}
		change(tree)
		return tx.Devices().PutParams(fleet(1).ID, tree)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestWholeTree: a tree that an older program stored as a whole is read, and in blocks
// once it was written.
func TestWholeTree(t *testing.T) {
	whole, err := os.ReadFile("../../testdata/paramtree-v1.bin")
	if err != nil {
		t.Fatal(err)
	}
	s, url := fresh(t, Options{})
	if err := s.Update(bg, func(tx itms.Tx) error { return tx.Devices().Put(fleet(1)) }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	down(t, url, 1)
	command(t, url, "insert into params (device, tree) values ($1, $2)", fleet(1).ID.String(), whole)
	s = open(t, url, Options{})
	defer s.Close()
	const name = "Device.Hosts.Host.12.PhysAddress"
	for range 2 {
		err := s.View(bg, func(tx itms.Tx) error {
			page, err := tx.Devices().ParamPage(fleet(1).ID, itms.ParamPage{Prefix: name, Limit: 2})
			if err != nil || len(page) != 1 || page[0].Value != "00:00:5E:00:53:0C" || !page[0].Hidden {
				t.Errorf("page %+v, %v", page, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		changeTree(t, s, func(tree *itms.ParamTree) {
			if tree.Len() != 300 {
				t.Errorf("%d parameters", tree.Len())
			}
		})
	}
	if n := ask1(t, url, "select count(*) from params"); n < 2 {
		t.Errorf("%d blocks", n)
	}
}

// TestLittleOfATreeIsWritten: of a large tree the blocks that changed are written, and
// nothing when nothing changed.
func TestLittleOfATreeIsWritten(t *testing.T) {
	s, url := fresh(t, Options{})
	if err := s.Update(bg, func(tx itms.Tx) error { return tx.Devices().Put(fleet(1)) }); err != nil {
		t.Fatal(err)
	}
	changeTree(t, s, func(tree *itms.ParamTree) {
		for i := range 20_000 {
			tree.Set(itms.Param{Name: host(i), Value: fmt.Sprint(i)})
		}
	})
	for name, c := range map[string]struct {
		change int
		most   int64
	}{"nothing": {0, 0}, "one": {1, 1}, "a hundred neighbours": {100, 3}} {
		before := ask1(t, url, "select pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
		changeTree(t, s, func(tree *itms.ParamTree) {
			for i := range c.change {
				tree.Set(itms.Param{Name: host(10_000 + i), Value: name})
			}
		})
		n := ask1(t, url, "select count(*) from params where xmin::text::bigint >= $1", before)
		if n > c.most || c.change > 0 && n == 0 {
			t.Errorf("%s: %d blocks written, want %d at most", name, n, c.most)
		}
	}
}

// TestPageReadsLittle: a page costs one question, and its blocks only.
func TestPageReadsLittle(t *testing.T) {
	s, _ := fresh(t, Options{})
	if err := s.Update(bg, func(tx itms.Tx) error { return tx.Devices().Put(fleet(1)) }); err != nil {
		t.Fatal(err)
	}
	changeTree(t, s, func(tree *itms.ParamTree) {
		for i := range 20_000 {
			tree.Set(itms.Param{Name: host(i), Value: fmt.Sprint(i)})
		}
	})
	before := s.Stats().Trips
	err := s.View(bg, func(tx itms.Tx) error {
		page, err := tx.Devices().ParamPage(fleet(1).ID, itms.ParamPage{Prefix: "Device.Hosts.Host.19", Limit: 100})
		if len(page) != 100 {
			t.Errorf("%d parameters", len(page))
		}
		return err
	})
	if n := s.Stats().Trips - before; err != nil || n > 2 {
		t.Errorf("%d trips, %v", n, err)
	}
}
