package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// base is the path that every call of the contract lies under.
const base = "/api/v1"

// route describes one operation: where it is, who may call it and what the
// description says. Its Go types come with the handler.
type route struct {
	method      string
	path        string
	id          string // operationId
	tag         string
	summary     string
	description string
	needs       permission
	evenDue     bool   // also for who must change the password first
	harmless    bool   // changes nothing, although it is no GET: no entry in the audit
	entered     bool   // entered in the audit, although it is a GET
	repeats     bool   // an answer of 200 is that of a repeat, which changes nothing
	status      int    // of success; 0 = 200
	media       string // of success; "" = application/json
	once        bool   // it takes an Idempotency-Key
	body        int64  // largest request body; 0 = none is read
	example     any    // of a successful answer
	problems    []int  // statuses of failure worth naming beside those of every call
}

// add registers an operation. It is a function since methods take no types.
func add[I, O any](s *Server, rt route, handle func(context.Context, *I) (*O, error)) {
	op := rt.operation()
	op.Middlewares = huma.Middlewares{s.guard(&rt)}
	if rt.once {
		op.Middlewares = append(op.Middlewares, s.once(max(rt.body, smallBody)))
		describeOnce(&op)
	}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, problemOf(err)
		}
		return out, nil
	})
}

// bodyTimeout is how long a caller may take to send a body.
const bodyTimeout = 10 * time.Second

// operation makes huma's form of the route.
func (rt *route) operation() huma.Operation {
	status, media := rt.status, rt.media
	if status == 0 {
		status = http.StatusOK
	}
	if media == "" {
		media = "application/json"
	}
	op := huma.Operation{
		OperationID: rt.id, Method: rt.method, Path: rt.path, Tags: []string{rt.tag},
		Summary: rt.summary, Description: rt.description + rt.audience(),
		DefaultStatus: status, Responses: rt.failures(), BodyReadTimeout: bodyTimeout,
		// huma reads up to and excluding its limit, so one more lets a body of
		// exactly the limit pass. Our own decoder checks bodies: see decode.
		MaxBodyBytes: rt.body + 1, SkipValidateBody: true,
	}
	op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status)}
	if status != http.StatusNoContent && status != http.StatusSeeOther {
		op.Responses[strconv.Itoa(status)].Content = map[string]*huma.MediaType{media: {Example: rt.example}}
	}
	if rt.needs != public {
		op.Security = []map[string][]string{{securityScheme: {}}, {sessionScheme: {}}}
	}
	return op
}

// audience says in the description who may call.
func (rt *route) audience() string {
	if rt.needs == public {
		return " Needs no token."
	}
	text := " Roles:"
	for i, role := range rolesWith(rt.needs) {
		if i > 0 {
			text += ","
		}
		text += " " + role
	}
	return text + "."
}

// failures lists the problems an operation may answer with.
func (rt *route) failures() map[string]*huma.Response {
	list := append([]int{http.StatusInternalServerError}, rt.problems...)
	if rt.needs != public {
		list = append(list, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests, http.StatusServiceUnavailable)
	}
	out := map[string]*huma.Response{}
	for _, status := range list {
		out[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status),
			Content: map[string]*huma.MediaType{problemType: {
				Schema: &huma.Schema{Ref: problemRef}, Example: exampleProblem(status)}},
		}
	}
	return out
}

// routes registers everything.
func (s *Server) routes() {
	s.orderRoutes()
	s.importRoutes()
	s.sheetRoutes()
	s.activationRoutes()
	s.deviceRoutes()
	s.deviceDetailRoutes()
	s.taskRoutes()
	s.batchRoutes()
	s.traceRoutes()
	s.lineRoutes()
	s.unmatchedRoutes()
	s.stockRoutes()
	s.fileRoutes()
	s.leasingRoutes()
	s.accessRoutes()
	s.configFileRoutes()
	s.statsRoutes()
	s.funnelRoutes()
	s.fleetRoutes()
	s.serviceRoutes()
	s.cardRoutes()
	s.searchRoutes()
	s.eventRoutes()
	s.outboxRoutes()
	s.profileRoutes()
	s.systemRoutes()
	s.operationRoutes()
	s.signInRoutes()
	s.signOnRoutes()
	s.userRoutes()
	s.tokenRoutes()
	s.auditRoutes()
}
