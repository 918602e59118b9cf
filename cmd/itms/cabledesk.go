package main

import (
	"cmp"
	"context"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"itms"
	"itms/dhcp"
	"itms/docsis"
	"itms/web/api"
)

// cableDesk answers the REST API about the cable side, whether its servers are on or off:
// what is off is made from the configuration when it is first asked for.
type cableDesk struct {
	base   *base
	dhcp   *dhcp.Server // nil = off
	files  func() (*docsis.Service, error)
	scopes func() (scopes, error)
	made   atomic.Pointer[docsis.Service] // by files, to be closed
}

// scopes tells how much of the scopes is in use: the DHCP server, or a survey.
type scopes interface {
	Scopes(ctx context.Context) ([]dhcp.ScopeUsage, error)
}

var (
	_ api.Leasing     = (*cableDesk)(nil)
	_ api.ConfigFiles = (*cableDesk)(nil)
	_ scopes          = (*dhcp.Server)(nil)
	_ scopes          = (*dhcp.Survey)(nil)
)

// newCableDesk makes a desk beside the servers that are on.
func newCableDesk(b *base, c *cable) *cableDesk {
	d := &cableDesk{base: b, dhcp: c.dhcp}
	d.files = func() (*docsis.Service, error) { return c.service, nil }
	if c.service == nil {
		d.files = sync.OnceValues(d.makeFiles)
	}
	d.scopes = func() (scopes, error) { return c.dhcp, nil }
	if c.dhcp == nil {
		d.scopes = sync.OnceValues(d.makeScopes)
	}
	return d
}

// close closes what was made.
func (d *cableDesk) close(ctx context.Context) error {
	if s := d.made.Load(); s != nil {
		return s.Close(ctx)
	}
	return nil
}

// makeFiles makes what renders configuration files.
func (d *cableDesk) makeFiles() (*docsis.Service, error) {
	s, err := newDocsis(d.base)
	if err != nil {
		return nil, misconfigured(err)
	}
	d.made.Store(s)
	return s, nil
}

// makeScopes makes what counts leases by the configuration.
func (d *cableDesk) makeScopes() (scopes, error) {
	c, err := dhcpConfig(d.base.config)
	if err != nil {
		return nil, misconfigured(err)
	}
	return dhcp.NewSurvey(c, d.base.store, time.Now)
}

// misconfigured tells a caller of the API what of the configuration is wrong: with the
// servers off nothing has told so before.
func misconfigured(err error) error {
	return itms.Errorf(itms.KindUnavailable, itms.CodeConfig, "%s", err)
}

// Scopes implements api.Leasing.
func (d *cableDesk) Scopes(ctx context.Context) ([]api.ScopeUsage, error) {
	from, err := d.scopes()
	if err != nil {
		return nil, err
	}
	usage, err := from.Scopes(ctx)
	if err != nil {
		return nil, err
	}
	counts, err := d.counts(ctx)
	if err != nil {
		return nil, err
	}
	byScope := map[string]map[string]int{}
	for _, c := range counts {
		if byScope[c.Scope] == nil {
			byScope[c.Scope] = map[string]int{}
		}
		byScope[c.Scope][c.Class] = c.Count
	}
	var list []api.ScopeUsage
	for i := range usage {
		list = append(list, scopeUsage(&usage[i], byScope[usage[i].Subnet]))
		delete(byScope, usage[i].Subnet)
	}
	for _, name := range slices.Sorted(maps.Keys(byScope)) {
		list = append(list, leftScope(name, byScope[name]))
	}
	return list, nil
}

// leftScope is a scope that only leases know.
func leftScope(name string, classes map[string]int) api.ScopeUsage {
	v := api.ScopeUsage{Subnet: name, Pools: []api.PoolUsage{}, Classes: classes}
	for _, n := range classes {
		v.Leased += n
	}
	v.Size = v.Leased
	return v
}

// counts are the leases that hold now, by scope and class.
func (d *cableDesk) counts(ctx context.Context) (list []itms.LeaseCount, err error) {
	err = d.base.store.View(ctx, func(tx itms.Tx) error {
		list, err = tx.Leases().Count(time.Now())
		return err
	})
	return list, err
}

// scopeUsage is the usage of a scope as the API tells it.
func scopeUsage(u *dhcp.ScopeUsage, classes map[string]int) api.ScopeUsage {
	v := api.ScopeUsage{Subnet: u.Subnet, Network: u.Network, Pools: []api.PoolUsage{}, Classes: classes}
	if classes == nil {
		v.Classes = map[string]int{}
	}
	for i := range u.Pools {
		p := &u.Pools[i]
		o := api.Occupancy{Size: p.Size, Leased: p.Leased, Declined: p.Declined, Offered: p.Offered, Reserved: p.Reserved, Free: p.Free}
		o.Rate()
		v.Add(&o)
		v.Pools = append(v.Pools, api.PoolUsage{Range: p.Range, Classes: append([]string{}, p.Classes...), Occupancy: o})
	}
	v.Rate()
	return v
}

