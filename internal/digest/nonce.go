package digest

import (
	"container/heap"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"io"
	"strings"
	"sync"
	"time"
)

// A nonce is 20 bytes: 6 bytes issue time (Unix ms), 4 random bytes, 10 bytes HMAC. It
// is written in 32 characters because CPEs keep it in small buffers: netcwmp, on which
// routers' firmware is built, cuts off what is longer.
const (
	nonceTime = 6
	nonceID   = nonceTime + 4
	nonceLen  = nonceID + 10
)

// nonceText has one case only, should a CPE change it, and needs no padding for nonceLen.
var nonceText = base32.HexEncoding.WithPadding(base32.NoPadding)

// maxSkew is how far in the future an issue time may lie: another node with
// the same key may have a faster clock.
const maxSkew = 5 * time.Second

// nonceKey identifies a nonce in the store: time and random part.
type nonceKey [nonceID]byte

// issued is the time the nonce was made, to the millisecond.
func (k nonceKey) issued() time.Time {
	var ms [8]byte
	copy(ms[8-nonceTime:], k[:nonceTime])
	return time.UnixMilli(int64(binary.BigEndian.Uint64(ms[:])))
}

// minter makes and recognises nonces without remembering them, so a flood of
// requests without credentials costs no memory.
type minter struct {
	key   []byte
	realm string
	rand  io.Reader
}

// mint makes a nonce issued at now.
func (m *minter) mint(now time.Time) string {
	var k nonceKey
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	copy(k[:nonceTime], ms[8-nonceTime:])
	if _, err := io.ReadFull(m.rand, k[nonceTime:]); err != nil {
		rand.Read(k[nonceTime:]) // never fails, says crypto/rand
	}
	return nonceText.EncodeToString(append(k[:], m.mac(k)...))
}

// open gives the key of a nonce this minter, or one of equal key, has made.
func (m *minter) open(nonce string) (nonceKey, bool) {
	var k nonceKey
	if len(nonce) != nonceText.EncodedLen(nonceLen) {
		return k, false
	}
	raw, err := nonceText.DecodeString(strings.ToUpper(nonce))
	if err != nil || len(raw) != nonceLen { // line ends are passed over
		return k, false
	}
	copy(k[:], raw)
	return k, hmac.Equal(raw[nonceID:], m.mac(k))
}

func (m *minter) mac(k nonceKey) []byte {
	h := hmac.New(sha256.New, m.key)
	h.Write(k[:])
	io.WriteString(h, m.realm)
	return h.Sum(nil)[:nonceLen-nonceID]
}

// window remembers which nonce counts were used: the highest and the 63 below
// it, because a CPE with two connections may deliver them out of order.
type window struct {
	high uint32
	bits uint64 // bit i: high-i was used
}

// accept marks nc as used; false when it was, or is too old to tell.
func (w *window) accept(nc uint32) bool {
	if nc > w.high {
		w.bits <<= min(nc-w.high, 64)
		w.high = nc
	}
	bit := uint64(1) << (w.high - nc) // 0 when 64 or more below
	if bit == 0 || w.bits&bit != 0 {
		return false
	}
	w.bits |= bit
	return true
}

// use is what the store knows of one nonce.
type use struct {
	key    nonceKey
	counts window
	spent  bool // used without a count: good for nothing more
}

// store holds the nonces that were used with the right password and have not
// expired.
type store struct {
	ttl time.Duration
	max int

	mu    sync.Mutex
	byKey map[nonceKey]*use // guarded by mu
	old   useHeap           // the same uses, oldest issue time first; guarded by mu
	floor time.Time         // nonces issued up to here and not in byKey are forgotten; guarded by mu
}

func newStore(ttl time.Duration, max int) *store {
	return &store{ttl: ttl, max: max, byKey: map[nonceKey]*use{}}
}

// spend uses the nonce with count nc, or with none when counted is false.
//
// Errors: ErrStale when it is expired, forgotten or spent, ErrReplay when the
// count was used before.
func (s *store) spend(k nonceKey, nc uint32, counted bool, now time.Time) error {
	age := now.Sub(k.issued())
	if age > s.ttl || age < -maxSkew {
		return ErrStale
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u, known := s.byKey[k]
	switch {
	case !known && !k.issued().After(s.floor):
		return ErrStale
	case known && (u.spent || !counted):
		return ErrStale
	case !known:
		u = s.remember(k, now)
	}
	u.spent = !counted
	if counted && !u.counts.accept(nc) {
		return ErrReplay
	}
	return nil
}

// remember adds a use, making room by forgetting what expired and then what is
// oldest. The floor rises with each one forgotten, so that forgetting makes a
// nonce unusable, never usable again. Caller holds mu.
func (s *store) remember(k nonceKey, now time.Time) *use {
	for len(s.old) > 0 {
		issued := s.old[0].key.issued()
		if len(s.old) < s.max && now.Sub(issued) <= s.ttl {
			break
		}
		if issued.After(s.floor) {
			s.floor = issued
		}
		delete(s.byKey, s.old[0].key)
		heap.Pop(&s.old)
	}
	u := &use{key: k}
	s.byKey[k] = u
	heap.Push(&s.old, u)
	return u
}

// useHeap orders uses by issue time, which leads the key.
type useHeap []*use

func (h useHeap) Len() int           { return len(h) }
func (h useHeap) Less(i, j int) bool { return string(h[i].key[:]) < string(h[j].key[:]) }
func (h useHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push implements [heap.Interface].
func (h *useHeap) Push(x any) { *h = append(*h, x.(*use)) }

// Pop implements [heap.Interface].
func (h *useHeap) Pop() any {
	last := len(*h) - 1
	u := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return u
}
