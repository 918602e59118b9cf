package postgres

import (
	"fmt"

	"itms"
	"itms/store/internal/record"
)

// stock is itms.Stock.
type stock struct{ t *tx }

// Get returns the item of an address.
func (s stock) Get(mac itms.MAC) (*itms.StockItem, error) {
	if doc, known := s.t.memory.stock[mac]; known {
		if doc == nil {
			return nil, itms.NotFound("stock item", mac.Key())
		}
		return record.Decode[itms.StockItem](doc)
	}
	return load[itms.StockItem](s.t, "stock item", mac.Key(), `select doc from stock where mac = $1`, mac.Key())
}

// Put stores the item and its terms.
func (s stock) Put(item *itms.StockItem) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.StockItem(item)
	if err != nil {
		return err
	}
	delete(s.t.memory.stock, item.MAC)
	const sql = `with old as (select terms from stock where mac = $1),
		new as (insert into stock (mac, state, batch, terms, doc) values ($1, $2, $3, $4, $5)
			on conflict (mac) do update set state = excluded.state, batch = excluded.batch,
				terms = excluded.terms, doc = excluded.doc)
		select terms from old`
	key, terms := item.MAC.Key(), termList(item.Terms())
	var old []string
	if _, err := s.t.one(sql, []any{key, string(item.State), item.Batch, terms, doc}, &old); err != nil {
		return err
	}
	return s.t.setTerms(itms.RefStock, key, old, terms)
}

// List returns a page of items.
func (s stock) List(q itms.StockQuery) ([]*itms.StockItem, error) {
	if q.Limit <= 0 || !usable(string(q.State), q.Batch, q.After) {
		return nil, nil
	}
	sql, args := `select doc from stock where mac > $1`, []any{q.After, q.Limit}
	if q.Batch != "" {
		args = append(args, q.Batch)
		sql += fmt.Sprintf(" and batch = $%d", len(args))
	}
	if q.State != "" {
		args = append(args, string(q.State))
		sql += fmt.Sprintf(" and state = $%d", len(args))
	}
	return all(s.t, pointer[itms.StockItem], sql+" order by mac limit $2", args...)
}
