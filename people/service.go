package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"

	"golang.org/x/sync/semaphore"

	"itms"
)

// Options are the parts a Service is made of; Store and Key are required.
type Options struct {
	Store itms.Store
	Key   []byte           // signs what known browsers hold; the same on all nodes
	Cost  Cost             // of passwords; the zero one = DefaultCost
	Idle  time.Duration    // a session that is not used for so long is over; 0 = DefaultIdle
	Life  time.Duration    // a session is over after that in any case; 0 = DefaultLife
	Clock func() time.Time // nil = time.Now
}

// Lifetimes of sessions when nothing else is said: a break, and a shift with what comes
// before and after.
const (
	DefaultIdle = 2 * time.Hour
	DefaultLife = 12 * time.Hour
)

// hashesAtOnce bounds the passwords that are checked at once: each costs 64 MiB and 0.1 s
// of the processors that devices are served with.
const hashesAtOnce = 2

// Service knows the people. Everything durable is in the store.
type Service struct {
	store   itms.Store
	cost    Cost
	idle    time.Duration
	life    time.Duration
	clock   func() time.Time
	key     []byte
	limits  *limits
	hashing *semaphore.Weighted
	nobody  string // hash that the passwords of unknown names are checked against
}

// New makes a Service.
func New(o Options) *Service {
	if o.Cost == (Cost{}) {
		o.Cost = DefaultCost
	}
	if o.Idle <= 0 {
		o.Idle = DefaultIdle
	}
	if o.Life <= 0 {
		o.Life = DefaultLife
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	salt, key := make([]byte, saltSize), make([]byte, hashSize)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	_, _ = rand.Read(key)
	return &Service{store: o.Store, cost: o.Cost, idle: o.Idle, life: o.Life, clock: o.Clock, key: o.Key, limits: newLimits(o.Clock),
		hashing: semaphore.NewWeighted(hashesAtOnce), nobody: o.Cost.encode(salt, key)}
}

// now is the time in stored precision.
func (s *Service) now() time.Time { return itms.Timestamp(s.clock()) }

// randomText is 256 random bits, as a cookie may hold them.
func randomText() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

// hashText is the key that a random text is stored under. A plain hash is enough for 256
// random bits.
func hashText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// verify is Cost.verify, a few at once.
func (s *Service) verify(ctx context.Context, password, stored string) (right, stale bool, err error) {
	if err := s.hashing.Acquire(ctx, 1); err != nil {
		return false, false, err
	}
	defer s.hashing.Release(1)
	return s.cost.verify(password, stored)
}

// hash is Cost.hash, a few at once.
func (s *Service) hash(ctx context.Context, password string) (string, error) {
	if err := s.hashing.Acquire(ctx, 1); err != nil {
		return "", err
	}
	defer s.hashing.Release(1)
	return s.cost.hash(password), nil
}
