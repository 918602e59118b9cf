package api

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"itms"
)

// tracesPath is where recordings of sessions are.
const tracesPath = base + "/traces"

// traceRequest asks for a trace.
type traceRequest struct {
	Device   string `json:"device,omitempty" doc:"Id of a device that is known; this or network." example:"00005E-STB-S1001"`
	Network  string `json:"network,omitempty" doc:"Everything that comes from this network (CIDR), or address." example:"192.0.2.0/24"`
	Minutes  int    `json:"minutes" doc:"How long to record; at most 1440." example:"30"`
	MaxBytes int64  `json:"maxBytes,omitempty" doc:"Recording ends when so much was recorded; 4 MiB when left out, at most 64 MiB." example:"4194304"`
}

// createTraceInput is a document.
type createTraceInput struct {
	RawBody []byte `contentType:"application/json"`
}

// traceInput names one trace.
type traceInput struct {
	ID string `path:"id" doc:"Trace id." example:"01J0000000000000000000000Z"`
}

// listTracesInput selects traces.
type listTracesInput struct {
	Cursor string `query:"cursor" doc:"Next of the answer before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" doc:"Most items wanted; 50 when left out." example:"50"`
}

// downloadTraceInput names a trace and says how it is written.
type downloadTraceInput struct {
	ID     string `path:"id" doc:"Trace id." example:"01J0000000000000000000000Z"`
	Format string `query:"format" enum:"text,json" default:"text" doc:"text: one message after the other, XML indented; json: an array of messages." example:"text"`
}

// traceView is a trace.
type traceView struct {
	ID        string    `json:"id" example:"01J0000000000000000000000Z"`
	Device    string    `json:"device,omitempty" example:"00005E-STB-S1001"`
	Network   string    `json:"network,omitempty" example:"192.0.2.0/24"`
	Active    bool      `json:"active" doc:"Sessions are being recorded."`
	Actor     string    `json:"actor" doc:"Name of the token." example:"console"`
	CreatedAt time.Time `json:"createdAt"`
	Until     time.Time `json:"until" doc:"Recorded until then, or until maxBytes."`
	Expires   time.Time `json:"expires" doc:"Deleted then."`
	MaxBytes  int64     `json:"maxBytes" example:"4194304"`
	Bytes     int64     `json:"bytes" doc:"Recorded so far." example:"18231"`
	Messages  int       `json:"messages" doc:"Recorded so far." example:"12"`
	Dropped   int       `json:"dropped" doc:"Not recorded: the trace was full, or the server was too busy." example:"0"`
}

// traceMessageView is one request of a device, or the answer to it.
type traceMessageView struct {
	Seq     int               `json:"seq" example:"1"`
	At      time.Time         `json:"at"`
	Out     bool              `json:"out" doc:"To the device; else from it."`
	Session string            `json:"session,omitempty" example:"01J0000000000000000000000Z"`
	Device  string            `json:"device,omitempty" example:"00005E-STB-S1001"`
	Node    string            `json:"node,omitempty" example:"node-1"`
	Remote  string            `json:"remote,omitempty" example:"192.0.2.10"`
	Status  int               `json:"status,omitempty" doc:"HTTP status of an answer." example:"200"`
	Method  string            `json:"method,omitempty" doc:"RPC; none when the body is empty or cannot be read." example:"Inform"`
	Headers map[string]string `json:"headers,omitempty" doc:"Some; of credentials only that they were there."`
	Body    string            `json:"body,omitempty" doc:"Written anew from what was understood, with secrets masked."`
	Cut     bool              `json:"cut,omitempty" doc:"The body is the beginning only: too long, or not to be read."`
}

// traceOutput is one trace.
type traceOutput struct{ Body traceView }

// createTraceOutput is a new trace.
type createTraceOutput struct {
	Location string `header:"Location" doc:"Where the trace is."`
	Body     traceView
}

// exampleTrace is a trace of the example's device.
func exampleTrace() traceView {
	return traceView{ID: exampleID, Device: "00005E-STB-S1001", Active: true, Actor: "console", CreatedAt: exampleTime,
		Until: exampleTime.Add(30 * time.Minute), Expires: exampleTime.Add(itms.KeepTraces), MaxBytes: itms.DefaultTraceBytes, Bytes: 18231, Messages: 12}
}

