package acs

import (
	"container/list"
	"context"
	"sync"

	"itms"
)

// chunkKey names a chunk. An id is never used again, so what it names never changes.
type chunkKey struct {
	id itms.FileID
	n  int
}

// cachedChunk is a chunk that is there, or on its way.
type cachedChunk struct {
	key     chunkKey
	ready   chan struct{} // closed once content and err are there
	content []byte
	err     error
}

// chunkCache keeps the chunks that were asked for last, for all downloads: each is read
// once, however many ask for it at a time.
type chunkCache struct {
	load func(ctx context.Context, id itms.FileID, n int) ([]byte, error)

	mu    sync.Mutex
	known map[chunkKey]*list.Element // of *cachedChunk; guarded by mu
	used  *list.List                 // the last used first; guarded by mu
}

// newChunkCache makes an empty cache.
func newChunkCache(load func(context.Context, itms.FileID, int) ([]byte, error)) *chunkCache {
	return &chunkCache{load: load, known: map[chunkKey]*list.Element{}, used: list.New()}
}

// get returns a chunk, which is shared: nobody may change it, and whoever keeps it keeps
// it in memory. Errors are those of the load, or of ctx.
func (c *chunkCache) get(ctx context.Context, id itms.FileID, n int) ([]byte, error) {
	chunk, mine := c.find(chunkKey{id, n})
	if mine {
		c.fetch(ctx, chunk)
	}
	select {
	case <-chunk.ready:
		return chunk.content, chunk.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// find returns a chunk, and whether the caller must load it.
func (c *chunkCache) find(key chunkKey) (chunk *cachedChunk, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.known[key]; ok {
		c.used.MoveToFront(e)
		return e.Value.(*cachedChunk), false
	}
	chunk = &cachedChunk{key: key, ready: make(chan struct{})}
	c.known[key] = c.used.PushFront(chunk)
	if c.used.Len() > cachedChunks {
		last := c.used.Back()
		c.used.Remove(last)
		delete(c.known, last.Value.(*cachedChunk).key)
	}
	return chunk, true
}

// fetch loads a chunk for all who wait for it, also when the one who began has given up.
// What failed is not kept.
func (c *chunkCache) fetch(ctx context.Context, chunk *cachedChunk) {
	defer close(chunk.ready)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), chunkTime)
	defer cancel()
	chunk.content, chunk.err = c.load(ctx, chunk.key.id, chunk.key.n)
	if chunk.err == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.known[chunk.key]; ok && e.Value == any(chunk) {
		c.used.Remove(e)
		delete(c.known, chunk.key)
	}
}
