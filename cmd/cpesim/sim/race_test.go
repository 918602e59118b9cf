package sim

import (
	"context"
	"strconv"
	"sync"
	"testing"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
)

// TestEverythingAtOnce uses one CPE from many goroutines: sessions must not
// overlap, and the race detector must have nothing to say.
func TestEverythingAtOnce(t *testing.T) {
	acs := &acstest.ACS{Script: func(*cwmp.Inform) []cwmp.Message {
		return []cwmp.Message{set(userID, "x"), &cwmp.GetParameterValues{Names: []string{""}}, &cwmp.Reboot{CommandKey: "r"}}
	}}
	cpe := box(t, acs, Config{StatePath: stateFile(t)})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 5 {
				if _, err := cpe.Session(ctx, cwmp.Event{Code: cwmp.EventPeriodic}); err != nil {
					t.Errorf("session: %v", err)
				}
				if err := cpe.Set("Device.DeviceInfo.ProvisioningCode", strconv.Itoa(worker*10+i)); err != nil {
					t.Errorf("set: %v", err)
				}
				if err := cpe.Trigger(cwmp.Event{Code: cwmp.EventKicked}); err != nil {
					t.Errorf("trigger: %v", err)
				}
				cpe.Get(userID)
				cpe.Names()
				cpe.EncodeInform()
			}
		})
	}
	all.Go(func() {
		for range 3 {
			if err := cpe.FactoryReset(ctx); err != nil {
				t.Errorf("reset: %v", err)
			}
		}
	})
	all.Wait()
	if got := len(acs.Sessions()); got != 20 {
		t.Errorf("%d sessions, want 20", got)
	}
	for i, s := range acs.Sessions() {
		if len(s.Responses) != 3 {
			t.Errorf("session %d has %d answers: sessions overlap", i, len(s.Responses))
		}
	}
}