// Classes implements api.Leasing.
func (d *cableDesk) Classes(ctx context.Context) ([]api.ClassInfo, error) {
	counts, err := d.counts(ctx)
	if err != nil {
		return nil, err
	}
	leases := map[string]int{}
	for _, c := range counts {
		leases[c.Class] += c.Count
	}
	var list []api.ClassInfo
	for _, c := range d.base.config.DHCP.Classes {
		v := api.ClassInfo{Name: c.Name, Match: c.Match, Template: c.Template, BootFile: "none", Once: c.Once, MTA: c.MTA, MaxCPE: c.MaxCPE,
			LeaseSeconds: int(cmp.Or(c.LeaseTime, dhcp.DefaultLeaseTime).Seconds()), Leases: leases[c.Name]}
		switch c.BootFile {
		case "":
		case docsis.BootDynamic:
			v.BootFile = "secret"
		default:
			v.BootFile, v.FileName = "fixed", c.BootFile
		}
		list = append(list, v)
	}
	return list, nil
}

// Release implements api.Leasing. Other nodes learn of it when they read the leases again.
func (d *cableDesk) Release(ctx context.Context, actor string, addr netip.Addr) error {
	if d.dhcp != nil {
		return d.dhcp.Release(ctx, addr, actor)
	}
	return dhcp.Release(ctx, d.base.store, addr, actor, time.Now())
}

// Templates implements api.ConfigFiles.
func (d *cableDesk) Templates(context.Context) ([]api.TemplateInfo, error) {
	s, err := d.files()
	if err != nil {
		return nil, err
	}
	var list []api.TemplateInfo
	for _, t := range s.Templates.All() {
		v := api.TemplateInfo{Name: t.Name, BuiltIn: t.BuiltIn, Text: t.Text, Classes: []string{}}
		for _, c := range s.Options.Classes {
			if c.Template == t.Name {
				v.Classes = append(v.Classes, c.Name)
			}
		}
		list = append(list, v)
	}
	return list, nil
}

// CheckTemplate implements api.ConfigFiles.
func (d *cableDesk) CheckTemplate(_ context.Context, r api.TemplateCheck) ([]api.TemplateMistake, error) {
	s, err := d.files()
	if err != nil {
		return nil, err
	}
	list, err := s.CheckTemplate(docsis.CheckRequest{Text: r.Text, MTA: r.MTA, Package: r.Package, Attributes: r.Attributes})
	return templateMistakes(list), err
}

// templateMistakes are mistakes as the API tells them.
func templateMistakes(list []docsis.Mistake) []api.TemplateMistake {
	var out []api.TemplateMistake
	for _, m := range list {
		out = append(out, api.TemplateMistake{Line: m.Line, Column: m.Column, Warning: m.Warning, Text: m.Text})
	}
	return out
}

// Preview implements api.ConfigFiles.
func (d *cableDesk) Preview(ctx context.Context, r api.PreviewRequest) (*api.FilePreview, error) {
	s, err := d.files()
	if err != nil {
		return nil, err
	}
	p, err := s.Preview(ctx, docsis.PreviewRequest(r))
	if err != nil {
		return nil, err
	}
	v := &api.FilePreview{Class: p.Class, Template: p.Template, MTA: p.MTA, Sample: p.Sample, Device: p.Device.String(), MAC: p.MAC.String(),
		Text: p.Text, Size: p.Size, MIC: p.MIC, Mistakes: templateMistakes(p.Mistakes)}
	for _, l := range p.Lines {
		v.TLVs = append(v.TLVs, api.TLVInfo(l))
	}
	return v, nil
}

// Standing implements api.ConfigFiles.
func (d *cableDesk) Standing(ctx context.Context, kind itms.ClientKind, mac itms.MAC) (*api.CableStanding, error) {
	s, err := d.files()
	if err != nil {
		return nil, err
	}
	st, err := s.Standing(ctx, kind, mac)
	if err != nil {
		return nil, err
	}
	e := st.Entitlement
	v := &api.CableStanding{State: e.State, Provisioned: e.Provisioned(), Blocked: e.Blocked, Waiting: e.Waiting, Revision: e.Revision}
	if st.Class != nil {
		v.Class, v.Template = st.Class.Name, st.Class.Template
	}
	if e.Service != nil {
		v.Service, v.Package = e.Service.ID, e.Service.Package
	}
	return v, nil
}
