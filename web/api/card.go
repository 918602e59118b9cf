package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"itms"
)

// cardPath finds the card of a customer.
const cardPath = base + "/card"

// cardEvents is how many events a card shows: what an agent can take in at a glance.
const cardEvents = 5

// cardView is what an agent of the help desk needs of one customer's service.
type cardView struct {
	Light       lightView    `json:"light" doc:"Of the order while one is open, else of the device."`
	LastContact time.Time    `json:"lastContact,omitzero" doc:"Of the device; of a cable modem, its last lease."`
	Service     *serviceView `json:"service,omitempty" doc:"Without its bindings' past: those that are open."`
	Device      *deviceView  `json:"device,omitempty"`
	Order       *orderView   `json:"order,omitempty" doc:"The last one that was admitted to the service."`
	Events      []eventView  `json:"events" doc:"The last five of the device, newest first; never null."`
	May         []cardAct    `json:"may" doc:"What this caller may do now; never null."`
}

// cardFindingView is a card and what else the text leads to.
type cardFindingView struct {
	Card *cardView `json:"card,omitempty" doc:"Of the first service, else device, else order that was found; absent when nothing was."`
	Hits []hitView `json:"hits" doc:"All that was found, as by search; never null."`
}

// cardOutput is one card.
type cardOutput struct{ Body cardView }

// cardFindingOutput is what was found.
type cardFindingOutput struct{ Body cardFindingView }

// cardRoutes registers the help desk's calls.
func (s *Server) cardRoutes() {
	device, order, service := exampleDevice(), exampleOrder(), exampleService()
	card := cardView{Light: exampleServing(), LastContact: exampleTime, Service: &service, Device: &device, Order: &order,
		Events: []eventView{exampleEvent()}, May: []cardAct{actContact, actRecover}}
	add(s, route{method: http.MethodGet, path: cardPath, id: "find-card", tag: "Help desk", summary: "Find a customer by anything",
		description: "One box for all: what search finds by, exact names first. Answers with the card of the best hit and lists the others.",
		needs:       devicesRead, problems: []int{http.StatusUnprocessableEntity},
		example: cardFindingView{Card: &card, Hits: []hitView{{Kind: "service", ID: "U1001-1", Title: "iptv U1001-1", Link: servicesPath + "/U1001-1", Exact: true}}}}, s.findCard)
	add(s, route{method: http.MethodGet, path: servicesPath + "/{id}/card", id: "get-card", tag: "Help desk", summary: "Show the card of a service",
		description: "How it stands and why, when its device was last in contact, its order, the last events, and what the caller may do.",
		needs:       devicesRead, example: card, problems: []int{http.StatusNotFound}}, s.getCard)
	s.revealRoute()
}

// getCard shows the card of a service.
func (s *Server) getCard(ctx context.Context, in *serviceInput) (*cardOutput, error) {
	id, err := itms.ParseServiceID(in.ID)
	if err != nil {
		return nil, itms.NotFound("service", in.ID)
	}
	var d dealt
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		svc, err := tx.Services().Get(id)
		if err != nil {
			return err
		}
		d, err = dealService(tx, svc)
		return err
	})
	if err != nil {
		return nil, err
	}
	v, err := s.viewCard(ctx, &d)
	if err != nil {
		return nil, err
	}
	return &cardOutput{*v}, nil
}

// findCard finds a card by what somebody typed.
func (s *Server) findCard(ctx context.Context, in *searchInput) (*cardFindingOutput, error) {
	var d dealt
	out := cardFindingView{Hits: []hitView{}}
	err := s.opts.Store.View(ctx, func(tx itms.Tx) (err error) {
		found := newFinding()
		if err := found.all(tx, in.Q); err != nil {
			return err
		}
		begun, err := beginning(tx, in.Q, limitOf(in.Limit), found.services)
		if err != nil {
			return err
		}
		hits := append(found.hits(), begun...)
		out.Hits = append(out.Hits, hits[:min(len(hits), limitOf(in.Limit))]...)
		d, err = deal(tx, found, begun)
		return err
	})
	if err != nil || d == (dealt{}) {
		return &cardFindingOutput{out}, err
	}
	out.Card, err = s.viewCard(ctx, &d)
	return &cardFindingOutput{out}, err
}

