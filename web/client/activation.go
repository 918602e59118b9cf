package client

import (
	"context"
	"slices"
)

// ActivationRequest uses an activation code; the device is named when the order names none.
type ActivationRequest struct {
	Code  string `json:"code"`
	STBID string `json:"stbId,omitempty"`
	MAC   string `json:"mac,omitempty"`
}

// Activation is what a technician is answered.
type Activation struct {
	OrderNo  string `json:"orderNo"`
	State    string `json:"state"`
	DeviceID string `json:"deviceId,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Text     string `json:"text"` // for people
}

// Activate uses an activation code.
func (c *Client) Activate(ctx context.Context, r ActivationRequest) (*Activation, error) {
	return act[Activation](ctx, c, keyed(post(base+"/activations", r)))
}

// WaitOrder waits until an order is in one of the states, or ends in another, and returns it
// as it stands then; the caller looks at its State. It follows the events: it asks nothing
// while nothing happens. Errors: of the calls, of ctx.
func (c *Client) WaitOrder(ctx context.Context, ref OrderRef, states ...string) (*Order, error) {
	events, err := c.follow(ctx, EventFilter{Order: ref.No}) // before the first look: no step falls in between
	if err != nil {
		return nil, err
	}
	defer events.close()
	for {
		o, err := c.Order(ctx, ref)
		if err != nil || o.Final || slices.Contains(states, o.State) {
			return o, err
		}
		if _, err := events.next(ctx); err != nil {
			return o, err
		}
	}
}
