package itms

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// ServiceOrderID names an order of several items.
type ServiceOrderID string

// ServiceOrderState is where an order of several items stands, or one of them (TMF641
// v4.1, "Service order" and "Service order item" state machines).
type ServiceOrderState string

// States of service orders and of their items. Items are never partial.
const (
	ServiceOrderAcknowledged        ServiceOrderState = "acknowledged"
	ServiceOrderRejected            ServiceOrderState = "rejected"
	ServiceOrderPending             ServiceOrderState = "pending" // somebody must give information
	ServiceOrderHeld                ServiceOrderState = "held"
	ServiceOrderInProgress          ServiceOrderState = "inProgress"
	ServiceOrderAssessCancellation  ServiceOrderState = "assessingCancellation"
	ServiceOrderPendingCancellation ServiceOrderState = "pendingCancellation"
	ServiceOrderCancelled           ServiceOrderState = "cancelled"
	ServiceOrderCompleted           ServiceOrderState = "completed"
	ServiceOrderFailed              ServiceOrderState = "failed"
	ServiceOrderPartial             ServiceOrderState = "partial"
)

// Over reports whether nothing more happens by itself.
func (s ServiceOrderState) Over() bool {
	switch s {
	case ServiceOrderRejected, ServiceOrderCancelled, ServiceOrderCompleted, ServiceOrderFailed, ServiceOrderPartial:
		return true
	}
	return false
}

// ItemAction is what an item does to its service.
type ItemAction string

// Actions of items.
const (
	ActionAdd      ItemAction = "add"
	ActionModify   ItemAction = "modify"
	ActionDelete   ItemAction = "delete"
	ActionNoChange ItemAction = "noChange"
)

// ServiceOrderRequest is an order of several items as a sender gives it, secrets in clear,
// not stored.
type ServiceOrderRequest struct {
	Source     string // who sends it; the source of its work orders
	ExternalID string // the sender's own number, unique per source; "" = none
	Items      []ServiceOrderItemRequest
	// Document is the order as it was sent, without secrets and without what is stored
	// elsewhere: what the door shows beside the rest. JSON object.
	Document            json.RawMessage
	RequestedStart      time.Time // zero = now
	RequestedCompletion time.Time // zero = none
	Lenient             bool      // how its sender is read
}

// ServiceOrderItemRequest is one item. Want is what is to be, as a work order says it: of
// kind and number nothing; what is left out stays as it is when the item modifies.
type ServiceOrderItemRequest struct {
	ID     string
	Action ItemAction
	// State is what the service is to be: active, suspended or terminated; "" = as the
	// action says.
	State ServiceState
	Want  OrderRequest
	After []string // items of the same order that must be completed first
}

// ServiceOrder is an order of several items as stored. What an item wants done is done by
// work orders.
type ServiceOrder struct {
	ID         ServiceOrderID    `json:"id"`
	Source     string            `json:"source"`
	ExternalID string            `json:"externalId,omitempty"`
	Content    string            `json:"content"` // keyed fingerprint of what was sent
	State      ServiceOrderState `json:"state"`
	Area       string            `json:"area,omitempty"` // of the first item that has one
	Lenient    bool              `json:"lenient,omitempty"`
	// OnHold is set while somebody wants the items that did not begin to wait.
	OnHold     bool               `json:"onHold,omitempty"`
	Items      []ServiceOrderItem `json:"items"`
	Document   json.RawMessage    `json:"document,omitempty"`
	Milestones []Milestone        `json:"milestones,omitempty"`
	Jeopardies []Jeopardy         `json:"jeopardies,omitempty"`

	RequestedStart      time.Time `json:"requestedStart,omitzero"`
	RequestedCompletion time.Time `json:"requestedCompletion,omitzero"`
	ExpectedCompletion  time.Time `json:"expectedCompletion,omitzero"`
	StartedAt           time.Time `json:"startedAt,omitzero"`
	CompletedAt         time.Time `json:"completedAt,omitzero"` // when it was over
	// Cancellations are what was asked for, oldest first.
	Cancellations []Cancellation `json:"cancellations,omitempty"`
	CreatedAt     time.Time      `json:"createdAt"`
	UpdatedAt     time.Time      `json:"updatedAt"`

	// Codes are the activation codes of technicians' items, by item, in clear: in the
	// answer that issues them only.
	Codes map[string]CodeDigits `json:"-"`
}

