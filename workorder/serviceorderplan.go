package workorder

import (
	"crypto/subtle"
	"fmt"
	"slices"

	"itms"
)

// outlook is a service as it will be once what was planned so far is done.
type outlook struct {
	svc    *itms.Service // nil = there is none to build on
	claim  itms.DeviceClaim
	device *itms.Device // that serves it now; nil = none, or another by then
}

// planner turns the items of a service order into work orders, each with the changes of
// those before it in mind.
type planner struct {
	*work
	part     *part
	outlooks map[itms.ServiceID]*outlook
	numbers  map[itms.OrderNo]bool
}

// planner makes one.
func (w *work) planner(p *part) *planner {
	return &planner{w, p, map[itms.ServiceID]*outlook{}, map[itms.OrderNo]bool{}}
}

// outlook is what to expect of a service.
func (p *planner) outlook(id itms.ServiceID) (*outlook, error) {
	if have := p.outlooks[id]; have != nil || id == "" {
		return have, nil
	}
	s, err := p.slotOf(id)
	if err != nil {
		return nil, err
	}
	have := &outlook{}
	if s.live() {
		have.svc = s.service
	}
	if b := s.open(); b != nil {
		have.claim = b.Claim
		if !b.Device.IsZero() {
			if have.device, err = p.device(b.Device); err != nil {
				return nil, err
			}
		}
	}
	p.outlooks[id] = have
	return have, nil
}

// serves reports whether the device that a claim names serves the service.
func (have *outlook) serves(claim itms.DeviceClaim) bool {
	if have.device != nil && claim.Matches(have.device) {
		return true
	}
	return have.device == nil && sameClaim(claim, have.claim)
}

// expect notes what a work order will make of its service.
func (p *planner) expect(o *itms.Order) error {
	have, err := p.outlook(o.Request.Service.ID)
	if err != nil || have == nil {
		return err
	}
	if o.Kind == itms.KindInstall {
		svc := &itms.Service{ID: o.Request.Service.ID}
		p.fill(svc, o)
		svc.State = itms.ServiceActive
		have.svc = svc
	}
	if have.svc == nil {
		return nil
	}
	switch o.Kind {
	case itms.KindInstall:
		have.claim, have.device = o.Claim, nil
	case itms.KindTerminate:
		have.svc = nil
		return nil
	case itms.KindSuspend:
		have.svc.State = itms.ServiceSuspended
		return nil
	case itms.KindSwap:
		have.claim, have.device = o.Claim, nil
	}
	overlay(have.svc, o, aspects(o))
	return nil
}

// plan says by which work orders an item is carried out, one after the other. Without any
// there is nothing to do, or, with a verdict, nothing can be done.
func (p *planner) plan(w *itemWish) (list []itms.OrderRequest, verdict *admission, err error) {
	req := w.in.req
	if req.Service.ID == "" && w.item.Action != itms.ActionAdd {
		o := &itms.Order{Kind: itms.KindModify, Claim: w.in.claim, OldDevice: w.in.old, Subscriber: req.Subscriber.ID, Request: *req}
		if req.Service.ID, verdict, err = p.meant(o); err != nil || verdict != nil && verdict.on == onReject {
			return nil, verdict, err
		}
	}
	have, err := p.outlook(req.Service.ID)
	if err != nil {
		return nil, nil, err
	}
	if have == nil {
		have = &outlook{}
	}
	switch w.item.Action {
	case itms.ActionAdd:
		list = append(list, *req)
		if w.item.State == itms.ServiceSuspended {
			list = append(list, w.bare(itms.KindSuspend, have))
		}
		return list, nil, nil
	case itms.ActionDelete:
		return []itms.OrderRequest{w.bare(itms.KindTerminate, have)}, nil, nil
	case itms.ActionNoChange:
		return nil, nil, nil
	}
	return p.modify(w, have)
}

// bare is a work order about the service of an item that carries nothing else.
func (w *itemWish) bare(kind itms.OrderKind, have *outlook) itms.OrderRequest {
	req := w.in.req
	bare := itms.OrderRequest{Source: req.Source, Kind: kind, Mode: itms.ModeSelf, Subscriber: req.Subscriber,
		Service: itms.ServiceSpec{ID: req.Service.ID}, DueBy: req.DueBy, Callback: req.Callback}
	if bare.Subscriber.ID == "" && have.svc != nil {
		bare.Subscriber = have.svc.Subscriber
	}
	if bare.Service.ID == "" { // the service is not there yet: what it may be found by
		bare.OldDevice = req.OldDevice
		if kind != itms.KindSwap {
			bare.Device = req.Device
		}
	}
	return bare
}

