package storetest

import (
	"net/netip"
	"sync"
	"testing"
	"time"

	"itms"
)

// Clients and addresses of the race, and how many clients get theirs in one transaction.
const (
	raceClients   = 9
	raceAddresses = 12
	raceBatch     = 3
)

// raceLeases: servers that give free addresses to clients, several in one transaction,
// never give one address to two clients, nor two to one client. In the first round nobody
// has a lease; in those after it all have ended.
func raceLeases(t *testing.T, stores ...itms.Store) {
	for round := range 4 {
		now := stored.Add(time.Duration(round) * time.Hour)
		var mu sync.Mutex // guards given
		given := map[netip.Addr]string{}
		crowd(6, stores, func(w int, s itms.Store) {
			for n := range raceClients {
				won, err := giveLeases(s, w+n, now)
				if err != nil {
					t.Errorf("update: %v", err)
				}
				mu.Lock()
				for addr, client := range won {
					if other, taken := given[addr]; taken {
						t.Errorf("%s was given to %s and to %s", addr, other, client)
					}
					given[addr] = client
				}
				mu.Unlock()
			}
		})
		checkGiven(t, stores[0], given, now)
	}
}

// raceClient is a client of the race.
func raceClient(i int) string {
	return itms.ClientKey(itms.ClientCPE, itms.MAC{0, 0, 0x5E, 0, 0x53, byte(i%raceClients + 1)}, nil)
}

// giveLeases gives a lease to each client of a batch that has none, and returns what was
// committed.
func giveLeases(s itms.Store, first int, now time.Time) (won map[netip.Addr]string, err error) {
	err = s.Update(bg, func(tx itms.Tx) error {
		won = map[netip.Addr]string{} // fn may run again
		if first%2 == 0 {
			f := itms.Foresight{}
			for i := range raceAddresses {
				f.Leases, f.Clients = append(f.Leases, leaseAddress(i)), append(f.Clients, raceClient(i))
			}
			tx.Foresee(f)
		}
		for i := range raceBatch {
			addr, err := giveLease(tx, raceClient(first+i), now)
			if err != nil {
				return err
			}
			if addr.IsValid() {
				won[addr] = raceClient(first + i)
			}
		}
		return nil
	})
	return won, err
}

// giveLease gives the first free address to a client that has none.
func giveLease(tx itms.Tx, client string, now time.Time) (netip.Addr, error) {
	held, err := tx.Leases().OfClient(client, 1)
	if err != nil || len(held) > 0 && held[0].Holds(now) {
		return netip.Addr{}, err
	}
	for i := range raceAddresses {
		l, err := tx.Leases().Get(leaseAddress(i))
		if err != nil && !itms.IsKind(err, itms.KindNotFound) {
			return netip.Addr{}, err
		}
		if err == nil && l.Taken(now) {
			continue
		}
		return leaseAddress(i), tx.Leases().Put(&itms.Lease{Address: leaseAddress(i), State: itms.LeaseActive, Client: client,
			StartedAt: now, RenewedAt: now, ExpiresAt: now.Add(time.Hour)})
	}
	return netip.Addr{}, itms.Errorf(itms.KindConflict, itms.CodeInternal, "no address is free")
}

// checkGiven: each client holds what it was given, and nothing else.
func checkGiven(t *testing.T, s itms.Store, given map[netip.Addr]string, now time.Time) {
	t.Helper()
	equal(t, "addresses given", len(given), raceClients)
	holds := map[string]int{}
	for addr, client := range given {
		l := read(t, s, func(tx itms.Tx) (*itms.Lease, error) { return tx.Leases().Get(addr) })
		equal(t, "client of "+addr.String(), l.Client, client)
		holds[client]++
	}
	equal(t, "clients", len(holds), raceClients)
	counts := read(t, s, func(tx itms.Tx) ([]itms.LeaseCount, error) { return tx.Leases().Count(now) })
	equal(t, "leases that hold", counts, []itms.LeaseCount{{Count: raceClients}})
}
