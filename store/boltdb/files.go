package boltdb

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"

	"itms"
	"itms/store/internal/record"
)

// files is itms.Files.
type files struct{ t *tx }

// Get returns the file.
func (s files) Get(id itms.FileID) (*itms.File, error) {
	return load[itms.File](s.t, inFiles, "file", string(id))
}

// Insert stores a new file.
func (s files) Insert(f *itms.File) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.File(f)
	if err != nil {
		return err
	}
	if s.t.get(inFiles, []byte(f.ID)) != nil {
		return record.DuplicateFile(f.ID)
	}
	return s.store(new(itms.File), f, doc)
}

// Put replaces a known file.
func (s files) Put(f *itms.File) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.File(f)
	if err != nil {
		return err
	}
	old, err := s.Get(f.ID)
	if err != nil {
		return err
	}
	return s.store(old, f, doc)
}

// Delete removes a file; its chunks stay.
func (s files) Delete(id itms.FileID) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	old, err := s.Get(id)
	if err != nil {
		return err
	}
	if err := s.index(old, new(itms.File)); err != nil {
		return err
	}
	return s.t.drop(inFiles, []byte(id))
}

// store writes the document and brings the indexes from the old content to the new.
func (s files) store(old, f *itms.File, doc []byte) error {
	if err := s.index(old, f); err != nil {
		return err
	}
	return s.t.put(inFiles, []byte(f.ID), doc)
}

// index brings the indexes from the old content to the new; the zero file has none.
func (s files) index(old, f *itms.File) error {
	if err := s.t.move(inFileKind, fileKey(old, string(old.Kind)), fileKey(f, string(f.Kind)), nil); err != nil {
		return err
	}
	if err := s.t.move(inFileSum, fileKey(old, old.SHA256), fileKey(f, f.SHA256), []byte(f.Kind)); err != nil {
		return err
	}
	return s.t.move(inFileOffer, offerKey(old), offerKey(f), []byte(f.SHA256))
}

// offerKey is the place of a file among those of its kind that are offered; nil for others.
func offerKey(f *itms.File) []byte {
	if !f.Offer {
		return nil
	}
	return fileKey(f, string(f.Kind))
}

// fileKey is the place of a file under a column; nil for the zero file.
func fileKey(f *itms.File, column string) []byte {
	if f.ID == "" {
		return nil
	}
	return join(column, string(f.ID))
}

// List returns a page of files. Those that are offered are few: a page of all kinds of
// them is put together.
func (s files) List(q itms.FileQuery) ([]*itms.File, error) {
	if q.Offer && q.Kind == "" {
		return s.offered(q)
	}
	var list []*itms.File
	for _, id := range s.page(q) {
		f, err := s.Get(id)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, nil
}

// offered returns a page of the offered files of all kinds.
func (s files) offered(q itms.FileQuery) ([]*itms.File, error) {
	var list []*itms.File
	for _, kind := range itms.FileKinds {
		q.Kind = kind
		some, err := s.List(q)
		if err != nil {
			return nil, err
		}
		list = append(list, some...)
	}
	slices.SortFunc(list, func(a, b *itms.File) int { return strings.Compare(string(b.ID), string(a.ID)) })
	return list[:max(min(len(list), q.Limit), 0)], nil
}

// page returns the ids of a page. The narrower filter is looked through.
func (s files) page(q itms.FileQuery) []itms.FileID {
	in, prefix, rest := inFiles, []byte(nil), ""
	switch {
	case q.Offer:
		in, prefix, rest = inFileOffer, under(string(q.Kind)), q.SHA256
	case q.SHA256 != "":
		in, prefix, rest = inFileSum, under(q.SHA256), string(q.Kind)
	case q.Kind != "":
		in, prefix = inFileKind, under(string(q.Kind))
	}
	var below []byte
	if q.Before != "" {
		below = append(bytes.Clone(prefix), q.Before...)
	}
	var ids []itms.FileID
	for k, v := range s.t.descend(in, prefix, below) {
		if len(ids) >= q.Limit {
			break
		}
		if rest == "" || rest == string(v) {
			ids = append(ids, itms.FileID(k[len(prefix):]))
		}
	}
	return ids
}

// chunkKey is the place of a chunk.
func chunkKey(id itms.FileID, n int) []byte {
	return binary.BigEndian.AppendUint32(under(string(id)), uint32(n))
}

// PutChunk stores a chunk.
func (s files) PutChunk(id itms.FileID, n int, content []byte) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	if err := record.Chunk(id, n, content); err != nil {
		return err
	}
	return s.t.put(inChunks, chunkKey(id, n), content)
}

// Chunk returns a chunk, copied: the file's pages are others' once the transaction has
// ended.
func (s files) Chunk(id itms.FileID, n int) ([]byte, error) {
	if !record.Usable(string(id)) || n < 0 {
		return nil, record.NoChunk(id, n)
	}
	content := s.t.get(inChunks, chunkKey(id, n))
	if content == nil {
		return nil, record.NoChunk(id, n)
	}
	return bytes.Clone(content), nil
}

// DropChunks removes chunks of a content.
func (s files) DropChunks(id itms.FileID, limit int) (int, error) {
	if err := s.t.mayWrite(); err != nil || !record.Usable(string(id)) {
		return 0, err
	}
	var keys [][]byte
	for k := range s.t.ascend(inChunks, under(string(id)), nil) {
		if len(keys) >= limit {
			break
		}
		keys = append(keys, bytes.Clone(k))
	}
	for _, k := range keys {
		if err := s.t.drop(inChunks, k); err != nil {
			return 0, err
		}
	}
	return len(keys), nil
}
