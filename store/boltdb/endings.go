package boltdb

import (
	"itms"
	"itms/store/internal/record"
)

// endings is itms.Endings. A day's endings stand together, so that counting reads
// the days asked for and nothing else.
type endings struct{ t *tx }

// Put stores the ending of an order, whatever day the one before it was.
func (e endings) Put(ending *itms.Ending) error {
	if err := e.t.mayWrite(); err != nil {
		return err
	}
	kept, err := record.Ending(ending)
	if err != nil {
		return err
	}
	doc, err := record.EndingDoc(&kept)
	if err != nil {
		return err
	}
	old, err := find[itms.Ending](e.t, inEndings, string(kept.Order))
	if err != nil {
		return err
	}
	if old == nil {
		old = new(itms.Ending)
	}
	if err := e.t.move(inEndingDay, endingKey(old), endingKey(&kept), countedBy(&kept)); err != nil {
		return err
	}
	return e.t.put(inEndings, []byte(kept.Order), doc)
}

// endingKey is the place of an ending among the days; nil for the zero ending.
func endingKey(e *itms.Ending) []byte {
	if e.Order == "" {
		return nil
	}
	return join(e.Day, string(e.Order))
}

// Count counts the endings of a range of days.
func (e endings) Count(q itms.EndingQuery) ([]itms.EndingCount, error) {
	if !record.Days(q) {
		return nil, nil
	}
	counts := counted{}
	for k, v := range e.t.ascend(inEndingDay, nil, []byte(q.From)) {
		ending := readCounted(k, v)
		if ending.Day > q.To {
			break
		}
		if q.Areas.Hold(ending.Area) {
			counts.add(&ending, q.By)
		}
	}
	return counts.list(), nil
}
