package storetest

import (
	"testing"
	"time"

	"itms"
)

func testDevices(t *testing.T, h Harness) {
	h.cases(t, map[string]func(*testing.T, itms.Store){
		"Unknown": deviceUnknown, "Prefix": devicePrefix, "Replace": deviceReplace,
		"Bad": deviceBad, "Pages": devicePages, "ByteOrder": deviceByteOrder,
		"Owned": deviceOwned,
	})
	t.Run("Kept", func(t *testing.T) { deviceKept(t, h) })
}

// deviceKept: everything comes back, at once and after a restart.
func deviceKept(t *testing.T, h Harness) {
	tree := new(itms.ParamTree)
	tree.Set(itms.Param{Name: "Device.A", Value: "1", Type: itms.TypeString, Writable: true})
	both(t, h, func(s itms.Store) {
		update(t, s, func(tx itms.Tx) error {
			if err := tx.Devices().Put(device(1)); err != nil {
				return err
			}
			return tx.Devices().PutParams(device(1).ID, tree)
		})
	}, func(s itms.Store) {
		view(t, s, func(tx itms.Tx) error {
			got, err := tx.Devices().Get(device(1).ID)
			equal(t, "device", got, storedDevice(1))
			if err != nil {
				return err
			}
			params, err := tx.Devices().Params(device(1).ID)
			if err != nil {
				return err
			}
			equal(t, "params", all(params), all(tree))
			return nil
		})
	})
}

// deviceUnknown: what is not there is not found, or empty.
func deviceUnknown(t *testing.T, s itms.Store) {
	view(t, s, func(tx itms.Tx) error {
		_, err := tx.Devices().Get(deviceID("x", 1))
		wantNotFound(t, "Get", err)
		_, err = tx.Devices().Get(itms.DeviceID{})
		wantNotFound(t, "Get of the zero id", err)
		tree, err := tx.Devices().Params(deviceID("x", 1))
		if err != nil || tree.Len() != 0 {
			t.Errorf("Params of an unknown device: %v, %v", tree, err)
		}
		list, err := tx.Devices().Sessions(deviceID("x", 1), 10)
		if err != nil || len(list) != 0 {
			t.Errorf("Sessions of an unknown device: %v, %v", list, err)
		}
		return nil
	})
	update(t, s, func(tx itms.Tx) error {
		wantNotFound(t, "PutParams", tx.Devices().PutParams(deviceID("x", 1), new(itms.ParamTree)))
		return nil
	})
}

// devicePrefix: an id that begins another is not the other.
func devicePrefix(t *testing.T, s itms.Store) {
	long := device(1)
	long.ID.Serial += "9"
	update(t, s, func(tx itms.Tx) error { return tx.Devices().Put(long) })
	s.Contacted(session(long.ID, 1, "Reboot"))
	if err := s.(Flusher).Flush(); err != nil {
		t.Fatal(err)
	}
	update(t, s, func(tx itms.Tx) error {
		_, err := tx.Devices().Get(device(1).ID)
		wantNotFound(t, "Get", err)
		wantNotFound(t, "PutParams", tx.Devices().PutParams(device(1).ID, new(itms.ParamTree)))
		return tx.Devices().Put(device(1))
	})
	list := read(t, s, func(tx itms.Tx) ([]itms.SessionSummary, error) { return tx.Devices().Sessions(device(1).ID, 10) })
	equal(t, "sessions of the shorter id", len(list), 0)
}

// deviceReplace: Put replaces everything but the contact.
func deviceReplace(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error { return tx.Devices().Put(device(1)) })
	next := &itms.Device{ID: device(1).ID, State: itms.DeviceBlocked}
	update(t, s, func(tx itms.Tx) error {
		if err := tx.Devices().Put(next); err != nil {
			return err
		}
		got, err := tx.Devices().Get(next.ID) // a transaction sees its own writes
		equal(t, "device", got, next)
		return err
	})
	got := read(t, s, func(tx itms.Tx) ([]*itms.Device, error) {
		return tx.Devices().List(itms.DeviceQuery{State: itms.DeviceInService, Limit: 10})
	})
	equal(t, "devices of the old state", len(got), 0)
}