// dealt is what a card is made of; what is not there is nil.
type dealt struct {
	service  *itms.Service
	device   *itms.Device
	order    *itms.Order
	bindings *[]bindingView
	events   *[]itms.Event
}

// deal takes the card of the best of what was found.
func deal(tx itms.Tx, found *finding, begun []hitView) (dealt, error) {
	if list := sorted(found.services, func(svc *itms.Service) string { return string(svc.ID) }); len(list) > 0 {
		return dealService(tx, list[0])
	}
	if list := sorted(found.devices, func(d *itms.Device) string { return d.ID.String() }); len(list) > 0 {
		return dealDevice(tx, list[0])
	}
	if list := sorted(found.orders, func(o *itms.Order) string { return string(o.ID) }); len(list) > 0 {
		return dealOrder(tx, list[len(list)-1])
	}
	if len(begun) == 0 {
		return dealt{}, nil
	}
	svc, err := tx.Services().Get(itms.ServiceID(begun[0].ID))
	if err != nil {
		return dealt{}, err
	}
	return dealService(tx, svc)
}

// dealService reads the card of a service.
func dealService(tx itms.Tx, svc *itms.Service) (d dealt, err error) {
	d.service = svc
	bindings, err := tx.Bindings().OfService(svc.ID)
	if err != nil {
		return d, err
	}
	for _, b := range bindings {
		if !b.State.InForce() {
			continue
		}
		if d.device, err = tx.Devices().Get(b.Device); err != nil {
			return d, err
		}
	}
	open, err := bindingsOf(tx, svc.ID)
	if err != nil {
		return d, err
	}
	open = slices.DeleteFunc(open, func(b bindingView) bool { return !itms.BindingState(b.State).Open() })
	d.bindings = &open
	if svc.Order != "" {
		if d.order, err = tx.Orders().Get(svc.Order); err != nil && !itms.IsKind(err, itms.KindNotFound) {
			return d, err
		}
	}
	return d, d.lastEvents(tx)
}

// dealDevice reads the card of what a device serves, or of the device alone.
func dealDevice(tx itms.Tx, device *itms.Device) (dealt, error) {
	b, err := tx.Bindings().OfDevice(device.ID)
	switch {
	case itms.IsKind(err, itms.KindNotFound):
		d := dealt{device: device}
		return d, d.lastEvents(tx)
	case err != nil:
		return dealt{}, err
	}
	svc, err := tx.Services().Get(b.Service)
	if err != nil {
		return dealt{}, err
	}
	return dealService(tx, svc)
}

// dealOrder reads the card of an order's service, or of the order alone.
func dealOrder(tx itms.Tx, o *itms.Order) (dealt, error) {
	svc, err := tx.Services().Get(o.Service)
	switch {
	case itms.IsKind(err, itms.KindNotFound):
		return dealt{order: o}, nil
	case err != nil:
		return dealt{}, err
	}
	d, err := dealService(tx, svc)
	d.order = o // that was asked for
	return d, err
}

// lastEvents reads what happened to the device.
func (d *dealt) lastEvents(tx itms.Tx) error {
	if d.device == nil {
		return nil
	}
	events, err := tx.Journal().OfDevice(d.device.ID, 0, cardEvents)
	d.events = &events
	return err
}

