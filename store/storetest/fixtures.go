package storetest

import (
	"fmt"
	"time"

	"itms"
)

// epoch is the time of the fixtures. Its nanoseconds must not survive, and its
// zone must not either.
var epoch = time.Date(2026, 3, 1, 20, 0, 0, 123456789, time.FixedZone("", 8*3600))

// stored is epoch as a store gives it back.
var stored = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

// deviceID is the i-th device of a name space.
func deviceID(space string, i int) itms.DeviceID {
	return itms.DeviceID{OUI: "00005E", ProductClass: "STB/x-1", Serial: fmt.Sprintf("%s-%03d", space, i)}
}

// device is a device with every field filled.
func device(i int) *itms.Device {
	return &itms.Device{
		ID: deviceID("d", i), Manufacturer: "Example & Söhne", Model: "EX-1", Hardware: "1.0", Software: "2.0",
		MAC: itms.MAC{0, 0, 0x5E, 0, 0x53, byte(i)}, STBID: itms.STBID(fmt.Sprintf("000000000000000000010000005E0053%02X"[2:], i)),
		IP: "192.0.2.1", Root: "Device.", CWMP: "1-4", Profile: "example", State: itms.DeviceInService,
		Blocked: true, Conflict: true, Problem: "two boxes say the same", Asked: []itms.ParamPath{"Device.X"}, AskSingly: true,
		ConnectionRequestURL: "http://192.0.2.1:7547/cr", ConnectionUsername: "acs", ConnectionPassword: itms.Sealed{1, 2, 3},
		InformHash: "abc", FirstSeen: epoch, LastBoot: epoch, Fence: "01",
		Sync: itms.Sync{Target: "1/2/x", Applied: "1/1/x", Phase: itms.SyncVerify, Tries: 2,
			Rows: map[string]string{"wan": "1"}, Reason: "9007"},
	}
}

// storedDevice is device as it comes back.
func storedDevice(i int) *itms.Device {
	d := device(i)
	d.FirstSeen, d.LastBoot = stored, stored
	return d
}

// session is the n-th session of a device: each starts a minute later.
func session(id itms.DeviceID, n int, rpcs ...string) itms.SessionSummary {
	return itms.SessionSummary{ID: fmt.Sprintf("session-%04d", n), Device: id, Node: "node-1", Remote: "192.0.2.1",
		Started: epoch.Add(time.Duration(n) * time.Minute), Duration: 1500 * time.Nanosecond,
		Events: []string{"2 PERIODIC"}, RPCs: rpcs, BytesIn: 1000, BytesOut: 500, End: itms.SessionDone}
}

// storedSession is session as it comes back.
func storedSession(id itms.DeviceID, n int, rpcs ...string) itms.SessionSummary {
	s := session(id, n, rpcs...)
	s.Started = stored.Add(time.Duration(n) * time.Minute)
	return s
}

// service is the i-th service slot, every field filled.
func service(i int) *itms.Service {
	return &itms.Service{
		ID: itms.ServiceID(fmt.Sprintf("svc-%d", i)), Type: itms.ServiceIPTV, Package: "gold",
		Account: fmt.Sprintf("account%d@example.com", i), Password: itms.Sealed{9}, AuthURL: "http://192.0.2.9/auth",
		Access:     itms.Access{Type: itms.AccessPPPoE, Account: fmt.Sprintf("ppp%d@example.com", i), Password: itms.Sealed{8}, DownKbps: 1000},
		Subscriber: itms.Subscriber{ID: fmt.Sprintf("sub-%d", i), Name: "Li Example", Phone: "+1 555 0100"},
		Line:       itms.Line{Area: "510100", VLAN: 41}, Attributes: map[string]string{"k": "v"}, State: itms.ServiceReserved,
		DesiredRev: 3, AppliedRev: 2, Gen: 1, CreatedAt: epoch, UpdatedAt: epoch,
	}
}

// binding ties slot svc to device dev as binding i.
func binding(i, svc, dev int, state itms.BindingState) *itms.Binding {
	b := &itms.Binding{ID: itms.BindingID(fmt.Sprintf("bind-%03d", i)), Service: itms.ServiceID(fmt.Sprintf("svc-%d", svc)),
		Order: "order", Gen: i, State: state, CreatedAt: stored, UpdatedAt: stored,
		Claim: itms.DeviceClaim{Serial: deviceID("d", dev).Serial}}
	if state != itms.BindingPrebound {
		b.Device = deviceID("d", dev)
	}
	return b
}

// order is the i-th order of a source.
func order(source string, i int) *itms.Order {
	return &itms.Order{
		ID: itms.OrderID(fmt.Sprintf("%s-%05d", source, i)), No: itms.OrderNo(fmt.Sprintf("N%d", i)), Source: source,
		Kind: itms.KindInstall, Mode: itms.ModeSelf, Content: "fp", Service: "svc-1", Subscriber: "sub-1", Area: "510100",
		Claim: itms.DeviceClaim{MAC: itms.MAC{0, 0, 0x5E, 0, 0x53, 1}}, Device: deviceID("d", 1), Binding: "bind-001",
		DueBy: epoch, Seq: 7, Callback: "https://bss.example.com/cb", ServicePassword: itms.Sealed{1}, AccessPassword: itms.Sealed{2},
		Request: itms.OrderRequest{OrderNo: "N", Source: source, DueBy: epoch, Attributes: map[string]string{"a": "b"}},
		State:   itms.OrderReceived, Reason: "new", Attempt: 1, CreatedAt: epoch, UpdatedAt: epoch, Answered: 1,
		History: []itms.Step{{State: itms.OrderReceived, At: epoch, Actor: "bss"}},
	}
}

// storedOrder is order as it comes back.
func storedOrder(source string, i int) *itms.Order {
	o := order(source, i)
	o.DueBy, o.Request.DueBy, o.CreatedAt, o.UpdatedAt, o.History[0].At = stored, stored, stored, stored, stored
	return o
}

// delivery is the i-th delivery, due i seconds after the epoch.
func delivery(stream string, i int) *itms.Delivery {
	at := stored.Add(time.Duration(i) * time.Second)
	return &itms.Delivery{ID: fmt.Sprintf("%s.%05d", stream, i), Stream: stream, Kind: "callback",
		Target: "https://bss.example.com/cb", Body: []byte(`{"n":1}`), Due: at, QueuedAt: at}
}
