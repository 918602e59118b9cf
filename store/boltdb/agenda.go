package boltdb

import (
	"bytes"
	"time"

	"itms"
	"itms/store/internal/wake"
)

// agenda is itms.Agenda.
type agenda struct{ t *tx }

// dueKey is the place of an alarm in time, nil when it has none.
func dueKey(due []byte, key string) []byte {
	if due == nil {
		return nil
	}
	return append(bytes.Clone(due), key...)
}

// Set adds or moves an alarm.
func (a agenda) Set(key string, due time.Time) error {
	if err := a.t.mayWrite(); err != nil {
		return err
	}
	if err := itms.CheckKey("/key", key); err != nil {
		return err
	}
	a.t.topics |= wake.Agenda
	return a.set(key, instant(itms.Timestamp(due)))
}

// set moves an alarm; nil removes it.
func (a agenda) set(key string, due []byte) error {
	old := a.t.get(inAgenda, []byte(key))
	if err := a.t.move(inAgendaDue, dueKey(old, key), dueKey(due, key), nil); err != nil {
		return err
	}
	if due == nil {
		return a.t.drop(inAgenda, []byte(key))
	}
	return a.t.put(inAgenda, []byte(key), due)
}

// Clear removes an alarm.
func (a agenda) Clear(key string) error {
	if err := a.t.mayWrite(); err != nil {
		return err
	}
	return a.set(key, nil)
}

// Claim leases due alarms, the earliest first, and returns them with the time they
// were due.
func (a agenda) Claim(now time.Time, lease time.Duration, limit int) ([]itms.Alarm, error) {
	if err := a.t.mayWrite(); err != nil {
		return nil, err
	}
	var list []itms.Alarm
	end := after(instant(itms.Timestamp(now)))
	for k := range a.t.ascend(inAgendaDue, nil, nil) {
		if len(list) >= limit || bytes.Compare(k, end) >= 0 {
			break
		}
		list = append(list, itms.Alarm{Due: readInstant(k[:8]), Key: string(k[8:])})
	}
	next := instant(itms.Timestamp(now.Add(lease)))
	for _, alarm := range list {
		if err := a.set(alarm.Key, next); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Next returns the earliest due time.
func (a agenda) Next() (time.Time, error) {
	k, _ := a.t.in(inAgendaDue).Cursor().First()
	if k == nil {
		return time.Time{}, nil
	}
	return readInstant(k[:8]), nil
}
