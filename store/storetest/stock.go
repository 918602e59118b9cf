package storetest

import (
	"testing"

	"itms"
)

func testStock(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error { return tx.Stock().Put(stockItem(1)) })
		}, func(s itms.Store) {
			get := func(tx itms.Tx) (*itms.StockItem, error) { return tx.Stock().Get(stockItem(1).MAC) }
			equal(t, "item", read(t, s, get), storedItem(1))
			wantRefs(t, s, itms.Term{Type: itms.TermSTBID, Value: string(stockItem(1).STBID)}, stockRef(1))
		})
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){
		"Unknown": stockUnknown, "Replace": stockReplace, "Pages": stockPages, "Filters": stockFilters, "Found": stockFound,
	})
}

// stockRef is what a term finds of the i-th item.
func stockRef(i int) []itms.Ref { return []itms.Ref{{Kind: itms.RefStock, ID: stockItem(i).MAC.Key()}} }

// stockUnknown: what is not there is not found; an address that is none is refused.
func stockUnknown(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		for _, mac := range []itms.MAC{{}, {1, 0, 0x5E, 0, 0, 1}} {
			err := tx.Stock().Put(&itms.StockItem{MAC: mac, State: itms.StockInStock})
			wantCode(t, "Put of "+mac.String(), err, itms.KindInvalid, itms.CodeInvalid)
		}
		return tx.Stock().Put(stockItem(1))
	})
	view(t, s, func(tx itms.Tx) error {
		for _, mac := range []itms.MAC{{}, stockItem(2).MAC} {
			_, err := tx.Stock().Get(mac)
			wantNotFound(t, mac.String(), err)
		}
		return nil
	})
}

// stockReplace: the old terms and places go, the new ones come.
func stockReplace(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error { return tx.Stock().Put(stockItem(1)) })
	next := &itms.StockItem{MAC: stockItem(1).MAC, Serial: "other", State: itms.StockBlocked, Batch: "2026-04"}
	update(t, s, func(tx itms.Tx) error {
		if err := tx.Stock().Put(next); err != nil {
			return err
		}
		got, err := tx.Stock().Get(next.MAC) // a transaction sees its own writes
		equal(t, "item", got, next)
		return err
	})
	for q, want := range map[itms.StockQuery][]int{
		{State: itms.StockInStock, Limit: 9}:                   nil,
		{State: itms.StockBlocked, Limit: 9}:                   {1},
		{Batch: "2026-03", Limit: 9}:                           nil,
		{Batch: "2026-04", Limit: 9}:                           {1},
		{Batch: "2026-04", State: itms.StockBlocked, Limit: 9}: {1},
		{Batch: "2026-04", State: itms.StockInStock, Limit: 9}: nil,
	} {
		equal(t, "items", stockListed(t, s, q), want)
	}
	wantRefs(t, s, itms.Term{Type: itms.TermSerial, Value: stockItem(1).Serial}, nil)
	wantRefs(t, s, itms.Term{Type: itms.TermSTBID, Value: string(stockItem(1).STBID)}, nil)
	wantRefs(t, s, itms.Term{Type: itms.TermSerial, Value: "other"}, stockRef(1))
	wantRefs(t, s, itms.Term{Type: itms.TermMAC, Value: next.MAC.Key()}, stockRef(1))
}

// stockListed lists the last bytes of addresses.
func stockListed(t *testing.T, s itms.Store, q itms.StockQuery) (all []int) {
	t.Helper()
	for _, item := range read(t, s, func(tx itms.Tx) ([]*itms.StockItem, error) { return tx.Stock().List(q) }) {
		all = append(all, int(item.MAC[5]))
	}
	return all
}

// stockPages: pages join to the whole list, whatever it is filtered by.
func stockPages(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		for _, i := range []int{0xFF, 0x10, 0x0A, 0x9F, 0xA0, 0x01, 0x02} {
			if err := tx.Stock().Put(stockItem(i)); err != nil {
				return err
			}
		}
		return nil
	})
	want := []int{0x01, 0x02, 0x0A, 0x10, 0x9F, 0xA0, 0xFF}
	for _, q := range []itms.StockQuery{{}, {State: itms.StockInStock}, {Batch: "2026-03"}, {State: itms.StockInStock, Batch: "2026-03"}} {
		var got []int
		for q.Limit = 3; len(got) <= len(want); q.After = stockItem(got[len(got)-1]).MAC.Key() {
			page := stockListed(t, s, q)
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
		}
		equal(t, "pages", got, want)
	}
}

// stockFilters: each filter and both, and none that is only like one.
func stockFilters(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		for i, batch := range []string{"", "B", "BB", "B"} {
			item := stockItem(i)
			item.Batch = batch
			if i >= 2 {
				item.State = itms.StockReturned
			}
			if err := tx.Stock().Put(item); err != nil {
				return err
			}
		}
		return nil
	})
	for q, want := range map[itms.StockQuery][]int{
		{Limit: 9}:                                            {0, 1, 2, 3},
		{Limit: 2}:                                            {0, 1},
		{Limit: 9, State: itms.StockInStock}:                  {0, 1},
		{Limit: 9, State: itms.StockReturned}:                 {2, 3},
		{Limit: 9, State: itms.StockReturned[:3]}:             nil,
		{Limit: 9, Batch: "B"}:                                {1, 3},
		{Limit: 9, Batch: "B", State: itms.StockReturned}:     {3},
		{Limit: 1, Batch: "B", State: itms.StockReturned}:     {3},
		{Limit: 9, Batch: "BB", State: itms.StockInStock}:     nil,
		{Limit: 9, Batch: "B\x00"}:                            nil,
		{Limit: 9, Batch: "\xff"}:                             nil,
		{Limit: 9, Batch: "B", After: "FFFFFFFFFFFF"}:         nil,
		{Limit: 9, After: stockItem(1).MAC.Key()}:             {2, 3},
		{Limit: 9, Batch: "B", After: stockItem(1).MAC.Key()}: {3},
		{}: nil,
	} {
		equal(t, "items", stockListed(t, s, q), want)
	}
}

// stockFound: a box and its record in the warehouse are found together.
func stockFound(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		if err := tx.Stock().Put(stockItem(1)); err != nil {
			return err
		}
		return tx.Devices().Put(device(1))
	})
	for _, term := range []itms.Term{{Type: itms.TermMAC, Value: device(1).MAC.Key()}, {Type: itms.TermSerial, Value: device(1).ID.Serial}} {
		wantRefs(t, s, term, append([]itms.Ref{{Kind: itms.RefDevice, ID: device(1).ID.String()}}, stockRef(1)...))
	}
}
