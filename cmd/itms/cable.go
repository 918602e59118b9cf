package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"itms"
	"itms/cmd/itms/config"
	"itms/dhcp"
	"itms/docsis"
	"itms/internal/lifecycle"
	"itms/tftp"
	"itms/tod"
	"itms/workorder"
)

var _ docsis.Orders = (*workorder.Engine)(nil)

// cable is the part of the server that brings cable modems, and others by DHCP, into
// service. What is off is nil.
type cable struct {
	service  *docsis.Service
	dhcp     *dhcp.Server
	tftp     *tftp.Server
	tod      *tod.Server
	firmware *os.Root
}

// makeCable makes the servers that are on.
func (s *server) makeCable() (err error) {
	c := s.config
	if len(c.DHCP.Listen) > 0 || c.TFTP.Listen != "" {
		if s.cable.service, err = newDocsis(s.base); err != nil {
			return err
		}
	}
	if len(c.DHCP.Listen) > 0 {
		if err := s.makeDHCP(); err != nil {
			return err
		}
	}
	if c.TFTP.Listen != "" {
		if err := s.makeTFTP(); err != nil {
			return err
		}
	}
	if c.TOD.Listen != "" {
		s.cable.tod, err = tod.New(tod.Options{Logger: s.log, Registerer: s.metrics})
	}
	return err
}

// newDocsis makes what answers the DHCP and the TFTP server.
func newDocsis(b *base) (*docsis.Service, error) {
	o, err := docsisOptions(b.config)
	if err != nil {
		return nil, err
	}
	if o.Names, err = docsis.NewNamer(nameKey(b), b.config.TFTP.Rotate); err != nil {
		return nil, err
	}
	o.Store, o.Orders, o.Unseal, o.Logger, o.Registerer = b.store, b.engine, b.unseal, b.log, b.metrics
	service, err := docsis.New(o)
	return service, inFile(b.config, err)
}

// docsisOptions are those that follow from the configuration alone.
func docsisOptions(c *config.Config) (o docsis.Options, err error) {
	if o.Templates, err = docsis.LoadTemplates(c.DOCSIS.Templates); err != nil {
		return o, err
	}
	if o.Secret, err = cmtsSecret(c, "docsis.sharedSecretFile", c.DOCSIS.SharedSecretFile); err != nil {
		return o, err
	}
	for i, in := range c.DOCSIS.CMTS {
		secret, err := cmtsSecret(c, "docsis.cmts."+strconv.Itoa(i)+".sharedSecretFile", in.SharedSecretFile)
		if err != nil {
			return o, err
		}
		o.CMTS = append(o.CMTS, docsis.CMTS{Relays: addresses(in.Relay), Secret: secret})
	}
	o.Classes, o.Packages, o.Proxies = docsisClasses(c), c.PackageValues(), networksOf(c.TFTP.Proxies)
	return o, nil
}

// nameKey is the key of secret file names: the same on all nodes.
func nameKey(b *base) []byte {
	if b.config.TFTP.Secret != "" {
		return []byte(b.config.TFTP.Secret)
	}
	return b.vault.Derive("tftp file names")
}

// unseal opens a stored secret.
func (b *base) unseal(sealed itms.Sealed) (itms.Secret, error) {
	clear, err := b.vault.Unseal(sealed)
	return itms.NewSecret(clear), err
}

// cmtsSecret reads a shared secret; none for no file.
func cmtsSecret(c *config.Config, key, path string) (itms.Secret, error) {
	if path == "" {
		return itms.Secret{}, nil
	}
	line, err := readSecretLine(path)
	if err != nil {
		return itms.Secret{}, c.Wrong(key, err)
	}
	return itms.NewSecret(string(line)), nil
}

// makeDHCP makes the DHCP server.
func (s *server) makeDHCP() error {
	dc, err := dhcpConfig(s.config)
	if err != nil {
		return err
	}
	s.cable.dhcp, err = dhcp.New(dhcp.Options{Config: dc, Store: s.store, Directory: s.cable.service, Shared: s.bolt == nil,
		Logger: s.log, Registerer: s.metrics})
	return err
}

// makeTFTP makes the TFTP server.
func (s *server) makeTFTP() (err error) {
	c := &s.config.TFTP
	source := tftp.Source(s.cable.service)
	if c.Firmware != "" {
		if s.cable.firmware, err = os.OpenRoot(c.Firmware); err != nil {
			return s.config.Wrong("tftp.firmware", err)
		}
		source = tftp.First(source, tftp.NewFolder(s.cable.firmware))
	}
	s.cable.tftp, err = tftp.New(tftp.Options{Source: source, SinglePort: c.SinglePort, Relays: networksOf(c.Proxies),
		Limits: tftp.Limits{Transfers: c.MaxTransfers, PerClient: c.MaxPerClient, PerSecond: int(rate(c.RateClient))}, Logger: s.log, Registerer: s.metrics})
	return err
}

// addCable has the servers opened, those first that others lead clients to.
func (s *server) addCable() {
	if s.cable.service != nil {
		s.group.Add(lifecycle.Service{Name: "cable", Stop: s.closeDocsis})
	}
	if t := s.cable.tod; t != nil {
		s.group.Add(s.opened("tod", s.config.TOD.Listen, t.Listen, t.Close))
	}
	if t := s.cable.tftp; t != nil {
		s.group.Add(s.opened("tftp", s.config.TFTP.Listen, t.Listen, t.Close))
	}
	if d := s.cable.dhcp; d != nil {
		s.group.Add(lifecycle.Service{Name: "dhcp", Stop: func(context.Context) error { return d.Close() },
			Start: func(ctx context.Context) error {
				if err := d.Start(ctx); err != nil {
					return fmt.Errorf("dhcp.listen: %w", err)
				}
				s.addresses["dhcp"] = d.Addrs()[0].String()
				return nil
			}})
	}
}

// closeDocsis records what is left and closes the firmware folder.
func (s *server) closeDocsis(ctx context.Context) error {
	err := s.cable.service.Close(ctx)
	if s.cable.firmware != nil {
		err = errors.Join(err, s.cable.firmware.Close())
	}
	return err
}

// opened is a server on one address as a service.
func (s *server) opened(name, at string, listen func(context.Context, string) (netip.AddrPort, error), stop func(context.Context) error) lifecycle.Service {
	return lifecycle.Service{Name: name, Stop: stop, Start: func(ctx context.Context) error {
		if strings.HasPrefix(at, ":") {
			at = "[::]" + at
		}
		bound, err := listen(ctx, at)
		if err != nil {
			return fmt.Errorf("%s.listen: %w", name, err)
		}
		s.addresses[name] = bound.String()
		return nil
	}}
}

// checkCable finds the mistakes that only making the servers would show: in conditions,
// templates, scopes and secrets. It starts nothing.
func checkCable(c *config.Config) error {
	o, err := docsisOptions(c)
	if err != nil {
		return err
	}
	_, dhcpErr := dhcpConfig(c)
	return cmp.Or(inFile(c, docsis.Check(o)), dhcpErr)
}
