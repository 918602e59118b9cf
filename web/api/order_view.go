package api

import (
	"time"

	"itms"
)

// orderView is a work order as shown: what was posted without its secrets, and
// where it stands.
type orderView struct {
	ID             string            `json:"id" doc:"Internal number; later orders have greater ones." example:"01J0000000000000000000000Z"`
	OrderNo        string            `json:"orderNo" example:"WO-1001"`
	Source         string            `json:"source" example:"crm"`
	Kind           orderKind         `json:"kind"`
	Mode           orderMode         `json:"mode"`
	State          orderState        `json:"state"`
	Group          orderGroup        `json:"group" doc:"Where it stands in the day's funnel."`
	Light          lightView         `json:"light" doc:"How it stands, in words of both languages."`
	Final          bool              `json:"final" doc:"Nothing can happen to it any more."`
	Reason         string            `json:"reason,omitempty" doc:"Why it is not moving, or how it ended, in words."`
	Trouble        trouble           `json:"trouble,omitempty" doc:"The same as a stable word."`
	Way            bindWay           `json:"way,omitempty" doc:"How the device came to be tied to the service."`
	Confirmed      bool              `json:"confirmed,omitempty" doc:"A person told, by code or hand, that the device is right."`
	Touched        bool              `json:"touched,omitempty" doc:"An operator had a hand in it: no zero-touch."`
	ActivationCode string            `json:"activationCode,omitempty" doc:"For the technician; in the answer that issues it only." example:"1234-5678-903"`
	QR             string            `json:"qr,omitempty" doc:"SVG; of the order for the technician's phone. Beside activationCode only; /sheet has it at any time."`
	Barcode        string            `json:"barcode,omitempty" doc:"SVG; the activation code as Code 128. Beside activationCode only."`
	Attempt        int               `json:"attempt" doc:"1, then one more per retry." example:"1"`
	Subscriber     subscriberDoc     `json:"subscriber"`
	Service        serviceSpecView   `json:"service"`
	Device         *claimDoc         `json:"device,omitempty" doc:"The device that the order names."`
	OldDevice      *claimDoc         `json:"oldDevice,omitempty" doc:"The device to be replaced."`
	DeviceID       string            `json:"deviceId,omitempty" doc:"The device that serves it, once known." example:"00005E-STB-S1001"`
	Line           lineDoc           `json:"line"`
	Registration   *registrationView `json:"registration,omitempty"`
	Restores       string            `json:"restores,omitempty" doc:"Internal number of the order that this one undoes." example:"01J0000000000000000000000Z"`
	ServiceOrder   string            `json:"serviceOrder,omitempty" doc:"Id of the order of several items that this one is a part of." example:"01J0000000000000000000000Y"`
	Item           string            `json:"item,omitempty" doc:"Id of its item there." example:"1"`
	After          []string          `json:"after,omitempty" doc:"Internal numbers of the orders that must be done first." example:"[\"01J0000000000000000000000X\"]"`
	DueBy          time.Time         `json:"dueBy,omitzero"`
	Seq            int64             `json:"seq,omitempty"`
	Callback       string            `json:"callback,omitempty" doc:"Without its query, which may be a key."`
	Attributes     map[string]string `json:"attributes,omitempty"`
	CreatedAt      time.Time         `json:"createdAt"`
	UpdatedAt      time.Time         `json:"updatedAt"`
	History        []stepView        `json:"history" doc:"Every state it was in, oldest first."`
	Diagnosis      *diagnosisView    `json:"diagnosis,omitempty" doc:"Why it does not move; when one order is shown, and something is the matter."`
}

// registrationView is a gateway's logical id without its password.
type registrationView struct {
	LOID string `json:"loid" example:"L1001"`
}

// diagnosisView says why something does not move, for each person concerned.
type diagnosisView struct {
	Code       trouble  `json:"code" doc:"Stable word."`
	Operator   string   `json:"operator" doc:"What is the matter." example:"a device with nearly the named MAC address is in contact"`
	Technician string   `json:"technician" doc:"What the person at the box sees and can do." example:"compare the last six digits on the box with the order"`
	Shows      string   `json:"shows,omitempty" doc:"What the box shows."`
	Next       string   `json:"next" doc:"The next action." example:"name the right device"`
	Devices    []string `json:"devices,omitempty" doc:"Ids of devices that it is about." example:"[\"00005E-STB-S1001\"]"`

	OperatorZh   string `json:"operatorZh,omitempty" doc:"In Chinese, without the facts of the case."`
	TechnicianZh string `json:"technicianZh,omitempty" doc:"In Chinese."`
	NextZh       string `json:"nextZh,omitempty" doc:"In Chinese."`
}

// serviceSpecView is the content of a service without its secrets.
type serviceSpecView struct {
	ID            string      `json:"id,omitempty" example:"U1001-1"`
	Type          serviceType `json:"type,omitempty"`
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

// viewIssued shows an order with the activation code that was just issued, if any.
func (s *Server) viewIssued(o *itms.Order) orderView {
	v := s.viewOrder(o)
	v.ActivationCode = o.Code.Reveal()
	s.draw(&v, o.Code)
	return v
}

// viewDiagnosis shows a diagnosis; nothing stays nothing.
func viewDiagnosis(d *itms.Diagnosis) *diagnosisView {
	if d == nil {
		return nil
	}
	return &diagnosisView{trouble(d.Code), d.Operator, d.Technician, d.Shows, d.Next, d.Devices, d.OperatorZh, d.TechnicianZh, d.NextZh}
}

// viewOrder shows an order.
func (s *Server) viewOrder(o *itms.Order) orderView {
	req := &o.Request
	light := s.opts.Desk.OrderLight(o)
	v := orderView{
		ID: string(o.ID), OrderNo: string(o.No), Source: o.Source, Kind: orderKind(o.Kind), Mode: orderMode(o.Mode),
		State: orderState(o.State), Group: orderGroup(light.Level.Group()), Light: viewLight(light), Final: o.State.Final(), Reason: o.Reason, Attempt: o.Attempt,
		Trouble: trouble(o.Trouble), Way: bindWay(o.Way), Confirmed: o.Confirmed, Touched: o.Touched, Restores: string(o.Restores),
		Subscriber: subscriberDoc(req.Subscriber), Service: viewSpec(&req.Service),
		Device: viewClaim(o.Claim), OldDevice: viewClaim(o.OldDevice), DeviceID: o.Device.String(),
		Line: lineDoc(req.Line), DueBy: o.DueBy, Seq: o.Seq, Callback: withoutQuery(o.Callback), Attributes: req.Attributes,
		CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt, History: []stepView{},
		ServiceOrder: string(o.ServiceOrder), Item: o.Item,
	}
	for _, id := range o.After {
		v.After = append(v.After, string(id))
	}
	v.Service.ID = string(o.Service) // also when it was found through a device or subscriber
	if o.LOID != "" {
		v.Registration = &registrationView{o.LOID}
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
