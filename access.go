package itms

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
