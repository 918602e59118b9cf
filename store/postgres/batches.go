package postgres

import (
	"itms"
	"itms/store/internal/record"
)

// batches is itms.Batches.
type batches struct{ t *tx }

// Get returns the batch.
func (s batches) Get(id itms.BatchID) (*itms.Batch, error) {
	return load[itms.Batch](s.t, "batch", string(id), `select doc from batches where id = $1`, string(id))
}

// Insert stores a new batch.
func (s batches) Insert(b *itms.Batch) error {
	return s.write(b, record.DuplicateBatch(b.ID), `insert into batches (id, doc) values ($1, $2) on conflict do nothing`)
}

// Put replaces a known batch.
func (s batches) Put(b *itms.Batch) error {
	return s.write(b, itms.NotFound("batch", string(b.ID)), `update batches set doc = $2 where id = $1`)
}

// write runs a statement with the batch, and fails with refused when it touches no row.
func (s batches) write(b *itms.Batch, refused error, sql string) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.Batch(b)
	if err != nil {
		return err
	}
	rows, err := s.t.exec(sql, string(b.ID), doc)
	if err == nil && rows == 0 {
		return refused
	}
	return err
}

// List returns batches below before, newest first.
func (s batches) List(before itms.BatchID, limit int) ([]*itms.Batch, error) {
	if limit <= 0 || !usable(string(before)) {
		return nil, nil
	}
	sql, args := `select doc from batches`, []any{limit}
	if before != "" {
		sql, args = sql+` where id < $2`, append(args, string(before))
	}
	return all(s.t, pointer[itms.Batch], sql+` order by id desc limit $1`, args...)
}
