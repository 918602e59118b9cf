package storetest

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"pgregory.net/rapid"

	"itms"
)

// world is a model of what one transaction sees: committed things and its own writes.
type world struct {
	services map[itms.ServiceID]*itms.Service
	devices  map[itms.DeviceID]*itms.Device
	orders   map[itms.OrderID]*itms.Order
	bindings map[itms.BindingID]*itms.Binding
	stock    map[itms.MAC]*itms.StockItem
	settings map[string][]byte
	params   map[itms.DeviceID]treeOf
	changes  map[itms.DeviceID][]itms.ParamChange
	leases   map[netip.Addr]*itms.Lease
}

// treeOf is a tree of the model: so many rows, all with the value.
type treeOf struct {
	rows  int
	value string
}

// clone copies the world; things in it are never changed.
func (w world) clone() world {
	return world{maps.Clone(w.services), maps.Clone(w.devices), maps.Clone(w.orders), maps.Clone(w.bindings),
		maps.Clone(w.stock), maps.Clone(w.settings), maps.Clone(w.params), maps.Clone(w.changes), maps.Clone(w.leases)}
}

// within is one transaction compared with a world.
type within struct {
	*rapid.T
	world
	space string
	tx    itms.Tx
}

// modelWithin: whatever a transaction writes, foresees and asks in whatever order, it
// sees what is committed and its own writes, and so does the next one.
func modelWithin(t *rapid.T, s itms.Store, space string) {
	committed := world{map[itms.ServiceID]*itms.Service{}, map[itms.DeviceID]*itms.Device{}, map[itms.OrderID]*itms.Order{},
		map[itms.BindingID]*itms.Binding{}, map[itms.MAC]*itms.StockItem{}, map[string][]byte{}, map[itms.DeviceID]treeOf{},
		map[itms.DeviceID][]itms.ParamChange{}, map[netip.Addr]*itms.Lease{}}
	for range rapid.IntRange(1, 3).Draw(t, "transactions") {
		var after world
		if attempt(t, s, func(tx itms.Tx) error {
			w := &within{T: t, world: committed.clone(), space: space, tx: tx} // fn may run again
			w.Repeat(map[string]func(*rapid.T){"service": w.putService, "device": w.putDevice, "order": w.putOrder,
				"binding": w.putBinding, "stock": w.putStock, "setting": w.putSetting, "params": w.putParams, "changes": w.appendChanges,
				"lease": w.putLease, "unlease": w.deleteLease,
				"foresee": w.foresee, "look": w.look, "find": w.find})
			after = w.world
			return nil
		}) {
			committed = after
		}
	}
}

// The names of the model: few, so that they meet.
func (w *within) serviceID(t *rapid.T) itms.ServiceID {
	return itms.ServiceID(fmt.Sprintf("%s-s%d", w.space, rapid.IntRange(0, 1).Draw(t, "service")))
}

func (w *within) deviceID(t *rapid.T) itms.DeviceID {
	return deviceID(w.space, rapid.IntRange(0, 1).Draw(t, "device"))
}

func (w *within) orderID(t *rapid.T) itms.OrderID {
	return itms.OrderID(fmt.Sprintf("%s-o%d", w.space, rapid.IntRange(0, 2).Draw(t, "order")))
}

func (w *within) number(t *rapid.T) itms.OrderNo {
	return itms.OrderNo(fmt.Sprintf("n%d", rapid.IntRange(0, 2).Draw(t, "number")))
}

func (w *within) bindingID(t *rapid.T) itms.BindingID {
	return itms.BindingID(fmt.Sprintf("%s-b%d", w.space, rapid.IntRange(0, 2).Draw(t, "binding")))
}

func (w *within) key(t *rapid.T) string {
	return fmt.Sprintf("%s-k%d", w.space, rapid.IntRange(0, 1).Draw(t, "key"))
}

func (w *within) mac(t *rapid.T) itms.MAC {
	mac, err := itms.ParseMAC(fmt.Sprintf("00%s%04X", w.space, rapid.IntRange(1, 2).Draw(t, "mac")))
	if err != nil {
		t.Fatal(err)
	}
	return mac
}

