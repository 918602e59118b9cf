package api

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"itms"
)

// orderRegistry is a registry as the server has it.
func orderRegistry() huma.Registry { return huma.NewMapRegistry(schemaPrefix, schemaName) }

func TestDecodeTakesTheContractsOrder(t *testing.T) {
	b, err := decode[orderRequest](orderRegistry(), []byte(orderJSON("WO-1001")))
	if err != nil {
		t.Fatal(err)
	}
	req := b.request()
	want := itms.OrderRequest{
		OrderNo: "WO-1001", Source: "crm", Kind: itms.KindInstall, Mode: itms.ModeSelf,
		Subscriber: itms.Subscriber{ID: "U1001", Name: "Example Customer", Phone: "555-0100"},
		Service: itms.ServiceSpec{ID: "U1001-1", Type: itms.ServiceIPTV, Package: "IPTV-4K", Account: "iptv1001",
			Password: itms.NewSecret("p4ss-service"), AuthURL: "http://iptv.example.com/auth",
			Access: itms.AccessSpec{Type: itms.AccessPPPoE, Account: "pppoe1001", Password: itms.NewSecret("p4ss-access"), DownKbps: 100000}},
		Device: itms.ClaimText{MAC: "00-00-5e-00-53-01"}, Line: itms.Line{Area: "510100", VLAN: 100},
		DueBy: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), Seq: 1, Callback: "https://bss.example.com/hook",
	}
	if got := req.Attributes; len(got) != 3 || got["text"] != "a" || got["number"] != "1.50" || got["flag"] != "true" {
		t.Errorf("attributes %v", got)
	}
	req.Attributes = nil
	if req.Service != want.Service || req.Subscriber != want.Subscriber || req.Line != want.Line || req.Device != want.Device {
		t.Errorf("got %+v\nwant %+v", req, want)
	}
	if req.OrderNo != want.OrderNo || req.Source != want.Source || req.Kind != want.Kind || req.Mode != want.Mode ||
		!req.DueBy.Equal(want.DueBy) || req.Seq != want.Seq || req.Callback != want.Callback {
		t.Errorf("got %+v\nwant %+v", req, want)
	}
}

func TestDecodeTheContractsExampleWithEveryField(t *testing.T) {
	body := `{"orderNo":"WO-1001","source":"crm","kind":"install","mode":"self",
 "subscriber":{"id":"U1001","name":"n","phone":"p","address":"a"},
 "service":{"id":"U1001-1","type":"iptv","package":"IPTV-4K","account":"iptv1001","password":"x","authUrl":"http://a","authUrlBackup":"",
            "access":{"type":"pppoe","account":"","password":"","downKbps":0,"upKbps":0}},
 "device":{"stbId":"","mac":"","serial":"","model":""}, "oldDevice":{"mac":""},
 "line":{"area":"510100","node":"","port":"","vlan":0}, "dueBy":"2026-12-01T00:00:00Z", "seq":1, "callback":"https://b", "attributes":{}}`
	if _, err := decode[orderRequest](orderRegistry(), []byte(body)); err != nil {
		t.Fatal(err)
	}
}

