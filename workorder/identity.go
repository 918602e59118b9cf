package workorder

import (
	"fmt"

	"itms"
)

// checkIdentity flags a device whose STBID another device reports as well (D2). The
// newcomer is flagged: the one that was known keeps its service. Somebody is alarmed,
// unless the device was in conflict before this look at it.
func (w *work) checkIdentity(d *itms.Device, before bool) error {
	if err := w.findDouble(d); err != nil || !d.Conflict || before {
		return err
	}
	return w.record("device.conflict", itms.Event{Device: d.ID, Alarm: true, Text: "device " + d.ID.String() + " " + d.Problem})
}

// findDouble looks for another device with the STBID.
func (w *work) findDouble(d *itms.Device) error {
	if d.Conflict {
		return nil
	}
	if d.STBID == "" {
		return nil
	}
	refs, err := w.tx.Find(itms.Term{Type: itms.TermSTBID, Value: string(d.STBID)}, maxSameName)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		if ref.Kind != itms.RefDevice || ref.ID == d.ID.String() {
			continue
		}
		id, err := itms.ParseDeviceID(ref.ID)
		if err != nil {
			return err
		}
		other, err := w.device(id)
		if err != nil {
			return err
		}
		if !other.Conflict && !other.Blocked && !other.FirstSeen.After(d.FirstSeen) {
			d.Conflict = true
			d.Problem = fmt.Sprintf("reports STBID %s, which device %s reports as well", d.STBID, other.ID)
			return nil
		}
	}
	return nil
}