// traceRoutes registers the operations on traces.
func (s *Server) traceRoutes() {
	one := tracesPath + "/{id}"
	add(s, route{method: http.MethodPost, path: tracesPath, id: "create-trace", tag: "Traces", summary: "Record the sessions of a device or a network",
		description: "Every POST and its answer, with secrets masked, from now on. The recording is kept for 7 days.",
		needs:       devicesTrace, status: http.StatusCreated, body: maxBody, example: exampleTrace(),
		problems: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
			http.StatusUnprocessableEntity}}, s.createTrace)
	describeBody[traceRequest](s, tracesPath, map[string]any{"device": "00005E-STB-S1001", "minutes": 30})
	add(s, route{method: http.MethodGet, path: tracesPath, id: "list-traces", tag: "Traces", summary: "List recordings",
		description: "Newest first.", needs: devicesTrace, example: pageOf[traceView]{Items: []traceView{exampleTrace()}},
		problems: []int{http.StatusUnprocessableEntity}}, s.listTraces)
	add(s, route{method: http.MethodGet, path: one, id: "get-trace", tag: "Traces", summary: "Show a recording",
		description: "How far it is; what was recorded is its download.", needs: devicesTrace, example: exampleTrace(), problems: []int{http.StatusNotFound}}, s.getTrace)
	add(s, route{method: http.MethodPost, path: one + "/stop", id: "stop-trace", tag: "Traces", summary: "End a recording",
		description: "What was recorded stays.", needs: devicesTrace, example: exampleTrace(), problems: []int{http.StatusNotFound}}, s.stopTrace)
	add(s, route{method: http.MethodDelete, path: one, id: "delete-trace", tag: "Traces", summary: "Delete a recording",
		description: "The answer is what it was.", needs: devicesTrace, example: exampleTrace(), problems: []int{http.StatusNotFound}}, s.deleteTrace)
	s.downloadRoute()
}

// downloadRoute registers the download, whose form huma cannot see.
func (s *Server) downloadRoute() {
	path := tracesPath + "/{id}/download"
	add(s, route{method: http.MethodGet, path: path, id: "download-trace", entered: true, tag: "Traces", summary: "Download a recording",
		description: "Text for people, or with format=json an array of TraceMessageView. That it was read is journalled.",
		needs:       devicesTrace, media: "text/plain", problems: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
		example: "#1 2026-11-01T08:00:00Z from 192.0.2.10 Inform\n"}, s.downloadTrace)
	op := s.api.OpenAPI().Paths[path].Get
	op.Responses["200"].Content["text/plain"].Schema = &huma.Schema{Type: huma.TypeString, Description: "One message after the other."}
	op.Responses["200"].Content["application/json"] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeArray, Items: schemaOf[traceMessageView](s.api)},
		Example: []traceMessageView{{Seq: 1, At: exampleTime, Session: exampleID, Remote: "192.0.2.10", Method: "Inform"}}}
}

// createTrace starts a trace.
func (s *Server) createTrace(ctx context.Context, in *createTraceInput) (*createTraceOutput, error) {
	body, err := bodyOf[traceRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	r := itms.TraceRequest{Network: body.Network, MaxBytes: body.MaxBytes}
	r.Time = time.Duration(min(max(body.Minutes, 0), math.MaxInt32)) * time.Minute
	if body.Device == "" {
		if err := everywhere(ctx); err != nil {
			return nil, err
		}
	} else {
		if r.Device, err = s.namedDevice(ctx, body.Device); err != nil {
			return nil, err
		}
	}
	t, err := s.opts.Traces.StartTrace(ctx, recordOf(ctx).actor, r)
	if err != nil {
		return nil, err
	}
	return &createTraceOutput{tracesPath + "/" + url.PathEscape(string(t.ID)), s.viewTrace(t)}, nil
}

// mayTrace refuses a trace that is not there for a caller with areas.
func (s *Server) mayTrace(ctx context.Context, id string) error {
	return s.forScoped(ctx, func(tx itms.Tx) error {
		_, err := tx.Traces().Get(itms.TraceID(id))
		return err
	})
}

// namedDevice finds the device that a document names.
func (s *Server) namedDevice(ctx context.Context, text string) (found itms.DeviceID, err error) {
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		for _, id := range deviceIDs(text) {
			_, err := tx.Devices().Get(id)
			if !itms.IsKind(err, itms.KindNotFound) {
				found = id
				return err
			}
		}
		return itms.NotFound("device", text)
	})
	return found, err
}

