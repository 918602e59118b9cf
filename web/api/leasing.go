package api

import (
	"context"
	"math"
	"net/http"
	"net/netip"

	"github.com/danielgtaylor/huma/v2"

	"itms"
)

// Leasing is the DHCP server's part of the cable side: what it is configured to give, and
// how much of it is given. It answers whether the server is on or off.
type Leasing interface {
	// Scopes lists the configured scopes in their order, then those that only leases know.
	Scopes(ctx context.Context) ([]ScopeUsage, error)
	// Classes lists the configured classes in their order.
	Classes(ctx context.Context) ([]ClassInfo, error)
	// Release takes the lease of an address back and journals who did. Errors: KindNotFound,
	// CodeLeaseState when it has ended.
	Release(ctx context.Context, actor string, addr netip.Addr) error
}

// Occupancy is how many addresses there are, by what became of them. Size is the sum of
// the others.
type Occupancy struct {
	Size        int     `json:"size" doc:"Addresses in all." example:"250"`
	Leased      int     `json:"leased" doc:"Held by a client." example:"180"`
	Declined    int     `json:"declined" doc:"Left alone, since a client found somebody else there." example:"1"`
	Offered     int     `json:"offered" doc:"Kept for a client that was offered them by this node." example:"2"`
	Reserved    int     `json:"reserved" doc:"Without a lease, and not to be given to whoever asks: reserved, of routers and relays, of the network itself." example:"1"`
	Free        int     `json:"free" example:"66"`
	Utilisation float64 `json:"utilisation" doc:"Percent of the addresses for whoever asks that are not free, to one decimal." example:"73.5"`
}

// Rate computes the utilisation from the counts.
func (o *Occupancy) Rate() {
	o.Utilisation = 0
	if most := o.Size - o.Reserved; most > 0 {
		o.Utilisation = math.Round(1000*float64(most-o.Free)/float64(most)) / 10
	}
}

// Add adds the counts of a part.
func (o *Occupancy) Add(part *Occupancy) {
	o.Size += part.Size
	o.Leased += part.Leased
	o.Declined += part.Declined
	o.Offered += part.Offered
	o.Reserved += part.Reserved
	o.Free += part.Free
}

// ScopeUsage is how much of a scope is in use.
type ScopeUsage struct {
	Subnet  string `json:"subnet" doc:"Its name in leases." example:"192.0.2.0/24"`
	Network string `json:"network,omitempty" doc:"That it is a part of, with other scopes; absent when it is not configured any more." example:"cmts-1"`
	Occupancy
	Pools   []PoolUsage    `json:"pools" doc:"In the order of the configuration."`
	Classes map[string]int `json:"classes" doc:"Leases that clients hold, by class; also of addresses outside of the pools." example:"{\"cm-active\":180}"`
}

// PoolUsage is how much of a pool is in use.
type PoolUsage struct {
	Range   string   `json:"range" example:"192.0.2.1-192.0.2.250"`
	Classes []string `json:"classes" doc:"That it serves; empty = all." example:"[\"cm-active\"]"`
	Occupancy
}

// ClassInfo is a class of clients as it is configured.
type ClassInfo struct {
	Name         string `json:"name" example:"cm-active"`
	Match        string `json:"match" doc:"Condition under which a client belongs to it, unless it belongs to one before; empty = any." example:"client.kind == \"cm\" && client.provisioned"`
	Template     string `json:"template,omitempty" doc:"That its files are made of." example:"internet"`
	BootFile     string `json:"bootFile" enum:"none,secret,fixed" doc:"How its file is named: secret = another name for each lease and period." example:"secret"`
	FileName     string `json:"fileName,omitempty" doc:"The fixed name." example:"modem.cfg"`
	Once         bool   `json:"once" doc:"A secret name is good for one fetch."`
	MTA          bool   `json:"mta" doc:"Its files are those of MTAs."`
	MaxCPE       int    `json:"maxCpe" doc:"Clients of it behind one modem, unless the service says otherwise; 0 = any number." example:"4"`
	LeaseSeconds int    `json:"leaseSeconds" doc:"How long its leases last." example:"86400"`
	Leases       int    `json:"leases" doc:"That its clients hold now." example:"180"`
}

