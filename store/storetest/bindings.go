package storetest

import (
	"testing"

	"itms"
)

func testBindings(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		b := fullBinding(1)
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error { return tx.Bindings().Put(b) })
		}, func(s itms.Store) {
			want := fullBinding(1)
			want.CreatedAt, want.UpdatedAt = stored, stored
			equal(t, "by id", read(t, s, func(tx itms.Tx) (*itms.Binding, error) { return tx.Bindings().Get(b.ID) }), want)
			equal(t, "by device", read(t, s, func(tx itms.Tx) (*itms.Binding, error) { return tx.Bindings().OfDevice(b.Device) }), want)
		})
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){
		"Unknown": bindingUnknown, "DeviceTaken": bindingDeviceTaken, "SlotTaken": bindingSlotTaken,
		"Handover": bindingHandover, "OfService": bindingOfService, "Terms": bindingTerms,
	})
}

func bindingUnknown(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "Put", tx.Bindings().Put(&itms.Binding{}), itms.KindInvalid, itms.CodeInvalid)
		return tx.Bindings().Put(binding(1, 1, 1, itms.BindingPrebound))
	})
	view(t, s, func(tx itms.Tx) error {
		_, err := tx.Bindings().Get("bind-00")
		wantNotFound(t, "Get", err)
		_, err = tx.Bindings().OfDevice(deviceID("d", 1))
		wantNotFound(t, "OfDevice of a device that is only named", err)
		_, err = tx.Bindings().OfDevice(itms.DeviceID{})
		wantNotFound(t, "OfDevice of no device", err)
		return nil
	})
}

// bindingDeviceTaken: one binding in force per device, and the loser writes nothing.
func bindingDeviceTaken(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error { return tx.Bindings().Put(binding(1, 1, 1, itms.BindingBound)) })
	update(t, s, func(tx itms.Tx) error {
		for i, state := range []itms.BindingState{itms.BindingClaimed, itms.BindingBound} {
			err := tx.Bindings().Put(binding(2+i, 2, 1, state))
			wantCode(t, string(state), err, itms.KindConflict, itms.CodeDeviceTaken)
		}
		// Both rules broken at once: the device is named first, in every engine.
		wantCode(t, "both", tx.Bindings().Put(binding(2, 1, 1, itms.BindingBound)), itms.KindConflict, itms.CodeDeviceTaken)
		for i, state := range []itms.BindingState{itms.BindingReleasing, itms.BindingReleased, itms.BindingConflict} {
			if err := tx.Bindings().Put(binding(4+i, 2, 1, state)); err != nil {
				return err
			}
		}
		return tx.Bindings().Put(binding(1, 1, 1, itms.BindingBound)) // itself is not in its way
	})
	_, err := bindingOf(s, "bind-002")
	wantNotFound(t, "the refused binding", err)
}

// bindingSlotTaken: a slot has one binding in each open state.
func bindingSlotTaken(t *testing.T, s itms.Store) {
	open := []itms.BindingState{itms.BindingPrebound, itms.BindingClaimed, itms.BindingBound}
	update(t, s, func(tx itms.Tx) error {
		for i, state := range open {
			if err := tx.Bindings().Put(binding(i, 1, i, state)); err != nil {
				return err
			}
		}
		for i, state := range open {
			err := tx.Bindings().Put(binding(10+i, 1, 10+i, state))
			wantCode(t, string(state), err, itms.KindConflict, itms.CodeSlotTaken)
		}
		return tx.Bindings().Put(binding(20, 11, 20, itms.BindingPrebound)) // slot 11 is not slot 1
	})
}

// bindingHandover: what is released makes room in the same transaction.
func bindingHandover(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error { return tx.Bindings().Put(binding(1, 1, 1, itms.BindingBound)) })
	update(t, s, func(tx itms.Tx) error {
		if err := tx.Bindings().Put(binding(1, 1, 1, itms.BindingReleasing)); err != nil {
			return err
		}
		return tx.Bindings().Put(binding(2, 1, 1, itms.BindingBound))
	})
	got := read(t, s, func(tx itms.Tx) (*itms.Binding, error) { return tx.Bindings().OfDevice(deviceID("d", 1)) })
	equal(t, "binding in force", got.ID, itms.BindingID("bind-002"))
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "back", tx.Bindings().Put(binding(1, 1, 1, itms.BindingBound)), itms.KindConflict, itms.CodeDeviceTaken)
		return nil
	})
	got, err := bindingOf(s, "bind-001")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "state after the refusal", got.State, itms.BindingReleasing)
}

// bindingOfService: all of the slot, by generation, and none of slot 11.
func bindingOfService(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		for _, b := range []*itms.Binding{binding(9, 1, 1, itms.BindingReleased), binding(2, 1, 2, itms.BindingReleased),
			binding(300, 1, 3, itms.BindingBound), binding(5, 11, 4, itms.BindingBound)} {
			if err := tx.Bindings().Put(b); err != nil {
				return err
			}
		}
		return nil
	})
	var gens []int
	for _, b := range read(t, s, func(tx itms.Tx) ([]*itms.Binding, error) { return tx.Bindings().OfService("svc-1") }) {
		gens = append(gens, b.Gen)
	}
	equal(t, "generations", gens, []int{2, 9, 300})
	none := read(t, s, func(tx itms.Tx) ([]*itms.Binding, error) { return tx.Bindings().OfService("svc") })
	equal(t, "bindings of an unknown slot", len(none), 0)
}

// bindingTerms: an open binding can be found by its claim, a closed one cannot.
func bindingTerms(t *testing.T, s itms.Store) {
	term := itms.Term{Type: itms.TermSerial, Value: deviceID("d", 1).Serial}
	update(t, s, func(tx itms.Tx) error { return tx.Bindings().Put(binding(1, 1, 1, itms.BindingPrebound)) })
	wantRefs(t, s, term, []itms.Ref{{Kind: itms.RefBinding, ID: "bind-001"}})
	update(t, s, func(tx itms.Tx) error { return tx.Bindings().Put(binding(1, 1, 1, itms.BindingReleased)) })
	wantRefs(t, s, term, nil)
}
