package storetest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"itms"
)

func testServiceOrders(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error { return tx.ServiceOrders().Insert(serviceOrder(1)) })
		}, func(s itms.Store) {
			equal(t, "by id", read(t, s, func(tx itms.Tx) (*itms.ServiceOrder, error) { return tx.ServiceOrders().Get("so-001") }), storedServiceOrder(1))
			equal(t, "by external id", read(t, s, func(tx itms.Tx) (*itms.ServiceOrder, error) { return tx.ServiceOrders().ByExternalID("bss", "E1") }),
				storedServiceOrder(1))
		})
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){
		"Unknown": serviceOrderUnknown, "Duplicate": serviceOrderDuplicate, "Put": serviceOrderPut, "Delete": serviceOrderDelete,
		"Span": serviceOrderSpan, "Offset": serviceOrderOffset,
	})
}

func serviceOrderUnknown(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "no id", tx.ServiceOrders().Insert(&itms.ServiceOrder{}), itms.KindInvalid, itms.CodeInvalid)
		wantNotFound(t, "Put", tx.ServiceOrders().Put(serviceOrder(1)))
		wantNotFound(t, "Delete", tx.ServiceOrders().Delete("so-001"))
		wantNotFound(t, "Delete", tx.ServiceOrders().Delete("so\x00"))
		return tx.ServiceOrders().Insert(serviceOrder(1))
	})
	view(t, s, func(tx itms.Tx) error {
		_, err := tx.ServiceOrders().Get("so-00")
		wantNotFound(t, "Get", err)
		for _, k := range [][2]string{{"bss", "E2"}, {"bss", "E"}, {"crm", "E1"}, {"", "E1"}, {"bss", ""}, {"bss\x00", "E1"}, {"bss", "\x00"}} {
			_, err := tx.ServiceOrders().ByExternalID(k[0], k[1])
			wantNotFound(t, "ByExternalID "+k[0]+" "+k[1], err)
		}
		return nil
	})
}

// serviceOrderDuplicate: an external id is taken once per source, no external id never;
// the loser leaves nothing and the transaction goes on.
func serviceOrderDuplicate(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error { return tx.ServiceOrders().Insert(serviceOrder(1)) })
	update(t, s, func(tx itms.Tx) error {
		again, sameID, other := serviceOrder(1), serviceOrder(1), serviceOrder(1)
		again.ID, sameID.ExternalID, other.ID, other.Source = "so-002", "E9", "so-003", "crm"
		wantCode(t, "same external id", tx.ServiceOrders().Insert(again), itms.KindConflict, itms.CodeDuplicate)
		wantCode(t, "same id", tx.ServiceOrders().Insert(sameID), itms.KindConflict, itms.CodeDuplicate)
		for i := range 2 {
			none := serviceOrder(4 + i)
			none.ExternalID = ""
			if err := tx.ServiceOrders().Insert(none); err != nil {
				return err
			}
		}
		return tx.ServiceOrders().Insert(other)
	})
	equal(t, "all", serviceOrderIDs(t, s, itms.ServiceOrderQuery{Limit: 9}), []itms.ServiceOrderID{"so-005", "so-004", "so-003", "so-001"})
	equal(t, "of the number", serviceOrderIDs(t, s, itms.ServiceOrderQuery{ExternalID: "E1", Limit: 9}), []itms.ServiceOrderID{"so-003", "so-001"})
}

// serviceOrderPut: Put moves the order in every list.
func serviceOrderPut(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error { return tx.ServiceOrders().Insert(serviceOrder(1)) })
	update(t, s, func(tx itms.Tx) error {
		o := serviceOrder(1)
		o.State, o.Area = itms.ServiceOrderCompleted, "52"
		return tx.ServiceOrders().Put(o)
	})
	one := []itms.ServiceOrderID{"so-001"}
	for _, c := range []struct {
		q    itms.ServiceOrderQuery
		want []itms.ServiceOrderID
	}{
		{itms.ServiceOrderQuery{States: []itms.ServiceOrderState{itms.ServiceOrderPartial}}, nil},
		{itms.ServiceOrderQuery{States: []itms.ServiceOrderState{itms.ServiceOrderPartial, itms.ServiceOrderCompleted}}, one},
		{itms.ServiceOrderQuery{Areas: itms.Areas{"51"}}, nil},
		{itms.ServiceOrderQuery{Areas: itms.Areas{"5"}, Source: "bss"}, one},
		{itms.ServiceOrderQuery{Areas: itms.Areas{}}, nil},
		{itms.ServiceOrderQuery{States: []itms.ServiceOrderState{}}, nil},
	} {
		c.q.Limit = 9
		equal(t, fmt.Sprintf("%+v", c.q), serviceOrderIDs(t, s, c.q), c.want)
		equal(t, fmt.Sprintf("count of %+v", c.q), serviceOrderCount(t, s, c.q), len(c.want))
	}
}

