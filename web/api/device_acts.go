package api

import (
	"context"
	"net/http"

	"itms"
)

// deviceBodyInput names a device and has a document, as bytes: see decode.
type deviceBodyInput struct {
	ID      string `path:"id" doc:"Device id; its own percent-encoding may, but need not, be escaped again." example:"00005E-STB-S1001"`
	RawBody []byte `contentType:"application/json"`
}

// bindRequest says what a device is to serve.
type bindRequest struct {
	OrderNo   string  `json:"orderNo,omitempty" doc:"A waiting order; or serviceId." example:"WO-1001"`
	Source    *string `json:"source,omitempty" doc:"Of the order; needed only when several sources used the number." example:"crm"`
	ServiceID string  `json:"serviceId,omitempty" doc:"A slot without a device; or orderNo." example:"U1001-1"`
	Force     bool    `json:"force,omitempty" doc:"Release the device from whatever holds it; needs a reason."`
	Reason    string  `json:"reason,omitempty" maxLength:"500" doc:"For the audit." example:"the label on the box is wrong"`
}

// deviceActRoutes registers what operators do to a device by hand.
func (s *Server) deviceActRoutes() {
	one := devicesPath + "/{id}"
	problems := []int{http.StatusNotFound, http.StatusConflict, http.StatusBadRequest, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}
	add(s, route{method: http.MethodPost, path: one + "/bind", id: "bind-device", tag: "Devices",
		summary: "Tie a device to an order or a service", description: "By hand, audited; either orderNo or serviceId. The " +
			"device is configured at its next contact, which is asked for. DEVICE_TAKEN when it serves something else: force releases it.",
		needs: devicesAct, body: smallBody, example: exampleDevice(), problems: problems}, s.bindDevice)
	add(s, route{method: http.MethodPost, path: one + "/unbind", id: "unbind-device", tag: "Devices",
		summary: "Release a device from its service", description: "By hand, audited. Its credentials are overwritten at its next contact.",
		needs: devicesAct, body: smallBody, example: exampleDevice(), problems: problems}, s.unbindDevice)
	add(s, route{method: http.MethodPost, path: one + "/unlock", id: "unlock-device", tag: "Devices",
		summary: "Forget a device's wrong activation codes", description: "It may be tried again at once.",
		needs: devicesUnlock, example: exampleDevice(), problems: problems[:2]}, s.unlockDevice)
	describeBody[bindRequest](s, one+"/bind", map[string]any{"orderNo": "WO-1001", "reason": exampleAudit})
	describeBody[reasonRequest](s, one+"/unbind", map[string]any{"reason": exampleAudit})
}

// bindDevice ties a device to an order or a service.
func (s *Server) bindDevice(ctx context.Context, in *deviceBodyInput) (*deviceOutput, error) {
	id, err := s.findDevice(ctx)
	if err != nil {
		return nil, err
	}
	body, err := bodyOf[bindRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	req, err := s.bindRequest(ctx, body)
	if err != nil {
		return nil, err
	}
	if _, err := s.opts.Devices.Bind(ctx, recordOf(ctx).actor, id, req); err != nil {
		return nil, err
	}
	return s.showDevice(ctx)
}

// bindRequest turns the posted document into the domain's, which knows an order by
// its id.
func (s *Server) bindRequest(ctx context.Context, body *bindRequest) (itms.BindRequest, error) {
	req := itms.BindRequest{Service: itms.ServiceID(body.ServiceID), Force: body.Force, Reason: body.Reason}
	if err := checkText("/reason", body.Reason, maxReason); err != nil {
		return req, err
	}
	if body.OrderNo == "" {
		return req, s.forScoped(ctx, func(tx itms.Tx) error {
			_, err := tx.Services().Get(req.Service)
			return err
		})
	}
	o, err := s.orderNumbered(ctx, body.OrderNo, body.Source)
	if err == nil {
		req.Order = o.ID
	}
	return req, err
}

// unbindDevice releases a device.
func (s *Server) unbindDevice(ctx context.Context, in *deviceBodyInput) (*deviceOutput, error) {
	id, err := s.findDevice(ctx)
	if err != nil {
		return nil, err
	}
	reason, err := s.requiredReason(ctx, in.RawBody)
	if err != nil {
		return nil, err
	}
	if _, err := s.opts.Devices.Unbind(ctx, recordOf(ctx).actor, id, reason); err != nil {
		return nil, err
	}
	return s.showDevice(ctx)
}

// unlockDevice forgets wrong codes.
func (s *Server) unlockDevice(ctx context.Context, _ *deviceInput) (*deviceOutput, error) {
	id, err := s.findDevice(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.opts.Devices.Unlock(ctx, recordOf(ctx).actor, id); err != nil {
		return nil, err
	}
	return s.showDevice(ctx)
}
