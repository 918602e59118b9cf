package itms

import "testing"

func TestGroupsAndLevelsPair(t *testing.T) {
	for _, g := range OrderGroups {
		if back := g.Level().Group(); back != g {
			t.Errorf("group %s shows %s, which is of group %s", g, g.Level(), back)
		}
	}
	if OrderGroup("x").Level() != "" || LightLevel("x").Group() != "" {
		t.Error("what is no word has a pair")
	}
}

func TestEveryOrderShowsALight(t *testing.T) {
	for _, state := range OrderStates {
		for _, trouble := range append([]Trouble{""}, Troubles...) {
			o := &Order{State: state, Trouble: trouble}
			if o.Light().Group() == "" {
				t.Errorf("%s, %s: light %q", state, trouble, o.Light())
			}
			if final := o.Light() == LightOK || o.Light() == LightOff; final && !state.Final() {
				t.Errorf("%s, %s: an open order shows %s", state, trouble, o.Light())
			}
		}
	}
}

func TestOrderLights(t *testing.T) {
	for _, c := range []struct {
		state   OrderState
		trouble Trouble
		want    LightLevel
	}{
		{OrderReceived, "", LightWaiting},
		{OrderHeld, TroubleOrderFirst, LightWaiting},
		{OrderHeld, TroubleNotInStock, LightAttention},
		{OrderWaitingDevice, TroubleNeverInformed, LightWaiting},
		{OrderWaitingDevice, TroubleInUse, LightAttention},
		{OrderWaitingDevice, TroubleUpgrading, LightBusy},
		{OrderWaitingCode, TroubleNeedsCode, LightWaiting},
		{OrderWaitingCode, TroubleLocked, LightAttention},
		{OrderExecuting, "", LightBusy},
		{OrderVerifying, "", LightBusy},
		{OrderVerifying, TroubleLogin, LightAttention},
		{OrderDone, TroubleLogin, LightOK},
		{OrderFailed, TroubleFault, LightTrouble},
		{OrderExpired, TroubleNeverInformed, LightTrouble},
		{OrderRejected, TroubleModel, LightTrouble},
		{OrderCancelled, "", LightOff},
		{OrderSuperseded, "", LightOff},
	} {
		if got := (&Order{State: c.state, Trouble: c.trouble}).Light(); got != c.want {
			t.Errorf("%s, %s: %s, want %s", c.state, c.trouble, got, c.want)
		}
	}
}

func TestDeviceLights(t *testing.T) {
	for want, devices := range map[LightLevel][]Device{
		LightOK:        {{State: DeviceInService}},
		LightBusy:      {{State: DeviceConfiguring}, {State: DeviceUpgrading}, {State: DeviceWipePending}},
		LightWaiting:   {{State: DeviceOnlineUnbound, Profile: "p"}, {State: DeviceCodeRequired, Profile: "p"}},
		LightAttention: {{State: DeviceOnlineUnbound}, {State: DeviceLocked}, {State: DeviceInService, Problem: "p"}, {State: DeviceOnlineUnbound, Unadmitted: true}},
		LightTrouble:   {{State: DeviceInService, Conflict: true}, {State: DeviceConfiguring, Sync: Sync{Phase: SyncFailed}}, {State: DeviceQuarantine}},
		LightOff:       {{State: DeviceInService, Blocked: true, Conflict: true}, {State: DeviceSuspended}, {State: DeviceRecycled}, {State: DeviceUnknown}, {}},
	} {
		for _, d := range devices {
			if got := d.Light(); got != want {
				t.Errorf("%+v: %s, want %s", d, got, want)
			}
		}
	}
}
