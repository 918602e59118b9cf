package itms

import (
	"reflect"
	"time"
)

// CableModemClass is the ProductClass under which cable modems are inventoried: their id
// is the maker's part of their MAC, this, and the 12 digits of the MAC. What is in a
// modem (MTA, eRouter) has a class of its own, see CableID.
const CableModemClass = "CM"

// CableMTAClass is the same of telephone adapters within modems.
const CableMTAClass = "MTA"

// IsCable reports whether the id is one that CableID makes.
func (id DeviceID) IsCable() bool {
	mac, err := ParseMAC(id.Serial)
	return err == nil && (id == CableID(ClientModem, mac) || id == CableID(ClientMTA, mac))
}

// CableProfile is the profile of devices that are provisioned by DHCP and a
// configuration file. It has no parameters.
const CableProfile = "cable"

// CableID is the id of a device that is known by DHCP alone, the zero value for kinds
// that are not inventoried by it.
func CableID(kind ClientKind, mac MAC) DeviceID {
	class := map[ClientKind]string{ClientModem: CableModemClass, ClientMTA: CableMTAClass}[kind]
	if class == "" || mac.IsZero() {
		return DeviceID{}
	}
	key := mac.Key()
	return DeviceID{OUI: key[:6], ProductClass: class, Serial: key}
}

// CableFacts is what a cable device tells of itself in DHCP options 60, 43 and 125.
type CableFacts struct {
	Version  string   `json:"version,omitempty"`  // of DOCSIS or PacketCable, e.g. "3.1"
	Type     string   `json:"type,omitempty"`     // option 43.2, e.g. "ECM"
	Parts    []string `json:"parts,omitempty"`    // option 43.3, e.g. "ECM", "EMTA"
	Serial   string   `json:"serial,omitempty"`   // option 43.4
	Hardware string   `json:"hardware,omitempty"` // option 43.5
	Software string   `json:"software,omitempty"` // option 43.6
	BootROM  string   `json:"bootRom,omitempty"`  // option 43.7
	OUI      string   `json:"oui,omitempty"`      // option 43.8
	Model    string   `json:"model,omitempty"`    // option 43.9
	Vendor   string   `json:"vendor,omitempty"`   // option 43.10
	MTA      MAC      `json:"mta,omitzero"`       // option 43.31
	// Capabilities are the modem capabilities (TLV 5) by the names of the configuration
	// file's language, e.g. "MulticastDownstreamServiceIDSupport" = "16".
	Capabilities map[string]string `json:"capabilities,omitempty"`
}

// Cable is what is kept of a device that is provisioned by DHCP and a configuration file.
type Cable struct {
	Facts     CableFacts `json:"facts,omitzero"`
	Address   string     `json:"address,omitempty"`   // that it was leased last
	Class     string     `json:"class,omitempty"`     // of that lease
	Relay     string     `json:"relay,omitempty"`     // giaddr, "" = direct
	Circuit   string     `json:"circuit,omitempty"`   // option 82.1 in hex
	Provision string     `json:"provision,omitempty"` // what it was entitled to at that lease
	LeasedAt  time.Time  `json:"leasedAt,omitzero"`   // when address or class last changed
	File      CableFile  `json:"file,omitzero"`
}

// NewCable is what is kept of a device with a lease.
func NewCable(l *Lease, facts CableFacts) *Cable {
	c := &Cable{Facts: facts, Address: l.Address.String(), Class: l.Class, Circuit: l.Circuit}
	if l.Relay.IsValid() {
		c.Relay = l.Relay.String()
	}
	return c
}

// Same reports whether both say the same of the device and where it is; what it fetched, and
// since when, does not count.
func (c *Cable) Same(o *Cable) bool {
	return c.Address == o.Address && c.Class == o.Class && c.Relay == o.Relay && c.Circuit == o.Circuit && reflect.DeepEqual(c.Facts, o.Facts)
}

// CableFile is a configuration file as it was served: made in memory, for one device.
type CableFile struct {
	Template  string    `json:"template,omitempty"`
	Provision string    `json:"provision,omitempty"` // what it was made for
	Size      int       `json:"size,omitempty"`      // bytes
	MIC       string    `json:"mic,omitempty"`       // CM MIC (of an MTA's file its hash) in hex: tells files apart
	Address   string    `json:"address,omitempty"`   // that fetched it
	At        time.Time `json:"at,omitzero"`
}

// CableContact is a lease that a cable device was given, as the domain sees it.
type CableContact struct {
	Lease *Lease
	Facts CableFacts
}

// CableFetch is a configuration file that a cable device fetched whole.
type CableFetch struct {
	Lease *Lease // that the file was fetched under
	File  CableFile
}

// Entitlement is what the domain says of a client by its MAC.
type Entitlement struct {
	Device  DeviceID // zero = it was never in contact
	Blocked bool     // an operator forbade the device any service
	State   EntitlementState
	// Revision changes with whatever the client is entitled to: binding, content and
	// state of its service.
	Revision string
	// Waiting is set when something waits for the client's contact: an order that names it,
	// or a change of its service.
	Waiting bool
	// Holds is the revision of the file that it fetched last; "" = not known.
	Holds   string
	Service *Service // nil when it is entitled to none; secrets sealed
	Facts   CableFacts
	Cable   *Cable // what is kept of it; nil = nothing
}

// EntitlementState is whether a client's service is to be given.
type EntitlementState string

// Entitlement states.
const (
	EntitledNone      EntitlementState = ""          // no service names the client
	EntitledOrdered   EntitlementState = "ordered"   // an order waits for it, or is being carried out
	EntitledActive    EntitlementState = "active"    // its service is active
	EntitledSuspended EntitlementState = "suspended" // its service is suspended
)

// Provisioned reports whether the client is to get its service.
func (e *Entitlement) Provisioned() bool {
	return !e.Blocked && (e.State == EntitledOrdered || e.State == EntitledActive)
}
