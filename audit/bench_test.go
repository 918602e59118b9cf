package audit

import (
	"fmt"
	"sync/atomic"
	"testing"

	"itms"
	"itms/store/boltdb"
)

// BenchmarkOrder is the writes of taking an order in, 16 callers at once, with and without
// an entry for each.
func BenchmarkOrder(b *testing.B) {
	for _, watched := range []bool{false, true} {
		b.Run(fmt.Sprintf("audit=%v", watched), func(b *testing.B) {
			bolt, err := boltdb.Open(b.Context(), b.TempDir()+"/itms.db", boltdb.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer bolt.Close()
			store, n := Watch(bolt, nil), atomic.Int64{}
			b.SetParallelism(8)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					ctx, i := b.Context(), n.Add(1)
					if watched {
						ctx = itms.WithAct(ctx, &itms.Act{Actor: "crm", Role: itms.RoleBSS, Action: "submit-work-order", Target: itms.AuditTarget{Kind: "order"}})
					}
					if err := store.Update(ctx, func(tx itms.Tx) error { return takeIn(tx, i) }); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

// takeIn writes what taking an order in writes.
func takeIn(tx itms.Tx, i int64) error {
	id := fmt.Sprintf("%08d", i)
	svc := &itms.Service{ID: itms.ServiceID("S" + id), Account: "a" + id, State: itms.ServiceReserved, Line: itms.Line{Area: "510100"}}
	o := &itms.Order{ID: itms.OrderID(id), No: itms.OrderNo("WO" + id), Source: "crm", Area: "510100", State: itms.OrderReceived, Service: svc.ID}
	if err := tx.Orders().Insert(o); err != nil {
		return err
	}
	if err := tx.Services().Put(svc); err != nil {
		return err
	}
	if err := tx.Bindings().Put(&itms.Binding{ID: itms.BindingID(id), Service: svc.ID, Order: o.ID, State: itms.BindingPrebound}); err != nil {
		return err
	}
	o.State = itms.OrderWaitingDevice
	if err := tx.Orders().Put(o); err != nil {
		return err
	}
	return tx.Journal().Append(&itms.Event{At: at, Type: "order.waitingDevice", Order: o.ID, Text: "x"})
}
