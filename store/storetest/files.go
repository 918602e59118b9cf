package storetest

import (
	"bytes"
	"testing"

	"itms"
)

func testFiles(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error { return tx.Files().Insert(file(1)) })
			putChunk(t, s, fileID(1), 0, chunkOf(1, itms.ChunkSize))
			putChunk(t, s, fileID(1), 1, []byte{0, 255, 0})
		}, func(s itms.Store) {
			equal(t, "file", read(t, s, func(tx itms.Tx) (*itms.File, error) { return tx.Files().Get(fileID(1)) }), storedFile(1))
			equal(t, "whole chunk", bytes.Equal(chunk(t, s, fileID(1), 0), chunkOf(1, itms.ChunkSize)), true)
			equal(t, "last chunk", chunk(t, s, fileID(1), 1), []byte{0, 255, 0})
		})
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){
		"Unknown": fileUnknown, "Duplicate": fileDuplicate, "Lists": fileLists, "Replace": fileReplace,
		"Chunks": fileChunks, "ChunksOfOthers": fileChunksOfOthers, "Deleted": fileDeleted,
	})
}

// chunkOf is a chunk of one byte, repeated.
func chunkOf(b byte, size int) []byte { return bytes.Repeat([]byte{b}, size) }

// putChunk stores one chunk.
func putChunk(t *testing.T, s itms.Store, id itms.FileID, n int, content []byte) {
	t.Helper()
	update(t, s, func(tx itms.Tx) error { return tx.Files().PutChunk(id, n, content) })
}

// chunk reads one chunk.
func chunk(t *testing.T, s itms.Store, id itms.FileID, n int) []byte {
	t.Helper()
	return read(t, s, func(tx itms.Tx) ([]byte, error) { return tx.Files().Chunk(id, n) })
}

// dropChunks removes chunks.
func dropChunks(t *testing.T, s itms.Store, id itms.FileID, limit int) (n int) {
	t.Helper()
	update(t, s, func(tx itms.Tx) (err error) {
		n, err = tx.Files().DropChunks(id, limit)
		return err
	})
	return n
}

// fileIDs lists the ids of a page of files.
func fileIDs(t *testing.T, s itms.Store, q itms.FileQuery) (ids []itms.FileID) {
	t.Helper()
	for _, f := range read(t, s, func(tx itms.Tx) ([]*itms.File, error) { return tx.Files().List(q) }) {
		ids = append(ids, f.ID)
	}
	return ids
}

// fileUnknown: near misses are not found, and neither Put nor Delete makes one.
func fileUnknown(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "no id", tx.Files().Insert(&itms.File{}), itms.KindInvalid, itms.CodeInvalid)
		wantCode(t, "Put", tx.Files().Put(&itms.File{}), itms.KindInvalid, itms.CodeInvalid)
		wantNotFound(t, "Put", tx.Files().Put(file(2)))
		for _, id := range []itms.FileID{"file-0010", "file-00", "", "file-001\x00", "\xff"} {
			wantNotFound(t, "Delete", tx.Files().Delete(id))
		}
		return tx.Files().Insert(file(1))
	})
	view(t, s, func(tx itms.Tx) error {
		for _, id := range []itms.FileID{"file-0010", "file-00", "FILE-001", "", "file-001\x00", "\xff"} {
			_, err := tx.Files().Get(id)
			wantNotFound(t, string(id), err)
		}
		return nil
	})
}

// fileDuplicate: an id is taken once; the loser leaves nothing and the transaction goes
// on.
func fileDuplicate(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error { return tx.Files().Insert(file(1)) })
	update(t, s, func(tx itms.Tx) error {
		other := file(2)
		other.ID = fileID(1)
		wantCode(t, "taken", tx.Files().Insert(other), itms.KindConflict, itms.CodeDuplicate)
		if err := tx.Files().Insert(file(3)); err != nil {
			return err
		}
		wantCode(t, "own insert", tx.Files().Insert(file(3)), itms.KindConflict, itms.CodeDuplicate)
		return nil
	})
	equal(t, "of the loser", fileIDs(t, s, itms.FileQuery{SHA256: file(2).SHA256, Limit: 9}), []itms.FileID(nil))
	equal(t, "all", fileIDs(t, s, itms.FileQuery{Limit: 9}), []itms.FileID{fileID(3), fileID(1)})
}

