package workorder_test

import (
	"strings"
	"testing"
	"time"

	"itms"
	"itms/workorder"
)

// whole reports whether a saying has both languages and no place left for facts.
func whole(s itms.Saying) bool {
	return s.English != "" && s.Chinese != "" && !strings.Contains(s.English+s.Chinese, "%")
}

func TestEveryLightHasWordsInBothLanguages(t *testing.T) {
	e := newWorld(t).engine
	for _, state := range itms.OrderStates {
		for _, trouble := range append([]itms.Trouble{""}, itms.Troubles...) {
			light := e.OrderLight(&itms.Order{State: state, Trouble: trouble})
			if !whole(light.Word) {
				t.Errorf("order %s, %s: word %+v", state, trouble, light.Word)
			}
			if looked := light.Level == itms.LightAttention || light.Level == itms.LightTrouble; looked && trouble != "" &&
				!(whole(light.Reason) && whole(light.Next)) {
				t.Errorf("order %s, %s: %+v", state, trouble, light)
			}
		}
	}
	for state := range workorder.DeviceWords {
		light := e.DeviceLight(&itms.Device{State: state, Profile: "p"})
		if !whole(light.Word) {
			t.Errorf("device %s: word %+v", state, light.Word)
		}
	}
}

func TestALightKeepsTheFactsOfTheCase(t *testing.T) {
	e := newWorld(t).engine
	light := e.OrderLight(&itms.Order{State: itms.OrderHeld, Trouble: itms.TroubleInUse, Reason: "slot S2 has it."})
	if want := "The device, or the LOID, is in use elsewhere: slot S2 has it."; light.Reason.English != want {
		t.Errorf("reason %q, want %q", light.Reason.English, want)
	}
	light = e.OrderLight(&itms.Order{State: itms.OrderHeld, Trouble: itms.TroubleInUse})
	if want := "The device, or the LOID, is in use elsewhere."; light.Reason.English != want {
		t.Errorf("without facts: %q, want %q", light.Reason.English, want)
	}
}

func TestASilentDeviceNeedsAttention(t *testing.T) {
	w := newWorld(t)
	d := &itms.Device{State: itms.DeviceInService, LastContact: w.engine.SilentSince().Add(time.Minute)}
	if light := w.engine.DeviceLight(d); light.Level != itms.LightOK {
		t.Errorf("within the limit: %+v", light)
	}
	d.LastContact = d.LastContact.Add(-time.Hour)
	if light := w.engine.DeviceLight(d); light.Level != itms.LightAttention || light.Word.English != "silent" || !whole(light.Reason) || !whole(light.Next) {
		t.Errorf("beyond it: %+v", light)
	}
	d.State = itms.DeviceSuspended
	if light := w.engine.DeviceLight(d); light.Level != itms.LightOff {
		t.Errorf("suspended: %+v", light)
	}
}

func TestLightsChangeInTheJournal(t *testing.T) {
	w := newWorld(t)
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap) // nobody ordered it yet
	w.post(install("WO-1", "S1", mac1))
	b.contact(itms.EventBoot)
	w.wantOrder("WO-1", itms.OrderDone)
	var device, order []string
	var events []itms.Event
	w.view(func(tx itms.Tx) (err error) {
		events, err = tx.Journal().After(0, 1000)
		return err
	})
	for _, ev := range events {
		switch {
		case ev.Type == "device.light":
			device = append(device, ev.Data["was"]+">"+ev.Data["light"])
		case strings.HasPrefix(ev.Type, "order."):
			order = append(order, ev.Data["light"])
		}
	}
	if got := strings.Join(device, " "); got != "waiting>busy busy>ok" {
		t.Errorf("device: %s", got)
	}
	if got := strings.Join(order, " "); !strings.HasSuffix(got, "busy ok") {
		t.Errorf("order: %s", got)
	}
}
