package boltdb

import "sync"

// gate counts who is inside the store, so that Close can wait for them.
type gate struct {
	mu     sync.Mutex // guards closed, and inside's first Add against its Wait
	closed bool
	inside sync.WaitGroup
}

// enter must be followed by leave; it fails once the gate is closed.
func (g *gate) enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return closedError()
	}
	g.inside.Add(1)
	return nil
}

func (g *gate) leave() { g.inside.Done() }

// close lets nobody in any more and waits until all are out.
func (g *gate) close() error {
	g.mu.Lock()
	closed := g.closed
	g.closed = true
	g.mu.Unlock()
	if closed {
		return closedError()
	}
	g.inside.Wait()
	return nil
}
