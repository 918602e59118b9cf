package postgres

import (
	"time"

	"itms"
	"itms/store/internal/record"
)

// transfers is itms.Transfers.
type transfers struct{ t *tx }

// Get returns the transfer of a token.
func (s transfers) Get(token string) (*itms.Transfer, error) {
	t, err := load[itms.Transfer](s.t, "transfer", "", `select doc from transfers where token = $1`, token)
	if itms.IsKind(err, itms.KindNotFound) {
		err = record.NoTransfer()
	}
	return t, err
}

// Insert stores a new transfer.
func (s transfers) Insert(t *itms.Transfer) error {
	return s.write(t, record.DuplicateTransfer(),
		`insert into transfers (token, task, file, open, expires, doc) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`)
}

// Put replaces a known transfer.
func (s transfers) Put(t *itms.Transfer) error {
	return s.write(t, record.NoTransfer(),
		`update transfers set task = $2, file = $3, open = $4, expires = $5, doc = $6 where token = $1`)
}

// write runs a statement with the transfer, and fails with refused when it touches no
// row.
func (s transfers) write(t *itms.Transfer, refused error, sql string) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.Transfer(t)
	if err != nil {
		return err
	}
	rows, err := s.t.exec(sql, t.Token, string(t.Task), string(t.File), t.DoneAt.IsZero(), itms.Timestamp(t.ExpiresAt), doc)
	if err == nil && rows == 0 {
		return refused
	}
	return err
}

// OfTask returns the transfers of a task.
func (s transfers) OfTask(id itms.TaskID) ([]*itms.Transfer, error) {
	if !usable(string(id)) {
		return nil, nil
	}
	return all(s.t, pointer[itms.Transfer], `select doc from transfers where task = $1 order by token`, string(id))
}

// Using returns transfers of a file that were not closed, the last to expire first.
func (s transfers) Using(id itms.FileID, limit int) ([]*itms.Transfer, error) {
	if limit <= 0 || !record.Usable(string(id)) {
		return nil, nil
	}
	return all(s.t, pointer[itms.Transfer], `select doc from transfers where file = $1 and file <> '' and open
		order by expires desc, token desc limit $2`, string(id), limit)
}

// Trim removes transfers that expired.
func (s transfers) Trim(before time.Time, limit int) (int, error) {
	if err := s.t.mayWrite(); err != nil || limit <= 0 {
		return 0, err
	}
	rows, err := s.t.exec(`delete from transfers where token in (select token from transfers where expires < $1
		order by expires, token limit $2)`, itms.Timestamp(before), limit)
	return int(rows), err
}
