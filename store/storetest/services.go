package storetest

import (
	"testing"

	"itms"
)

func testServices(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error { return tx.Services().Put(service(1)) })
		}, func(s itms.Store) {
			equal(t, "service", read(t, s, func(tx itms.Tx) (*itms.Service, error) { return tx.Services().Get("svc-1") }), storedService(1))
		})
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){"Unknown": serviceUnknown, "Replace": serviceReplace, "List": serviceList})
}

// serviceUnknown: near misses are not found, whatever they hold.
func serviceUnknown(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "Put", tx.Services().Put(&itms.Service{}), itms.KindInvalid, itms.CodeInvalid)
		return tx.Services().Put(service(10))
	})
	view(t, s, func(tx itms.Tx) error {
		for _, id := range []itms.ServiceID{"svc-1", "svc-100", "SVC-10", "", "svc-10\x00", "\xff"} {
			_, err := tx.Services().Get(id)
			wantNotFound(t, string(id), err)
		}
		_, err := tx.Services().Get("svc-10")
		return err
	})
}

// serviceReplace: the old terms go, the new ones come.
func serviceReplace(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error { return tx.Services().Put(service(1)) })
	next := service(1)
	next.Account, next.State = "new@example.com", itms.ServiceActive
	update(t, s, func(tx itms.Tx) error { return tx.Services().Put(next) })
	ref := []itms.Ref{{Kind: itms.RefService, ID: "svc-1"}}
	wantRefs(t, s, itms.Term{Type: itms.TermAccount, Value: "account1@example.com"}, nil)
	wantRefs(t, s, itms.Term{Type: itms.TermAccount, Value: "new@example.com"}, ref)
	wantRefs(t, s, itms.Term{Type: itms.TermAccount, Value: "ppp1@example.com"}, ref)
	wantRefs(t, s, itms.Term{Type: itms.TermPhone, Value: "15550100"}, ref)
}

// serviceList: pages follow each other by id, and what was written in the transaction is
// there.
func serviceList(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		for _, n := range []int{3, 1, 2} {
			if err := tx.Services().Put(service(n)); err != nil {
				return err
			}
		}
		list, err := tx.Services().List("svc-1", 1)
		equal(t, "within", list, []*itms.Service{storedService(2)})
		return err
	})
	for _, page := range []struct {
		after itms.ServiceID
		limit int
		want  []int
	}{{"", 2, []int{1, 2}}, {"svc-2", 2, []int{3}}, {"svc-3", 2, nil}, {"svc-2x", 5, []int{3}}, {"", 0, nil}} {
		var want []*itms.Service
		for _, n := range page.want {
			want = append(want, storedService(n))
		}
		equal(t, "page behind "+string(page.after), read(t, s, func(tx itms.Tx) ([]*itms.Service, error) { return tx.Services().List(page.after, page.limit) }), want)
	}
}
