package boltdb

import (
	"bytes"

	"itms"
	"itms/store/internal/record"
)

// stock is itms.Stock. Each index holds the other's filter as its value, so that
// both together need no document.
type stock struct{ t *tx }

// Get returns the item of an address.
func (s stock) Get(mac itms.MAC) (*itms.StockItem, error) {
	return load[itms.StockItem](s.t, inStock, "stock item", mac.Key())
}

// Put stores the item, its terms and its places in the indexes.
func (s stock) Put(item *itms.StockItem) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.StockItem(item)
	if err != nil {
		return err
	}
	key := item.MAC.Key()
	old, err := find[itms.StockItem](s.t, inStock, key)
	if err != nil {
		return err
	}
	if old == nil {
		old = new(itms.StockItem)
	}
	if err := s.index(old, item); err != nil {
		return err
	}
	if err := s.t.setTerms(itms.RefStock, key, old.Terms(), item.Terms()); err != nil {
		return err
	}
	return s.t.put(inStock, []byte(key), doc)
}

// index brings the indexes from the old content to the new.
func (s stock) index(old, item *itms.StockItem) error {
	err := s.t.move(inStockState, stockKey(old, string(old.State)), stockKey(item, string(item.State)), []byte(item.Batch))
	if err != nil {
		return err
	}
	return s.t.move(inStockBatch, stockKey(old, old.Batch), stockKey(item, item.Batch), []byte(item.State))
}

// stockKey is the place of an item under a column; nil for the zero item.
func stockKey(item *itms.StockItem, column string) []byte {
	if item.MAC.IsZero() {
		return nil
	}
	return join(column, item.MAC.Key())
}

// List returns a page of items.
func (s stock) List(q itms.StockQuery) ([]*itms.StockItem, error) {
	var list []*itms.StockItem
	for _, key := range s.page(q) {
		item, err := load[itms.StockItem](s.t, inStock, "stock item", key)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, nil
}

// page returns the keys of a page. The batch is the narrower filter.
func (s stock) page(q itms.StockQuery) []string {
	in, prefix, rest := inStock, []byte(nil), ""
	switch {
	case q.Batch != "":
		in, prefix, rest = inStockBatch, under(q.Batch), string(q.State)
	case q.State != "":
		in, prefix = inStockState, under(string(q.State))
	}
	start := append(bytes.Clone(prefix), q.After...)
	var keys []string
	for k, v := range s.t.ascend(in, prefix, start) {
		if len(keys) >= q.Limit {
			break
		}
		if key := string(k[len(prefix):]); key > q.After && (rest == "" || rest == string(v)) {
			keys = append(keys, key)
		}
	}
	return keys
}
