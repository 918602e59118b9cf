package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// doc is a JSON object.
type doc = map[string]any

// at walks down a document.
func at(v any, path ...string) any {
	for _, name := range path {
		m, _ := v.(doc)
		v = m[name]
	}
	return v
}

// description is what the server publishes; a test of the server keeps the file in step.
var description = sync.OnceValue(func() doc {
	text, err := os.ReadFile("../ui/openapi.json")
	if err != nil {
		panic(err)
	}
	var d doc
	if err := json.Unmarshal(text, &d); err != nil {
		panic(err)
	}
	return d
})

// schemaNamed is a schema of the description.
func schemaNamed(t *testing.T, name string) doc {
	t.Helper()
	s, ok := at(description(), "components", "schemas", name).(doc)
	if !ok {
		t.Fatalf("the description has no schema %s", name)
	}
	return s
}

// TestTypesFitTheDescription: each JSON member of each type is known to its schema and of a
// fitting type, and requests have whatever is required.
func TestTypesFitTheDescription(t *testing.T) {
	for name, v := range map[string]any{"Order": Order{}, "Device": Device{}, "Task": Task{}, "Service": Service{}, "Parameter": Parameter{}, "Change": Change{}, "Event": Event{},
		"Hit": Hit{}, "Stats": Stats{}, "Requested": Contact{}, "Activation": Activation{}, "Problem": Error{}, "ImportLine": ImportLine{}, "ImportTotals": ImportTotals{},
		"PageOfOrder": page[Order]{}} {
		fits(t, name, reflect.TypeOf(v), schemaNamed(t, name), false)
	}
	for name, v := range map[string]any{"OrderRequest": OrderRequest{}, "TaskRequest": TaskRequest{}, "BindRequest": BindRequest{}, "ActivationRequest": ActivationRequest{}, "ClaimDoc": Claim{}} {
		fits(t, name, reflect.TypeOf(v), schemaNamed(t, name), true)
	}
}

// resolved follows a reference.
func resolved(t *testing.T, schema doc) doc {
	t.Helper()
	if ref, ok := schema["$ref"].(string); ok {
		return schemaNamed(t, strings.TrimPrefix(ref, "#/components/schemas/"))
	}
	return schema
}

// typesOf lists the types of a schema, those of its alternatives too.
func typesOf(t *testing.T, schema doc) (all []string) {
	t.Helper()
	switch one := schema["type"].(type) {
	case string:
		all = append(all, one)
	case []any:
		for _, name := range one {
			all = append(all, name.(string))
		}
	}
	list, _ := schema["oneOf"].([]any)
	for _, one := range list {
		all = append(all, typesOf(t, resolved(t, one.(doc)))...)
	}
	return all
}

// kinds are the types of JSON that go into Go's.
var kinds = map[reflect.Kind]string{reflect.String: "string", reflect.Bool: "boolean", reflect.Int: "integer", reflect.Int64: "integer", reflect.Float64: "number",
	reflect.Slice: "array", reflect.Map: "object", reflect.Struct: "object"}

// fits holds a type against a schema.
func fits(t *testing.T, where string, typ reflect.Type, schema doc, request bool) {
	t.Helper()
	schema = resolved(t, schema)
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	types := typesOf(t, schema)
	if typ == reflect.TypeFor[time.Time]() {
		if schema["format"] != "date-time" {
			t.Errorf("%s is no time", where)
		}
		return
	}
	if !slices.Contains(types, kinds[typ.Kind()]) {
		t.Errorf("%s is %v, the description says %v", where, typ, types)
		return
	}
	switch typ.Kind() {
	case reflect.Slice:
		fits(t, where+"/-", typ.Elem(), at(schema, "items").(doc), request)
	case reflect.Struct:
		members(t, where, typ, schema, request)
	}
}

// members holds the fields of a struct against the properties of a schema.
func members(t *testing.T, where string, typ reflect.Type, schema doc, request bool) {
	t.Helper()
	properties, _ := schema["properties"].(doc)
	has := map[string]bool{}
	for _, f := range reflect.VisibleFields(typ) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "-" {
			continue
		}
		if has[name] = true; name == "" {
			t.Errorf("%s: field %s has no name in JSON", where, f.Name)
			continue
		}
		property, known := properties[name].(doc)
		if !known {
			t.Errorf("%s/%s is unknown to the description", where, name)
			continue
		}
		if !request && property["writeOnly"] == true {
			t.Errorf("%s/%s is never answered", where, name)
		}
		fits(t, where+"/"+name, f.Type, property, request)
	}
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if request && !has[name.(string)] {
			t.Errorf("%s/%s is required and missing", where, name)
		}
	}
}

