package acs

import (
	"sync"
	"time"

	"itms"
)

// How often one device is called.
const (
	// callBurst calls may follow each other at once: a help desk does one thing after
	// another on a device.
	callBurst = 20
	// callEvery is when one more is allowed. TR-069 Amd 6 §3.2.2.1 lets devices refuse
	// what comes more often than they like.
	callEvery = 5 * time.Second
	// maxPaced devices are counted; those whose count is full again are forgotten first.
	maxPaced = 50_000
)

// pace limits how often one device is called, whoever asks.
type pace struct {
	mu      sync.Mutex
	devices map[itms.DeviceID]paced
}

// paced is the count of one device.
type paced struct {
	full  time.Time // when all calls are allowed again
	stamp int64     // of its last UDP request
}

// take uses one call up, or returns how long to wait for the next.
func (p *pace) take(id itms.DeviceID, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.devices[id]
	if d.full.Before(now) {
		d.full = now
	}
	if wait := d.full.Sub(now) - (callBurst-1)*callEvery; wait > 0 {
		return wait
	}
	d.full = d.full.Add(callEvery)
	p.put(id, d, now)
	return 0
}

// stampOf is the time of a UDP request, later than that of any before to the same
// device: devices refuse one that is not (TR-069 Amd 6 Annex G.2.2.3).
func (p *pace) stampOf(id itms.DeviceID, now time.Time) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.devices[id]
	d.stamp = max(now.Unix(), d.stamp+1)
	p.put(id, d, now)
	return d.stamp
}

// put remembers a count. It needs mu.
func (p *pace) put(id itms.DeviceID, d paced, now time.Time) {
	if _, known := p.devices[id]; !known && len(p.devices) >= maxPaced {
		for other, o := range p.devices {
			if o.full.Before(now) && o.stamp < now.Unix() {
				delete(p.devices, other)
			}
		}
		if len(p.devices) >= maxPaced { // all of them are busy: better no limit than no call
			clear(p.devices)
		}
	}
	p.devices[id] = d
}
