package boltdb

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"itms"
	"itms/store/internal/record"
)

// page returns the keys of a page of devices.
func (d devices) page(q itms.DeviceQuery) (ids []string) {
	filters := slices.Concat(only(inDeviceLight, q.Light), only(inDeviceState, q.State), only(inDeviceModel, q.Model), only(inDeviceVendor, q.Vendor))
	m := d.t.meet(inDevices, filters, inDeviceArea, q.Areas, false)
	at := q.After
	if at != "" {
		at = past(at)
	}
	for len(ids) < q.Limit {
		id, ok := m.next(at)
		if !ok {
			break
		}
		ids, at = append(ids, id), past(id)
	}
	return ids
}

// page returns the ids of a page of orders, newest first.
func (o orders) page(q itms.OrderQuery) (ids []itms.OrderID) {
	filters := slices.Concat(only(inOrderLight, q.Light), only(inOrderState, q.State), anyOf(inOrderState, q.States),
		only(inOrderKind, q.Kind), only(inOrderMode, q.Mode), only(inOrderArea, q.Area))
	m := o.t.meet(inOrders, filters, inOrderArea, q.Areas, true)
	for at := string(q.Before); len(ids) < q.Limit; {
		id, ok := m.next(at)
		if !ok || id < string(q.From) {
			break
		}
		ids, at = append(ids, itms.OrderID(id)), id
	}
	return ids
}

// Count counts orders by their light.
func (o orders) Count(q itms.OrderCount) (map[itms.LightLevel]int, error) {
	counts := map[itms.LightLevel]int{}
	for _, light := range q.Lights {
		n := o.countOne(only(inOrderLight, light), q)
		if n > 0 {
			counts[light] = n
		}
	}
	return counts, nil
}

// countOne counts the orders of one light.
func (o orders) countOne(filters []filter, q itms.OrderCount) (n int) {
	if q.Areas == nil { // every entry of the strand counts: no need to look for each anew
		prefix := under(filters[0].texts[0])
		for k := range o.t.ascend(filters[0].in, prefix, append(bytes.Clone(prefix), q.From...)) {
			if q.Before != "" && string(k[len(prefix):]) >= string(q.Before) {
				break
			}
			n++
		}
		return n
	}
	m := o.t.meet(inOrders, filters, inOrderArea, q.Areas, false)
	for at := string(q.From); ; n++ {
		id, ok := m.next(at)
		if !ok || q.Before != "" && id >= string(q.Before) {
			return n
		}
		at = past(id)
	}
}

// Count counts devices.
func (d devices) Count(q itms.DeviceCount) (itms.DeviceCounts, error) {
	if q.Areas != nil {
		return d.countWithin(q)
	}
	c := itms.DeviceCounts{States: countTexts[itms.DeviceState](d.t, inDeviceState), Lights: countTexts[itms.LightLevel](d.t, inDeviceLight),
		Vendors: countTexts[string](d.t, inDeviceVendor), Models: countTexts[string](d.t, inDeviceModel)}
	for _, n := range c.States {
		c.Total += n
	}
	if q.SilentSince.IsZero() {
		return c, nil
	}
	var err error
	c.Silent, err = d.countSilent(q.SilentSince)
	return c, err
}

// countWithin counts the devices of some areas, one by one.
func (d devices) countWithin(q itms.DeviceCount) (itms.DeviceCounts, error) {
	c := itms.DeviceCounts{States: map[itms.DeviceState]int{}, Lights: map[itms.LightLevel]int{}, Vendors: map[string]int{}, Models: map[string]int{}}
	m := d.t.meet(inDevices, nil, inDeviceArea, q.Areas, false)
	for at := ""; ; c.Total++ {
		id, ok := m.next(at)
		if !ok {
			return c, nil
		}
		dev, err := former[itms.Device](d.t, inDevices, id)
		if err != nil {
			return c, err
		}
		c.States[dev.State]++
		c.Lights[dev.Light()]++
		c.Vendors[record.Column(dev.Manufacturer)]++
		c.Models[record.Column(dev.Model)]++
		silent, err := d.silent(id, q.SilentSince)
		if err != nil {
			return c, err
		}
		if silent {
			c.Silent++
		}
		at = past(id)
	}
}

