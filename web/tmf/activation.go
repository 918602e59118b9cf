package tmf

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"

	"itms"
	"itms/web/api"
)

// TMF640 goes over the same machine: what is to be done on a service is an order of one
// item, and the order is its monitor.

// activationCalls are those of TMF640.
func (d *Door) activationCalls() []api.AnnexCall {
	const service, order = "service", "serviceOrder"
	return []api.AnnexCall{
		{Method: http.MethodGet, Path: "/service", ID: "tmf-list-activated-services", Target: service, Needs: mayServices, Handle: d.listServices(ActivationBase)},
		{Method: http.MethodGet, Path: "/service/{id}", ID: "tmf-get-activated-service", Target: service, Needs: mayServices, Handle: d.getService(ActivationBase)},
		{Method: http.MethodPost, Path: "/service", ID: "tmf-activate-service", Target: service, Needs: maySubmit, Body: maxBody, Handle: d.activate(itms.ActionAdd, "Service_Create")},
		{Method: http.MethodPatch, Path: "/service/{id}", ID: "tmf-change-service", Target: service, Needs: maySubmit, Body: maxBody, Handle: d.activate(itms.ActionModify, "Service_Update")},
		{Method: http.MethodDelete, Path: "/service/{id}", ID: "tmf-terminate-service", Target: service, Needs: maySubmit, Handle: d.activate(itms.ActionDelete, "")},
		{Method: http.MethodGet, Path: "/monitor", ID: "tmf-list-monitors", Target: order, Needs: mayRead, Handle: d.listMonitors},
		{Method: http.MethodGet, Path: "/monitor/{id}", ID: "tmf-get-monitor", Target: order, Needs: mayRead, Handle: d.getMonitor},
	}
}

// activate makes an order of one item of a service document: POST, PATCH and DELETE
// /service. It answers 202 with the monitor; what was done at once is answered alike.
func (d *Door) activate(action itms.ItemAction, resource string) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		service, err := d.serviceToBe(r, resource)
		if err != nil {
			return err
		}
		o, _, err := d.place(r.Context(), object{"serviceOrderItem": []any{object{"id": "1", "action": string(action), "service": service}}})
		if err != nil {
			return retold(err, servicePath)
		}
		act(r.Context(), string(o.Items[0].Service))
		doc, err := d.monitor(o)
		if err != nil {
			return err
		}
		w.Header().Set("Location", text(doc["href"]))
		return write(w, http.StatusAccepted, doc)
	}
}

// serviceToBe reads the document of a service, or makes one that names it.
func (d *Door) serviceToBe(r *http.Request, resource string) (object, error) {
	service := object{}
	if resource != "" {
		var err error
		if service, err = readDocument(r); err != nil {
			return nil, err
		}
		if d.strict(itms.CallerOf(r.Context()).Actor) {
			if err := wrongFields(activationBook().inspect(resource, service, true)); err != nil {
				return nil, err
			}
		}
	}
	id := chi.URLParam(r, "id")
	if id == "" {
		return service, nil
	}
	if _, err := d.serviceDocument(r, ActivationBase, id); err != nil {
		return nil, err
	}
	service["id"] = id
	return service, nil
}

// servicePath takes off a path what stands before the service.
func servicePath(path string) string {
	const before = "serviceOrderItem[0].service."
	if len(path) > len(before) && path[:len(before)] == before {
		return path[len(before):]
	}
	return path
}

// monitorStates are the words for where a request stands.
func monitorState(s itms.ServiceOrderState) string {
	switch {
	case s == itms.ServiceOrderCompleted:
		return "Succeeded"
	case s.Over():
		return "Failed"
	}
	return "InProgress"
}

// methods are what each action is as a call.
var methods = map[itms.ItemAction]string{itms.ActionAdd: http.MethodPost, itms.ActionModify: http.MethodPatch,
	itms.ActionDelete: http.MethodDelete, itms.ActionNoChange: http.MethodGet}

// monitor is an order as the monitor of a request.
func (d *Door) monitor(o *itms.ServiceOrder) (object, error) {
	order, err := d.shown.order(o)
	if err != nil {
		return nil, err
	}
	withCodes(order, o.Codes)
	var service any
	var action itms.ItemAction
	source := ""
	if items := things(order["serviceOrderItem"]); len(items) > 0 {
		service, action = items[0]["service"], itms.ItemAction(text(items[0]["action"]))
	}
	if len(o.Items) > 0 && o.Items[0].Service != "" {
		source = d.shown.href(ActivationBase, "service", string(o.Items[0].Service))
	}
	body, err := json.Marshal(service)
	if err != nil {
		return nil, fmt.Errorf("write a service: %w", err)
	}
	doc := object{"@type": "Monitor", "id": string(o.ID), "href": d.shown.href(ActivationBase, "monitor", string(o.ID)), "state": monitorState(o.State),
		"request": object{"method": methods[action], "to": cmp.Or(source, ActivationBase+"/service"), "body": string(body), "header": []any{}}}
	fillText(doc, "sourceHref", source)
	if o.State.Over() {
		doc["response"] = monitorResponse(order, o)
	}
	return doc, nil
}

// monitorResponse says what came of a request.
func monitorResponse(order object, o *itms.ServiceOrder) object {
	status, body := "200", object{"state": string(o.State)}
	if o.State != itms.ServiceOrderCompleted {
		status = "409"
		if errors := things(order["errorMessage"]); len(errors) > 0 {
			body = errors[0]
		}
	}
	said, err := json.Marshal(body)
	if err != nil { // values that were read from JSON can be written
		said = []byte("{}")
	}
	return object{"statusCode": status, "body": string(said), "header": []any{}}
}

// getMonitor shows one: GET /monitor/{id}.
func (d *Door) getMonitor(w http.ResponseWriter, r *http.Request) error {
	q, err := d.query(r, activationBook(), "Monitor")
	if err != nil {
		return err
	}
	o, err := d.order(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	doc, err := d.monitor(o)
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, q.fields.pick(doc))
}

// listMonitors lists them, newest first: GET /monitor.
func (d *Door) listMonitors(w http.ResponseWriter, r *http.Request) error {
	q, err := d.query(r, activationBook(), "Monitor")
	if err != nil {
		return err
	}
	var page listed
	err = d.scoped.View(r.Context(), func(tx itms.Tx) error {
		page = listed{}
		err := eachOrder(tx, itms.ServiceOrderQuery{}, func(o *itms.ServiceOrder) error {
			doc, err := d.monitor(o)
			if err == nil {
				page.add(q, doc)
			}
			return err
		})
		return page.partly(err)
	})
	if err != nil {
		return err
	}
	return page.write(w, r, q)
}