// modify compares what an item wants with what is there. What gives goes first: the
// service is resumed and gets its owner, then its device and place, then its content.
func (p *planner) modify(w *itemWish, have *outlook) (list []itms.OrderRequest, verdict *admission, err error) {
	req := w.in.req
	if have.svc != nil && req.Service.Type != "" && req.Service.Type != have.svc.Type {
		return nil, &admission{onReject, itms.TroubleNoService,
			fmt.Sprintf("service %s is of type %s, which does not change: expected delete and add", req.Service.ID, have.svc.Type)}, nil
	}
	if w.item.State == itms.ServiceTerminated {
		return []itms.OrderRequest{w.bare(itms.KindTerminate, have)}, nil, nil
	}
	content, err := p.content(w, have)
	if err != nil {
		return nil, nil, err
	}
	for _, step := range []*itms.OrderRequest{w.resume(have), w.transfer(have), w.device(have), w.relocate(have), content, w.suspend(have)} {
		if step != nil {
			list = append(list, *step)
		}
	}
	if len(list) == 0 && have.svc == nil {
		return nil, &admission{onReject, itms.TroubleNoService, fmt.Sprintf("service %s is not there", req.Service.ID)}, nil
	}
	return list, nil, nil
}

// resume is the work order that gives a suspended service back, nil when none is needed.
func (w *itemWish) resume(have *outlook) *itms.OrderRequest {
	if w.item.State != itms.ServiceActive || have.svc != nil && have.svc.State != itms.ServiceSuspended {
		return nil
	}
	r := w.bare(itms.KindResume, have)
	return &r
}

// suspend is the work order that withdraws a service for a time.
func (w *itemWish) suspend(have *outlook) *itms.OrderRequest {
	if w.item.State != itms.ServiceSuspended || have.svc != nil && have.svc.State == itms.ServiceSuspended {
		return nil
	}
	r := w.bare(itms.KindSuspend, have)
	return &r
}

// transfer is the work order that gives a service another owner. Of a service that is not
// there the subscriber is only a name that it may be found by.
func (w *itemWish) transfer(have *outlook) *itms.OrderRequest {
	if id := w.in.req.Subscriber.ID; have.svc == nil || id == "" || id == have.svc.Subscriber.ID {
		return nil
	}
	r := w.bare(itms.KindTransfer, have)
	return &r
}

// line is the new place of a service, as a whole; the same as before when nothing is said
// of it.
func (w *itemWish) line(have *outlook) (line itms.Line, moved bool) {
	if have.svc != nil {
		line = have.svc.Line
	}
	was, want := line, w.in.req.Line
	take(&line.Area, want.Area)
	take(&line.Node, want.Node)
	take(&line.Port, want.Port)
	take(&line.VLAN, want.VLAN)
	return line, line != was
}

// changesDevice reports whether another device is to serve: one that is named, or, with
// the old one named, one that a technician brings.
func (w *itemWish) changesDevice(have *outlook) bool {
	if w.in.namesDevice() {
		return !have.serves(w.in.claim)
	}
	return w.in.req.Mode == itms.ModeTechnician && w.in.namesOld()
}

// device is the work order that puts another device in place, which carries a new line
// along. Without a service at hand, the device may be all that names it.
func (w *itemWish) device(have *outlook) *itms.OrderRequest {
	if !w.changesDevice(have) || w.in.req.Service.ID == "" && !w.in.namesOld() {
		return nil
	}
	r := w.bare(itms.KindSwap, have)
	r.Mode, r.Device, r.OldDevice = w.in.req.Mode, w.in.req.Device, w.in.req.OldDevice
	if line, moved := w.line(have); moved {
		r.Line = line
	}
	return &r
}

// relocate is the work order that brings a service to another line.
func (w *itemWish) relocate(have *outlook) *itms.OrderRequest {
	line, moved := w.line(have)
	if !moved || w.device(have) != nil {
		return nil
	}
	r := w.bare(itms.KindRelocate, have)
	r.Mode, r.Line = w.in.req.Mode, line
	return &r
}

