package workorder

import (
	"fmt"

	"itms"
)

// checkIdentity flags a device whose STBID another device reports as well (D2). The
// newcomer is flagged: the one that was known keeps its service.
func (w *work) checkIdentity(d *itms.Device) error {
	if d.Conflict {
		return w.record("device.conflict", itms.Event{Device: d.ID, Text: "device " + d.ID.String() + " " + d.Problem})
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
			return w.record("device.conflict", itms.Event{Device: d.ID, Text: "device " + d.ID.String() + " " + d.Problem})
		}
	}
	return nil
}
