package tmf

import (
	"context"
	"net/http"
	"strings"

	"itms"
	"itms/web/api"
)

// Orders is what this door wants of the domain about service orders.
type Orders interface {
	// PlaceServiceOrder takes an order in. created is false when the source sent the same
	// before. It fails with KindInvalid and pointers into the request, or KindConflict when
	// the source's number was used for another order.
	PlaceServiceOrder(ctx context.Context, actor string, r itms.ServiceOrderRequest) (o *itms.ServiceOrder, created bool, err error)
	// AmendServiceOrder changes one that is not over. It fails with KindNotFound,
	// KindInvalid, or KindConflict when what is to change has begun.
	AmendServiceOrder(ctx context.Context, actor string, id itms.ServiceOrderID, p itms.ServiceOrderPatch) (*itms.ServiceOrder, error)
	// CancelServiceOrder asks that one be withdrawn; what became of it stands in the
	// cancellation. It fails with KindNotFound.
	CancelServiceOrder(ctx context.Context, actor string, id itms.ServiceOrderID, c itms.Cancellation) (*itms.ServiceOrder, *itms.Cancellation, error)
	// DeleteServiceOrder forgets one. It fails with KindNotFound, or KindConflict while it
	// runs.
	DeleteServiceOrder(ctx context.Context, actor string, id itms.ServiceOrderID) error
}

// Subscriptions is what this door wants of the domain about who is told of events.
type Subscriptions interface {
	// Subscribe makes a subscription. It fails with KindInvalid, or KindLimit when there are
	// too many.
	Subscribe(ctx context.Context, actor string, r itms.SubscriptionRequest) (*itms.Subscription, itms.Secret, error)
	// Unsubscribe ends one, or fails with KindNotFound.
	Unsubscribe(ctx context.Context, actor string, id itms.SubscriptionID) (*itms.Subscription, error)
}

// Mode is how a sender is read.
type Mode string

// Modes.
const (
	Strict  Mode = "strict"  // as the standard says; what it does not know is refused
	Lenient Mode = "lenient" // what can be understood is put right, what is unknown is kept
)

// Options says what a Door works with.
type Options struct {
	Store         itms.Store // unscoped
	Orders        Orders
	Subscriptions Subscriptions
	PublicURL     string                      // how others reach this system; "" = links are paths
	Default       Mode                        // of senders that are not listed; "" = Lenient
	Senders       map[string]Mode             // by the name of their token
	ServiceTypes  map[string]itms.ServiceType // words for services, besides the usual ones
}

// Door is the TM Forum door.
type Door struct {
	opts   Options
	scoped itms.Store // as callers may see it
	words  *words
	shown  renderer
}

// New makes a Door.
func New(o Options) *Door {
	return &Door{opts: o, scoped: api.Scoped(o.Store), words: newWords(o.ServiceTypes), shown: renderer{strings.TrimSuffix(o.PublicURL, "/")}}
}

// strict reports whether a sender is read strictly.
func (d *Door) strict(sender string) bool {
	if mode, ok := d.opts.Senders[sender]; ok {
		return mode == Strict
	}
	return d.opts.Default == Strict
}

// reader reads the documents of the caller.
func (d *Door) reader(ctx context.Context) *reader {
	actor := itms.CallerOf(ctx).Actor
	return &reader{words: d.words, source: actor, strict: d.strict(actor)}
}

// Permissions, those of the calls of the REST door that do the same.
const (
	mayRead     = "orders.read"
	maySubmit   = "orders.submit"
	mayCancel   = "orders.cancel"
	mayServices = "services.read"
	mayListen   = "webhooks"
)

// Annexes are the APIs, for the REST door to serve.
func (d *Door) Annexes() []api.Annex {
	annexes := []api.Annex{
		{Name: "TMF641", Base: OrderingBase, Calls: d.orderingCalls()},
		{Name: "TMF638", Base: ServicesBase, Calls: []api.AnnexCall{
			{Method: http.MethodGet, Path: "/service", ID: "tmf-list-services", Target: "service", Needs: mayServices, Handle: d.listServices(ServicesBase)},
			{Method: http.MethodGet, Path: "/service/{id}", ID: "tmf-get-service", Target: "service", Needs: mayServices, Handle: d.getService(ServicesBase)},
		}},
		{Name: "TMF639", Base: ResourcesBase, Calls: d.resourceCalls()},
		{Base: ResourcesLongBase, Calls: d.resourceCalls()},
		{Name: "TMF640", Base: ActivationBase, Calls: d.activationCalls()},
	}
	for i := range annexes {
		a := &annexes[i]
		a.Refuse = refuse
		text := describer(a.Base, a.Calls)
		if a.Name != "" { // the second address of one is not told twice
			a.Describe = text
		}
		a.Calls = append(a.Calls, descriptionCall(text))
	}
	return annexes
}

// resourceCalls are those of TMF639.
func (d *Door) resourceCalls() []api.AnnexCall {
	return []api.AnnexCall{
		{Method: http.MethodGet, Path: "/resource", ID: "tmf-list-resources", Target: "device", Needs: mayServices, Handle: d.listResources},
		{Method: http.MethodGet, Path: "/resource/{id}", ID: "tmf-get-resource", Target: "device", Needs: mayServices, Handle: d.getResource},
	}
}

// orderingCalls are those of TMF641.
func (d *Door) orderingCalls() []api.AnnexCall {
	const order, cancel, hub = "serviceOrder", "cancelServiceOrder", "subscription"
	return []api.AnnexCall{
		{Method: http.MethodPost, Path: "/serviceOrder", ID: "tmf-create-service-order", Target: order, Needs: maySubmit, Body: maxBody, Handle: d.createOrder},
		{Method: http.MethodGet, Path: "/serviceOrder", ID: "tmf-list-service-orders", Target: order, Needs: mayRead, Handle: d.listOrders},
		{Method: http.MethodGet, Path: "/serviceOrder/{id}", ID: "tmf-get-service-order", Target: order, Needs: mayRead, Handle: d.getOrder},
		{Method: http.MethodPatch, Path: "/serviceOrder/{id}", ID: "tmf-patch-service-order", Target: order, Needs: maySubmit, Body: maxBody, Handle: d.patchOrder},
		{Method: http.MethodDelete, Path: "/serviceOrder/{id}", ID: "tmf-delete-service-order", Target: order, Needs: mayCancel, Handle: d.deleteOrder},
		{Method: http.MethodPost, Path: "/cancelServiceOrder", ID: "tmf-create-cancel-service-order", Target: cancel, Needs: mayCancel, Body: maxBody, Handle: d.createCancel},
		{Method: http.MethodGet, Path: "/cancelServiceOrder", ID: "tmf-list-cancel-service-orders", Target: cancel, Needs: mayRead, Handle: d.listCancels},
		{Method: http.MethodGet, Path: "/cancelServiceOrder/{id}", ID: "tmf-get-cancel-service-order", Target: cancel, Needs: mayRead, Handle: d.getCancel},
		{Method: http.MethodPost, Path: "/hub", ID: "tmf-create-hub", Target: hub, Needs: mayListen, Body: maxBody, Handle: d.createHub},
		{Method: http.MethodGet, Path: "/hub/{id}", ID: "tmf-get-hub", Target: hub, Needs: mayListen, Handle: d.getHub},
		{Method: http.MethodDelete, Path: "/hub/{id}", ID: "tmf-delete-hub", Target: hub, Needs: mayListen, Handle: d.deleteHub},
	}
}
