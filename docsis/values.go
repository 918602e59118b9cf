package docsis

import (
	"itms"
)

// Values are what a template sees.
type Values struct {
	Device     DeviceValues
	Service    ServiceValues
	Subscriber itms.Subscriber
	Line       itms.Line
	Lease      LeaseValues
	Attributes map[string]string // of the order
	Package    map[string]any    // of docsis.packages, by the package of the service
}

// DeviceValues are what is known of the device.
type DeviceValues struct {
	ID           string
	MAC          string
	Kind         string // cm or mta
	Version      string // of DOCSIS or PacketCable, e.g. "3.1"
	Manufacturer string
	Model        string
	Hardware     string
	Software     string
	Serial       string
	MTA          string            // MAC of the MTA within, "" = none
	Capabilities map[string]string // by their names in the language
}

// ServiceValues are the service; empty when there is none.
type ServiceValues struct {
	ID       string
	Type     string
	State    string
	Package  string
	Account  string
	Password string // in a preview a placeholder
	DownKbps int
	UpKbps   int
}

// LeaseValues are the lease under which the file is fetched.
type LeaseValues struct {
	Address string
	Class   string
	Relay   string
	Circuit string
	Scope   string
}

// values gathers what a template sees.
func (s *Service) values(l *itms.Lease, ent *itms.Entitlement, password func(itms.Sealed) (string, error)) (*Values, error) {
	f := &ent.Facts
	v := &Values{
		Device: DeviceValues{ID: ent.Device.String(), MAC: l.MAC.String(), Kind: string(l.Kind), Version: f.Version, Manufacturer: f.Vendor,
			Model: f.Model, Hardware: f.Hardware, Software: f.Software, Serial: f.Serial, Capabilities: f.Capabilities},
		Lease: LeaseValues{Address: l.Address.String(), Class: l.Class, Circuit: l.Circuit, Scope: l.Scope},
	}
	if !f.MTA.IsZero() {
		v.Device.MTA = f.MTA.String()
	}
	if l.Relay.IsValid() {
		v.Lease.Relay = l.Relay.String()
	}
	svc := ent.Service
	if svc == nil {
		return v, nil
	}
	v.Subscriber, v.Line, v.Attributes, v.Package = svc.Subscriber, svc.Line, svc.Attributes, s.Packages[svc.Package]
	v.Service = ServiceValues{ID: string(svc.ID), Type: string(svc.Type), State: string(svc.State), Package: svc.Package, Account: svc.Account,
		DownKbps: svc.Access.DownKbps, UpKbps: svc.Access.UpKbps}
	if len(svc.Password) == 0 {
		return v, nil
	}
	var err error
	v.Service.Password, err = password(svc.Password)
	return v, err
}