// serviceOrderDelete: what is removed is in no list, and its number is free.
func serviceOrderDelete(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error { return tx.ServiceOrders().Insert(serviceOrder(1)) })
	update(t, s, func(tx itms.Tx) error { return tx.ServiceOrders().Delete("so-001") })
	for _, q := range []itms.ServiceOrderQuery{{}, {Source: "bss"}, {ExternalID: "E1"}, {Areas: itms.Areas{"51"}}, {States: []itms.ServiceOrderState{itms.ServiceOrderPartial}}} {
		q.Limit = 9
		equal(t, fmt.Sprintf("%+v", q), serviceOrderIDs(t, s, q), []itms.ServiceOrderID(nil))
	}
	update(t, s, func(tx itms.Tx) error { return tx.ServiceOrders().Insert(serviceOrder(1)) })
}

// serviceOrderSpan: a query by time is answered by what ids tell.
func serviceOrderSpan(t *testing.T, s itms.Store) {
	var ids []itms.ServiceOrderID
	for i := range 4 {
		o := serviceOrder(i)
		o.ID = itms.ServiceOrderID(itms.NewID(stored.Add(time.Duration(i) * time.Second)))
		ids = append(ids, o.ID)
		update(t, s, func(tx itms.Tx) error { return tx.ServiceOrders().Insert(o) })
	}
	at := func(i int) time.Time { return stored.Truncate(time.Millisecond).Add(time.Duration(i) * time.Second) }
	for _, c := range []struct {
		q    itms.ServiceOrderQuery
		want []itms.ServiceOrderID
	}{
		{itms.ServiceOrderQuery{From: at(1), To: at(3)}, []itms.ServiceOrderID{ids[2], ids[1]}},
		{itms.ServiceOrderQuery{From: at(3)}, []itms.ServiceOrderID{ids[3]}},
		{itms.ServiceOrderQuery{To: at(1)}, []itms.ServiceOrderID{ids[0]}},
		{itms.ServiceOrderQuery{From: at(3), To: at(1)}, nil},
	} {
		c.q.Limit = 9
		equal(t, "between", serviceOrderIDs(t, s, c.q), c.want)
		equal(t, "count", serviceOrderCount(t, s, c.q), len(c.want))
	}
	equal(t, "and before", serviceOrderIDs(t, s, itms.ServiceOrderQuery{To: at(3), Before: ids[2], Limit: 9}), []itms.ServiceOrderID{ids[1], ids[0]})
	equal(t, "before that", serviceOrderIDs(t, s, itms.ServiceOrderQuery{To: at(1), Before: ids[2], Limit: 9}), []itms.ServiceOrderID{ids[0]})
}

// serviceOrderOffset: pages by number, and how far that goes.
func serviceOrderOffset(t *testing.T, s itms.Store) {
	for i := range 5 {
		update(t, s, func(tx itms.Tx) error { return tx.ServiceOrders().Insert(serviceOrder(i)) })
	}
	for _, c := range []struct {
		offset, limit int
		want          []itms.ServiceOrderID
	}{{0, 2, []itms.ServiceOrderID{"so-004", "so-003"}}, {3, 2, []itms.ServiceOrderID{"so-001", "so-000"}}, {4, 2, []itms.ServiceOrderID{"so-000"}},
		{5, 2, nil}, {0, 0, nil}, {-1, 1, []itms.ServiceOrderID{"so-004"}}} {
		equal(t, fmt.Sprintf("%d from %d", c.limit, c.offset), serviceOrderIDs(t, s, itms.ServiceOrderQuery{Offset: c.offset, Limit: c.limit}), c.want)
	}
	view(t, s, func(tx itms.Tx) error {
		_, err := tx.ServiceOrders().List(itms.ServiceOrderQuery{Offset: itms.MaxServiceOrderOffset + 1, Limit: 1})
		wantCode(t, "too far", err, itms.KindInvalid, itms.CodeInvalid)
		return nil
	})
}

