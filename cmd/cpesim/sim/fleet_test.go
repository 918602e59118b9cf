package sim

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
)

func TestFleet(t *testing.T) {
	acs := &acstest.ACS{Script: script(&cwmp.GetRPCMethods{}, &cwmp.GetOptions{})}
	sessions := make(chan string, 100)
	fleet, err := NewFleet(FleetConfig{
		Config: Config{ACS: []string{serve(t, acs)}, Serial: "BOX0009", MAC: "00:00:5E:00:53:FF", Listen: "127.0.0.1:0"},
		Count:  3, Jitter: time.Nanosecond,
		OnSession: func(c *CPE, r *Report, err error) {
			if c.Identity().Serial != r.Serial || err != nil {
				t.Errorf("%s told of %s, error %v", c.Identity().Serial, r.Serial, err)
			}
			sessions <- r.Serial
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- fleet.Run(ctx) }()
	serials := []string{<-sessions, <-sessions, <-sessions}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	slices.Sort(serials)
	if want := []string{"BOX0009", "BOX0010", "BOX0011"}; !slices.Equal(serials, want) {
		t.Errorf("serials %q, want %q", serials, want)
	}
	last := fleet.CPEs()[2].Identity()
	if last.MAC != "00:00:5E:00:54:01" || !strings.HasSuffix(last.STBID, "00005E005401") {
		t.Errorf("identity %+v", last)
	}
	r := fleet.Report()
	if r.CPEs != 3 || r.Sessions != 3 || r.Failed != 0 || r.RPCs["GetOptions"] != 3 || r.Faults[cwmp.FaultMethod] != 3 {
		t.Errorf("report %+v", r)
	}
}

func TestFleetCountsFailures(t *testing.T) {
	f, err := NewFleet(FleetConfig{Count: 1})
	if err != nil {
		t.Fatal(err)
	}
	f.count(&Report{Status: Failed}, ErrUnauthorized)
	f.count(&Report{Status: Dropped}, ErrDropped)
	r := f.Report()
	if r.Failed != 1 || r.Dropped != 1 || r.Errors[ErrDropped.Error()] != 1 {
		t.Errorf("report %+v", r)
	}
}

func TestFleetErrors(t *testing.T) {
	for _, config := range []Config{{MAC: "FF:FF:FF:FF:FF:FF"}, {MAC: "x"}, {Model: "fridge"}, {Model: "cu-gateway", Hosts: []string{"FF:FF:FF:FF:FF:FF"}}} {
		if _, err := NewFleet(FleetConfig{Config: config, Count: 2}); err == nil {
			t.Errorf("%+v made a fleet", config)
		}
	}
}

func TestNumbered(t *testing.T) {
	config := Config{StatePath: "state", STBID: "given", Hosts: []string{"00:00:5E:00:53:A1", "00:00:5E:00:53:A2"}}
	zero, err := config.Numbered(0)
	if err != nil || zero.StatePath != "state" || zero.STBID != "given" {
		t.Errorf("first %+v, %v", zero, err)
	}
	one, err := config.Numbered(1)
	if err != nil || one.StatePath != "state.00005E005302" || one.STBID != "" || one.MAC != "00:00:5E:00:53:02" {
		t.Errorf("second %+v, %v", one, err)
	}
	if want := []string{"00:00:5E:00:53:A3", "00:00:5E:00:53:A4"}; !slices.Equal(one.Hosts, want) {
		t.Errorf("hosts %q, want %q", one.Hosts, want)
	}
}
