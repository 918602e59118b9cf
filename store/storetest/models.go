package storetest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"itms"
)

// testModels compares each aggregate with a model in memory. All checks of one
// model share a store: each works in a name space of its own that sorts above those
// before it, since an empty store per check would cost PostgreSQL a database each.
func testModels(t *testing.T, h Harness) {
	for name, model := range map[string]func(*rapid.T, itms.Store, string){
		"Devices": modelDevices, "Bindings": modelBindings, "Orders": modelOrders, "ServiceOrders": modelServiceOrders,
		"Stock": modelStock, "Within": modelWithin, "Tasks": modelTasks, "Files": modelFiles, "Transfers": modelTransfers, "Endings": modelEndings, "Traces": modelTraces, "Leases": modelLeases, "Replies": modelReplies, "AccessSessions": modelAccessSessions, "Outbox": modelOutbox, "Subscriptions": modelSubscriptions, "Agenda": modelAgenda,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := h.open(t)
			n := 0
			rapid.Check(t, func(rt *rapid.T) {
				n++
				model(rt, s, fmt.Sprintf("%06d", n))
			})
		})
	}
}

// attempt runs fn in an Update that the model may make fail in the end, and reports
// whether it was kept.
func attempt(t *rapid.T, s itms.Store, fn func(itms.Tx) error) bool {
	fails := rapid.IntRange(0, 5).Draw(t, "fails") == 0
	err := s.Update(bg, func(tx itms.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		if fails {
			return errOwn
		}
		return nil
	})
	if fails != (err != nil) {
		t.Fatalf("update that should fail=%v: %v", fails, err)
	}
	return !fails
}

// modelDevices: records, state lists and the term index agree with a map.
func modelDevices(t *rapid.T, s itms.Store, space string) {
	states := []itms.DeviceState{itms.DeviceUnknown, itms.DeviceInService}
	model := map[string]*itms.Device{}
	t.Repeat(map[string]func(*rapid.T){
		"put": func(t *rapid.T) {
			d := &itms.Device{ID: itms.DeviceID{OUI: space, Serial: rapid.SampledFrom([]string{"1", "10", "2"}).Draw(t, "serial")},
				State: rapid.SampledFrom(states).Draw(t, "state"),
				IP:    "ip" + space + rapid.SampledFrom([]string{"", "1", "11"}).Draw(t, "ip"),
				Area:  rapid.SampledFrom([]string{"", space + "1", space + "11", space + "2"}).Draw(t, "area")}
			if attempt(t, s, func(tx itms.Tx) error { return tx.Devices().Put(d) }) {
				model[d.ID.String()] = d
			}
		},
		"": func(t *rapid.T) { checkDevices(t, s, space, model, states) },
	})
}

// checkDevices compares lists and terms with the model.
func checkDevices(t *rapid.T, s itms.Store, space string, model map[string]*itms.Device, states []itms.DeviceState) {
	ids := slices.Sorted(maps.Keys(model))
	view(t, s, func(tx itms.Tx) error {
		for _, state := range append(states, "") {
			var want, got []*itms.Device
			for _, id := range ids {
				if d := model[id]; state == "" || d.State == state {
					want = append(want, d)
				}
			}
			got, err := tx.Devices().List(itms.DeviceQuery{State: state, After: space, Limit: 100})
			if err != nil {
				return err
			}
			equal(t, "devices in state "+string(state), got, want)
			if state == "" { // with other filters: testLists
				if err := checkDevicesWithin(t, tx, space, want); err != nil {
					return err
				}
			}
		}
		for _, suffix := range []string{"", "1", "11"} {
			var want []itms.Ref
			for _, id := range ids {
				if model[id].IP == "ip"+space+suffix {
					want = append(want, itms.Ref{Kind: itms.RefDevice, ID: id})
				}
			}
			got, err := tx.Find(itms.Term{Type: itms.TermIP, Value: "ip" + space + suffix}, 100)
			if err != nil {
				return err
			}
			equal(t, "devices by address", got, want)
		}
		return nil
	})
}

