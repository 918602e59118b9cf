// Package wake hands out the hint channels behind itms.Store.Wake.
package wake

import (
	"context"
	"sync"

	"itms"
)

// Hub knows who waits for which topic. The zero Hub is ready.
type Hub struct {
	mu   sync.Mutex // guards subs and the closing of their channels
	subs map[itms.Topic]map[chan struct{}]struct{}
}

// Subscribe returns a channel that holds at most one hint and is closed when ctx
// ends.
func (h *Hub) Subscribe(ctx context.Context, topic itms.Topic) <-chan struct{} {
	ch := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.subs == nil {
		h.subs = map[itms.Topic]map[chan struct{}]struct{}{}
	}
	if h.subs[topic] == nil {
		h.subs[topic] = map[chan struct{}]struct{}{}
	}
	h.subs[topic][ch] = struct{}{}
	context.AfterFunc(ctx, func() { h.drop(topic, ch) })
	return ch
}

// drop closes a channel that nobody signals any more.
func (h *Hub) drop(topic itms.Topic, ch chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.subs[topic], ch)
	close(ch)
}

// Signal leaves a hint with everyone who waits for one of the topics. It never
// blocks: a reader with a pending hint will read everything anyway.
func (h *Hub) Signal(topics Topics) {
	if topics == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for topic := range topics.All {
		for ch := range h.subs[topic] {
			select {
			case ch <- struct{}{}:
			default:
			}
		}
	}
}
