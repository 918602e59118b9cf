package config

import "time"

// DHCP is the embedded DHCP server.
type DHCP struct {
	Listen       []string          `yaml:"listen" doc:"address:port per interface, port 67 as a rule; empty = off. Relays send to it; direct clients are served on the interfaces that scopes name"`
	RelayPort    int               `yaml:"relayPort" doc:"UDP port of relays that answers go to"`
	ServerID     string            `yaml:"serverId" doc:"IPv4 address that clients renew at and fetch files from (options 54 and 66, siaddr); empty = that which a request came to"`
	OfferTime    time.Duration     `yaml:"offerTime" doc:"how long an offered address is kept for its client"`
	DeclineTime  time.Duration     `yaml:"declineTime" doc:"how long an address is left alone at which, a client says, somebody else answers"`
	Probe        string            `yaml:"probe" doc:"which addresses are pinged before they are offered: none, direct (of clients that are not relayed) or all"`
	RateClient   int               `yaml:"rateClient" doc:"messages per second of one client; 0 = any number"`
	RateRelay    int               `yaml:"rateRelay" doc:"messages per second through one relay; 0 = any number"`
	LeaseQuery   []string          `yaml:"leaseQuery" doc:"addresses, or networks (CIDR), of relays that may ask who holds an address (lease query, RFC 4388); empty = none"`
	Classes      []DHCPClass       `yaml:"classes" doc:"classes of clients by name; a client belongs to the first that matches, and gets no answer when none does"`
	Scopes       []DHCPScope       `yaml:"scopes" doc:"subnets with their pools"`
	Reservations []DHCPReservation `yaml:"reservations" doc:"addresses of single clients"`
}

// DHCPClass is a class of clients.
type DHCPClass struct {
	Name         string        `yaml:"-"`
	Match        string        `yaml:"match" doc:"condition over client, e.g. client.kind == \"cm\" && client.provisioned; empty = any client"`
	LeaseTime    time.Duration `yaml:"leaseTime" doc:"of a lease; 0 = 1h"`
	RenewTime    time.Duration `yaml:"renewTime" doc:"when a client renews (T1); 0 = half of leaseTime"`
	RebindTime   time.Duration `yaml:"rebindTime" doc:"when it asks any server (T2); 0 = seven eighths of leaseTime"`
	BootFile     string        `yaml:"bootFile" doc:"dynamic = a secret name per lease; another text = a fixed name; empty = none"`
	Template     string        `yaml:"template" doc:"template that the file is made of"`
	Once         bool          `yaml:"once" doc:"a secret name is good for one fetch"`
	Timestamp    bool          `yaml:"timestamp" doc:"put the time of sending into the file (TLV 19)"`
	ModemAddress bool          `yaml:"modemAddress" doc:"put the client's address into the file (TLV 20)"`
	MTA          bool          `yaml:"mta" doc:"the file is one of a PacketCable MTA"`
	Hash         string        `yaml:"hash" doc:"with mta, the hash that goes into the file: na, euro, ietf or none; empty = na"`
	MaxCPE       int           `yaml:"maxCpe" doc:"clients of the class behind one modem at once, unless the attribute maxCpe of the modem's service says so; 0 = any number"`
	Routers      []string      `yaml:"routers" doc:"option 3; empty = those of the scope"`
	DNS          []string      `yaml:"dns" doc:"option 6"`
	TimeServers  []string      `yaml:"timeServers" doc:"option 4, RFC 868; empty = serverId when tod is on"`
	NTP          []string      `yaml:"ntp" doc:"option 42"`
	LogServers   []string      `yaml:"logServers" doc:"option 7"`
	Domain       string        `yaml:"domain" doc:"option 15"`
	Hostname     string        `yaml:"hostname" doc:"option 12; {mac} stands for the client's MAC, {ip} for its address with dashes"`
	NextServer   string        `yaml:"nextServer" doc:"TFTP server (siaddr, options 66 and 125.2); empty = serverId"`
	ACSURL       string        `yaml:"acsUrl" doc:"URL of the ACS for CWMP devices (options 43 and 125); \"own\" = cwmp.publicUrl"`
	Options      Free          `yaml:"options" doc:"further options by number: a number, text, address, list of addresses, or hex:... as the option has it; always sent"`
}

