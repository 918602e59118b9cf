package workorder

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"itms"
)

// Limits of a service order. All of it is placed by one transaction.
const (
	maxItems    = 50        // a household's services and what is done to them, several times over
	maxItemName = 128       // of an item, or the sender's number of an order: UUIDs have 36 characters
	maxDocument = 512 << 10 // 50 items with the descriptions that senders put beside them
)

// itemWish is one validated item of a service order.
type itemWish struct {
	at    int // its place in the request
	item  itms.ServiceOrderItemRequest
	in    *intake // of item.Want
	after []string
}

// serviceIntake validates the request of a service order and gathers every wrong field.
type serviceIntake struct {
	policy *Policy
	source string
	fields []itms.FieldError
	wishes []*itemWish
}

// wrong notes one wrong field.
func (in *serviceIntake) wrong(pointer, format string, args ...any) {
	in.fields = append(in.fields, itms.FieldError{Pointer: pointer, Text: fmt.Sprintf(format, args...)})
}

// verdict is the error of all wrong fields, nil when there are none.
func (in *serviceIntake) verdict() error {
	if len(in.fields) == 0 {
		return nil
	}
	return &itms.Error{Kind: itms.KindInvalid, Code: itms.CodeInvalid,
		Text: fmt.Sprintf("the service order has %d wrong field(s)", len(in.fields)), Fields: in.fields}
}

// name checks an identifier of the sender's.
func (in *serviceIntake) name(pointer, s string) {
	if err := itms.CheckKey(pointer, s); err != nil {
		var e *itms.Error
		if errors.As(err, &e) {
			in.fields = append(in.fields, e.Fields...)
		}
		return
	}
	if len(s) > maxItemName {
		in.wrong(pointer, "is longer than %d bytes", maxItemName)
	}
}

// readServiceOrder validates a request; its wishes come in the order in which they may be
// carried out.
func (e *Engine) readServiceOrder(req *itms.ServiceOrderRequest) (*serviceIntake, error) {
	in := &serviceIntake{policy: &e.policy, source: req.Source}
	in.text("/source", req.Source)
	if req.ExternalID != "" {
		in.name("/externalId", req.ExternalID)
	}
	in.checkDocument(req.Document)
	if !req.RequestedStart.IsZero() && !req.RequestedCompletion.IsZero() && req.RequestedCompletion.Before(req.RequestedStart) {
		in.wrong("/requestedCompletion", "is before requestedStart")
	}
	if n := len(req.Items); n == 0 || n > maxItems {
		in.wrong("/items", "expected 1 to %d items", maxItems)
		return nil, in.verdict()
	}
	for i := range req.Items {
		in.readItem(i, req.Items[i])
	}
	in.checkNames()
	in.sort()
	return in, in.verdict()
}

// text checks a free text as a work order's is checked.
func (in *serviceIntake) text(pointer, s string) {
	t := &intake{}
	t.text(pointer, s, maxValue)
	in.fields = append(in.fields, t.fields...)
}

// checkDocument checks what a sender's document is stored as.
func (in *serviceIntake) checkDocument(doc json.RawMessage) {
	switch {
	case len(doc) == 0:
	case len(doc) > maxDocument:
		in.wrong("/document", "is larger than %d bytes", maxDocument)
	case !json.Valid(doc) || !bytes.HasPrefix(bytes.TrimSpace(doc), []byte("{")):
		in.wrong("/document", "expected a JSON object")
	}
}

// itemActions are the actions there are.
var itemActions = []itms.ItemAction{itms.ActionAdd, itms.ActionModify, itms.ActionDelete, itms.ActionNoChange}

// actionStates are the states that an item of an action may ask for; "" always.
var actionStates = map[itms.ItemAction][]itms.ServiceState{
	itms.ActionAdd:    {itms.ServiceActive, itms.ServiceSuspended},
	itms.ActionModify: {itms.ServiceActive, itms.ServiceSuspended, itms.ServiceTerminated},
	itms.ActionDelete: {itms.ServiceTerminated},
}

// readItem validates one item.
func (in *serviceIntake) readItem(at int, item itms.ServiceOrderItemRequest) {
	pointer := fmt.Sprintf("/items/%d", at)
	in.name(pointer+"/id", item.ID)
	if !slices.Contains(itemActions, item.Action) {
		in.wrong(pointer+"/action", "expected one of %s", join(itemActions))
	} else if item.State != "" && !slices.Contains(actionStates[item.Action], item.State) {
		in.wrong(pointer+"/state", "a service that is to %s cannot become %s", item.Action, item.State)
	}
	want := item.Want
	want.Source, want.OrderNo, want.Seq = in.source, "", 0
	want.Attributes = copyAttributes(want.Attributes)
	w := &itemWish{at: at, item: item, in: &intake{req: &want, policy: in.policy}, after: slices.Compact(slices.Sorted(slices.Values(item.After)))}
	w.item.Want = itms.OrderRequest{} // in.req holds it
	w.check()
	for _, f := range w.in.fields {
		in.fields = append(in.fields, itms.FieldError{Pointer: pointer + f.Pointer, Text: f.Text})
	}
	in.wishes = append(in.wishes, w)
}