func TestDecodeRefusesByPointer(t *testing.T) {
	for body, want := range map[string]string{
		`[]`:                                    ": expected an object, got an array",
		`null`:                                  ": expected an object, got null",
		`"x"`:                                   ": expected an object, got a string",
		`{"orderNo":1}`:                         "/orderNo: expected a string, got a number",
		`{"orderNo":true}`:                      "/orderNo: expected a string, got a boolean",
		`{"orderno":"x"}`:                       "/orderno: is not a field of this document",
		`{"OrderNo":"x"}`:                       "/OrderNo: is not a field of this document",
		`{"extra":{"deep":1}}`:                  "/extra: is not a field of this document",
		`{"orderNo":"a","orderNo":"a"}`:         "/orderNo: appears more than once",
		`{"service":{"id":"a","id":"b"}}`:       "/service/id: appears more than once",
		`{"service":"x"}`:                       "/service: expected an object, got a string",
		`{"service":{"access":{"speed":1}}}`:    "/service/access/speed: is not a field of this document",
		`{"service":{"password":12345}}`:        "/service/password: expected a string, got a number",
		`{"service":{"access":{"upKbps":"1"}}}`: "/service/access/upKbps: expected an integer, got a string",
		`{"seq":1.5}`:                           "/seq: expected a whole number of at most 64 bits, written without fraction or exponent",
		`{"seq":1e2}`:                           "/seq: expected a whole number of at most 64 bits, written without fraction or exponent",
		`{"seq":9223372036854775808}`:           "/seq: expected a whole number of at most 64 bits, written without fraction or exponent",
		`{"dueBy":"tomorrow"}`:                  "/dueBy: expected a time as in RFC 3339, e.g. 2026-12-01T00:00:00Z",
		`{"dueBy":"2026-12-01"}`:                "/dueBy: expected a time as in RFC 3339, e.g. 2026-12-01T00:00:00Z",
		`{"dueBy":1764547200}`:                  "/dueBy: expected a string, got a number",
		`{"attributes":{"a":[1]}}`:              "/attributes/a: expected a string, a number or a boolean, got an array",
		`{"attributes":{"a/b":{}}}`:             "/attributes/a~1b: expected a string, a number or a boolean, got an object",
		`{"attributes":{"a~b":{}}}`:             "/attributes/a~0b: expected a string, a number or a boolean, got an object",
		`{"attributes":{"a.b":{}}}`:             "/attributes/a.b: expected a string, a number or a boolean, got an object",
		`{"attributes":{"a":1,"a":2}}`:          "/attributes/a: appears more than once",
		`{"attributes":[]}`:                     "/attributes: expected an object, got an array",
	} {
		_, err := decode[orderRequest](orderRegistry(), []byte(body))
		var shape *shapeError
		if !errors.As(err, &shape) || len(shape.fields) != 1 {
			t.Errorf("%s: %v", body, err)
			continue
		}
		if got := shape.fields[0].Pointer + ": " + shape.fields[0].Text; got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}

func TestDecodeReportsAllAtOnce(t *testing.T) {
	body := `{"orderNo":1,"kind":[],"service":{"id":2,"x":3},"device":{"mac":4},"attributes":{"a":{}},"seq":"5"}`
	_, err := decode[orderRequest](orderRegistry(), []byte(body))
	var shape *shapeError
	if !errors.As(err, &shape) {
		t.Fatal(err)
	}
	want := "/orderNo /kind /service/id /service/x /device/mac /attributes/a /seq"
	if got := (Problem{Errors: shape.fields}).pointers(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestDecodeBoundsItsErrors(t *testing.T) {
	body := `{` + strings.TrimSuffix(strings.Repeat(`"x":1,`, 1000), ",") + `}`
	_, err := decode[orderRequest](orderRegistry(), []byte(body))
	var shape *shapeError
	if !errors.As(err, &shape) || len(shape.fields) != maxShapeErrors {
		t.Errorf("%v", err)
	}
}

func TestDecodeNeverRepeatsValues(t *testing.T) {
	for _, body := range []string{`{"service":{"password":["hunter2"]}}`, `{"service":{"password":"hunter2","password":"hunter2"}}`,
		`{"dueBy":"hunter2"}`, `{"service":{"password":"hunter2"},"x":"hunter2"}`} {
		_, err := decode[orderRequest](orderRegistry(), []byte(body))
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestNullIsTheSameAsAbsent(t *testing.T) {
	b, err := decode[orderRequest](orderRegistry(), []byte(
		`{"orderNo":null,"service":{"password":null,"access":null},"device":null,"dueBy":null,"seq":null,"attributes":{"a":null,"b":"x"}}`))
	if err != nil {
		t.Fatal(err)
	}
	req := b.request()
	if req.OrderNo != "" || !req.Service.Password.IsZero() || !req.DueBy.IsZero() || req.Seq != 0 {
		t.Errorf("%+v", req)
	}
	if len(req.Attributes) != 1 || req.Attributes["b"] != "x" {
		t.Errorf("attributes %v", req.Attributes)
	}
	b, err = decode[orderRequest](orderRegistry(), []byte(`{"attributes":{}}`))
	if err != nil || b.request().Attributes != nil {
		t.Errorf("no attributes: %v, %v", b.request().Attributes, err)
	}
}

func TestShapeErrorCoversWhatLiesBelow(t *testing.T) {
	e := &shapeError{[]itms.FieldError{{Pointer: "/service"}, {Pointer: "/orderNo"}}}
	for pointer, want := range map[string]bool{"/service": true, "/service/account": true, "/services": false, "/orderNo": true, "/kind": false} {
		if e.covers(pointer) != want {
			t.Errorf("%s: %v", pointer, !want)
		}
	}
}

func TestDecodeArrays(t *testing.T) {
	type names struct {
		Names []string `json:"names"`
	}
	got, err := decode[names](orderRegistry(), []byte(`{"names":["a","b"]}`))
	if err != nil || len(got.Names) != 2 {
		t.Errorf("%v, %v", got, err)
	}
	_, err = decode[names](orderRegistry(), []byte(`{"names":["a",1,{}]}`))
	var shape *shapeError
	if !errors.As(err, &shape) || (Problem{Errors: shape.fields}).pointers() != "/names/1 /names/2" {
		t.Errorf("%v", err)
	}
}

func BenchmarkDecodeOrder(b *testing.B) {
	registry, body := orderRegistry(), []byte(orderJSON("WO-1001"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode[orderRequest](registry, body); err != nil {
			b.Fatal(err)
		}
	}
}