// content is the work order that changes what a service holds; when only passwords
// change, one of that kind.
func (p *planner) content(w *itemWish, have *outlook) (*itms.OrderRequest, error) {
	want, r := &w.in.req.Service, w.bare(itms.KindPassword, have)
	changed := w.newContent(&r, have)
	for _, secret := range []struct {
		given itms.Secret
		have  func(*itms.Service) itms.Sealed
		to    *itms.Secret
	}{{want.Password, func(s *itms.Service) itms.Sealed { return s.Password }, &r.Service.Password},
		{want.Access.Password, func(s *itms.Service) itms.Sealed { return s.Access.Password }, &r.Service.Access.Password}} {
		var stored itms.Sealed
		if have.svc != nil {
			stored = secret.have(have.svc)
		}
		differs, err := p.differs(secret.given, stored)
		if err != nil {
			return nil, err
		}
		if differs {
			*secret.to = secret.given
		}
	}
	if changed {
		r.Kind = itms.KindModify
	} else if r.Service.Password.IsZero() && r.Service.Access.Password.IsZero() {
		return nil, nil
	}
	return &r, nil
}

// differs reports whether a secret that is given is another than the stored one.
func (w *work) differs(given itms.Secret, stored itms.Sealed) (bool, error) {
	if given.IsZero() {
		return false, nil
	}
	known, err := w.unseal(stored)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare([]byte(given.Reveal()), []byte(known.Reveal())) != 1, nil
}

// newContent writes into r what differs, passwords apart, and reports whether anything
// does.
func (w *itemWish) newContent(r *itms.OrderRequest, have *outlook) bool {
	want := w.in.req
	svc := have.svc
	if svc == nil {
		svc = &itms.Service{}
	}
	to := &r.Service
	to.Package, to.Account = other(want.Service.Package, svc.Package), other(want.Service.Account, svc.Account)
	to.AuthURL, to.AuthURLBackup = other(want.Service.AuthURL, svc.AuthURL), other(want.Service.AuthURLBackup, svc.AuthURLBackup)
	access := want.Service.Access
	to.Access = itms.AccessSpec{Type: other(access.Type, svc.Access.Type), Account: other(access.Account, svc.Access.Account),
		DownKbps: other(access.DownKbps, svc.Access.DownKbps), UpKbps: other(access.UpKbps, svc.Access.UpKbps)}
	for name, value := range want.Attributes {
		if have, known := svc.Attributes[name]; known && have == value {
			continue
		}
		if r.Attributes == nil {
			r.Attributes = map[string]string{}
		}
		r.Attributes[name] = value
	}
	return to.Package != "" || to.Account != "" || to.AuthURL != "" || to.AuthURLBackup != "" || to.Access != (itms.AccessSpec{}) || len(r.Attributes) > 0
}

// other is what is given when it says something else than what is there, nothing
// otherwise.
func other[T comparable](given, have T) (differs T) {
	if given != have {
		return given
	}
	return differs
}

// number makes the number of an item's n-th work order (from 0), unlike any other.
func (p *planner) number(item string, n int) (itms.OrderNo, error) {
	base := string(p.part.order.ID) + "-" + item
	for ; ; n++ {
		no, err := itms.ParseOrderNo(numbered(base, n))
		if err != nil {
			return "", err
		}
		if p.numbers[no] {
			continue
		}
		p.numbers[no] = true
		if p.part.fresh {
			return no, nil
		}
		if _, err := p.tx.Orders().ByNumber(p.part.order.Source, no); itms.IsKind(err, itms.KindNotFound) {
			return no, nil
		} else if err != nil {
			return "", err
		}
	}
}

// lastOrders are the last work orders of items: what whoever comes after them waits for.
// An item without any stands for those that it waits for itself.
func (p *planner) lastOrders(items []string) (list []itms.OrderID) {
	for _, id := range items {
		item := p.part.order.Item(id)
		if item == nil {
			continue
		}
		last := p.lastOrders(item.After)
		if n := len(item.Orders); n > 0 {
			last = item.Orders[n-1:]
		}
		for _, o := range last {
			if !slices.Contains(list, o) {
				list = append(list, o)
			}
		}
	}
	return list
}
