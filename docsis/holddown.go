package docsis

import (
	"sync"
	"time"
)

const (
	// holdDownFor is for how long the same event of the same client is not told again.
	holdDownFor = time.Minute
	// maxHeld bounds what is remembered; beyond it everything is forgotten and told again.
	maxHeld = 16384
)

// holdDown keeps a client that asks again and again from filling the journal.
type holdDown struct {
	mu   sync.Mutex
	told map[string]time.Time
}

func newHoldDown() *holdDown { return &holdDown{told: map[string]time.Time{}} }

// first reports whether the event was not told lately, and notes that it is now.
func (h *holdDown) first(key string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if at, ok := h.told[key]; ok && now.Sub(at) < holdDownFor {
		return false
	}
	if len(h.told) >= maxHeld {
		clear(h.told)
	}
	h.told[key] = now
	return true
}
