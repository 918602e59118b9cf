package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"itms"
	"itms/cmd/itms/config"
	"itms/internal/lifecycle"
	"itms/radius"
	"itms/workorder"
)

var _ radius.Directory = (*workorder.Engine)(nil)

// radiusOn reports whether access servers are listened to.
func radiusOn(c *config.Config) bool { return len(c.Radius.Listen)+len(c.Radius.Accounting) > 0 }

// makeRadius makes the RADIUS server, and lets the outbox reach it.
func (s *server) makeRadius() error {
	if !radiusOn(s.config) {
		return nil
	}
	rc, err := radiusConfig(s.config)
	if err != nil {
		return err
	}
	sight := func(ctx context.Context, mac itms.MAC, sighting itms.Sighting) error {
		return s.engine.Sight(ctx, workorder.System, mac, sighting)
	}
	s.radius, err = radius.New(radius.Options{Config: rc, Store: s.store, Directory: s.engine, Witness: sight, Logger: s.log, Registerer: s.metrics})
	if err != nil {
		return inRadius(s.config, err)
	}
	for i := range rc.NAS {
		if n := &rc.NAS[i]; !n.RequireMessageAuthenticator {
			s.log.Warn().Str("nas", n.Name).Msg("radius.nas: requireMessageAuthenticator is false: whoever is between this access server and here may let anybody in (CVE-2024-3596)")
		}
	}
	return nil
}

// addRadius has the RADIUS server opened.
func (s *server) addRadius() {
	r := s.radius
	if r == nil {
		return
	}
	s.dispatcher.Handle(itms.AccessKind, r.Deliver)
	s.group.Add(lifecycle.Service{Name: "radius", Stop: r.Close, Start: func(ctx context.Context) error {
		if err := r.Start(ctx); err != nil {
			return fmt.Errorf("radius.listen: %w", err)
		}
		auth, accounting := r.Addrs()
		if len(auth) > 0 {
			s.addresses["radius"] = auth[0].String()
		}
		if len(accounting) > 0 {
			s.addresses["radiusAccounting"] = accounting[0].String()
		}
		return nil
	}})
}

// checkRadius finds the mistakes that only making the server would show.
func checkRadius(c *config.Config) error {
	if !radiusOn(c) && len(c.Radius.NAS) == 0 {
		return nil
	}
	rc, err := radiusConfig(c)
	if err != nil {
		return err
	}
	return inRadius(c, radius.Check(rc))
}

// inRadius places the mistakes that the RADIUS server found in the file.
func inRadius(c *config.Config, err error) error {
	var e *itms.Error
	if err == nil || !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	var all []error
	for _, f := range e.Fields {
		all = append(all, c.Wrong("radius"+strings.ReplaceAll(f.Pointer, "/", "."), errors.New(f.Text)))
	}
	return errors.Join(all...)
}

// radiusConfig turns the configuration into that of the RADIUS server.
func radiusConfig(c *config.Config) (radius.Config, error) {
	r := &c.Radius
	out := radius.Config{Listen: r.Listen, Accounting: r.Accounting, Realms: r.Realms, UserTries: r.UserTries, NASTries: r.NASTries, Window: r.GuessWindow,
		Keep: r.KeepSessions, SilentEnds: r.SilentEnds}
	if r.PortID != "" {
		re, err := regexp.Compile(r.PortID)
		if err != nil {
			return out, c.Wrong("radius.portId", err)
		}
		out.PortID = re
	}
	for i := range r.NAS {
		in := &r.NAS[i]
		n := radius.NAS{Name: in.Name, Networks: in.Prefixes(), Secret: itms.NewSecret(in.Secret), CoAPort: in.CoAPort, DisconnectOnly: in.DisconnectOnly,
			RequireMessageAuthenticator: in.RequireMessageAuthenticator}
		if in.SecretFile != "" {
			line, err := readSecretLine(in.SecretFile)
			if err != nil {
				return out, c.Wrong("radius.nas."+in.Name+".secretFile", err)
			}
			n.Secret = itms.NewSecret(string(line))
		}
		out.NAS = append(out.NAS, n)
	}
	for i := range r.Rules {
		out.Rules = append(out.Rules, radiusRule(&r.Rules[i]))
	}
	return out, nil
}

// radiusRule turns a rule of the configuration into one of the server.
func radiusRule(in *config.RadiusRule) radius.Rule {
	rule := radius.Rule{Name: in.Name, Kind: radius.Kind(in.Kind), ServiceType: itms.ServiceType(in.ServiceType), Package: in.Package, State: in.State}
	for _, e := range in.Attributes {
		values, list := e.Value.([]any)
		if !list {
			values = []any{e.Value}
		}
		for _, v := range values {
			rule.Attributes = append(rule.Attributes, radius.Attribute{Name: e.Key, Value: fmt.Sprint(v)})
		}
	}
	for _, v := range in.Vendor {
		rule.Attributes = append(rule.Attributes, radius.Attribute{Vendor: uint32(v.Vendor), Type: v.Type, Format: radius.Format(v.Format), Value: v.Value})
	}
	return rule
}