// checkDevicesWithin compares the lists of areas; all are the devices of any.
func checkDevicesWithin(t *rapid.T, tx itms.Tx, space string, all []*itms.Device) error {
	for _, areas := range areaLists(space) {
		q := itms.DeviceQuery{Areas: areas, After: space, Limit: 2}
		var want []*itms.Device
		for _, d := range all {
			if areas.Hold(d.Area) && len(want) < q.Limit {
				want = append(want, d)
			}
		}
		got, err := tx.Devices().List(q)
		if err != nil {
			return err
		}
		equal(t, fmt.Sprintf("devices within %v", areas), got, want)
	}
	return nil
}

// areaLists are some lists of areas, of which the first is everywhere and the last
// nowhere.
func areaLists(space string) []itms.Areas {
	return []itms.Areas{nil, {space + "1"}, {space + "11", space + "2"}, {space}, {space + "3"}, {}}
}

// modelBindings: exactly the writes that break a rule are refused, and what the
// indexes say follows from the bindings.
func modelBindings(t *rapid.T, s itms.Store, space string) {
	states := []itms.BindingState{itms.BindingPrebound, itms.BindingClaimed, itms.BindingBound, itms.BindingReleased}
	model := map[itms.BindingID]*itms.Binding{}
	t.Repeat(map[string]func(*rapid.T){
		"put": func(t *rapid.T) {
			b := binding(rapid.IntRange(0, 4).Draw(t, "binding"), rapid.IntRange(0, 1).Draw(t, "slot"), 0,
				rapid.SampledFrom(states).Draw(t, "state"))
			b.ID, b.Service = itms.BindingID(space)+b.ID, itms.ServiceID(space)+b.Service
			b.Device = deviceID(space, rapid.IntRange(0, 1).Draw(t, "device"))
			want := bindingRefusal(model, b)
			kept := attempt(t, s, func(tx itms.Tx) error {
				err := tx.Bindings().Put(b)
				if want == "" {
					return err
				}
				wantCode(t, "Put", err, itms.KindConflict, want)
				return nil
			})
			if kept && want == "" {
				model[b.ID] = b
			}
		},
		"": func(t *rapid.T) { checkBindings(t, s, space, model) },
	})
}

// bindingRefusal is the code that a Put must fail with, "" when it must not.
func bindingRefusal(model map[itms.BindingID]*itms.Binding, b *itms.Binding) (code string) {
	for _, other := range model {
		switch {
		case other.ID == b.ID:
		case b.State.InForce() && other.State.InForce() && other.Device == b.Device:
			return itms.CodeDeviceTaken
		case b.State.Open() && other.State == b.State && other.Service == b.Service:
			code = itms.CodeSlotTaken
		}
	}
	return code
}

// checkBindings compares the lists of slots and the holders of devices.
func checkBindings(t *rapid.T, s itms.Store, space string, model map[itms.BindingID]*itms.Binding) {
	view(t, s, func(tx itms.Tx) error {
		for i := range 2 {
			slot := itms.ServiceID(fmt.Sprintf("%ssvc-%d", space, i))
			var want []*itms.Binding
			for _, id := range slices.Sorted(maps.Keys(model)) {
				if model[id].Service == slot {
					want = append(want, model[id])
				}
			}
			got, err := tx.Bindings().OfService(slot)
			if err != nil {
				return err
			}
			equal(t, "bindings of the slot", got, want)
			checkHolder(t, tx, deviceID(space, i), model)
		}
		return nil
	})
}

// checkHolder compares the binding in force of one device.
func checkHolder(t *rapid.T, tx itms.Tx, id itms.DeviceID, model map[itms.BindingID]*itms.Binding) {
	got, err := tx.Bindings().OfDevice(id)
	for _, b := range model {
		if b.Device == id && b.State.InForce() {
			equal(t, "holder", got, b)
			return
		}
	}
	wantNotFound(t, "holder", err)
}

