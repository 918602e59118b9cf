package workorder

import (
	"fmt"

	"itms"
)

// checkIdentity flags a device whose STBID another device reports as well (D2). The
// newcomer is flagged: the one that was known keeps its service. was tells whether it
// was flagged before: once is enough to alarm somebody.
func (w *work) checkIdentity(d *itms.Device, was bool) error {
	if !d.Conflict {
		other, err := w.twin(d)
		if err != nil || other == nil {
			return err
		}
		d.Conflict, d.Suspect = true, true
		d.Problem = fmt.Sprintf("reports STBID %s, which device %s reports as well", d.STBID, other.ID)
	}
	if was {
		return nil
	}
	return w.record("device.conflict", itms.Event{Device: d.ID, Alarm: true, Text: "device " + d.ID.String() + " " + d.Problem})
}

// twin is another device that reported the same STBID before.
func (w *work) twin(d *itms.Device) (*itms.Device, error) {
	if d.STBID == "" {
		return nil, nil
	}
	refs, err := w.tx.Find(itms.Term{Type: itms.TermSTBID, Value: string(d.STBID)}, maxSameName)
	if err != nil {
		return nil, err
	}
	for _, ref := range refs {
		if ref.Kind != itms.RefDevice || ref.ID == d.ID.String() {
			continue
		}
		other, err := w.deviceOf(ref)
		if err != nil {
			return nil, err
		}
		if !other.Conflict && !other.Blocked && !other.FirstSeen.After(d.FirstSeen) {
			return other, nil
		}
	}
	return nil, nil
}
