package storetest

import (
	"testing"

	"itms"
)

func testContacts(t *testing.T, h Harness) {
	h.cases(t, map[string]func(*testing.T, itms.Store){
		"AtOnce": contactAtOnce, "Newest": contactNewest, "Trimmed": contactTrimmed,
		"Unknown": contactUnknown, "Mixed": contactMixed,
	})
	t.Run("KeptOnClose", func(t *testing.T) {
		id := device(1).ID
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error { return tx.Devices().Put(device(1)) })
			s.Contacted(session(id, 1, "Reboot"))
			s.Contacted(session(id, 2))
		}, func(s itms.Store) {
			wantContact(t, s, id, storedSession(id, 2))
			equal(t, "history", history(t, s, id, 10), []itms.SessionSummary{storedSession(id, 1, "Reboot")})
		})
	})
}

// wantContact checks the last contact by Get and by List.
func wantContact(t *testing.T, s itms.Store, id itms.DeviceID, want itms.SessionSummary) {
	t.Helper()
	got := read(t, s, func(tx itms.Tx) (*itms.Device, error) { return tx.Devices().Get(id) })
	equal(t, "last session", got.LastSession, want)
	equal(t, "last contact", got.LastContact, want.Started)
	list := read(t, s, func(tx itms.Tx) ([]*itms.Device, error) { return tx.Devices().List(itms.DeviceQuery{Limit: 99}) })
	for _, d := range list {
		if d.ID == id {
			equal(t, "listed device", d, got)
		}
	}
}

// history returns the sessions of a device.
func history(t *testing.T, s itms.Store, id itms.DeviceID, limit int) []itms.SessionSummary {
	t.Helper()
	return read(t, s, func(tx itms.Tx) ([]itms.SessionSummary, error) { return tx.Devices().Sessions(id, limit) })
}

// flush writes the notes of s.
func flush(t *testing.T, s itms.Store) {
	t.Helper()
	if err := s.(Flusher).Flush(); err != nil {
		t.Fatalf("flush: %v", err)
	}
}

// contactAtOnce: a note is visible before, in and after its flush, and only an
// eventful one makes history.
func contactAtOnce(t *testing.T, s itms.Store) {
	id := device(1).ID
	update(t, s, func(tx itms.Tx) error { return tx.Devices().Put(device(1)) })
	s.Contacted(session(id, 1))
	wantContact(t, s, id, storedSession(id, 1))
	equal(t, "history", len(history(t, s, id, 10)), 0)
	s.Contacted(session(id, 2, "GetParameterValues"))
	wantContact(t, s, id, storedSession(id, 2, "GetParameterValues"))
	want := []itms.SessionSummary{storedSession(id, 2, "GetParameterValues")}
	equal(t, "history", history(t, s, id, 10), want)
	flush(t, s)
	wantContact(t, s, id, want[0])
	equal(t, "history after the flush", history(t, s, id, 10), want)
	update(t, s, func(tx itms.Tx) error { return tx.Devices().Put(device(1)) })
	wantContact(t, s, id, want[0])
}

// contactNewest: a session that started earlier and ended later is not the last.
func contactNewest(t *testing.T, s itms.Store) {
	id := device(1).ID
	update(t, s, func(tx itms.Tx) error { return tx.Devices().Put(device(1)) })
	s.Contacted(session(id, 5))
	s.Contacted(session(id, 4, "Reboot"))
	wantContact(t, s, id, storedSession(id, 5))
	flush(t, s)
	s.Contacted(session(id, 3))
	wantContact(t, s, id, storedSession(id, 5))
	flush(t, s)
	wantContact(t, s, id, storedSession(id, 5))
	equal(t, "history", history(t, s, id, 10), []itms.SessionSummary{storedSession(id, 4, "Reboot")})
}

// contactTrimmed: the newest itms.KeepSessions stay, across flushes.
func contactTrimmed(t *testing.T, s itms.Store) {
	id, all := device(1).ID, itms.KeepSessions+15
	update(t, s, func(tx itms.Tx) error { return tx.Devices().Put(device(1)) })
	for n := range all {
		s.Contacted(session(id, n, "Reboot"))
		if n%20 == 0 {
			flush(t, s)
		}
	}
	for range 2 { // noted in part, then stored
		list := history(t, s, id, 1000)
		equal(t, "sessions kept", len(list), itms.KeepSessions)
		equal(t, "newest", list[0], storedSession(id, all-1, "Reboot"))
		equal(t, "oldest", list[itms.KeepSessions-1], storedSession(id, all-itms.KeepSessions, "Reboot"))
		equal(t, "limited", history(t, s, id, 3), list[:3])
		equal(t, "limit 0", len(history(t, s, id, 0)), 0)
		flush(t, s)
	}
}

// contactUnknown: notes of unknown devices are dropped at the flush.
func contactUnknown(t *testing.T, s itms.Store) {
	s.Contacted(session(device(1).ID, 1, "Reboot"))
	s.Contacted(session(itms.DeviceID{}, 1, "Reboot"))
	flush(t, s)
	update(t, s, func(tx itms.Tx) error { return tx.Devices().Put(device(1)) })
	got := read(t, s, func(tx itms.Tx) (*itms.Device, error) { return tx.Devices().Get(device(1).ID) })
	equal(t, "device", got, storedDevice(1))
	equal(t, "history", len(history(t, s, device(1).ID, 10)), 0)
}

// contactMixed: one flush carries many devices, known and not.
func contactMixed(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		for i := range 20 {
			if err := tx.Devices().Put(device(i)); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range 40 {
		s.Contacted(session(deviceID("d", i), i, "Reboot"))
		s.Contacted(session(deviceID("d", i), i+1))
	}
	flush(t, s)
	for i := range 20 {
		id := deviceID("d", i)
		wantContact(t, s, id, storedSession(id, i+1))
		equal(t, "history", history(t, s, id, 10), []itms.SessionSummary{storedSession(id, i, "Reboot")})
	}
}
