package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"itms"
)

// lastLog returns the last event of the log.
func (f *fixture) lastLog() map[string]any {
	f.t.Helper()
	lines := strings.Split(strings.TrimSpace(f.log.String()), "\n")
	var event map[string]any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &event); err != nil {
		f.t.Fatal(err)
	}
	return event
}

func TestOneLogEventPerRequest(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	f.get(devicesPath + "/00005E-HG%2D1-S1")
	f.call(itms.RoleBSS, "POST", ordersPath, orderJSON("WO-7"))
	if n := strings.Count(f.log.String(), "\n"); n != 2 {
		t.Fatalf("%d log events", n)
	}
	got := f.lastLog()
	for name, want := range map[string]any{"requestId": "req-1", "method": "POST", "route": ordersPath, "status": 201.0,
		"actor": "test-bss", "role": "bss", "orderNo": "WO-7", "remote": "192.0.2.77:4000", "level": "info"} {
		if got[name] != want {
			t.Errorf("%s: %v, want %v", name, got[name], want)
		}
	}
	if !strings.Contains(f.log.String(), `"device":"00005E-HG%2D1-S1"`) {
		t.Errorf("no device in %s", f.log)
	}
}

func TestLogHasNeitherSecretsNorQueries(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	f.call(itms.RoleBSS, "POST", ordersPath, orderJSON("WO-1")).is(201)
	f.call(itms.RoleBSS, "POST", ordersPath, strings.Replace(orderJSON("WO-2"), `"password":"p4ss-service"`, `"password":["p4ss-service"]`, 1)).is(422)
	f.call(itms.RoleBSS, "POST", ordersPath, orderJSON("WO-3")[:200]).is(400)
	f.call(itms.RoleBSS, "POST", ordersPath, strings.Replace(orderJSON("WO-4"), "{", `{"p4ss-access":1,`, 1)).is(422)
	f.call("", "GET", ordersPath, "", "Authorization: Bearer p4ss-access").is(401)
	f.get(searchPath + "?q=subscriber-name").is(200)
	f.get(ordersPath + "?q=subscriber-name&cursor=subscriber-name").is(422)
	f.get(dashPath + "/parameters?prefix=subscriber-name").is(200)
	log := strings.ReplaceAll(f.log.String(), `"/p4ss-access"`, "") // a field's name is no value
	f.noSecrets(log)
	if strings.Contains(log, "subscriber-name") {
		t.Errorf("query values in %s", log)
	}
}

func TestRequestIDs(t *testing.T) {
	f := newFixture(t)
	for given, kept := range map[string]bool{"abc-1.2_X": true, "": false, "a b": false, "a\"b": false, "ü": false,
		strings.Repeat("a", maxRequestID): true, strings.Repeat("a", maxRequestID+1): false} {
		got := f.call("", "GET", "/healthz", "", "X-Request-Id: "+given).header.Get("X-Request-Id")
		if (got == given) != kept || got == "" {
			t.Errorf("%q became %q", given, got)
		}
	}
}

func TestSecureHeadersAreEverywhere(t *testing.T) {
	f := newFixture(t)
	for _, path := range []string{"/", "/healthz", "/openapi.json", ordersPath, "/nowhere", "/metrics", devicesPath + "/x"} {
		h := f.get(path).header
		if !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("X-Content-Type-Options") != "nosniff" ||
			h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

// panicDevices panics with a value.
type panicDevices struct {
	Devices
	value any
}

func (p panicDevices) Block(context.Context, string, itms.DeviceID, bool) (*itms.Device, error) {
	panic(p.value)
}

func TestPanicBecomesAProblem(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Devices = panicDevices{o.Devices, "index out of luck"} })
	f.putDevice(dashID)
	p := f.call(itms.RoleAdmin, "POST", dashPath+"/block", "").problem(500, itms.CodeInternal)
	if p.Detail != internalText {
		t.Errorf("detail %q", p.Detail)
	}
	cause, _ := f.lastLog()["cause"].(string)
	if !strings.Contains(cause, "index out of luck") || !strings.Contains(cause, "middleware_test.go") {
		t.Errorf("cause %q", cause)
	}
	f.get("/healthz").is(200)
}

func TestPanicAfterHalfAnAnswerDropsTheConnection(t *testing.T) {
	f := newFixture(t)
	h := f.server.observe(f.server.recover(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if _, err := w.Write([]byte("half")); err != nil {
			t.Error(err)
		}
		panic("too late")
	})))
	w := httptest.NewRecorder()
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("the connection would stay")
		}
		if w.Body.String() != "half" || !strings.Contains(f.log.String(), "too late") {
			t.Errorf("body %q, log %s", w.Body, f.log)
		}
	}()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
}

func TestAbortIsPassedOn(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Devices = panicDevices{o.Devices, http.ErrAbortHandler} })
	f.putDevice(dashID)
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("the abort was swallowed")
		}
	}()
	f.call(itms.RoleAdmin, "POST", dashPath+"/block", "")
}

func TestContextWithoutARequestHasARecord(t *testing.T) {
	rec := recordOf(t.Context())
	rec.actor = "nobody reads this"
}

func TestHTTPServerHasEveryLimit(t *testing.T) {
	s := HTTPServer(http.NotFoundHandler())
	if s.ReadHeaderTimeout == 0 || s.ReadTimeout == 0 || s.WriteTimeout == 0 || s.IdleTimeout == 0 || s.MaxHeaderBytes == 0 {
		t.Errorf("%+v", s)
	}
}

func TestNewNeedsItsParts(t *testing.T) {
	f := newFixture(t)
	full := Options{Store: f.store, Orders: f.orders, Devices: f.devices, Tasks: f.tasks, Stock: f.stock, Traces: f.traces, Waker: f.waker, Desk: f.desk}
	if _, err := New(full); err != nil {
		t.Errorf("the smallest set: %v", err)
	}
	for name, remove := range map[string]func(*Options){"store": func(o *Options) { o.Store = nil }, "orders": func(o *Options) { o.Orders = nil },
		"devices": func(o *Options) { o.Devices = nil }, "waker": func(o *Options) { o.Waker = nil },
		"tasks": func(o *Options) { o.Tasks = nil }, "stock": func(o *Options) { o.Stock = nil }, "traces": func(o *Options) { o.Traces = nil }, "desk": func(o *Options) { o.Desk = nil }} {
		o := full
		remove(&o)
		if _, err := New(o); err == nil {
			t.Errorf("made without %s", name)
		}
	}
}