// check validates what the item wants, as a work order of its kind would be.
func (w *itemWish) check() {
	in := w.in
	in.checkFields()
	switch w.item.Action {
	case itms.ActionAdd:
		in.req.Kind = itms.KindInstall
		if in.req.Mode == "" {
			in.req.Mode = w.fitter()
		}
		in.checkKind()
	case itms.ActionModify, itms.ActionDelete, itms.ActionNoChange:
		in.checkNamed()
		if in.req.Mode == "" {
			in.req.Mode = itms.ModeSelf
		} else if !slices.Contains(bothModes, in.req.Mode) {
			in.wrong("/mode", "expected one of %s", join(bothModes))
		}
		if in.namesDevice() && in.claim == in.old {
			in.wrong("/device", "is the device to be replaced")
		}
	}
}

// fitter is who fits the device of an item that does not say: the customer, when the
// device is known.
func (w *itemWish) fitter() itms.OrderMode {
	if w.in.namesDevice() || w.in.req.Registration.LOID != "" {
		return itms.ModeSelf
	}
	return itms.ModeTechnician
}

// checkNames checks that ids are unique and relations lead to items.
func (in *serviceIntake) checkNames() {
	at := map[string]int{}
	for _, w := range in.wishes {
		if _, taken := at[w.item.ID]; taken {
			in.wrong(fmt.Sprintf("/items/%d/id", w.at), "is the id of another item too")
		}
		at[w.item.ID] = w.at
	}
	for _, w := range in.wishes {
		for i, id := range w.item.After {
			if other, known := at[id]; !known {
				in.wrong(fmt.Sprintf("/items/%d/after/%d", w.at, i), "names no item of this order")
			} else if other == w.at {
				in.wrong(fmt.Sprintf("/items/%d/after/%d", w.at, i), "is the item itself")
			}
		}
	}
}

// sort brings the wishes into an order in which each comes behind those that it waits for,
// and refuses those that wait for each other.
func (in *serviceIntake) sort() {
	if len(in.fields) > 0 {
		return
	}
	relations := map[string][]string{}
	var ids []string
	for _, w := range in.wishes {
		ids, relations[w.item.ID] = append(ids, w.item.ID), w.after
	}
	order, circle := inOrder(ids, relations)
	for _, w := range in.wishes {
		if slices.Contains(circle, w.item.ID) {
			in.wrong(fmt.Sprintf("/items/%d/after", w.at), "items wait for each other: %s", strings.Join(circle, ", "))
		}
	}
	slices.SortFunc(in.wishes, func(a, b *itemWish) int {
		return slices.Index(order, a.item.ID) - slices.Index(order, b.item.ID)
	})
}

// inOrder sorts ids so that each comes behind what it is after, those that came first
// first; circle are those that cannot be sorted.
func inOrder(ids []string, after map[string][]string) (order, circle []string) {
	circle = slices.Clone(ids)
	for {
		next := slices.IndexFunc(circle, func(id string) bool {
			return !slices.ContainsFunc(after[id], func(other string) bool { return !slices.Contains(order, other) })
		})
		if next < 0 {
			return order, circle
		}
		order, circle = append(order, circle[next]), slices.Delete(circle, next, next+1)
	}
}

// content is the canonical text of what was sent, secrets included, for fingerprinting.
func (in *serviceIntake) content(req *itms.ServiceOrderRequest) (string, error) {
	doc, err := canonical(req.Document)
	if err != nil {
		return "", err
	}
	parts := []any{in.source, req.RequestedStart.UTC(), req.RequestedCompletion.UTC(), doc}
	byPlace := slices.SortedFunc(slices.Values(in.wishes), func(a, b *itemWish) int { return a.at - b.at })
	for _, w := range byPlace {
		want, err := w.in.content()
		if err != nil {
			return "", err
		}
		parts = append(parts, w.item.ID, w.item.Action, w.item.State, w.after, want)
	}
	text, err := json.Marshal(parts)
	return string(text), err
}

// canonical writes a JSON document so that the order of members and white space are of no
// account.
func canonical(doc json.RawMessage) (json.RawMessage, error) {
	if len(doc) == 0 {
		return json.RawMessage("{}"), nil
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, itms.Invalid("/document", "expected a JSON object")
	}
	return json.Marshal(v)
}
