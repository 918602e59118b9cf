package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"itms"
)

// Webhooks keeps who is told of events. Methods that take an id fail with KindNotFound.
type Webhooks interface {
	// Subscribe has somebody told; key is shown once. The areas are narrowed to those of the
	// context's itms.Caller. Errors: KindInvalid with pointers, KindLimit.
	Subscribe(ctx context.Context, actor string, r itms.SubscriptionRequest) (s *itms.Subscription, key itms.Secret, err error)
	// ChangeSubscription replaces all but format and keys. Errors: KindInvalid.
	ChangeSubscription(ctx context.Context, actor string, id itms.SubscriptionID, r itms.SubscriptionRequest) (*itms.Subscription, error)
	// Unsubscribe removes one and returns what it was.
	Unsubscribe(ctx context.Context, actor string, id itms.SubscriptionID) (*itms.Subscription, error)
	// RotateSubscription gives it a new key; the others stay good for keep. Errors:
	// KindInvalid, KindConflict of an unsigned one.
	RotateSubscription(ctx context.Context, actor string, id itms.SubscriptionID, key itms.Secret, keep time.Duration) (*itms.Subscription, itms.Secret, error)
	// EnableSubscription and DisableSubscription have it told, or not.
	EnableSubscription(ctx context.Context, actor string, id itms.SubscriptionID) (*itms.Subscription, error)
	DisableSubscription(ctx context.Context, actor string, id itms.SubscriptionID) (*itms.Subscription, error)
	// TestSubscription queues a test and returns its id. Errors: KindConflict while disabled.
	TestSubscription(ctx context.Context, actor string, id itms.SubscriptionID) (string, error)
	// Redeliver queues dead letters anew; no ids = all. Errors: KindConflict while disabled.
	Redeliver(ctx context.Context, actor string, id itms.SubscriptionID, letters []string) (int, error)
}

// webhooksPath is the collection of subscriptions.
const webhooksPath = base + "/webhooks"

// webhookListInput pages through subscriptions.
type webhookListInput struct {
	Cursor string `query:"cursor" doc:"Next of the answer before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" doc:"Most items wanted; 50 when left out." example:"50"`
}

// webhookInput names one subscription.
type webhookInput struct {
	ID string `path:"id" doc:"Id of the subscription." example:"01J0000000000000000000000Z"`
}

// webhookBodyInput names one and has a document, as bytes: see decode.
type webhookBodyInput struct {
	ID      string `path:"id" doc:"Id of the subscription." example:"01J0000000000000000000000Z"`
	RawBody []byte `contentType:"application/json"`
}

// letterListInput pages through dead letters.
type letterListInput struct {
	ID     string `path:"id" doc:"Id of the subscription." example:"01J0000000000000000000000Z"`
	Cursor string `query:"cursor" doc:"Next of the answer before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" doc:"Most items wanted; 50 when left out." example:"50"`
}

// addWebhookRequest is a new subscription.
type addWebhookRequest struct {
	Name   string   `json:"name,omitempty" doc:"For people." example:"crm"`
	URL    string   `json:"url" doc:"Where events are posted. Private addresses only in networks of bss.callbackAllow." example:"https://bss.example.com/events"`
	Format string   `json:"format,omitempty" doc:"cloudevents when left out." example:"cloudevents"`
	Types  []string `json:"types,omitempty" doc:"Event types; order.* is all that begin so. Empty = all." example:"[\"order.*\"]"`
	Areas  []string `json:"areas,omitempty" doc:"Beginnings of area codes; empty = all that the caller sees." example:"[\"51\"]"`
	Query  string   `json:"query,omitempty" doc:"As the format has it."`
	Key    password `json:"key,omitzero" doc:"whsec_ and a base64 key of 24 bytes or more; one is made when left out."`
}

// request makes the domain's form of it.
func (r *addWebhookRequest) request() itms.SubscriptionRequest {
	return itms.SubscriptionRequest{Name: r.Name, Target: r.URL, Format: itms.EventFormat(r.Format), Types: r.Types, Areas: r.Areas, Query: r.Query, Key: r.Key.Secret}
}

// setWebhookRequest is what may be changed. What is left out is emptied.
type setWebhookRequest struct {
	Name  string   `json:"name,omitempty" example:"crm"`
	URL   string   `json:"url" example:"https://bss.example.com/events"`
	Types []string `json:"types,omitempty" example:"[\"order.*\"]"`
	Areas []string `json:"areas,omitempty" example:"[\"51\"]"`
	Query string   `json:"query,omitempty"`
}

