package storetest

import (
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"itms"
)

// stockStates are the states of the model.
var stockStates = []itms.StockState{itms.StockInStock, itms.StockIssued}

// modelStock: items, every filter and the term index agree with a map.
func modelStock(t *rapid.T, s itms.Store, space string) {
	model := map[string]*itms.StockItem{}
	t.Repeat(map[string]func(*rapid.T){
		"put": func(t *rapid.T) {
			mac, err := itms.ParseMAC(fmt.Sprintf("00%s%04X", space, rapid.IntRange(1, 5).Draw(t, "box")))
			if err != nil {
				t.Fatal(err)
			}
			item := &itms.StockItem{MAC: mac, State: rapid.SampledFrom(stockStates).Draw(t, "state"),
				Batch:  rapid.SampledFrom([]string{"", space, space + "1"}).Draw(t, "batch"),
				Serial: rapid.SampledFrom([]string{"", space + "1", space + "11"}).Draw(t, "serial")}
			if attempt(t, s, func(tx itms.Tx) error { return tx.Stock().Put(item) }) {
				model[mac.Key()] = item
			}
		},
		"get": func(t *rapid.T) {
			for key, want := range model {
				got := read(t, s, func(tx itms.Tx) (*itms.StockItem, error) { return tx.Stock().Get(want.MAC) })
				equal(t, key, got, want)
			}
		},
		"list": func(t *rapid.T) { checkStock(t, s, space, model) },
		"find": func(t *rapid.T) { checkStockTerms(t, s, space, model) },
	})
}

// checkStock reads one filtered page and compares it.
func checkStock(t *rapid.T, s itms.Store, space string, model map[string]*itms.StockItem) {
	q := itms.StockQuery{Limit: rapid.IntRange(0, 6).Draw(t, "limit"),
		State: rapid.SampledFrom(append(stockStates, "")).Draw(t, "q.state"),
		Batch: rapid.SampledFrom([]string{"", space, space + "1", space[:5]}).Draw(t, "q.batch"),
		After: fmt.Sprintf("00%s%04X", space, rapid.IntRange(0, 5).Draw(t, "after"))}
	var want []*itms.StockItem
	for _, key := range slices.Sorted(maps.Keys(model)) {
		item := model[key]
		if len(want) < q.Limit && key > q.After && (q.State == "" || item.State == q.State) && (q.Batch == "" || item.Batch == q.Batch) {
			want = append(want, item)
		}
	}
	got := read(t, s, func(tx itms.Tx) ([]*itms.StockItem, error) { return tx.Stock().List(q) })
	equal(t, fmt.Sprintf("page %+v", q), got, want)
}

// checkStockTerms looks each serial number up.
func checkStockTerms(t *rapid.T, s itms.Store, space string, model map[string]*itms.StockItem) {
	for _, serial := range []string{space + "1", space + "11"} {
		var want []itms.Ref
		for _, key := range slices.Sorted(maps.Keys(model)) {
			if model[key].Serial == serial {
				want = append(want, itms.Ref{Kind: itms.RefStock, ID: key})
			}
		}
		got := read(t, s, func(tx itms.Tx) ([]itms.Ref, error) {
			return tx.Find(itms.Term{Type: itms.TermSerial, Value: serial}, 9)
		})
		equal(t, "items of "+serial, got, want)
	}
}
