package itms

import "time"

// SubscriptionID names one subscription.
type SubscriptionID string

// EventFormat is how the body of an event looks to a subscriber.
type EventFormat string

// Formats of events.
const (
	FormatCloudEvents EventFormat = "cloudevents" // CloudEvents 1.0, structured JSON
	FormatTMF641      EventFormat = "tmf641"      // TM Forum service ordering notifications, version 4
)

// Subscription is somebody who is told of events by HTTP. Where it stands is a cursor in
// the journal: what happened behind it was queued for it already.
type Subscription struct {
	ID     SubscriptionID `json:"id"`
	Name   string         `json:"name,omitempty"` // for people
	Owner  string         `json:"owner"`          // who made it: name of a token or user
	Target string         `json:"target"`         // where events are posted
	Format EventFormat    `json:"format"`
	Types  []string       `json:"types,omitempty"` // event types, "order.*" is all that begin so; empty = all
	Areas  Areas          `json:"areas,omitempty"` // of the events; nil = all
	Query  string         `json:"query,omitempty"` // as the format has it, e.g. the query of a TM Forum hub
	// Keys sign what is posted, the newest first; several are good while one is exchanged
	// for another.
	Keys     []SigningKey `json:"keys,omitempty"`
	Unsigned bool         `json:"unsigned,omitempty"` // it wants no signature: there are no keys
	Disabled bool         `json:"disabled,omitempty"`
	Reason   string       `json:"reason,omitempty"` // why it is disabled, in words
	Cursor   int64        `json:"cursor"`           // sequence of the last event that was looked at for it
	// FailingSince is when tries began to fail without one that succeeded since; zero = the
	// last one succeeded.
	FailingSince time.Time `json:"failingSince,omitzero"`
	LastFailure  string    `json:"lastFailure,omitempty"`
	Failures     int       `json:"failures,omitempty"` // rounds of tries that failed since FailingSince
	// PausedUntil is when it is tried again: a subscriber that fails is left alone with all
	// that is queued for it.
	PausedUntil time.Time `json:"pausedUntil,omitzero"`
	DeliveredAt time.Time `json:"deliveredAt,omitzero"` // about when the last try succeeded
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
}

// SigningKey is a secret that signs what a subscriber gets.
type SigningKey struct {
	Key       Sealed    `json:"key"`
	CreatedAt time.Time `json:"createdAt"`
	Until     time.Time `json:"until,omitzero"` // it signs no more from then on; zero = for good
}

// DeadLetter is a delivery that was given up.
type DeadLetter struct {
	Delivery
	Subscription SubscriptionID `json:"subscription"`
	DiedAt       time.Time      `json:"diedAt"`
	Cause        string         `json:"cause"` // in words
}

// SubscriptionRequest is what somebody who wants to be told of events says, or how that
// changes.
type SubscriptionRequest struct {
	Name   string
	Target string      // https://…, or http:// where the operator allows the network
	Format EventFormat // "" = FormatCloudEvents
	Types  []string
	Areas  Areas
	Query  string
	Key    Secret // whsec_<base64>; zero = one is made
	// Unsigned asks for no signature at all: listeners of a TM Forum hub know of none.
	Unsigned bool
}

// SubscriptionsMost is how many subscriptions there may be: each has a courier of its own
// with up to four connections.
const SubscriptionsMost = 250

// SubscriptionLane is the lane of what is queued for a subscription.
func SubscriptionLane(id SubscriptionID) string { return "sub/" + string(id) }
