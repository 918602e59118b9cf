package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"itms"
)

// eventsPath is the stream of the journal.
const eventsPath = base + "/events"

// eventView is one entry of the journal.
type eventView struct {
	Seq     int64             `json:"seq" doc:"Grows, may have gaps; the id of a stream event." example:"1001"`
	At      time.Time         `json:"at"`
	Type    string            `json:"type" example:"order.done"`
	Device  string            `json:"device,omitempty" example:"00005E-STB-S1001"`
	Order   string            `json:"order,omitempty" doc:"Internal number of the order." example:"01J0000000000000000000000Z"`
	OrderNo string            `json:"orderNo,omitempty" example:"WO-1001"`
	Service string            `json:"service,omitempty" example:"U1001-1"`
	Area    string            `json:"area,omitempty" example:"510100"`
	Actor   string            `json:"actor,omitempty" example:"system"`
	Text    string            `json:"text" doc:"For people." example:"order WO-1001 is done"`
	Alarm   bool              `json:"alarm,omitempty" doc:"Somebody should look at it."`
	Data    map[string]string `json:"data,omitempty"`
}

// viewEvent shows an event.
func viewEvent(e itms.Event) eventView {
	return eventView{Seq: e.Seq, At: e.At, Type: e.Type, Device: e.Device.String(), Order: string(e.Order),
		OrderNo: string(e.OrderNo), Service: string(e.Service), Area: e.Area, Actor: e.Actor, Text: e.Text, Alarm: e.Alarm, Data: e.Data}
}

// streamInput says from where to stream what.
type streamInput struct {
	LastEventID string `header:"Last-Event-ID" doc:"Resume behind this event; browsers send it by themselves." example:"1000"`
	From        string `query:"lastEventId" doc:"The same for a first connection. Without either, only new events are sent; 0 means all that are kept." example:"1000"`
	Type        string `query:"type" doc:"Only these types, separated by commas; one that ends in a dot takes all below it." example:"order.,device.seen"`
	Device      string `query:"device" doc:"Only events of this device id." example:"00005E-STB-S1001"`
	Order       string `query:"order" doc:"Only events of this order number, or internal order number." example:"WO-1001"`
}

// streamOutput writes the stream itself.
type streamOutput struct{ Body func(huma.Context) }

// eventRoutes registers the stream.
func (s *Server) eventRoutes() {
	add(s, route{method: http.MethodGet, path: eventsPath, id: "stream-events", tag: "Events",
		summary: "Follow what happens", description: "Server-sent events. Each has the journal sequence as its id and an Event " +
			"as JSON in data. A connection resumes where the last one ended; a comment is sent while nothing happens. " +
			"The stream ends when the server stops or the token is revoked.",
		needs: journalRead, media: "text/event-stream", problems: []int{http.StatusUnprocessableEntity},
		example: "id: 1001\ndata: {\"seq\":1001,\"at\":\"2026-11-01T08:00:00Z\",\"type\":\"order.done\",\"text\":\"order WO-1001 is done\"}\n\n"},
		s.streamEvents)
	op := s.api.OpenAPI().Paths[eventsPath].Get
	op.Responses["200"].Content["text/event-stream"].Schema = &huma.Schema{Type: huma.TypeString,
		Description: "A text/event-stream whose data lines are Event documents."}
	schemaOf[eventView](s.api)
}

// eventFilter says which events a stream wants; the zero value wants all.
type eventFilter struct {
	types  []string
	device string
	order  string
}

// filter reads the filters of a call.
func (in *streamInput) filter() eventFilter {
	f := eventFilter{device: in.Device, order: in.Order}
	for _, t := range strings.Split(in.Type, ",") {
		if t = strings.TrimSpace(t); t != "" {
			f.types = append(f.types, t)
		}
	}
	return f
}

// wants reports whether an event passes.
func (f *eventFilter) wants(e *itms.Event) bool {
	if e.Type == "" { // of another area
		return false
	}
	if f.device != "" && f.device != e.Device.String() && f.device != plainID(e.Device) {
		return false
	}
	if f.order != "" && f.order != string(e.OrderNo) && f.order != string(e.Order) {
		return false
	}
	for _, t := range f.types {
		if t == e.Type || strings.HasSuffix(t, ".") && strings.HasPrefix(e.Type, t) {
			return true
		}
	}
	return len(f.types) == 0
}

// plainID is a device id without its percent-encoding: what is left of it when a
// client did not escape it in a query.
func plainID(id itms.DeviceID) string { return id.OUI + "-" + id.ProductClass + "-" + id.Serial }

// streamEvents opens a stream; what can fail with a problem fails here.
func (s *Server) streamEvents(ctx context.Context, in *streamInput) (*streamOutput, error) {
	seq, err := s.startAt(ctx, in)
	if err != nil {
		return nil, err
	}
	release, err := s.streams.open()
	if err != nil {
		return nil, err
	}
	filter := in.filter()
	return &streamOutput{func(hc huma.Context) {
		defer release()
		r, w := humachi.Unwrap(hc)
		s.stream(w, r, seq, filter)
	}}, nil
}

// startAt returns the sequence behind which the stream starts. One that is ahead
// of the journal, e.g. from before a restore, would wait for years: it starts at
// the end.
func (s *Server) startAt(ctx context.Context, in *streamInput) (int64, error) {
	pointer, text := "/header/Last-Event-ID", in.LastEventID
	if text == "" {
		pointer, text = "/query/lastEventId", in.From
	}
	var last int64
	err := s.opts.Store.View(ctx, func(tx itms.Tx) (err error) {
		last, err = tx.Journal().Last()
		return err
	})
	if err != nil || text == "" {
		return last, err
	}
	seq, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seq < 0 {
		return 0, itms.Invalid(pointer, "expected the id of an event, a whole number")
	}
	return min(seq, last), nil
}
