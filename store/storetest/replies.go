package storetest

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"itms"
)

// reply is a fixture that began so many seconds after the epoch of the suite.
func reply(key string, second int) *itms.Reply {
	return &itms.Reply{Key: key, Content: "content", Node: "node-1", At: stored.Add(time.Duration(second) * time.Second)}
}

func testReplies(t *testing.T, h Harness) {
	answered := reply("a0", 0)
	answered.Status, answered.Type, answered.Body = 409, "application/problem+json", itms.Sealed{0, 255, 1}
	t.Run("Kept", func(t *testing.T) {
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error { return tx.Replies().Insert(answered) })
		}, func(s itms.Store) { equal(t, "reply", replyOf(t, s, "a0"), answered) })
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){"Outcomes": replyOutcomes, "Duplicate": replyDuplicate, "Trim": replyTrim})
}

// replyOf reads one reply.
func replyOf(t *testing.T, s itms.Store, key string) *itms.Reply {
	t.Helper()
	return read(t, s, func(tx itms.Tx) (*itms.Reply, error) { return tx.Replies().Get(key) })
}

// replyOutcomes: what is not there is not found and not made, Put replaces everything,
// and a transaction sees its own writes.
func replyOutcomes(t *testing.T, s itms.Store) {
	next := reply("a", 5)
	next.Status, next.Body, next.At = 200, itms.Sealed("sealed"), epoch.Add(5*time.Second)
	want := *next
	want.At = itms.Timestamp(next.At)
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "Insert", tx.Replies().Insert(&itms.Reply{}), itms.KindInvalid, itms.CodeInvalid)
		wantNotFound(t, "Put", tx.Replies().Put(reply("a", 0)))
		for _, key := range []string{"a", "", "a\x00", "\xff"} {
			_, err := tx.Replies().Get(key)
			wantNotFound(t, key, err)
			if err := tx.Replies().Delete(key); err != nil {
				return err
			}
		}
		if err := tx.Replies().Insert(reply("a", 0)); err != nil {
			return err
		}
		if err := tx.Replies().Put(next); err != nil {
			return err
		}
		got, err := tx.Replies().Get("a")
		equal(t, "within", got, &want)
		return err
	})
	equal(t, "after", replyOf(t, s, "a"), &want)
	update(t, s, func(tx itms.Tx) error {
		if err := tx.Replies().Delete("a"); err != nil {
			return err
		}
		_, err := tx.Replies().Get("a")
		wantNotFound(t, "deleted", err)
		n, err := tx.Replies().Trim(epoch.Add(time.Hour), 9)
		equal(t, "left in the order of time", n, 0)
		return err
	})
}

// replyDuplicate: a key is taken once; the loser leaves nothing and the transaction
// goes on.
func replyDuplicate(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error { return tx.Replies().Insert(reply("a", 0)) })
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "taken", tx.Replies().Insert(reply("a", 7)), itms.KindConflict, itms.CodeDuplicate)
		return tx.Replies().Insert(reply("b", 1))
	})
	equal(t, "the first", replyOf(t, s, "a"), reply("a", 0))
	equal(t, "the second", replyOf(t, s, "b"), reply("b", 1))
}

// replyTrim: old ones go, and of the others the oldest that are too many.
func replyTrim(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		for i := range 6 {
			if err := tx.Replies().Insert(reply(fmt.Sprintf("k%d", i), i)); err != nil {
				return err
			}
		}
		return nil
	})
	trim := func(before, keep, want int) {
		t.Helper()
		update(t, s, func(tx itms.Tx) error {
			n, err := tx.Replies().Trim(stored.Add(time.Duration(before)*time.Second), keep)
			equal(t, fmt.Sprintf("removed before %d, beyond %d", before, keep), n, want)
			return err
		})
	}
	trim(0, 6, 0)
	trim(1, 6, 1) // k0
	trim(0, 3, 2) // k1, k2
	equal(t, "still there", replyOf(t, s, "k3"), reply("k3", 3))
	trim(9, 9, 3)
	trim(9, 0, 0)
}

// modelReplies: what is there after any writes and trims agrees with a map.
func modelReplies(t *rapid.T, s itms.Store, space string) {
	model := map[string]*itms.Reply{}
	update(t, s, func(tx itms.Tx) error { // those of the checks before: a trim is for all
		_, err := tx.Replies().Trim(stored.Add(time.Hour), 0)
		return err
	})
	draw := func(t *rapid.T) *itms.Reply {
		return reply(space+rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "key"), rapid.IntRange(0, 5).Draw(t, "second"))
	}
	t.Repeat(map[string]func(*rapid.T){
		"insert": func(t *rapid.T) {
			r := draw(t)
			_, taken := model[r.Key]
			if attempt(t, s, func(tx itms.Tx) error {
				if err := tx.Replies().Insert(r); !taken || !itms.IsKind(err, itms.KindConflict) {
					return err
				}
				return nil
			}) && !taken {
				model[r.Key] = r
			}
		},
		"put": func(t *rapid.T) {
			r := draw(t)
			if model[r.Key] != nil && attempt(t, s, func(tx itms.Tx) error { return tx.Replies().Put(r) }) {
				model[r.Key] = r
			}
		},
		"delete": func(t *rapid.T) {
			key := draw(t).Key
			if attempt(t, s, func(tx itms.Tx) error { return tx.Replies().Delete(key) }) {
				delete(model, key)
			}
		},
		"trim": func(t *rapid.T) {
			before, keep := reply("", rapid.IntRange(0, 6).Draw(t, "before")).At, rapid.IntRange(0, 4).Draw(t, "keep")
			if attempt(t, s, func(tx itms.Tx) error { _, err := tx.Replies().Trim(before, keep); return err }) {
				trimModel(model, before, keep)
			}
		},
		"": func(t *rapid.T) {
			for _, key := range []string{"a", "b", "c", "d"} {
				got, err := readReply(t, s, space+key)
				if want := model[space+key]; want == nil {
					wantNotFound(t, key, err)
				} else {
					equal(t, key, got, want)
				}
			}
		},
	})
}

// readReply reads one reply that may not be there.
func readReply(t *rapid.T, s itms.Store, key string) (got *itms.Reply, err error) {
	view(t, s, func(tx itms.Tx) error {
		got, err = tx.Replies().Get(key)
		return nil
	})
	return got, err
}

// trimModel is Trim of the model.
func trimModel(model map[string]*itms.Reply, before time.Time, keep int) {
	maps.DeleteFunc(model, func(_ string, r *itms.Reply) bool { return r.At.Before(before) })
	oldest := slices.SortedFunc(maps.Values(model), func(a, b *itms.Reply) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		if a.Key < b.Key {
			return -1
		}
		return 1
	})
	for _, r := range oldest[:max(0, len(oldest)-keep)] {
		delete(model, r.Key)
	}
}
