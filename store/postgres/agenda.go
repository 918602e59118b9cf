package postgres

import (
	"time"

	"github.com/jackc/pgx/v5"

	"itms"
	"itms/store/internal/record"
	"itms/store/internal/wake"
)

// agenda is itms.Agenda.
type agenda struct{ t *tx }

// Set adds or moves an alarm.
func (a agenda) Set(key string, due time.Time) error {
	if err := a.t.mayWrite(); err != nil {
		return err
	}
	if err := itms.CheckKey("/key", key); err != nil {
		return err
	}
	a.t.topics |= wake.Agenda
	return a.t.later(`insert into agenda (key, due) values ($1, $2) on conflict (key) do update set due = excluded.due`,
		key, itms.Timestamp(due))
}

// Clear removes an alarm.
func (a agenda) Clear(key string) error {
	if err := a.t.mayWrite(); err != nil || !record.Usable(key) {
		return err
	}
	return a.t.later(`delete from agenda where key = $1`, key)
}

// Claim leases due alarms, the earliest first, and returns them with the time they
// were due.
func (a agenda) Claim(now time.Time, lease time.Duration, limit int) ([]itms.Alarm, error) {
	if err := a.t.mayWrite(); err != nil || limit <= 0 {
		return nil, err
	}
	const sql = `with due as (select key, due from agenda where due <= $1 order by due, key limit $2 for update skip locked),
		claimed as (update agenda a set due = $3 from due where a.key = due.key returning due.key, due.due)
		select key, due from claimed order by due, key`
	return all(a.t, readAlarm, sql, itms.Timestamp(now), limit, itms.Timestamp(now.Add(lease)))
}

// readAlarm makes an alarm of a row.
func readAlarm(row pgx.CollectableRow) (alarm itms.Alarm, err error) {
	err = row.Scan(&alarm.Key, &alarm.Due)
	alarm.Due = alarm.Due.UTC()
	return alarm, err
}

// Next returns the earliest due time.
func (a agenda) Next() (time.Time, error) {
	var due time.Time
	found, err := a.t.one(`select due from agenda order by due limit 1`, nil, &due)
	if err != nil || !found {
		return time.Time{}, err
	}
	return due.UTC(), nil
}
