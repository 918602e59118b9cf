// Package config is the configuration of itms: its keys with their defaults and
// help, a strict YAML reader that names file, line and key of each mistake, and
// overrides from the environment.
package config

import "time"

// Config holds every key. The tags are the single source of names and help: the
// reader, the environment and docs/operations.md all follow them. A key tagged path
// names a file or directory; a relative one is below the configuration file's.
type Config struct {
	Data       string      `yaml:"data" path:"true" doc:"directory of the embedded store, the local socket and addresses.json"`
	Store      string      `yaml:"store" doc:"bolt, or postgres://user:pass@host/db for many nodes"`
	KeyFile    string      `yaml:"keyFile" path:"true" doc:"key that encrypts stored secrets; empty = itms.key beside the configuration file, made owner-only at the first start. ITMS_KEY may hold the key itself"`
	Log        Log         `yaml:"log"`
	Web        Web         `yaml:"web"`
	CWMP       CWMP        `yaml:"cwmp"`
	Files      Files       `yaml:"files"`
	DHCP       DHCP        `yaml:"dhcp"`
	TFTP       TFTP        `yaml:"tftp"`
	TOD        TOD         `yaml:"tod"`
	DOCSIS     DOCSIS      `yaml:"docsis"`
	Radius     Radius      `yaml:"radius"`
	BSS        BSS         `yaml:"bss"`
	TMF        TMF         `yaml:"tmf"`
	Journal    Journal     `yaml:"journal"`
	Evidence   Evidence    `yaml:"evidence"`
	Neighbours []Neighbour `yaml:"neighbours" doc:"systems that are told of services and their devices by HTTP, by name: see Neighbours"`
	Rules      string      `yaml:"rules" path:"true" doc:"file that says which models and firmware are allowed in which area, and which firmware a device must get first; may be missing"`
	Profiles   string      `yaml:"profiles" path:"true" doc:"directory of profiles that add to or replace the built-in ones; may be missing"`

	lines map[string]int // key path -> line, for errors after reading
	file  string
}

// Log says what is logged.
type Log struct {
	Level  string `yaml:"level" doc:"debug, info, warn or error"`
	Format string `yaml:"format" doc:"json or text"`
}

// TLS names a certificate.
type TLS struct {
	Cert string `yaml:"cert" path:"true" doc:"PEM file of the certificate chain; empty = plain HTTP"`
	Key  string `yaml:"key" path:"true" doc:"PEM file of the private key"`
}

// Web is the REST door.
type Web struct {
	Listen    string   `yaml:"listen" doc:"address:port of the REST API; port 0 = any free port"`
	PublicURL string   `yaml:"publicUrl" doc:"how others reach it, for links"`
	TLS       TLS      `yaml:"tls"`
	Sessions  Sessions `yaml:"sessions"`
	OIDC      OIDC     `yaml:"oidc"`
}

// OIDC is an identity provider that vouches for people.
type OIDC struct {
	Issuer           string   `yaml:"issuer" doc:"URL of an OpenID Connect provider, exactly as it names itself; empty = people sign in with passwords only. It must allow the redirect to web.publicUrl + /api/v1/oidc/callback"`
	Name             string   `yaml:"name" doc:"what the button of the sign-in page says"`
	ClientID         string   `yaml:"clientId" doc:"id of this system at the provider"`
	ClientSecret     string   `yaml:"clientSecret" doc:"its secret" secret:"true"`
	ClientSecretFile string   `yaml:"clientSecretFile" path:"true" doc:"file with its secret on the first line, in place of clientSecret"`
	Scopes           []string `yaml:"scopes" doc:"scopes asked for beside openid"`
	NameClaim        string   `yaml:"nameClaim" doc:"claim of the ID token that names a person here"`
	RolesClaim       string   `yaml:"rolesClaim" doc:"claim that roles are made of: a list of words, or one word"`
	AreasClaim       string   `yaml:"areasClaim" doc:"claim that areas are made of: beginnings of area codes, * for all; empty = everybody is everywhere. With it, who has none does not get in"`
	Roles            []string `yaml:"roles" doc:"WORD=ROLE: which role a word of rolesClaim gives, e.g. noc=operator; of several the highest counts, and who has none does not get in"`
}

// Sessions are those of people in browsers.
type Sessions struct {
	Idle time.Duration `yaml:"idle" doc:"a session of the console that nobody uses is over after this"`
	Life time.Duration `yaml:"life" doc:"a session of the console is over after this in any case"`
}

