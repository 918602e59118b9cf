package api

import (
	"time"

	"itms"
)

// webhookView is one subscription, without keys.
type webhookView struct {
	ID           string     `json:"id" example:"01J0000000000000000000000Z"`
	Name         string     `json:"name,omitempty" example:"crm"`
	Owner        string     `json:"owner" doc:"Who made it." example:"crm"`
	URL          string     `json:"url" doc:"Where events are posted, without its query." example:"https://bss.example.com/events"`
	Format       string     `json:"format" example:"cloudevents"`
	Types        []string   `json:"types" doc:"Empty = all. Never null."`
	Areas        []string   `json:"areas" doc:"Beginnings of area codes; empty = all. Never null."`
	Signed       bool       `json:"signed"`
	Keys         []keyView  `json:"keys" doc:"When they were made, the newest first. Never null."`
	Disabled     bool       `json:"disabled" doc:"It is told nothing."`
	Reason       string     `json:"reason,omitempty" doc:"Why it is disabled." example:"the subscriber answered 410 Gone"`
	Cursor       int64      `json:"cursor" doc:"Sequence of the last event that was queued for it, or that it is not told of." example:"4711"`
	FailingSince *time.Time `json:"failingSince,omitempty" doc:"No try succeeded since; absent when the last one did."`
	LastFailure  string     `json:"lastFailure,omitempty" example:"the subscriber answered 503 Service Unavailable"`
	NextTry      *time.Time `json:"nextTry,omitempty" doc:"While it fails it is left alone until then."`
	DeliveredAt  *time.Time `json:"deliveredAt,omitempty" doc:"When the last try succeeded, to the minute."`
	CreatedAt    time.Time  `json:"createdAt"`
	UpdatedAt    time.Time  `json:"updatedAt"`
}

// keyView is when a signing key was made, and until when it is good.
type keyView struct {
	CreatedAt time.Time  `json:"createdAt"`
	Until     *time.Time `json:"until,omitempty" doc:"It signs no more from then on; absent = for good."`
}

// newWebhookView is one subscription with its key, which is shown this once.
type newWebhookView struct {
	Webhook webhookView `json:"webhook"`
	Key     string      `json:"key,omitempty" doc:"Shown this once." example:"whsec_c3ludGhldGljLWtleS1vZi0zMi1ieXRlcy0hISEhISE="`
}

// letterView is a delivery that was given up. Its body is the subscriber's alone.
type letterView struct {
	ID       string    `json:"id" doc:"The webhook-id, the same when it is delivered again." example:"01J0000000000000000000000Z"`
	QueuedAt time.Time `json:"queuedAt"`
	DiedAt   time.Time `json:"diedAt"`
	Tries    int       `json:"tries" example:"38"`
	Cause    string    `json:"cause" doc:"Why it was given up." example:"the subscriber answered 410 Gone"`
}

// queuedView names what was queued.
type queuedView struct {
	ID string `json:"id" doc:"The webhook-id that it is delivered under." example:"01J0000000000000000000000Z"`
}

// redeliveredView says how many dead letters were queued.
type redeliveredView struct {
	Count int `json:"count" example:"1"`
}

// Answers.
type (
	webhookOutput    struct{ Body webhookView }
	rotatedOutput    struct{ Body newWebhookView }
	newWebhookOutput struct {
		Location string `header:"Location" doc:"Of the subscription."`
		Body     newWebhookView
	}
	queuedOutput      struct{ Body queuedView }
	redeliveredOutput struct{ Body redeliveredView }
)

// viewWebhook shows a subscription.
func viewWebhook(s *itms.Subscription) webhookView {
	v := webhookView{ID: string(s.ID), Name: s.Name, Owner: s.Owner, URL: withoutQuery(s.Target), Format: string(s.Format),
		Types: append([]string{}, s.Types...), Areas: shownAreas(s.Areas), Signed: !s.Unsigned, Keys: []keyView{}, Disabled: s.Disabled, Reason: s.Reason,
		Cursor: s.Cursor, FailingSince: ifAny(s.FailingSince), LastFailure: s.LastFailure, NextTry: ifAny(s.PausedUntil),
		DeliveredAt: ifAny(s.DeliveredAt), CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt}
	for _, k := range s.Keys {
		v.Keys = append(v.Keys, keyView{k.CreatedAt, ifAny(k.Until)})
	}
	return v
}

// ifAny is a time, nil for none.
func ifAny(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// viewLetter shows a dead letter.
func viewLetter(l *itms.DeadLetter) letterView {
	return letterView{ID: l.ID, QueuedAt: l.QueuedAt, DiedAt: l.DiedAt, Tries: l.Tries, Cause: l.Cause}
}

// exampleWebhook is that of a BSS.
func exampleWebhook() webhookView {
	return viewWebhook(&itms.Subscription{ID: exampleID, Name: "crm", Owner: "crm", Target: "https://bss.example.com/events", Format: itms.FormatCloudEvents,
		Types: []string{"order.*"}, Keys: []itms.SigningKey{{CreatedAt: exampleTime}}, Cursor: 4711, DeliveredAt: exampleTime, CreatedAt: exampleTime, UpdatedAt: exampleTime})
}

// exampleNewWebhook is the same when it is made.
func exampleNewWebhook() newWebhookView {
	return newWebhookView{exampleWebhook(), "whsec_c3ludGhldGljLWtleS1vZi0zMi1ieXRlcy0hISEhISE="}
}

// exampleLetter is one that was given up.
func exampleLetter() letterView {
	return letterView{ID: exampleID, QueuedAt: exampleTime, DiedAt: exampleTime.Add(120 * time.Hour), Tries: 38, Cause: "the subscriber answered 503 Service Unavailable"}
}
