package tmf

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"itms/web/api"
)

// Each API describes itself at <base>/openapi.json (OpenAPI 3.1), and as a part of /openapi.json: made of its calls and of
// the schemas that documents are checked against, so that the two cannot differ.

// described is what the description says of an API.
type described struct {
	title, version, file string
	summaries            map[string]string // by operation
	takes, gives         map[string]string // by operation: resource
	statuses             map[string]int    // by operation, where it is not 200
}

// descriptions are those of the APIs, by their base.
var descriptions = map[string]described{
	OrderingBase: {title: "TMF641 Service Ordering", version: "4.1.0", file: "serviceOrdering",
		summaries: map[string]string{"tmf-create-service-order": "Take a service order in; a repeat under the same externalId answers 200",
			"tmf-list-service-orders": "List service orders, newest first", "tmf-get-service-order": "Show a service order",
			"tmf-patch-service-order": "Change a service order by a merge patch", "tmf-delete-service-order": "Forget a service order that is over or did not begin",
			"tmf-create-cancel-service-order": "Ask that a service order be withdrawn", "tmf-list-cancel-service-orders": "List cancellations",
			"tmf-get-cancel-service-order": "Show a cancellation", "tmf-create-hub": "Subscribe to events", "tmf-get-hub": "Show a subscription", "tmf-delete-hub": "End a subscription"},
		takes: map[string]string{"tmf-create-service-order": "ServiceOrder_Create", "tmf-patch-service-order": "ServiceOrder_Update",
			"tmf-create-cancel-service-order": "CancelServiceOrder_Create", "tmf-create-hub": "EventSubscriptionInput"},
		gives: map[string]string{"tmf-create-service-order": "ServiceOrder", "tmf-list-service-orders": "ServiceOrder", "tmf-get-service-order": "ServiceOrder",
			"tmf-patch-service-order": "ServiceOrder", "tmf-create-cancel-service-order": "CancelServiceOrder", "tmf-list-cancel-service-orders": "CancelServiceOrder",
			"tmf-get-cancel-service-order": "CancelServiceOrder", "tmf-create-hub": "EventSubscription", "tmf-get-hub": "EventSubscription"},
		statuses: map[string]int{"tmf-create-service-order": http.StatusCreated, "tmf-create-cancel-service-order": http.StatusCreated,
			"tmf-create-hub": http.StatusCreated, "tmf-delete-hub": http.StatusNoContent, "tmf-delete-service-order": http.StatusNoContent}},
	ServicesBase: {title: "TMF638 Service Inventory, read side", version: "4.0.0", file: "serviceInventory",
		summaries: map[string]string{"tmf-list-services": "List services by id", "tmf-get-service": "Show a service"},
		gives:     map[string]string{"tmf-list-services": "Service", "tmf-get-service": "Service"}},
	ResourcesBase: {title: "TMF639 Resource Inventory, read side", version: "4.0.0", file: "resourceInventory",
		summaries: map[string]string{"tmf-list-resources": "List devices by id", "tmf-get-resource": "Show a device"},
		gives:     map[string]string{"tmf-list-resources": "PhysicalResource", "tmf-get-resource": "PhysicalResource"}},
	ActivationBase: {title: "TMF640 Service Activation and Configuration", version: "4.0.0", file: "activation",
		summaries: map[string]string{"tmf-list-activated-services": "List services by id", "tmf-get-activated-service": "Show a service",
			"tmf-activate-service": "Have a service installed", "tmf-change-service": "Have a service changed", "tmf-terminate-service": "Have a service terminated",
			"tmf-list-monitors": "List monitors, newest first", "tmf-get-monitor": "Show how far a request is"},
		takes: map[string]string{"tmf-activate-service": "Service_Create", "tmf-change-service": "Service_Update"},
		gives: map[string]string{"tmf-list-activated-services": "Service", "tmf-get-activated-service": "Service", "tmf-activate-service": "Monitor",
			"tmf-change-service": "Monitor", "tmf-terminate-service": "Monitor", "tmf-list-monitors": "Monitor", "tmf-get-monitor": "Monitor"},
		statuses: map[string]int{"tmf-activate-service": http.StatusAccepted, "tmf-change-service": http.StatusAccepted, "tmf-terminate-service": http.StatusAccepted}},
}

// describer renders the description of an API once, when somebody asks for it first.
func describer(base string, calls []api.AnnexCall) func() ([]byte, error) {
	return sync.OnceValues(func() ([]byte, error) {
		doc, err := describe(base, calls)
		if err != nil {
			return nil, err
		}
		return json.Marshal(doc)
	})
}

// descriptionCall serves the description of an API, to anybody.
func descriptionCall(text func() ([]byte, error)) api.AnnexCall {
	return api.AnnexCall{Method: http.MethodGet, Path: "/openapi.json", ID: "tmf-describe", Handle: func(w http.ResponseWriter, _ *http.Request) error {
		doc, err := text()
		if err != nil {
			return err
		}
		return write(w, http.StatusOK, json.RawMessage(doc))
	}}
}

