package tmf

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"
	"time"

	"itms"
)

// renderer writes what is stored as documents of the standard.
type renderer struct{ public string } // how others reach this system, without a final slash

// Bases of the APIs.
const (
	OrderingBase  = "/tmf-api/serviceOrdering/v4"
	ServicesBase  = "/tmf-api/serviceInventory/v4"
	ResourcesBase = "/tmf-api/resourceInventory/v4"
	// ResourcesLongBase is the path that the standard's own description has for the same.
	ResourcesLongBase = "/tmf-api/resourceInventoryManagement/v4"
	ActivationBase    = "/tmf-api/ServiceActivationAndConfiguration/v4"
)

// href is the address of a resource.
func (rn renderer) href(base, collection, id string) string {
	return rn.public + base + "/" + collection + "/" + url.PathEscape(id)
}

// order is a service order as it is shown: what was sent, and what is known of it now.
func (rn renderer) order(o *itms.ServiceOrder) (object, error) {
	doc, err := decodeStored(o.Document)
	if err != nil {
		return nil, err
	}
	doc["id"], doc["href"] = string(o.ID), rn.href(OrderingBase, "serviceOrder", string(o.ID))
	doc["state"] = string(o.State)
	doc["orderDate"], doc["startDate"] = timeText(o.CreatedAt), timeText(started(o))
	fillText(doc, "@type", "ServiceOrder")
	fillText(doc, "externalId", o.ExternalID)
	for name, t := range map[string]time.Time{"completionDate": o.CompletedAt, "expectedCompletionDate": o.ExpectedCompletion,
		"requestedStartDate": o.RequestedStart, "requestedCompletionDate": o.RequestedCompletion} {
		if !t.IsZero() {
			doc[name] = timeText(t)
		}
	}
	rn.items(doc, o)
	rn.cancelled(doc, o)
	setList(doc, "milestone", milestones(o))
	setList(doc, "jeopardyAlert", jeopardies(o))
	setList(doc, "errorMessage", orderErrors(o))
	return doc, nil
}

// started is when work on an order began, or is to begin.
func started(o *itms.ServiceOrder) time.Time {
	switch {
	case !o.StartedAt.IsZero():
		return o.StartedAt
	case o.RequestedStart.After(o.CreatedAt):
		return o.RequestedStart
	}
	return o.CreatedAt
}

// fillText sets what is not there.
func fillText(doc object, name, value string) {
	if doc[name] == nil && value != "" {
		doc[name] = value
	}
}

// setList sets a list; an empty one is left out.
func setList(doc object, name string, list []any) {
	if delete(doc, name); len(list) > 0 {
		doc[name] = list
	}
}

// items adds to each item where it stands.
func (rn renderer) items(doc object, o *itms.ServiceOrder) {
	stands := map[string]*itms.ServiceOrderItem{}
	for i := range o.Items {
		stands[o.Items[i].ID] = &o.Items[i]
	}
	for _, item := range things(doc["serviceOrderItem"]) {
		it := stands[text(item["id"])]
		if it == nil {
			continue
		}
		item["state"] = string(it.State)
		fillText(item, "@type", "ServiceOrderItem")
		service, ok := item["service"].(object)
		if !ok {
			service = object{}
			item["service"] = service
		}
		if it.Service != "" {
			service["id"] = string(it.Service)
			service["href"] = rn.href(ServicesBase, "service", string(it.Service))
		}
		fillText(service, "@type", "Service")
		setList(item, "errorMessage", itemErrors(o, it))
	}
}

// cancelled adds when and why an order was cancelled.
func (rn renderer) cancelled(doc object, o *itms.ServiceOrder) {
	for _, c := range o.Cancellations {
		if c.State == itms.ServiceOrderCompleted {
			doc["cancellationDate"] = timeText(cmp.Or(c.EffectiveAt, c.RequestedAt))
			if c.Reason != "" {
				doc["cancellationReason"] = c.Reason
			}
		}
	}
}

