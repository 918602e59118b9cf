package api

import (
	"time"

	"itms"
)

// orderView is a work order as shown: what was posted without its secrets, and
// where it stands.
type orderView struct {
	ID         string            `json:"id" doc:"Internal number; later orders have greater ones." example:"01J0000000000000000000000Z"`
	OrderNo    string            `json:"orderNo" example:"WO-1001"`
	Source     string            `json:"source" example:"crm"`
	Kind       orderKind         `json:"kind"`
	Mode       orderMode         `json:"mode"`
	State      orderState        `json:"state"`
	Final      bool              `json:"final" doc:"Nothing can happen to it any more."`
	Reason     string            `json:"reason,omitempty" doc:"Why it is not moving, or how it ended, in words."`
	Attempt    int               `json:"attempt" doc:"1, then one more per retry." example:"1"`
	Subscriber subscriberDoc     `json:"subscriber"`
	Service    serviceSpecView   `json:"service"`
	Device     *claimDoc         `json:"device,omitempty" doc:"The device that the order names."`
	OldDevice  *claimDoc         `json:"oldDevice,omitempty" doc:"The device to be replaced."`
	DeviceID   string            `json:"deviceId,omitempty" doc:"The device that serves it, once known." example:"00005E-STB-S1001"`
	Line       lineDoc           `json:"line"`
	DueBy      time.Time         `json:"dueBy,omitzero"`
	Seq        int64             `json:"seq,omitempty"`
	Callback   string            `json:"callback,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
	CreatedAt  time.Time         `json:"createdAt"`
	UpdatedAt  time.Time         `json:"updatedAt"`
	History    []stepView        `json:"history" doc:"Every state it was in, oldest first."`
}

// serviceSpecView is the content of a service without its secrets.
type serviceSpecView struct {
	ID            string      `json:"id" example:"U1001-1"`
	Type          serviceType `json:"type"`
	Package       string      `json:"package,omitempty" example:"IPTV-4K"`
	Account       string      `json:"account,omitempty" example:"iptv1001"`
	AuthURL       string      `json:"authUrl,omitempty" example:"http://iptv.example.com/auth"`
	AuthURLBackup string      `json:"authUrlBackup,omitempty"`
	Access        *accessView `json:"access,omitempty"`
}

// accessView is the network access without its password.
type accessView struct {
	Type     accessType `json:"type,omitempty"`
	Account  string     `json:"account,omitempty" example:"pppoe1001"`
	DownKbps int        `json:"downKbps,omitempty" doc:"kbit/s"`
	UpKbps   int        `json:"upKbps,omitempty" doc:"kbit/s"`
}

// stepView is one entry of an order's history.
type stepView struct {
	State  orderState `json:"state"`
	At     time.Time  `json:"at"`
	Reason string     `json:"reason,omitempty"`
	Actor  string     `json:"actor" doc:"Name of the token, or system." example:"crm"`
}

// viewOrder shows an order.
func viewOrder(o *itms.Order) orderView {
	req := &o.Request
	v := orderView{
		ID: string(o.ID), OrderNo: string(o.No), Source: o.Source, Kind: orderKind(o.Kind), Mode: orderMode(o.Mode),
		State: orderState(o.State), Final: o.State.Final(), Reason: o.Reason, Attempt: o.Attempt,
		Subscriber: subscriberDoc(req.Subscriber), Service: viewSpec(&req.Service),
		Device: viewClaim(o.Claim), OldDevice: viewClaim(o.OldDevice), DeviceID: o.Device.String(),
		Line: lineDoc(req.Line), DueBy: o.DueBy, Seq: o.Seq, Callback: o.Callback, Attributes: req.Attributes,
		CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt, History: []stepView{},
	}
	for _, step := range o.History {
		v.History = append(v.History, stepView{orderState(step.State), step.At, step.Reason, step.Actor})
	}
	return v
}

// viewSpec shows an ordered service.
func viewSpec(s *itms.ServiceSpec) serviceSpecView {
	v := serviceSpecView{ID: string(s.ID), Type: serviceType(s.Type), Package: s.Package, Account: s.Account,
		AuthURL: s.AuthURL, AuthURLBackup: s.AuthURLBackup}
	if a := s.Access; a.Type != "" || a.Account != "" || a.DownKbps != 0 || a.UpKbps != 0 {
		v.Access = &accessView{accessType(a.Type), a.Account, a.DownKbps, a.UpKbps}
	}
	return v
}

// viewClaim shows how a device is named, nil when it is not.
func viewClaim(c itms.DeviceClaim) *claimDoc {
	if c.IsZero() && c.Model == "" {
		return nil
	}
	return &claimDoc{STBID: string(c.STBID), MAC: c.MAC.String(), Serial: c.Serial, Model: c.Model}
}
