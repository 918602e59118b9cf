package boltdb

import (
	"context"
	"fmt"
	"os"
	"testing"

	bolt "go.etcd.io/bbolt"

	"itms"
)

// large is a tree of many blocks.
func large() *itms.ParamTree {
	tree := new(itms.ParamTree)
	for i := range 20_000 {
		tree.Set(itms.Param{Name: host(i), Value: fmt.Sprint(i), Type: itms.TypeUnsignedInt})
	}
	return tree
}

// host is the i-th name of large.
func host(i int) itms.ParamPath { return itms.ParamPath(fmt.Sprintf("Device.Hosts.Host.%d.Value", i)) }

// plant stores the first device with a tree.
func plant(t testing.TB, s *Store, tree *itms.ParamTree) {
	t.Helper()
	put(t, s, fleet(1))
	err := s.Update(context.Background(), func(tx itms.Tx) error { return tx.Devices().PutParams(fleet(1).ID, tree) })
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
	s := open(t)
	put(t, s, fleet(1))
	err = s.db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte(bucketNames[inParams])).Put([]byte(fleet(1).ID.String()), whole)
	})
	if err != nil {
		t.Fatal(err)
	}
	const name = "Device.Hosts.Host.12.PhysAddress"
	for range 2 {
		err = s.Update(context.Background(), func(tx itms.Tx) error {
			page, err := tx.Devices().ParamPage(fleet(1).ID, itms.ParamPage{Prefix: name, Limit: 2})
			if err != nil || len(page) != 1 || page[0].Value != "00:00:5E:00:53:0C" || !page[0].Hidden {
				t.Errorf("page %+v, %v", page, err)
			}
			tree, err := tx.Devices().Params(fleet(1).ID)
			if err != nil {
				return err
			}
			if tree.Len() != 300 {
				t.Errorf("%d parameters", tree.Len())
			}
			return tx.Devices().PutParams(fleet(1).ID, tree)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err = s.View(context.Background(), func(tx itms.Tx) error {
		tree, err := tx.Devices().Params(fleet(1).ID)
		if err != nil {
			return err
		}
		if all, unpacked := tree.Blocks(); all < 2 || unpacked > 0 {
			t.Errorf("%d blocks, %d unpacked", all, unpacked)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestLittleOfATreeIsWritten: of a large tree the blocks that changed are written, and
// nothing when nothing changed.
func TestLittleOfATreeIsWritten(t *testing.T) {
	s := open(t)
	plant(t, s, large())
	for name, c := range map[string]struct{ change, most int }{"nothing": {0, 0}, "one": {1, 1}, "a hundred neighbours": {100, 3}} {
		err := s.Update(context.Background(), func(itx itms.Tx) error {
			tree, err := itx.Devices().Params(fleet(1).ID)
			if err != nil {
				return err
			}
			for i := range c.change {
				tree.Set(itms.Param{Name: host(10_000 + i), Value: name})
			}
			if err := itx.Devices().PutParams(fleet(1).ID, tree); err != nil {
				return err
			}
			if n := len(itx.(*tx).undo); n > c.most || c.change > 0 && n == 0 {
				t.Errorf("%s: %d blocks written, want %d at most", name, n, c.most)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkParamPage reads 100 parameters of 20,000.
func BenchmarkParamPage(b *testing.B) {
	s := open(b)
	plant(b, s, large())
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		err := s.View(context.Background(), func(tx itms.Tx) error {
			page, err := tx.Devices().ParamPage(fleet(1).ID, itms.ParamPage{After: host(i * 7919 % 9_000), Limit: 100})
			if len(page) != 100 {
				b.Errorf("%d parameters", len(page))
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParamsWrite changes 100 of 20,000 parameters per transaction.
func BenchmarkParamsWrite(b *testing.B) {
	s := open(b)
	plant(b, s, large())
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		err := s.Update(context.Background(), func(tx itms.Tx) error {
			tree, err := tx.Devices().Params(fleet(1).ID)
			if err != nil {
				return err
			}
			for j := range 100 {
				tree.Set(itms.Param{Name: host((i*7919 + j) % 20_000), Value: fmt.Sprint(i)})
			}
			return tx.Devices().PutParams(fleet(1).ID, tree)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
