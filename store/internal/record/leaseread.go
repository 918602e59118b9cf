package record

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"slices"
	"time"

	"itms"
)

// LeaseHead is the beginning of a lease's document. What it holds lies in the document.
// Of the zero value Client is nil: that is no lease.
type LeaseHead struct {
	Due        []byte // when the lease ends, as AppendInstant writes it
	MAC, Modem itms.MAC
	Client     []byte // as AppendClient writes it
	Group      []byte // scope and class: the same bytes for the same ones
	state      byte
	rest       []byte
}

// State is the state of the lease.
func (h *LeaseHead) State() itms.LeaseState { return leaseStates[h.state] }

// Expires is when the lease ends.
func (h *LeaseHead) Expires() time.Time { return ReadInstant(h.Due) }

// ClientKey is the client as text.
func (h *LeaseHead) ClientKey() string {
	switch h.Client[0] {
	case clientMAC:
		return "m:" + itms.MAC(h.Client[1:]).Key()
	case clientID:
		return "i:" + hex.EncodeToString(h.Client[2:])
	}
	return string(h.Client[1 : len(h.Client)-1])
}

// ScopeClass takes the scope and the class out of Group.
func (h *LeaseHead) ScopeClass() (scope, class string) {
	r := leaseReader{doc: h.Group}
	return r.text(), r.text()
}

// InGroup reports whether the lease has the scope and the class; "" = any.
func (h *LeaseHead) InGroup(scope, class string) bool {
	r := leaseReader{doc: h.Group}
	have, of := r.raw(), r.raw()
	return (scope == "" || string(have) == scope) && (class == "" || string(of) == class)
}

// ReadLeaseHead reads the beginning of a lease's document. It fails with KindInternal on
// a damaged document, and on one that a newer program wrote.
func ReadLeaseHead(doc []byte) (h LeaseHead, err error) {
	if len(doc) > 0 && doc[0] != leaseVersion {
		return h, itms.Errorf(itms.KindInternal, itms.CodeInternal,
			"a stored lease has the form %d and this program knows %d only: start the newer program", doc[0], leaseVersion)
	}
	if len(doc) < leaseClient || doc[1] == 0 || int(doc[1]) >= len(leaseStates) {
		return h, damagedLease()
	}
	h.state, h.Due = doc[1], doc[leaseDue:leaseMAC]
	h.MAC, h.Modem = itms.MAC(doc[leaseMAC:leaseModem]), itms.MAC(doc[leaseModem:leaseClient])
	r := leaseReader{doc: doc[leaseClient:]}
	h.Client = r.client()
	group := r.doc
	r.raw()
	r.raw()
	if r.bad {
		return LeaseHead{}, damagedLease()
	}
	h.Group, h.rest = group[:len(group)-len(r.doc)], r.doc
	return h, nil
}

func damagedLease() error {
	return itms.Errorf(itms.KindInternal, itms.CodeInternal, "decode a stored lease: damaged data")
}

// DecodeLease is the reverse of LeaseDoc. It fails as ReadLeaseHead does.
func DecodeLease(doc []byte) (*itms.Lease, error) {
	h, err := ReadLeaseHead(doc)
	if err != nil {
		return nil, err
	}
	l := &itms.Lease{State: h.State(), MAC: h.MAC, Modem: h.Modem, Client: h.ClientKey(), ExpiresAt: h.Expires()}
	l.Scope, l.Class = h.ScopeClass()
	r := leaseReader{doc: h.rest}
	l.Address, l.Relay = r.addr(), r.addr()
	l.Kind = itms.ClientKind(r.text())
	for _, s := range [...]*string{&l.ClientID, &l.Circuit, &l.Remote, &l.Hostname, &l.Vendor, &l.Provision, &l.Nonce, &l.Spent} {
		*s = r.text()
	}
	l.StartedAt, l.RenewedAt = r.time(), r.time()
	if r.bad || len(r.doc) > 0 || !LeaseAddress(l.Address) {
		return nil, damagedLease()
	}
	return l, nil
}

// leaseReader reads parts of a document; what is bad stays so.
type leaseReader struct {
	doc []byte
	bad bool
}

// take returns the next n bytes.
func (r *leaseReader) take(n uint64) []byte {
	if n > uint64(len(r.doc)) {
		r.bad, r.doc = true, nil
		return nil
	}
	b := r.doc[:n]
	r.doc = r.doc[n:]
	return b
}

// length reads the number before a text.
func (r *leaseReader) length() uint64 {
	n, size := binary.Uvarint(r.doc)
	if size <= 0 {
		r.bad, r.doc = true, nil
		return 0
	}
	r.doc = r.doc[size:]
	return n
}

// raw reads a text that is not hex, in the document.
func (r *leaseReader) raw() []byte {
	n := r.length()
	r.bad = r.bad || n&1 != 0
	return r.take(n >> 1)
}

// text reads a text.
func (r *leaseReader) text() string {
	n := r.length()
	if b := r.take(n >> 1); n&1 == 0 {
		return string(b)
	} else {
		return hex.EncodeToString(b)
	}
}

// client reads a client's key, as written.
func (r *leaseReader) client() []byte {
	n := 0
	switch {
	case len(r.doc) < 2:
	case r.doc[0] == clientMAC:
		n = 1 + len(itms.MAC{})
	case r.doc[0] == clientID:
		n = 2 + int(r.doc[1])
	case r.doc[0] == clientText:
		n = bytes.IndexByte(r.doc, 0) + 1
	}
	r.bad = r.bad || n == 0
	return r.take(uint64(n))
}

// addr reads an address.
func (r *leaseReader) addr() netip.Addr {
	n := r.take(1)
	if len(n) == 0 || n[0] == 0 {
		return netip.Addr{}
	}
	a, ok := netip.AddrFromSlice(r.take(uint64(n[0])))
	r.bad = r.bad || !ok || a.Is4In6()
	return a
}

// time reads a time.
func (r *leaseReader) time() time.Time {
	us, size := binary.Varint(r.doc)
	if size <= 0 {
		r.bad, r.doc = true, nil
		return time.Time{}
	}
	r.doc = r.doc[size:]
	return time.UnixMicro(us).UTC()
}

// LeaseCounts puts counts in order of scope and class.
func LeaseCounts(groups map[string]*itms.LeaseCount) (list []itms.LeaseCount) {
	for _, c := range groups {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b itms.LeaseCount) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Class, b.Class))
	})
	return list
}
