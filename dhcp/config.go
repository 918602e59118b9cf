package dhcp

import (
	"net/netip"
	"time"

	"itms"
)

// Config says what the server gives to whom. Check tells its mistakes.
type Config struct {
	// Listen are the sockets, e.g. 0.0.0.0:67: with an unspecified address all interfaces,
	// and their broadcasts.
	Listen []netip.AddrPort
	// ServerID is the address that clients are told to renew at (option 54). Zero: the one
	// that a message came to.
	ServerID netip.Addr
	// RelayPort is where relays take answers; 0 = 67.
	RelayPort int
	// ClientPort is where direct clients take answers; 0 = 68.
	ClientPort   int
	Classes      []Class
	Scopes       []Scope
	Reservations []Reservation
	// OfferTime is for how long an offered address is kept for its client; 0 = 30 s, in
	// which modems send all their requests.
	OfferTime time.Duration
	// DeclineTime is for how long an address is left alone that a client found in use;
	// 0 = 1 h.
	DeclineTime time.Duration
	// KeepExpired is for how long an expired lease is kept, so that its client finds its
	// address again; 0 = 10 min. A full pool takes them at once.
	KeepExpired time.Duration
	// Probe asks for an echo (ICMP) before an address without a lease is offered: of direct
	// scopes, or of all.
	Probe Probing
	// ProbeTimeout is how long an echo is waited for; 0 = 500 ms.
	ProbeTimeout time.Duration
	// LeaseQuery are the networks of relays that may ask who holds an address (RFC 4388).
	LeaseQuery []netip.Prefix
	Limits     Limits
}

// Probing says for which scopes addresses are probed before they are offered.
type Probing string

// Probing.
const (
	ProbeNone   Probing = ""       // never
	ProbeDirect Probing = "direct" // addresses of direct scopes
	ProbeAll    Probing = "all"    // also those behind relays
)

// Limits are what one client, one relay and all may ask. Rates are messages in a second;
// 0 = the default, negative = no limit.
type Limits struct {
	ClientRate  float64 // by MAC; default 5: clients wait four seconds before they repeat
	ClientBurst int     // default 20
	RelayRate   float64 // by giaddr; default 10,000
	RelayBurst  int     // default 20,000
	Rate        float64 // all; default 40,000
	Burst       int     // default 40,000
	Queue       int     // messages that wait to be answered; default 1,024: a tenth of a second of them
}

// Class is what its clients are given beside an address. Options of the same code win in
// this order: Scope.Options, Class.Options, the fields.
type Class struct {
	Name string
	// LeaseTime is how long a lease lasts; 0 = 1 h.
	LeaseTime time.Duration
	// Renew and Rebind are T1 and T2 (options 58 and 59); 0 = the client's own: a half and
	// seven eighths of the lease.
	Renew, Rebind time.Duration
	Options       []Option
	TimeOffset    *time.Duration // option 2, seconds east of UTC
	Routers       []netip.Addr   // option 3, in place of the scope's
	TimeServers   []netip.Addr   // option 4 (RFC 868)
	DNS           []netip.Addr   // option 6
	LogServers    []netip.Addr   // option 7 (syslog)
	NTP           []netip.Addr   // option 42
	Domain        string         // option 15
	// Hostname is option 12; {mac} is replaced by the 12 digits of the client's MAC in lower
	// case, {ip} by its address with dashes.
	Hostname string
	// NextServer is where the boot file is: siaddr and option 66. Zero: the server's
	// identifier, when there is a file.
	NextServer netip.Addr
	// BootFile is a name that is the same for all; "" = what the Directory says.
	BootFile string
	CCC      *CCC // option 122; nil = none
	ACS      ACS  // for clients that are managed by CWMP
	// TFTPServers are option 125.2 for CableLabs: DOCSIS 3.0 takes them before siaddr. It is
	// only sent to who asks for it, as is Vendor.
	TFTPServers []netip.Addr
	// Vendor are more sub-options of option 125 for CableLabs.
	Vendor []Option
	// MaxCPE is how many clients behind a modem of this class may hold leases, where the
	// Directory sets no number; 0 = any. It is that of the class of the clients.
	MaxCPE int
}

// ACS is what tells a device where its management server is (TR-069 Amendment 6 §3.1).
type ACS struct {
	URL              string // "" = none
	ProvisioningCode string
}

// Scope is a subnet with its pools.
type Scope struct {
	Subnet netip.Prefix
	// Relays are the relays (giaddr, or their link selection) whose clients are served from
	// here. None: those with an address in the subnet.
	Relays []netip.Addr
	// Interface is the one whose direct clients are served from here.
	Interface string
	// Direct serves clients of any interface that has an address in the subnet.
	Direct  bool
	Routers []netip.Addr // option 3
	// Shared is the name of the network that this scope is a part of: scopes with one
	// name, one relay or one interface are one network, where a client may have an address
	// of any. The first is the primary.
	Shared  string
	Pools   []Pool
	Options []Option
}

// Pool is a range of addresses.
type Pool struct {
	First, Last netip.Addr
	Classes     []string // that it serves; none = all
}

// Reservation is an address for one client.
type Reservation struct {
	MAC      itms.MAC // zero = by ClientID
	ClientID []byte   // option 61
	Address  netip.Addr
	Hostname string // option 12; "" = the class's
}

// Option is one option as it is sent.
type Option struct {
	Code  uint8
	Value []byte
	// Forced sends it to clients that do not ask for it.
	Forced bool
}

// Defaults, where they are not told beside their fields.
const (
	defaultRelayPort    = 67
	defaultClientPort   = 68
	defaultLeaseTime    = time.Hour
	defaultOfferTime    = 30 * time.Second
	defaultDeclineTime  = time.Hour
	defaultKeepExpired  = 10 * time.Minute
	defaultProbeTimeout = 500 * time.Millisecond
)

var defaultLimits = Limits{ClientRate: 5, ClientBurst: 20, RelayRate: 10_000, RelayBurst: 20_000, Rate: 40_000, Burst: 40_000, Queue: 1_024}

// withDefaults returns c with its zero values replaced.
func (c Config) withDefaults() Config {
	setDefault(&c.RelayPort, defaultRelayPort)
	setDefault(&c.ClientPort, defaultClientPort)
	setDefault(&c.OfferTime, defaultOfferTime)
	setDefault(&c.DeclineTime, defaultDeclineTime)
	setDefault(&c.KeepExpired, defaultKeepExpired)
	setDefault(&c.ProbeTimeout, defaultProbeTimeout)
	l, d := &c.Limits, &defaultLimits
	setDefault(&l.ClientRate, d.ClientRate)
	setDefault(&l.ClientBurst, d.ClientBurst)
	setDefault(&l.RelayRate, d.RelayRate)
	setDefault(&l.RelayBurst, d.RelayBurst)
	setDefault(&l.Rate, d.Rate)
	setDefault(&l.Burst, d.Burst)
	setDefault(&l.Queue, d.Queue)
	c.Classes = append([]Class(nil), c.Classes...)
	for i := range c.Classes {
		setDefault(&c.Classes[i].LeaseTime, defaultLeaseTime)
	}
	return c
}

// setDefault replaces a zero value.
func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
