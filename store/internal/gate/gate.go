// Package gate keeps a store open until everyone inside has left.
package gate

import (
	"sync"

	"itms/store/internal/record"
)

// Gate counts who is inside the store, so that Close can wait for them. The zero
// Gate is open.
type Gate struct {
	mu     sync.Mutex // guards closed, and inside's first Add against its Wait
	closed bool
	inside sync.WaitGroup
}

// Enter must be followed by Leave; it fails once the gate is closed.
func (g *Gate) Enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return record.Closed()
	}
	g.inside.Add(1)
	return nil
}

// Leave goes out again.
func (g *Gate) Leave() { g.inside.Done() }

// Close lets nobody in any more and waits until all are out.
func (g *Gate) Close() error {
	g.mu.Lock()
	closed := g.closed
	g.closed = true
	g.mu.Unlock()
	if closed {
		return record.Closed()
	}
	g.inside.Wait()
	return nil
}
