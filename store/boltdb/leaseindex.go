package boltdb

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"math"
	"net/netip"
	"slices"
	"sync"

	bolt "go.etcd.io/bbolt"

	"itms/store/internal/record"
)

// leaseIndex says where to look for leases by who holds them and by when they end. It is
// in memory and made anew when the file is opened: in the file each lease would touch
// three pages more at random places, and pages are what a commit costs: beside 100,000
// others, a batch of 256 new ones wrote 385 with indexes in the file, and writes 17.
//
// It says too much and never too little: an entry is added when a lease is put, committed
// or not, and stays when the lease changes. Whoever asks looks at the documents of his own
// snapshot. An index that has become mostly such remains is replaced by a new one.
type leaseIndex struct {
	seed    maphash.Seed
	mu      sync.RWMutex // guards what follows
	holders holderTable
	blocks  map[string]*leaseBlock // by the address without its last byte
	stale   int                    // leases that left entries behind
}

// leaseBlock is what is known of up to 256 neighbouring addresses.
type leaseBlock struct {
	due     uint64 // none of their leases ends before, ...
	raised  int    // ... as far as snapshots from this transaction on can tell
	changed int    // the last transaction that put or deleted one, committed or not
}

// staleMost is how many remains are not worth a new index.
const staleMost = 1 << 16

func newLeaseIndex() *leaseIndex {
	return &leaseIndex{seed: maphash.MakeSeed(), blocks: map[string]*leaseBlock{}}
}

// buildLeaseIndex makes the index of what is stored. A lease that cannot be read is no
// reason to keep everything else closed: whoever reads it is told.
func buildLeaseIndex(db *bolt.DB, log func(string, error)) (*leaseIndex, error) {
	x := newLeaseIndex()
	err := db.View(func(btx *bolt.Tx) error {
		return btx.Bucket([]byte(bucketNames[inLeases])).ForEach(func(key, doc []byte) error {
			head, err := record.ReadLeaseHead(doc)
			if err != nil {
				log("read the lease of "+readAddress(key).String(), err)
				return nil
			}
			x.note(key, record.LeaseHead{}, head, btx.ID())
			return nil
		})
	})
	return x, err
}

// renewLeaseIndex replaces an index that is mostly remains. Only the committer may, while
// nobody writes.
func (s *Store) renewLeaseIndex() {
	if !s.leases.Load().worn() {
		return
	}
	fresh, err := buildLeaseIndex(s.db, s.log)
	if err != nil {
		s.log("make a new index of the leases; the old one stays in use", err)
		return
	}
	s.leases.Store(fresh)
}

// worn reports whether the index is mostly remains.
func (x *leaseIndex) worn() bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.stale > staleMost && 2*x.stale > x.holders.used
}

// note adds what a lease is found by, which was another one before (Client nil = none).
func (x *leaseIndex) note(address []byte, was, is record.LeaseHead, tx int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !bytes.Equal(was.Client, is.Client) || was.MAC != is.MAC || was.Modem != is.Modem {
		if was.Client != nil {
			x.stale++
		}
		x.noteHolders(address, &is)
	}
	block := x.blocks[string(blockOf(address))]
	if block == nil {
		block = &leaseBlock{due: math.MaxUint64}
		x.blocks[string(blockOf(address))] = block
	}
	block.changed = tx
	if is.Client != nil {
		block.due = min(block.due, binary.BigEndian.Uint64(is.Due))
	}
}

// blockOf is the key of the block that an address is in.
func blockOf(address []byte) []byte { return address[:len(address)-1] }

// noteHolders adds a lease under its client, under its MAC when the client's key is
// another, and under the modem that the client is behind.
func (x *leaseIndex) noteHolders(address []byte, h *record.LeaseHead) {
	if h.Client == nil {
		return
	}
	x.holders.add(x.hash(h.Client), address)
	var buf [8]byte
	if own := record.AppendMACClient(buf[:0], h.MAC); !h.MAC.IsZero() && !bytes.Equal(own, h.Client) {
		x.holders.add(x.hash(macHolder(heldByMAC, h.MAC)), address)
	}
	if !h.Modem.IsZero() {
		x.holders.add(x.hash(macHolder(behind, h.Modem)), address)
	}
}

