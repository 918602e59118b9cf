package sim

import (
	"errors"
	"slices"
	"testing"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
)

// addresses of models that change with the place.
var addresses = map[string]string{
	"ctc-stb": "Device.LAN.IPAddress", "cu-stb": "Device.LAN.IPAddress", "cmcc-stb": "Device.LAN.IPAddress",
	"tr181-stb": "Device.LAN.IPAddress", "tr181-gateway": "Device.DHCPv4.Client.1.IPAddress",
	"tr098-gateway": wanDevices + "1.WANIPConnection.1.ExternalIPAddress",
	"cu-gateway":    wanDevices + "1.WANIPConnection.1.ExternalIPAddress",
	"cmcc-gateway":  wanDevices + "1.WANIPConnection.1.ExternalIPAddress",
}

func TestMove(t *testing.T) {
	for _, m := range Models() {
		acs := &acstest.ACS{}
		config := Config{Model: m.Name, ACS: []string{serve(t, acs)}, StatePath: stateFile(t)}
		cpe := box(t, acs, config)
		run(t, cpe)
		here := value(t, cpe, addresses[m.Name])
		if err := cpe.Move(t.Context()); err != nil {
			t.Fatal(err)
		}
		if report := run(t, cpe); !slices.Equal(report.Events, []string{"1 BOOT"}) {
			t.Errorf("%s: events %q", m.Name, report.Events)
		}
		there := value(t, cpe, addresses[m.Name])
		config.Move = true
		cpe = box(t, acs, config)
		if report := run(t, cpe); !slices.Equal(report.Events, []string{"1 BOOT"}) {
			t.Errorf("%s: events of the second move %q", m.Name, report.Events)
		}
		if last := value(t, cpe, addresses[m.Name]); here == there || there == last || last == here {
			t.Errorf("%s: moved from %s to %s to %s", m.Name, here, there, last)
		}
	}
}

func TestAResetMovesNothing(t *testing.T) {
	s := newScene(t, "ctc-stb")
	err := errors.Join(s.cpe.Move(t.Context()), s.cpe.FactoryReset(t.Context()))
	if got := value(t, s.cpe, "Device.LAN.IPAddress"); err != nil || got != "198.51.100.10" {
		t.Errorf("address %s, error %v", got, err)
	}
}

func TestMoveIsNotified(t *testing.T) {
	s := newScene(t, "ctc-stb")
	one(t, s.cpe, s.acs, &cwmp.SetParameterAttributes{Parameters: []cwmp.SetParameterAttribute{
		{Name: "Device.LAN.IPAddress", NotificationChange: true, Notification: cwmp.NotificationActive}}})
	s.acs.Script = nil
	if err := s.cpe.Move(t.Context()); err != nil {
		t.Fatal(err)
	}
	if report := run(t, s.cpe); !slices.Equal(report.Events, []string{"1 BOOT", "4 VALUE CHANGE"}) || heard(t, s.acs, "Device.LAN.IPAddress") != "198.51.100.10" {
		t.Errorf("events %q", report.Events)
	}
}

func TestMoveWaitsForItsTurn(t *testing.T) {
	cpe := box(t, &acstest.ACS{}, Config{})
	if err := cpe.acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer cpe.release()
	if err := cpe.Move(cancelled()); err == nil {
		t.Error("moved in mid-session")
	}
}

func TestElsewhere(t *testing.T) {
	for from, want := range map[string]string{
		"192.0.2.7": "198.51.100.7", "198.51.100.7": "203.0.113.7", "203.0.113.7": "192.0.2.7",
		"10.1.2.3": "192.0.2.3", "2001:db8::1": "2001:db8::1", "": "",
	} {
		if got := elsewhere(from); got != want {
			t.Errorf("from %s to %s, want %s", from, got, want)
		}
	}
}
