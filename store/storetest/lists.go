package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"itms"
)

func testLists(t *testing.T, h Harness) {
	h.cases(t, map[string]func(*testing.T, itms.Store){
		"Devices": listDevices, "Orders": listOrders, "Count": countDevices, "Prefix": findPrefix, "OpenTasks": countOpenTasks,
	})
}

// The words of lists: few, so that filters meet, and some that begin others.
var (
	listAreas   = []string{"", "51", "510100", "510200", "52", "5"}
	listModels  = []string{"", "A", "AB", "with\x00zero"}
	listStates  = []itms.DeviceState{itms.DeviceInService, itms.DeviceConfiguring, itms.DeviceLocked, itms.DeviceSuspended}
	listOrdered = []itms.OrderState{itms.OrderReceived, itms.OrderWaitingDevice, itms.OrderExecuting, itms.OrderFailed, itms.OrderDone}
	listKinds   = []itms.OrderKind{itms.KindInstall, itms.KindSwap}
	listModes   = []itms.OrderMode{itms.ModeSelf, itms.ModeTechnician}
)

// pick returns one of several.
func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

// maybe returns one of several, or nothing.
func maybe[T any](r *rand.Rand, of []T) (v T) {
	if r.IntN(2) == 0 {
		return v
	}
	return pick(r, of)
}

// someAreas are what a list may be narrowed to.
func someAreas(r *rand.Rand) itms.Areas {
	return pick(r, []itms.Areas{nil, nil, {"51"}, {"5"}, {"510100", "52"}, {"9"}, {}})
}

// usual is the model that is listed under: what can be no key counts as none.
func usual(model string) string {
	if itms.CheckKey("", model) != nil {
		return ""
	}
	return model
}

// listDevices: a list has exactly the devices that pass every filter, in order, however
// it is paged, also after they changed.
func listDevices(t *testing.T, s itms.Store) {
	r := rand.New(rand.NewPCG(1, 2))
	var all []*itms.Device
	for i := range 60 {
		all = append(all, &itms.Device{ID: deviceID("l", i)})
	}
	for round := range 2 {
		update(t, s, func(tx itms.Tx) error {
			r = rand.New(rand.NewPCG(3, uint64(round)))
			for _, d := range all {
				d.State, d.Model, d.Manufacturer, d.Area, d.Blocked = pick(r, listStates), pick(r, listModels[:3]), pick(r, listModels[:3]), pick(r, listAreas), r.IntN(5) == 0
				if err := tx.Devices().Put(d); err != nil {
					return err
				}
			}
			return nil
		})
		slices.SortFunc(all, func(a, b *itms.Device) int { return compareText(a.ID.String(), b.ID.String()) })
		for range 120 {
			q := itms.DeviceQuery{State: maybe(r, listStates), Model: maybe(r, listModels), Vendor: maybe(r, listModels),
				Light: maybe(r, itms.LightLevels), Areas: someAreas(r)}
			var want []string
			for _, d := range all {
				if (q.State == "" || d.State == q.State) && (q.Model == "" || usual(d.Model) == q.Model) && (q.Vendor == "" || d.Manufacturer == q.Vendor) &&
					(q.Light == "" || d.Light() == q.Light) && q.Areas.Hold(d.Area) {
					want = append(want, d.ID.String())
				}
			}
			equal(t, fmt.Sprintf("%+v", q), pagedDevices(t, s, q, 1+r.IntN(20)), want)
		}
	}
}

// compareText compares bytewise.
func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// pagedDevices joins the pages of a list.
func pagedDevices(t *testing.T, s itms.Store, q itms.DeviceQuery, size int) (ids []string) {
	t.Helper()
	for q.Limit = size; ; {
		list := read(t, s, func(tx itms.Tx) ([]*itms.Device, error) { return tx.Devices().List(q) })
		for _, d := range list {
			ids = append(ids, d.ID.String())
		}
		if len(list) < size {
			return ids
		}
		q.After = ids[len(ids)-1]
	}
}

// listOrders: the same of orders, newest first, and of their counts.
func listOrders(t *testing.T, s itms.Store) {
	var all []*itms.Order
	for i := range 60 {
		all = append(all, order("l", i))
	}
	r := rand.New(rand.NewPCG(5, 6))
	change := func(o *itms.Order) {
		o.State, o.Kind, o.Mode, o.Area = pick(r, listOrdered), pick(r, listKinds), pick(r, listModes), pick(r, listAreas)
		o.Trouble = pick(r, []itms.Trouble{"", itms.TroubleInUse})
	}
	for _, o := range all {
		change(o)
		update(t, s, func(tx itms.Tx) error { return tx.Orders().Insert(o) })
	}
	for _, o := range all[:30] {
		change(o)
		update(t, s, func(tx itms.Tx) error { return tx.Orders().Put(o) })
	}
	slices.Reverse(all)
	for range 150 {
		q := itms.OrderQuery{State: maybe(r, listOrdered), Kind: maybe(r, listKinds), Mode: maybe(r, listModes), Area: maybe(r, listAreas),
			Light: maybe(r, itms.LightLevels), Areas: someAreas(r), From: idOf(maybe(r, all)), Before: idOf(maybe(r, all))}
		if r.IntN(2) == 0 {
			q.States = []itms.OrderState{pick(r, listOrdered), pick(r, listOrdered)}
		}
		var want []itms.OrderID
		counts := map[itms.LightLevel]int{}
		for _, o := range all {
			if (q.From != "" && o.ID < q.From) || (q.Before != "" && o.ID >= q.Before) || !q.Areas.Hold(o.Area) {
				continue
			}
			counts[o.Light()]++
			if (q.State == "" || o.State == q.State) && (q.States == nil || slices.Contains(q.States, o.State)) && (q.Kind == "" || o.Kind == q.Kind) &&
				(q.Mode == "" || o.Mode == q.Mode) && (q.Area == "" || o.Area == q.Area) && (q.Light == "" || o.Light() == q.Light) {
				want = append(want, o.ID)
			}
		}
		equal(t, fmt.Sprintf("%+v", q), pagedOrders(t, s, q, 1+r.IntN(20)), want)
		got := read(t, s, func(tx itms.Tx) (map[itms.LightLevel]int, error) {
			return tx.Orders().Count(itms.OrderCount{Lights: itms.LightLevels, Areas: q.Areas, From: q.From, Before: q.Before})
		})
		equal(t, fmt.Sprintf("count of %+v", q), got, counts)
	}
}

