package tmf

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"itms"
)

// subscription is one as it is shown.
func (rn renderer) subscription(s *itms.Subscription) object {
	doc := object{"id": string(s.ID), "callback": s.Target}
	fillText(doc, "query", s.Query)
	return doc
}

// createHub subscribes the caller to events: POST /hub.
func (d *Door) createHub(w http.ResponseWriter, r *http.Request) error {
	doc, err := readDocument(r)
	if err != nil {
		return err
	}
	if err := d.reader(r.Context()).shape("EventSubscriptionInput", doc); err != nil {
		return err
	}
	query := text(doc["query"])
	if _, err := parseHubQuery(query); err != nil {
		return err
	}
	caller := itms.CallerOf(r.Context())
	s, _, err := d.opts.Subscriptions.Subscribe(r.Context(), caller.Actor, itms.SubscriptionRequest{Name: "TMF641 " + caller.Actor,
		Target: text(doc["callback"]), Format: itms.FormatTMF641, Types: []string{"serviceOrder.*"}, Areas: caller.Areas, Query: query, Unsigned: true})
	if err != nil {
		return retold(err, hubPath)
	}
	act(r.Context(), string(s.ID))
	w.Header().Set("Location", d.shown.href(OrderingBase, "hub", string(s.ID)))
	return write(w, http.StatusCreated, d.shown.subscription(s))
}

// hubPath is the path of a field of a subscription.
func hubPath(pointer string) string {
	if pointer == "/target" {
		return "callback"
	}
	return pointer[1:]
}

// hub reads a subscription of the caller.
func (d *Door) hub(r *http.Request) (s *itms.Subscription, err error) {
	id := chi.URLParam(r, "id")
	missing := itms.NotFound("subscription", clip(id))
	if itms.CheckKey("", id) != nil {
		return nil, missing
	}
	err = d.scoped.View(r.Context(), func(tx itms.Tx) error {
		s, err = tx.Subscriptions().Get(itms.SubscriptionID(id))
		return err
	})
	if err == nil && (s.Format != itms.FormatTMF641 || s.Owner != itms.CallerOf(r.Context()).Actor) {
		return nil, missing
	}
	return s, err
}

// getHub shows one: GET /hub/{id}.
func (d *Door) getHub(w http.ResponseWriter, r *http.Request) error {
	s, err := d.hub(r)
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, d.shown.subscription(s))
}

// deleteHub ends one: DELETE /hub/{id}.
func (d *Door) deleteHub(w http.ResponseWriter, r *http.Request) error {
	s, err := d.hub(r)
	if err != nil {
		return err
	}
	if _, err := d.opts.Subscriptions.Unsubscribe(r.Context(), itms.CallerOf(r.Context()).Actor, s.ID); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
