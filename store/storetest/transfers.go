package storetest

import (
	"strings"
	"testing"
	"time"

	"itms"
)

func testTransfers(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error { return tx.Transfers().Insert(transfer(1)) })
		}, func(s itms.Store) {
			want := storedTransfer(1)
			equal(t, "transfer", read(t, s, func(tx itms.Tx) (*itms.Transfer, error) { return tx.Transfers().Get(want.Token) }), want)
			equal(t, "of its task", tokensOfTask(t, s, want.Task), []string{want.Token})
			equal(t, "of its file", tokensUsing(t, s, want.File, 9), []string{want.Token})
		})
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){
		"Unknown": transferUnknown, "Duplicate": transferDuplicate, "OfTask": transferOfTask, "Using": transferUsing, "Trim": transferTrim,
	})
}

// insertTransfers stores transfers.
func insertTransfers(t *testing.T, s itms.Store, all ...*itms.Transfer) {
	t.Helper()
	update(t, s, func(tx itms.Tx) error {
		for _, one := range all {
			if err := tx.Transfers().Insert(one); err != nil {
				return err
			}
		}
		return nil
	})
}

// tokensOf takes the tokens of transfers.
func tokensOf(list []*itms.Transfer) (tokens []string) {
	for _, one := range list {
		tokens = append(tokens, one.Token)
	}
	return tokens
}

// tokensOfTask lists the transfers of a task.
func tokensOfTask(t *testing.T, s itms.Store, id itms.TaskID) []string {
	t.Helper()
	return tokensOf(read(t, s, func(tx itms.Tx) ([]*itms.Transfer, error) { return tx.Transfers().OfTask(id) }))
}

// tokensUsing lists the open transfers of a file.
func tokensUsing(t *testing.T, s itms.Store, id itms.FileID, limit int) []string {
	t.Helper()
	return tokensOf(read(t, s, func(tx itms.Tx) ([]*itms.Transfer, error) { return tx.Transfers().Using(id, limit) }))
}

// trim removes expired transfers.
func trim(t *testing.T, s itms.Store, before time.Time, limit int) (n int) {
	t.Helper()
	update(t, s, func(tx itms.Tx) (err error) {
		n, err = tx.Transfers().Trim(before, limit)
		return err
	})
	return n
}

// transferUnknown: near misses are not found, no message names a token, and Put makes
// none.
func transferUnknown(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "no token", tx.Transfers().Insert(&itms.Transfer{}), itms.KindInvalid, itms.CodeInvalid)
		wantCode(t, "Put", tx.Transfers().Put(&itms.Transfer{}), itms.KindInvalid, itms.CodeInvalid)
		wantNotFound(t, "Put", tx.Transfers().Put(transfer(2)))
		return tx.Transfers().Insert(transfer(1))
	})
	view(t, s, func(tx itms.Tx) error {
		for _, token := range []string{"token-0010", "token-00", "TOKEN-001", "", "token-001\x00", "\xff"} {
			_, err := tx.Transfers().Get(token)
			wantNotFound(t, token, err)
			if token != "" && strings.Contains(err.Error(), token) {
				t.Fatalf("the message names the token: %v", err)
			}
		}
		return nil
	})
	for _, id := range []string{"task-0001", "task-000010", "", "\xff", "task-00001\x00"} {
		equal(t, "of task "+id, tokensOfTask(t, s, itms.TaskID(id)), []string(nil))
	}
	for _, id := range []string{"file-0010", "file-00", "", "\xff", "file-001\x00"} {
		equal(t, "of file "+id, tokensUsing(t, s, itms.FileID(id), 9), []string(nil))
	}
}

// transferDuplicate: a token is taken once; the loser leaves nothing and the
// transaction goes on.
func transferDuplicate(t *testing.T, s itms.Store) {
	insertTransfers(t, s, transfer(1))
	update(t, s, func(tx itms.Tx) error {
		other := transfer(1)
		other.Task, other.File = "task-00002", fileID(2)
		wantCode(t, "taken", tx.Transfers().Insert(other), itms.KindConflict, itms.CodeDuplicate)
		return tx.Transfers().Insert(transfer(2))
	})
	equal(t, "of the loser's task", tokensOfTask(t, s, "task-00002"), []string(nil))
	equal(t, "of the loser's file", tokensUsing(t, s, fileID(2), 9), []string(nil))
	equal(t, "of the task", tokensOfTask(t, s, "task-00001"), []string{"token-001", "token-002"})
}

// transferOfTask: all of a task, closed or not, in order; a transfer that moves leaves
// the old task's list.
func transferOfTask(t *testing.T, s itms.Store) {
	insertTransfers(t, s, transfer(2), closedTransfer(1), transfer(3))
	equal(t, "of the task", tokensOfTask(t, s, "task-00001"), []string{"token-001", "token-002", "token-003"})
	moved := transfer(2)
	moved.Task = "task-00002"
	update(t, s, func(tx itms.Tx) error { return tx.Transfers().Put(moved) })
	equal(t, "of the task", tokensOfTask(t, s, "task-00001"), []string{"token-001", "token-003"})
	equal(t, "of the other", tokensOfTask(t, s, "task-00002"), []string{"token-002"})
}

// transferUsing: those that were not closed, the last to expire first.
func transferUsing(t *testing.T, s itms.Store) {
	late := transfer(0)
	late.ExpiresAt = epoch.Add(time.Hour)
	other := transfer(9)
	other.File = "file-0010"
	none := transfer(8)
	none.File = ""
	insertTransfers(t, s, transfer(2), late, closedTransfer(5), transfer(3), other, none)
	equal(t, "open", tokensUsing(t, s, fileID(1), 9), []string{"token-000", "token-003", "token-002"})
	equal(t, "one", tokensUsing(t, s, fileID(1), 1), []string{"token-000"})
	equal(t, "none", tokensUsing(t, s, fileID(1), 0), []string(nil))
	late.DoneAt = epoch
	update(t, s, func(tx itms.Tx) error { return tx.Transfers().Put(late) })
	sooner := transfer(3)
	sooner.ExpiresAt = epoch.Add(-time.Hour)
	update(t, s, func(tx itms.Tx) error { return tx.Transfers().Put(sooner) })
	equal(t, "after a close and a move", tokensUsing(t, s, fileID(1), 9), []string{"token-002", "token-003"})
}

// transferTrim: those that expired before, the first first, and they leave every list.
func transferTrim(t *testing.T, s itms.Store) {
	insertTransfers(t, s, transfer(3), transfer(1), closedTransfer(2), transfer(4))
	equal(t, "none that expires then", trim(t, s, stored.Add(time.Second), 9), 0)
	equal(t, "no limit", trim(t, s, stored.Add(time.Hour), 0), 0)
	equal(t, "one", trim(t, s, stored.Add(time.Hour), 1), 1)
	equal(t, "of the task", tokensOfTask(t, s, "task-00001"), []string{"token-002", "token-003", "token-004"})
	equal(t, "two", trim(t, s, stored.Add(4*time.Second), 9), 2)
	equal(t, "left in the task", tokensOfTask(t, s, "task-00001"), []string{"token-004"})
	equal(t, "left of the file", tokensUsing(t, s, fileID(1), 9), []string{"token-004"})
}