// idOf is the id of an order, "" of none.
func idOf(o *itms.Order) itms.OrderID {
	if o == nil {
		return ""
	}
	return o.ID
}

// pagedOrders joins the pages of a list.
func pagedOrders(t *testing.T, s itms.Store, q itms.OrderQuery, size int) (ids []itms.OrderID) {
	t.Helper()
	for q.Limit = size; ; {
		list := orderIDs(t, s, q)
		if ids = append(ids, list...); len(list) < size {
			return ids
		}
		q.Before = ids[len(ids)-1]
	}
}

// countDevices: every device counts once in each column; silent are those of which the
// last contact is long ago, unless they are off.
func countDevices(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		for i, d := range []*itms.Device{
			{State: itms.DeviceInService, Model: "A", Manufacturer: "V"},
			{State: itms.DeviceInService, Model: "A", Manufacturer: "W"},
			{State: itms.DeviceSuspended, Model: "with\x01control"},
			{State: itms.DeviceInService, Blocked: true},
		} {
			d.ID = deviceID("c", i)
			if i == 0 {
				d.Area = "510100"
			}
			if err := tx.Devices().Put(d); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range 4 {
		s.Contacted(session(deviceID("c", i), 1+i))
	}
	if err := s.(Flusher).Flush(); err != nil {
		t.Fatal(err)
	}
	count := func(since time.Time) itms.DeviceCounts {
		return read(t, s, func(tx itms.Tx) (itms.DeviceCounts, error) {
			return tx.Devices().Count(itms.DeviceCount{SilentSince: since})
		})
	}
	want := itms.DeviceCounts{Total: 4, States: map[itms.DeviceState]int{itms.DeviceInService: 3, itms.DeviceSuspended: 1},
		Lights: map[itms.LightLevel]int{itms.LightOK: 2, itms.LightOff: 2}, Vendors: map[string]int{"V": 1, "W": 1, "": 2}, Models: map[string]int{"A": 2, "": 2}}
	equal(t, "counts", count(time.Time{}), want)
	within := read(t, s, func(tx itms.Tx) (itms.DeviceCounts, error) {
		return tx.Devices().Count(itms.DeviceCount{Areas: itms.Areas{"51"}, SilentSince: storedSession(deviceID("c", 1), 2).Started})
	})
	equal(t, "of an area", within, itms.DeviceCounts{Total: 1, States: map[itms.DeviceState]int{itms.DeviceInService: 1}, Lights: map[itms.LightLevel]int{itms.LightOK: 1},
		Vendors: map[string]int{"V": 1}, Models: map[string]int{"A": 1}, Silent: 1})
	want.Silent = 1
	equal(t, "with the silent", count(storedSession(deviceID("c", 1), 2).Started), want)
}

// findPrefix: whatever begins with the text is found, in order, and nothing of another
// type.
func findPrefix(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		for i, name := range []string{"Ann Example", "ann", "Anna", "Bob", "张三", "张伟"} {
			svc := &itms.Service{ID: itms.ServiceID(fmt.Sprint("s", i)), Account: "ann", Subscriber: itms.Subscriber{Name: name}}
			if err := tx.Services().Put(svc); err != nil {
				return err
			}
		}
		return nil
	})
	for prefix, want := range map[string][]string{"ann": {"s1", "s0", "s2"}, "anna": {"s2"}, "张": {"s4", "s5"}, "c": nil, "": nil, "a\x00": nil} {
		refs := read(t, s, func(tx itms.Tx) ([]itms.Ref, error) {
			return tx.FindPrefix(itms.Term{Type: itms.TermName, Value: prefix}, 9)
		})
		var got []string
		for _, ref := range refs {
			got = append(got, ref.ID)
		}
		equal(t, prefix, got, want)
	}
	two := read(t, s, func(tx itms.Tx) ([]itms.Ref, error) {
		return tx.FindPrefix(itms.Term{Type: itms.TermName, Value: "ann"}, 2)
	})
	equal(t, "limit 2", len(two), 2)
}

// countOpenTasks: tasks count until they end.
func countOpenTasks(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		for i := range 3 {
			if err := tx.Tasks().Insert(&itms.Task{ID: itms.TaskID(fmt.Sprint("t", i)), Device: deviceID("t", i), State: itms.TaskQueued}); err != nil {
				return err
			}
		}
		return tx.Tasks().Put(&itms.Task{ID: "t1", Device: deviceID("t", 1), State: itms.TaskDone})
	})
	equal(t, "open tasks", read(t, s, func(tx itms.Tx) (int, error) { return tx.Tasks().CountOpen(nil) }), 2)
	update(t, s, func(tx itms.Tx) error { return tx.Devices().Put(&itms.Device{ID: deviceID("t", 2), Area: "5101"}) })
	equal(t, "of an area", read(t, s, func(tx itms.Tx) (int, error) { return tx.Tasks().CountOpen(itms.Areas{"51"}) }), 1)
}
