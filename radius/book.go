package radius

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"itms"
)

// Bounds of the book.
const (
	maxPending  = 1 << 18 // sessions whose counters wait; one more is written at once
	bookBatch   = 256     // sessions written in one transaction
	trimBatch   = 2048    // sessions dropped in one, each minute: three million a day
	maxFaces    = 1 << 18 // sessions of which it is known what is stored, of a generation
	facesFor    = 24 * time.Hour
	tidyEvery   = time.Minute
	causeLost   = "lost: nothing was heard of it"
	causeReboot = "NAS-Reboot"
)

// Book is the Ledger on the store. Counters of a session that is otherwise the same wait in
// memory and are written with others; a process that dies loses them, and the next report
// makes up for that.
type Book struct {
	server *Server
	faces  *recent[itms.AccessSessionID, face]

	mu      sync.Mutex // guards all below
	pending map[itms.AccessSessionID]*Report
	tidied  time.Time
}

var _ Ledger = (*Book)(nil)

// face is what of a session is not a counter.
type face struct {
	user   string
	mac    itms.MAC
	ip     netip.Addr
	prefix netip.Prefix
	portID string
}

func newBook(s *Server) *Book {
	return &Book{server: s, faces: newRecent[itms.AccessSessionID, face](maxFaces, facesFor), pending: map[itms.AccessSessionID]*Report{}}
}

// id is that of the report's session.
func (r *Report) id() itms.AccessSessionID { return itms.NewAccessSessionID(r.NAS, r.Session) }

// face is that of the report's session.
func (r *Report) face() face { return face{r.User, r.MAC, r.IP, r.Prefix, r.PortID} }

// Account implements Ledger.
func (b *Book) Account(ctx context.Context, r *Report) error {
	switch r.Kind {
	case ReportOn, ReportOff:
		return b.restarted(ctx, r)
	case ReportInterim:
		if b.waits(r) {
			b.server.metrics.coalesced.Inc()
			return nil
		}
	}
	return b.write(ctx, r)
}

