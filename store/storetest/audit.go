package storetest

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"itms"
)

// auditEntry is the n-th entry, every field filled but the seal; each is a minute later.
func auditEntry(n int) *itms.AuditEntry {
	return &itms.AuditEntry{Seq: 1, At: epoch.Add(time.Duration(n) * time.Minute), Actor: fmt.Sprintf("actor%d", n%2), Role: itms.RoleOperator, Action: "block-device",
		Target: itms.AuditTarget{Kind: "device", ID: fmt.Sprint(n)},
		Before: json.RawMessage(`{"z":1.0,"a":[1,  2]}`), After: json.RawMessage(`{"b":"é","a":null}`),
		Also: []itms.AuditChange{{Target: itms.AuditTarget{Kind: "order", ID: "WO-1"}, Before: json.RawMessage(`{}`), After: json.RawMessage(`{"x":1}`)}},
		More: 3, Remote: "192.0.2.1", Request: "req-1", Hash: "x"}
}

// storedEntry is auditEntry as it comes back, without its sequence. Documents come back
// as encoding/json writes them.
func storedEntry(n int) itms.AuditEntry {
	e := auditEntry(n)
	e.At = stored.Add(time.Duration(n) * time.Minute)
	e.Before = json.RawMessage(`{"z":1.0,"a":[1,2]}`)
	e.Seq, e.Hash = 0, ""
	return *e
}

// appendEntries stores entries and returns their sequences.
func appendEntries(t *testing.T, s itms.Store, list ...*itms.AuditEntry) []int64 {
	t.Helper()
	var seqs []int64
	update(t, s, func(tx itms.Tx) error {
		seqs = nil
		for _, e := range list {
			if err := tx.Audit().Append(e); err != nil {
				return err
			}
			seqs = append(seqs, e.Seq)
		}
		return nil
	})
	return seqs
}

// entriesAfter waits until n entries are to be read and returns them without sequences.
func entriesAfter(t *testing.T, s itms.Store, seq int64, n int) []itms.AuditEntry {
	t.Helper()
	list := await(t, s, itms.TopicAudit, func(tx itms.Tx) ([]itms.AuditEntry, error) { return tx.Audit().After(seq, 1000) },
		func(list []itms.AuditEntry) bool { return len(list) >= n })
	return list
}

// numberless takes the sequences off.
func numberless(list []itms.AuditEntry) []itms.AuditEntry {
	for i := range list {
		list[i].Seq = 0
	}
	return list
}

func testAudit(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		both(t, h, func(s itms.Store) {
			appendEntries(t, s, auditEntry(1), auditEntry(2))
			appendEntries(t, s, auditEntry(3))
		}, func(s itms.Store) {
			equal(t, "entries", numberless(entriesAfter(t, s, 0, 3)), []itms.AuditEntry{storedEntry(1), storedEntry(2), storedEntry(3)})
		})
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){"Outcomes": auditOutcomes, "Pages": auditPages, "Seals": auditSeals, "Concurrent": auditConcurrent})
}

// auditOutcomes: an entry needs an actor and a kind of target, and one that failed leaves
// nothing.
func auditOutcomes(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "no actor", tx.Audit().Append(&itms.AuditEntry{Target: itms.AuditTarget{Kind: "x"}}), itms.KindInvalid, itms.CodeInvalid)
		wantCode(t, "no kind", tx.Audit().Append(&itms.AuditEntry{Actor: "x"}), itms.KindInvalid, itms.CodeInvalid)
		return nil
	})
	seqs := appendEntries(t, s, &itms.AuditEntry{Actor: "x", Target: itms.AuditTarget{Kind: "x"}, Action: "y"})
	got := entriesAfter(t, s, 0, 1)
	equal(t, "the least entry", got, []itms.AuditEntry{{Seq: seqs[0], Actor: "x", Target: itms.AuditTarget{Kind: "x"}, Action: "y"}})
}

