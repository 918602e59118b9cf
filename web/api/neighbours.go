package api

import (
	"context"
	"time"
)

// neighbourView is a call to a neighbouring system.
type neighbourView struct {
	Name    string    `json:"name" doc:"Of the neighbour, as configured." example:"platform"`
	Action  string    `json:"action" enum:"bind,unbind,move,change,suspend,resume,terminate" example:"bind"`
	State   string    `json:"state" enum:"queued,failed,done,givenUp" doc:"failed is tried again, givenUp is not." example:"done"`
	MAC     string    `json:"mac,omitempty" example:"00:00:5E:00:53:01"`
	OldMAC  string    `json:"oldMac,omitempty" doc:"Of the device before." example:"00:00:5E:00:53:02"`
	Before  bool      `json:"before,omitempty" doc:"The device is not configured before it is done."`
	Tries   int       `json:"tries,omitempty" example:"1"`
	Failure string    `json:"failure,omitempty" doc:"Why the last try failed." example:"it answered 503 Service Unavailable"`
	At      time.Time `json:"at" doc:"Of the state."`
}

// neighbourInput names an order and a neighbour.
type neighbourInput struct {
	OrderNo string `path:"orderNo" doc:"The number the BSS gave." example:"WO-1001"`
	Source  string `query:"source" doc:"Which system's order; needed only when several used the number." example:"crm"`
	Name    string `path:"name" doc:"Name of the neighbour." example:"platform"`
}

// retryNeighbour calls a neighbour again.
func (s *Server) retryNeighbour(ctx context.Context, in *neighbourInput) (*orderOutput, error) {
	o, err := s.findOrder(ctx, &orderInput{in.OrderNo, in.Source})
	if err != nil {
		return nil, err
	}
	return s.answerOrder(s.opts.Orders.RetryNeighbour(ctx, recordOf(ctx).actor, o.ID, in.Name))
}