// word is a text that terms are made of.
func (w *within) word(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", w.space + "x", w.space + "y"}).Draw(t, "word")
}

// must fails the test on an error.
func must(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *within) putService(t *rapid.T) {
	svc := &itms.Service{ID: w.serviceID(t), Account: w.word(t), Order: w.orderID(t)}
	must(t, w.tx.Services().Put(svc))
	w.services[svc.ID] = svc
}

func (w *within) putDevice(t *rapid.T) {
	d := &itms.Device{ID: w.deviceID(t), IP: w.word(t), MAC: w.mac(t)}
	must(t, w.tx.Devices().Put(d))
	w.devices[d.ID] = d
}

func (w *within) putStock(t *rapid.T) {
	item := &itms.StockItem{MAC: w.mac(t), State: rapid.SampledFrom(stockStates).Draw(t, "state")}
	must(t, w.tx.Stock().Put(item))
	w.stock[item.MAC] = item
}

func (w *within) putSetting(t *rapid.T) {
	key, value := w.key(t), rapid.SampledFrom([]string{"", "v", "w"}).Draw(t, "value")
	if value == "" {
		must(t, w.tx.Settings().Delete(key))
		delete(w.settings, key)
		return
	}
	must(t, w.tx.Settings().Put(key, []byte(value)))
	w.settings[key] = []byte(value)
}

func (w *within) putParams(t *rapid.T) {
	id, want := w.deviceID(t), treeOf{rapid.SampledFrom([]int{0, 1, 300, 700}).Draw(t, "rows"), w.word(t)}
	tree := new(itms.ParamTree)
	if rapid.Bool().Draw(t, "replace") {
		var err error
		if tree, err = w.tx.Devices().Params(id); err != nil {
			t.Fatal(err)
		}
		for i := want.rows; i < w.params[id].rows; i++ {
			tree.Remove(row(i))
		}
	}
	for i := range want.rows {
		tree.Set(itms.Param{Name: row(i), Value: want.value})
	}
	err := w.tx.Devices().PutParams(id, tree)
	if w.devices[id] == nil {
		wantNotFound(t, "parameters of an unknown device", err)
		return
	}
	must(t, err)
	w.params[id] = want
}

// row is the name of a parameter of the model.
func row(i int) itms.ParamPath { return itms.ParamPath(fmt.Sprintf("Device.T.%d", i)) }

// appendChanges adds to a history.
func (w *within) appendChanges(t *rapid.T) {
	id := w.deviceID(t)
	n := rapid.SampledFrom([]int{0, 1, 2, 90, itms.KeepChanges + 1}).Draw(t, "changes")
	at := time.UnixMicro(int64(len(w.changes[id]) + 1)).UTC()
	var changes []itms.ParamChange
	for i := range n {
		changes = append(changes, itms.ParamChange{Name: row(i), New: w.word(t), At: at, Source: itms.ChangeRead})
	}
	err := w.tx.Devices().AppendChanges(id, changes)
	if w.devices[id] == nil {
		wantNotFound(t, "history of an unknown device", err)
		return
	}
	must(t, err)
	all := slices.Concat(changes, w.changes[id])
	w.changes[id] = all[:min(len(all), itms.KeepChanges)]
}

// lookParams compares a tree, a page of it and the history.
func (w *within) lookParams(t *rapid.T) {
	id := w.deviceID(t)
	want := w.params[id]
	q := itms.ParamPage{Prefix: "Device.T.1", After: row(rapid.IntRange(0, 700).Draw(t, "after")), Limit: rapid.IntRange(0, 200).Draw(t, "limit")}
	page, err := w.tx.Devices().ParamPage(id, q)
	must(t, err)
	tree, err := w.tx.Devices().Params(id)
	must(t, err)
	equal(t, "parameters", tree.Len(), want.rows)
	equal(t, "page", page, tree.Page(q))
	i := rapid.IntRange(0, 700).Draw(t, "row")
	if p, ok := tree.Get(row(i)); ok != (i < want.rows) || ok && p.Value != want.value {
		t.Fatalf("row %d of %d: %+v, want value %q", i, want.rows, p, want.value)
	}
	tree.Set(itms.Param{Name: row(i), Value: "spoilt"})
	cq := itms.ChangeQuery{Prefix: "Device.T.1", Limit: rapid.IntRange(0, 250).Draw(t, "changes")}
	changes, err := w.tx.Devices().Changes(id, cq)
	must(t, err)
	equal(t, "history", changes, cq.Select(w.changes[id]))
}

