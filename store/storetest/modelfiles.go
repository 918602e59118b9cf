package storetest

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"itms"
)

// modelFiles: files, every filter, and chunks agree with maps.
func modelFiles(t *rapid.T, s itms.Store, space string) {
	model, chunks := map[itms.FileID]*itms.File{}, map[itms.FileID]map[int][]byte{}
	pick := func(t *rapid.T) itms.FileID {
		return itms.FileID(space + rapid.SampledFrom([]string{"1", "11", "2"}).Draw(t, "id"))
	}
	t.Repeat(map[string]func(*rapid.T){
		"write": func(t *rapid.T) {
			f := &itms.File{ID: pick(t), Kind: rapid.SampledFrom([]itms.FileKind{itms.FileKindLog, itms.FileKindConfig}).Draw(t, "kind"),
				SHA256: space + rapid.SampledFrom([]string{"a", "ab"}).Draw(t, "sum"), Offer: rapid.Bool().Draw(t, "offer")}
			known := model[f.ID] != nil
			if attempt(t, s, func(tx itms.Tx) error {
				if known {
					return tx.Files().Put(f)
				}
				return tx.Files().Insert(f)
			}) {
				model[f.ID] = f
			}
		},
		"delete": func(t *rapid.T) {
			id := pick(t)
			if model[id] != nil && attempt(t, s, func(tx itms.Tx) error { return tx.Files().Delete(id) }) {
				delete(model, id)
			}
		},
		"chunk": func(t *rapid.T) {
			id, n := pick(t), rapid.IntRange(0, 2).Draw(t, "n")
			content := bytes.Repeat([]byte{byte(n)}, rapid.IntRange(1, 3).Draw(t, "size"))
			if attempt(t, s, func(tx itms.Tx) error { return tx.Files().PutChunk(id, n, content) }) {
				if chunks[id] == nil {
					chunks[id] = map[int][]byte{}
				}
				chunks[id][n] = content
			}
		},
		"drop": func(t *rapid.T) { modelDrop(t, s, pick(t), chunks) },
		"list": func(t *rapid.T) { checkFiles(t, s, space, model) },
		"":     func(t *rapid.T) { checkChunks(t, s, chunks) },
	})
}

// modelDrop removes the first chunks of a content.
func modelDrop(t *rapid.T, s itms.Store, id itms.FileID, chunks map[itms.FileID]map[int][]byte) {
	limit := rapid.IntRange(0, 3).Draw(t, "limit")
	gone := slices.Sorted(maps.Keys(chunks[id]))
	gone = gone[:min(limit, len(gone))]
	if !attempt(t, s, func(tx itms.Tx) error {
		n, err := tx.Files().DropChunks(id, limit)
		equal(t, "dropped", n, len(gone))
		return err
	}) {
		return
	}
	for _, n := range gone {
		delete(chunks[id], n)
	}
}

// checkFiles reads one filtered page and compares it.
func checkFiles(t *rapid.T, s itms.Store, space string, model map[itms.FileID]*itms.File) {
	q := itms.FileQuery{Limit: 9, SHA256: rapid.SampledFrom([]string{space + "a", space + "ab"}).Draw(t, "q.sum"),
		Kind: rapid.SampledFrom([]itms.FileKind{"", itms.FileKindLog}).Draw(t, "q.kind"), Offer: rapid.Bool().Draw(t, "q.offer"),
		Before: itms.FileID(rapid.SampledFrom([]string{"", space + "11"}).Draw(t, "before"))}
	var want []*itms.File
	ids := slices.Sorted(maps.Keys(model))
	slices.Reverse(ids)
	for _, id := range ids {
		if f := model[id]; f.SHA256 == q.SHA256 && (f.Offer || !q.Offer) && (q.Kind == "" || f.Kind == q.Kind) && (q.Before == "" || id < q.Before) {
			want = append(want, f)
		}
	}
	equal(t, fmt.Sprintf("page %+v", q), read(t, s, func(tx itms.Tx) ([]*itms.File, error) { return tx.Files().List(q) }), want)
}

