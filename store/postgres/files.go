package postgres

import (
	"fmt"

	"itms"
	"itms/store/internal/record"
)

// files is itms.Files.
type files struct{ t *tx }

// Get returns the file.
func (s files) Get(id itms.FileID) (*itms.File, error) {
	return load[itms.File](s.t, "file", string(id), `select doc from files where id = $1`, string(id))
}

// Insert stores a new file.
func (s files) Insert(f *itms.File) error {
	return s.write(f, record.DuplicateFile(f.ID),
		`insert into files (id, kind, sha256, doc) values ($1, $2, $3, $4) on conflict do nothing`)
}

// Put replaces a known file.
func (s files) Put(f *itms.File) error {
	return s.write(f, itms.NotFound("file", string(f.ID)),
		`update files set kind = $2, sha256 = $3, doc = $4 where id = $1`)
}

// write runs a statement with the file, and fails with refused when it touches no row.
func (s files) write(f *itms.File, refused error, sql string) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.File(f)
	if err != nil {
		return err
	}
	rows, err := s.t.exec(sql, string(f.ID), string(f.Kind), f.SHA256, doc)
	if err == nil && rows == 0 {
		return refused
	}
	return err
}

// Delete removes a file; its chunks stay.
func (s files) Delete(id itms.FileID) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	if !record.Usable(string(id)) {
		return itms.NotFound("file", string(id))
	}
	rows, err := s.t.exec(`delete from files where id = $1`, string(id))
	if err == nil && rows == 0 {
		return itms.NotFound("file", string(id))
	}
	return err
}

// List returns a page of files.
func (s files) List(q itms.FileQuery) ([]*itms.File, error) {
	if q.Limit <= 0 || !usable(string(q.Kind), q.SHA256, string(q.Before)) {
		return nil, nil
	}
	sql, args := `select doc from files where true`, []any{q.Limit}
	for _, filter := range []struct{ test, value string }{
		{"kind =", string(q.Kind)}, {"sha256 =", q.SHA256}, {"id <", string(q.Before)},
	} {
		if filter.value != "" {
			args = append(args, filter.value)
			sql += fmt.Sprintf(" and %s $%d", filter.test, len(args))
		}
	}
	if q.Offer {
		sql += " and (doc->>'offer') = 'true'" // as the index says it
	}
	return all(s.t, pointer[itms.File], sql+" order by id desc limit $1", args...)
}

// PutChunk stores a chunk.
func (s files) PutChunk(id itms.FileID, n int, content []byte) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	if err := record.Chunk(id, n, content); err != nil {
		return err
	}
	_, err := s.t.exec(`insert into chunks (file, n, content) values ($1, $2, $3)
		on conflict (file, n) do update set content = excluded.content`, string(id), n, content)
	return err
}

// Chunk returns a chunk.
func (s files) Chunk(id itms.FileID, n int) ([]byte, error) {
	if !record.Usable(string(id)) || n < 0 {
		return nil, record.NoChunk(id, n)
	}
	var content []byte
	found, err := s.t.one(`select content from chunks where file = $1 and n = $2`, []any{string(id), n}, &content)
	if err == nil && !found {
		err = record.NoChunk(id, n)
	}
	return content, err
}

// DropChunks removes chunks of a content.
func (s files) DropChunks(id itms.FileID, limit int) (int, error) {
	if err := s.t.mayWrite(); err != nil || limit <= 0 || !record.Usable(string(id)) {
		return 0, err
	}
	rows, err := s.t.exec(`delete from chunks where file = $1 and n in (select n from chunks where file = $1 order by n limit $2)`,
		string(id), limit)
	return int(rows), err
}
