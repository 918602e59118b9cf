package profile

import (
	"itms"
)

// The types below are what expressions see; their tags are the names that
// operators write. A name that is not here is refused when a profile is loaded.

// deviceEnv is `device` in expressions.
type deviceEnv struct {
	OUI          string `expr:"oui"`
	ProductClass string `expr:"productClass"`
	Serial       string `expr:"serial"`
	Manufacturer string `expr:"manufacturer"`
	Model        string `expr:"model"`
	Hardware     string `expr:"hardware"`
	Software     string `expr:"software"`
	Root         string `expr:"root"`
	MAC          string `expr:"mac"`    // 00:00:5E:00:53:01
	MACKey       string `expr:"macKey"` // 00005E005301
	STBID        string `expr:"stbid"`
	IP           string `expr:"ip"`
}

// accessEnv is `service.access`.
type accessEnv struct {
	Type     string `expr:"type"`
	Account  string `expr:"account"`
	Password string `expr:"password"`
	DownKbps int    `expr:"downKbps"`
	UpKbps   int    `expr:"upKbps"`
}

// serviceEnv is `service`. It holds secrets in clear: never print it.
type serviceEnv struct {
	ID            string    `expr:"id"`
	Type          string    `expr:"type"`
	Package       string    `expr:"package"`
	Account       string    `expr:"account"`
	Password      string    `expr:"password"`
	AuthURL       string    `expr:"authUrl"`
	AuthURLBackup string    `expr:"authUrlBackup"`
	Access        accessEnv `expr:"access"`
}

// subscriberEnv is `subscriber`.
type subscriberEnv struct {
	ID      string `expr:"id"`
	Name    string `expr:"name"`
	Phone   string `expr:"phone"`
	Address string `expr:"address"`
}

// lineEnv is `line`.
type lineEnv struct {
	Area string `expr:"area"`
	Node string `expr:"node"`
	Port string `expr:"port"`
	VLAN int    `expr:"vlan"`
}

// matchEnv is what a `match` condition sees.
type matchEnv struct {
	Device deviceEnv         `expr:"device"`
	Has    func(string) bool `expr:"has"`
}

// valueEnv is what the expressions of rows and params see.
type valueEnv struct {
	Device     deviceEnv         `expr:"device"`
	Service    serviceEnv        `expr:"service"`
	Subscriber subscriberEnv     `expr:"subscriber"`
	Line       lineEnv           `expr:"line"`
	Attributes map[string]string `expr:"attributes"`
	ACS        acsEnv            `expr:"acs"`
}

// acsEnv is `acs`: how devices reach this system.
type acsEnv struct {
	STUN stunEnv `expr:"stun"`
}

// stunEnv is `acs.stun`.
type stunEnv struct {
	Host string `expr:"host"` // "" without a STUN server
	Port int    `expr:"port"`
}

// wipeEnv is what the overwriting values of a withdrawal see: nothing of an order.
type wipeEnv struct {
	Device deviceEnv `expr:"device"`
}

// pageEnv is what the values of a registration page see.
type pageEnv struct {
	Page pageFields `expr:"page"`
}

// pageFields is `page`.
type pageFields struct {
	Verdict  int `expr:"verdict"`
	Times    int `expr:"times"`
	Limit    int `expr:"limit"`
	Services int `expr:"services"`
}

// proofEnv is what the condition of a proof sees.
type proofEnv struct {
	Value string `expr:"value"` // as the device wrote it
}

// newDeviceEnv shows a device to expressions; nil is a device of which nothing is
// known.
func newDeviceEnv(d *itms.Device) deviceEnv {
	if d == nil {
		return deviceEnv{}
	}
	return deviceEnv{
		OUI: d.ID.OUI, ProductClass: d.ID.ProductClass, Serial: d.ID.Serial,
		Manufacturer: d.Manufacturer, Model: d.Model, Hardware: d.Hardware, Software: d.Software,
		Root: string(d.Root), MAC: d.MAC.String(), MACKey: d.MAC.Key(), STBID: string(d.STBID), IP: d.IP,
	}
}

// newMatchEnv shows a device and what is known of its parameters.
func newMatchEnv(d *itms.Device, tree *itms.ParamTree) *matchEnv {
	env := &matchEnv{Device: newDeviceEnv(d)}
	env.Has = func(prefix string) bool { return has(tree, itms.ParamPath(prefix)) }
	if env.Device.Root == "" {
		env.Device.Root = string(rootOf(tree))
	}
	return env
}

// newValueEnv reveals the secrets of a bound input.
func newValueEnv(in Input, root itms.ParamPath) *valueEnv {
	s := in.Service
	env := &valueEnv{Device: newDeviceEnv(in.Device), Attributes: in.Attributes}
	env.Device.Root = string(root)
	env.Service = serviceEnv{ID: string(s.ID), Type: string(s.Type), Package: s.Package, Account: s.Account,
		Password: s.Password.Reveal(), AuthURL: s.AuthURL, AuthURLBackup: s.AuthURLBackup}
	env.Service.Access = accessEnv{Type: string(s.Access.Type), Account: s.Access.Account,
		Password: s.Access.Password.Reveal(), DownKbps: s.Access.DownKbps, UpKbps: s.Access.UpKbps}
	env.Subscriber = subscriberEnv(in.Subscriber)
	env.Line = lineEnv(in.Line)
	env.ACS.STUN = stunEnv(in.Management.STUN)
	return env
}

// has reports whether anything at or below prefix is known; tree may be nil.
func has(tree *itms.ParamTree, prefix itms.ParamPath) bool {
	if tree == nil || prefix == "" {
		return false
	}
	for range tree.Under(prefix) {
		return true
	}
	return false
}

// The two data model roots (TR-181 and TR-098).
const (
	rootDevice  itms.ParamPath = "Device."
	rootGateway itms.ParamPath = "InternetGatewayDevice."
)

// rootOf guesses the root from what is known, "" when nothing is.
func rootOf(tree *itms.ParamTree) itms.ParamPath {
	for _, root := range []itms.ParamPath{rootDevice, rootGateway} {
		if has(tree, root) {
			return root
		}
	}
	return ""
}
