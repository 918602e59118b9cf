package api

import (
	"context"
	"strings"
	"sync"
	"time"
)

// scopeOf names the areas of the caller: whoever sees less is told another count.
func scopeOf(ctx context.Context) string { return strings.Join(recordOf(ctx).areas, "\x00") }

// Counting reads something of every device or order, so what was counted is told again for
// a while.
const (
	// keepLeast is how long a count is told at least: a screen that many people look at
	// asks every few seconds.
	keepLeast = 3 * time.Second
	// keepShare makes counting cost a twentieth of one processor at most, however large the
	// fleet is: a count that took 100 ms is kept for 2 s.
	keepShare = 20
	// keepAtMost bounds the counts that are kept, of different questions.
	keepAtMost = 256
)

// keeping is what was counted, by question. Whoever asks while somebody counts waits for
// that.
type keeping[K comparable, V any] struct {
	now func() time.Time

	mu   sync.Mutex // guards kept
	kept map[K]*count[V]
}

// count is the answer to one question.
type count[V any] struct {
	mu    sync.Mutex // held while it is counted; guards what follows
	value V
	at    time.Time // when it was counted; zero = never
	until time.Time // told again until then
}

// newKeeping makes an empty one.
func newKeeping[K comparable, V any](now func() time.Time) *keeping[K, V] {
	return &keeping[K, V]{now: now, kept: map[K]*count[V]{}}
}

// get returns the answer to a question and when it was counted, counting when there is
// none or it is too old. Errors are those of counting and not kept.
func (k *keeping[K, V]) get(question K, fresh func() (V, error)) (V, time.Time, error) {
	c := k.of(question)
	c.mu.Lock()
	defer c.mu.Unlock()
	start := k.now()
	if start.Before(c.until) {
		return c.value, c.at, nil
	}
	value, err := fresh()
	if err != nil {
		return value, start, err
	}
	c.value, c.at = value, start
	c.until = start.Add(max(keepLeast, keepShare*k.now().Sub(start)))
	return value, start, nil
}

// of returns the place of a question.
func (k *keeping[K, V]) of(question K) *count[V] {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.kept[question]
	if c == nil {
		if len(k.kept) >= keepAtMost {
			clear(k.kept)
		}
		c = &count[V]{}
		k.kept[question] = c
	}
	return c
}
