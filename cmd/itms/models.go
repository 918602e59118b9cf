package main

import (
	"net"
	"strconv"
	"sync/atomic"

	"itms"
	"itms/profile"
	"itms/profile/datamodel"
	"itms/web/api"
	"itms/workorder"
)

// models lets workorder use profiles and model rules: the two rooms do not know each
// other.
type models struct {
	use   *profilesInUse
	rules *profile.Rules
	stun  *stunServer
}

// stunServer is the STUN server as devices reach it, once it is open; until then there
// is none.
type stunServer struct{ at atomic.Pointer[profile.STUN] }

// get returns it, the zero value when there is none.
func (s *stunServer) get() profile.STUN {
	if at := s.at.Load(); at != nil {
		return *at
	}
	return profile.STUN{}
}

var (
	_ workorder.Models = models{}

	_ workorder.Knowledge = (*datamodel.Models)(nil)
	_ api.Knowledge       = (*datamodel.Models)(nil)
)

// Match implements workorder.Models.
func (m models) Match(d *itms.Device, known *itms.ParamTree) string {
	if p, ok := m.use.set().Match(d, known); ok {
		return p.Name
	}
	return ""
}

// Probe implements workorder.Models.
func (m models) Probe(d *itms.Device, known *itms.ParamTree) []itms.ParamPath {
	return m.use.set().Probe(d, known)
}

// Digest implements workorder.Models. The STUN server is a part of what every profile
// writes: with another one, devices are read and compared anew.
func (m models) Digest(name string) string {
	p, ok := m.use.set().Get(name)
	if !ok {
		return ""
	}
	if at := m.stun.get(); at.Host != "" {
		return p.Digest() + "+" + net.JoinHostPort(at.Host, strconv.Itoa(at.Port))
	}
	return p.Digest()
}

// AllowsBasic implements workorder.Models.
func (m models) AllowsBasic(name string) bool {
	p, ok := m.use.set().Get(name)
	return ok && p.AllowsBasic()
}

// Revision implements workorder.Models.
func (m models) Revision() string { return m.use.set().Revision() }

// Secrets implements workorder.Models.
func (m models) Secrets(name string) []itms.ParamPath {
	if p, ok := m.use.set().Get(name); ok {
		return p.Secrets()
	}
	return nil
}

// Accepts implements workorder.Models.
func (m models) Accepts(name string, t itms.ServiceType) bool {
	p, ok := m.use.set().Get(name)
	return ok && p.Accepts(t)
}

// Identity implements workorder.Models.
func (m models) Identity(name string) [][]itms.ParamPath {
	p, ok := m.use.set().Get(name)
	if !ok {
		return nil
	}
	id := p.Identity()
	return [][]itms.ParamPath{id.STBID, id.MAC, id.Model}
}

// Identify implements workorder.Models.
func (m models) Identify(name string, known *itms.ParamTree) workorder.Identity {
	p, ok := m.use.set().Get(name)
	if !ok {
		return workorder.Identity{}
	}
	stbid, mac, model := p.Identify(known)
	return workorder.Identity{STBID: stbid, MAC: mac, Model: model}
}

// Wanted implements workorder.Models.
func (m models) Wanted(name string, in workorder.ModelInput) (itms.Wanted, error) {
	p, ok := m.use.set().Get(name)
	if !ok {
		return itms.Wanted{}, itms.NotFound("profile", name)
	}
	return p.Wanted(m.profileInput(in))
}

// profileInput is the input of a profile.
func (m models) profileInput(in workorder.ModelInput) profile.Input {
	return profile.Input{Device: in.Device, Known: in.Known, Bound: in.Bound, Withdraw: in.Withdraw, Service: in.Service, Subscriber: in.Subscriber,
		Line: in.Line, Attributes: in.Attributes, Management: profile.Management{PeriodicInterval: in.PeriodicInterval,
			ConnectionUsername: in.ConnectionUsername, ConnectionPassword: in.ConnectionPassword, STUN: m.stun.get()}}
}

// Registration implements workorder.Models.
func (m models) Registration(name string) workorder.Registration {
	p, ok := m.use.set().Get(name)
	if !ok {
		return workorder.Registration{}
	}
	return workorder.Registration(p.Registration())
}

// Page implements workorder.Models.
func (m models) Page(name string, in workorder.PageInput) ([]itms.WantedParam, error) {
	p, ok := m.use.set().Get(name)
	if !ok {
		return nil, itms.NotFound("profile", name)
	}
	return p.Page(profile.PageInput(in))
}

// Hosts implements workorder.Models.
func (m models) Hosts(name string, known *itms.ParamTree) []itms.MAC {
	if p, ok := m.use.set().Get(name); ok {
		return p.HostsIn(known)
	}
	return nil
}

// Notifies implements workorder.Models.
func (m models) Notifies(name string) bool {
	p, ok := m.use.set().Get(name)
	return ok && p.Notifies()
}

// Refresh implements workorder.Models.
func (m models) Refresh(name string) []string {
	if p, ok := m.use.set().Get(name); ok {
		return p.Refresh()
	}
	return nil
}

// Quirks implements workorder.Models.
func (m models) Quirks(name string) itms.Quirks {
	if p, ok := m.use.set().Get(name); ok {
		return p.Quirks()
	}
	return itms.Quirks{}
}

// Judge implements workorder.Models.
func (m models) Judge(d *itms.Device, area string, find workorder.FileFinder) workorder.Verdict {
	v := m.rules.Judge(d, area, profile.FileFinder(find))
	verdict := workorder.Verdict{Allowed: v.Allowed, Reason: v.Reason}
	if v.Firmware != nil {
		fw := workorder.Firmware(*v.Firmware)
		verdict.Firmware = &fw
	}
	return verdict
}
