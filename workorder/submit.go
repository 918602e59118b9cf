package workorder

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"itms"
)

// Submit takes a work order in. It returns the stored order and whether this call
// created it; a repeat of the same content returns the order as it was first
// answered, but for the activation code: that is told once. Errors: KindInvalid with a pointer per wrong field; KindConflict with
// CodeOrderConflict when the number was used with other content. Nothing is stored
// on any error; once it returned nil, the intent survives a crash.
func (e *Engine) Submit(ctx context.Context, actor string, req itms.OrderRequest) (*itms.Order, bool, error) {
	in, err := validate(&req, &e.policy)
	if err != nil {
		return nil, false, err
	}
	content, err := in.content()
	if err != nil {
		return nil, false, err
	}
	return e.insert(ctx, e.newOrder(in, e.vault.Fingerprint("order-content", content)), actor)
}

// insert stores a validated order, or answers a repeat.
func (e *Engine) insert(ctx context.Context, fresh *itms.Order, actor string) (order *itms.Order, created bool, err error) {
	err = e.update(ctx, func(w *work) error {
		order, created, err = w.submit(fresh, actor)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	return order, created, nil
}

// Check validates a work order as Submit would, and stores nothing.
func (e *Engine) Check(req itms.OrderRequest) error {
	_, err := validate(&req, &e.policy)
	return err
}

// newOrder builds the order with its secrets sealed.
func (e *Engine) newOrder(in *intake, content string) *itms.Order {
	req := *in.req
	now := e.now()
	o := &itms.Order{
		ID: itms.OrderID(itms.NewID(now)), No: in.no, Source: req.Source, Kind: req.Kind, Mode: req.Mode,
		Content: content, Service: req.Service.ID, Subscriber: req.Subscriber.ID, Area: req.Line.Area,
		Claim: in.claim, OldDevice: in.old, LOID: req.Registration.LOID, LOIDPassword: e.loidPassword(req.Registration), DueBy: itms.Timestamp(req.DueBy), Seq: req.Seq, Callback: req.Callback,
		ServicePassword: e.seal(req.Service.Password), AccessPassword: e.seal(req.Service.Access.Password),
		Attempt: 1, CreatedAt: now, UpdatedAt: now,
	}
	if req.DueBy.IsZero() {
		o.DueBy = req.DueBy
	}
	req.ForgetSecrets()
	req.Attributes = copyAttributes(req.Attributes)
	o.Request = req
	return o
}

// loidName is how a logical id is known where devices and orders are compared.
func (e *Engine) loidName(loid string) string {
	if loid == "" {
		return ""
	}
	return e.vault.Fingerprint("loid-name", loid)
}

// loidPassword is how the password of a logical id is known: it is only ever
// compared.
func (e *Engine) loidPassword(r itms.Registration) string {
	if r.Password.IsZero() {
		return ""
	}
	return e.vault.Fingerprint("loid", r.Password.Reveal())
}

// seal seals a secret; none stays none.
func (e *Engine) seal(s itms.Secret) itms.Sealed {
	if s.IsZero() {
		return nil
	}
	return e.vault.Seal(s.Reveal())
}

// unseal opens a sealed secret; none stays none.
func (e *Engine) unseal(s itms.Sealed) (itms.Secret, error) {
	if len(s) == 0 {
		return itms.Secret{}, nil
	}
	clear, err := e.vault.Unseal(s)
	if err != nil {
		return itms.Secret{}, fmt.Errorf("open a stored secret: %w", err)
	}
	return itms.NewSecret(clear), nil
}

// submit answers a repeat, or inserts the order and starts it.
func (w *work) submit(fresh *itms.Order, actor string) (*itms.Order, bool, error) {
	w.tx.Foresee(foresight(fresh))
	same, err := w.ordersNamed(numberTerm(fresh.No))
	if err != nil {
		return nil, false, err
	}
	shared := slices.ContainsFunc(same, func(o *itms.Order) bool { return o.Source != fresh.Source })
	for _, known := range same {
		if known.Source == fresh.Source {
			known.SharesNo = shared
			return w.repeat(known, fresh)
		}
	}
	order := *fresh // fn may run again: never touch what it was given
	order.History, order.Code = nil, ""
	w.arriving = &order
	w.enter(&order, itms.OrderReceived, "", actor)
	if err := w.announce(&order, actor); err != nil {
		return nil, false, err
	}
	buried, err := w.buried(&order)
	switch {
	case err != nil:
		return nil, false, err
	case buried != "":
		err = w.move(&order, onCancel, buried, actor)
	default:
		err = w.start(&order, actor)
	}
	if err != nil {
		return nil, false, err
	}
	order.Answered, order.SharesNo = len(order.History), shared
	return &order, true, w.takeIn()
}

// foresight is what the admission of an order looks at.
func foresight(o *itms.Order) itms.Foresight {
	f := itms.Foresight{Service: o.Service, Settings: tombstoneKeys(o),
		Terms: append(o.Claim.Terms(), o.OldDevice.Terms()...), Kinds: []itms.RefKind{itms.RefBinding, itms.RefDevice}}
	f.Terms = append(f.Terms, numberTerm(o.No))
	if mac := o.Claim.Address(); !mac.IsZero() {
		f.Stock = append(f.Stock, mac)
	}
	return f
}

// takeIn stores the arriving order, if there is one: at the end of its submission, or
// before others are let go because of it. Until then it is only in memory, so that an
// order is stored once.
func (w *work) takeIn() error {
	o := w.arriving
	if o == nil {
		return nil
	}
	w.arriving = nil
	return w.tx.Orders().Insert(o)
}

// store keeps an order as it stands now.
func (w *work) store(o *itms.Order) error {
	w.noteItem(o)
	if o == w.arriving {
		return nil // takeIn follows
	}
	return w.tx.Orders().Put(o)
}

// numberTerm is what orders of a number are found by, whatever their source.
func numberTerm(no itms.OrderNo) itms.Term { return itms.Term{Type: itms.TermOrder, Value: string(no)} }

// repeat answers a post whose number is known.
func (w *work) repeat(known, fresh *itms.Order) (*itms.Order, bool, error) {
	if known.Content != fresh.Content {
		return nil, false, itms.Errorf(itms.KindConflict, itms.CodeOrderConflict,
			"order %s of source %q exists with other content; a changed order needs a new number", known.No, known.Source)
	}
	return FirstAnswer(known), false, nil
}

// FirstAnswer returns the order as its first post was answered.
func FirstAnswer(o *itms.Order) *itms.Order {
	first := *o
	if n := o.Answered; n > 0 && n <= len(o.History) {
		first.History = o.History[:n]
		last := first.History[n-1]
		first.State, first.Reason, first.UpdatedAt = last.State, last.Reason, last.At
		first.Attempt, first.Device, first.Way, first.Trouble, first.Touched = 1, itms.DeviceID{}, "", last.Trouble, false
		in := &intake{} // what was posted was read before: nothing is wrong with it
		first.Claim, first.Confirmed = in.readClaim("", o.Request.Device), false
		if last.Trouble == itms.TroubleNoService { // found later
			first.Service, first.OldDevice = o.Request.Service.ID, in.readClaim("", o.Request.OldDevice)
		}
	}
	return &first
}

// claimText shows how an order names its device.
func claimText(c itms.DeviceClaim) string {
	var parts []string
	if c.STBID != "" {
		parts = append(parts, "STBID "+string(c.STBID))
	}
	if !c.MAC.IsZero() {
		parts = append(parts, "MAC "+c.MAC.String())
	}
	if c.Serial != "" {
		parts = append(parts, "serial "+c.Serial)
	}
	return strings.Join(parts, ", ")
}