// itemRef refers to an item of the same order.
func itemRef(o *itms.ServiceOrder, item string) []any {
	return []any{object{"itemId": item, "serviceOrderId": string(o.ID), "@referredType": "ServiceOrderItem"}}
}

// milestones are the steps that were reached.
func milestones(o *itms.ServiceOrder) (list []any) {
	for i, m := range o.Milestones {
		one := object{"id": strconv.Itoa(i + 1), "name": string(m.Name), "milestoneDate": timeText(m.At), "status": "completed", "@type": "ServiceOrderMilestone"}
		fillText(one, "message", m.Text)
		if m.Item != "" {
			one["serviceOrderItem"] = itemRef(o, m.Item)
		}
		list = append(list, one)
	}
	return list
}

// jeopardies are the alerts that the order may not end as it was asked for.
func jeopardies(o *itms.ServiceOrder) (list []any) {
	for _, j := range o.Jeopardies {
		one := object{"id": j.ID, "alertDate": timeText(j.At), "message": j.Text, "jeopardyType": "Possible", "@type": "ServiceOrderJeopardyAlert"}
		fillText(one, "name", string(j.Trouble))
		fillText(one, "exception", string(j.Trouble))
		if j.Item != "" {
			one["serviceOrderItem"] = itemRef(o, j.Item)
		}
		list = append(list, one)
	}
	return list
}

// bad reports whether an item ended otherwise than it should.
func bad(it *itms.ServiceOrderItem) bool {
	return it.State == itms.ServiceOrderFailed || it.State == itms.ServiceOrderRejected
}

// itemErrors says how an item failed.
func itemErrors(o *itms.ServiceOrder, it *itms.ServiceOrderItem) []any {
	if !bad(it) {
		return nil
	}
	one := errorOf(o, it)
	one["@type"] = "ServiceOrderItemErrorMessage"
	return []any{one}
}

// orderErrors says the same at the order.
func orderErrors(o *itms.ServiceOrder) (list []any) {
	for i := range o.Items {
		if it := &o.Items[i]; bad(it) {
			one := errorOf(o, it)
			one["@type"], one["serviceOrderItem"] = "ServiceOrderErrorMessage", itemRef(o, it.ID)
			list = append(list, one)
		}
	}
	return list
}

// errorOf is how an item failed.
func errorOf(o *itms.ServiceOrder, it *itms.ServiceOrderItem) object {
	at := o.UpdatedAt
	if !o.CompletedAt.IsZero() {
		at = o.CompletedAt
	}
	code := cmp.Or(string(it.Trouble), strings.ToUpper(string(it.State)))
	return object{"code": code, "reason": cmp.Or(it.Reason, string(it.State)), "message": cmp.Or(it.Reason, string(it.State)),
		"status": string(it.State), "timestamp": timeText(at)}
}

// codeCharacteristic is the characteristic that tells an activation code, once.
const codeCharacteristic = "activationCode"

// withCodes adds the activation codes to an order that was just placed.
func withCodes(doc object, codes map[string]itms.CodeDigits) {
	for _, item := range things(doc["serviceOrderItem"]) {
		code, ok := codes[text(item["id"])]
		service, is := item["service"].(object)
		if !ok || !is {
			continue
		}
		list, _ := service["serviceCharacteristic"].([]any)
		service["serviceCharacteristic"] = append(list, object{"name": codeCharacteristic, "valueType": "string", "value": code.Reveal()})
	}
}

// asIn shows an order as an event found it: state and states of items may have moved on.
func asIn(doc object, data map[string]string) {
	if state := data["state"]; state != "" {
		doc["state"] = state
	}
	states := map[string]string{}
	for _, pair := range strings.Fields(data["items"]) {
		id, state, _ := strings.Cut(pair, "=")
		if name, err := url.PathUnescape(id); err == nil {
			states[name] = state
		}
	}
	for _, item := range things(doc["serviceOrderItem"]) {
		if state := states[text(item["id"])]; state != "" {
			item["state"] = state
		}
	}
}