// DHCPScope is a subnet.
type DHCPScope struct {
	Subnet    string     `yaml:"subnet" doc:"network (CIDR)"`
	Relay     []string   `yaml:"relay" doc:"relay addresses (giaddr, or link selection) whose clients it serves; empty = those within the subnet"`
	Interface string     `yaml:"interface" doc:"interface whose direct clients it serves; empty = none"`
	Shared    string     `yaml:"shared" doc:"name of the network that it shares with other scopes"`
	Routers   []string   `yaml:"routers" doc:"option 3"`
	Options   Free       `yaml:"options" doc:"as those of a class, for clients of the scope"`
	Pools     []DHCPPool `yaml:"pools" doc:"addresses that are given"`
}

// DHCPPool is a range of addresses.
type DHCPPool struct {
	Range   string   `yaml:"range" doc:"first and last address: 192.0.2.10-192.0.2.250"`
	Classes []string `yaml:"classes" doc:"classes whose clients it is for; empty = all"`
}

// DHCPReservation is an address of one client.
type DHCPReservation struct {
	MAC      string `yaml:"mac" doc:"of the client"`
	Address  string `yaml:"address" doc:"that it gets"`
	Hostname string `yaml:"hostname" doc:"option 12"`
}

// TFTP is the embedded TFTP server.
type TFTP struct {
	Listen       string        `yaml:"listen" doc:"address:port, port 69 as a rule; empty = off"`
	Secret       string        `yaml:"secret" doc:"key of the secret file names; empty = made from the vault's key. The same on all nodes" secret:"true"`
	Rotate       time.Duration `yaml:"rotate" doc:"period of secret file names: a name is good for the period it was made in and the next"`
	SinglePort   bool          `yaml:"singlePort" doc:"answer from the listening port instead of one per transfer, for strict filters"`
	Firmware     string        `yaml:"firmware" path:"true" doc:"folder whose files anybody may read, e.g. firmware; empty = none"`
	Proxies      []string      `yaml:"proxies" doc:"networks (CIDR) of CMTSes that fetch files on behalf of their modems"`
	MaxTransfers int           `yaml:"maxTransfers" doc:"transfers at once"`
	MaxPerClient int           `yaml:"maxPerClient" doc:"transfers at once of one address"`
	RateClient   int           `yaml:"rateClient" doc:"requests per second of one address; 0 = any number"`
}

// TOD is the embedded time of day server.
type TOD struct {
	Listen string `yaml:"listen" doc:"UDP and TCP address:port of the time of day server (RFC 868), port 37 as a rule; empty = off"`
}

// DOCSIS is how configuration files are made.
type DOCSIS struct {
	SharedSecretFile string `yaml:"sharedSecretFile" path:"true" doc:"file with the shared secret of the CMTS MIC on its first line"`
	CMTS             []CMTS `yaml:"cmts" doc:"CMTSes with shared secrets of their own"`
	Templates        string `yaml:"templates" path:"true" doc:"directory of templates NAME.cfg that add to or replace the built-in ones; may be missing"`
	Packages         Free   `yaml:"packages" doc:"what .Package is in templates, by the package of a service: any keys and values, e.g. silver: {downKbps: 100000, upKbps: 10000}"`
}

// CMTS is a cable modem termination system.
type CMTS struct {
	Relay            []string `yaml:"relay" doc:"relay addresses (giaddr) of it"`
	SharedSecretFile string   `yaml:"sharedSecretFile" path:"true" doc:"file with its shared secret"`
}
