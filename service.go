package itms

import (
	"net/url"
	"time"
)

// ServiceID names one service slot of a subscriber, as the BSS numbers it.
type ServiceID string

// ParseServiceID validates a service id.
func ParseServiceID(s string) (ServiceID, error) {
	if err := CheckKey("/service/id", s); err != nil {
		return "", err
	}
	return ServiceID(s), nil
}

// ServiceState is the life of a service slot.
type ServiceState string

// Service states.
const (
	ServiceReserved   ServiceState = "reserved" // ordered, not yet working
	ServiceActive     ServiceState = "active"   // verified on a device
	ServiceSuspended  ServiceState = "suspended"
	ServiceTerminated ServiceState = "terminated"
)

// ServiceType says what is delivered.
type ServiceType string

// Service types.
const (
	ServiceIPTV     ServiceType = "iptv"
	ServiceInternet ServiceType = "internet"
	ServiceVoIP     ServiceType = "voip"
)

// ServiceSpec is the content of a service with its secrets in clear: what an order
// carries in and what a profile turns into parameter values. It lives in memory
// only; Service is its stored form.
type ServiceSpec struct {
	ID            ServiceID   `json:"id"`
	Type          ServiceType `json:"type"`
	Package       string      `json:"package,omitempty"`
	Account       string      `json:"account,omitempty"`
	Password      Secret      `json:"password,omitzero"`
	AuthURL       string      `json:"authUrl,omitempty"`
	AuthURLBackup string      `json:"authUrlBackup,omitempty"`
	Access        AccessSpec  `json:"access,omitzero"`
}

// AccessType says how the device gets onto the network.
type AccessType string

// Access types.
const (
	AccessPPPoE  AccessType = "pppoe"
	AccessIPoE   AccessType = "ipoe"
	AccessDHCP   AccessType = "dhcp"
	AccessStatic AccessType = "static"
)

// AccessSpec is the network access of a service, secrets in clear.
type AccessSpec struct {
	Type     AccessType `json:"type,omitempty"`
	Account  string     `json:"account,omitempty"`
	Password Secret     `json:"password,omitzero"`
	DownKbps int        `json:"downKbps,omitempty"` // kbit/s, 0 = not limited here
	UpKbps   int        `json:"upKbps,omitempty"`   // kbit/s
}

// Subscriber is who the service is for.
type Subscriber struct {
	ID      string `json:"id"`
	Name    string `json:"name,omitempty"`
	Phone   string `json:"phone,omitempty"`
	Address string `json:"address,omitempty"`
}

// Line is where the service is delivered.
type Line struct {
	Area string `json:"area,omitempty"` // administrative area code, e.g. "510100"
	Node string `json:"node,omitempty"`
	Port string `json:"port,omitempty"`
	VLAN int    `json:"vlan,omitempty"` // 0 = none, else 1-4094
}

// Place shows node and port to people.
func (l Line) Place() string { return l.Node + " " + l.Port }

// Key is the line as a term: node and port, "" when either is unknown.
func (l Line) Key() string {
	if l.Node == "" || l.Port == "" {
		return ""
	}
	return url.PathEscape(l.Node) + "/" + url.PathEscape(l.Port)
}

// Service is one service slot as stored: secrets sealed.
type Service struct {
	ID            ServiceID         `json:"id"`
	Type          ServiceType       `json:"type"`
	Package       string            `json:"package,omitempty"`
	Account       string            `json:"account,omitempty"`
	Password      Sealed            `json:"password,omitempty"`
	AuthURL       string            `json:"authUrl,omitempty"`
	AuthURLBackup string            `json:"authUrlBackup,omitempty"`
	Access        Access            `json:"access,omitzero"`
	Subscriber    Subscriber        `json:"subscriber"`
	Line          Line              `json:"line,omitzero"`
	Attributes    map[string]string `json:"attributes,omitempty"`
	State         ServiceState      `json:"state"`
	DesiredRev    int               `json:"desiredRev"`      // grows with each change of content
	AppliedRev    int               `json:"appliedRev"`      // last revision verified on the device
	Gen           int               `json:"gen"`             // generation of the newest binding of the slot
	Order         OrderID           `json:"order,omitempty"` // the order that was admitted to the slot last
	// Busy is set while that order is not over, so that a session need not look.
	Busy bool `json:"busy,omitempty"`
	// Seqs is, by source, the highest sequence number of an order that acted on the slot.
	Seqs map[string]int64 `json:"seqs,omitempty"`
	// Neighbours is, by name, what neighbouring systems were told of it last.
	Neighbours map[string]NeighbourTold `json:"neighbours,omitempty"`
	CreatedAt  time.Time                `json:"createdAt"`
	UpdatedAt  time.Time                `json:"updatedAt"`
}

// Access is AccessSpec as stored.
type Access struct {
	Type     AccessType `json:"type,omitempty"`
	Account  string     `json:"account,omitempty"`
	Password Sealed     `json:"password,omitempty"`
	DownKbps int        `json:"downKbps,omitempty"`
	UpKbps   int        `json:"upKbps,omitempty"`
}

// Terms lists what the service can be found by.
func (s *Service) Terms() []Term {
	return compactTerms(
		Term{TermAccount, s.Account}, Term{TermAccount, s.Access.Account},
		Term{TermSubscriber, s.Subscriber.ID}, Term{TermPhone, PhoneDigits(s.Subscriber.Phone)},
		Term{TermName, NameKey(s.Subscriber.Name)}, Term{TermLine, s.Line.Key()})
}

// PhoneDigits keeps the digits of a telephone number, the form it is indexed by.
func PhoneDigits(s string) string {
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] >= '0' && s[i] <= '9' {
			b = append(b, s[i])
		}
	}
	return string(b)
}