// Item returns the item of an id, nil when there is none.
func (o *ServiceOrder) Item(id string) *ServiceOrderItem {
	for i := range o.Items {
		if o.Items[i].ID == id {
			return &o.Items[i]
		}
	}
	return nil
}

// ServiceOrderItem is one item as stored.
type ServiceOrderItem struct {
	ID      string            `json:"id"`
	Action  ItemAction        `json:"action"`
	State   ServiceOrderState `json:"state"`
	After   []string          `json:"after,omitempty"`
	Service ServiceID         `json:"service,omitempty"` // once it is known
	Orders  []OrderID         `json:"orders,omitempty"`  // what it is done by, one after the other
	Reason  string            `json:"reason,omitempty"`  // why it does not move, or how it ended, in words
	Trouble Trouble           `json:"trouble,omitempty"` // the same as a stable code
}

// MilestoneName is a step on the way of a service order that its sender is told of.
type MilestoneName string

// The milestones.
const (
	MilestoneAccepted       MilestoneName = "accepted"
	MilestoneDeviceAssigned MilestoneName = "deviceAssigned" // a device was named for it
	MilestoneDeviceSeen     MilestoneName = "deviceSeen"     // it came into contact
	MilestoneConfigured     MilestoneName = "configured"     // it took its values
	MilestoneVerified       MilestoneName = "verified"       // they were read back
	MilestoneCompleted      MilestoneName = "completed"
)

// Milestone is one that was reached.
type Milestone struct {
	Name MilestoneName `json:"name"`
	Item string        `json:"item,omitempty"` // id of the item; "" = the whole order
	At   time.Time     `json:"at"`
	Text string        `json:"text,omitempty"`
}

// Jeopardy says that an order may not end as it was asked for.
type Jeopardy struct {
	ID      string    `json:"id"`
	Item    string    `json:"item,omitempty"`
	Trouble Trouble   `json:"trouble,omitempty"`
	Text    string    `json:"text"`
	At      time.Time `json:"at"`
}

// Cancellation is somebody's wish that a service order be withdrawn, and what became of it.
type Cancellation struct {
	ID          string            `json:"id"`
	Reason      string            `json:"reason,omitempty"`
	State       ServiceOrderState `json:"state"`                // acknowledged, inProgress, completed, failed (TMF task states)
	Text        string            `json:"text,omitempty"`       // what came of it, in words
	Document    json.RawMessage   `json:"document,omitempty"`   // as it was sent
	RequestedAt time.Time         `json:"requestedAt"`          // when it arrived
	EffectiveAt time.Time         `json:"effectiveAt,omitzero"` // when it was carried out
}

// ServiceOrderPatch changes what may be changed of a service order. Nil = stays.
type ServiceOrderPatch struct {
	Document            json.RawMessage
	RequestedStart      *time.Time
	RequestedCompletion *time.Time
	Items               []ServiceOrderItemRequest // items whose content changes, by ID; only those that did not begin
	State               ServiceOrderState         // held or acknowledged; "" = stays
}

// ServiceOrderQuery selects service orders, newest first.
type ServiceOrderQuery struct {
	Source     string              // "" = any
	ExternalID string              // "" = any
	States     []ServiceOrderState // any of these; nil = any
	Areas      Areas               // only of these; nil = any
	From       time.Time           // created not before, as the id tells it; zero = any
	To         time.Time           // created before, likewise; zero = any
	Before     ServiceOrderID      // exclusive; "" = from the newest
	Offset     int                 // how many are left out, at most MaxServiceOrderOffset
	Limit      int
}

// MaxServiceOrderOffset bounds an offset: every place that is left out is looked at.
const MaxServiceOrderOffset = 100_000

// cancellationMark stands between a service order and the number of its cancellation.
const cancellationMark = "-c"

// CancellationID names the n-th cancellation of a service order.
func CancellationID(id ServiceOrderID, n int) string {
	return string(id) + cancellationMark + strconv.Itoa(n)
}

// ServiceOrderOfCancellation returns the service order that CancellationID named a
// cancellation of; not ok for other texts.
func ServiceOrderOfCancellation(id string) (order ServiceOrderID, ok bool) {
	at := strings.LastIndex(id, cancellationMark)
	if at <= 0 {
		return "", false
	}
	if _, err := strconv.Atoi(id[at+len(cancellationMark):]); err != nil {
		return "", false
	}
	return ServiceOrderID(id[:at]), true
}