// checkChunks compares every chunk.
func checkChunks(t *rapid.T, s itms.Store, chunks map[itms.FileID]map[int][]byte) {
	view(t, s, func(tx itms.Tx) error {
		for id, numbers := range chunks {
			for n := range 3 {
				got, err := tx.Files().Chunk(id, n)
				if numbers[n] == nil {
					wantNotFound(t, "chunk", err)
					continue
				}
				if err != nil {
					return err
				}
				equal(t, "chunk", got, numbers[n])
			}
		}
		return nil
	})
}

// modelTransfers: the lists of tasks and files, and what is trimmed, agree with a map.
// Each check's times lie before those of the checks before it, so that Trim meets no
// other's transfers.
func modelTransfers(t *rapid.T, s itms.Store, space string) {
	model := map[string]*itms.Transfer{}
	var n int
	if _, err := fmt.Sscan(space, &n); err != nil {
		t.Fatal(err)
	}
	start := stored.Add(-time.Duration(n) * time.Hour)
	file, task := itms.FileID(space), itms.TaskID(space)
	t.Repeat(map[string]func(*rapid.T){
		"write": func(t *rapid.T) {
			x := &itms.Transfer{Token: space + rapid.SampledFrom([]string{"1", "11", "2", "3"}).Draw(t, "token"),
				File: rapid.SampledFrom([]itms.FileID{file, file + "1"}).Draw(t, "file"),
				Task: rapid.SampledFrom([]itms.TaskID{task, task + "1"}).Draw(t, "task"), CreatedAt: stored,
				ExpiresAt: start.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "expires")) * time.Second)}
			if rapid.Bool().Draw(t, "closed") {
				x.DoneAt = stored
			}
			known := model[x.Token] != nil
			if attempt(t, s, func(tx itms.Tx) error {
				if known {
					return tx.Transfers().Put(x)
				}
				return tx.Transfers().Insert(x)
			}) {
				model[x.Token] = x
			}
		},
		"trim": func(t *rapid.T) {
			modelTrim(t, s, start.Add(time.Duration(rapid.IntRange(0, 6).Draw(t, "before"))*time.Second), model)
		},
		"": func(t *rapid.T) { checkTransfers(t, s, file, task, model) },
	})
	update(t, s, func(tx itms.Tx) error { _, err := tx.Transfers().Trim(start.Add(time.Minute), 99); return err })
}

// inTime lists transfers, the first to expire first.
func inTime(model map[string]*itms.Transfer) []*itms.Transfer {
	list := slices.Collect(maps.Values(model))
	slices.SortFunc(list, func(a, b *itms.Transfer) int {
		return cmp.Or(a.ExpiresAt.Compare(b.ExpiresAt), cmp.Compare(a.Token, b.Token))
	})
	return list
}

// modelTrim removes what expired.
func modelTrim(t *rapid.T, s itms.Store, before time.Time, model map[string]*itms.Transfer) {
	limit := rapid.IntRange(0, 3).Draw(t, "limit")
	var gone []string
	for _, x := range inTime(model) {
		if x.ExpiresAt.Before(before) && len(gone) < limit {
			gone = append(gone, x.Token)
		}
	}
	if !attempt(t, s, func(tx itms.Tx) error {
		n, err := tx.Transfers().Trim(before, limit)
		equal(t, "trimmed", n, len(gone))
		return err
	}) {
		return
	}
	for _, token := range gone {
		delete(model, token)
	}
}

// checkTransfers compares both lists.
func checkTransfers(t *rapid.T, s itms.Store, file itms.FileID, task itms.TaskID, model map[string]*itms.Transfer) {
	var using, ofTask []*itms.Transfer
	for _, token := range slices.Sorted(maps.Keys(model)) {
		if model[token].Task == task {
			ofTask = append(ofTask, model[token])
		}
	}
	for _, x := range slices.Backward(inTime(model)) {
		if x.File == file && x.DoneAt.IsZero() {
			using = append(using, x)
		}
	}
	equal(t, "of the task", read(t, s, func(tx itms.Tx) ([]*itms.Transfer, error) { return tx.Transfers().OfTask(task) }), ofTask)
	equal(t, "using the file", read(t, s, func(tx itms.Tx) ([]*itms.Transfer, error) { return tx.Transfers().Using(file, 9) }), using)
}