// viewCard shows a card to the caller.
func (s *Server) viewCard(ctx context.Context, d *dealt) (*cardView, error) {
	v := &cardView{Events: []eventView{}, May: d.acts(func(p permission) bool { return permitted(ctx, p) })}
	if d.service != nil {
		service := viewService(d.service)
		service.Bindings = *d.bindings
		v.Service = &service
	}
	if d.order != nil {
		order := s.viewOrder(d.order)
		v.Order = &order
	}
	if d.device != nil {
		var to boundTo
		if d.service != nil {
			to.service = d.service.ID
		}
		if d.order != nil {
			to.order = d.order.No
		}
		device := s.viewDevice(d.device, to)
		v.Device, v.LastContact = &device, d.device.LastContact
		if d.device.Cable != nil {
			v.LastContact = d.device.Cable.LeasedAt
		}
		for _, ev := range *d.events {
			v.Events = append(v.Events, viewEvent(ev))
		}
	}
	light, err := s.cardLight(ctx, d)
	v.Light = viewLight(light)
	return v, err
}

// cardLight is the light of what matters most: an open order, else the device.
func (s *Server) cardLight(ctx context.Context, d *dealt) (light itms.Light, err error) {
	var found *itms.Diagnosis
	switch {
	case d.device == nil && d.order == nil:
		word := itms.Saying{English: "no device", Chinese: "无设备"}
		return itms.Light{Level: itms.LightOff, Word: word}, nil
	case d.device == nil, d.order != nil && !d.order.State.Final():
		light = s.opts.Desk.OrderLight(d.order)
		found, err = s.opts.Orders.Explain(ctx, d.order.ID)
	default:
		light = s.opts.Desk.DeviceLight(d.device)
		found, err = s.opts.Devices.ExplainDevice(ctx, d.device.ID)
	}
	return s.opts.Desk.Enlighten(light, found), err
}

// revealInput names a service and has a document, as bytes: see decode.
type revealInput struct {
	ID      string `path:"id" doc:"The BSS's number of the service slot." example:"U1001-1"`
	RawBody []byte `contentType:"application/json"`
}

// revealRequest says which secret is wanted, and why.
type revealRequest struct {
	Secret serviceSecret `json:"secret"`
	Reason string        `json:"reason" maxLength:"500" doc:"For the record, in words." example:"the customer set up their own router"`
}

// revealOutput is a secret in clear.
type revealOutput struct{ Body revealedView }

// revealedView is a secret in clear.
type revealedView struct {
	Value string `json:"value" example:"s3cret"`
}

// revealRoute registers the one call that tells a secret.
func (s *Server) revealRoute() {
	path := servicesPath + "/{id}/reveal"
	add(s, route{method: http.MethodPost, path: path, id: "reveal-secret", tag: "Help desk", summary: "Tell a secret of a service",
		description: "For an agent who reads a password out to the customer whose it is. Who asked, and why, stands in the journal. No other call tells a secret.",
		needs:       secretsReveal, body: smallBody, example: revealedView{"s3cret"},
		problems: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}}, s.reveal)
	describeBody[revealRequest](s, path, map[string]any{"secret": itms.SecretService, "reason": "the customer set up their own router"})
}

// reveal tells a secret.
func (s *Server) reveal(ctx context.Context, in *revealInput) (*revealOutput, error) {
	id, err := itms.ParseServiceID(in.ID)
	if err != nil {
		return nil, itms.NotFound("service", in.ID)
	}
	body, err := bodyOf[revealRequest](ctx, s, in.RawBody)
	if err != nil {
		return nil, err
	}
	var wrong fieldErrors
	if !slices.Contains(itms.ServiceSecrets, itms.ServiceSecret(body.Secret)) {
		wrong.add(itms.Invalid("/secret", "expected one of %s", spaced(itms.ServiceSecrets)))
	}
	wrong.add(checkRequired("/reason", body.Reason, maxReason))
	if err := wrong.problem(); err != nil {
		return nil, err
	}
	err = s.forScoped(ctx, func(tx itms.Tx) error {
		_, err := tx.Services().Get(id)
		return err
	})
	if err != nil {
		return nil, err
	}
	secret, err := s.opts.Desk.Reveal(ctx, recordOf(ctx).actor, id, itms.ServiceSecret(body.Secret), strings.TrimSpace(body.Reason))
	if err != nil {
		return nil, err
	}
	return &revealOutput{revealedView{secret.Reveal()}}, nil
}
