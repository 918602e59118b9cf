package tmf

import (
	"cmp"
	"net/http"

	"github.com/go-chi/chi/v5"

	"itms"
)

// taskStates are the standard's words for where a cancellation stands (TaskStateType).
var taskStates = map[itms.ServiceOrderState]string{
	itms.ServiceOrderAcknowledged: "accepted", itms.ServiceOrderInProgress: "inProgress",
	itms.ServiceOrderCompleted: "done", itms.ServiceOrderFailed: "terminatedWithError", itms.ServiceOrderRejected: "terminatedWithError",
}

// cancellation is one as it is shown.
func (rn renderer) cancellation(o *itms.ServiceOrder, c *itms.Cancellation) (object, error) {
	doc, err := decodeStored(c.Document)
	if err != nil {
		return nil, err
	}
	doc["id"], doc["href"] = c.ID, rn.href(OrderingBase, "cancelServiceOrder", c.ID)
	doc["state"] = cmp.Or(taskStates[c.State], "inProgress")
	fillText(doc, "cancellationReason", c.Reason)
	fillText(doc, "requestedCancellationDate", timeText(c.RequestedAt))
	fillText(doc, "@type", "CancelServiceOrder")
	if !c.EffectiveAt.IsZero() {
		doc["effectiveCancellationDate"] = timeText(c.EffectiveAt)
	}
	ref, _ := doc["serviceOrder"].(object)
	if ref == nil {
		ref = object{}
	}
	ref["id"], ref["href"] = string(o.ID), rn.href(OrderingBase, "serviceOrder", string(o.ID))
	fillText(ref, "@referredType", "ServiceOrder")
	doc["serviceOrder"] = ref
	if c.Text == "" {
		return doc, nil
	}
	if doc["state"] == "terminatedWithError" {
		doc["errorMessage"] = object{"code": itms.CodeOrderState, "reason": "the order cannot be withdrawn", "message": c.Text, "@type": "ErrorMessage"}
	} else {
		doc["completionMessage"] = c.Text
	}
	return doc, nil
}

// createCancel asks that an order be withdrawn: POST /cancelServiceOrder.
func (d *Door) createCancel(w http.ResponseWriter, r *http.Request) error {
	doc, err := readDocument(r)
	if err != nil {
		return err
	}
	rd := d.reader(r.Context())
	if err := rd.shape("CancelServiceOrder_Create", doc); err != nil {
		return err
	}
	for _, name := range []string{"id", "href", "state", "effectiveCancellationDate", "errorMessage", "completionMessage"} {
		delete(doc, name)
	}
	ref, _ := doc["serviceOrder"].(object)
	o, err := d.order(r.Context(), text(ref["id"]))
	if itms.IsKind(err, itms.KindNotFound) {
		return wrongFields([]itms.FieldError{{Pointer: "serviceOrder.id", Text: "there is no such order"}})
	}
	if err != nil {
		return err
	}
	raw, err := stored(doc)
	if err != nil {
		return err
	}
	o, c, err := d.opts.Orders.CancelServiceOrder(r.Context(), rd.source, o.ID, itms.Cancellation{Reason: text(doc["cancellationReason"]), Document: raw})
	if err != nil {
		return err
	}
	act(r.Context(), c.ID)
	shown, err := d.shown.cancellation(o, c)
	if err != nil {
		return err
	}
	w.Header().Set("Location", text(shown["href"]))
	return write(w, http.StatusCreated, shown)
}

// getCancel shows one: GET /cancelServiceOrder/{id}.
func (d *Door) getCancel(w http.ResponseWriter, r *http.Request) error {
	q, err := d.query(r, orderingBook(), "CancelServiceOrder")
	if err != nil {
		return err
	}
	id := chi.URLParam(r, "id")
	missing := itms.NotFound("cancellation", clip(id))
	of, ok := itms.ServiceOrderOfCancellation(id)
	if !ok {
		return missing
	}
	o, err := d.order(r.Context(), string(of))
	if err != nil {
		return err
	}
	for i := range o.Cancellations {
		if c := &o.Cancellations[i]; c.ID == id {
			doc, err := d.shown.cancellation(o, c)
			if err != nil {
				return err
			}
			return write(w, http.StatusOK, q.fields.pick(doc))
		}
	}
	return missing
}

// listCancels lists them, those of the newest orders first: GET /cancelServiceOrder.
func (d *Door) listCancels(w http.ResponseWriter, r *http.Request) error {
	q, err := d.query(r, orderingBook(), "CancelServiceOrder")
	if err != nil {
		return err
	}
	var page listed
	err = d.scoped.View(r.Context(), func(tx itms.Tx) error {
		page = listed{}
		return page.partly(eachOrder(tx, itms.ServiceOrderQuery{}, func(o *itms.ServiceOrder) error {
			for i := len(o.Cancellations) - 1; i >= 0; i-- {
				doc, err := d.shown.cancellation(o, &o.Cancellations[i])
				if err != nil {
					return err
				}
				page.add(q, doc)
			}
			return nil
		}))
	})
	if err != nil {
		return err
	}
	return page.write(w, r, q)
}