// fileLists: newest first, by every filter, from where a page ended.
func fileLists(t *testing.T, s itms.Store) {
	for i, kind := range []itms.FileKind{itms.FileKindLog, itms.FileKindFirmware, itms.FileKindLog, itms.FileKindFirmware} {
		f := file(i)
		f.Kind, f.SHA256, f.Offer = kind, file(i/2).SHA256, i != 2
		update(t, s, func(tx itms.Tx) error { return tx.Files().Insert(f) })
	}
	for _, c := range []struct {
		q    itms.FileQuery
		want []itms.FileID
	}{
		{itms.FileQuery{Limit: 9}, []itms.FileID{fileID(3), fileID(2), fileID(1), fileID(0)}},
		{itms.FileQuery{Limit: 2}, []itms.FileID{fileID(3), fileID(2)}},
		{itms.FileQuery{Limit: 9, Before: fileID(2)}, []itms.FileID{fileID(1), fileID(0)}},
		{itms.FileQuery{Limit: 9, Before: "file-0019"}, []itms.FileID{fileID(1), fileID(0)}},
		{itms.FileQuery{Limit: 9, Kind: itms.FileKindLog}, []itms.FileID{fileID(2), fileID(0)}},
		{itms.FileQuery{Limit: 9, Kind: itms.FileKindLog, Before: fileID(2)}, []itms.FileID{fileID(0)}},
		{itms.FileQuery{Limit: 9, Kind: "lo"}, nil},
		{itms.FileQuery{Limit: 9, SHA256: file(1).SHA256}, []itms.FileID{fileID(3), fileID(2)}},
		{itms.FileQuery{Limit: 9, SHA256: file(1).SHA256, Before: fileID(3)}, []itms.FileID{fileID(2)}},
		{itms.FileQuery{Limit: 9, SHA256: file(1).SHA256, Kind: itms.FileKindLog}, []itms.FileID{fileID(2)}},
		{itms.FileQuery{Limit: 9, Offer: true}, []itms.FileID{fileID(3), fileID(1), fileID(0)}},
		{itms.FileQuery{Limit: 2, Offer: true}, []itms.FileID{fileID(3), fileID(1)}},
		{itms.FileQuery{Limit: 9, Offer: true, Before: fileID(3)}, []itms.FileID{fileID(1), fileID(0)}},
		{itms.FileQuery{Limit: 9, Offer: true, Kind: itms.FileKindLog}, []itms.FileID{fileID(0)}},
		{itms.FileQuery{Limit: 9, Offer: true, SHA256: file(1).SHA256}, []itms.FileID{fileID(3)}},
		{itms.FileQuery{Offer: true}, nil},
		{itms.FileQuery{Limit: 9, SHA256: "00"}, nil},
		{itms.FileQuery{}, nil},
	} {
		equal(t, "files", fileIDs(t, s, c.q), c.want)
	}
}

// fileReplace: a file that changed leaves the lists it was in.
func fileReplace(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error { return tx.Files().Insert(file(1)) })
	next := storedFile(1)
	next.Kind, next.SHA256, next.Models, next.Offer = itms.FileKindOther, file(2).SHA256, nil, false
	update(t, s, func(tx itms.Tx) error { return tx.Files().Put(next) })
	equal(t, "file", read(t, s, func(tx itms.Tx) (*itms.File, error) { return tx.Files().Get(fileID(1)) }), next)
	equal(t, "old kind", fileIDs(t, s, itms.FileQuery{Kind: itms.FileKindFirmware, Limit: 9}), []itms.FileID(nil))
	equal(t, "old sum", fileIDs(t, s, itms.FileQuery{SHA256: file(1).SHA256, Limit: 9}), []itms.FileID(nil))
	equal(t, "offered", fileIDs(t, s, itms.FileQuery{Offer: true, Limit: 9}), []itms.FileID(nil))
	equal(t, "new kind", fileIDs(t, s, itms.FileQuery{Kind: itms.FileKindOther, Limit: 9}), []itms.FileID{fileID(1)})
}

