package storetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"itms"
)

// trace is a trace with every field filled.
func trace(id itms.TraceID) *itms.Trace {
	return &itms.Trace{ID: id, Device: deviceID("d", 1), Network: "192.0.2.0/24", Actor: "ops", CreatedAt: epoch, Until: epoch,
		MaxBytes: 1000, Dropped: 2}
}

// storedTrace is trace as it comes back.
func storedTrace(id itms.TraceID) *itms.Trace {
	t := trace(id)
	t.CreatedAt, t.Until = stored, stored
	return t
}

// traceMessage is a message with every field filled but its place.
func traceMessage(body string) itms.TraceMessage {
	return itms.TraceMessage{Session: "s", Device: deviceID("d", 1), Node: "n", Remote: "192.0.2.1", At: stored, Out: true, Status: 200,
		Method: "InformResponse", Headers: map[string]string{"Content-Type": "text/xml"}, Body: body, Cut: true}
}

func testTraces(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		want := storedTrace("t1")
		first, second := traceMessage("<a>é</a>"), traceMessage("")
		first.Seq, second.Seq = 1, 2
		second.Headers = nil
		want.Messages, want.Bytes = 2, first.Size()+second.Size()
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error {
				kept := trace("t1")
				if err := tx.Traces().Put(kept); err != nil {
					return err
				}
				list := []itms.TraceMessage{traceMessage("<a>é</a>"), traceMessage("")}
				list[0].At, list[1].Headers = epoch, map[string]string{}
				return tx.Traces().Append(kept, list)
			})
		}, func(s itms.Store) {
			equal(t, "trace", read(t, s, func(tx itms.Tx) (*itms.Trace, error) { return tx.Traces().Get("t1") }), want)
			equal(t, "messages", traceMessages(t, s, "t1", 0, 9), []itms.TraceMessage{first, second})
			equal(t, "second", traceMessages(t, s, "t1", 1, 9), []itms.TraceMessage{second})
			equal(t, "first", traceMessages(t, s, "t1", -1, 1), []itms.TraceMessage{first})
		})
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){"Unknown": traceUnknown, "Lists": traceLists, "Deleted": traceDeleted})
}

// traceMessages reads a page of messages.
func traceMessages(t rapid.TB, s itms.Store, id itms.TraceID, after, limit int) []itms.TraceMessage {
	t.Helper()
	return read(t, s, func(tx itms.Tx) ([]itms.TraceMessage, error) { return tx.Traces().Messages(id, after, limit) })
}

// traceUnknown: near misses are not found and take no messages.
func traceUnknown(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "no id", tx.Traces().Put(&itms.Trace{}), itms.KindInvalid, itms.CodeInvalid)
		return tx.Traces().Put(trace("t10"))
	})
	for _, id := range []itms.TraceID{"t1", "t100", "T10", "", "t10\x00", "\xff"} {
		update(t, s, func(tx itms.Tx) error {
			_, err := tx.Traces().Get(id)
			wantNotFound(t, "Get "+string(id), err)
			wantNotFound(t, "Delete "+string(id), tx.Traces().Delete(id))
			if itms.CheckKey("", string(id)) == nil {
				wantNotFound(t, "Append "+string(id), tx.Traces().Append(&itms.Trace{ID: id}, []itms.TraceMessage{traceMessage("x")}))
			}
			return nil
		})
		equal(t, "messages", traceMessages(t, s, id, 0, 9), []itms.TraceMessage(nil))
	}
	equal(t, "no page", traceMessages(t, s, "t10", 0, 0), []itms.TraceMessage(nil))
}