// deviceBad: a record without identity is refused and the transaction goes on.
func deviceBad(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "Put", tx.Devices().Put(&itms.Device{}), itms.KindInvalid, itms.CodeInvalid)
		return tx.Devices().Put(device(1))
	})
	read(t, s, func(tx itms.Tx) (*itms.Device, error) { return tx.Devices().Get(device(1).ID) })
}

// devicePages: pages join to the whole list, for any and for one state.
func devicePages(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		for i := range 10 {
			d := &itms.Device{ID: deviceID("d", i), State: itms.DeviceInService}
			if i%3 == 0 {
				d.State = itms.DeviceUnknown
			}
			if err := tx.Devices().Put(d); err != nil {
				return err
			}
		}
		return nil
	})
	equal(t, "all", devicePaged(t, s, ""), []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	equal(t, "unknown", devicePaged(t, s, itms.DeviceUnknown), []int{0, 3, 6, 9})
	equal(t, "a state that begins another", devicePaged(t, s, itms.DeviceUnknown[:4]), []int(nil))
	none := read(t, s, func(tx itms.Tx) ([]*itms.Device, error) { return tx.Devices().List(itms.DeviceQuery{}) })
	equal(t, "limit 0", len(none), 0)
}

// devicePaged lists the numbers of devices in pages of three.
func devicePaged(t *testing.T, s itms.Store, state itms.DeviceState) (all []int) {
	q := itms.DeviceQuery{State: state, Limit: 3}
	for {
		list := read(t, s, func(tx itms.Tx) ([]*itms.Device, error) { return tx.Devices().List(q) })
		if len(list) == 0 {
			return all
		}
		for _, d := range list {
			all = append(all, int(d.ID.Serial[len(d.ID.Serial)-1]-'0'))
		}
		q.After = list[len(list)-1].ID.String()
	}
}

// deviceByteOrder: lists follow bytes, not a language.
func deviceByteOrder(t *testing.T, s itms.Store) {
	want := []string{"1", "A", "B", "Z", "a", "b", "z", "~"}
	update(t, s, func(tx itms.Tx) error {
		for _, serial := range []string{"b", "Z", "a", "~", "B", "1", "z", "A"} {
			if err := tx.Devices().Put(&itms.Device{ID: itms.DeviceID{OUI: "00005E", Serial: serial}}); err != nil {
				return err
			}
		}
		return nil
	})
	var got []string
	for _, d := range read(t, s, func(tx itms.Tx) ([]*itms.Device, error) { return tx.Devices().List(itms.DeviceQuery{Limit: 99}) }) {
		got = append(got, d.ID.Serial)
	}
	equal(t, "order", got, want)
}

// deviceOwned: values outlive their transaction and belong to the caller.
func deviceOwned(t *testing.T, s itms.Store) {
	mine := device(1)
	update(t, s, func(tx itms.Tx) error { return tx.Devices().Put(mine) })
	s.Contacted(session(mine.ID, 1, "Reboot"))
	mine.Asked[0], mine.Sync.Rows["wan"], mine.Hosts[0], mine.Guesses.Wrong[0] = "changed", "changed", itms.MAC{}, time.Time{}
	get := func(tx itms.Tx) (*itms.Device, error) { return tx.Devices().Get(device(1).ID) }
	first := read(t, s, get)
	first.Asked[0], first.ConnectionPassword[0], first.LastSession.RPCs[0] = "changed", 99, "changed"
	first.Hosts[0], first.Guesses.Wrong[0] = itms.MAC{}, time.Time{}
	update(t, s, func(tx itms.Tx) error { return tx.Settings().Put("other", []byte("write")) })
	second := read(t, s, get)
	equal(t, "asked", second.Asked, device(1).Asked)
	equal(t, "hosts", second.Hosts, device(1).Hosts)
	equal(t, "guesses", second.Guesses, storedDevice(1).Guesses)
	equal(t, "rows", second.Sync.Rows, device(1).Sync.Rows)
	equal(t, "password", second.ConnectionPassword, device(1).ConnectionPassword)
	equal(t, "last session", second.LastSession.RPCs, []string{"Reboot"})
}