// CWMPTLS is the certificate of the CWMP door.
type CWMPTLS struct {
	Cert       string `yaml:"cert" path:"true" doc:"PEM file of the certificate chain; empty = plain HTTP"`
	Key        string `yaml:"key" path:"true" doc:"PEM file of the private key"`
	ClientCA   string `yaml:"clientCA" path:"true" doc:"PEM file of the authorities that sign device certificates; empty = none asked for. A certificate whose common name is OUI-SerialNumber or OUI-ProductClass-SerialNumber authenticates that device alone, without a password"`
	ClientAuth string `yaml:"clientAuth" doc:"with clientCA: require a certificate of every device, or request one and take a password from those without"`
	MinVersion string `yaml:"minVersion" doc:"oldest TLS version: 1.2 or 1.3; for older ones see cwmp.legacy"`
}

// Legacy is a second CWMP door for devices that cannot do better.
type Legacy struct {
	Listen  string `yaml:"listen" doc:"address:port of a second TR-069 endpoint for old devices, with TLS 1.0 and 1.1 as well; empty = off"`
	TLS     TLS    `yaml:"tls"`
	Ciphers string `yaml:"ciphers" doc:"modern, or legacy: also those without forward secrecy, with 3DES and with CBC, which have known attacks"`
}

// FirstContact says what unknown devices may do.
type FirstContact struct {
	OUIs     []string `yaml:"ouis" doc:"makers (6 hex digits) whose unknown devices are welcome; empty = any"`
	Networks []string `yaml:"networks" doc:"networks (CIDR) that unknown devices are welcome from; empty = any"`
	Policy   string   `yaml:"policy" doc:"what happens to an unknown device that is not welcome, or to any when neither makers nor networks are listed: accept, quarantine (inventoried, sent nothing) or reject (403). Devices that an order or the stock names are not unknown"`
}

// CWMP is the door for devices.
type CWMP struct {
	Listen             string        `yaml:"listen" doc:"address:port of the TR-069 endpoint, served on / and /cwmp"`
	PublicURL          string        `yaml:"publicUrl" doc:"how devices reach it"`
	NodeURL            string        `yaml:"nodeUrl" doc:"how the other nodes reach this one; empty = http(s) at the bound address"`
	Auth               string        `yaml:"auth" doc:"how devices prove themselves: digest, basic, or none (must be written out)"`
	Username           string        `yaml:"username" doc:"the devices' user name"`
	Password           string        `yaml:"password" doc:"the devices' password" secret:"true"`
	TLS                CWMPTLS       `yaml:"tls"`
	Legacy             Legacy        `yaml:"legacy"`
	DeviceCredentials  bool          `yaml:"deviceCredentials" doc:"a claimed device gets a user name and a password of its own as the last call of its pass, others after each factory reset, and authenticates with them from then on"`
	FactoryCredentials bool          `yaml:"factoryCredentials" doc:"with deviceCredentials: a device that has its own may come with username and password all the same; false = only after a factory reset (0 BOOTSTRAP), or once an operator unblocked it"`
	FirstContact       FirstContact  `yaml:"firstContact"`
	MaxServing         int           `yaml:"maxServing" doc:"messages served at once per node; from half of it on, Informs are turned away with 503, the least urgent first"`
	TrustedProxies     []string      `yaml:"trustedProxies" doc:"balancers whose X-Forwarded-For is believed, as networks (CIDR)"`
	STUN               STUN          `yaml:"stun"`
	SessionTimeout     time.Duration `yaml:"sessionTimeout" doc:"silence after which a session is given up; 1s to 10m"`
	PeriodicInform     time.Duration `yaml:"periodicInform" doc:"how often a device in service comes into contact"`
	CodePollInterval   time.Duration `yaml:"codePollInterval" doc:"how often a device that waits for its order, or for its code, comes into contact"`
	UpgradeTimeout     time.Duration `yaml:"upgradeTimeout" doc:"from the order to fetch firmware to the new version in an Inform, else the try has failed"`
}

// STUN is the server for devices behind NAT.
type STUN struct {
	Listen        string `yaml:"listen" doc:"UDP address:port of the STUN server for connection requests to devices behind NAT (TR-069 Annex G), 3478 as a rule; empty = off"`
	PublicAddress string `yaml:"publicAddress" doc:"host:port that devices are told; empty = the host of cwmp.publicUrl, else the own address, with the bound port. The same on all nodes, also on those without listen"`
}

// Files is the door for firmware and other files.
type Files struct {
	Listen    string `yaml:"listen" doc:"address:port where devices fetch firmware and deliver logs, each at a one-time address; empty = off"`
	PublicURL string `yaml:"publicUrl" doc:"how devices reach it, at most 128 characters, without a path of its own unless a balancer takes it away; empty = http(s) at the bound address"`
	TLS       TLS    `yaml:"tls"`
	MaxUpload int    `yaml:"maxUpload" doc:"largest file in bytes that a device may deliver"`
	MaxFile   int    `yaml:"maxFile" doc:"largest file in bytes that may be added over REST, e.g. a firmware; at most 4294967295, which is all that TR-069 has words for"`
}

// Journal is the record of events.
type Journal struct {
	Keep time.Duration `yaml:"keep" doc:"events older than this are removed"`
}

