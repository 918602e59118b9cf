package storetest

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"itms"
)

// sessionNAS is the access server of the fixtures.
var sessionNAS = netip.MustParseAddr("192.0.2.1")

// accessSession is the i-th session of the network's access, every field but those of its
// end filled. It started i seconds after the epoch.
func accessSession(i int) *itms.AccessSession {
	return &itms.AccessSession{ID: itms.NewAccessSessionID(sessionNAS, fmt.Sprintf("S/%03d", i)), NAS: sessionNAS, NASName: "bras-1", NASID: "bras",
		Session: fmt.Sprintf("S/%03d", i), User: "a1001@example.com", Account: "a1001", MAC: itms.MAC{0, 0, 0x5E, 0, 0x53, byte(i)},
		Service: "svc-1", IP: netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}), Prefix: netip.MustParsePrefix("2001:db8:1::/56"), PortID: "olt-1 1/2:100",
		Line: itms.Line{Area: "510100", Node: "olt-1", Port: "1/2", VLAN: 100}, Granted: "00ff", Rule: "pppoe",
		Started: epoch.Add(time.Duration(i) * time.Second), Updated: epoch.Add(time.Duration(i) * time.Minute), Seconds: 60, InOctets: 1 << 40, OutOctets: 2}
}

// storedAccess is accessSession as it comes back.
func storedAccess(i int) *itms.AccessSession {
	s := accessSession(i)
	s.Started, s.Updated = stored.Add(time.Duration(i)*time.Second), stored.Add(time.Duration(i)*time.Minute)
	return s
}

// endedSession is accessSession after its end.
func endedSession(i int) *itms.AccessSession {
	s := accessSession(i)
	s.Ended, s.Cause = epoch.Add(time.Duration(i)*time.Hour), "User-Request"
	return s
}

func testAccessSessions(t *testing.T, h Harness) {
	ended := storedAccess(2)
	ended.Ended, ended.Cause = stored.Add(2*time.Hour), "User-Request"
	t.Run("Kept", func(t *testing.T) {
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error {
				if err := tx.AccessSessions().Put(accessSession(1)); err != nil {
					return err
				}
				return tx.AccessSessions().Put(endedSession(2))
			})
		}, func(s itms.Store) {
			equal(t, "session that lasts", accessOf(t, s, accessSession(1).ID), storedAccess(1))
			equal(t, "session that ended", accessOf(t, s, ended.ID), ended)
		})
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){"Outcomes": accessOutcomes, "Pages": accessPages, "Due": accessDue})
}

// accessOf reads one session.
func accessOf(t *testing.T, s itms.Store, id itms.AccessSessionID) *itms.AccessSession {
	t.Helper()
	return read(t, s, func(tx itms.Tx) (*itms.AccessSession, error) { return tx.AccessSessions().Get(id) })
}

// accessOutcomes: what is not there is not found, what access servers say is made storable.
func accessOutcomes(t *testing.T, s itms.Store) {
	odd := accessSession(1)
	odd.User, odd.Account, odd.PortID, odd.IP, odd.Granted = "a\x00\xff", "a\x00\xff", "p\x00", netip.MustParseAddr("::ffff:198.51.100.9"), ""
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "no id", tx.AccessSessions().Put(&itms.AccessSession{NAS: sessionNAS}), itms.KindInvalid, itms.CodeInvalid)
		wantCode(t, "no NAS", tx.AccessSessions().Put(&itms.AccessSession{ID: "x"}), itms.KindInvalid, itms.CodeInvalid)
		for _, id := range []itms.AccessSessionID{"", "x", "\xff", "a\x00"} {
			_, err := tx.AccessSessions().Get(id)
			wantNotFound(t, string(id), err)
		}
		for _, account := range []string{"\xff", "a\x00"} {
			list, err := tx.AccessSessions().List(itms.AccessSessionQuery{Account: account, Limit: 9})
			if err != nil || len(list) > 0 {
				t.Errorf("%q: %v, %v", account, list, err)
			}
		}
		return tx.AccessSessions().Put(odd)
	})
	got := accessOf(t, s, odd.ID)
	if got.User != "a\uFFFD\uFFFD" || got.PortID != "p\uFFFD" || got.IP.String() != "198.51.100.9" {
		t.Errorf("%+v", got)
	}
}

// accessList reads a list and returns what the sessions are called.
func accessList(t rapid.TB, s itms.Store, q itms.AccessSessionQuery) (ids []itms.AccessSessionID) {
	t.Helper()
	for _, one := range read(t, s, func(tx itms.Tx) ([]*itms.AccessSession, error) { return tx.AccessSessions().List(q) }) {
		ids = append(ids, one.ID)
	}
	return ids
}

