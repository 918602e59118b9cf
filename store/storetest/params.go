package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"itms"
)

func testParams(t *testing.T, h Harness) {
	h.cases(t, map[string]func(*testing.T, itms.Store){
		"Whole": paramsWhole, "Pages": paramsPages, "Lazy": paramsLazy, "Blind": paramsBlind,
		"Shrink": paramsShrink, "Neighbour": paramsNeighbour, "Within": paramsWithin,
	})
}

// all lists the parameters of a tree.
func all(tree *itms.ParamTree) []itms.Param { return slices.Collect(tree.Under("")) }

// forest is a tree of n parameters, of several blocks when there are many.
func forest(n int) *itms.ParamTree {
	tree := new(itms.ParamTree)
	for i := range n {
		tree.Set(itms.Param{Name: leaf(i), Value: fmt.Sprint(i), Type: itms.TypeUnsignedInt})
	}
	return tree
}

// leaf is the i-th name of forest.
func leaf(i int) itms.ParamPath { return itms.ParamPath(fmt.Sprintf("Device.T.%d.Value", i)) }

// plant stores a device with a tree.
func plant(t *testing.T, s itms.Store, n int, tree *itms.ParamTree) itms.DeviceID {
	t.Helper()
	update(t, s, func(tx itms.Tx) error {
		if err := tx.Devices().Put(device(n)); err != nil {
			return err
		}
		return tx.Devices().PutParams(device(n).ID, tree)
	})
	return device(n).ID
}

// treeOfDevice reads a tree.
func treeOfDevice(t *testing.T, s itms.Store, id itms.DeviceID) *itms.ParamTree {
	t.Helper()
	return read(t, s, func(tx itms.Tx) (*itms.ParamTree, error) { return tx.Devices().Params(id) })
}

// paramsWhole: everything known of a parameter comes back, and an empty tree is one.
func paramsWhole(t *testing.T, s itms.Store) {
	tree := new(itms.ParamTree)
	for _, name := range []itms.ParamPath{"Device.B", "Device.A", "Device.A.1.X"} {
		tree.Set(itms.Param{Name: name, Value: string(name), Hidden: name == "Device.B", Writable: name == "Device.A",
			Notify: itms.NotificationLevel(4), Access: itms.AccessSubscriber})
	}
	id := plant(t, s, 1, tree)
	equal(t, "tree", all(treeOfDevice(t, s, id)), all(tree))
	update(t, s, func(tx itms.Tx) error { return tx.Devices().PutParams(id, new(itms.ParamTree)) })
	equal(t, "parameters left", treeOfDevice(t, s, id).Len(), 0)
}

// paramsPages: pages join to what has the prefix.
func paramsPages(t *testing.T, s itms.Store) {
	id := plant(t, s, 1, forest(1000))
	var want, got []itms.Param
	for p := range forest(1000).Under("") {
		if p.Name >= "Device.T.5" && p.Name < "Device.T.6" {
			want = append(want, p)
		}
	}
	for q := (itms.ParamPage{Prefix: "Device.T.5", Limit: 13}); ; {
		page := read(t, s, func(tx itms.Tx) ([]itms.Param, error) { return tx.Devices().ParamPage(id, q) })
		if got = append(got, page...); len(page) < q.Limit {
			break
		}
		q.After = page[len(page)-1].Name
	}
	equal(t, "pages", got, want)
	for _, q := range []itms.ParamPage{{}, {Prefix: "E", Limit: 10}, {After: "Device.U", Limit: 10}, {Prefix: "Device.S", Limit: 10}} {
		page := read(t, s, func(tx itms.Tx) ([]itms.Param, error) { return tx.Devices().ParamPage(id, q) })
		equal(t, fmt.Sprintf("page %+v", q), len(page), 0)
	}
	page := read(t, s, func(tx itms.Tx) ([]itms.Param, error) {
		return tx.Devices().ParamPage(device(2).ID, itms.ParamPage{Limit: 10})
	})
	equal(t, "page of an unknown device", len(page), 0)
}