func (w *within) putOrder(t *rapid.T) {
	o := &itms.Order{ID: w.orderID(t), Source: w.space, No: w.number(t), Service: w.serviceID(t),
		State: rapid.SampledFrom([]itms.OrderState{itms.OrderHeld, itms.OrderDone}).Draw(t, "state")}
	put, taken := w.tx.Orders().Insert, w.orders[o.ID] != nil
	if taken && rapid.Bool().Draw(t, "put") {
		put, taken = w.tx.Orders().Put, false
	}
	for _, other := range w.orders {
		taken = taken || other.No == o.No && other.ID != o.ID
	}
	if err := put(o); taken {
		wantCode(t, "order", err, itms.KindConflict, itms.CodeDuplicate)
		return
	} else {
		must(t, err)
	}
	w.orders[o.ID] = o
}

func (w *within) putBinding(t *rapid.T) {
	b := &itms.Binding{ID: w.bindingID(t), Service: w.serviceID(t), Order: w.orderID(t), Gen: rapid.IntRange(1, 3).Draw(t, "gen"),
		State: rapid.SampledFrom([]itms.BindingState{itms.BindingPrebound, itms.BindingClaimed, itms.BindingBound, itms.BindingReleased}).Draw(t, "state"),
		Claim: itms.DeviceClaim{Serial: w.word(t)}}
	if b.State != itms.BindingPrebound {
		b.Device = w.deviceID(t)
	}
	want := bindingRefusal(w.bindings, b)
	if err := w.tx.Bindings().Put(b); want != "" {
		wantCode(t, "binding", err, itms.KindConflict, want)
		return
	} else {
		must(t, err)
	}
	w.bindings[b.ID] = b
}

// foresee tells of anything, true or not.
func (w *within) foresee(t *rapid.T) {
	f := itms.Foresight{Params: rapid.Bool().Draw(t, "params")}
	for _, add := range []func(){
		func() { f.Service = w.serviceID(t) },
		func() { f.Device = w.deviceID(t) },
		func() { f.Stock = []itms.MAC{w.mac(t), {5: 1}} },
		func() { f.Settings = []string{w.key(t), w.key(t)} },
		func() { f.Leases = []netip.Addr{{}, w.lease(t).Address, w.lease(t).Address} },
		func() { f.Clients = []string{w.lease(t).Client, "", "\x00", w.lease(t).Client} },
		func() { f.Modems = []itms.MAC{{}, w.lease(t).MAC} },
		func() { f.Terms = append(f.Terms, w.term(t), itms.Term{Type: itms.TermIP, Value: "\x00"}) },
		func() { f.Terms = append(f.Terms, w.term(t), w.term(t)) },
		func() { f.Kinds = append(f.Kinds, itms.RefOrder, itms.RefDevice) },
		func() { f.Kinds = append(f.Kinds, itms.RefBinding, itms.RefService) },
	} {
		if rapid.Bool().Draw(t, "foresee") {
			add()
		}
	}
	w.tx.Foresee(f)
}

// term is something to look for.
func (w *within) term(t *rapid.T) itms.Term {
	return rapid.SampledFrom([]itms.Term{
		{Type: itms.TermAccount, Value: w.space + "x"}, {Type: itms.TermIP, Value: w.space + "x"}, {Type: itms.TermSerial, Value: w.space + "x"},
		{Type: itms.TermIP, Value: w.space + "y"}, {Type: itms.TermMAC, Value: w.mac(t).Key()},
		{Type: itms.TermOpen, Value: string(w.serviceID(t))}, {Type: itms.TermService, Value: string(w.serviceID(t))},
	}).Draw(t, "term")
}

