package boltdb

import (
	"testing"

	"itms"
)

func TestDecodedIsTheCallersOwn(t *testing.T) {
	c := newDecodedCache()
	data := []byte(`{"id":"00005E-A-1","state":"inService","asked":["Device.A"],"sync":{"rows":{"wan":"1"}}}`)
	for range 3 {
		d, err := decode[itms.Device](c, inDevices, "00005E-A-1", data)
		if err != nil {
			t.Fatal(err)
		}
		if d.Asked[0] != "Device.A" || d.Sync.Rows["wan"] != "1" || d.State != itms.DeviceInService {
			t.Fatalf("another caller's changes show: %+v", d)
		}
		d.Asked[0], d.Sync.Rows["wan"], d.State = "changed", "changed", itms.DeviceBlocked
	}
}

func TestDecodedFollowsTheBytes(t *testing.T) {
	c := newDecodedCache()
	for _, state := range []itms.DeviceState{itms.DeviceInService, itms.DeviceConfiguring, itms.DeviceInService} {
		d, err := decode[itms.Device](c, inDevices, "00005E-A-1", []byte(`{"id":"00005E-A-1","state":"`+string(state)+`"}`))
		if err != nil || d.State != state {
			t.Fatalf("%+v (%v), want %s", d, err, state)
		}
	}
	if _, err := decode[itms.Device](c, inDevices, "00005E-A-1", []byte(`{`)); err == nil {
		t.Error("broken bytes were taken")
	}
}

func TestDecodedKeepsBucketsApart(t *testing.T) {
	c := newDecodedCache()
	data := []byte(`{"id":"x","state":"active"}`)
	for slot := range c.slots { // one document in every place: any look-up of another meets it
		c.slots[slot].Store(&decoded{bucket: inServices, key: "x", data: data, value: &itms.Service{ID: "wrong"}})
	}
	if b, err := decode[itms.Binding](c, inBindings, "x", data); err != nil || b.ID != "x" {
		t.Errorf("%+v (%v)", b, err)
	}
}

func BenchmarkDecodeHit(b *testing.B) {
	c := newDecodedCache()
	data := []byte(`{"id":"00005E-A-1","state":"inService","asked":["Device.A"],"sync":{"target":"1/1/x","applied":"1/1/x"}}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode[itms.Device](c, inDevices, "00005E-A-1", data); err != nil {
			b.Fatal(err)
		}
	}
}