// fileChunks: chunks need no file, are replaced and removed a few at a time; their
// numbers are order enough.
func fileChunks(t *testing.T, s itms.Store) {
	for _, n := range []int{256, 0, 1, 2} {
		putChunk(t, s, "f", n, chunkOf(byte(n), 4))
	}
	putChunk(t, s, "f", 1, []byte("again"))
	equal(t, "replaced", chunk(t, s, "f", 1), []byte("again"))
	equal(t, "far", chunk(t, s, "f", 256), chunkOf(0, 4))
	update(t, s, func(tx itms.Tx) error {
		for _, content := range [][]byte{nil, {}, make([]byte, itms.ChunkSize+1)} {
			wantCode(t, "size", tx.Files().PutChunk("f", 0, content), itms.KindInvalid, itms.CodeInvalid)
		}
		wantCode(t, "number", tx.Files().PutChunk("f", -1, []byte("x")), itms.KindInvalid, itms.CodeInvalid)
		wantCode(t, "no id", tx.Files().PutChunk("", 0, []byte("x")), itms.KindInvalid, itms.CodeInvalid)
		return nil
	})
	equal(t, "removed none", dropChunks(t, s, "f", 0), 0)
	equal(t, "removed", dropChunks(t, s, "f", 3), 3)
	equal(t, "still there", chunk(t, s, "f", 256), chunkOf(0, 4))
	wantNoChunk(t, s, "f", 0)
	equal(t, "the rest", dropChunks(t, s, "f", 3), 1)
	equal(t, "nothing left", dropChunks(t, s, "f", 3), 0)
}

// wantNoChunk checks that there is no such chunk.
func wantNoChunk(t *testing.T, s itms.Store, id itms.FileID, n int) {
	t.Helper()
	view(t, s, func(tx itms.Tx) error {
		_, err := tx.Files().Chunk(id, n)
		wantNotFound(t, "chunk", err)
		return nil
	})
}

// fileChunksOfOthers: an id that begins another's has none of its chunks.
func fileChunksOfOthers(t *testing.T, s itms.Store) {
	putChunk(t, s, "f1", 0, []byte("x"))
	putChunk(t, s, "f11", 0, []byte("y"))
	for _, id := range []itms.FileID{"f", "F1", "", "f1\x00", "\xff"} {
		wantNoChunk(t, s, id, 0)
		equal(t, "removed", dropChunks(t, s, id, 9), 0)
	}
	wantNoChunk(t, s, "f1", -1)
	wantNoChunk(t, s, "f1", 1)
	equal(t, "removed", dropChunks(t, s, "f1", 9), 1)
	equal(t, "the other's", chunk(t, s, "f11", 0), []byte("y"))
}

// fileDeleted: a deleted file is in no list; its chunks are removed apart.
func fileDeleted(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error { return tx.Files().Insert(file(1)) })
	putChunk(t, s, fileID(1), 0, []byte("abc"))
	update(t, s, func(tx itms.Tx) error {
		if err := tx.Files().Delete(fileID(1)); err != nil {
			return err
		}
		wantNotFound(t, "again", tx.Files().Delete(fileID(1)))
		return nil
	})
	for _, q := range []itms.FileQuery{{Limit: 9}, {Limit: 9, Kind: file(1).Kind}, {Limit: 9, SHA256: file(1).SHA256}, {Limit: 9, Offer: true}} {
		equal(t, "files", fileIDs(t, s, q), []itms.FileID(nil))
	}
	equal(t, "chunk", chunk(t, s, fileID(1), 0), []byte("abc"))
	update(t, s, func(tx itms.Tx) error { return tx.Files().Insert(file(1)) })
	equal(t, "again", fileIDs(t, s, itms.FileQuery{Limit: 9}), []itms.FileID{fileID(1)})
}
