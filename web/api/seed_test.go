package api

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"itms"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares an answer with testdata/NAME.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs\ngot:  %s\nwant: %s", name, got, want)
	}
}

// must returns a value that the test knows to be right.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// orderJSON is a valid order of a number.
func orderJSON(no string) string {
	return fmt.Sprintf(`{"orderNo":%q,"source":"crm","kind":"install","mode":"self",
 "subscriber":{"id":"U1001","name":"Example Customer","phone":"555-0100"},
 "service":{"id":"U1001-1","type":"iptv","package":"IPTV-4K","account":"iptv1001","password":"p4ss-service",
            "authUrl":"http://iptv.example.com/auth","access":{"type":"pppoe","account":"pppoe1001","password":"p4ss-access","downKbps":100000}},
 "device":{"mac":"00-00-5e-00-53-01"},"line":{"area":"510100","vlan":100},
 "dueBy":"2026-12-01T00:00:00Z","seq":1,"callback":"https://bss.example.com/hook",
 "attributes":{"text":"a","number":1.50,"flag":true}}`, no)
}

// request is the domain's form of a minimal order.
func request(no, source string) itms.OrderRequest {
	return itms.OrderRequest{OrderNo: no, Source: source, Kind: itms.KindInstall, Mode: itms.ModeSelf,
		Subscriber: itms.Subscriber{ID: "U1001"}, Service: itms.ServiceSpec{ID: "U1001-1", Type: itms.ServiceIPTV, Account: "iptv1001"},
		Device: itms.ClaimText{MAC: "00:00:5E:00:53:01"}, Line: itms.Line{Area: "510100"}}
}

// putOrder stores the nth order; change adjusts it.
func (f *fixture) putOrder(n int, no, source string, change ...func(*itms.Order)) *itms.Order {
	f.t.Helper()
	o := storedOrder(n, request(no, source), "crm")
	for _, c := range change {
		c(o)
	}
	f.update(func(tx itms.Tx) error { return tx.Orders().Insert(o) })
	return o
}

// failed makes an order one that may be retried.
func failed(o *itms.Order) {
	o.State, o.Reason = itms.OrderFailed, "three pushes were refused"
	o.History = append(o.History, itms.Step{State: o.State, At: o.UpdatedAt, Reason: o.Reason, Actor: "system"})
}

// The device of most tests: its product class has a dash.
var dashID = must(itms.NewDeviceID("00005E", "HG-1", "S1"))

// secretText must appear in no answer.
const secretText = "cr-password-in-the-store"

// testDevice is a full record of a device.
func testDevice(id itms.DeviceID) *itms.Device {
	return &itms.Device{
		ID: id, Manufacturer: "Example", Model: "HG-1", Hardware: "1.0", Software: "2.3.4",
		MAC: must(itms.ParseMAC("00005E005301")), STBID: "00100199006000000000" + "00005E005301",
		IP: "192.0.2.10", Root: "Device.", CWMP: "1-0", Profile: "ctc-stb", State: itms.DeviceInService,
		ConnectionRequestURL: "http://192.0.2.10:7547/cr", ConnectionUsername: "cr-user",
		ConnectionPassword: itms.Sealed(secretText), FirstSeen: testTime, LastBoot: testTime,
		Sync: itms.Sync{Target: "1/2/abc", Applied: "1/2/abc", Missing: []itms.ParamPath{"Device.X"}},
	}
}

// putDevice stores a device; change adjusts it.
func (f *fixture) putDevice(id itms.DeviceID, change ...func(*itms.Device)) *itms.Device {
	f.t.Helper()
	d := testDevice(id)
	for _, c := range change {
		c(d)
	}
	f.update(func(tx itms.Tx) error { return tx.Devices().Put(d) })
	return d
}

// putService stores the service of request with sealed secrets.
func (f *fixture) putService() *itms.Service {
	f.t.Helper()
	svc := &itms.Service{ID: "U1001-1", Type: itms.ServiceIPTV, Package: "IPTV-4K", Account: "iptv1001",
		Password: itms.Sealed(secretText), AuthURL: "http://iptv.example.com/auth",
		Access:     itms.Access{Type: itms.AccessPPPoE, Account: "pppoe1001", Password: itms.Sealed(secretText), DownKbps: 100000},
		Subscriber: itms.Subscriber{ID: "U1001", Name: "Example Customer", Phone: "+86 555-0100"},
		Line:       itms.Line{Area: "510100"}, Attributes: map[string]string{"channel": "shop-7"},
		State: itms.ServiceActive, DesiredRev: 2, AppliedRev: 1, Gen: 1, CreatedAt: testTime, UpdatedAt: testTime}
	f.update(func(tx itms.Tx) error { return tx.Services().Put(svc) })
	return svc
}

// bind ties the service to a device through an order.
func (f *fixture) bind(device itms.DeviceID, order itms.OrderID) {
	f.t.Helper()
	f.update(func(tx itms.Tx) error {
		return tx.Bindings().Put(&itms.Binding{ID: "b-1", Service: "U1001-1", Order: order, Gen: 1, State: itms.BindingBound,
			Claim: itms.DeviceClaim{MAC: must(itms.ParseMAC("00005E005301"))}, Device: device, CreatedAt: testTime, UpdatedAt: testTime})
	})
}

// journal appends events of a type, each a second later.
func (f *fixture) journal(events ...itms.Event) {
	f.t.Helper()
	f.update(func(tx itms.Tx) error {
		for i, e := range events {
			e.At = testTime.Add(time.Duration(i) * time.Second)
			if err := tx.Journal().Append(&e); err != nil {
				return err
			}
		}
		return nil
	})
}

// noSecrets fails when an answer or log has any secret of the fixture.
func (f *fixture) noSecrets(text string) {
	f.t.Helper()
	secrets := []string{"p4ss-service", "p4ss-access", secretText, "sealed-service", "sealed-access", "cr-user"}
	for _, token := range f.tokens {
		secrets = append(secrets, token, HashToken(token))
	}
	for _, s := range secrets {
		if strings.Contains(text, s) {
			f.t.Errorf("a secret (%.6s...) leaks in %s", s, text)
		}
	}
}