// paramsLazy: a tree outlives its transaction although little of it was unpacked in it.
func paramsLazy(t *testing.T, s itms.Store) {
	id := plant(t, s, 1, forest(3000))
	tree := treeOfDevice(t, s, id)
	blocks, unpacked := tree.Blocks()
	equal(t, "blocks unpacked", unpacked, 0)
	update(t, s, func(tx itms.Tx) error { return tx.Devices().PutParams(id, forest(1)) })
	p, ok := tree.Get(leaf(2222))
	equal(t, "value", p.Value, "2222")
	if _, unpacked = tree.Blocks(); !ok || unpacked != 1 || blocks < 10 {
		t.Errorf("%d of %d blocks unpacked", unpacked, blocks)
	}
	equal(t, "the rest", all(tree), all(forest(3000)))
}

// paramsBlind: a tree replaces one that the transaction never read, and one that was
// read long before replaces what came since.
func paramsBlind(t *testing.T, s itms.Store) {
	id := plant(t, s, 1, forest(900))
	early := treeOfDevice(t, s, id)
	update(t, s, func(tx itms.Tx) error { return tx.Devices().PutParams(id, forest(400)) })
	equal(t, "smaller", all(treeOfDevice(t, s, id)), all(forest(400)))
	early.Set(itms.Param{Name: leaf(7), Value: "late"})
	update(t, s, func(tx itms.Tx) error { return tx.Devices().PutParams(id, early) })
	equal(t, "as it was", all(treeOfDevice(t, s, id)), all(early))
}

// paramsShrink: blocks that are gone are gone, read in the transaction or not.
func paramsShrink(t *testing.T, s itms.Store) {
	id := plant(t, s, 1, forest(2000))
	update(t, s, func(tx itms.Tx) error {
		tree, err := tx.Devices().Params(id)
		if err != nil {
			return err
		}
		for i := range 1990 {
			tree.Remove(leaf(i))
		}
		return tx.Devices().PutParams(id, tree)
	})
	equal(t, "left", treeOfDevice(t, s, id).Len(), 10)
	update(t, s, func(tx itms.Tx) error { return tx.Devices().PutParams(id, new(itms.ParamTree)) })
	equal(t, "nothing left", treeOfDevice(t, s, id).Len(), 0)
}

// paramsNeighbour: trees of devices whose ids begin alike do not mix.
func paramsNeighbour(t *testing.T, s itms.Store) {
	plant(t, s, 1, forest(700))
	long, longer := device(1), device(1)
	long.ID.Serial += "\x01"
	longer.ID.Serial += "0"
	update(t, s, func(tx itms.Tx) error {
		for _, d := range []*itms.Device{long, longer} {
			if err := tx.Devices().Put(d); err != nil {
				return err
			}
			if err := tx.Devices().PutParams(d.ID, forest(600)); err != nil {
				return err
			}
		}
		return tx.Devices().PutParams(device(1).ID, forest(2))
	})
	equal(t, "the shorter id", all(treeOfDevice(t, s, device(1).ID)), all(forest(2)))
	equal(t, "the longer id", treeOfDevice(t, s, longer.ID).Len(), 600)
	page := read(t, s, func(tx itms.Tx) ([]itms.Param, error) {
		return tx.Devices().ParamPage(device(1).ID, itms.ParamPage{Limit: 100})
	})
	equal(t, "page of the shorter id", len(page), 2)
}

// paramsWithin: a transaction sees the tree that it wrote, however it asks.
func paramsWithin(t *testing.T, s itms.Store) {
	id := plant(t, s, 1, forest(500))
	update(t, s, func(tx itms.Tx) error {
		for _, n := range []int{300, 0, 800} {
			if err := tx.Devices().PutParams(id, forest(n)); err != nil {
				return err
			}
			tree, err := tx.Devices().Params(id)
			if err != nil {
				return err
			}
			equal(t, "tree", tree.Len(), n)
			page, err := tx.Devices().ParamPage(id, itms.ParamPage{Limit: 1000})
			if err != nil {
				return err
			}
			equal(t, "page", len(page), n)
		}
		return nil
	})
	view(t, s, func(tx itms.Tx) error {
		wantCode(t, "PutParams", tx.Devices().PutParams(id, forest(1)), itms.KindInternal, itms.CodeReadOnly)
		wantCode(t, "AppendChanges", tx.Devices().AppendChanges(id, changed(1, 1)), itms.KindInternal, itms.CodeReadOnly)
		return nil
	})
}

