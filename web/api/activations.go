package api

import (
	"context"
	"net/http"

	"itms"
)

// activationsPath takes activation codes.
const activationsPath = base + "/activations"

// activationInput is the posted document, as bytes: see decode.
type activationInput struct {
	RawBody []byte `contentType:"application/json"`
}

// activationRequest is an activation code as a person types it, and the box it is
// for when the order does not name it.
type activationRequest struct {
	Code  string `json:"code" doc:"11 digits; dashes and spaces are ignored." example:"1234-5678-903"`
	STBID string `json:"stbId,omitempty" doc:"Of the box in front of the technician." example:"0010019900600000000000005E005301"`
	MAC   string `json:"mac,omitempty" doc:"The same by its MAC address, in any form." example:"00:00:5E:00:53:01"`
}

// activationOutput is what the code led to.
type activationOutput struct{ Body activationView }

// activationView is the order of a code as the technician needs it.
type activationView struct {
	OrderNo  string     `json:"orderNo" example:"WO-1001"`
	State    orderState `json:"state"`
	Reason   string     `json:"reason,omitempty" doc:"Why it is not moving, or how it ended, in words."`
	DeviceID string     `json:"deviceId,omitempty" doc:"The device that serves it, once known." example:"00005E-STB-S1001"`
	Text     string     `json:"text" doc:"What happens next, for the technician."`
}

// activationTexts says what happens next in each state that a code may lead to.
var activationTexts = map[itms.OrderState]string{
	itms.OrderHeld:          "the code is right; another order of this service must end first",
	itms.OrderWaitingDevice: "the code is accepted; connect the box and switch it on",
	itms.OrderWaitingSTB:    "the code is right; send the STBID or MAC address of the box too",
	itms.OrderWaitingCode:   "the code is right; it must be sent for the box that the order names",
	itms.OrderExecuting:     "the code is accepted; the box is being set up",
	itms.OrderVerifying:     "the code is accepted; the settings of the box are being checked",
	itms.OrderDone:          "the order is done; the box works",
	itms.OrderFailed:        "the code is right, but setting up the box failed; ask the operator",
}

// activationRoutes registers the technician's call.
func (s *Server) activationRoutes() {
	add(s, route{method: http.MethodPost, path: activationsPath, id: "activate", repeats: true, tag: "Work orders",
		summary: "Use an activation code", description: "By the same rules as a code typed on the box. The same code for the " +
			"same box again answers the same. A slip of the hand (CODE_MISTYPED) and an old code (CODE_EXPIRED) cost no try; " +
			"too many wrong ones lock the box and the caller's address for a while (LOCKED, with Retry-After).",
		needs: activate, body: smallBody, example: exampleActivation(),
		problems: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge,
			http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}}, s.activate)
	describeBody[activationRequest](s, activationsPath, map[string]any{"code": exampleCode, "stbId": exampleSTBID})
}

// activate uses an activation code.
func (s *Server) activate(ctx context.Context, in *activationInput) (*activationOutput, error) {
	body, err := bodyOf[activationRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	rec := recordOf(ctx)
	o, err := s.opts.Orders.Activate(ctx, rec.actor, itms.ActivationRequest{Code: body.Code, STBID: body.STBID, MAC: body.MAC,
		Source: sourceOf(rec.req), Areas: rec.areas})
	if err != nil {
		return nil, err
	}
	rec.order, rec.device = string(o.No), o.Device.String()
	return &activationOutput{viewActivation(o)}, nil
}

// sourceOf is the address that a caller's wrong codes are counted by, the same as
// for failed authentications; "" for callers of this host, who have none.
func sourceOf(r *http.Request) string {
	addr := remoteAddr(r)
	if !addr.IsValid() {
		return ""
	}
	return addr.String()
}

// viewActivation shows an order to the technician.
func viewActivation(o *itms.Order) activationView {
	text, ok := activationTexts[o.State]
	if !ok {
		text = "the order is " + string(o.State)
	}
	return activationView{OrderNo: string(o.No), State: orderState(o.State), Reason: o.Reason,
		DeviceID: o.Device.String(), Text: text}
}
