package storetest

import (
	"testing"
	"time"

	"itms"
)

func testAgenda(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error { return tx.Agenda().Set("order-ttl/1", epoch) })
		}, func(s itms.Store) { equal(t, "next", next(t, s), stored) })
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){"Moves": agendaMoves, "Claim": agendaClaim})
}

// next returns the earliest alarm.
func next(t *testing.T, s itms.Store) time.Time {
	t.Helper()
	return read(t, s, func(tx itms.Tx) (time.Time, error) { return tx.Agenda().Next() })
}

// agendaMoves: a key has one alarm.
func agendaMoves(t *testing.T, s itms.Store) {
	equal(t, "next of none", next(t, s), time.Time{})
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "no key", tx.Agenda().Set("", stored), itms.KindInvalid, itms.CodeInvalid)
		return tx.Agenda().Set("a", stored)
	})
	update(t, s, func(tx itms.Tx) error { return tx.Agenda().Set("ab", stored.Add(time.Minute)) })
	update(t, s, func(tx itms.Tx) error { return tx.Agenda().Set("a", stored.Add(time.Hour)) })
	equal(t, "next", next(t, s), stored.Add(time.Minute))
	update(t, s, func(tx itms.Tx) error {
		if err := tx.Agenda().Clear("unknown"); err != nil {
			return err
		}
		return tx.Agenda().Clear("ab")
	})
	equal(t, "next", next(t, s), stored.Add(time.Hour))
	update(t, s, func(tx itms.Tx) error { return tx.Agenda().Clear("a") })
	equal(t, "next of none", next(t, s), time.Time{})
}

// alarms claims in a transaction of its own.
func alarms(t *testing.T, s itms.Store, at time.Time, limit int) (list []itms.Alarm) {
	t.Helper()
	update(t, s, func(tx itms.Tx) (err error) {
		list, err = tx.Agenda().Claim(at, time.Minute, limit)
		return err
	})
	return list
}

// agendaClaim: due alarms, earliest first, not again within the lease, again after.
func agendaClaim(t *testing.T, s itms.Store) {
	at := func(seconds int) time.Time { return stored.Add(time.Duration(seconds) * time.Second) }
	update(t, s, func(tx itms.Tx) error {
		for key, sec := range map[string]int{"c": 1, "a": 2, "b": 2, "z": 3} {
			if err := tx.Agenda().Set(key, at(sec)); err != nil {
				return err
			}
		}
		return nil
	})
	equal(t, "too early", alarms(t, s, at(1).Add(-1), 9), []itms.Alarm(nil))
	equal(t, "limit 0", alarms(t, s, at(9), 0), []itms.Alarm(nil))
	equal(t, "limited", alarms(t, s, at(2), 2), []itms.Alarm{{Key: "c", Due: at(1)}, {Key: "a", Due: at(2)}})
	equal(t, "rest", alarms(t, s, at(2), 9), []itms.Alarm{{Key: "b", Due: at(2)}})
	equal(t, "leased", alarms(t, s, at(2), 9), []itms.Alarm(nil))
	update(t, s, func(tx itms.Tx) error { return tx.Agenda().Clear("a") })
	equal(t, "after the lease", alarms(t, s, at(62), 9),
		[]itms.Alarm{{Key: "z", Due: at(3)}, {Key: "b", Due: at(62)}, {Key: "c", Due: at(62)}})
}
