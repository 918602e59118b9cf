package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"itms"
)

// Collisions of serializable transactions are normal: they run again after a pause
// that grows from backoffMin to backoffMax, with jitter, until ctx ends. maxTries
// only keeps a defect from turning forever.
const (
	backoffMin = 2 * time.Millisecond
	backoffMax = 200 * time.Millisecond
	maxTries   = 500
)

// updateSeats is how many updates a process may run at once: more than there are
// connections.
const updateSeats = 1 << 16

// endTimeout bounds the rollback of a transaction whose own context is over.
const endTimeout = 5 * time.Second

// View runs fn in a read-only snapshot. See itms.Store.
func (s *Store) View(ctx context.Context, fn func(itms.Tx) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	err := s.once(ctx, false, fn)
	return final(ctx, err)
}

// Update runs fn in a serializable transaction, again when it collides with
// another. See itms.Store.
func (s *Store) Update(ctx context.Context, fn func(itms.Tx) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	for try := 0; ; try++ {
		err := s.turn(ctx, try > 0, fn)
		if !collided(err) || try >= maxTries || ctx.Err() != nil {
			return final(ctx, err)
		}
		if try > 0 { // alone in this process, so it was another's
			pause(ctx, try)
		}
	}
}

// turn runs fn once beside the other updates of this process, or alone: what has
// collided once does so again and again, as long as others run beside it, since small
// tables have few pages and serializable transactions collide by page.
func (s *Store) turn(ctx context.Context, alone bool, fn func(itms.Tx) error) error {
	seats := int64(1)
	if alone {
		seats = updateSeats
	}
	if err := s.seats.Acquire(ctx, seats); err != nil {
		return err
	}
	defer s.seats.Release(seats)
	return s.once(ctx, true, fn)
}

// pause waits before the next try.
func pause(ctx context.Context, try int) {
	most := min(backoffMax, backoffMin<<min(try, 10))
	timer := time.NewTimer(rand.N(most))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// final turns the outcome of the last try into what the caller gets: when the
// caller gave up, that and not the broken connection it caused.
func final(ctx context.Context, err error) error {
	var engine *engineError
	if !errors.As(err, &engine) {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return translate(engine.err, "use the database")
}

// once runs fn in one transaction. Failures of the engine come as *engineError,
// and outrank what fn made of them.
func (s *Store) once(ctx context.Context, writable bool, fn func(itms.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t := &tx{wire: wire{ctx: ctx, pool: s.pool, trips: &s.trips, writable: writable}, memory: newMemory(), base: s.base,
		notes: s.contacts.Snapshot()}
	defer t.end() // also when fn panics
	err := fn(t)
	if t.broken == nil && err == nil && t.writable {
		err = t.commit()
	}
	switch {
	case t.broken != nil:
		return t.broken
	case err != nil || !t.writable:
		return err
	}
	s.hub.Signal(t.topics)
	s.notifier.committed(t.topics, t.seq)
	return nil
}