// Evidence is the operator's source of line evidence: a DHCP or AAA server's API.
type Evidence struct {
	URL   string `yaml:"url" doc:"asked with GET where an unknown device is; {mac} stands for its 12 hex digits. Answers JSON: line {area, node, port, vlan}, subscriber, account. Empty = nobody is asked"`
	Token string `yaml:"token" doc:"bearer token for it" secret:"true"`
}

// BSS is the side of orders and callbacks.
type BSS struct {
	CallbackSecret      string        `yaml:"callbackSecret" doc:"whsec_<base64 key of 24 bytes or more> that signs callbacks; empty = unsigned" secret:"true"`
	CallbackAllow       []string      `yaml:"callbackAllow" doc:"private networks (CIDR) that callbacks may go to"`
	DeliverFor          time.Duration `yaml:"deliverFor" doc:"what a subscriber of events (see Webhooks) does not take for so long is a dead letter"`
	OrderTTL            time.Duration `yaml:"orderTTL" doc:"an order whose device never comes expires after this"`
	HoldTTL             time.Duration `yaml:"holdTTL" doc:"a held order is rejected after this"`
	CodeTTL             time.Duration `yaml:"codeTTL" doc:"life of an activation code"`
	CodeTries           int           `yaml:"codeTries" doc:"wrong codes within codeWindow before the device is locked"`
	CodeSourceTries     int           `yaml:"codeSourceTries" doc:"the same for a source address, behind which many devices may be"`
	CodeWindow          time.Duration `yaml:"codeWindow" doc:"in which wrong codes are counted"`
	Lock                time.Duration `yaml:"lock" doc:"first lock after wrong codes; each further one doubles, up to 24h"`
	CodeAlways          bool          `yaml:"codeAlways" doc:"a technician's order needs its code even when it names the device; false = contact of the named device is enough"`
	ClaimByLine         bool          `yaml:"claimByLine" doc:"line evidence that leads to exactly one slot without a device lets the device claim it"`
	RequireStock        bool          `yaml:"requireStock" doc:"orders may only name devices that are in stock"`
	VerifyTimeout       time.Duration `yaml:"verifyTimeout" doc:"from claim to verified, else the order fails"`
	PushTries           int           `yaml:"pushTries" doc:"refused or unverified pushes before an order fails"`
	RequireVerification bool          `yaml:"requireVerification" doc:"an order is done only after its values were read back"`
}

// Default returns the documented defaults.
func Default() *Config {
	return &Config{
		Data: "./itms-data", Store: "bolt", Profiles: "./profiles", Rules: "./rules.yaml",
		Log: Log{Level: "info", Format: "json"},
		Web: Web{Listen: "127.0.0.1:8080", PublicURL: "http://127.0.0.1:8080", Sessions: Sessions{Idle: 2 * time.Hour, Life: 12 * time.Hour},
			OIDC: OIDC{Name: "Single sign-on", Scopes: []string{"profile", "email"}, NameClaim: "preferred_username", RolesClaim: "roles"}},
		CWMP:    CWMP{Listen: ":7547", Auth: "digest", TLS: CWMPTLS{ClientAuth: "require", MinVersion: "1.2"}, Legacy: Legacy{Ciphers: "modern"}, FirstContact: FirstContact{Policy: "accept"}, MaxServing: 1024, SessionTimeout: 30 * time.Second, PeriodicInform: time.Hour, CodePollInterval: 5 * time.Minute, UpgradeTimeout: time.Hour},
		Files:   Files{Listen: ":7567", MaxUpload: 64 << 20, MaxFile: 2 << 30},
		DHCP:    DHCP{RelayPort: 67, OfferTime: 30 * time.Second, DeclineTime: time.Hour, Probe: "direct", RateClient: 5, RateRelay: 10_000},
		TFTP:    TFTP{Rotate: 30 * time.Minute, MaxTransfers: 20_000, MaxPerClient: 4, RateClient: 20},
		DOCSIS:  DOCSIS{Templates: "./templates"},
		Radius:  Radius{UserTries: 10, NASTries: 1000, GuessWindow: 10 * time.Minute, KeepSessions: 30 * 24 * time.Hour, SilentEnds: 24 * time.Hour},
		TMF:     TMF{Default: "lenient"},
		Journal: Journal{Keep: 90 * 24 * time.Hour},
		BSS: BSS{DeliverFor: 120 * time.Hour, OrderTTL: 168 * time.Hour, HoldTTL: 24 * time.Hour, CodeTTL: 72 * time.Hour, CodeTries: 5, CodeSourceTries: 20, CodeAlways: true,
			CodeWindow: 30 * time.Minute, Lock: 15 * time.Minute, VerifyTimeout: 30 * time.Minute, PushTries: 3, RequireVerification: true},
	}
}
