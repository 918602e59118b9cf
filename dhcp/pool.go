package dhcp

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"slices"
)

// pool is a range of addresses, with a bit for each that is busy: leased, offered,
// declined, reserved, or not to be given at all. It is guarded by the lock of its space.
type pool struct {
	scope   *scope
	classes []string // none = all
	first   uint32
	size    int
	bits    []uint64     // set = busy; those past size are set
	busy    int          // set bits below size
	cursor  int          // where the search for the next free one begins
	never   map[int]bool // those that are busy for ever
}

// newPool returns a pool with all addresses free.
func newPool(s *scope, p Pool) *pool {
	first, last := number4(p.First), number4(p.Last)
	size := int(last-first) + 1
	n := &pool{scope: s, classes: p.Classes, first: first, size: size, bits: make([]uint64, (size+63)/64), never: map[int]bool{}}
	for i := size; i < 64*len(n.bits); i++ {
		n.bits[i/64] |= 1 << (i % 64)
	}
	return n
}

// number4 is an IPv4 address as a number.
func number4(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

// address4 is the reverse of number4.
func address4(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// serves reports whether the pool is for a class.
func (p *pool) serves(class string) bool {
	return len(p.classes) == 0 || slices.Contains(p.classes, class)
}

// index is the place of an address in the pool, and whether it has one.
func (p *pool) index(addr netip.Addr) (int, bool) {
	n := number4(addr)
	if n < p.first || n-p.first >= uint32(p.size) {
		return 0, false
	}
	return int(n - p.first), true
}

// taken reports whether the i-th address is busy.
func (p *pool) taken(i int) bool { return p.bits[i/64]&(1<<(i%64)) != 0 }

// take makes the i-th address busy, and reports whether it was free.
func (p *pool) take(i int) bool {
	if p.taken(i) {
		return false
	}
	p.bits[i/64] |= 1 << (i % 64)
	p.busy++
	return true
}

// keep makes the i-th address busy for ever.
func (p *pool) keep(i int) {
	p.never[i] = true
	p.take(i)
}

// reset frees all that is not busy for ever.
func (p *pool) reset() {
	fresh := newPool(p.scope, Pool{First: address4(p.first), Last: address4(p.first + uint32(p.size) - 1)})
	p.bits, p.busy = fresh.bits, 0
	for i := range p.never {
		p.take(i)
	}
}

// free makes the i-th address free.
func (p *pool) free(i int) {
	if p.taken(i) {
		p.bits[i/64] &^= 1 << (i % 64)
		p.busy--
	}
}

// next takes the next free address after the one taken last: clients that come together
// get neighbours, whose leases are neighbours in storage.
func (p *pool) next() (netip.Addr, bool) {
	if p.busy == p.size {
		return netip.Addr{}, false
	}
	for w, word := p.cursor/64, p.bits[p.cursor/64]|(1<<(p.cursor%64)-1); ; {
		if word != ^uint64(0) {
			i := 64*w + bits.TrailingZeros64(^word)
			p.take(i)
			p.cursor = (i + 1) % p.size
			return address4(p.first + uint32(i)), true
		}
		w = (w + 1) % len(p.bits)
		word = p.bits[w]
	}
}
