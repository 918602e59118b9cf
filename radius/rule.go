package radius

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	codec "layeh.com/radius"

	"itms"
)

// Kind is how a caller proves itself.
type Kind string

// Kinds of callers.
const (
	KindMAC     Kind = "mac"     // by its MAC address alone
	KindAccount Kind = "account" // by name and password
)

// StateUnknown is the state of who has no service: only a rule that names it lets in.
const StateUnknown = "unknown"

// RuleStates are the states that a rule may be for. Without one a rule is for who is
// entitled: services that are active, or reserved while their order is carried out. Services
// that are suspended or terminated, and who is unknown, come in by a rule that names that,
// into a walled garden as a rule.
func RuleStates() []string {
	return []string{string(itms.ServiceActive), string(itms.ServiceReserved), string(itms.ServiceSuspended), string(itms.ServiceTerminated), StateUnknown}
}

// Rule says what callers of a kind are given. Empty conditions are for any.
type Rule struct {
	Name        string
	Kind        Kind
	ServiceType itms.ServiceType
	Package     string
	State       string // see RuleStates
	Attributes  []Attribute
}

// compile reads the rule and reports what is wrong with it.
func (r *Rule) compile(wrong func(pointer, format string, args ...any)) {
	at := "/rules/" + r.Name
	if r.Kind != "" && r.Kind != KindMAC && r.Kind != KindAccount {
		wrong(at+"/kind", "%q: expected mac or account", r.Kind)
	}
	if r.State != "" && !slices.Contains(RuleStates(), r.State) {
		wrong(at+"/state", "%q: expected one of %s", r.State, strings.Join(RuleStates(), ", "))
	}
	for i := range r.Attributes {
		a := &r.Attributes[i]
		if err := a.compile(); err != nil && a.Vendor != 0 {
			wrong(at+"/vendor", "%d:%d: %v", a.Vendor, a.Type, err)
		} else if err != nil {
			wrong(at+"/attributes/"+a.Name, "%v", err)
		}
	}
}

// Values are what the templates of attributes see.
type Values struct {
	MAC        string // 00:00:5E:00:53:01, "" when not told
	Account    string
	Kind       string
	State      string // of the service, or unknown
	Service    ServiceValues
	Line       itms.Line // of the service, else where the caller is seen
	Device     DeviceValues
	Attributes map[string]string // of the service
	DownKbps   int               // 0 = not limited
	UpKbps     int
	DownBps    int
	UpBps      int
}

// ServiceValues are those of the service.
type ServiceValues struct{ ID, Type, Package, Account, Subscriber string }

// DeviceValues are those of the device.
type DeviceValues struct{ ID, Vendor, Model, Serial string }

// sample is what templates are tried with when they are read.
var sample = &Values{MAC: "00:00:5E:00:53:01", Account: "a1001", Kind: "account", State: "active", DownKbps: 1, UpKbps: 1, DownBps: 1000, UpBps: 1000,
	Service: ServiceValues{ID: "S1", Type: "internet", Package: "P1", Account: "a1001", Subscriber: "U1"},
	Line:    itms.Line{Area: "510100", Node: "olt-1", Port: "1/1", VLAN: 1}, Attributes: map[string]string{}}

// valuesOf makes the values for a caller.
func valuesOf(c *caller, st *itms.AccessStanding) *Values {
	v := &Values{MAC: c.mac.String(), Account: c.account, Kind: string(c.kind()), State: stateOf(st), Line: c.line}
	if svc := st.Service; svc != nil {
		v.Service = ServiceValues{string(svc.ID), string(svc.Type), svc.Package, svc.Access.Account, svc.Subscriber.ID}
		v.Attributes = svc.Attributes
		v.DownKbps, v.UpKbps = svc.Access.DownKbps, svc.Access.UpKbps
		v.DownBps, v.UpBps = 1000*v.DownKbps, 1000*v.UpKbps
		if svc.Line != (itms.Line{}) {
			v.Line = svc.Line
		}
	}
	if d := st.Device; d != nil {
		v.Device = DeviceValues{d.ID.String(), d.Manufacturer, d.Model, d.ID.Serial}
	}
	return v
}

// kind is how the caller proves itself.
func (c *caller) kind() Kind {
	if c.account == "" {
		return KindMAC
	}
	return KindAccount
}

// stateOf is the state that rules are asked for, "" for who comes in by none.
func stateOf(st *itms.AccessStanding) string {
	switch st.Refusal {
	case itms.RefusedNot:
		if st.Service.State == itms.ServiceReserved {
			return string(itms.ServiceReserved)
		}
		return string(itms.ServiceActive)
	case itms.RefusedSuspended, itms.RefusedTerminated, itms.RefusedUnknown:
		return string(st.Refusal)
	}
	return ""
}

// rule finds the rule for a caller, nil when there is none. Without any rule who is entitled
// comes in.
func (c *Config) rule(who *caller, st *itms.AccessStanding) *Rule {
	state := stateOf(st)
	if state == "" {
		return nil
	}
	if len(c.Rules) == 0 && st.Refusal == itms.RefusedNot {
		return &Rule{}
	}
	for i := range c.Rules {
		r := &c.Rules[i]
		fits := r.State == state || r.State == "" && st.Refusal == itms.RefusedNot
		if !fits || r.Kind != "" && r.Kind != who.kind() {
			continue
		}
		if r.ServiceType == "" && r.Package == "" {
			return r
		}
		if svc := st.Service; svc != nil && (r.ServiceType == "" || r.ServiceType == svc.Type) && (r.Package == "" || r.Package == svc.Package) {
			return r
		}
	}
	return nil
}

// grant is what a caller is given, and a digest by which it is known again.
type grant struct {
	rule       string
	attributes codec.Attributes
	digest     string
}

// grant renders a rule for a caller.
func (r *Rule) grant(c *caller, st *itms.AccessStanding) (*grant, error) {
	g := &grant{rule: r.Name}
	v, h := valuesOf(c, st), sha256.New()
	h.Write([]byte(r.Name))
	for i := range r.Attributes {
		a, err := r.Attributes[i].render(v)
		if err != nil {
			return nil, fmt.Errorf("rule %s: %w", r.Name, err)
		}
		if a == nil {
			continue
		}
		g.attributes = append(g.attributes, a)
		h.Write([]byte{byte(a.Type), byte(len(a.Attribute))})
		h.Write(a.Attribute)
	}
	const digestSize = 8 // octets: to tell a few grants apart
	g.digest = hex.EncodeToString(h.Sum(nil)[:digestSize])
	return g, nil
}