// TestUnfitTypesAreSeen proves that the test above can fail.
func TestUnfitTypesAreSeen(t *testing.T) {
	if got := typesOf(t, schemaNamed(t, "Order")["properties"].(doc)["attempt"].(doc)); !slices.Equal(got, []string{"integer"}) {
		t.Errorf("%v", got)
	}
	if got := typesOf(t, schemaNamed(t, "TaskRequest")["properties"].(doc)["values"].(doc)); !slices.Equal(got, []string{"object", "array"}) {
		t.Errorf("%v", got)
	}
}

// described is a server that answers each call with the example of its description, and
// complains of calls that the description does not know.
type described struct {
	t *testing.T

	mu    sync.Mutex      // guards calls
	calls map[string]bool // operationIds that were called
}

// called reports whether an operation was.
func (d *described) called(id string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls[id]
}

// match finds the operation of a request.
func (d *described) match(r *http.Request) doc {
	segments := strings.Split(r.URL.EscapedPath(), "/")
	paths := at(description(), "paths").(doc)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		pattern := strings.Split(path, "/")
		same := len(pattern) == len(segments)
		for i := 0; same && i < len(pattern); i++ {
			same = pattern[i] == segments[i] || strings.HasPrefix(pattern[i], "{") && segments[i] != "import" && segments[i] != "export"
		}
		if op, ok := at(paths[path], strings.ToLower(r.Method)).(doc); same && ok {
			return op
		}
	}
	return nil
}

// ServeHTTP answers.
func (d *described) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	op := d.match(r)
	if op == nil {
		d.t.Errorf("%s %s is unknown to the description", r.Method, r.URL.Path)
		http.NotFound(w, r)
		return
	}
	d.mu.Lock()
	d.calls[op["operationId"].(string)] = true
	d.mu.Unlock()
	known := map[string]bool{}
	list, _ := op["parameters"].([]any)
	for _, p := range list {
		known[at(p, "in").(string)+" "+strings.ToLower(at(p, "name").(string))] = true
	}
	for name := range r.URL.Query() {
		if !known["query "+strings.ToLower(name)] {
			d.t.Errorf("%s takes no parameter %s", op["operationId"], name)
		}
	}
	if r.Header.Get("Idempotency-Key") != "" && !known["header idempotency-key"] {
		d.t.Errorf("%s takes no Idempotency-Key", op["operationId"])
	}
	d.readBody(op, r)
	d.answer(w, op)
}

// readBody holds the body of a request against the description.
func (d *described) readBody(op doc, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		d.t.Error(err)
	}
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if content := at(op, "requestBody", "content", media); len(body) > 0 && content == nil {
		d.t.Errorf("%s takes no body of type %s", op["operationId"], media)
	}
	if required := at(op, "requestBody", "required") == true; required && len(body) == 0 {
		d.t.Errorf("%s needs a body", op["operationId"])
	}
}

// answer sends the example of success; of a page, one without a next.
func (d *described) answer(w http.ResponseWriter, op doc) {
	responses := op["responses"].(doc)
	for _, status := range slices.Sorted(maps.Keys(responses)) {
		if status[0] != '2' {
			continue
		}
		content := at(responses[status], "content").(doc)
		media := slices.Sorted(maps.Keys(content))[0]
		example := at(content[media], "example")
		if text, ok := example.(string); ok {
			w.Header().Set("Content-Type", media)
			fmt.Fprint(w, text)
			return
		}
		if list, ok := example.(doc); ok && list["items"] != nil {
			example = maps.Clone(list)
			delete(example.(doc), "next")
		}
		w.Header().Set("Content-Type", media)
		if err := json.NewEncoder(w).Encode(example); err != nil {
			d.t.Error(err)
		}
		return
	}
}

