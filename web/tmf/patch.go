package tmf

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"itms"
	"itms/web/api"
)

// patchable lists the attributes that may be changed (ServiceOrder_Update).
var patchable = sync.OnceValue(func() []string { return slices.Sorted(maps.Keys(orderingBook()["ServiceOrder_Update"].Properties)) })

// patchOrder changes an order by a merge patch (RFC 7396): PATCH /serviceOrder/{id}.
func (d *Door) patchOrder(w http.ResponseWriter, r *http.Request) error {
	patch, err := readDocument(r)
	if err != nil {
		return err
	}
	o, err := d.order(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	now, err := d.shown.order(o)
	if err != nil {
		return err
	}
	if o, err = d.amend(r.Context(), o, now, patch); err != nil {
		return err
	}
	shown, err := d.shown.order(o)
	if err != nil {
		return err
	}
	withCodes(shown, o.Codes)
	return write(w, http.StatusOK, shown)
}

// amend carries a patch out.
func (d *Door) amend(ctx context.Context, o *itms.ServiceOrder, now, patch object) (*itms.ServiceOrder, error) {
	rd := d.reader(ctx)
	if err := rd.patchShape(now, patch); err != nil {
		return nil, err
	}
	if text(patch["state"]) == string(itms.ServiceOrderCancelled) && !rd.strict {
		return d.cancelByPatch(ctx, o, patch)
	}
	change, where, err := rd.patch(o, now, patch)
	if err != nil {
		return nil, err
	}
	for i := range change.Items {
		if err := api.MayOrder(ctx, d.opts.Store, &change.Items[i].Want); err != nil {
			return nil, err
		}
	}
	o, err = d.opts.Orders.AmendServiceOrder(ctx, rd.source, o.ID, change)
	return o, retold(err, func(pointer string) string { return pathOf(pointer, where) })
}

// cancelByPatch is how senders withdraw an order that do not know cancelServiceOrder.
func (d *Door) cancelByPatch(ctx context.Context, o *itms.ServiceOrder, patch object) (*itms.ServiceOrder, error) {
	raw, err := stored(object{"cancellationReason": text(patch["cancellationReason"])})
	if err != nil {
		return nil, err
	}
	o, c, err := d.opts.Orders.CancelServiceOrder(ctx, itms.CallerOf(ctx).Actor, o.ID, itms.Cancellation{Reason: text(patch["cancellationReason"]), Document: raw})
	if err == nil && c.State == itms.ServiceOrderFailed {
		err = itms.Errorf(itms.KindConflict, itms.CodeOrderState, "the order cannot be cancelled: %s", c.Text)
	}
	return o, err
}

// patchShape refuses what may not be changed. A lenient sender may repeat what is there, a
// strict one the type of the resource.
func (rd *reader) patchShape(now, patch object) error {
	var fields []itms.FieldError
	for _, name := range slices.Sorted(maps.Keys(patch)) {
		if slices.Contains(patchable(), name) {
			continue
		}
		repeats := same(now[name], patch[name]) && (!rd.strict || strings.HasPrefix(name, "@"))
		switch {
		case repeats:
			delete(patch, name)
		case !rd.strict && name == "cancellationReason": // beside state, see cancelByPatch
		case !rd.strict && orderingBook()["ServiceOrder"].Properties[name] == nil && oldNames["ServiceOrder_Update"][name] != "":
		default:
			fields = append(fields, itms.FieldError{Pointer: name, Text: "may not be changed"})
		}
	}
	if err := wrongFields(fields); err != nil {
		return err
	}
	if !rd.strict {
		normalizer{orderingBook()}.document("ServiceOrder_Update", patch)
		sayTheRest(things(now["serviceOrderItem"]), things(patch["serviceOrderItem"]))
	}
	return wrongFields(orderingBook().inspect("ServiceOrder_Update", patch, rd.strict))
}

// sayTheRest adds to items of a patch what the standard wants of an item and many leave
// out where nothing of it changes.
func sayTheRest(now, patch []object) {
	for _, item := range patch {
		for _, known := range now {
			if text(known["id"]) == text(item["id"]) {
				fillText(item, "action", text(known["action"]))
				if item["service"] == nil {
					item["service"] = object{}
				}
			}
		}
	}
}

// same compares two values as JSON.
func same(a, b any) bool { return reflect.DeepEqual(plainJSON(a), plainJSON(b)) }

// plainJSON is a value as it is read from JSON.
func plainJSON(v any) (plain any) {
	raw, err := json.Marshal(v)
	if err != nil || json.Unmarshal(raw, &plain) != nil {
		return v
	}
	return plain
}

// patch is what a patch changes, and where its items were read.
func (rd *reader) patch(o *itms.ServiceOrder, now, patch object) (change itms.ServiceOrderPatch, where []map[string]string, err error) {
	change.State, err = stateOfPatch(now, patch)
	if err != nil {
		return change, nil, err
	}
	delete(patch, "state")
	delete(patch, "cancellationReason")
	change.RequestedStart, change.RequestedCompletion = patchTime(patch, "requestedStartDate"), patchTime(patch, "requestedCompletionDate")
	doc, err := decodeStored(o.Document)
	if err != nil {
		return change, nil, err
	}
	if items, ok := patch["serviceOrderItem"]; ok {
		if change.Items, where, err = rd.patchItems(doc, things(items)); err != nil {
			return change, nil, err
		}
		delete(patch, "serviceOrderItem")
	}
	merge(doc, patch)
	change.Document, err = stored(doc)
	return change, where, err
}

// stateOfPatch is the state that a sender asks for: on hold, or no more so.
func stateOfPatch(now, patch object) (itms.ServiceOrderState, error) {
	state := itms.ServiceOrderState(text(patch["state"]))
	switch {
	case patch["state"] == nil, string(state) == text(now["state"]):
		return "", nil
	case state == itms.ServiceOrderHeld, state == itms.ServiceOrderAcknowledged:
		return state, nil
	}
	return "", wrongFields([]itms.FieldError{{Pointer: "state", Text: "expected held, or acknowledged to go on; to withdraw an order see cancelServiceOrder"}})
}

// patchTime is a time that a patch sets, the zero time when it takes it away.
func patchTime(patch object, name string) *time.Time {
	v, ok := patch[name]
	if !ok {
		return nil
	}
	t, _ := readTime(text(v))
	return &t
}

// patchItems merges items by their id and returns those that changed. doc is changed too.
func (rd *reader) patchItems(doc object, items []object) (changed []itms.ServiceOrderItemRequest, where []map[string]string, err error) {
	byID := map[string]object{}
	for _, item := range things(doc["serviceOrderItem"]) {
		byID[text(item["id"])] = item
	}
	var fields []itms.FieldError
	for i, item := range items {
		in := rd.itemReader(i)
		old := byID[text(item["id"])]
		if old == nil {
			in.wrong(in.at+".id", "the order has no such item; items cannot be added")
			fields = append(fields, in.fields...)
			continue
		}
		before := clone(old).(object)
		merge(old, item)
		forgetStands(old)
		if same(masked(old), before) && !newSecret(item) {
			continue
		}
		in.askAgain(old)
		read := in.read(doc, old)
		fields = append(fields, in.fields...)
		changed, where = append(changed, read), append(where, in.where)
	}
	return changed, where, wrongFields(fields)
}

// askAgain notes secrets that a changed item no longer tells: it is placed anew, and what
// was told before is sealed.
func (in *itemReader) askAgain(item object) {
	service, _ := item["service"].(object)
	for _, c := range things(service["serviceCharacteristic"]) {
		if name := text(c["name"]); slots[plainWord(name)].secret && text(c["value"]) == mask {
			in.wrong(in.at+".service.serviceCharacteristic[name="+name+"]", "must be told again when the item changes")
		}
	}
}

// forgetStands takes off an item what only this system says of it.
func forgetStands(item object) {
	delete(item, "state")
	delete(item, "errorMessage")
	service, _ := item["service"].(object)
	delete(service, "href")
	if item["@type"] == "ServiceOrderItem" {
		delete(item, "@type")
	}
	if service["@type"] == "Service" {
		delete(service, "@type")
	}
}

// masked is a copy without secrets.
func masked(o object) object {
	kept := clone(o).(object)
	forget(kept)
	return kept
}

// newSecret reports whether an item tells a secret anew.
func newSecret(item object) bool { return !same(item, masked(item)) }

// merge applies a merge patch (RFC 7396 §2).
func merge(into, patch object) {
	for name, v := range patch {
		switch sub, ok := v.(object); {
		case v == nil:
			delete(into, name)
		case ok:
			target, is := into[name].(object)
			if !is {
				target = object{}
			}
			merge(target, sub)
			into[name] = target
		default:
			into[name] = v
		}
	}
}
