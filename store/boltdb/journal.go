package boltdb

import (
	"encoding/binary"
	"time"

	"itms"
	"itms/store/internal/record"
	"itms/store/internal/wake"
)

// journal is itms.Journal. Transactions follow each other, so the order of
// sequences is the order of commits.
type journal struct{ t *tx }

// Append stores the event behind all others.
func (j journal) Append(e *itms.Event) error {
	if err := j.t.mayWrite(); err != nil {
		return err
	}
	last, err := j.Last()
	if err != nil {
		return err
	}
	c := *e
	c.Seq = last + 1
	doc, err := record.Event(&c)
	if err != nil {
		return err
	}
	key := number(uint64(c.Seq))
	if err := j.t.put(inJournal, key, doc); err != nil {
		return err
	}
	if !c.Device.IsZero() {
		if err := j.t.put(inJournalDevice, append(under(c.Device.String()), key...), nil); err != nil {
			return err
		}
	}
	e.Seq = c.Seq
	j.t.topics |= wake.Journal
	return nil
}

// After returns the events behind seq.
func (j journal) After(seq int64, limit int) ([]itms.Event, error) {
	var list []itms.Event
	for _, v := range j.t.ascend(inJournal, nil, number(uint64(max(seq, 0))+1)) {
		if len(list) >= limit {
			break
		}
		e, err := record.Decode[itms.Event](v)
		if err != nil {
			return nil, err
		}
		list = append(list, *e)
	}
	return list, nil
}

// Last returns the highest sequence.
func (j journal) Last() (int64, error) {
	k, _ := j.t.in(inJournal).Cursor().Last()
	if k == nil {
		return 0, nil
	}
	return int64(binary.BigEndian.Uint64(k)), nil
}

// Trim removes the oldest events. The newest stays: the next sequence is made of it.
func (j journal) Trim(before time.Time, limit int) (int, error) {
	if err := j.t.mayWrite(); err != nil {
		return 0, err
	}
	last, err := j.Last()
	if err != nil {
		return 0, err
	}
	old, err := j.After(0, limit)
	if err != nil {
		return 0, err
	}
	for i, e := range old {
		if !e.At.Before(before) || e.Seq == last {
			return i, nil
		}
		key := number(uint64(e.Seq))
		if err := j.t.drop(inJournal, key); err != nil {
			return 0, err
		}
		if e.Device.IsZero() {
			continue
		}
		if err := j.t.drop(inJournalDevice, append(under(e.Device.String()), key...)); err != nil {
			return 0, err
		}
	}
	return len(old), nil
}

// OfDevice returns events of one device, newest first.
func (j journal) OfDevice(id itms.DeviceID, before int64, limit int) ([]itms.Event, error) {
	prefix := under(id.String())
	var below []byte
	if before > 0 {
		below = append(under(id.String()), number(uint64(before))...)
	}
	var list []itms.Event
	for k := range j.t.descend(inJournalDevice, prefix, below) {
		if len(list) >= limit {
			break
		}
		e, err := record.Decode[itms.Event](j.t.get(inJournal, k[len(prefix):]))
		if err != nil {
			return nil, err
		}
		list = append(list, *e)
	}
	return list, nil
}