// request makes the domain's form of it.
func (r *setWebhookRequest) request() itms.SubscriptionRequest {
	return itms.SubscriptionRequest{Name: r.Name, Target: r.URL, Types: r.Types, Areas: r.Areas, Query: r.Query}
}

// rotateRequest is a new key.
type rotateRequest struct {
	Key       password `json:"key,omitzero" doc:"whsec_ and a base64 key of 24 bytes or more; one is made when left out."`
	KeepHours *int     `json:"keepHours,omitempty" minimum:"0" maximum:"720" doc:"How long the old keys sign too; 24 when left out." example:"24"`
}

// redeliverRequest says which dead letters.
type redeliverRequest struct {
	IDs []string `json:"ids,omitempty" doc:"Ids of dead letters; those that are not there are left out." example:"[\"01J0000000000000000000000Z\"]"`
	All bool     `json:"all,omitempty" doc:"All of them."`
}

// webhookRoutes registers the operations on subscriptions.
func (s *Server) webhookRoutes() {
	if s.opts.Webhooks == nil {
		return
	}
	one := webhooksPath + "/{id}"
	wrong := []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}
	absent := []int{http.StatusNotFound}
	clash := []int{http.StatusNotFound, http.StatusConflict}
	of := func(r route) route {
		r.tag, r.needs = "Webhooks", webhooksManage
		return r
	}
	add(s, of(route{method: http.MethodGet, path: webhooksPath, id: "list-webhooks", summary: "List who is told of events",
		description: "Oldest first. A caller of the role bss sees those that it made.", example: pageOf[webhookView]{Items: []webhookView{exampleWebhook()}},
		problems: []int{http.StatusUnprocessableEntity}}), s.listWebhooks)
	add(s, of(route{method: http.MethodPost, path: webhooksPath, id: "add-webhook", summary: "Have somebody told of events",
		description: "Of those that happen from now on: signed (Standard Webhooks), at least once, in order per order or device. The key is in this answer and nowhere else.",
		status:      http.StatusCreated, body: smallBody, example: exampleNewWebhook(), problems: wrong}), s.addWebhook)
	describeBody[addWebhookRequest](s, webhooksPath, map[string]any{"name": "crm", "url": "https://bss.example.com/events", "types": []string{"order.*"}})
	add(s, of(route{method: http.MethodGet, path: one, id: "get-webhook", summary: "Show a subscription", description: "How it stands, without keys.",
		example: exampleWebhook(), problems: absent}), s.getWebhook)
	add(s, of(route{method: http.MethodPut, path: one, id: "set-webhook", summary: "Change a subscription",
		description: "What is queued already goes to the new address.", body: smallBody, example: exampleWebhook(), problems: append(wrong, http.StatusNotFound)}), s.setWebhook)
	describeBody[setWebhookRequest](s, one, map[string]any{"name": "crm", "url": "https://bss.example.com/events"})
	add(s, of(route{method: http.MethodDelete, path: one, id: "delete-webhook", summary: "Remove a subscription",
		description: "What is queued for it and its dead letters go too.", example: exampleWebhook(), problems: absent}), s.deleteWebhook)
	add(s, of(route{method: http.MethodPost, path: one + "/rotate", id: "rotate-webhook", summary: "Give a subscription a new signing key",
		description: "For keepHours both keys sign. The new one is in this answer and nowhere else. Without a body one is made.", body: smallBody, example: exampleNewWebhook(),
		problems: append(wrong, clash...)}), s.rotateWebhook)
	describeBody[rotateRequest](s, one+"/rotate", map[string]any{"keepHours": 24}).RequestBody.Required = false
	add(s, of(route{method: http.MethodPost, path: one + "/test", id: "test-webhook", summary: "Send a test event", description: "Of type webhook.ping. GET of the subscription tells whether it failed.",
		status: http.StatusAccepted, example: queuedView{ID: exampleID}, problems: clash}), s.testWebhook)
	add(s, of(route{method: http.MethodPost, path: one + "/enable", id: "enable-webhook", summary: "Enable a subscription",
		description: "It is told what happened since, as far as the journal keeps it.", example: exampleWebhook(), problems: absent}), s.enableWebhook)
	add(s, of(route{method: http.MethodPost, path: one + "/disable", id: "disable-webhook", summary: "Disable a subscription",
		description: "It is told nothing until it is enabled.", example: exampleWebhook(), problems: absent}), s.disableWebhook)
	add(s, of(route{method: http.MethodGet, path: one + "/dead-letters", id: "list-dead-letters", summary: "List what a subscriber did not take",
		description: "Newest first.", example: pageOf[letterView]{Items: []letterView{exampleLetter()}}, problems: append(absent, http.StatusUnprocessableEntity)}), s.listLetters)
	add(s, of(route{method: http.MethodPost, path: one + "/dead-letters/redeliver", id: "redeliver", summary: "Deliver dead letters again",
		description: "Under the ids that they had, behind what is queued.", body: smallBody, status: http.StatusAccepted, example: redeliveredView{Count: 1}, problems: append(wrong, clash...)}), s.redeliver)
	describeBody[redeliverRequest](s, one+"/dead-letters/redeliver", map[string]any{"all": true})
}

