package acs

import (
	"context"
	"sync"
	"time"

	"itms"
)

const (
	// alarmQuiet is how long the same alarm is not raised again: what happens once
	// happens a thousand times.
	alarmQuiet = time.Hour
	// maxAlarms bounds the alarms remembered for that.
	maxAlarms = 1000
	// alarmQueue waits for the journal; a flood of different alarms is dropped and
	// stays in the log.
	alarmQueue = 64
	// alarmTime is when the journal is given up.
	alarmTime = 10 * time.Second
)

// The types of alarms.
const (
	alarmIdentity = "cwmp.identity" // a device is not who it says
	alarmRefused  = "cwmp.refused"  // the domain does not want it
	alarmRivals   = "cwmp.rivals"   // two devices say they are the same
	alarmGuesses  = "cwmp.guesses"  // wrong credentials, again and again
)

// alarms raises alarms, each once in a while, off the way of sessions.
type alarms struct {
	srv   *Server
	queue chan itms.Event

	mu     sync.Mutex
	raised map[string]time.Time
}

func newAlarms(srv *Server) *alarms {
	return &alarms{srv: srv, queue: make(chan itms.Event, alarmQueue), raised: map[string]time.Time{}}
}

// raise tells of something, unless the same was told lately. key tells apart what is
// the same.
func (a *alarms) raise(key string, e itms.Event) {
	now := a.srv.clock()
	if !a.fresh(e.Type+" "+key, now) {
		return
	}
	e.At, e.Alarm = itms.Timestamp(now), true
	a.srv.opt.Logger.Warn().Str("alarm", e.Type).Str("device", e.Device.String()).Str("remote", e.Data["remote"]).Msg(e.Text)
	select {
	case a.queue <- e:
	default:
	}
}

// fresh notes an alarm and reports whether it is new.
func (a *alarms) fresh(key string, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if last, known := a.raised[key]; known && now.Sub(last) < alarmQuiet {
		return false
	}
	if len(a.raised) >= maxAlarms {
		for k, last := range a.raised {
			if now.Sub(last) >= alarmQuiet {
				delete(a.raised, k)
			}
		}
	}
	if len(a.raised) >= maxAlarms {
		return false
	}
	a.raised[key] = now
	return true
}

// run journals alarms until the server closes.
func (a *alarms) run() {
	defer a.srv.wg.Done()
	for {
		select {
		case <-a.srv.ctx.Done():
			return
		case e := <-a.queue:
			a.journal(e)
		}
	}
}

// journal writes one alarm.
func (a *alarms) journal(e itms.Event) {
	if a.srv.opt.Alarm == nil {
		return
	}
	ctx, cancel := context.WithTimeout(a.srv.ctx, alarmTime)
	defer cancel()
	if err := a.srv.opt.Alarm(ctx, e); err != nil && a.srv.ctx.Err() == nil {
		a.srv.opt.Logger.Error().Err(err).Str("alarm", e.Type).Msg("an alarm cannot be journalled")
	}
}

// refusedDevice tells of a device whose Inform was refused.
func (srv *Server) refusedDevice(id itms.DeviceID, remote string, err error) {
	typ := alarmRefused
	if itms.CodeOf(err) == itms.CodeIdentity {
		typ = alarmIdentity
	}
	srv.met.refusedClaim(typ[len("cwmp."):])
	srv.alarms.raise(id.String()+" "+itms.CodeOf(err), itms.Event{Type: typ, Device: id, Text: clip(err.Error(), maxText),
		Data: map[string]string{"remote": remote, "code": itms.CodeOf(err)}})
}

// rivals tells apart a device that comes again from two that say they are the same:
// those take the session from each other, from two sources, more than once.
type rivals struct {
	mu    sync.Mutex
	since map[itms.DeviceID]time.Time // of the last such change
}

const (
	// rivalWindow is within which a second change of source counts: a device that is
	// moved, or whose line was cut in the middle of a session, does so once.
	rivalWindow = time.Hour
	// maxRivals bounds the memory of it.
	maxRivals = 1000
)

// again notes that a device's session was taken over from another source and reports
// whether that happened before.
func (r *rivals) again(id itms.DeviceID, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	last, known := r.since[id]
	if len(r.since) >= maxRivals && !known {
		clear(r.since)
	}
	if r.since == nil {
		r.since = map[itms.DeviceID]time.Time{}
	}
	r.since[id] = now
	return known && now.Sub(last) < rivalWindow
}

// takeover looks at the session that a new one replaces.
func (srv *Server) takeover(s, old *session) {
	if sameSource(s.remote, old.remote) && s.who.same(&old.who) || !srv.rivals.again(s.device, srv.clock()) {
		return
	}
	srv.alarms.raise(s.device.String(), itms.Event{Type: alarmRivals, Device: s.device,
		Text: "two devices say that they are " + s.device.String() + ": one at " + old.remote + ", one at " + s.remote,
		Data: map[string]string{"remote": s.remote, "other": old.remote}})
}