func testChanges(t *testing.T, h Harness) {
	h.cases(t, map[string]func(*testing.T, itms.Store){"Kept": changesKept, "Pages": changesPages, "Unknown": changesUnknown})
}

// changed is n changes of the i-th transaction.
func changed(i, n int) (changes []itms.ParamChange) {
	for j := range n {
		changes = append(changes, itms.ParamChange{Name: leaf(j), Old: fmt.Sprint(i), New: fmt.Sprint(i + 1),
			At: time.UnixMicro(1_700_000_000_000_000 + int64(i)).UTC(), Source: itms.ChangeInform})
	}
	return changes
}

// changesOf reads a page of a history.
func changesOf(t *testing.T, s itms.Store, id itms.DeviceID, q itms.ChangeQuery) []itms.ParamChange {
	t.Helper()
	return read(t, s, func(tx itms.Tx) ([]itms.ParamChange, error) { return tx.Devices().Changes(id, q) })
}

// changesKept: the newest stay, in order, and each device has its own.
func changesKept(t *testing.T, s itms.Store) {
	id, other := plant(t, s, 1, forest(1)), plant(t, s, 2, forest(1))
	var want []itms.ParamChange
	for i := range 90 {
		update(t, s, func(tx itms.Tx) error { return tx.Devices().AppendChanges(id, changed(i, 3)) })
		want = append(changed(i, 3), want...)
	}
	update(t, s, func(tx itms.Tx) error {
		if err := tx.Devices().AppendChanges(id, nil); err != nil {
			return err
		}
		return tx.Devices().AppendChanges(other, changed(1, 1))
	})
	equal(t, "history", changesOf(t, s, id, itms.ChangeQuery{Limit: 1000}), want[:itms.KeepChanges])
	equal(t, "the other's", changesOf(t, s, other, itms.ChangeQuery{Limit: 1000}), changed(1, 1))
	update(t, s, func(tx itms.Tx) error {
		if err := tx.Devices().AppendChanges(id, changed(90, itms.KeepChanges+5)); err != nil {
			return err
		}
		got, err := tx.Devices().Changes(id, itms.ChangeQuery{Limit: 1000})
		equal(t, "within", got, changed(90, itms.KeepChanges))
		return err
	})
}

// changesPages: pages join to what has the prefix, and end where the history does.
func changesPages(t *testing.T, s itms.Store) {
	id := plant(t, s, 1, forest(1))
	for i := range 20 {
		update(t, s, func(tx itms.Tx) error { return tx.Devices().AppendChanges(id, changed(i, 12)) })
	}
	q := itms.ChangeQuery{Prefix: "Device.T.1", Limit: 4}
	n := 0
	for {
		page := changesOf(t, s, id, q)
		if len(page) == 0 {
			break
		}
		n += len(page)
		q.BeforeAt, q.BeforeName = page[len(page)-1].At, page[len(page)-1].Name
	}
	equal(t, "changes of Device.T.1…", n, 49) // three of each of the 16 newest calls, one of what is left of the 17th
	equal(t, "limit 0", len(changesOf(t, s, id, itms.ChangeQuery{})), 0)
	gone := itms.ChangeQuery{BeforeAt: changed(0, 1)[0].At, BeforeName: leaf(0), Limit: 10}
	equal(t, "behind one that is not kept", len(changesOf(t, s, id, gone)), 0)
}

// changesUnknown: a device that is not there has no history and gets none.
func changesUnknown(t *testing.T, s itms.Store) {
	equal(t, "history", len(changesOf(t, s, device(1).ID, itms.ChangeQuery{Limit: 10})), 0)
	equal(t, "of the zero id", len(changesOf(t, s, itms.DeviceID{}, itms.ChangeQuery{Limit: 10})), 0)
	update(t, s, func(tx itms.Tx) error {
		wantNotFound(t, "AppendChanges", tx.Devices().AppendChanges(device(1).ID, changed(1, 1)))
		return nil
	})
}