// scopesOutput lists scopes.
type scopesOutput struct{ Body pageOf[ScopeUsage] }

// classesOutput lists classes.
type classesOutput struct{ Body pageOf[ClassInfo] }

// dhcpPath is what the DHCP server gives.
const dhcpPath = base + "/dhcp"

// leasingRoutes registers the operations on scopes, classes and leases, when there is
// something to answer them.
func (s *Server) leasingRoutes() {
	if s.opts.Leasing == nil {
		return
	}
	add(s, route{method: http.MethodGet, path: dhcpPath + "/scopes", id: "list-scopes", tag: "Cable", summary: "List the scopes with their utilisation",
		description: "Those of the configuration in its order, then those that only leases know. Counted in the store at each call: right for all nodes, but for what they have offered.",
		needs:       devicesRead, example: pageOf[ScopeUsage]{Items: []ScopeUsage{exampleScope()}}}, s.listScopes)
	add(s, route{method: http.MethodGet, path: dhcpPath + "/classes", id: "list-classes", tag: "Cable", summary: "List the classes of clients",
		description: "Those of the configuration, in the order in which they are tried.",
		needs:       devicesRead, example: pageOf[ClassInfo]{Items: []ClassInfo{exampleClass()}}}, s.listClasses)
	s.leaseRoutes()
}

// listScopes lists the scopes.
func (s *Server) listScopes(ctx context.Context, _ *noInput) (*scopesOutput, error) {
	list, err := s.opts.Leasing.Scopes(ctx)
	if err != nil {
		return nil, err
	}
	return &scopesOutput{pageOf[ScopeUsage]{Items: append([]ScopeUsage{}, list...)}}, nil
}

// listClasses lists the classes.
func (s *Server) listClasses(ctx context.Context, _ *noInput) (*classesOutput, error) {
	list, err := s.opts.Leasing.Classes(ctx)
	if err != nil {
		return nil, err
	}
	return &classesOutput{pageOf[ClassInfo]{Items: append([]ClassInfo{}, list...)}}, nil
}

// The words of leases.
type (
	leaseState string
	clientKind itms.ClientKind
)

// leaseExpired is what an active lease is shown as once it has ended: the store keeps it
// until it is swept.
const leaseExpired = "expired"

// leaseStates are what a lease may be shown as.
var leaseStates = []string{string(itms.LeaseActive), string(itms.LeaseReleased), string(itms.LeaseDeclined), leaseExpired}

// clientKinds are the sorts of clients.
var clientKinds = []itms.ClientKind{itms.ClientModem, itms.ClientMTA, itms.ClientRouter, itms.ClientSTB, itms.ClientGateway, itms.ClientCPE}

// Schema lists the words.
func (leaseState) Schema(huma.Registry) *huma.Schema { return enum(leaseStates) }

// Schema lists the words.
func (clientKind) Schema(huma.Registry) *huma.Schema { return enum(clientKinds) }

// exampleScope is a subnet of modems.
func exampleScope() ScopeUsage {
	o := Occupancy{Size: 250, Leased: 180, Declined: 1, Offered: 2, Reserved: 1, Free: 66}
	o.Rate()
	return ScopeUsage{Subnet: "192.0.2.0/24", Network: "cmts-1", Occupancy: o, Classes: map[string]int{"cm-active": 180},
		Pools: []PoolUsage{{"192.0.2.1-192.0.2.250", []string{"cm-active"}, o}}}
}

// exampleClass is that of its modems.
func exampleClass() ClassInfo {
	return ClassInfo{Name: "cm-active", Match: `client.kind == "cm" && client.provisioned`, Template: "internet", BootFile: "secret", LeaseSeconds: 86400, Leases: 180}
}