// against makes a client of a server.
func against(t *testing.T, h http.Handler, options ...Option) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c, err := New(server.URL, "itms_synthetic", append([]Option{WithHTTPClient(server.Client()), WithRetry(Retry{})}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCallsFitTheDescription makes every call of the package.
func TestCallsFitTheDescription(t *testing.T) {
	d := &described{t: t, calls: map[string]bool{}}
	c, ctx := against(t, d), t.Context()
	ref, device := OrderRef{No: "WO-1001", Source: "crm"}, "00005E-STB-S1001"
	retries, claim := 1, Claim{MAC: "00:00:5E:00:53:01"}
	for name, call := range map[string]func() (any, error){
		"submit-work-order": func() (any, error) {
			o, _, err := c.SubmitOrder(ctx, OrderRequest{OrderNo: "WO-1001", Device: &claim})
			return o.OrderNo, err
		},
		"get-work-order":      func() (any, error) { o, err := c.Order(ctx, ref); return o.State, err },
		"list-work-orders":    func() (any, error) { return first(c.Orders(ctx, fullOrderFilter)) },
		"retry-work-order":    func() (any, error) { o, err := c.RetryOrder(ctx, ref); return o.State, err },
		"cancel-work-order":   func() (any, error) { o, err := c.CancelOrder(ctx, ref, "x"); return o.State, err },
		"backfill-work-order": func() (any, error) { o, err := c.NameDevice(ctx, ref, claim); return o.State, err },
		"reissue-code":        func() (any, error) { o, err := c.NewCode(ctx, ref); return o.ActivationCode, err },
		"force-work-order":    func() (any, error) { o, err := c.ForceOrder(ctx, ref, "x"); return o.State, err },
		"reverse-work-order":  func() (any, error) { o, err := c.ReverseOrder(ctx, ref, "WO-2"); return o.State, err },
		"activate":            func() (any, error) { a, err := c.Activate(ctx, ActivationRequest{Code: "1"}); return a.OrderNo, err },
		"get-device":          func() (any, error) { v, err := c.Device(ctx, device); return v.ID, err },
		"list-devices":        func() (any, error) { return first(c.Devices(ctx, DeviceFilter{"a", "b", "c", "d", "e", "f"})) },
		"list-parameters":     func() (any, error) { return first(c.Parameters(ctx, device, "Device.")) },
		"list-parameter-history": func() (any, error) {
			return first(c.ParameterHistory(ctx, device, "Device."))
		},
		"list-device-events": func() (any, error) { return first(c.DeviceEvents(ctx, device)) },
		"request-connection": func() (any, error) { v, err := c.Contact(ctx, device); return v.Result, err },
		"block-device":       func() (any, error) { v, err := c.BlockDevice(ctx, device); return v.ID, err },
		"unblock-device":     func() (any, error) { v, err := c.UnblockDevice(ctx, device); return v.ID, err },
		"unlock-device":      func() (any, error) { v, err := c.UnlockDevice(ctx, device); return v.ID, err },
		"bind-device":        func() (any, error) { v, err := c.BindDevice(ctx, device, BindRequest{OrderNo: "WO"}); return v.ID, err },
		"unbind-device":      func() (any, error) { v, err := c.UnbindDevice(ctx, device, "x"); return v.ID, err },
		"create-task": func() (any, error) {
			v, err := c.CreateTask(ctx, device, TaskRequest{Kind: "reboot", Retries: &retries}, time.Second)
			return v.ID, err
		},
		"get-task":    func() (any, error) { v, err := c.Task(ctx, "T", time.Minute); return v.ID, err },
		"list-tasks":  func() (any, error) { return first(c.Tasks(ctx, device)) },
		"cancel-task": func() (any, error) { v, err := c.CancelTask(ctx, "T"); return v.ID, err },
		"get-service": func() (any, error) { v, err := c.Service(ctx, "U1001-1"); return v.ID, err },
		"search":      func() (any, error) { v, err := c.Search(ctx, "U1001", 5); return v[0].ID, err },
		"count-zero-touch": func() (any, error) {
			v, err := c.ZeroTouch(ctx, StatsQuery{"area", time.Now(), time.Now()})
			return v.Total.Installs, err
		},
		"stream-events":      func() (any, error) { return first(c.Events(ctx, EventFilter{[]string{"order."}, device, "WO", All})) },
		"import-work-orders": func() (any, error) { return importOne(ctx, c) },
		"export-work-orders": func() (any, error) { return readOne(c.ExportOrders(ctx, fullOrderFilter, NDJSON)) },
		"export-devices":     func() (any, error) { return readOne(c.ExportDevices(ctx, DeviceFilter{State: "a"}, CSV)) },
	} {
		got, err := call()
		if err != nil || got == nil || reflect.ValueOf(got).IsZero() {
			t.Errorf("%s: %v %v", name, got, err)
		}
		if !d.called(name) {
			t.Errorf("%s was not called", name)
		}
	}
}

// fullOrderFilter has all there is.
var fullOrderFilter = OrderFilter{[]string{"done", "failed"}, "done", "install", "self", "51", time.Unix(1e9, 0), time.Unix(1e9, 0), "x"}

// first takes the first thing of a sequence.
func first[T any](seq func(func(T, error) bool)) (v any, err error) {
	for item, wrong := range seq {
		return item, wrong
	}
	return nil, io.EOF
}

// importOne imports and returns the totals.
func importOne(ctx context.Context, c *Client) (any, error) {
	i, err := c.ImportOrders(ctx, strings.NewReader("x"), ImportOptions{DryRun: true})
	if err != nil {
		return nil, err
	}
	for range i.Lines() {
	}
	return i.Totals()
}

// readOne reads an export.
func readOne(r io.ReadCloser, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	return string(text), err
}
