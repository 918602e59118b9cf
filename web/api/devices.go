package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"itms"
)

// devicesPath is the collection of devices.
const devicesPath = base + "/devices"

// deviceListInput selects devices.
type deviceListInput struct {
	State  deviceState `query:"state" doc:"Only devices in this state."`
	Light  lightLevel  `query:"light" doc:"Only devices with this light, as their record tells it: how long ago they were in contact is not looked at."`
	Model  string      `query:"model" maxLength:"512" doc:"Only devices of this model, exactly." example:"STB-4K"`
	Vendor string      `query:"vendor" maxLength:"512" doc:"Only devices of this manufacturer, exactly." example:"Example"`
	Area   string      `query:"area" maxLength:"512" doc:"Only devices of this area; 51 is all that begin with it." example:"510100"`
	Q      string      `query:"q" doc:"Exact MAC address in any form, STBID, serial, device id, IP address, account, order number, telephone number, LOID, subscriber or service id." example:"00-00-5e-00-53-01"`
	Cursor string      `query:"cursor" doc:"Next of the answer before."`
	Limit  int         `query:"limit" minimum:"1" maximum:"500" doc:"Most items wanted; 50 when left out." example:"50"`
}

// deviceInput names one device.
type deviceInput struct {
	ID string `path:"id" doc:"Device id; its own percent-encoding may, but need not, be escaped again." example:"00005E-STB-S1001"`
}

// deviceOutput is one device.
type deviceOutput struct{ Body deviceView }

// requestedOutput confirms that a device was asked into contact.
type requestedOutput struct{ Body requestedView }

// requestedView names the device that was asked.
type requestedView struct {
	Device string `json:"device" example:"00005E-STB-S1001"`
	callView
}

// deviceRoutes registers the operations on whole devices.
func (s *Server) deviceRoutes() {
	one := devicesPath + "/{id}"
	add(s, route{method: http.MethodGet, path: devicesPath, id: "list-devices", tag: "Devices",
		summary: "List devices", description: "In the order of their ids.", needs: devicesRead,
		example:  pageOf[deviceView]{Items: []deviceView{exampleDevice()}},
		problems: []int{http.StatusUnprocessableEntity}}, s.listDevices)
	add(s, route{method: http.MethodGet, path: one, id: "get-device", tag: "Devices", summary: "Show a device",
		description: "With why it does not get on, and never with credentials.", needs: devicesRead, example: exampleDevice(),
		problems: []int{http.StatusNotFound}}, s.getDevice)
	add(s, route{method: http.MethodPost, path: one + "/connection-request", id: "request-connection", tag: "Devices",
		summary: "Ask a device to come into contact", description: "Answers once the device took the request (accepted, live) or it was sent " +
			"by UDP, which has no answer (sent). When the Inform stays away the other way is tried in the background. " +
			"A device may be out of reach (UNAVAILABLE); its next periodic Inform then does the same. " +
			"One that was asked several times just now is left in peace (RATE_LIMITED).",
		needs: devicesCall, status: http.StatusAccepted, problems: []int{http.StatusNotFound, http.StatusConflict},
		example: requestedView{exampleDevID, exampleCall()}}, s.requestConnection)
	add(s, route{method: http.MethodPost, path: one + "/block", id: "block-device", tag: "Devices",
		summary: "Forbid a device any session", description: "Its service stays as it is.", needs: devicesAct,
		example: exampleDevice(), problems: []int{http.StatusNotFound, http.StatusConflict}}, s.blockDevice)
	add(s, route{method: http.MethodPost, path: one + "/unblock", id: "unblock-device", tag: "Devices",
		summary: "Allow a blocked device its sessions again", description: "Undoes block.", needs: devicesAct,
		example: exampleDevice(), problems: []int{http.StatusNotFound, http.StatusConflict}}, s.unblockDevice)
	s.deviceActRoutes()
}

// deviceList marks the cursors of the device list.
const deviceList = "devices"

// boundDevice is a device with what it serves.
type boundDevice struct {
	device *itms.Device
	to     boundTo
}

// listDevices lists devices by id.
func (s *Server) listDevices(ctx context.Context, in *deviceListInput) (*listOutput[deviceView], error) {
	after, err := readCursor(deviceList, in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := limitOf(in.Limit)
	query := itms.DeviceQuery{State: itms.DeviceState(in.State), Light: itms.LightLevel(in.Light), Model: in.Model, Vendor: in.Vendor,
		Areas: areasOf(in.Area), After: after, Limit: limit + 1}
	var page []boundDevice
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		devices, err := selectDevices(tx, in.Q, query)
		if err != nil {
			return err
		}
		page, err = withBindings(tx, devices)
		return err
	})
	if err != nil {
		return nil, err
	}
	return newPage(deviceList, page, limit, func(b boundDevice) string { return b.device.ID.String() },
		func(b boundDevice) deviceView { return s.viewDevice(b.device, b.to) }), nil
}

// selectDevices reads a page of devices, or those that a name leads to.
func selectDevices(tx itms.Tx, q string, query itms.DeviceQuery) ([]*itms.Device, error) {
	if q == "" {
		return tx.Devices().List(query)
	}
	found := newFinding()
	if err := found.all(tx, q); err != nil {
		return nil, err
	}
	if err := found.serving(tx); err != nil {
		return nil, err
	}
	devices := sorted(found.devices, func(d *itms.Device) string { return d.ID.String() })
	devices = slices.DeleteFunc(devices, func(d *itms.Device) bool { return !listed(d, &query) })
	return devices[:min(len(devices), query.Limit)], nil
}

