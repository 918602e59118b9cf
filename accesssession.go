package itms

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"net/url"
	"time"
)

// AccessSessionID names a session of the network's access, as its access server (NAS)
// tells of it by RADIUS accounting.
type AccessSessionID string

// maxSessionID bounds the part of an AccessSessionID that the NAS says: what is longer is
// named by its hash. Real ones have 8 to 32 characters.
const maxSessionID = 128

// NewAccessSessionID makes the id from the address of the NAS and its Acct-Session-Id
// (RFC 2866 §5.5), which is unique for that NAS.
func NewAccessSessionID(nas netip.Addr, session string) AccessSessionID {
	name := url.PathEscape(session)
	if len(name) > maxSessionID {
		sum := sha256.Sum256([]byte(session))
		name = "sha256." + hex.EncodeToString(sum[:])
	}
	return AccessSessionID(nas.Unmap().WithZone("").String() + "~" + name)
}

// AccessSession is one stay of a subscriber on the network. It is written by the RADIUS
// server alone, from what access servers tell.
type AccessSession struct {
	ID      AccessSessionID `json:"id"`
	NAS     netip.Addr      `json:"nas"`               // address that the accounting comes from
	NASName string          `json:"nasName,omitempty"` // of the configuration
	NASID   string          `json:"nasId,omitempty"`   // NAS-Identifier, or NAS-IP-Address in words
	Session string          `json:"session"`           // Acct-Session-Id
	// User is the User-Name as the NAS knows it: it finds its session by it.
	User    string       `json:"user,omitempty"`
	Account string       `json:"account,omitempty"` // User without realm; "" when a MAC was authenticated
	MAC     MAC          `json:"mac,omitzero"`      // Calling-Station-Id, or the User-Name that is one
	Service ServiceID    `json:"service,omitempty"` // "" = of nobody's service
	IP      netip.Addr   `json:"ip,omitzero"`
	Prefix  netip.Prefix `json:"prefix,omitzero"` // delegated or framed IPv6 prefix
	PortID  string       `json:"portId,omitempty"`
	Line    Line         `json:"line,omitzero"` // as PortID is read
	// Granted is a digest of the attributes that the NAS was last given for the session; ""
	// = not known.
	Granted string    `json:"granted,omitempty"`
	Rule    string    `json:"rule,omitempty"` // of the configuration that let it in
	Started time.Time `json:"started"`
	Updated time.Time `json:"updated"`        // last word of the NAS, as stored: counters are written now and then
	Ended   time.Time `json:"ended,omitzero"` // zero = it lasts
	Cause   string    `json:"cause,omitempty"`
	// Seconds, InOctets and OutOctets are what the NAS counted: in from the subscriber, out
	// to the subscriber.
	Seconds   int64  `json:"seconds,omitempty"`
	InOctets  uint64 `json:"inOctets,omitempty"`
	OutOctets uint64 `json:"outOctets,omitempty"`
}

// Active reports whether the session lasts, as far as the NAS told.
func (s *AccessSession) Active() bool { return s.Ended.IsZero() }

// AccessSessionQuery selects a page of sessions: those that last first, each group with the
// one that started last first. The first filter that is given of Service, Account, MAC, IP
// and NAS is looked up; the others are applied to what it finds.
type AccessSessionQuery struct {
	Service ServiceID
	Account string
	MAC     MAC
	IP      netip.Addr
	NAS     netip.Addr
	Active  bool // only those that last
	// After is the last session of the page before; zero = from the start.
	After AccessSessionPlace
	Limit int
}

// AccessSessionPlace is where a session stands in lists.
type AccessSessionPlace struct {
	Active  bool
	Started time.Time
	ID      AccessSessionID // "" = before all
}

// Place is where the session stands in lists.
func (s *AccessSession) Place() AccessSessionPlace {
	return AccessSessionPlace{s.Active(), s.Started, s.ID}
}

// Selects reports whether a session is one that the filters ask for; the place is not
// looked at.
func (q *AccessSessionQuery) Selects(s *AccessSession) bool {
	return (q.Service == "" || q.Service == s.Service) && (q.Account == "" || q.Account == s.Account) &&
		(q.MAC.IsZero() || q.MAC == s.MAC) && (!q.IP.IsValid() || q.IP == s.IP) && (!q.NAS.IsValid() || q.NAS == s.NAS) &&
		(!q.Active || s.Active())
}

// AccessSessions holds what access servers tell of who is on the network.
type AccessSessions interface {
	// Get returns the session or KindNotFound.
	Get(id AccessSessionID) (*AccessSession, error)
	// Put inserts or replaces. It wakes nobody. What the NAS says of User, Account, Session
	// and ports is made storable.
	Put(s *AccessSession) error
	// List returns a page of sessions.
	List(q AccessSessionQuery) ([]*AccessSession, error)
	// Silent returns sessions that last and have Updated < before, the one that is silent
	// longest first.
	Silent(before time.Time, limit int) ([]*AccessSession, error)
	// Trim removes up to limit sessions with Ended < before, those that ended first first,
	// and returns how many went.
	Trim(before time.Time, limit int) (int, error)
}
