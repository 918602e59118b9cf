package api

import (
	"sync"
	"time"
)

// Limits of the tokens and sessions that are remembered.
const (
	tokenKeep   = 10 * time.Second // for when another node revoked it and its hint was lost
	tokenAtMost = 1024             // tokens; a few hundred bytes each
)

// callerCache remembers valid tokens, or sessions, so that a caller of many requests costs
// the store one look. Every change of any, on any node, forgets them all: a revoked one is
// refused from the moment on that the store tells of it.
type callerCache[T any] struct {
	changed <-chan struct{} // hints of the store; closed when nobody tells any more
	now     func() time.Time

	mu    sync.Mutex // guards what follows
	age   int        // grows with each change
	known map[string]knownCaller[T]
}

// knownCaller is one of them and how long it is believed.
type knownCaller[T any] struct {
	value *T
	until time.Time
}

// newCallerCache makes an empty cache.
func newCallerCache[T any](changed <-chan struct{}, now func() time.Time) *callerCache[T] {
	return &callerCache[T]{changed: changed, now: now, known: map[string]knownCaller[T]{}}
}

// get returns the value of a hash, nil when it must be looked for, and the age to
// bring along with what was found.
func (c *callerCache[T]) get(hash string) (*T, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listen()
	k, ok := c.known[hash]
	if !ok || !c.now().Before(k.until) {
		return nil, c.age
	}
	return k.value, c.age
}

// put remembers a value, not to be changed, that was read at that age, unless something
// changed since: it may have been read before that.
func (c *callerCache[T]) put(hash string, value *T, age int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listen()
	if c.age != age {
		return
	}
	if len(c.known) >= tokenAtMost {
		clear(c.known)
	}
	c.known[hash] = knownCaller[T]{value, c.now().Add(tokenKeep)}
}

// listen forgets everything when the store hinted at a change.
func (c *callerCache[T]) listen() {
	select {
	case <-c.changed:
		c.age++
		clear(c.known)
	default:
	}
}
