package sim

import (
	"slices"
	"testing"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
)

func TestSetNotifies(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{})
	run(t, cpe)
	for _, c := range []struct {
		path, value string
		events      []string
		told        bool
	}{
		{"Device.DeviceInfo.ProvisioningCode", "pc-1", []string{"4 VALUE CHANGE"}, true},
		{"Device.DeviceInfo.ProvisioningCode", "pc-1", []string{"2 PERIODIC"}, true}, // forced, but no change
		{"Device.LAN.IPAddress", "192.0.2.77", []string{"2 PERIODIC"}, false},
	} {
		if err := cpe.Set(c.path, c.value); err != nil {
			t.Fatal(err)
		}
		report := run(t, cpe)
		sessions := acs.Sessions()
		told := slices.ContainsFunc(sessions[len(sessions)-1].Inform.Parameters, func(p cwmp.ParameterValue) bool {
			return p.Name == c.path && p.Value == c.value
		})
		if !slices.Equal(report.Events, c.events) || told != c.told {
			t.Errorf("%s: events %q, told %t", c.path, report.Events, told)
		}
	}
}

func TestSetErrors(t *testing.T) {
	cpe := box(t, &acstest.ACS{}, Config{})
	if err := cpe.Set("Device.Nothing", "1"); err == nil {
		t.Error("set nothing")
	}
	if err := cpe.Set("Device.DeviceInfo.UpTime", "long"); err == nil {
		t.Error("set a word for a number")
	}
	if _, ok := cpe.Get("Device.Nothing"); ok {
		t.Error("got nothing")
	}
}

func TestFactoryResetWaitsForItsTurn(t *testing.T) {
	cpe := box(t, &acstest.ACS{}, Config{})
	if err := cpe.acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := cpe.FactoryReset(cancelled()); err == nil {
		t.Error("reset in mid-session")
	}
	cpe.release()
	if err := cpe.FactoryReset(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestTriggeredEventsAreKeptUntilDelivered(t *testing.T) {
	acs := &acstest.ACS{Script: rpcs}
	cpe := box(t, acs, Config{}, "drop-after-inform-response=1")
	if _, err := cpe.Session(cancelled()); err == nil {
		t.Fatal("no error")
	}
	if err := cpe.Trigger(cwmp.Event{Code: cwmp.EventKicked}); err != nil {
		t.Fatal(err)
	}
	_, _ = cpe.Session(t.Context()) // dropped, but the events were heard
	if report := run(t, cpe); !slices.Equal(report.Events, []string{"5 KICKED"}) {
		t.Errorf("events %q", report.Events)
	}
}