// find compares what a term finds.
func (w *within) find(t *rapid.T) {
	term, limit := w.term(t), rapid.IntRange(0, 4).Draw(t, "limit")
	var want []itms.Ref
	note := func(ref itms.Ref, terms []itms.Term) {
		if slices.Contains(terms, term) {
			want = append(want, ref)
		}
	}
	for id, v := range w.services {
		note(itms.Ref{Kind: itms.RefService, ID: string(id)}, v.Terms())
	}
	for id, v := range w.devices {
		note(itms.Ref{Kind: itms.RefDevice, ID: id.String()}, v.Terms())
	}
	for id, v := range w.orders {
		note(itms.Ref{Kind: itms.RefOrder, ID: string(id)}, v.Terms())
	}
	for id, v := range w.bindings {
		note(itms.Ref{Kind: itms.RefBinding, ID: string(id)}, v.Terms())
	}
	for id, v := range w.stock {
		note(itms.Ref{Kind: itms.RefStock, ID: id.Key()}, v.Terms())
	}
	slices.SortFunc(want, func(a, b itms.Ref) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
	got, err := w.tx.Find(term, limit)
	must(t, err)
	if want = want[:min(limit, len(want))]; len(got)+len(want) > 0 {
		equal(t, fmt.Sprintf("%d of %s", limit, term), got, want)
	}
}

// look compares one thing, and spoils what it got: that must concern nobody.
func (w *within) look(t *rapid.T) {
	switch rapid.IntRange(0, 9).Draw(t, "what") {
	case 0:
		id := w.serviceID(t)
		if got := seen(t, w.services[id], w.tx.Services().Get, id); got != nil {
			*got = itms.Service{}
		}
	case 1:
		id := w.deviceID(t)
		if got := seen(t, w.devices[id], w.tx.Devices().Get, id); got != nil {
			*got = itms.Device{}
		}
	case 2:
		id := w.orderID(t)
		if got := seen(t, w.orders[id], w.tx.Orders().Get, id); got != nil {
			*got = itms.Order{}
		}
	case 3:
		w.lookNumber(t)
	case 4:
		id := w.bindingID(t)
		if got := seen(t, w.bindings[id], w.tx.Bindings().Get, id); got != nil {
			*got = itms.Binding{}
		}
	case 5:
		w.lookBindings(t)
	case 6:
		mac := w.mac(t)
		seen(t, w.stock[mac], w.tx.Stock().Get, mac)
	case 7:
		key := w.key(t)
		got, err := w.tx.Settings().Get(key)
		must(t, err)
		equal(t, key, got, w.settings[key])
	case 8:
		w.lookParams(t)
	case 9:
		checkHolders(t, w.tx, leasesOf(t, w.space), w.leases)
	}
}

// seen compares one thing that get reads by its key with what it should be, nil for
// none, and returns it.
func seen[K, T any](t *rapid.T, want *T, get func(K) (*T, error), key K) *T {
	got, err := get(key)
	if want == nil {
		wantNotFound(t, "nothing", err)
		return nil
	}
	must(t, err)
	equal(t, "thing", got, want)
	return got
}

// lookNumber compares the order of a number.
func (w *within) lookNumber(t *rapid.T) {
	no := w.number(t)
	var want *itms.Order
	for _, o := range w.orders {
		if o.No == no {
			want = o
		}
	}
	seen(t, want, func(no itms.OrderNo) (*itms.Order, error) { return w.tx.Orders().ByNumber(w.space, no) }, no)
}

// lookBindings compares the bindings of a slot and the one in force of a device.
func (w *within) lookBindings(t *rapid.T) {
	slot := w.serviceID(t)
	var want []*itms.Binding
	for _, b := range w.bindings {
		if b.Service == slot {
			want = append(want, b)
		}
	}
	slices.SortFunc(want, func(a, b *itms.Binding) int { return cmp.Or(cmp.Compare(a.Gen, b.Gen), cmp.Compare(a.ID, b.ID)) })
	got, err := w.tx.Bindings().OfService(slot)
	must(t, err)
	equal(t, "bindings of the slot", got, want)
	checkHolder(t, w.tx, w.deviceID(t), w.bindings)
}
