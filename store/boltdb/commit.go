package boltdb

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"

	"itms"
	"itms/store/internal/wake"
)

// Group commit. A durable commit costs far more than the changes in it, so callers
// of Update line up and the committer opens one bbolt transaction for all who are
// in line, lets each in turn run its function in its own goroutine (a panic or a
// runtime.Goexit then stays with the caller), and commits once. While it waits for
// the disk the next group lines up. A function that fails has its own writes undone
// (see tx.rollback) and leaves those of the others alone.

// maxGroup bounds how many updates share a commit, so that the first of them does
// not wait for an endless line.
const maxGroup = 1024

// gatherTime is how long a commit waits for the next job while its group is smaller
// than the last one was: those callers are about to come again, and a commit of many
// costs hardly more than one of few (some 7 ms for 16 orders). Sixteen clients that
// posted orders shared 726 commits instead of 1,522. Who calls alone never waits.
const gatherTime = 2 * time.Millisecond

// States of a job. Whoever moves it out of waiting decides whether it runs.
const (
	waiting int32 = iota
	called
	cancelled
)

// job is one Update in line.
type job struct {
	state atomic.Int32
	turn  chan *group // receives the group when it is this job's turn
}

// group is one bbolt transaction shared by several updates.
type group struct {
	pages  *pages
	next   chan struct{} // signalled when the running job is through
	done   chan struct{} // closed after the commit; err is set before
	err    error         // why nothing of the group was stored
	spoilt error         // an undo failed: nothing of the group may be stored
	writes int64         // jobs that succeeded and wrote
	topics wake.Topics
}

// queue is the line of jobs.
type queue struct {
	mu     sync.Mutex // guards jobs and closed
	jobs   []*job
	closed bool
	more   chan struct{} // holds a hint when jobs or closed changed
	ended  chan struct{} // closed when the committer is gone
}

func (q *queue) init() {
	q.more, q.ended = make(chan struct{}, 1), make(chan struct{})
}

// push adds a job to the line.
func (q *queue) push(j *job) {
	q.mu.Lock()
	q.jobs = append(q.jobs, j)
	q.mu.Unlock()
	q.hint()
}

func (q *queue) hint() {
	select {
	case q.more <- struct{}{}:
	default:
	}
}

// pop takes the first job that was not cancelled, nil when there is none, and
// reports whether the line is closed.
func (q *queue) pop() (*job, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.jobs) > 0 {
		j := q.jobs[0]
		q.jobs[0] = nil
		q.jobs = q.jobs[1:]
		if j.state.CompareAndSwap(waiting, called) {
			return j, false
		}
	}
	return nil, q.closed
}

// await takes the next job of the line, nil when none came in time or the line is
// closed.
func (q *queue) await(most time.Duration) *job {
	timer := time.NewTimer(most)
	defer timer.Stop()
	for {
		select {
		case <-q.more:
			if j, closed := q.pop(); j != nil || closed {
				return j
			}
		case <-timer.C:
			return nil
		}
	}
}

// close lets the committer finish the line and waits until it is gone.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.hint()
	<-q.ended
}

// Update runs fn in a transaction that may share its commit with others. See
// itms.Store.
func (s *Store) Update(ctx context.Context, fn func(itms.Tx) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	return s.enqueue(ctx, fn)
}

// enqueue is Update without the gate: the last flush happens behind it.
func (s *Store) enqueue(ctx context.Context, fn func(itms.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{turn: make(chan *group, 1)}
	s.queue.push(j)
	var g *group
	select {
	case g = <-j.turn:
	case <-ctx.Done():
		if j.state.CompareAndSwap(waiting, cancelled) {
			return ctx.Err()
		}
		g = <-j.turn
	}
	err := s.run(g, fn)
	// A failed fn waits too: it may have failed because of what others in the group
	// wrote, which is only true once that is stored.
	<-g.done
	if g.err != nil {
		return g.err
	}
	return err
}

// run lets fn write into the group's transaction and hands the turn back, whatever
// way fn ends.
func (s *Store) run(g *group, fn func(itms.Tx) error) (err error) {
	t := &tx{pages: g.pages, notes: s.contacts.Snapshot(), writable: true}
	kept := false
	defer func() {
		if !kept {
			t.rollback(g)
		}
		g.next <- struct{}{}
	}()
	if g.pages == nil || g.spoilt != nil { // the transaction could not begin, or is lost
		return nil
	}
	if err = fn(t); err != nil {
		return err
	}
	kept = true
	g.topics |= t.topics
	if len(t.undo) > 0 {
		g.writes++
	}
	return nil
}

// commitLoop serves the line until it is closed and empty.
func (s *Store) commitLoop() {
	defer close(s.queue.ended)
	for {
		j, closed := s.queue.pop()
		switch {
		case j != nil:
			s.commitGroup(j)
			s.renewLeaseIndex()
		case closed:
			return
		default:
			<-s.queue.more
		}
	}
}

// commitGroup runs the first job and those in line behind it, and commits.
func (s *Store) commitGroup(j *job) {
	g := &group{next: make(chan struct{}), done: make(chan struct{})}
	defer close(g.done)
	btx, err := s.db.Begin(true)
	if err == nil {
		g.pages = &pages{bolt: btx, cache: s.cache, leases: s.leases.Load()}
	}
	n := 0
	for j != nil {
		j.turn <- g
		<-g.next
		if n++; n == maxGroup {
			break
		}
		if j, _ = s.queue.pop(); j == nil && n < s.crowd {
			j = s.queue.await(s.gather)
		}
	}
	s.crowd = n
	if err == nil {
		err = s.finish(btx, g)
	}
	if err != nil {
		g.err = itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "write to the data file %s", s.path).Because(err)
		return
	}
	s.hub.Signal(g.topics)
}

// finish commits the group; when nobody wrote there is nothing to pay for.
func (s *Store) finish(btx *bolt.Tx, g *group) error {
	switch {
	case g.spoilt != nil:
		_ = btx.Rollback() // of a transaction that is being given up anyway
		return g.spoilt
	case g.writes == 0:
		return btx.Rollback()
	}
	if err := btx.Commit(); err != nil {
		return err
	}
	s.commits.Add(1)
	s.updates.Add(g.writes)
	return nil
}
