package tmf

import (
	"fmt"
	"testing"
	"time"

	"itms"
)

// BenchmarkScan is a list that the store cannot select: each of 2,000 orders is shown and
// compared.
func BenchmarkScan(b *testing.B) {
	w := newWorld(b)
	const orders = 2_000
	doc := []byte(`{"externalId":"X","priority":"1","serviceOrderItem":[{"id":"1","action":"add","service":{"id":"U1-1","serviceType":"iptv","relatedParty":[{"role":"customer","id":"U1"}],"serviceCharacteristic":[{"name":"account","value":"iptv1"},{"name":"package","value":"P"}]}}]}`)
	err := w.store.Update(b.Context(), func(tx itms.Tx) error {
		for i := range orders {
			at := time.Date(2026, 1, 1, 0, 0, i, 0, time.UTC)
			if err := tx.ServiceOrders().Insert(&itms.ServiceOrder{ID: itms.ServiceOrderID(itms.NewID(at)), Source: "crm", ExternalID: fmt.Sprint(i), State: itms.ServiceOrderCompleted,
				Items: []itms.ServiceOrderItem{{ID: "1", Action: itms.ActionAdd, State: itms.ServiceOrderCompleted}}, Document: doc, CreatedAt: at}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if a := w.call(b, "legacy", "GET", OrderingBase+"/serviceOrder?serviceOrderItem.service.id=none", ""); a.header.Get("X-Total-Count") != "0" {
			b.Fatal(string(a.body))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/orders, "µs/order")
}
