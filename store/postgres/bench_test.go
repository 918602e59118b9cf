package postgres

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"itms"
	"itms/store/storetest/pgtest"
)

// devices of the benchmarks: enough that two updates seldom meet on an index page.
const benchDevices = 10_000

// durable opens a store with a fleet, on a server that does sync.
func durable(b *testing.B) *Store {
	b.Helper()
	srv, err := pgtest.New(pgtest.Options{Durable: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := srv.Stop(); err != nil {
			b.Error(err)
		}
	})
	s := open(b, srv.Database(b), Options{})
	b.Cleanup(func() { _ = s.Close() })
	for start := 0; start < benchDevices; start += 1000 {
		err := s.Update(bg, func(tx itms.Tx) error {
			for i := range 1000 {
				if err := tx.Devices().Put(fleet(start + i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// BenchmarkUpdate reads, changes and writes one device per transaction.
func BenchmarkUpdate(b *testing.B) {
	s := durable(b)
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			var n, runs atomic.Int64
			var all sync.WaitGroup
			for range writers {
				all.Go(func() {
					for i := n.Add(1); i <= int64(b.N); i = n.Add(1) {
						err := s.Update(bg, func(tx itms.Tx) error {
							runs.Add(1)
							d, err := tx.Devices().Get(fleet(int(i*7919) % benchDevices).ID)
							if err != nil {
								return err
							}
							d.InformHash = fmt.Sprint(i)
							return tx.Devices().Put(d)
						})
						if err != nil {
							b.Error(err)
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
			b.ReportMetric(float64(runs.Load())/float64(b.N), "runs/update")
		})
	}
}

// BenchmarkGet reads one device in a View.
func BenchmarkGet(b *testing.B) {
	s := durable(b)
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		err := s.View(bg, func(tx itms.Tx) error {
			_, err := tx.Devices().Get(fleet(i * 7919 % benchDevices).ID)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