// auditPages: every filter, newest first.
func auditPages(t *testing.T, s itms.Store) {
	var list []*itms.AuditEntry
	for n := range 6 {
		list = append(list, auditEntry(n))
	}
	list[5].Action, list[5].Also = "reboot", nil
	seqs := appendEntries(t, s, list...)
	at := func(n int) time.Time { return stored.Add(time.Duration(n) * time.Minute) }
	device := func(id string) itms.AuditTarget { return itms.AuditTarget{Kind: "device", ID: id} }
	for _, c := range []struct {
		q    itms.AuditQuery
		want string
	}{
		{itms.AuditQuery{}, "[5 4 3 2 1 0]"}, {itms.AuditQuery{Before: seqs[2]}, "[1 0]"},
		{itms.AuditQuery{Actor: "actor1"}, "[5 3 1]"}, {itms.AuditQuery{Actor: "actor1", Before: seqs[5]}, "[3 1]"}, {itms.AuditQuery{Actor: "actor"}, "[]"},
		{itms.AuditQuery{Target: device("3")}, "[3]"}, {itms.AuditQuery{Target: itms.AuditTarget{Kind: "order", ID: "WO-1"}, Before: seqs[4]}, "[3 2 1 0]"},
		{itms.AuditQuery{Target: device("")}, "[]"}, {itms.AuditQuery{Target: device("\x00")}, "[]"}, {itms.AuditQuery{Actor: "\xff"}, "[]"},
		{itms.AuditQuery{Action: "reboot"}, "[5]"}, {itms.AuditQuery{Action: "reboot", Actor: "actor0"}, "[]"},
		{itms.AuditQuery{From: at(4)}, "[5 4]"}, {itms.AuditQuery{To: at(2)}, "[1 0]"}, {itms.AuditQuery{From: at(1), To: at(3), Actor: "actor0"}, "[2]"},
		{itms.AuditQuery{From: at(9999)}, "[]"}, {itms.AuditQuery{To: at(-9999)}, "[]"},
	} {
		c.q.Limit = 9
		got := read(t, s, func(tx itms.Tx) ([]itms.AuditEntry, error) { return tx.Audit().List(c.q) })
		var ids []string
		for _, e := range got {
			ids = append(ids, e.Target.ID)
		}
		equal(t, fmt.Sprintf("page %+v", c.q), fmt.Sprint(ids), c.want)
	}
	two := read(t, s, func(tx itms.Tx) ([]itms.AuditEntry, error) { return tx.Audit().List(itms.AuditQuery{Limit: 2}) })
	equal(t, "two", len(two), 2)
	none := read(t, s, func(tx itms.Tx) ([]itms.AuditEntry, error) { return tx.Audit().List(itms.AuditQuery{}) })
	equal(t, "none", len(none), 0)
}

// auditSeals: seals follow the head that they were made for, and no other.
func auditSeals(t *testing.T, s itms.Store) {
	head := func() itms.AuditSeal {
		return read(t, s, func(tx itms.Tx) (itms.AuditSeal, error) { return tx.Audit().Head() })
	}
	equal(t, "first head", head(), itms.AuditSeal{})
	seqs := appendEntries(t, s, auditEntry(1), auditEntry(2), auditEntry(3))
	seals := []itms.AuditSeal{{Seq: seqs[0], Hash: "h1"}, {Seq: seqs[1], Hash: "h2"}}
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "out of order", tx.Audit().Seal(itms.AuditSeal{}, []itms.AuditSeal{seals[1], seals[0]}), itms.KindInvalid, itms.CodeInvalid)
		wantCode(t, "no hash", tx.Audit().Seal(itms.AuditSeal{}, []itms.AuditSeal{{Seq: 1}}), itms.KindInvalid, itms.CodeInvalid)
		return tx.Audit().Seal(itms.AuditSeal{}, seals)
	})
	equal(t, "head", head(), seals[1])
	update(t, s, func(tx itms.Tx) error {
		third := []itms.AuditSeal{{Seq: seqs[2], Hash: "h3"}}
		wantCode(t, "old head", tx.Audit().Seal(seals[0], third), itms.KindConflict, itms.CodeDuplicate)
		wantCode(t, "behind it", tx.Audit().Seal(seals[1], seals), itms.KindInvalid, itms.CodeInvalid)
		return tx.Audit().Seal(seals[1], nil)
	})
	got := entriesAfter(t, s, 0, 3)
	equal(t, "seals", got[0].Hash+got[1].Hash+got[2].Hash, "h1h2")
	page := read(t, s, func(tx itms.Tx) ([]itms.AuditEntry, error) { return tx.Audit().List(itms.AuditQuery{Limit: 3}) })
	equal(t, "seals of a page", page[0].Hash+page[1].Hash+page[2].Hash, "h2h1")
}

// auditConcurrent: a reader that follows misses no entry of writers at the same time.
func auditConcurrent(t *testing.T, s itms.Store) {
	const writers, each = 4, 10
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for n := range each {
				if err := s.Update(bg, func(tx itms.Tx) error { return tx.Audit().Append(auditEntry(n)) }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var seen, last int64
	for seen < writers*each {
		for _, e := range entriesAfter(t, s, last, 1) {
			if e.Seq <= last {
				t.Fatalf("entry %d after %d", e.Seq, last)
			}
			last = e.Seq
			seen++
		}
	}
	all.Wait()
}