// modelOrders: insert, put and every filter agree with a map.
func modelOrders(t *rapid.T, s itms.Store, space string) {
	model := map[itms.OrderID]*itms.Order{}
	pick := func(t *rapid.T) *itms.Order {
		return &itms.Order{ID: itms.OrderID(fmt.Sprintf("%s-%d", space, rapid.IntRange(0, 5).Draw(t, "id"))), Source: space,
			No:    itms.OrderNo(fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "no"))),
			State: rapid.SampledFrom([]itms.OrderState{itms.OrderReceived, itms.OrderDone}).Draw(t, "state"),
			Kind:  rapid.SampledFrom([]itms.OrderKind{itms.KindInstall, itms.KindSwap}).Draw(t, "kind"),
			Area:  rapid.SampledFrom([]string{"", space + "1", space + "11"}).Draw(t, "area")}
	}
	taken := func(o *itms.Order) bool {
		for _, other := range model {
			if other.No == o.No && other.ID != o.ID {
				return true
			}
		}
		return false
	}
	write := func(t *rapid.T, o *itms.Order, want string, put func(itms.Tx) error) {
		kept := attempt(t, s, func(tx itms.Tx) error {
			err := put(tx)
			if want == "" {
				return err
			}
			kind := map[string]itms.Kind{itms.CodeDuplicate: itms.KindConflict, itms.CodeNotFound: itms.KindNotFound}[want]
			wantCode(t, "write", err, kind, want)
			return nil
		})
		if kept && want == "" {
			model[o.ID] = o
		}
	}
	t.Repeat(map[string]func(*rapid.T){
		"insert": func(t *rapid.T) {
			o, want := pick(t), ""
			if model[o.ID] != nil || taken(o) {
				want = itms.CodeDuplicate
			}
			write(t, o, want, func(tx itms.Tx) error { return tx.Orders().Insert(o) })
		},
		"put": func(t *rapid.T) {
			o, want := pick(t), ""
			switch {
			case model[o.ID] == nil:
				want = itms.CodeNotFound
			case taken(o):
				want = itms.CodeDuplicate
			}
			write(t, o, want, func(tx itms.Tx) error { return tx.Orders().Put(o) })
		},
		"list": func(t *rapid.T) { checkOrders(t, s, space, model) },
	})
}

// checkOrders reads one filtered page and compares it.
func checkOrders(t *rapid.T, s itms.Store, space string, model map[itms.OrderID]*itms.Order) {
	q := itms.OrderQuery{Limit: rapid.IntRange(0, 7).Draw(t, "limit"),
		State: rapid.SampledFrom([]itms.OrderState{"", itms.OrderReceived, itms.OrderDone}).Draw(t, "q.state"),
		Kind:  rapid.SampledFrom([]itms.OrderKind{"", itms.KindInstall, itms.KindSwap}).Draw(t, "q.kind"),
		Area:  rapid.SampledFrom([]string{"", space + "1"}).Draw(t, "q.area"), Areas: rapid.SampledFrom(areaLists(space)).Draw(t, "q.areas")}
	if n := rapid.IntRange(0, 6).Draw(t, "before"); n < 6 {
		q.Before = itms.OrderID(fmt.Sprintf("%s-%d", space, n))
	}
	var want []*itms.Order
	ids := slices.Sorted(maps.Keys(model))
	slices.Reverse(ids)
	for _, id := range ids {
		o := model[id]
		if len(want) < q.Limit && (q.State == "" || o.State == q.State) && (q.Kind == "" || o.Kind == q.Kind) &&
			(q.Area == "" || o.Area == q.Area) && q.Areas.Hold(o.Area) && (q.Before == "" || id < q.Before) {
			want = append(want, o)
		}
	}
	var got []*itms.Order
	for _, o := range read(t, s, func(tx itms.Tx) ([]*itms.Order, error) { return tx.Orders().List(q) }) {
		if o.Source == space {
			got = append(got, o)
		}
	}
	equal(t, fmt.Sprintf("page %+v", q), got, want)
}

// byKey sorts by a key.
func byKey[T any, K cmp.Ordered](list []T, key func(T) K) {
	slices.SortStableFunc(list, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
}
