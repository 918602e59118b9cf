package tmf

import (
	"slices"
	"strings"
	"testing"
	"time"

	"itms"
)

// formatted renders an event of the journal for a subscriber with a query.
func (w *world) formatted(t *testing.T, ev itms.Event, query string) object {
	t.Helper()
	var body []byte
	err := w.store.View(t.Context(), func(tx itms.Tx) (err error) {
		body, err = NewEvents("https://itms.example.com/").Format(tx, &itms.Subscription{Format: itms.FormatTMF641, Query: query}, &ev, "delivery-1")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if body == nil {
		return nil
	}
	return mustParse(t, string(body))
}

// journal returns the events of service orders.
func (w *world) journal(t *testing.T) (events []itms.Event) {
	t.Helper()
	err := w.store.View(t.Context(), func(tx itms.Tx) (err error) {
		events, err = tx.Journal().After(0, 1000)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(events, func(ev itms.Event) bool { return !strings.HasPrefix(ev.Type, "serviceOrder.") })
}

const eventOrder = `{"externalId":"E-1","serviceOrderItem":[{"id":"1","action":"add","service":{"id":"U1-1","serviceType":"iptv","subscriberId":"U1","account":"iptv1","password":"pw-of-u1"}}]}`

// TestEventsAreTold: each event of the journal is a notification of the standard, in its
// shape, and shows the states of its moment.
func TestEventsAreTold(t *testing.T) {
	w := newWorld(t)
	order := w.call(t, "minimal", "POST", OrderingBase+"/serviceOrder", eventOrder).object(t)
	id := text(order["id"])
	w.call(t, "minimal", "PATCH", OrderingBase+"/serviceOrder/"+id, `{"priority":"9"}`)
	w.call(t, "minimal", "POST", OrderingBase+"/cancelServiceOrder", `{"serviceOrder":{"id":"`+id+`"}}`)
	var told []string
	for _, ev := range w.journal(t) {
		doc := w.formatted(t, ev, "")
		if doc == nil {
			t.Errorf("nothing is told of %s", ev.Type)
			continue
		}
		kind := text(doc["eventType"])
		told = append(told, kind)
		for _, f := range orderingBook().inspect(kind, doc, true) {
			t.Errorf("%s: %s %s", kind, f.Pointer, f.Text)
		}
		if doc["eventId"] != "delivery-1" || doc["timeOcurred"] == nil {
			t.Errorf("%s is %v", kind, doc)
		}
		if strings.Contains(text(doc), "pw-of-u1") {
			t.Errorf("%s tells the password", kind)
		}
		event := doc["event"].(object)
		if shown, ok := event["serviceOrder"].(object); ok && ev.Data["state"] != "" && shown["state"] != ev.Data["state"] {
			t.Errorf("%s shows state %v, then it was %s", kind, shown["state"], ev.Data["state"])
		}
	}
	for _, want := range []string{"ServiceOrderCreateEvent", "ServiceOrderInformationRequiredEvent", "ServiceOrderMilestoneEvent",
		"ServiceOrderAttributeValueChangeEvent", "ServiceOrderStateChangeEvent", "CancelServiceOrderCreateEvent", "CancelServiceOrderStateChangeEvent"} {
		if !slices.Contains(told, want) {
			t.Errorf("%s was not told, of %v", want, told)
		}
	}
}

// TestHubQueries: a query selects by type and by what the order says.
func TestHubQueries(t *testing.T) {
	w := newWorld(t)
	id := text(w.call(t, "minimal", "POST", OrderingBase+"/serviceOrder", eventOrder).object(t)["id"])
	ev := itms.Event{At: time.Now(), Type: "serviceOrder.stateChanged", Data: map[string]string{"serviceOrder": id, "state": "inProgress", "items": "1=inProgress"}}
	for query, want := range map[string]bool{
		"":                                       true,
		"eventType=ServiceOrderStateChangeEvent": true,
		"?eventType=serviceOrderStateChangeEvent,ServiceOrderCreateEvent": true,
		"eventType=ServiceOrderCreateEvent":                               false,
		"event.serviceOrder.state=inProgress":                             true,
		"serviceOrder.state=completed":                                    false,
		"state=inProgress&externalId=E-1":                                 true,
		"serviceOrder.serviceOrderItem.state=inProgress":                  true,
		"fields=event": true,
	} {
		if got := w.formatted(t, ev, query) != nil; got != want {
			t.Errorf("%q: %v, want %v", query, got, want)
		}
	}
	if w.formatted(t, itms.Event{Type: "order.done"}, "") != nil {
		t.Error("an event of another kind is told")
	}
}

// TestADeletedOrderIsTold: of an order that is there no more its id and state are told.
func TestADeletedOrderIsTold(t *testing.T) {
	w := newWorld(t)
	doc := w.formatted(t, itms.Event{At: time.Now(), Type: "serviceOrder.deleted", Data: map[string]string{"serviceOrder": "gone", "state": "cancelled"}}, "")
	order := doc["event"].(object)["serviceOrder"].(object)
	if order["id"] != "gone" || order["state"] != "cancelled" || order["href"] != "https://itms.example.com/tmf-api/serviceOrdering/v4/serviceOrder/gone" {
		t.Errorf("told is %v", order)
	}
}
