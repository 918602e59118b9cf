package boltdb

import (
	"bytes"
	"time"

	"itms"
	"itms/store/internal/record"
)

// transfers is itms.Transfers.
type transfers struct{ t *tx }

// Get returns the transfer of a token.
func (s transfers) Get(token string) (*itms.Transfer, error) {
	t, err := find[itms.Transfer](s.t, inTransfers, token)
	if t == nil && err == nil {
		err = record.NoTransfer()
	}
	return t, err
}

// Insert stores a new transfer.
func (s transfers) Insert(t *itms.Transfer) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.Transfer(t)
	if err != nil {
		return err
	}
	if s.t.get(inTransfers, []byte(t.Token)) != nil {
		return record.DuplicateTransfer()
	}
	return s.store(new(itms.Transfer), t, doc)
}

// Put replaces a known transfer.
func (s transfers) Put(t *itms.Transfer) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.Transfer(t)
	if err != nil {
		return err
	}
	old, err := s.Get(t.Token)
	if err != nil {
		return err
	}
	return s.store(old, t, doc)
}

// store writes the document and brings the indexes from the old content to the new.
func (s transfers) store(old, t *itms.Transfer, doc []byte) error {
	if err := s.index(old, t); err != nil {
		return err
	}
	return s.t.put(inTransfers, []byte(t.Token), doc)
}

// index brings the indexes from the old content to the new; the zero transfer has none.
func (s transfers) index(old, t *itms.Transfer) error {
	if err := s.t.move(inTransferTask, transferTaskKey(old), transferTaskKey(t), nil); err != nil {
		return err
	}
	if err := s.t.move(inTransferFile, transferFileKey(old), transferFileKey(t), nil); err != nil {
		return err
	}
	return s.t.move(inTransferDue, transferDueKey(old), transferDueKey(t), nil)
}

// transferTaskKey is the place of a transfer under its task; nil for the zero transfer.
func transferTaskKey(t *itms.Transfer) []byte {
	if t.Token == "" {
		return nil
	}
	return join(string(t.Task), t.Token)
}

// transferDueKey is the place of a transfer in time; nil for the zero transfer.
func transferDueKey(t *itms.Transfer) []byte {
	if t.Token == "" {
		return nil
	}
	return append(instant(itms.Timestamp(t.ExpiresAt)), t.Token...)
}

// transferFileKey is the place of a transfer that was not closed under its file, in
// time; nil when it has none.
func transferFileKey(t *itms.Transfer) []byte {
	if t.Token == "" || t.File == "" || !t.DoneAt.IsZero() {
		return nil
	}
	return append(under(string(t.File)), transferDueKey(t)...)
}

// OfTask returns the transfers of a task.
func (s transfers) OfTask(id itms.TaskID) ([]*itms.Transfer, error) {
	var list []*itms.Transfer
	prefix := under(string(id))
	for k := range s.t.ascend(inTransferTask, prefix, nil) {
		t, err := s.Get(string(k[len(prefix):]))
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

// timeLength is how long an instant is in a key.
const timeLength = 8

// Using returns transfers of a file that were not closed, the last to expire first.
func (s transfers) Using(id itms.FileID, limit int) ([]*itms.Transfer, error) {
	if !record.Usable(string(id)) {
		return nil, nil
	}
	var list []*itms.Transfer
	prefix := under(string(id))
	for k := range s.t.descend(inTransferFile, prefix, nil) {
		if len(list) >= limit {
			break
		}
		t, err := s.Get(string(k[len(prefix)+timeLength:]))
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

// Trim removes transfers that expired.
func (s transfers) Trim(before time.Time, limit int) (int, error) {
	if err := s.t.mayWrite(); err != nil {
		return 0, err
	}
	var tokens []string
	end := instant(itms.Timestamp(before))
	for k := range s.t.ascend(inTransferDue, nil, nil) {
		if len(tokens) >= limit || bytes.Compare(k[:timeLength], end) >= 0 {
			break
		}
		tokens = append(tokens, string(k[timeLength:]))
	}
	for _, token := range tokens {
		old, err := s.Get(token)
		if err != nil {
			return 0, err
		}
		if err := s.index(old, new(itms.Transfer)); err != nil {
			return 0, err
		}
		if err := s.t.drop(inTransfers, []byte(token)); err != nil {
			return 0, err
		}
	}
	return len(tokens), nil
}
