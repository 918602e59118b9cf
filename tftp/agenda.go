package tftp

import (
	"context"
	"sync"
	"time"
)

// tick is how exact time-outs are. Waking for each by itself would cost more than a
// transfer does.
const tick = 20 * time.Millisecond

// entry is a transfer and when to look at it.
type entry struct {
	at time.Time
	tr *transfer
}

// agenda is a heap of what is due. A transfer has one entry for as long as it is
// remembered, that of its time listed: an ACK moves the transfer's due time only, and the
// entry is put back when it comes up too early. Most transfers are over by then. When the
// due time comes before the entry, after a long wait that has ended, another entry takes
// its place, and the old one is passed over.
type agenda struct {
	mu      sync.Mutex
	entries []entry // a heap: none is earlier than that at half its index
}

// put notes that a transfer is to be looked at when it is due. It is called with the
// transfer locked.
func (a *agenda) put(tr *transfer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := tr.due
	tr.listed = at
	a.entries = append(a.entries, entry{at, tr})
	for i := len(a.entries) - 1; i > 0; {
		up := (i - 1) / 2
		if !a.entries[i].at.Before(a.entries[up].at) {
			break
		}
		a.entries[i], a.entries[up] = a.entries[up], a.entries[i]
		i = up
	}
}

// next takes out what is due, an empty entry when nothing is.
func (a *agenda) next(now time.Time) entry {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.entries) == 0 || a.entries[0].at.After(now) {
		return entry{}
	}
	first := a.entries[0]
	last := len(a.entries) - 1
	a.entries[0], a.entries[last] = a.entries[last], entry{}
	a.entries = a.entries[:last]
	a.sink()
	return first
}

// sink moves the first entry to its place.
func (a *agenda) sink() {
	for i, n := 0, len(a.entries); ; {
		least := i
		for _, down := range [2]int{2*i + 1, 2*i + 2} {
			if down < n && a.entries[down].at.Before(a.entries[least].at) {
				least = down
			}
		}
		if least == i {
			return
		}
		a.entries[i], a.entries[least] = a.entries[least], a.entries[i]
		i = least
	}
}

// keepTime looks at what is due until ctx ends.
func (s *Server) keepTime(ctx context.Context) {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	var h hand
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := s.opt.Clock()
		for e := s.agenda.next(now); e.tr != nil; e = s.agenda.next(now) {
			s.look(e, now, &h)
		}
	}
}

// look sends again what was not acknowledged, or forgets what is over for long enough.
func (s *Server) look(e entry, now time.Time, h *hand) {
	tr := e.tr
	tr.mu.Lock()
	passed, early, gone := e.at != tr.listed, now.Before(tr.due), tr.state.phase == over
	if early && !passed {
		s.agenda.put(tr)
	}
	tr.mu.Unlock()
	switch {
	case passed || early:
	case gone:
		s.table.forget(tr)
	default:
		tr.apply(event{kind: timedOut}, now, h)
	}
}