// traceList marks the cursors of traces.
const traceList = "traces"

// listTraces lists traces, newest first.
func (s *Server) listTraces(ctx context.Context, in *listTracesInput) (*listOutput[traceView], error) {
	before, err := readCursor(traceList, in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := limitOf(in.Limit)
	var traces []*itms.Trace
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		traces, err = tx.Traces().List(itms.TraceID(before), limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	return newPage(traceList, traces, limit, func(t *itms.Trace) string { return string(t.ID) }, s.viewTrace), nil
}

// getTrace shows a trace.
func (s *Server) getTrace(ctx context.Context, in *traceInput) (*traceOutput, error) {
	var t *itms.Trace
	err := s.opts.Store.View(ctx, func(tx itms.Tx) (err error) {
		t, err = tx.Traces().Get(itms.TraceID(in.ID))
		return err
	})
	if err != nil {
		return nil, err
	}
	return &traceOutput{s.viewTrace(t)}, nil
}

// stopTrace ends a trace.
func (s *Server) stopTrace(ctx context.Context, in *traceInput) (*traceOutput, error) {
	if err := s.mayTrace(ctx, in.ID); err != nil {
		return nil, err
	}
	t, err := s.opts.Traces.StopTrace(ctx, recordOf(ctx).actor, itms.TraceID(in.ID))
	if err != nil {
		return nil, err
	}
	return &traceOutput{s.viewTrace(t)}, nil
}

// deleteTrace removes a trace.
func (s *Server) deleteTrace(ctx context.Context, in *traceInput) (*traceOutput, error) {
	if err := s.mayTrace(ctx, in.ID); err != nil {
		return nil, err
	}
	t, err := s.opts.Traces.DeleteTrace(ctx, recordOf(ctx).actor, itms.TraceID(in.ID))
	if err != nil {
		return nil, err
	}
	return &traceOutput{s.viewTrace(t)}, nil
}

// downloadTrace streams what was recorded.
func (s *Server) downloadTrace(ctx context.Context, in *downloadTraceInput) (*streamOutput, error) {
	if err := s.mayTrace(ctx, in.ID); err != nil {
		return nil, err
	}
	t, err := s.opts.Traces.ReadTrace(ctx, recordOf(ctx).actor, itms.TraceID(in.ID))
	if err != nil {
		return nil, err
	}
	return &streamOutput{func(hc huma.Context) {
		_, w := humachi.Unwrap(hc)
		out := traceWriter(&textTrace{w: w})
		media, ending := "text/plain; charset=utf-8", ".txt"
		if in.Format == "json" {
			out, media, ending = &jsonTrace{w: w}, "application/json", ".json"
		}
		w.Header().Set("Content-Type", media)
		w.Header().Set("Content-Disposition", `attachment; filename="trace-`+string(t.ID)+ending+`"`)
		s.copyTrace(hc.Context(), t, out)
	}}, nil
}

// tracePage is how many messages are read at once.
const tracePage = 20

// copyTrace writes a trace page by page, so that memory does not grow with it. What
// fails by then can only show as an answer that is cut short.
func (s *Server) copyTrace(ctx context.Context, t *itms.Trace, out traceWriter) {
	err := out.begin(t)
	for seq := 0; err == nil; {
		var page []itms.TraceMessage
		err = s.opts.Store.View(ctx, func(tx itms.Tx) (err error) {
			page, err = tx.Traces().Messages(t.ID, seq, tracePage)
			return err
		})
		for i := 0; err == nil && i < len(page); i++ {
			seq = page[i].Seq
			err = out.message(&page[i])
		}
		if err == nil && len(page) < tracePage {
			err = out.end(t)
			break
		}
	}
	if err != nil && ctx.Err() == nil {
		s.log.Warn().Err(err).Str("trace", string(t.ID)).Msg("the download of a trace was cut short")
	}
}

// viewTrace shows a trace.
func (s *Server) viewTrace(t *itms.Trace) traceView {
	return traceView{ID: string(t.ID), Device: t.Device.String(), Network: t.Network, Active: t.Active(s.now()), Actor: t.Actor, CreatedAt: t.CreatedAt,
		Until: t.Until, Expires: t.CreatedAt.Add(itms.KeepTraces), MaxBytes: t.MaxBytes, Bytes: t.Bytes, Messages: t.Messages, Dropped: t.Dropped}
}
