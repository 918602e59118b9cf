package boltdb

import (
	"itms"
	"itms/store/internal/record"
)

// bindings is itms.Bindings.
type bindings struct{ t *tx }

// Get returns the binding.
func (b bindings) Get(id itms.BindingID) (*itms.Binding, error) {
	return load[itms.Binding](b.t, inBindings, "binding", string(id))
}

// Put stores the binding unless it contradicts another.
func (b bindings) Put(bind *itms.Binding) error {
	if err := b.t.mayWrite(); err != nil {
		return err
	}
	kept, doc, err := record.Binding(bind)
	if err != nil {
		return err
	}
	if err := b.contradiction(bind); err != nil {
		return err
	}
	old, err := former[itms.Binding](b.t, inBindings, string(bind.ID))
	if err != nil {
		return err
	}
	if err := b.index(old, bind); err != nil {
		return err
	}
	return b.t.keep(inBindings, string(bind.ID), doc, kept)
}

// contradiction reports another binding in the way.
func (b bindings) contradiction(bind *itms.Binding) error {
	if other := b.t.get(inBindingDevice, deviceKey(bind)); other != nil && string(other) != string(bind.ID) {
		return record.DeviceTaken(bind, string(other))
	}
	if other := b.t.get(inBindingSlot, slotKey(bind)); other != nil && string(other) != string(bind.ID) {
		return record.SlotTaken(bind, string(other))
	}
	return nil
}

// index brings the indexes from the old content to the new.
func (b bindings) index(old, bind *itms.Binding) error {
	id := []byte(bind.ID)
	if err := b.t.move(inBindingDevice, deviceKey(old), deviceKey(bind), id); err != nil {
		return err
	}
	if err := b.t.move(inBindingSlot, slotKey(old), slotKey(bind), id); err != nil {
		return err
	}
	if err := b.t.move(inBindingGen, genKey(old), genKey(bind), nil); err != nil {
		return err
	}
	return b.t.setTerms(itms.RefBinding, string(bind.ID), old.Terms(), bind.Terms())
}

// deviceKey is where a binding in force stands under its device, nil when it does
// not.
func deviceKey(b *itms.Binding) []byte {
	if !b.State.InForce() || b.Device.IsZero() {
		return nil
	}
	return []byte(b.Device.String())
}

// slotKey is where an open binding stands under its slot, nil when it does not.
func slotKey(b *itms.Binding) []byte {
	if !b.State.Open() {
		return nil
	}
	return join(string(b.Service), string(b.State))
}

// genKey is where a binding stands in the history of its slot; nil for the zero
// binding.
func genKey(b *itms.Binding) []byte {
	if b.ID == "" {
		return nil
	}
	return append(append(under(string(b.Service)), number(uint64(b.Gen))...), b.ID...)
}

// OfDevice returns the binding in force of a device.
func (b bindings) OfDevice(id itms.DeviceID) (*itms.Binding, error) {
	key := b.t.get(inBindingDevice, []byte(id.String()))
	if key == nil {
		return nil, itms.NotFound("binding in force of device", id.String())
	}
	return b.Get(itms.BindingID(key))
}

// OfService returns all bindings of a slot.
func (b bindings) OfService(id itms.ServiceID) ([]*itms.Binding, error) {
	if !record.Usable(string(id)) {
		return nil, nil
	}
	var list []*itms.Binding
	prefix := under(string(id))
	for k := range b.t.ascend(inBindingGen, prefix, nil) {
		bind, err := b.Get(itms.BindingID(k[len(prefix)+8:])) // behind the 8 bytes of the generation
		if err != nil {
			return nil, err
		}
		list = append(list, bind)
	}
	return list, nil
}