// waits puts the counters of a known session to those that wait, and reports whether it did.
func (b *Book) waits(r *Report) bool {
	known, ok := b.faces.get(r.id(), b.server.opt.Clock())
	if !ok || known != r.face() {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	have := b.pending[r.id()]
	if have == nil && len(b.pending) >= maxPending {
		return false
	}
	if have == nil || !r.At.Before(have.At) {
		b.pending[r.id()] = r
	}
	return true
}

// write stores what a report tells, now.
func (b *Book) write(ctx context.Context, r *Report) error {
	st, err := b.server.opt.Directory.Access(ctx, itms.AccessRequest{Account: r.Account, MAC: r.MAC})
	if err != nil {
		return err
	}
	err = b.server.opt.Store.Update(ctx, func(tx itms.Tx) error {
		s, err := tx.AccessSessions().Get(r.id())
		if err != nil && !itms.IsKind(err, itms.KindNotFound) {
			return err
		}
		next := r.session(s, st)
		if next == nil {
			return nil
		}
		if err := tx.AccessSessions().Put(next); err != nil {
			return err
		}
		return b.lookAgain(tx, r, next, st)
	})
	if err != nil {
		return err
	}
	b.mu.Lock()
	delete(b.pending, r.id())
	b.mu.Unlock()
	if r.Kind == ReportStop {
		b.faces.forget(r.id())
	} else {
		b.faces.put(r.id(), r.face(), b.server.opt.Clock())
	}
	return nil
}

// lookAgain queues a session for another look that starts although its standing is not what
// it was let in for: that changed in between.
func (b *Book) lookAgain(tx itms.Tx, r *Report, s *itms.AccessSession, st *itms.AccessStanding) error {
	if r.Kind != ReportStart {
		return nil
	}
	g, err := b.server.opt.Config.grant(callerOfSession(s, nil), st)
	if err != nil {
		return err
	}
	if g != nil && (r.Granted == "" || g.digest == r.Granted) {
		return nil
	}
	return tx.Outbox().Add(itms.AccessChange{Session: s.ID, Service: s.Service}.Delivery(s, itms.Timestamp(b.server.opt.Clock())))
}

// session is what a stored session becomes by a report; nil = it stays. s is nil when there
// is none, and is written over.
func (r *Report) session(s *itms.AccessSession, st *itms.AccessStanding) *itms.AccessSession {
	at := itms.Timestamp(r.At)
	switch {
	case s == nil || r.Kind == ReportStart && !s.Active() && at.After(s.Ended): // ids are used again after a restart
		s = &itms.AccessSession{ID: r.id(), NAS: r.NAS, Session: r.Session, Started: at.Add(-time.Duration(r.Seconds) * time.Second), Granted: r.Granted, Rule: r.Rule}
	case at.Before(s.Started):
		return nil // of one before that had the same id
	case r.Kind == ReportStop && !s.Active(): // we ended it, and here are its last counters
		r.count(s)
		return s
	case at.Before(s.Updated) && r.Kind != ReportStop, !s.Active() && (s.Cause != causeLost || !at.After(s.Ended)):
		return nil // it was overtaken; only one that was thought lost comes back
	}
	s.NASName, s.NASID, s.User, s.Account, s.MAC, s.PortID, s.Line = r.NASName, r.NASID, r.User, r.Account, r.MAC, r.PortID, r.Line
	if st.Service != nil {
		s.Service = st.Service.ID
	}
	if r.IP.IsValid() {
		s.IP = r.IP
	}
	if r.Prefix.IsValid() {
		s.Prefix = r.Prefix
	}
	s.Updated, s.Ended, s.Cause = at, time.Time{}, ""
	r.count(s)
	if r.Kind == ReportStop {
		s.Ended, s.Cause = at, r.Cause
	}
	return s
}

// count takes the counters over; they only grow.
func (r *Report) count(s *itms.AccessSession) {
	s.Seconds, s.InOctets, s.OutOctets = max(s.Seconds, r.Seconds), max(s.InOctets, r.In), max(s.OutOctets, r.Out)
}

// Flush implements Ledger.
func (b *Book) Flush(ctx context.Context) error {
	b.mu.Lock()
	taken := b.pending
	b.pending = map[itms.AccessSessionID]*Report{}
	b.mu.Unlock()
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(taken)), bookBatch) {
		err := b.server.opt.Store.Update(ctx, func(tx itms.Tx) error {
			for _, id := range ids {
				if err := flushOne(tx, taken[id]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.putBack(taken)
			return fmt.Errorf("write the counters of %d sessions: %w", len(taken), err)
		}
		for _, id := range ids {
			delete(taken, id)
		}
	}
	return nil
}

// putBack lets counters wait again that could not be written.
func (b *Book) putBack(taken map[itms.AccessSessionID]*Report) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, r := range taken {
		if b.pending[id] == nil {
			b.pending[id] = r
		}
	}
}

// flushOne stores the counters of a session that lasts.
func flushOne(tx itms.Tx, r *Report) error {
	s, err := tx.AccessSessions().Get(r.id())
	if itms.IsKind(err, itms.KindNotFound) {
		return nil
	}
	at := itms.Timestamp(r.At)
	if err != nil || !s.Active() || at.Before(s.Updated) {
		return err
	}
	r.count(s)
	s.Updated = at
	return tx.AccessSessions().Put(s)
}

// restarted ends the sessions of an access server that were there before.
func (b *Book) restarted(ctx context.Context, r *Report) error {
	q := itms.AccessSessionQuery{NAS: r.NAS, Active: true, Limit: bookBatch}
	for {
		var last []*itms.AccessSession
		err := b.server.opt.Store.Update(ctx, func(tx itms.Tx) (err error) {
			if last, err = tx.AccessSessions().List(q); err != nil {
				return err
			}
			for _, s := range last {
				if r.NASID != "" && s.NASID != "" && r.NASID != s.NASID || !s.Started.Before(r.At) {
					continue // of another behind the same address, or younger
				}
				s.Ended, s.Cause = itms.Timestamp(r.At), causeReboot
				if err := tx.AccessSessions().Put(s); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || len(last) < q.Limit {
			return err
		}
		place := last[len(last)-1].Place()
		place.Active = true
		q.After = place
	}
}

// Tidy implements Ledger.
func (b *Book) Tidy(ctx context.Context) error {
	c, now := &b.server.opt.Config, b.server.opt.Clock()
	b.mu.Lock()
	due := now.Sub(b.tidied) >= tidyEvery
	if due {
		b.tidied = now
	}
	b.mu.Unlock()
	if !due {
		return nil
	}
	var silent []*itms.AccessSession
	err := b.server.opt.Store.Update(ctx, func(tx itms.Tx) (err error) {
		silent, err = tx.AccessSessions().Silent(now.Add(-c.SilentEnds), bookBatch)
		if err != nil {
			return err
		}
		for _, s := range silent {
			s.Ended, s.Cause = s.Updated, causeLost
			if err := tx.AccessSessions().Put(s); err != nil {
				return err
			}
		}
		_, err = tx.AccessSessions().Trim(now.Add(-c.Keep), trimBatch)
		return err
	})
	for _, s := range silent {
		b.faces.forget(s.ID) // the next word of one is written at once
	}
	return err
}