// listed reports whether a device found by name passes the filters too.
func listed(d *itms.Device, q *itms.DeviceQuery) bool {
	return (q.State == "" || d.State == q.State) && (q.Light == "" || d.Light() == q.Light) && (q.Model == "" || d.Model == q.Model) &&
		(q.Vendor == "" || d.Manufacturer == q.Vendor) && q.Areas.Hold(d.Area) && d.ID.String() > q.After
}

// serving adds the devices that the found services and orders run on.
func (f *finding) serving(tx itms.Tx) error {
	for id := range f.services {
		bindings, err := tx.Bindings().OfService(id)
		if err != nil {
			return err
		}
		for _, b := range bindings {
			if !b.State.InForce() {
				continue
			}
			if err := f.device(tx, b.Device); err != nil {
				return err
			}
		}
	}
	for _, o := range f.orders {
		if o.Device.IsZero() {
			continue
		}
		if err := f.device(tx, o.Device); err != nil {
			return err
		}
	}
	return nil
}

// withBindings adds what each device serves.
func withBindings(tx itms.Tx, devices []*itms.Device) ([]boundDevice, error) {
	page := make([]boundDevice, 0, len(devices))
	for _, d := range devices {
		to, err := bindingOf(tx, d.ID)
		if err != nil {
			return nil, err
		}
		page = append(page, boundDevice{d, to})
	}
	return page, nil
}

// getDevice shows a device and, when something is the matter, what.
func (s *Server) getDevice(ctx context.Context, _ *deviceInput) (*deviceOutput, error) {
	b, err := s.readDevice(ctx)
	if err != nil {
		return nil, err
	}
	found, err := s.opts.Devices.ExplainDevice(ctx, b.device.ID)
	if err != nil {
		return nil, err
	}
	v := s.viewDevice(b.device, b.to)
	v.Diagnosis = viewDiagnosis(found)
	v.Light = viewLight(s.opts.Desk.Enlighten(s.opts.Desk.DeviceLight(b.device), found))
	return &deviceOutput{v}, nil
}

// showDevice shows a device after something was done to it.
func (s *Server) showDevice(ctx context.Context) (*deviceOutput, error) {
	b, err := s.readDevice(ctx)
	if err != nil {
		return nil, err
	}
	return &deviceOutput{s.viewDevice(b.device, b.to)}, nil
}

// readDevice reads the device of the path with what it serves.
func (s *Server) readDevice(ctx context.Context) (b boundDevice, err error) {
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		if b.device, err = pathDevice(ctx, tx); err != nil {
			return err
		}
		b.to, err = bindingOf(tx, b.device.ID)
		return err
	})
	return b, err
}

// pathDevice reads the device that the path of the call names.
func pathDevice(ctx context.Context, tx itms.Tx) (*itms.Device, error) {
	rec := recordOf(ctx)
	segment := pathSegment(rec.req.URL, devicesPath+"/")
	for _, id := range deviceIDs(segment) {
		d, err := tx.Devices().Get(id)
		if itms.IsKind(err, itms.KindNotFound) {
			continue
		}
		if err == nil {
			rec.device = id.String()
		}
		return d, err
	}
	return nil, itms.NotFound("device", segment)
}

// pathSegment returns what stands after the prefix, up to the next slash, in the
// form it was sent in.
func pathSegment(u *url.URL, prefix string) string {
	segment, _, _ := strings.Cut(strings.TrimPrefix(u.EscapedPath(), prefix), "/")
	return segment
}

// deviceIDs lists the ids that a path segment may mean. A device id has its own
// percent-encoding, which some clients send as it is and others escape once more:
// the former is tried first, and what the store does not know is not it.
func deviceIDs(segment string) []itms.DeviceID {
	var ids []itms.DeviceID
	for range 2 {
		if id, err := itms.ParseDeviceID(segment); err == nil && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
		once, err := url.PathUnescape(segment)
		if err != nil {
			break
		}
		segment = once
	}
	return ids
}

// deviceLink is the path of a device.
func deviceLink(id itms.DeviceID) string { return devicesPath + "/" + url.PathEscape(id.String()) }

// findDevice returns the id of the device that the path names.
func (s *Server) findDevice(ctx context.Context) (id itms.DeviceID, err error) {
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		d, err := pathDevice(ctx, tx)
		if err == nil {
			id = d.ID
		}
		return err
	})
	return id, err
}

// requestConnection asks a device into contact and journals who asked.
func (s *Server) requestConnection(ctx context.Context, _ *deviceInput) (*requestedOutput, error) {
	id, err := s.findDevice(ctx)
	if err != nil {
		return nil, err
	}
	err = s.opts.Store.Update(ctx, func(tx itms.Tx) error {
		return tx.Journal().Append(&itms.Event{At: itms.Timestamp(s.now()), Type: "device.connectionRequest",
			Device: id, Actor: recordOf(ctx).actor, Text: "asked to come into contact"})
	})
	if err != nil {
		return nil, err
	}
	report, err := s.opts.Waker.ConnectionRequest(ctx, id)
	if err != nil {
		return nil, err
	}
	return &requestedOutput{requestedView{id.String(), *viewCall(report)}}, nil
}

// blockDevice forbids a device any session.
func (s *Server) blockDevice(ctx context.Context, _ *deviceInput) (*deviceOutput, error) {
	return s.setBlocked(ctx, true)
}

// unblockDevice allows it again.
func (s *Server) unblockDevice(ctx context.Context, _ *deviceInput) (*deviceOutput, error) {
	return s.setBlocked(ctx, false)
}

// setBlocked changes the block and shows the device after it.
func (s *Server) setBlocked(ctx context.Context, blocked bool) (*deviceOutput, error) {
	id, err := s.findDevice(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.opts.Devices.Block(ctx, recordOf(ctx).actor, id, blocked); err != nil {
		return nil, err
	}
	return s.showDevice(ctx)
}