// describe makes the description of an API.
func describe(base string, calls []api.AnnexCall) (object, error) {
	d, ok := descriptions[base]
	if !ok {
		d = descriptions[ResourcesBase]
	}
	data, err := schemaFiles.ReadFile("schema/" + d.file + ".json")
	if err != nil {
		return nil, err
	}
	var file struct {
		Defs object `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(data), "#/$defs/", "#/components/schemas/")), &file); err != nil {
		return nil, err
	}
	paths := object{}
	for i := range calls {
		path, _ := paths[calls[i].Path].(object)
		if path == nil {
			path = object{}
			paths[calls[i].Path] = path
		}
		path[strings.ToLower(calls[i].Method)] = d.operation(&calls[i])
	}
	return object{"openapi": "3.1.0", "info": object{"title": d.title, "version": d.version}, "servers": []any{object{"url": base}},
		"paths": paths, "components": object{"schemas": file.Defs, "securitySchemes": object{"token": object{"type": "http", "scheme": "bearer"}}},
		"security": []any{object{"token": []any{}}}}, nil
}

// pathParameter finds the parameters of a path.
var pathParameter = regexp.MustCompile(`\{(\w+)\}`)

// operation describes one call.
func (d described) operation(c *api.AnnexCall) object {
	op := object{"operationId": c.ID, "summary": d.summaries[c.ID], "responses": d.responses(c)}
	var parameters []any
	for _, m := range pathParameter.FindAllStringSubmatch(c.Path, -1) {
		parameters = append(parameters, object{"name": m[1], "in": "path", "required": true, "schema": object{"type": "string"}})
	}
	if c.Method == http.MethodGet && d.gives[c.ID] != "" {
		parameters = append(parameters, queryParameter("fields", "string"))
		if isList(c) {
			parameters = append(parameters, queryParameter("offset", "integer"), queryParameter("limit", "integer"))
		}
	}
	if len(parameters) > 0 {
		op["parameters"] = parameters
	}
	if takes := d.takes[c.ID]; takes != "" {
		content := object{"application/json": media(takes, false)}
		if c.Method == http.MethodPatch {
			content["application/merge-patch+json"] = media(takes, false)
		}
		op["requestBody"] = object{"required": true, "content": content}
	}
	return op
}

// queryParameter describes an optional parameter.
func queryParameter(name, kind string) object {
	return object{"name": name, "in": "query", "schema": object{"type": kind}}
}

// reference refers to a schema.
func reference(name string) object { return object{"$ref": "#/components/schemas/" + name} }

// exampleDocuments are an example of each resource.
var exampleDocuments = sync.OnceValue(func() (examples object) {
	data, err := schemaFiles.ReadFile("schema/examples.json")
	if err == nil {
		err = json.Unmarshal(data, &examples)
	}
	if err != nil {
		panic(err) // an embedded file, which tests have read before
	}
	return examples
})

// media describes a document, or a list of such, with an example.
func media(resource string, list bool) object {
	example := exampleDocuments()[resource]
	if list {
		return object{"schema": object{"type": "array", "items": reference(resource)}, "example": []any{example}}
	}
	return object{"schema": reference(resource), "example": example}
}

// isList reports whether a call lists things.
func isList(c *api.AnnexCall) bool {
	return c.Method == http.MethodGet && !strings.Contains(c.Path, "{")
}

// failures are the statuses that calls fail with.
var failures = map[int]string{400: "The document or query is wrong", 401: "The caller is unknown", 403: "The caller may not", 404: "There is no such resource",
	405: "The path does not take the method", 409: "What is stored forbids it", 413: "The document is too large", 415: "The document is of another type", 500: "A defect of this system"}

// responses describes the answers of a call.
func (d described) responses(c *api.AnnexCall) object {
	status := d.statuses[c.ID]
	if status == 0 {
		status = http.StatusOK
	}
	good := object{"description": http.StatusText(status)}
	if gives := d.gives[c.ID]; gives != "" {
		if isList(c) {
			good["headers"] = object{"X-Total-Count": object{"schema": object{"type": "integer"}}, "X-Result-Count": object{"schema": object{"type": "integer"}}}
		}
		good["content"] = object{"application/json": media(gives, isList(c))}
	}
	out := object{strconv.Itoa(status): good}
	if c.ID == "tmf-create-service-order" {
		out["200"] = object{"description": "A repeat: the order as it stands", "content": object{"application/json": media("ServiceOrder", false)}}
	}
	for _, failed := range slices.Sorted(maps.Keys(failures)) {
		out[strconv.Itoa(failed)] = object{"description": failures[failed], "content": object{"application/json": media("Error", false)}}
	}
	return out
}