// traceLists: newest first and from where a page ended; a prefix is not a trace.
func traceLists(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		for _, id := range []itms.TraceID{"t2", "t1", "t10"} {
			if err := tx.Traces().Put(trace(id)); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []struct {
		before itms.TraceID
		limit  int
		want   []itms.TraceID
	}{{"", 9, []itms.TraceID{"t2", "t10", "t1"}}, {"", 1, []itms.TraceID{"t2"}}, {"t10", 9, []itms.TraceID{"t1"}}, {"t2", 1, []itms.TraceID{"t10"}}, {"", 0, nil}} {
		var ids []itms.TraceID
		for _, tr := range read(t, s, func(tx itms.Tx) ([]*itms.Trace, error) { return tx.Traces().List(c.before, c.limit) }) {
			ids = append(ids, tr.ID)
		}
		equal(t, "traces before "+string(c.before), ids, c.want)
	}
}

// traceDeleted: a trace goes with its messages and leaves those of others.
func traceDeleted(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		for _, id := range []itms.TraceID{"t1", "t10"} {
			kept := trace(id)
			if err := tx.Traces().Put(kept); err != nil {
				return err
			}
			if err := tx.Traces().Append(kept, []itms.TraceMessage{traceMessage(string(id))}); err != nil {
				return err
			}
		}
		return tx.Traces().Delete("t1")
	})
	equal(t, "of the deleted one", traceMessages(t, s, "t1", 0, 9), []itms.TraceMessage(nil))
	equal(t, "of the other", len(traceMessages(t, s, "t10", 0, 9)), 1)
	update(t, s, func(tx itms.Tx) error { return tx.Traces().Put(trace("t1")) })
	equal(t, "made anew", traceMessages(t, s, "t1", 0, 9), []itms.TraceMessage(nil))
}

// modelTraces: puts, appends, deletes and lists agree with a map.
func modelTraces(t *rapid.T, s itms.Store, space string) {
	model := map[itms.TraceID][]string{}
	pick := func(t *rapid.T) itms.TraceID {
		return itms.TraceID(fmt.Sprintf("%s-%d", space, rapid.IntRange(0, 3).Draw(t, "id")))
	}
	t.Repeat(map[string]func(*rapid.T){
		"put": func(t *rapid.T) {
			id := pick(t)
			if _, known := model[id]; !known && attempt(t, s, func(tx itms.Tx) error { return tx.Traces().Put(&itms.Trace{ID: id}) }) {
				model[id] = []string{}
			}
		},
		"append": func(t *rapid.T) {
			id, text := pick(t), rapid.StringMatching("[a-c]{0,3}").Draw(t, "text")
			if _, known := model[id]; known && attempt(t, s, func(tx itms.Tx) error {
				kept, err := tx.Traces().Get(id)
				if err != nil {
					return err
				}
				return tx.Traces().Append(kept, []itms.TraceMessage{{Body: text}, {Body: text + "2"}})
			}) {
				model[id] = append(model[id], text, text+"2")
			}
		},
		"delete": func(t *rapid.T) {
			id := pick(t)
			if _, known := model[id]; known && attempt(t, s, func(tx itms.Tx) error { return tx.Traces().Delete(id) }) {
				delete(model, id)
			}
		},
		"": func(t *rapid.T) { checkTraces(t, s, space, model) },
	})
}

// checkTraces compares lists and messages with the model.
func checkTraces(t *rapid.T, s itms.Store, space string, model map[itms.TraceID][]string) {
	want := slices.Sorted(maps.Keys(model))
	slices.Reverse(want)
	var got []itms.TraceID
	for _, tr := range read(t, s, func(tx itms.Tx) ([]*itms.Trace, error) { return tx.Traces().List(itms.TraceID(space)+"-9", 9) }) {
		if strings.HasPrefix(string(tr.ID), space) {
			got = append(got, tr.ID)
		}
	}
	equal(t, "traces", len(got), len(want))
	for i, id := range want {
		equal(t, "trace", got[i], id)
		texts := []string{}
		for n, m := range traceMessages(t, s, id, 0, 1000) {
			equal(t, "seq", m.Seq, n+1)
			texts = append(texts, m.Body)
		}
		equal(t, "texts", texts, model[id])
	}
}
