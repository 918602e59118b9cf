package itms

import "time"

// BindingID names one binding.
type BindingID string

// BindingState is the life of the tie between a service slot and a device.
type BindingState string

// Binding states. Claimed and bound are "in force": credentials of the service may
// go to the device in these two only (invariant I5).
const (
	BindingPrebound  BindingState = "prebound"  // an order names the device; not in contact yet
	BindingClaimed   BindingState = "claimed"   // the device is here; configuration under way
	BindingBound     BindingState = "bound"     // verified
	BindingReleasing BindingState = "releasing" // replaced or cancelled; to be wiped
	BindingReleased  BindingState = "released"  // over; never returns
	BindingConflict  BindingState = "conflict"  // contradicts another; an operator's move
)

// InForce reports whether credentials may go to the device.
func (s BindingState) InForce() bool { return s == BindingClaimed || s == BindingBound }

// Open reports whether the binding still matters to its slot.
func (s BindingState) Open() bool { return s == BindingPrebound || s.InForce() }

// BindWay is how a device came to be tied to a slot.
type BindWay string

// Ways of binding.
const (
	BySTBID   BindWay = "stbid"    // the order named the STBID
	ByMAC     BindWay = "mac"      // the order named the MAC address
	BySerial  BindWay = "serial"   // the order named the serial number
	ByLOID    BindWay = "loid"     // the gateway registered with the order's LOID
	ByBoxCode BindWay = "code"     // an activation code typed on the device
	ByPhone   BindWay = "phone"    // an activation code sent by the technician's phone
	ByLine    BindWay = "line"     // line evidence
	ByHand    BindWay = "operator" // an operator
)

// Binding ties a service slot to a device. Engines enforce that a device has at
// most one binding in force (I2), and a slot at most one binding in each of the
// states prebound, claimed and bound (I1).
type Binding struct {
	ID      BindingID    `json:"id"`
	Service ServiceID    `json:"service"`
	Order   OrderID      `json:"order"` // the order that made it
	Gen     int          `json:"gen"`   // grows per slot
	State   BindingState `json:"state"`
	Claim   DeviceClaim  `json:"claim"`           // the device that the order names
	Device  DeviceID     `json:"device,omitzero"` // set from claimed on
	Way     BindWay      `json:"way,omitempty"`   // set from claimed on
	LOID    string       `json:"loid,omitempty"`  // keyed fingerprint of the logical id that names the device
	// ReleasedBy is the order that ended it; empty for an operator's act.
	ReleasedBy OrderID   `json:"releasedBy,omitempty"`
	CreatedAt  time.Time `json:"createdAt"`
	UpdatedAt  time.Time `json:"updatedAt"`
}

// DeviceClaim is how an order names a device. Several may be given; the strongest
// that is given must match: STBID, then MAC, then serial number.
type DeviceClaim struct {
	STBID  STBID  `json:"stbId,omitempty"`
	MAC    MAC    `json:"mac,omitzero"`
	Serial string `json:"serial,omitempty"`
	Model  string `json:"model,omitempty"` // informative
}

// IsZero reports whether no device is named.
func (c DeviceClaim) IsZero() bool { return c.STBID == "" && c.MAC.IsZero() && c.Serial == "" }

// Address returns the MAC that is named, else the one inside the STBID.
func (c DeviceClaim) Address() MAC {
	if c.MAC.IsZero() {
		return c.STBID.MAC()
	}
	return c.MAC
}

// Terms lists the names by which a device may be recognised as the claimed one.
// The MAC inside an STBID counts: boxes often report one of the two only.
func (c DeviceClaim) Terms() []Term {
	return compactTerms(Term{TermSTBID, string(c.STBID)}, Term{TermMAC, c.Address().Key()}, Term{TermSerial, c.Serial})
}

// Matches reports whether d is the named device: each identifier that both sides
// know decides in the order STBID, MAC, serial number; the first that both know
// wins, and when none is known by both it is no match.
func (c DeviceClaim) Matches(d *Device) bool {
	if c.STBID != "" && d.STBID != "" {
		return c.STBID == d.STBID
	}
	mac := c.Address()
	if have := d.MAC; !mac.IsZero() && (!have.IsZero() || d.STBID != "") {
		if have.IsZero() {
			have = d.STBID.MAC()
		}
		return mac == have
	}
	return c.Serial != "" && c.Serial == d.ID.Serial
}

// Terms lists what an open binding can be found by; a closed one by nothing.
func (b *Binding) Terms() []Term {
	if !b.State.Open() {
		return nil
	}
	return compactTerms(append(b.Claim.Terms(), Term{TermLOID, b.LOID}, Term{TermMACTail, b.Claim.Address().Tail()})...)
}

// BindRequest is an operator's wish to tie a device to a slot. Exactly one of Order
// and Service is given.
type BindRequest struct {
	Order   OrderID   // a waiting order
	Service ServiceID // a slot without a device
	Force   bool      // release the device from whatever holds it
	Reason  string    // for the audit; required with Force
}
