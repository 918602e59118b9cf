package docsis

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"hash"
	"net/netip"
	"strings"
	"sync"
	"time"

	"itms"
)

// Namer makes the names of configuration files and opens them. A name is
//
//	base32( tag[16] | body[8] )    39 characters of a-z and 2-7
//
// where tag is the first half of HMAC-SHA-256 over what the file is for: address, period,
// MAC, class and nonce of the lease; and body is address and period, encrypted under the
// tag (the construction of RFC 5297: a synthetic initialisation vector). So a name says
// nothing, cannot be guessed, and any node tells from it alone whose it is and how old it
// is, without anything being stored. Safe for concurrent use.
type Namer struct {
	rotate time.Duration
	macs   sync.Pool // of *tagger
	body   cipher.Block
}

// nameCoding is safe for every file name rule in the field: one case, letters and digits.
var nameCoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

const (
	tagSize  = 16
	bodySize = 8 // IPv4 address, number of the period
	nameSize = (8*(tagSize+bodySize) + 4) / 5
	// Periods that a name is good for: the one it was made in and the next, so that a boot
	// across the change works.
	namePeriods = 2
)

// NewNamer makes a Namer with a key of any length; two with the same key open each other's
// names. rotate is the length of a period.
func NewNamer(key []byte, rotate time.Duration) (*Namer, error) {
	sub := func(purpose string) []byte {
		m := hmac.New(sha256.New, key)
		m.Write([]byte("itms file names: " + purpose))
		return m.Sum(nil)
	}
	body, err := aes.NewCipher(sub("body"))
	if err != nil {
		return nil, itms.Errorf(itms.KindInternal, itms.CodeInternal, "key of file names").Because(err)
	}
	n := &Namer{rotate: rotate, body: body}
	tagKey := sub("tag")
	n.macs.New = func() any { return &tagger{hash: hmac.New(sha256.New, tagKey)} }
	return n, nil
}

// tagger is the working memory of one name.
type tagger struct {
	hash   hash.Hash
	sum    []byte
	in     []byte
	stream [aes.BlockSize]byte
	raw    [tagSize + bodySize]byte
}

// period is the number of the period of a time.
func (n *Namer) period(at time.Time) uint32 { return uint32(at.UnixNano() / int64(n.rotate)) }

// Name is the name of the file that the holder of a lease is to fetch, made at a time.
func (n *Namer) Name(l *itms.Lease, at time.Time) string {
	t := n.macs.Get().(*tagger)
	defer n.macs.Put(t)
	period := n.period(at)
	tag := t.tag(l, period)
	copy(t.raw[:], tag)
	addr := l.Address.As4()
	copy(t.raw[tagSize:], addr[:])
	binary.BigEndian.PutUint32(t.raw[tagSize+4:], period)
	n.cover(t)
	return nameCoding.EncodeToString(t.raw[:])
}

// tag authenticates what a name is for.
func (t *tagger) tag(l *itms.Lease, period uint32) []byte {
	addr := l.Address.As4()
	t.in = append(t.in[:0], addr[:]...)
	t.in = binary.BigEndian.AppendUint32(t.in, period)
	t.in = append(t.in, l.MAC[:]...)
	t.in = append(append(t.in, l.Class...), 0)
	t.in = append(t.in, l.Nonce...)
	t.hash.Reset()
	t.hash.Write(t.in)
	t.sum = t.hash.Sum(t.sum[:0])
	return t.sum[:tagSize]
}

// cover encrypts, or decrypts, the body of t.raw.
func (n *Namer) cover(t *tagger) {
	n.body.Encrypt(t.stream[:], t.raw[:tagSize])
	subtle.XORBytes(t.raw[tagSize:], t.raw[tagSize:], t.stream[:bodySize])
}

// Fault says what is wrong with a file name.
type Fault string

// What can be wrong with a name. The client is told "file not found" in each case.
const (
	FaultNone       Fault = ""
	FaultUnknown    Fault = "unknown name"                          // nobody was given it
	FaultAddress    Fault = "asked from another address"            // it belongs to another lease
	FaultExpired    Fault = "name expired"                          // of a period that is over
	FaultSpent      Fault = "name was used"                         // where names are good for once
	FaultSuperseded Fault = "class changed since the name was made" // the client must start anew
	FaultLease      Fault = "lease ended"                           // nobody holds the address
)

// Hint is what a name claims without proof: the address of the lease it was made for and
// its period.
type Hint struct {
	Address netip.Addr
	period  uint32
	raw     [tagSize + bodySize]byte
}

// Read takes a name apart, in whatever case a device writes it; false when no name looks
// like it. What it claims is proved by Check alone.
func (n *Namer) Read(name string) (Hint, bool) {
	var h Hint
	if len(name) != nameSize {
		return h, false
	}
	name = strings.ToLower(name)
	var raw [tagSize + bodySize]byte
	if _, err := nameCoding.Decode(raw[:], []byte(name)); err != nil {
		return h, false
	}
	var again [nameSize]byte
	if nameCoding.Encode(again[:], raw[:]); string(again[:]) != name {
		return h, false // bits of the last character that stand for nothing
	}
	t := n.macs.Get().(*tagger)
	defer n.macs.Put(t)
	t.raw = raw
	n.cover(t)
	h.raw = t.raw
	h.Address = netip.AddrFrom4([4]byte(t.raw[tagSize:]))
	h.period = binary.BigEndian.Uint32(t.raw[tagSize+4:])
	return h, true
}

// Check says whether a name was made for a lease, and may be used from an address at a
// time. The comparison takes the same time whatever the name.
func (n *Namer) Check(h Hint, l *itms.Lease, from netip.Addr, at time.Time) Fault {
	t := n.macs.Get().(*tagger)
	defer n.macs.Put(t)
	genuine := subtle.ConstantTimeCompare(t.tag(l, h.period), h.raw[:tagSize]) == 1
	age := n.period(at) - h.period // wraps: a period to come is far away
	switch {
	case !genuine:
		return FaultUnknown
	case from != l.Address:
		return FaultAddress
	case age >= namePeriods:
		return FaultExpired
	}
	return FaultNone
}
