package api

import "itms"

// FindPrefix returns the things that are there for the caller: perhaps fewer than there
// would be room for.
func (tx scopedTx) FindPrefix(term itms.Term, limit int) (kept []itms.Ref, err error) {
	refs, err := tx.Tx.FindPrefix(term, limit)
	if err != nil {
		return nil, err
	}
	for _, ref := range refs {
		there, err := tx.ref(ref)
		if err != nil {
			return nil, err
		}
		if there {
			kept = append(kept, ref)
		}
	}
	return kept, nil
}

// Count counts devices of the areas.
func (s scopedDevices) Count(q itms.DeviceCount) (itms.DeviceCounts, error) {
	q.Areas = s.tx.within(q.Areas)
	return s.Devices.Count(q)
}

// Count counts orders of the areas.
func (s scopedOrders) Count(q itms.OrderCount) (map[itms.LightLevel]int, error) {
	q.Areas = s.tx.within(q.Areas)
	return s.Orders.Count(q)
}

// CountOpen counts the tasks of devices of the areas.
func (s scopedTasks) CountOpen(areas itms.Areas) (int, error) {
	return s.Tasks.CountOpen(s.tx.within(areas))
}
