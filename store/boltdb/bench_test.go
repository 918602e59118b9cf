package boltdb

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"itms"
)

// fill stores n devices.
func fill(b *testing.B, s *Store, n int) {
	b.Helper()
	for start := 0; start < n; start += 1000 {
		err := s.Update(context.Background(), func(tx itms.Tx) error {
			for i := start; i < min(n, start+1000); i++ {
				if err := tx.Devices().Put(fleet(i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// fleet is the i-th device of a synthetic fleet.
func fleet(i int) *itms.Device {
	return &itms.Device{ID: itms.DeviceID{OUI: "00005E", ProductClass: "STB", Serial: fmt.Sprintf("S%07d", i)},
		Manufacturer: "Example", Model: "EX-1", IP: "192.0.2.1", State: itms.DeviceInService,
		MAC: itms.MAC{0, 0, 0x5E, byte(i >> 16), byte(i >> 8), byte(i)}, FirstSeen: time.Unix(1700000000, 0).UTC()}
}

// open opens a store in a folder of the test.
func open(t testing.TB) *Store {
	t.Helper()
	s, err := Open(context.Background(), filepath.Join(t.TempDir(), "itms.db"), Options{FlushInterval: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// BenchmarkUpdate reads, changes and writes one device per transaction.
func BenchmarkUpdate(b *testing.B) {
	const devices = 10_000
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			s := open(b)
			fill(b, s, devices)
			before := s.Stats()
			var n atomic.Int64
			b.ResetTimer()
			parallel(b, writers, func() {
				i := n.Add(1)
				err := s.Update(context.Background(), func(tx itms.Tx) error {
					d, err := tx.Devices().Get(fleet(int(i*7919) % devices).ID)
					if err != nil {
						return err
					}
					d.InformHash = fmt.Sprint(i)
					return tx.Devices().Put(d)
				})
				if err != nil {
					b.Error(err)
				}
			})
			after := s.Stats()
			b.ReportMetric(float64(after.Updates-before.Updates)/float64(max(1, after.Commits-before.Commits)), "updates/commit")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
		})
	}
}

// parallel shares b.N calls of fn among n goroutines.
func parallel(b *testing.B, n int, fn func()) {
	var left atomic.Int64
	left.Store(int64(b.N))
	done := make(chan struct{})
	for range n {
		go func() {
			for left.Add(-1) >= 0 {
				fn()
			}
			done <- struct{}{}
		}()
	}
	for range n {
		<-done
	}
	b.StopTimer()
}

// BenchmarkGet reads one device in a View.
func BenchmarkGet(b *testing.B) {
	const devices = 10_000
	s := open(b)
	fill(b, s, devices)
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		err := s.View(context.Background(), func(tx itms.Tx) error {
			_, err := tx.Devices().Get(fleet(i * 7919 % devices).ID)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCount counts a month of endings.
func BenchmarkCount(b *testing.B) {
	const days, each = 30, 3000
	s := open(b)
	first := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for day := range days {
		at := first.AddDate(0, 0, day)
		err := s.Update(context.Background(), func(tx itms.Tx) error {
			for i := range each {
				err := tx.Endings().Put(&itms.Ending{Order: itms.OrderID(fmt.Sprintf("%02d-%04d", day, i)), At: at,
					Day: at.Format(time.DateOnly), Kind: itms.KindInstall, Area: fmt.Sprint(510100 + i%20), Outcome: itms.OrderDone})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		err := s.View(context.Background(), func(tx itms.Tx) error {
			list, err := tx.Endings().Count(itms.EndingQuery{From: "2026-11-01", To: "2026-11-30", By: itms.ByArea})
			if len(list) != 20 {
				b.Errorf("%d rows", len(list))
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(days*each, "endings/op")
}
