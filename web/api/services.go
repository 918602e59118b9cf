package api

import (
	"context"
	"net/http"
	"time"

	"itms"
)

// servicesPath is the collection of services.
const servicesPath = base + "/services"

// serviceInput names one service.
type serviceInput struct {
	ID string `path:"id" doc:"The BSS's number of the service slot." example:"U1001-1"`
}

// serviceOutput is one service.
type serviceOutput struct{ Body serviceView }

// serviceView is a service slot without its secrets.
type serviceView struct {
	serviceSpecView
	Subscriber subscriberDoc     `json:"subscriber"`
	Line       lineDoc           `json:"line"`
	Attributes map[string]string `json:"attributes,omitempty"`
	State      string            `json:"state" enum:"reserved,active,suspended,terminated"`
	DesiredRev int               `json:"desiredRev" doc:"Grows with each change of content." example:"2"`
	AppliedRev int               `json:"appliedRev" doc:"Last revision that was verified on the device." example:"2"`
	Bindings   []bindingView     `json:"bindings" doc:"Every device it had, oldest generation first."`
	CreatedAt  time.Time         `json:"createdAt"`
	UpdatedAt  time.Time         `json:"updatedAt"`
}

// bindingView ties a service and a device.
type bindingView struct {
	ID         string    `json:"id" example:"01J0000000000000000000000Z"`
	Generation int       `json:"generation" example:"1"`
	State      string    `json:"state" enum:"prebound,claimed,bound,releasing,released,conflict"`
	Device     string    `json:"device,omitempty" doc:"Absent until the device came into contact." example:"00005E-STB-S1001"`
	Claim      *claimDoc `json:"claim,omitempty" doc:"How the order named the device."`
	Way        bindWay   `json:"way,omitempty" doc:"How the device came to be tied to it."`
	Order      string    `json:"order,omitempty" doc:"Number of the order that made it." example:"WO-1001"`
	CreatedAt  time.Time `json:"createdAt"`
	UpdatedAt  time.Time `json:"updatedAt"`
}

// serviceRoutes registers the operations on services.
func (s *Server) serviceRoutes() {
	add(s, route{method: http.MethodGet, path: servicesPath + "/{id}", id: "get-service", tag: "Services",
		summary: "Show a service", description: "With every binding it had. It is up to date on its device when " +
			"desiredRev equals appliedRev.", needs: servicesRead, example: exampleService(),
		problems: []int{http.StatusNotFound}}, s.getService)
}

// getService shows a service.
func (s *Server) getService(ctx context.Context, in *serviceInput) (*serviceOutput, error) {
	id, err := itms.ParseServiceID(in.ID)
	if err != nil {
		return nil, itms.NotFound("service", in.ID)
	}
	var v serviceView
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		svc, err := tx.Services().Get(id)
		if err != nil {
			return err
		}
		v = viewService(svc)
		v.Bindings, err = bindingsOf(tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &serviceOutput{v}, nil
}

// bindingsOf reads the bindings of a slot with the numbers of their orders.
func bindingsOf(tx itms.Tx, id itms.ServiceID) ([]bindingView, error) {
	bindings, err := tx.Bindings().OfService(id)
	if err != nil {
		return nil, err
	}
	views := []bindingView{}
	for _, b := range bindings {
		no, err := orderNumber(tx, b.Order)
		if err != nil {
			return nil, err
		}
		views = append(views, bindingView{ID: string(b.ID), Generation: b.Gen, State: string(b.State),
			Device: b.Device.String(), Claim: viewClaim(b.Claim), Way: bindWay(b.Way), Order: string(no),
			CreatedAt: b.CreatedAt, UpdatedAt: b.UpdatedAt})
	}
	return views, nil
}

// viewService shows a service; the sealed secrets stay where they are.
func viewService(svc *itms.Service) serviceView {
	a := svc.Access
	spec := itms.ServiceSpec{ID: svc.ID, Type: svc.Type, Package: svc.Package, Account: svc.Account,
		AuthURL: svc.AuthURL, AuthURLBackup: svc.AuthURLBackup,
		Access: itms.AccessSpec{Type: a.Type, Account: a.Account, DownKbps: a.DownKbps, UpKbps: a.UpKbps}}
	return serviceView{
		serviceSpecView: viewSpec(&spec), Subscriber: subscriberDoc(svc.Subscriber), Line: lineDoc(svc.Line),
		Attributes: svc.Attributes, State: string(svc.State), DesiredRev: svc.DesiredRev, AppliedRev: svc.AppliedRev,
		CreatedAt: svc.CreatedAt, UpdatedAt: svc.UpdatedAt,
	}
}