// withCaller tells the domain who calls.
func withCaller(ctx context.Context) (context.Context, string) {
	rec := recordOf(ctx)
	return itms.WithCaller(ctx, itms.Caller{Actor: rec.actor, Role: rec.role, Areas: rec.areas}), rec.actor
}

// mayWebhook reports whether the caller may see a subscription: a BSS sees its own.
func mayWebhook(ctx context.Context, sub *itms.Subscription) bool {
	rec := recordOf(ctx)
	return rec.role != itms.RoleBSS || sub.Owner == rec.actor
}

// webhook reads a subscription that the caller may see.
func (s *Server) webhook(ctx context.Context, id string) (sub *itms.Subscription, err error) {
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		sub, err = tx.Subscriptions().Get(itms.SubscriptionID(id))
		return err
	})
	if err == nil && !mayWebhook(ctx, sub) {
		err = itms.NotFound("subscription", id)
	}
	return sub, err
}

// onWebhook does something to a subscription that the caller may see.
func (s *Server) onWebhook(ctx context.Context, id string, do func(ctx context.Context, actor string, id itms.SubscriptionID) (*itms.Subscription, error)) (*webhookOutput, error) {
	if _, err := s.webhook(ctx, id); err != nil {
		return nil, err
	}
	ctx, actor := withCaller(ctx)
	sub, err := do(ctx, actor, itms.SubscriptionID(id))
	if err != nil {
		return nil, err
	}
	return &webhookOutput{viewWebhook(sub)}, nil
}

// webhookList marks the cursors of the list.
const webhookList = "webhooks"

// listWebhooks lists subscriptions.
func (s *Server) listWebhooks(ctx context.Context, in *webhookListInput) (*listOutput[webhookView], error) {
	after, err := readCursor(webhookList, in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := limitOf(in.Limit)
	var list []*itms.Subscription
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		list, err = fillPage(limit+1, func(last **itms.Subscription) ([]*itms.Subscription, error) {
			if last != nil {
				after = string((*last).ID)
			}
			return tx.Subscriptions().List(itms.SubscriptionID(after), limit+1)
		}, func(sub **itms.Subscription) (bool, error) { return mayWebhook(ctx, *sub), nil })
		return err
	})
	if err != nil {
		return nil, err
	}
	return newPage(webhookList, list, limit, func(sub *itms.Subscription) string { return string(sub.ID) }, viewWebhook), nil
}

