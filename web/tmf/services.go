package tmf

import (
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"

	"itms"
)

// serviceWords are the standard's words for the states of services.
var serviceWords = map[itms.ServiceState]string{itms.ServiceReserved: "reserved", itms.ServiceActive: "active",
	itms.ServiceSuspended: "inactive", itms.ServiceTerminated: "terminated"}

// service is one as TMF638 and TMF640 show it. base is the API that shows it.
func (rn renderer) service(base string, svc *itms.Service, bindings []*itms.Binding) object {
	doc := object{"@type": "Service", "id": string(svc.ID), "href": rn.href(base, "service", string(svc.ID)),
		"state": serviceWords[svc.State], "serviceType": string(svc.Type), "category": "CFS", "name": string(svc.Type) + " " + string(svc.ID),
		"serviceDate": timeText(svc.CreatedAt), "startMode": "1", "isServiceEnabled": svc.State == itms.ServiceActive,
		"hasStarted":           svc.State == itms.ServiceActive || svc.State == itms.ServiceSuspended,
		"serviceSpecification": object{"id": string(svc.Type), "name": string(svc.Type), "@referredType": "ServiceSpecification"}}
	setList(doc, "serviceCharacteristic", serviceCharacteristics(svc))
	setList(doc, "supportingResource", rn.supporting(bindings))
	if svc.Subscriber.ID != "" {
		party := object{"role": "customer", "id": svc.Subscriber.ID, "@type": "RelatedParty", "@referredType": "Individual"}
		fillText(party, "name", svc.Subscriber.Name)
		doc["relatedParty"] = []any{party}
	}
	if place := svc.Line.Area + svc.Subscriber.Address; place != "" {
		one := object{"role": "installationPlace", "@type": "RelatedPlaceRefOrValue", "@referredType": "GeographicAddress"}
		fillText(one, "id", svc.Line.Area)
		fillText(one, "name", svc.Subscriber.Address)
		doc["place"] = []any{one}
	}
	return doc
}

// serviceCharacteristics are what a service holds, by the names that orders have for it.
func serviceCharacteristics(svc *itms.Service) (list []any) {
	add := func(name, value string) {
		if value != "" {
			list = append(list, characteristic(name, value))
		}
	}
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	add("account", svc.Account)
	add("package", svc.Package)
	add("authUrl", svc.AuthURL)
	add("authUrlBackup", svc.AuthURLBackup)
	add("accessType", string(svc.Access.Type))
	add("accessAccount", svc.Access.Account)
	add("downKbps", number(svc.Access.DownKbps))
	add("upKbps", number(svc.Access.UpKbps))
	add("area", svc.Line.Area)
	add("node", svc.Line.Node)
	add("port", svc.Line.Port)
	add("vlan", number(svc.Line.VLAN))
	add("desiredRevision", number(svc.DesiredRev))
	add("appliedRevision", number(svc.AppliedRev))
	for _, name := range slices.Sorted(maps.Keys(svc.Attributes)) {
		if !secretName(name) {
			add(name, svc.Attributes[name])
		}
	}
	return list
}

// characteristic is one name and value.
func characteristic(name, value string) object {
	return object{"name": name, "valueType": "string", "value": value}
}

// supporting refers to the devices of a service: those that serve it, and those that are
// to.
func (rn renderer) supporting(bindings []*itms.Binding) (list []any) {
	for _, b := range bindings {
		switch {
		case !b.State.Open():
		case !b.Device.IsZero():
			id := b.Device.String()
			list = append(list, object{"id": id, "href": rn.href(ResourcesBase, "resource", id), "name": b.Device.Serial,
				"@type": "ResourceRef", "@referredType": "PhysicalResource"})
		case !b.Claim.IsZero():
			id := string(b.Claim.STBID)
			if !b.Claim.Address().IsZero() {
				id = b.Claim.Address().String()
			}
			if id == "" {
				id = b.Claim.Serial
			}
			list = append(list, object{"id": id, "@type": "ResourceRef", "@referredType": "PhysicalResource"})
		}
	}
	return list
}

// getService shows one: GET /service/{id}, of both APIs.
func (d *Door) getService(base string) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		q, err := d.query(r, servicesBook(), "Service")
		if err != nil {
			return err
		}
		doc, err := d.serviceDocument(r, base, chi.URLParam(r, "id"))
		if err != nil {
			return err
		}
		return write(w, http.StatusOK, q.fields.pick(doc))
	}
}

// serviceDocument is a service that the caller may see.
func (d *Door) serviceDocument(r *http.Request, base, id string) (doc object, err error) {
	if itms.CheckKey("", id) != nil {
		return nil, itms.NotFound("service", clip(id))
	}
	err = d.scoped.View(r.Context(), func(tx itms.Tx) error {
		svc, err := tx.Services().Get(itms.ServiceID(id))
		if err == nil {
			doc, err = d.shown.withBindings(tx, base, svc)
		}
		return err
	})
	return doc, err
}

// withBindings is a service with its devices.
func (rn renderer) withBindings(tx itms.Tx, base string, svc *itms.Service) (object, error) {
	bindings, err := tx.Bindings().OfService(svc.ID)
	if err != nil {
		return nil, err
	}
	return rn.service(base, svc, bindings), nil
}

// listServices lists them by id: GET /service, of both APIs.
func (d *Door) listServices(base string) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		return d.listByKey(w, r, servicesBook(), "Service", keyed{
			find: serviceTerms, kind: itms.RefService,
			get: func(tx itms.Tx, id string) (object, error) {
				svc, err := tx.Services().Get(itms.ServiceID(id))
				if err != nil {
					return nil, err
				}
				return d.shown.withBindings(tx, base, svc)
			},
			page: func(tx itms.Tx, after string, limit int) (docs []object, last string, err error) {
				services, err := tx.Services().List(itms.ServiceID(after), limit)
				for _, svc := range services {
					doc, err := d.shown.withBindings(tx, base, svc)
					if err != nil {
						return nil, "", err
					}
					docs, last = append(docs, doc), string(svc.ID)
				}
				return docs, last, err
			}})
	}
}

// serviceTerms are the terms that a condition finds services by.
func serviceTerms(path, value string) []itms.Term {
	switch path {
	case "relatedParty.id":
		return []itms.Term{{Type: itms.TermSubscriber, Value: value}}
	case "serviceCharacteristic.value":
		return []itms.Term{{Type: itms.TermAccount, Value: value}}
	}
	return nil
}
