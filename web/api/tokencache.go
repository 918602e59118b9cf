package api

import (
	"sync"
	"time"

	"itms"
)

// Limits of the tokens that are remembered.
const (
	tokenKeep   = 10 * time.Second // for when another node revoked it and its hint was lost
	tokenAtMost = 1024             // tokens; a few hundred bytes each
)

// tokenCache remembers valid tokens, so that a caller of many requests costs the store
// one look. Every change of a token, on any node, forgets them all: a revoked one is
// refused from the moment on that the store tells of it.
type tokenCache struct {
	changed <-chan struct{} // hints of the store; closed when nobody tells any more
	now     func() time.Time

	mu    sync.Mutex // guards what follows
	age   int        // grows with each change
	known map[string]knownToken
}

// knownToken is one token and how long it is believed.
type knownToken struct {
	token *itms.Token
	until time.Time
}

// newTokenCache makes an empty cache.
func newTokenCache(changed <-chan struct{}, now func() time.Time) *tokenCache {
	return &tokenCache{changed: changed, now: now, known: map[string]knownToken{}}
}

// get returns the token of a hash, nil when it must be looked for, and the age to
// bring along with what was found.
func (c *tokenCache) get(hash string) (*itms.Token, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listen()
	k, ok := c.known[hash]
	if !ok || !c.now().Before(k.until) {
		return nil, c.age
	}
	return k.token, c.age
}

// put remembers a token that was read at that age, unless something changed since: it
// may have been read before that.
func (c *tokenCache) put(token *itms.Token, age int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listen()
	if c.age != age {
		return
	}
	if len(c.known) >= tokenAtMost {
		clear(c.known)
	}
	c.known[token.Hash] = knownToken{token, c.now().Add(tokenKeep)}
}

// listen forgets everything when the store hinted at a change.
func (c *tokenCache) listen() {
	select {
	case <-c.changed:
		c.age++
		clear(c.known)
	default:
	}
}