// addWebhook makes a subscription.
func (s *Server) addWebhook(ctx context.Context, in *rawInput) (*newWebhookOutput, error) {
	body, err := bodyOf[addWebhookRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	ctx, actor := withCaller(ctx)
	sub, key, err := s.opts.Webhooks.Subscribe(ctx, actor, body.request())
	if err != nil {
		return nil, pointAt(err, "/target", "/url")
	}
	return &newWebhookOutput{webhooksPath + "/" + string(sub.ID), newWebhookView{viewWebhook(sub), key.Reveal()}}, nil
}

// pointAt has complaints about one field be about another, as this door calls it.
func pointAt(err error, from, to string) error {
	e, ok := errors.AsType[*itms.Error](err)
	if !ok {
		return err
	}
	for i := range e.Fields {
		if e.Fields[i].Pointer == from {
			e.Fields[i].Pointer = to
		}
	}
	return err
}

// getWebhook shows a subscription.
func (s *Server) getWebhook(ctx context.Context, in *webhookInput) (*webhookOutput, error) {
	sub, err := s.webhook(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &webhookOutput{viewWebhook(sub)}, nil
}

// setWebhook changes a subscription.
func (s *Server) setWebhook(ctx context.Context, in *webhookBodyInput) (*webhookOutput, error) {
	body, err := bodyOf[setWebhookRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	out, err := s.onWebhook(ctx, in.ID, func(ctx context.Context, actor string, id itms.SubscriptionID) (*itms.Subscription, error) {
		return s.opts.Webhooks.ChangeSubscription(ctx, actor, id, body.request())
	})
	return out, pointAt(err, "/target", "/url")
}

// deleteWebhook removes a subscription.
func (s *Server) deleteWebhook(ctx context.Context, in *webhookInput) (*webhookOutput, error) {
	return s.onWebhook(ctx, in.ID, s.opts.Webhooks.Unsubscribe)
}

// enableWebhook enables a subscription.
func (s *Server) enableWebhook(ctx context.Context, in *webhookInput) (*webhookOutput, error) {
	return s.onWebhook(ctx, in.ID, s.opts.Webhooks.EnableSubscription)
}

// disableWebhook disables a subscription.
func (s *Server) disableWebhook(ctx context.Context, in *webhookInput) (*webhookOutput, error) {
	return s.onWebhook(ctx, in.ID, s.opts.Webhooks.DisableSubscription)
}

// rotateWebhook gives a subscription a new key.
func (s *Server) rotateWebhook(ctx context.Context, in *webhookBodyInput) (*rotatedOutput, error) {
	body := &rotateRequest{}
	if len(in.RawBody) > 0 {
		var err error
		if body, err = bodyOf[rotateRequest](ctx, s, in.RawBody); err != nil {
			return nil, err
		}
	}
	keep := defaultKeep
	if body.KeepHours != nil {
		keep = time.Duration(*body.KeepHours) * time.Hour
	}
	var key itms.Secret
	out, err := s.onWebhook(ctx, in.ID, func(ctx context.Context, actor string, id itms.SubscriptionID) (sub *itms.Subscription, err error) {
		sub, key, err = s.opts.Webhooks.RotateSubscription(ctx, actor, id, body.Key.Secret, keep)
		return sub, err
	})
	if err != nil {
		return nil, err
	}
	return &rotatedOutput{newWebhookView{out.Body, key.Reveal()}}, nil
}

// defaultKeep is how long old keys stay good: a working day and its night.
const defaultKeep = 24 * time.Hour

// testWebhook queues a test.
func (s *Server) testWebhook(ctx context.Context, in *webhookInput) (*queuedOutput, error) {
	if _, err := s.webhook(ctx, in.ID); err != nil {
		return nil, err
	}
	ctx, actor := withCaller(ctx)
	id, err := s.opts.Webhooks.TestSubscription(ctx, actor, itms.SubscriptionID(in.ID))
	if err != nil {
		return nil, err
	}
	return &queuedOutput{queuedView{ID: id}}, nil
}

// letterList marks the cursors of dead letters.
const letterList = "dead-letters"

// listLetters lists dead letters.
func (s *Server) listLetters(ctx context.Context, in *letterListInput) (*listOutput[letterView], error) {
	before, err := readCursor(letterList, in.Cursor)
	if err != nil {
		return nil, err
	}
	if _, err := s.webhook(ctx, in.ID); err != nil {
		return nil, err
	}
	limit := limitOf(in.Limit)
	var list []*itms.DeadLetter
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		list, err = tx.DeadLetters().List(itms.SubscriptionID(in.ID), before, limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	return newPage(letterList, list, limit, func(l *itms.DeadLetter) string { return l.ID }, viewLetter), nil
}

// redeliver queues dead letters anew.
func (s *Server) redeliver(ctx context.Context, in *webhookBodyInput) (*redeliveredOutput, error) {
	body, err := bodyOf[redeliverRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	const most = 500 // ids of one call, as on a page
	if body.All == (len(body.IDs) > 0) || len(body.IDs) > most {
		return nil, itms.Invalid("/ids", "expected up to %d ids, or all: true", most)
	}
	if _, err := s.webhook(ctx, in.ID); err != nil {
		return nil, err
	}
	ctx, actor := withCaller(ctx)
	n, err := s.opts.Webhooks.Redeliver(ctx, actor, itms.SubscriptionID(in.ID), body.IDs)
	if err != nil {
		return nil, err
	}
	return &redeliveredOutput{redeliveredView{Count: n}}, nil
}
