package itms

import (
	"encoding/json"
	"time"
)

// Who may come onto the network: what an access server (NAS, BRAS) asks by RADIUS, and what
// the orders say to it.

// AccessRequest is who wants to come in.
type AccessRequest struct {
	Account string // user name without realm; "" = the MAC is what is asked for
	MAC     MAC    // of the caller; with an Account informative, may be zero
	Line    Line   // that the caller is on, as far as the access server tells
}

// AccessRefusal says why somebody may not come in. These words are labels of metrics and
// stand in events: they stay.
type AccessRefusal string

// Reasons of a refusal; the empty one is none.
const (
	RefusedNot        AccessRefusal = ""
	RefusedUnknown    AccessRefusal = "unknown"       // no service has that account, no order names that MAC
	RefusedPassword   AccessRefusal = "wrongPassword" // not that of the account
	RefusedLocked     AccessRefusal = "locked"        // too many wrong passwords
	RefusedSuspended  AccessRefusal = "suspended"
	RefusedTerminated AccessRefusal = "terminated"
	RefusedNotOrdered AccessRefusal = "notOrdered" // reserved, and no order is being carried out
	RefusedBlocked    AccessRefusal = "blocked"    // an operator blocked the device
	RefusedLine       AccessRefusal = "wrongLine"  // the service is on another line
	RefusedNoRule     AccessRefusal = "noRule"     // no rule of the configuration is for it
	RefusedMethod     AccessRefusal = "method"     // proves itself in a way that is not served
)

// AccessStanding is what the orders say to a request. The password is in clear and lives in
// memory only.
type AccessStanding struct {
	Service *Service // nil = of nobody's service
	Device  *Device  // nil = not known
	// Password is that of the account; zero = it has none, and nobody gets in by it.
	Password Secret
	// Refusal is why not, but for the password, which is the door's to check.
	Refusal AccessRefusal
}

// AccessKind marks outbox rows by which a session on the network is looked at again: the
// RADIUS door asks for its standing and tells the access server what follows from it.
const AccessKind = "radius"

// AccessChange is the body of such a row. It says which session, not what to do: by the
// time it is delivered more may have changed.
type AccessChange struct {
	Session AccessSessionID `json:"session"`
	Service ServiceID       `json:"service,omitempty"`
	Order   OrderID         `json:"order,omitempty"` // whose doing it is
	// End ends the session whatever its standing: an operator's wish.
	End   bool   `json:"end,omitempty"`
	Actor string `json:"actor,omitempty"`
}

// Delivery is the outbox row of a change to a session; rows of one session are delivered
// one after the other.
func (c AccessChange) Delivery(s *AccessSession, now time.Time) *Delivery {
	body, err := json.Marshal(c)
	if err != nil {
		panic("itms: an access change is no JSON: " + err.Error()) // it is made of texts
	}
	return &Delivery{ID: NewID(now), Stream: AccessKind + "/" + string(s.ID), Kind: AccessKind,
		Target: "radius://" + s.NAS.String(), Body: body, Due: now, QueuedAt: now}
}
