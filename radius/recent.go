package radius

import (
	"sync"
	"time"
)

// recent remembers things for a while, at most about so many: when the younger generation
// is old or full it becomes the older one, which is forgotten.
type recent[K comparable, V any] struct {
	most int           // of a generation
	keep time.Duration // at least, at most twice as long

	mu         sync.Mutex // guards all below
	turned     time.Time
	young, old map[K]V
}

func newRecent[K comparable, V any](most int, keep time.Duration) *recent[K, V] {
	return &recent[K, V]{most: most, keep: keep, young: map[K]V{}}
}

// get returns what is remembered.
func (r *recent[K, V]) get(key K, now time.Time) (v V, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.find(key, now)
}

// find is get under the lock.
func (r *recent[K, V]) find(key K, now time.Time) (v V, ok bool) {
	if now.Sub(r.turned) >= r.keep || len(r.young) >= r.most {
		if now.Sub(r.turned) >= 2*r.keep {
			r.young = map[K]V{} // nobody asked for long: both are old
		}
		r.young, r.old, r.turned = map[K]V{}, r.young, now
	}
	if v, ok = r.young[key]; !ok {
		v, ok = r.old[key]
	}
	return v, ok
}

// put remembers a thing.
func (r *recent[K, V]) put(key K, v V, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.find(key, now)
	r.young[key] = v
}

// change remembers what fn makes of what is remembered, and returns it.
func (r *recent[K, V]) change(key K, now time.Time, fn func(v V, known bool) V) V {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, known := r.find(key, now)
	v = fn(v, known)
	r.young[key] = v
	return v
}

// forget drops a thing.
func (r *recent[K, V]) forget(key K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.young, key)
	delete(r.old, key)
}