// accessPages: those that last come first, the youngest of each first, and a page goes on
// where the one before ended.
func accessPages(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		for _, one := range []*itms.AccessSession{accessSession(1), endedSession(2), accessSession(3), endedSession(4)} {
			if err := tx.AccessSessions().Put(one); err != nil {
				return err
			}
		}
		return nil
	})
	name := func(i int) itms.AccessSessionID { return accessSession(i).ID }
	want := []itms.AccessSessionID{name(3), name(1), name(4), name(2)}
	equal(t, "all", accessList(t, s, itms.AccessSessionQuery{Limit: 9}), want)
	equal(t, "active", accessList(t, s, itms.AccessSessionQuery{Active: true, Limit: 9}), want[:2])
	equal(t, "by account and MAC", accessList(t, s, itms.AccessSessionQuery{Account: "a1001", MAC: accessSession(4).MAC, Limit: 9}), want[2:3])
	equal(t, "by address", accessList(t, s, itms.AccessSessionQuery{IP: accessSession(2).IP, Limit: 9}), want[3:])
	equal(t, "none", accessList(t, s, itms.AccessSessionQuery{Account: "a100", Limit: 9}), []itms.AccessSessionID(nil))
	var got []itms.AccessSessionID
	q := itms.AccessSessionQuery{NAS: sessionNAS, Limit: 1}
	for range want {
		page := read(t, s, func(tx itms.Tx) ([]*itms.AccessSession, error) { return tx.AccessSessions().List(q) })
		got, q.After = append(got, page[0].ID), page[0].Place()
	}
	equal(t, "in pages", got, want)
	equal(t, "behind the last", accessList(t, s, q), []itms.AccessSessionID(nil))
}

// accessDue: those that are silent, and those that ended long ago.
func accessDue(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		for _, one := range []*itms.AccessSession{accessSession(1), accessSession(2), endedSession(1 + 4), endedSession(2 + 4)} {
			if err := tx.AccessSessions().Put(one); err != nil {
				return err
			}
		}
		return nil
	})
	update(t, s, func(tx itms.Tx) error {
		list, err := tx.AccessSessions().Silent(stored.Add(2*time.Minute), 9)
		if err != nil || len(list) != 1 || list[0].ID != accessSession(1).ID {
			t.Errorf("silent: %v, %v", list, err)
		}
		n, err := tx.AccessSessions().Trim(stored.Add(6*time.Hour), 9)
		equal(t, "trimmed", n, 1)
		if err != nil {
			return err
		}
		n, err = tx.AccessSessions().Trim(stored.Add(9*time.Hour), 0)
		equal(t, "none at a time", n, 0)
		return err
	})
	equal(t, "left", accessList(t, s, itms.AccessSessionQuery{Limit: 9}),
		[]itms.AccessSessionID{accessSession(2).ID, accessSession(1).ID, accessSession(6).ID})
}

// modelAccessSessions: every way to find sessions agrees with a map.
func modelAccessSessions(t *rapid.T, s itms.Store, space string) {
	model := map[itms.AccessSessionID]*itms.AccessSession{}
	account := func(i int) string { return fmt.Sprintf("%s-%d", space, i) }
	t.Repeat(map[string]func(*rapid.T){
		"put": func(t *rapid.T) {
			i := rapid.IntRange(1, 6).Draw(t, "session")
			one := storedAccess(i)
			one.ID, one.Account = itms.AccessSessionID(fmt.Sprintf("%s~%d", space, i)), account(rapid.IntRange(0, 1).Draw(t, "account"))
			one.Started = stored.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "started")) * time.Second)
			if rapid.Bool().Draw(t, "ended") {
				one.Ended = stored.Add(time.Hour)
			}
			if attempt(t, s, func(tx itms.Tx) error { return tx.AccessSessions().Put(one) }) {
				model[one.ID] = one
			}
		},
		"": func(t *rapid.T) {
			q := itms.AccessSessionQuery{Account: account(rapid.IntRange(0, 1).Draw(t, "of")), Active: rapid.Bool().Draw(t, "active"), Limit: 9}
			equal(t, "list", accessList(t, s, q), modelAccessList(model, &q))
		},
	})
}

// modelAccessList is what the list should be.
func modelAccessList(model map[itms.AccessSessionID]*itms.AccessSession, q *itms.AccessSessionQuery) (ids []itms.AccessSessionID) {
	var list []*itms.AccessSession
	for _, one := range model {
		if q.Selects(one) {
			list = append(list, one)
		}
	}
	slices.SortFunc(list, func(a, b *itms.AccessSession) int {
		if a.Active() != b.Active() {
			if a.Active() {
				return -1
			}
			return 1
		}
		return cmp.Or(b.Started.Compare(a.Started), cmp.Compare(b.ID, a.ID))
	})
	for _, one := range list {
		ids = append(ids, one.ID)
	}
	return ids
}
