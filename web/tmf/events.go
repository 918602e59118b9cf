package tmf

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"itms"
)

// eventKind is how an event of the journal is told by the standard.
type eventKind struct {
	name   string // the standard's eventType
	title  string
	cancel bool // it is about a cancellation
	path   string
}

// eventKinds are the events of TMF641 4.1, by the types of the journal.
var eventKinds = map[string]eventKind{
	"serviceOrder.created":             {name: "ServiceOrderCreateEvent", title: "Service order created"},
	"serviceOrder.stateChanged":        {name: "ServiceOrderStateChangeEvent", title: "Service order state changed"},
	"serviceOrder.attributeChanged":    {name: "ServiceOrderAttributeValueChangeEvent", title: "Service order changed"},
	"serviceOrder.deleted":             {name: "ServiceOrderDeleteEvent", title: "Service order deleted"},
	"serviceOrder.informationRequired": {name: "ServiceOrderInformationRequiredEvent", title: "Service order needs information", path: "serviceOrderItem"},
	"serviceOrder.milestone":           {name: "ServiceOrderMilestoneEvent", title: "Service order milestone"},
	"serviceOrder.jeopardy":            {name: "ServiceOrderJeopardyEvent", title: "Service order in jeopardy"},
	"serviceOrder.cancelCreated":       {name: "CancelServiceOrderCreateEvent", title: "Cancellation created", cancel: true},
	"serviceOrder.cancelStateChanged":  {name: "CancelServiceOrderStateChangeEvent", title: "Cancellation state changed", cancel: true},
}

// Events renders events for the listeners of TMF641. It meets workorder.Formatter.
type Events struct{ shown renderer }

// NewEvents makes one; publicURL is as in Options.
func NewEvents(publicURL string) Events {
	return Events{renderer{strings.TrimSuffix(publicURL, "/")}}
}

// parseHubQuery reads the query of a hub: conditions on the event, and no paging.
func parseHubQuery(raw string) (*query, error) {
	q, err := parseQuery(strings.TrimPrefix(strings.TrimSpace(raw), "?"))
	if e, ok := asDomain(err); ok {
		return nil, retold(e, func(string) string { return "query" })
	}
	return q, err
}

// Format returns the notification of an event: nil when it is none of service orders, or
// none that the subscriber's query selects. What it shows of the order is how it stands
// now, but for the states, which are those of the moment of the event.
func (e Events) Format(tx itms.Tx, s *itms.Subscription, ev *itms.Event, id string) ([]byte, error) {
	kind, ok := eventKinds[ev.Type]
	if !ok {
		return nil, nil
	}
	q, err := parseHubQuery(s.Query)
	if err != nil {
		return nil, err
	}
	if !q.mayWant(kind) {
		return nil, nil
	}
	resource, err := e.resource(tx, kind, ev)
	if err != nil {
		return nil, err
	}
	doc := e.envelope(kind, ev, id, resource)
	if !q.wants(doc) {
		return nil, nil
	}
	body, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("write a notification: %w", err)
	}
	return body, nil
}

// envelope is the notification around a resource. timeOcurred is spelled as the standard
// spells it.
func (e Events) envelope(kind eventKind, ev *itms.Event, id string, resource object) object {
	at := timeText(ev.At)
	doc := object{"eventId": id, "eventType": kind.name, "eventTime": at, "timeOcurred": at, "title": kind.title,
		"domain": "serviceOrdering", "priority": "normal", "event": object{kind.member(): resource}}
	fillText(doc, "correlationId", text(resource["externalId"]))
	fillText(doc, "description", ev.Text)
	switch {
	case kind.path != "" && ev.Data["item"] != "":
		doc["fieldPath"] = kind.path + "[id=" + ev.Data["item"] + "]"
	case kind.path != "":
		doc["fieldPath"] = kind.path
	}
	if ev.Alarm || strings.HasSuffix(ev.Type, ".jeopardy") {
		doc["priority"] = "high"
	}
	return doc
}

// member is the name of the resource in the event.
func (k eventKind) member() string {
	if k.cancel {
		return "cancelServiceOrder"
	}
	return "serviceOrder"
}

// resource is what the event is about. Of an order that is there no more its id is left.
func (e Events) resource(tx itms.Tx, kind eventKind, ev *itms.Event) (object, error) {
	o, err := tx.ServiceOrders().Get(itms.ServiceOrderID(ev.Data["serviceOrder"]))
	switch {
	case itms.IsKind(err, itms.KindNotFound):
		return e.gone(kind, ev), nil
	case err != nil:
		return nil, err
	case kind.cancel:
		return e.cancellation(o, kind, ev)
	}
	doc, err := e.shown.order(o)
	if err == nil {
		asIn(doc, ev.Data)
	}
	return doc, err
}

// gone is what is known of an order that is there no more.
func (e Events) gone(kind eventKind, ev *itms.Event) object {
	id := ev.Data["serviceOrder"]
	doc := object{"id": id, "href": e.shown.href(OrderingBase, "serviceOrder", id), "@type": "ServiceOrder"}
	fillText(doc, "state", ev.Data["state"])
	fillText(doc, "externalId", ev.Data["externalId"])
	if !kind.cancel {
		return doc
	}
	return object{"id": ev.Data["cancellation"], "href": e.shown.href(OrderingBase, "cancelServiceOrder", ev.Data["cancellation"]),
		"@type": "CancelServiceOrder", "serviceOrder": object{"id": id, "href": doc["href"]}}
}

// cancellation is the one that the event is about, in the state of that moment.
func (e Events) cancellation(o *itms.ServiceOrder, kind eventKind, ev *itms.Event) (object, error) {
	for i := range o.Cancellations {
		if c := &o.Cancellations[i]; c.ID == ev.Data["cancellation"] {
			doc, err := e.shown.cancellation(o, c)
			if err != nil {
				return nil, err
			}
			if state := taskStates[itms.ServiceOrderState(ev.Data["cancelState"])]; state != "" {
				doc["state"] = state
			}
			return doc, nil
		}
	}
	return e.gone(kind, ev), nil
}

// mayWant reports whether a query can select events of a kind at all, so that nothing need
// be read for those that it does not.
func (q *query) mayWant(kind eventKind) bool {
	for _, c := range q.conditions {
		if len(c.path) == 1 && c.path[0] == "eventType" && c.op == "eq" &&
			!slices.ContainsFunc(c.values, func(v string) bool { return strings.EqualFold(v, kind.name) }) {
			return false
		}
	}
	return true
}

// wants reports whether a query selects a notification. Its paths begin at the
// notification, at the resource's name, or in the resource: "event.serviceOrder.state",
// "serviceOrder.state" and "state" are the same.
func (q *query) wants(doc object) bool {
	event, _ := doc["event"].(object)
	for _, c := range q.conditions {
		met := c.match(doc, c.path) || c.match(event, c.path)
		for _, resource := range event {
			met = met || c.match(resource, c.path)
		}
		if !met {
			return false
		}
	}
	return true
}
