package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"itms"
)

// fakeKnowledge knows the leaves Channel and PIN.
type fakeKnowledge struct{}

func (fakeKnowledge) TypeOf(path string) string {
	if strings.HasSuffix(path, ".Channel") {
		return itms.TypeUnsignedInt
	}
	return ""
}

func (fakeKnowledge) Hint(path string) string {
	if strings.HasSuffix(path, ".Channel") {
		return "1 to 255"
	}
	return ""
}

func (fakeKnowledge) Secret(path string) bool { return strings.HasSuffix(path, ".PIN") }

// A parameter is shown with what the device told and what data models add.
func TestParameterAsShown(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Models = fakeKnowledge{} })
	f.putDevice(dashID)
	tree := &itms.ParamTree{}
	for _, p := range []itms.Param{
		{Name: "Device.WiFi.Radio.1.Channel", Value: "36", Notify: itms.NotificationLevel(0), Access: itms.AccessSubscriber, Writable: true},
		{Name: "Device.WiFi.Radio.1.Named", Value: "x", Type: itms.TypeBoolean, Notify: itms.NotificationLevel(2), Access: itms.AccessACS},
		{Name: "Device.WiFi.Radio.1.PIN", Value: secretText},
	} {
		tree.Set(p)
	}
	f.update(func(tx itms.Tx) error {
		d, err := tx.Devices().Get(dashID)
		if err != nil {
			return err
		}
		d.Attributes = itms.AttributeSync{Target: "1/1/d1@3600", Done: true, Refused: []itms.AttributeRefusal{
			{Name: "Device.None", Code: itms.FaultName}, {Name: "Device.WiFi.Radio.1.Channel", Code: itms.FaultNotification, Text: "no"}}}
		if err := tx.Devices().Put(d); err != nil {
			return err
		}
		return tx.Devices().PutParams(dashID, tree)
	})
	if v := into[deviceView](f.get(dashPath).is(200)).Attributes; v == nil || !v.Done || len(v.Refused) != 2 || v.Refused[0] != (attributeRefusalView{"Device.None", 9005, ""}) || v.Failed != "" {
		t.Errorf("%+v", v)
	}
	a := f.get(dashPath + "/parameters").is(200)
	f.noSecrets(a.body)
	golden(t, "parameters-known.json", a.body)
}

// changes adds to the history of the device with the dash.
func changes(f *fixture, names ...itms.ParamPath) {
	var list []itms.ParamChange
	for _, name := range names {
		list = append(list, itms.ParamChange{Name: name, Old: "1", New: "2", At: testTime, Source: itms.ChangeRead})
	}
	f.update(func(tx itms.Tx) error { return tx.Devices().AppendChanges(dashID, list) })
}

func TestParameterHistory(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	if a := f.get(dashPath + "/parameters/history").is(200); strings.TrimSpace(a.body) != `{"items":[]}` {
		t.Error(a.body)
	}
	changes(f, "Device.A", "Device.B.X", "Device.B.Y")
	a := f.get(dashPath + "/parameters/history?prefix=Device.B.").is(200)
	golden(t, "parameter-history.json", a.body)
	var names []string
	for next := ""; ; {
		page := into[pageOf[changeView]](f.get(dashPath + "/parameters/history?limit=2&cursor=" + next).is(200))
		for _, c := range page.Items {
			names = append(names, c.Name)
		}
		if next = page.Next; next == "" {
			break
		}
	}
	if got := strings.Join(names, " "); got != "Device.A Device.B.X Device.B.Y" {
		t.Error(got)
	}
	for _, cursor := range []string{"x", makeCursor(historyList, "x"), makeCursor(historyList, "x Device.A"), makeCursor(parameterList, "Device.A")} {
		f.get(dashPath+"/parameters/history?cursor="+cursor).problem(422, itms.CodeInvalid)
	}
	f.get(devicesPath+"/00005E-X-Y/parameters/history").problem(404, itms.CodeNotFound)
}

// What became a credential after it was noted is not shown.
func TestHistoryHidesWhatBecameSecret(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Models = fakeKnowledge{} })
	f.putDevice(dashID)
	tree := &itms.ParamTree{}
	tree.Set(itms.Param{Name: "Device.X_EXAMPLE.Key", Value: "fingerprint", Hidden: true})
	f.update(func(tx itms.Tx) error { return tx.Devices().PutParams(dashID, tree) })
	f.update(func(tx itms.Tx) error {
		return tx.Devices().AppendChanges(dashID, []itms.ParamChange{{Name: "Device.X_EXAMPLE.Key", New: secretText, At: testTime},
			{Name: "Device.X_EXAMPLE.PIN", Old: secretText, At: testTime}})
	})
	page := f.get(dashPath + "/parameters/history").is(200)
	f.noSecrets(page.body)
	if n := len(into[pageOf[changeView]](page).Items); n != 2 {
		t.Errorf("%d changes", n)
	}
}

func TestSecretParametersAreKnownByNameToo(t *testing.T) {
	s := &Server{}
	for _, c := range []struct {
		param  itms.Param
		secret bool
	}{
		{itms.Param{Name: "Device.WiFi.AccessPoint.1.Security.KeyPassphrase", Value: "x"}, true},
		{itms.Param{Name: "Device.A.B", Value: "x", Hidden: true}, true},
		{itms.Param{Name: "Device.A.B", Value: "x"}, false},
	} {
		v := s.viewParameter(c.param)
		if v.Secret != c.secret || (v.Value == nil) != c.secret {
			t.Errorf("%s: %+v", c.param.Name, v)
		}
	}
}

// A page of a large device is read without the rest of it.
func BenchmarkListParameters(b *testing.B) {
	f := newFixture(b)
	f.putDevice(dashID)
	tree := &itms.ParamTree{}
	for i := range 20_000 {
		tree.Set(itms.Param{Name: itms.ParamPath(fmt.Sprintf("Device.Hosts.Host.%d.Value", i)), Value: fmt.Sprint(i), Type: itms.TypeUnsignedInt})
	}
	f.update(func(tx itms.Tx) error { return tx.Devices().PutParams(dashID, tree) })
	cursor := makeCursor(parameterList, "Device.Hosts.Host.15000.Value")
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		f.get(dashPath + "/parameters?limit=100&cursor=" + cursor).is(200)
	}
	b.ReportMetric(float64(time.Second)/float64(b.Elapsed())*float64(b.N), "pages/s")
}
