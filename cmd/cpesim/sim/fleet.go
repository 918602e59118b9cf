package sim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// FleetConfig describes CPEs that differ in their identity only.
type FleetConfig struct {
	// Config is that of the first CPE. The others count its serial number, MAC
	// and hosts up; their STBIDs are made from the MAC, and their state files have
	// the MAC appended. A Listen address should have port 0.
	Config Config
	// Count is the number of CPEs.
	Count int
	// Jitter is the longest random pause before a CPE boots. 0: none.
	Jitter time.Duration
	// OnSession is told of each session, from several goroutines.
	OnSession func(*CPE, *Report, error)
}

// Fleet is a number of CPEs that run together.
type Fleet struct {
	cpes   []*CPE
	jitter time.Duration

	mu     sync.Mutex // guards report
	report FleetReport
}

// FleetReport sums up what a fleet has done so far.
type FleetReport struct {
	CPEs     int            `json:"cpes"`
	Sessions int            `json:"sessions"`
	Failed   int            `json:"failed"`
	Dropped  int            `json:"dropped"`
	RPCs     map[string]int `json:"rpcs"`   // by method
	Faults   map[int]int    `json:"faults"` // by code, those the CPEs gave
	Errors   map[string]int `json:"errors"` // by text
}

// NewFleet makes the CPEs. Errors: those of New, and that there are not enough
// MAC addresses.
func NewFleet(config FleetConfig) (*Fleet, error) {
	f := &Fleet{jitter: config.Jitter, report: FleetReport{
		CPEs: config.Count, RPCs: make(map[string]int), Faults: make(map[int]int), Errors: make(map[string]int),
	}}
	for n := range config.Count {
		one, err := config.Config.Numbered(n)
		if err != nil {
			return nil, err
		}
		var cpe *CPE
		one.OnSession = func(r *Report, err error) {
			f.count(r, err)
			if config.OnSession != nil {
				config.OnSession(cpe, r, err)
			}
		}
		if cpe, err = New(one); err != nil {
			return nil, fmt.Errorf("CPE %d: %w", n, err)
		}
		f.cpes = append(f.cpes, cpe)
	}
	return f, nil
}

// Numbered returns the Config of the nth CPE of a fleet, n from 0. The error
// says that the MAC is not one or that there is none so high.
func (c Config) Numbered(n int) (Config, error) {
	if n == 0 {
		return c, nil
	}
	if c.MAC == "" {
		c.MAC = defaultMAC
	}
	mac, err := nextMAC(c.MAC, n)
	if err != nil {
		return c, err
	}
	c.MAC = mac
	if c.Serial != "" {
		c.Serial = nextSerial(c.Serial, n)
	}
	c.STBID = ""
	if c.Hosts, err = nextHosts(c.Hosts, n); err != nil {
		return c, err
	}
	if c.StatePath != "" {
		c.StatePath += "." + strings.ReplaceAll(mac, ":", "")
	}
	return c, nil
}

// nextHosts are the hosts of the nth gateway: no host is behind two.
func nextHosts(first []string, n int) ([]string, error) {
	if first == nil {
		return nil, nil
	}
	hosts := make([]string, len(first))
	for i, mac := range first {
		var err error
		if hosts[i], err = nextMAC(mac, n*len(first)); err != nil {
			return nil, err
		}
	}
	return hosts, nil
}

// CPEs returns the CPEs in order. The slice must not be changed.
func (f *Fleet) CPEs() []*CPE { return f.cpes }

// Run runs all CPEs until ctx ends and waits for them. The error joins those of
// CPE.Run.
func (f *Fleet) Run(ctx context.Context) error {
	errs := make([]error, len(f.cpes))
	var running sync.WaitGroup
	for i, cpe := range f.cpes {
		running.Go(func() {
			if f.jitter > 0 && sleep(ctx, rand.N(f.jitter)) != nil {
				return
			}
			errs[i] = cpe.Run(ctx)
		})
	}
	running.Wait()
	return errors.Join(errs...)
}

// count adds a session to the report.
func (f *Fleet) count(r *Report, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.report.Sessions++
	switch r.Status {
	case Failed:
		f.report.Failed++
	case Dropped:
		f.report.Dropped++
	}
	if err != nil {
		f.report.Errors[err.Error()]++
	}
	for _, call := range r.RPCs {
		f.report.RPCs[call.Method]++
	}
	for _, fault := range r.Faults() {
		f.report.Faults[fault.Code]++
	}
}

// Report returns what the fleet has done so far.
func (f *Fleet) Report() FleetReport {
	f.mu.Lock()
	defer f.mu.Unlock()
	report := f.report
	report.RPCs, report.Faults, report.Errors = maps.Clone(report.RPCs), maps.Clone(report.Faults), maps.Clone(report.Errors)
	return report
}
