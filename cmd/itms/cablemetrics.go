package main

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"itms"
)

const (
	// leaseCountsFor is how long counted leases are shown: counting 100,000 takes some tens
	// of milliseconds, and several may scrape.
	leaseCountsFor = 15 * time.Second
	// leaseCountTime bounds one count.
	leaseCountTime = 5 * time.Second
)

// leaseGauge shows the leases that clients hold, by scope and class, when it is asked. All
// nodes show those of all. While the store is away it shows nothing.
type leaseGauge struct {
	desc  *prometheus.Desc
	count func(context.Context) ([]itms.LeaseCount, error)
	now   func() time.Time

	mu    sync.Mutex // guards what follows
	last  []itms.LeaseCount
	until time.Time
}

var _ prometheus.Collector = (*leaseGauge)(nil)

func newLeaseGauge(count func(context.Context) ([]itms.LeaseCount, error), now func() time.Time) *leaseGauge {
	return &leaseGauge{count: count, now: now, desc: prometheus.NewDesc("itms_leases",
		"Leases that clients hold, by scope and class; of all nodes.", []string{"scope", "class"}, nil)}
}

// Describe implements prometheus.Collector.
func (g *leaseGauge) Describe(ch chan<- *prometheus.Desc) { ch <- g.desc }

// Collect implements prometheus.Collector.
func (g *leaseGauge) Collect(ch chan<- prometheus.Metric) {
	for _, c := range g.counts() {
		ch <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, float64(c.Count), c.Scope, c.Class)
	}
}

// counts returns what was counted lately, or counts.
func (g *leaseGauge) counts() []itms.LeaseCount {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.now().Before(g.until) {
		return g.last
	}
	ctx, cancel := context.WithTimeout(context.Background(), leaseCountTime)
	defer cancel()
	list, err := g.count(ctx)
	if err != nil {
		return nil // the store tells of itself
	}
	g.last, g.until = list, g.now().Add(leaseCountsFor)
	return list
}