// countTexts counts the entries of an index by their text.
func countTexts[S ~string](t *tx, in bucket) map[S]int {
	counts := map[S]int{}
	var text []byte
	n := 0
	for k := range t.ascend(in, nil, nil) {
		now, _, _ := bytes.Cut(k, []byte{0})
		if n > 0 && !bytes.Equal(now, text) {
			counts[S(text)] += n
			n = 0
		}
		text, n = now, n+1
	}
	if n > 0 {
		counts[S(text)] += n
	}
	return counts
}

// comes lists the lights of devices that come by themselves.
var comes = []itms.LightLevel{itms.LightOK, itms.LightBusy, itms.LightWaiting, itms.LightAttention}

// countSilent counts devices whose last contact was before a time.
func (d devices) countSilent(since time.Time) (n int, err error) {
	for k, v := range d.t.ascend(inContacts, nil, nil) {
		silent, err := d.silentAt(string(k), v, since)
		if err != nil {
			return 0, err
		}
		if silent {
			n++
		}
	}
	return n, nil
}

// silent reports whether the last contact of a device was before a time.
func (d devices) silent(id string, since time.Time) (bool, error) {
	contact := d.t.get(inContacts, []byte(id))
	if contact == nil || since.IsZero() {
		return false, nil
	}
	return d.silentAt(id, contact, since)
}

// silentAt is silent for a contact that was read.
func (d devices) silentAt(id string, contact []byte, since time.Time) (bool, error) {
	started, err := startOf(contact)
	if err != nil || !started.Before(since) {
		return false, err
	}
	return slices.ContainsFunc(comes, func(l itms.LightLevel) bool { return d.t.get(inDeviceLight, join(string(l), id)) != nil }), nil
}

// startOf reads when a stored session started, and nothing else of it.
func startOf(doc []byte) (time.Time, error) {
	field := []byte(`"started":"`)
	if i := bytes.Index(doc, field); i >= 0 {
		text, _, _ := bytes.Cut(doc[i+len(field):], []byte{'"'})
		if t, err := time.Parse(time.RFC3339Nano, string(text)); err == nil {
			return t, nil
		}
	}
	s, err := record.Decode[itms.SessionSummary](json.RawMessage(doc))
	if err != nil {
		return time.Time{}, err
	}
	return s.Started, nil
}

// CountOpen counts the tasks that have not ended.
func (s tasks) CountOpen(areas itms.Areas) (n int, err error) {
	for k := range s.t.ascend(inTaskOpen, nil, nil) {
		if areas != nil {
			device, _, _ := bytes.Cut(k, []byte{0})
			d, err := former[itms.Device](s.t, inDevices, string(device))
			if err != nil {
				return 0, err
			}
			if !areas.Hold(d.Area) {
				continue
			}
		}
		n++
	}
	return n, nil
}

// FindPrefix returns what is known by terms that begin so. See itms.Tx.
func (t *tx) FindPrefix(term itms.Term, limit int) (refs []itms.Ref, err error) {
	if !record.Usable(term.Value) {
		return nil, nil
	}
	typ := under(string(term.Type))
	for k := range t.ascend(inTerms, append(bytes.Clone(typ), term.Value...), nil) {
		if len(refs) >= limit {
			break
		}
		_, rest, _ := bytes.Cut(k[len(typ):], []byte{0}) // behind the value
		kind, id, _ := bytes.Cut(rest, []byte{0})
		refs = append(refs, itms.Ref{Kind: itms.RefKind(kind), ID: string(id)})
	}
	return refs, nil
}
