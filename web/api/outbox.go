package api

import (
	"context"
	"net/http"
	"time"

	"itms"
)

// outboxPath is the list of callbacks that wait.
const outboxPath = base + "/outbox"

// outboxInput selects deliveries.
type outboxInput struct {
	Cursor string `query:"cursor" doc:"Next of the answer before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" doc:"Most items wanted; 50 when left out." example:"50"`
}

// deliveryView is a delivery that did not succeed yet. Its body is the BSS's alone.
type deliveryView struct {
	ID       string    `json:"id" doc:"The webhook-id, the same on each try." example:"01J0000000000000000000000Z"`
	Kind     string    `json:"kind" example:"callback"`
	Stream   string    `json:"stream" doc:"Deliveries of one stream go out one after the other; the internal number of the order." example:"01J0000000000000000000000Z"`
	Target   string    `json:"target" doc:"Where it goes, without its query." example:"https://bss.example.com/hook"`
	QueuedAt time.Time `json:"queuedAt"`
	Due      time.Time `json:"due" doc:"Next try."`
	Tries    int       `json:"tries" doc:"Tries that failed." example:"3"`
	LastErr  string    `json:"lastError,omitempty" doc:"Why the last one failed." example:"503 Service Unavailable"`
}

// outboxRoutes registers the outbox.
func (s *Server) outboxRoutes() {
	add(s, route{method: http.MethodGet, path: outboxPath, id: "list-outbox", tag: "Operation",
		summary: "List callbacks that are not delivered yet", description: "Oldest first. What was delivered is gone from here.",
		needs: outboxRead, problems: []int{http.StatusUnprocessableEntity},
		example: pageOf[deliveryView]{Items: []deliveryView{{ID: exampleID, Kind: "callback", Stream: exampleID,
			Target: "https://bss.example.com/hook", QueuedAt: exampleTime, Due: exampleTime.Add(time.Minute), Tries: 3,
			LastErr: "503 Service Unavailable"}}}}, s.listOutbox)
}

// outboxList marks the cursors of the outbox.
const outboxList = "outbox"

// listOutbox lists queued deliveries.
func (s *Server) listOutbox(ctx context.Context, in *outboxInput) (*listOutput[deliveryView], error) {
	after, err := readCursor(outboxList, in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := limitOf(in.Limit)
	var queued []itms.Delivery
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		queued, err = tx.Outbox().List(after, limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	return newPage(outboxList, queued, limit, func(d itms.Delivery) string { return d.ID }, viewDelivery), nil
}

// viewDelivery shows a delivery.
func viewDelivery(d itms.Delivery) deliveryView {
	return deliveryView{ID: d.ID, Kind: d.Kind, Stream: d.Stream, Target: withoutQuery(d.Target),
		QueuedAt: d.QueuedAt, Due: d.Due, Tries: d.Tries, LastErr: d.LastErr}
}
