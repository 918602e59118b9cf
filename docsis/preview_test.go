package docsis

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"itms"
	"itms/docsis/configfile"
)

// line is the value of a path of a preview.
func (p *Preview) line(path string) string {
	for _, l := range p.Lines {
		if l.Path == path {
			return l.Value
		}
	}
	return "none"
}

// preview asks for a preview that must be given.
func (b *bench) preview(r PreviewRequest) *Preview {
	b.t.Helper()
	p, err := b.Preview(b.t.Context(), r)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// What is shown is what the modem gets, and nobody is told that it was asked for.
func TestPreviewIsWhatIsServed(t *testing.T) {
	b := newBench(t)
	l := b.lease(modemLease(1))
	b.ordered(l.MAC, itms.EntitledActive)
	p := b.preview(PreviewRequest{MAC: l.MAC})
	file, err := b.open(b.BootFile(l), l.Address)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := configfile.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	if p.Size != len(file) || p.MIC != hex.EncodeToString(parsed.CMMIC) || p.Class != "cm-active" || p.Template != "internet" || p.Sample || p.Device.IsZero() {
		t.Errorf("%+v", p)
	}
	if p.line("25.8") != "100000000" || !strings.Contains(p.Text, "MaxRateSustained 100000000;") || len(p.Mistakes) != 0 {
		t.Errorf("%+v", p)
	}
	shown := fmt.Sprintf("%+v", p)
	if strings.Contains(shown, secretText) || strings.Contains(shown, hex.EncodeToString(parsed.CMTSMIC)) {
		t.Error("the shared secret, or what is made of it, is shown")
	}
	b.until("the fetch alone is told", func(o *orders) bool { return len(o.fetched) == 1 && len(o.leased) == 0 })
}

func TestPreviewOfAClientThatWasNeverHere(t *testing.T) {
	b := newBench(t)
	p := b.preview(PreviewRequest{MAC: modemLease(7).MAC})
	if p.Class != "cm-unknown" || p.Template != "walled" || p.Size == 0 || !p.Device.IsZero() || p.line("20") != sampleAddress {
		t.Errorf("%+v", p)
	}
}

func TestPreviewAsAsked(t *testing.T) {
	b := newBench(t)
	l := b.lease(modemLease(1))
	ent := b.ordered(l.MAC, itms.EntitledActive)
	ent.Service.Password, ent.Service.Attributes = itms.Sealed("pw-in-clear"), map[string]string{"a": "1", "maxCpe": "3"}
	p := b.preview(PreviewRequest{MAC: l.MAC, Attributes: map[string]string{"maxCpe": "9"}})
	if p.line("18") != "9" {
		t.Errorf("attributes: %+v", p)
	}
	p = b.preview(PreviewRequest{MAC: l.MAC, Class: "cm-disabled"})
	if p.Class != "cm-disabled" || p.Template != "disabled" || p.line("3") != "0" {
		t.Errorf("class: %+v", p)
	}
	p = b.preview(PreviewRequest{MAC: l.MAC, Text: `Main { NetworkAccess 1; MaxCPE {{.Attributes.maxCpe}}; SnmpMibObject 1.3.6.1.2.1.1.6.0 String {{quote .Service.Password}}; }`})
	if p.Template != "" || p.line("18") != "3" || !strings.Contains(p.Text, PasswordPlaceholder) || strings.Contains(p.Text, "pw-in-clear") {
		t.Errorf("text: %+v", p)
	}
	if ent.Service.Attributes["maxCpe"] != "3" {
		t.Error("the service was changed")
	}
	p = b.preview(PreviewRequest{Template: "internet", Package: "silver"})
	if !p.Sample || p.Class != "" || p.line("25.8") != "100000000" || p.MAC != sampleMAC {
		t.Errorf("sample: %+v", p)
	}
}

// Of a device it is by its id; what is no cable device is none.
func TestPreviewOfADevice(t *testing.T) {
	b := newBench(t)
	l := modemLease(1)
	modem, box := itms.CableID(itms.ClientModem, l.MAC), itms.DeviceID{OUI: "00005E", ProductClass: "STB", Serial: "S1"}
	err := b.store.Update(t.Context(), func(tx itms.Tx) error {
		for _, id := range []itms.DeviceID{modem, box} {
			if err := tx.Devices().Put(&itms.Device{ID: id, MAC: l.MAC, State: itms.DeviceOnlineUnbound}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b.ordered(l.MAC, itms.EntitledSuspended)
	if p := b.preview(PreviewRequest{Device: modem}); p.Class != "cm-disabled" || p.Device != modem {
		t.Errorf("%+v", p)
	}
	for _, id := range []itms.DeviceID{box, {OUI: "00005E", ProductClass: "CM", Serial: "NONE"}} {
		if _, err := b.Preview(t.Context(), PreviewRequest{Device: id}); pointer(err) != "/device" {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// pointer is where an error points to.
func pointer(err error) string {
	if e, ok := err.(*itms.Error); ok && len(e.Fields) > 0 {
		return e.Fields[0].Pointer
	}
	return ""
}

func TestPreviewOfWhatIsNotThere(t *testing.T) {
	b := newBench(t)
	b.lease(modemLease(1))
	for want, r := range map[string]PreviewRequest{
		"/class":    {Class: "none", Template: "walled"},
		"/template": {Template: "none"},
		"/text":     {Template: "walled", Text: "Main { }"},
		"/package":  {Template: "internet", Package: "none"},
	} {
		if _, err := b.Preview(t.Context(), r); pointer(err) != want {
			t.Errorf("%+v: %v, want %s", r, err, want)
		}
	}
	if _, err := b.Preview(t.Context(), PreviewRequest{Class: "cpe"}); pointer(err) != "/template" || !strings.Contains(err.Error()+fmt.Sprint(err.(*itms.Error).Fields), "cpe has no template") {
		t.Errorf("a class without template: %v", err)
	}
	if _, err := b.Preview(t.Context(), PreviewRequest{}); pointer(err) != "/template" {
		t.Errorf("nothing: %v", err)
	}
}

func TestPreviewWithMistakes(t *testing.T) {
	b := newBench(t)
	p := b.preview(PreviewRequest{Text: "Main {\n\tNetworkAcces 1;\n\tMaxCPE 999;\n}"})
	if p.Size != 0 || p.Lines != nil || p.Text == "" || len(p.Mistakes) != 2 || p.Mistakes[0].Line != 2 || p.Mistakes[0].Column != 2 || p.Mistakes[1].Line != 3 {
		t.Errorf("%+v", p)
	}
	p = b.preview(PreviewRequest{Text: "Main {\n{{.Service.None}} }"})
	if len(p.Mistakes) != 1 || p.Mistakes[0].Line != 2 || p.Text != "" {
		t.Errorf("%+v", p)
	}
	p = b.preview(PreviewRequest{Text: "Main {\n{{if}} }"})
	if len(p.Mistakes) != 1 || p.Mistakes[0].Line != 2 {
		t.Errorf("%+v", p)
	}
}

func TestPreviewOfAnMTA(t *testing.T) {
	b := newBench(t)
	p := b.preview(PreviewRequest{MTA: true, Text: "Main { MtaConfigDelimiter 1; SnmpMibObject 1.3.6.1.4.1.4491.2.2.1.1.1.7.0 Integer 1; MtaConfigDelimiter 255; }"})
	if !p.MTA || p.Size == 0 || len(p.MIC) != 40 || len(p.Mistakes) != 0 {
		t.Errorf("%+v", p)
	}
}

// flows are what a modem's file must have beside NetworkAccess.
const flows = "UsServiceFlow { UsServiceFlowRef 1; QosParamSetType 7; } DsServiceFlow { DsServiceFlowRef 2; QosParamSetType 7; } "

func TestCheckTemplate(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct{ text, want string }{
		{"Main { NetworkAccess 1;\n MaxCPE {{.Attributes.n}}; " + flows + "}", ""},
		{"Main { NetworkAccess 1;\n {{if true}}NetworkAccess 1;{{end}} " + flows + "}", "2:13 "}, // what a modem objects to
		{"Main {\n NetworkAcess 1; }", "2:2 "},
		{"Main {\n {{if true}}NetworkAcess 1;{{end}}\n MaxCPE {{mul 1 1000}}; }", "2:13 3:11 "},
		{"Main {\n{{if}} }", "2:1 "},
		{"Main {\n  {{.Service.None}} }", "2:13 "},
	} {
		list, err := b.CheckTemplate(CheckRequest{Text: c.text, Attributes: map[string]string{"n": "4"}})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, m := range list {
			if m.Warning {
				continue
			}
			got += fmt.Sprintf("%d:%d ", m.Line, m.Column)
			if m.Text == "" || strings.Contains(m.Text, "template:") {
				t.Errorf("%q", m.Text)
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s (%+v)", c.text, got, c.want, list)
		}
	}
	if _, err := b.CheckTemplate(CheckRequest{Text: "Main { }", Package: "none"}); pointer(err) != "/package" {
		t.Errorf("%v", err)
	}
}

func TestStanding(t *testing.T) {
	b := newBench(t)
	old, now := modemLease(1), modemLease(1)
	old.Address, old.ExpiresAt = old.Address.Next(), noon.Add(-time.Hour)
	b.lease(old)
	b.lease(now)
	ent := b.ordered(now.MAC, itms.EntitledActive)
	st, err := b.Standing(t.Context(), "", now.MAC)
	if err != nil || st.Lease.Address != now.Address || st.Class.Name != "cm-active" || st.Entitlement.State != itms.EntitledActive {
		t.Errorf("%+v %v", st, err)
	}
	ent.Blocked = true
	if st, err = b.Standing(t.Context(), itms.ClientModem, now.MAC); err != nil || st.Class != nil {
		t.Errorf("blocked: %+v %v", st, err)
	}
	if st, err = b.Standing(t.Context(), itms.ClientMTA, now.MAC); err != nil || st.Lease != nil {
		t.Errorf("of another kind: %+v %v", st, err)
	}
}
