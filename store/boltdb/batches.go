package boltdb

import (
	"itms"
	"itms/store/internal/record"
)

// batches is itms.Batches.
type batches struct{ t *tx }

// Get returns the batch.
func (s batches) Get(id itms.BatchID) (*itms.Batch, error) {
	return load[itms.Batch](s.t, inBatches, "batch", string(id))
}

// Insert stores a new batch.
func (s batches) Insert(b *itms.Batch) error {
	return s.put(b, func() error {
		if s.t.get(inBatches, []byte(b.ID)) != nil {
			return record.DuplicateBatch(b.ID)
		}
		return nil
	})
}

// Put replaces a known batch.
func (s batches) Put(b *itms.Batch) error {
	return s.put(b, func() error {
		if s.t.get(inBatches, []byte(b.ID)) == nil {
			return itms.NotFound("batch", string(b.ID))
		}
		return nil
	})
}

// put stores a batch unless check refuses it.
func (s batches) put(b *itms.Batch, check func() error) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.Batch(b)
	if err != nil {
		return err
	}
	if err := check(); err != nil {
		return err
	}
	return s.t.put(inBatches, []byte(b.ID), doc)
}

// List returns batches below before, newest first.
func (s batches) List(before itms.BatchID, limit int) ([]*itms.Batch, error) {
	var below []byte
	if before != "" {
		below = []byte(before)
	}
	var list []*itms.Batch
	for _, doc := range s.t.descend(inBatches, nil, below) {
		if len(list) >= limit {
			break
		}
		b, err := record.Decode[itms.Batch](doc)
		if err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, nil
}
