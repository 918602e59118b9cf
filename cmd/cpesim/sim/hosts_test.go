package sim

import (
	"slices"
	"strings"
	"testing"

	"itms/cmd/cpesim/internal/acstest"
)

// behind are the hosts that a gateway lists, and the number of rows it counts.
func behind(t *testing.T, cpe *CPE) (macs []string, rows string) {
	t.Helper()
	h := cpe.schema.model.Hosts
	for _, name := range cpe.Names() {
		if strings.HasPrefix(name, cpe.path(h.Table)) && strings.HasSuffix(name, "."+h.MAC) {
			macs = append(macs, value(t, cpe, name))
		}
	}
	return macs, value(t, cpe, strings.TrimSuffix(cpe.path(h.Table), ".")+"NumberOfEntries")
}

var hostEvents = map[string]string{
	"tr181-gateway": "X CT-COM STBBIND", "tr098-gateway": "X CT-COM STBBIND",
	"cu-gateway": "X CU STBBIND", "cmcc-gateway": "X CMCC STBBIND",
}

func TestHosts(t *testing.T) {
	const a, b, c = "00:00:5E:00:53:A1", "00:00:5E:00:53:A2", "00:00:5E:00:53:A3"
	for model, event := range hostEvents {
		acs := &acstest.ACS{}
		config := Config{Model: model, ACS: []string{serve(t, acs)}, StatePath: stateFile(t)}
		run(t, box(t, acs, config))
		for _, step := range []struct {
			given, listed []string
			events        []string
		}{
			{nil, []string{"00:00:5E:00:53:F1", "00:00:5E:00:53:F4"}, []string{"2 PERIODIC"}},
			{[]string{b, "00005e0053a1"}, []string{a, b}, []string{event}},
			{[]string{a, b}, []string{a, b}, []string{"2 PERIODIC"}},
			{[]string{b, c}, []string{b, c}, []string{event}},
			{nil, []string{b, c}, []string{"2 PERIODIC"}},
			{[]string{}, nil, []string{event}},
		} {
			config.Hosts = step.given
			cpe := box(t, acs, config)
			listed, rows := behind(t, cpe)
			if slices.Sort(listed); !slices.Equal(listed, step.listed) || int(rows[0]-'0') != len(listed) {
				t.Errorf("%s with %q: lists %q in %s rows", model, step.given, listed, rows)
			}
			if report := run(t, cpe); !slices.Equal(report.Events, step.events) {
				t.Errorf("%s with %q: events %q, want %q", model, step.given, report.Events, step.events)
			}
		}
	}
}

func TestAHostThatStaysKeepsItsRow(t *testing.T) {
	cpe := box(t, &acstest.ACS{}, Config{Model: "tr098-gateway", Hosts: []string{"00:00:5E:00:53:A2"}})
	row := "InternetGatewayDevice.LANDevice.1.Hosts.Host.5."
	if value(t, cpe, row+"IPAddress") != "192.0.2.105" || value(t, cpe, row+"HostName") != "host-5" {
		t.Error("the row is not whole")
	}
	if err := cpe.SetHosts("00:00:5E:00:53:A1", "00:00:5E:00:53:A2"); err != nil || value(t, cpe, row+"MACAddress") != "00:00:5E:00:53:A2" {
		t.Errorf("the row was given away, error %v", err)
	}
}

func TestHostsAreToldAfterAFirstContact(t *testing.T) {
	acs := &acstest.ACS{}
	cpe := box(t, acs, Config{Model: "tr098-gateway", Hosts: []string{"00:00:5E:00:53:A1"}})
	for range 2 {
		first, second, third := run(t, cpe), run(t, cpe), run(t, cpe)
		if first.Events[0] != "0 BOOTSTRAP" || second.Events[0] != "X CT-COM STBBIND" || third.Events[0] != "2 PERIODIC" {
			t.Errorf("events %q, %q, %q", first.Events, second.Events, third.Events)
		}
		if err := cpe.FactoryReset(t.Context()); err != nil {
			t.Fatal(err)
		}
		if listed, _ := behind(t, cpe); !slices.Equal(listed, []string{"00:00:5E:00:53:A1"}) {
			t.Errorf("after a reset the gateway lists %q", listed)
		}
	}
}

func TestHostErrors(t *testing.T) {
	for _, config := range []Config{
		{Model: "ctc-stb", Hosts: []string{"00:00:5E:00:53:A1"}},
		{Model: "tr098-gateway", Hosts: []string{"x"}},
		{Model: "tr098-gateway", Hosts: []string{"00:00:5E:00:53:A1", "00005e0053a1"}},
	} {
		if _, err := New(config); err == nil {
			t.Errorf("%+v was taken", config)
		}
	}
	if err := box(t, &acstest.ACS{}, Config{Model: "cu-stb"}).SetHosts(); err == nil {
		t.Error("a set-top box has hosts behind it")
	}
}

func TestHostsComeAndGo(t *testing.T) {
	live(t, &acstest.ACS{}, Config{Model: "tr098-gateway"}, func(w *world) {
		if err := w.cpe.SetHosts("00:00:5E:00:53:A1"); err != nil {
			t.Error(err)
		}
		w.sleep(0)
		if got := w.events(); got != "0 BOOTSTRAP+1 BOOT, X CT-COM STBBIND" {
			t.Errorf("events %s", got)
		}
	}, "no-periodic")
}
