package profile

import (
	"reflect"
	"testing"

	"itms"
)

// TestNotify checks what a device shall report by itself, by service and rows.
func TestNotify(t *testing.T) {
	p := parse(t, small(`rows:
  - {alias: ppp, table: "{root}PPP.Interface.", fixed: 1, if: service.access.type == "pppoe"}
notify:
  - {name: "{root}PPP.Interface.{ppp}.Status", level: active}
  - {name: "{root}Hosts.", level: off, access: Subscriber}
  - {name: Device.LAN.IPAddress, level: 2, if: service.access.type == "ipoe"}
`))
	hosts := itms.WantedAttribute{Names: []itms.ParamPath{"Device.Hosts."}, Notify: itms.NotificationLevel(0), Access: itms.AccessSubscriber}
	for access, want := range map[itms.AccessType][]itms.WantedAttribute{
		itms.AccessPPPoE:  {{Names: []itms.ParamPath{"Device.PPP.Interface.{ppp}.Status"}, Notify: itms.NotificationLevel(2)}, hosts},
		itms.AccessIPoE:   {hosts, {Names: []itms.ParamPath{"Device.LAN.IPAddress"}, Notify: itms.NotificationLevel(2)}},
		itms.AccessStatic: {hosts},
	} {
		w, err := p.Wanted(full(itms.ServiceIPTV, access))
		if err != nil || !reflect.DeepEqual(w.Attributes, want) {
			t.Errorf("%s: %+v, %v, want %+v", access, w.Attributes, err, want)
		}
	}
	for _, in := range []Input{{}, {Withdraw: true}} { // a device that serves nothing
		if w, err := p.Wanted(in); err != nil || len(w.Attributes) > 0 {
			t.Errorf("%+v, %v", w.Attributes, err)
		}
	}
	if !p.Notifies() || parse(t, small("notify: []\n")).Notifies() {
		t.Error("Notifies does not tell whether there is anything to notify")
	}
}

// TestNotifyWords reads every level, as a word and as a number.
func TestNotifyWords(t *testing.T) {
	for level, word := range itms.NotificationWords() {
		for _, text := range []string{word, string(rune('0' + level))} {
			p := parse(t, small("notify: {name: Device.A, level: "+text+"}\n"))
			if got := p.notify[0].level; got != itms.NotificationLevel(level) || got.String() != word {
				t.Errorf("level %q is %v (%q), want %d", text, got, got, level)
			}
		}
	}
}

// TestNotifyErrors checks that each mistake is told with its place.
func TestNotifyErrors(t *testing.T) {
	checkProblems(t, map[string]string{
		"notify: {name: Device.A}\n":                                                          "level, access or both",
		"notify: {level: active}\n":                                                           "one of name and names",
		"notify: {name: Device.A, level: loud}\n":                                             `level: "loud": expected one of off, passive, active, passive-lightweight`,
		"notify: {name: Device.A, level: 7}\n":                                                `level: "7"`,
		"notify: {name: Device.A, access: [Subscriber, X_EXAMPLE]}\n":                         "access: expected [Subscriber]",
		"notify: {name: '{root}', level: active}\n":                                           "not all that the device has",
		"notify: {name: Device., level: active}\n":                                            "not all that the device has",
		"notify: {name: 'Device.{ppp}.A', level: active}\n":                                   "{ppp} names no row",
		"notify: {name: Device.A, level: active, always: true}\n":                             `unknown key "always"`,
		"notify: {names: [], level: active}\n":                                                "expected one name",
		"notify: [{name: Device.A, level: off}, {names: [Device.A, Device.B], access: []}]\n": "Device.A is there already",
		"notify: {name: Device.A, level: active, if: line.vlan}\n":                            "if",
	})
}