func (x *leaseIndex) hash(holder []byte) uint64 { return maphash.Bytes(x.seed, holder) }

// held returns the keys of addresses that may be a holder's.
func (x *leaseIndex) held(holder []byte) [][]byte {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.holders.find(x.hash(holder))
}

// dueBlock is a block with a lease that may end at a time, not before.
type dueBlock struct {
	key string
	due uint64
}

// ending returns the blocks in which a lease may end before a time, in order, for a
// snapshot.
func (x *leaseIndex) ending(before uint64, snapshot int) (list []dueBlock) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for key, b := range x.blocks {
		due := b.due
		if snapshot < b.raised {
			due = 0
		}
		if due < before {
			list = append(list, dueBlock{key, due})
		}
	}
	slices.SortFunc(list, func(a, b dueBlock) int { return cmp.Compare(a.due, b.due) })
	return list
}

// raise notes that in a snapshot no lease of a block ends before a time, unless one was
// put or deleted since.
func (x *leaseIndex) raise(key string, due uint64, snapshot int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if b := x.blocks[key]; b.changed <= snapshot && due > b.due {
		b.due, b.raised = due, snapshot
	}
}

// holderTable holds pairs of a hash and an address: an open table without pointers, as
// there may be millions. Different holders may have one hash.
type holderTable struct {
	slots []holderSlot // a power of two of them; empty = zero
	used  int
	long  [][16]byte // addresses of IPv6, by number
	known map[[16]byte]uint32
}

// holderSlot is one pair. The two lowest bits of the hash say that it is in use, and that
// the address is a number in long.
type holderSlot struct{ hash, addr uint32 }

// Marks of a slot.
const (
	slotUsed = 1
	slotLong = 2
)

// slotsLeast is how many slots a table begins with.
const slotsLeast = 1 << 10

// slot makes the pair.
func (t *holderTable) slot(hash uint64, address []byte) holderSlot {
	if len(address) == 5 {
		return holderSlot{uint32(hash)&^slotLong | slotUsed, binary.BigEndian.Uint32(address[1:])}
	}
	addr := [16]byte(address[1:])
	n, known := t.known[addr]
	if !known {
		if t.known == nil {
			t.known = map[[16]byte]uint32{}
		}
		n = uint32(len(t.long))
		t.known[addr], t.long = n, append(t.long, addr)
	}
	return holderSlot{uint32(hash) | slotLong | slotUsed, n}
}

// add adds a pair that may be there.
func (t *holderTable) add(hash uint64, address []byte) {
	if 4*t.used >= 3*len(t.slots) {
		t.grow()
	}
	t.insert(t.slot(hash, address))
}

// insert adds a slot, for which there is room.
func (t *holderTable) insert(s holderSlot) {
	for i := int(s.hash >> 2); ; i++ {
		switch at := &t.slots[i&(len(t.slots)-1)]; *at {
		case s:
			return
		case holderSlot{}:
			*at = s
			t.used++
			return
		}
	}
}

// grow doubles the table.
func (t *holderTable) grow() {
	old := t.slots
	t.slots, t.used = make([]holderSlot, max(2*len(old), slotsLeast)), 0
	for _, s := range old {
		if s != (holderSlot{}) {
			t.insert(s)
		}
	}
}

// find returns the keys of addresses that stand with a hash.
func (t *holderTable) find(hash uint64) (keys [][]byte) {
	if len(t.slots) == 0 {
		return nil
	}
	want := uint32(hash) | slotUsed | slotLong
	for i := int(want >> 2); ; i++ {
		s := t.slots[i&(len(t.slots)-1)]
		if s == (holderSlot{}) {
			return keys
		}
		if s.hash|slotLong != want {
			continue
		}
		if s.hash&slotLong != 0 {
			keys = append(keys, addressKey(netip.AddrFrom16(t.long[s.addr])))
		} else {
			keys = append(keys, binary.BigEndian.AppendUint32([]byte{4}, s.addr))
		}
	}
}
