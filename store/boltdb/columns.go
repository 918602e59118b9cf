package boltdb

import (
	"itms"
	"itms/store/internal/record"
)

// column is an index of things by one text of theirs: its keys are the text and the
// thing's key.
type column[T any] struct {
	in   bucket
	of   func(*T) string
	name func(*T) string // the thing's key; "" for the zero thing
}

// key is the place of a thing in the index; nil for the zero thing.
func (c column[T]) key(v *T) []byte {
	name := c.name(v)
	if name == "" {
		return nil
	}
	return join(c.of(v), name)
}

// deviceName is the key of a device.
func deviceName(d *itms.Device) string { return d.ID.String() }

// orderName is the key of an order.
func orderName(o *itms.Order) string { return string(o.ID) }

// deviceColumns are the indexes that devices are listed by.
var deviceColumns = []column[itms.Device]{
	{inDeviceState, func(d *itms.Device) string { return string(d.State) }, deviceName},
	{inDeviceModel, func(d *itms.Device) string { return record.Column(d.Model) }, deviceName},
	{inDeviceVendor, func(d *itms.Device) string { return record.Column(d.Manufacturer) }, deviceName},
	{inDeviceArea, func(d *itms.Device) string { return record.Column(d.Area) }, deviceName},
	{inDeviceLight, func(d *itms.Device) string { return string(d.Light()) }, deviceName},
}

// orderColumns are the indexes that orders are listed by.
var orderColumns = []column[itms.Order]{
	{inOrderState, func(o *itms.Order) string { return string(o.State) }, orderName},
	{inOrderKind, func(o *itms.Order) string { return string(o.Kind) }, orderName},
	{inOrderMode, func(o *itms.Order) string { return string(o.Mode) }, orderName},
	{inOrderArea, func(o *itms.Order) string { return o.Area }, orderName},
	{inOrderLight, func(o *itms.Order) string { return string(o.Light()) }, orderName},
}
