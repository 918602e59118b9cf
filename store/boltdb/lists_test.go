package boltdb

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"itms"
)

// variedFleet stores n devices: a tenth of a model, a fiftieth of a light, districts of
// a hundred each.
func variedFleet(t testing.TB, s *Store, n int) {
	t.Helper()
	for start := 0; start < n; start += 1000 {
		err := s.Update(context.Background(), func(tx itms.Tx) error {
			for i := start; i < min(n, start+1000); i++ {
				d := fleet(i)
				d.Model, d.Area = fmt.Sprintf("EX-%d", i%10), fmt.Sprintf("51%04d", i/100)
				if i%50 == 0 {
					d.Conflict = true
				}
				if err := tx.Devices().Put(d); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// pages50 are the lists that are looked at, the narrow and the empty among them.
var pages50 = map[string]itms.DeviceQuery{
	"all":           {},
	"state":         {State: itms.DeviceInService},
	"light":         {Light: itms.LightTrouble},
	"model":         {Model: "EX-3"},
	"area":          {Areas: itms.Areas{"510003"}},
	"region":        {Areas: itms.Areas{"51"}},
	"model,light":   {Model: "EX-0", Light: itms.LightTrouble},
	"none of both":  {Model: "EX-3", Light: itms.LightTrouble},
	"model,region":  {Model: "EX-3", Areas: itms.Areas{"5100"}},
	"vendor,state":  {Vendor: "Example", State: itms.DeviceInService},
	"nothing there": {Vendor: "Nobody"},
}

// TestListsReadLittle: what a page reads is bounded by the page and the districts, not by
// the fleet.
func TestListsReadLittle(t *testing.T) {
	const devices = 5000
	s, err := Open(context.Background(), filepath.Join(t.TempDir(), "itms.db"), Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	variedFleet(t, s, devices)
	for name, q := range pages50 {
		q.Limit, q.After = 50, fleet(devices/2).ID.String()
		err := s.View(context.Background(), func(view itms.Tx) error {
			list, err := view.Devices().List(q)
			looks := view.(*tx).looks
			if most := 2*devices/100 + 8*q.Limit; looks > most && name != "none of both" {
				t.Errorf("%s: %d looks for a page of %d, expected at most %d", name, looks, len(list), most)
			}
			if name == "none of both" && looks > 4*devices/50 { // each of the narrower filter once
				t.Errorf("%s: %d looks", name, looks)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkList reads a page from the middle of a fleet, by filter.
func BenchmarkList(b *testing.B) {
	const devices = 100_000
	s := open(b)
	variedFleet(b, s, devices)
	for name, q := range pages50 {
		q.Limit, q.After = 50, fleet(devices/2).ID.String()
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				err := s.View(context.Background(), func(tx itms.Tx) error {
					_, err := tx.Devices().List(q)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("count", func(b *testing.B) {
		for i := range devices {
			s.Contacted(itms.SessionSummary{ID: fmt.Sprintf("%026d", i), Device: fleet(i).ID, Started: fleet(i).FirstSeen, End: itms.SessionDone})
		}
		if err := s.Flush(); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			err := s.View(context.Background(), func(tx itms.Tx) error {
				_, err := tx.Devices().Count(itms.DeviceCount{SilentSince: fleet(0).FirstSeen})
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