// serviceOrderIDs lists ids.
func serviceOrderIDs(t *testing.T, s itms.Store, q itms.ServiceOrderQuery) (ids []itms.ServiceOrderID) {
	t.Helper()
	for _, o := range read(t, s, func(tx itms.Tx) ([]*itms.ServiceOrder, error) { return tx.ServiceOrders().List(q) }) {
		ids = append(ids, o.ID)
	}
	return ids
}

// serviceOrderCount counts.
func serviceOrderCount(t *testing.T, s itms.Store, q itms.ServiceOrderQuery) int {
	t.Helper()
	return read(t, s, func(tx itms.Tx) (int, error) { return tx.ServiceOrders().Count(q) })
}

// modelServiceOrders: insert, put, delete and every filter agree with a map.
func modelServiceOrders(t *rapid.T, s itms.Store, space string) {
	model := map[itms.ServiceOrderID]*itms.ServiceOrder{}
	draw := func(t *rapid.T) *itms.ServiceOrder {
		return &itms.ServiceOrder{ID: itms.ServiceOrderID(fmt.Sprintf("%s-%d", space, rapid.IntRange(0, 4).Draw(t, "id"))), Source: space,
			ExternalID: rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "external"),
			State:      rapid.SampledFrom([]itms.ServiceOrderState{itms.ServiceOrderHeld, itms.ServiceOrderCompleted}).Draw(t, "state"),
			Area:       rapid.SampledFrom([]string{"", space + "1", space + "11", space + "2"}).Draw(t, "area")}
	}
	t.Repeat(map[string]func(*rapid.T){
		"insert": func(t *rapid.T) {
			o := draw(t)
			_, taken := model[o.ID]
			for _, other := range model {
				taken = taken || o.ExternalID != "" && other.ExternalID == o.ExternalID
			}
			if attempt(t, s, func(tx itms.Tx) error {
				if err := tx.ServiceOrders().Insert(o); !taken || !itms.IsKind(err, itms.KindConflict) {
					return err
				}
				return nil
			}) && !taken {
				model[o.ID] = o
			}
		},
		"put": func(t *rapid.T) {
			o := draw(t)
			if old := model[o.ID]; old != nil {
				o.ExternalID = old.ExternalID
				if attempt(t, s, func(tx itms.Tx) error { return tx.ServiceOrders().Put(o) }) {
					model[o.ID] = o
				}
			}
		},
		"delete": func(t *rapid.T) {
			id := draw(t).ID
			if model[id] != nil && attempt(t, s, func(tx itms.Tx) error { return tx.ServiceOrders().Delete(id) }) {
				delete(model, id)
			}
		},
		"": func(t *rapid.T) { checkServiceOrders(t, s, space, model) },
	})
}

// checkServiceOrders compares a page and its count with the model.
func checkServiceOrders(t *rapid.T, s itms.Store, space string, model map[itms.ServiceOrderID]*itms.ServiceOrder) {
	q := itms.ServiceOrderQuery{Source: space, ExternalID: rapid.SampledFrom([]string{"", "1"}).Draw(t, "of"),
		States: rapid.SampledFrom([][]itms.ServiceOrderState{nil, {itms.ServiceOrderHeld}, {itms.ServiceOrderHeld, itms.ServiceOrderCompleted}}).Draw(t, "states"),
		Areas:  rapid.SampledFrom(areaLists(space)).Draw(t, "areas"), Offset: rapid.IntRange(0, 3).Draw(t, "offset"), Limit: rapid.IntRange(1, 3).Draw(t, "limit")}
	var want []*itms.ServiceOrder
	for _, o := range slices.SortedFunc(maps.Values(model), func(a, b *itms.ServiceOrder) int { return cmp.Compare(b.ID, a.ID) }) {
		if (q.ExternalID == "" || q.ExternalID == o.ExternalID) && (q.States == nil || slices.Contains(q.States, o.State)) && q.Areas.Hold(o.Area) {
			want = append(want, o)
		}
	}
	view(t, s, func(tx itms.Tx) error {
		n, err := tx.ServiceOrders().Count(q)
		if err != nil {
			return err
		}
		equal(t, "count", n, len(want))
		page := want[min(q.Offset, len(want)):]
		page = page[:min(q.Limit, len(page))]
		got, err := tx.ServiceOrders().List(q)
		if len(got)+len(page) > 0 {
			equal(t, "page", got, page)
		}
		return err
	})
}
