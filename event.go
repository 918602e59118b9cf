package itms

import "time"

// Topic names a stream that a reader can be woken for.
type Topic string

// Topics. An engine signals a topic after the commit of a transaction that wrote
// to the aggregate behind it.
const (
	TopicJournal  Topic = "journal"  // Journal.Append
	TopicOutbox   Topic = "outbox"   // Outbox.Add
	TopicAgenda   Topic = "agenda"   // Agenda.Set
	TopicTokens   Topic = "tokens"   // Tokens.Put, Tokens.Delete
	TopicTraces   Topic = "traces"   // Traces.Put, Traces.Delete
	TopicPeople   Topic = "people"   // Users.Put, Users.Delete, SignIns.Delete
	TopicProfiles Topic = "profiles" // Settings.Put and Settings.Delete of keys that begin with ProfileSettings
	TopicAudit    Topic = "audit"    // Audit.Append
	// TopicSubscriptions is Subscriptions.Put and Subscriptions.Delete.
	TopicSubscriptions Topic = "subscriptions"
)

// Event is one entry of the journal: what happened, for people and for streams.
// Its texts and data hold no secret.
type Event struct {
	Seq     int64             `json:"seq"` // set by Journal.Append; grows, may have gaps
	At      time.Time         `json:"at"`
	Type    string            `json:"type"` // e.g. "device.seen", "order.done"
	Device  DeviceID          `json:"device,omitzero"`
	Order   OrderID           `json:"order,omitempty"`
	OrderNo OrderNo           `json:"orderNo,omitempty"`
	Service ServiceID         `json:"service,omitempty"`
	Area    string            `json:"area,omitempty"`
	Actor   string            `json:"actor,omitempty"`
	Text    string            `json:"text"`
	Alarm   bool              `json:"alarm,omitempty"` // somebody should look at it
	Data    map[string]string `json:"data,omitempty"`
}

// Delivery is one outbox row: an effect that leaves the process, written in the
// transaction of its cause and delivered at least once, in order within a stream.
type Delivery struct {
	ID       string    `json:"id"`             // unique; the webhook-id, the same on each retry
	Stream   string    `json:"stream"`         // rows of one stream are delivered one after the other
	Lane     string    `json:"lane,omitempty"` // receiver whose rows are claimed apart from all others, see Outbox.Lane; all rows of a stream have the same. "" = none
	Kind     string    `json:"kind"`           // e.g. "callback"
	Target   string    `json:"target"`         // URL
	Body     []byte    `json:"body"`
	Due      time.Time `json:"due"` // not before
	Tries    int       `json:"tries"`
	LastErr  string    `json:"lastErr,omitempty"`
	QueuedAt time.Time `json:"queuedAt"`
}

// Alarm is one agenda entry: something to look at again at a time.
type Alarm struct {
	Key string    `json:"key"` // unique; e.g. "order-ttl/<order id>"
	Due time.Time `json:"due"`
}
