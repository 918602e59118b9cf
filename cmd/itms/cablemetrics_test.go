package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"itms"
)

// Leases are counted once for several scrapes, and not shown when they cannot be counted.
func TestLeaseGauge(t *testing.T) {
	now, counted, fails := time.Unix(0, 0), 0, false
	g := newLeaseGauge(func(context.Context) ([]itms.LeaseCount, error) {
		if counted++; fails {
			return nil, errors.New("away")
		}
		return []itms.LeaseCount{{Scope: "192.0.2.0/24", Class: "cm", Count: counted}}, nil
	}, func() time.Time { return now })
	r := prometheus.NewRegistry()
	r.MustRegister(g)
	shows := func(want float64) {
		t.Helper()
		families, err := r.Gather()
		if err != nil {
			t.Fatal(err)
		}
		got := 0.0
		for _, f := range families {
			m := f.GetMetric()[0]
			if got = m.GetGauge().GetValue(); f.GetName() != "itms_leases" || m.GetLabel()[0].GetValue() != "cm" || m.GetLabel()[1].GetValue() != "192.0.2.0/24" {
				t.Errorf("%s %v", f.GetName(), m)
			}
		}
		if got != want {
			t.Errorf("shows %v, want %v", got, want)
		}
	}
	shows(1)
	shows(1)
	now = now.Add(leaseCountsFor)
	shows(2)
	now, fails = now.Add(leaseCountsFor), true
	shows(0)
}
