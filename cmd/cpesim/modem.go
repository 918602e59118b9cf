package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"itms"
	"itms/cmd/cpesim/sim"
	"itms/internal/command"
)

// modemCmd runs cable modems.
type modemCmd struct {
	DHCP       string        `name:"dhcp" required:"" env:"CPESIM_DHCP" placeholder:"ADDR:PORT" help:"DHCP server that the relay sends to."`
	Relay      string        `required:"" placeholder:"ADDR:PORT" help:"Address of the relay (giaddr), and the port where it takes answers: the server's dhcp.relayPort."`
	TFTPPort   uint16        `name:"tftp-port" default:"69" env:"CPESIM_TFTP_PORT" help:"Port of the TFTP server that DHCP names."`
	TODPort    uint16        `name:"tod-port" default:"37" env:"CPESIM_TOD_PORT" help:"Port of the time server that DHCP names."`
	MAC        string        `name:"mac" default:"00:00:5E:00:53:01" placeholder:"MAC" help:"MAC address of the first modem; the others count up."`
	Count      int           `default:"1" help:"Number of modems."`
	DOCSIS     string        `name:"docsis" default:"3.1" enum:"1.0,1.1,2.0,3.0,3.1" help:"Version that they speak."`
	Model      string        `placeholder:"TEXT" help:"Model that they tell."`
	Vendor     string        `placeholder:"TEXT" help:"Vendor that they tell."`
	Software   string        `placeholder:"TEXT" help:"Version of the software that they tell."`
	SecretFile string        `type:"existingfile" placeholder:"FILE" help:"Check the CMTS MIC of files with the shared secret in the first line of a file, as the CMTS does."`
	State      string        `type:"path" placeholder:"FILE" help:"Keep what a modem has come to in a file, for the next run and for scripts. Modems after the first have the digits of their MAC appended: FILE.00005E005302."`
	Out        string        `type:"path" placeholder:"FILE" help:"Write the configuration file to a file, named like the state."`
	Quirk      []string      `sep:"none" placeholder:"NAME" help:"Do something wrong, see \"cpesim quirks\"; may be given several times."`
	CPE        int           `name:"cpe" default:"0" help:"Number of hosts behind each modem that ask for addresses once it is operational."`
	MTA        bool          `name:"mta" help:"Each modem has a telephone adapter that asks for an address and its file."`
	Name       string        `placeholder:"FILE" help:"Ask for this file instead of the one that the lease names."`
	From       string        `placeholder:"ADDR" help:"Ask for the file from this address instead of the leased one."`
	Stay       bool          `help:"Keep the leases, and boot again what has failed, until interrupted."`
	Jitter     time.Duration `default:"0s" help:"Longest time over which the modems start, evenly."`
	Unit       time.Duration `default:"1s" help:"What a second lasts in the pauses between tries."`
}

// Help shows an example.
func (modemCmd) Help() string {
	return "Boots cable modems behind a relay (CMTS) on this machine: DHCP, time of day, configuration file, checks of the file. " +
		"Prints a line of JSON for each step and, at the end, one for each modem and each device behind one with what it has come to; " +
		"fails when one is not operational. Leased addresses are to be such that this machine may use, as all of 127.0.0.0/8.\n\n" +
		"Example: cpesim modem --dhcp 127.0.0.1:1067 --relay 127.8.0.1:1167 --tftp-port 1069 --tod-port 1037 --mac 00:00:5E:00:53:01 --state cm.json"
}

// errNotOperational ends a run in which a modem, or what is behind one, has failed.
var errNotOperational = errors.New("not operational")

// Run boots the modems.
func (c *modemCmd) Run(p *program) error {
	configs, err := c.configs(p)
	if err != nil {
		return err
	}
	relay, server := configs.relay, configs.server
	cmts, err := sim.NewCMTS(sim.CMTSConfig{Relay: relay, Server: server})
	if err != nil {
		return err
	}
	return errors.Join(c.boot(p, cmts, configs.modems), cmts.Close())
}

// modemConfigs are what the flags say.
type modemConfigs struct {
	relay, server netip.AddrPort
	modems        []sim.ModemConfig
}

// configs turns the flags into configurations.
func (c *modemCmd) configs(p *program) (m modemConfigs, err error) {
	var errs [4]error
	var from netip.Addr
	var mac itms.MAC
	m.server, errs[0] = netip.ParseAddrPort(c.DHCP)
	m.relay, errs[1] = netip.ParseAddrPort(c.Relay)
	mac, errs[2] = itms.ParseMAC(c.MAC)
	if c.From != "" {
		from, errs[3] = netip.ParseAddr(c.From)
	}
	if err := errors.Join(errs[:]...); err != nil {
		return m, fmt.Errorf("%w: %w", command.ErrUsage, err)
	}
	secrets, err := c.secrets()
	if err != nil {
		return m, err
	}
	for n := range c.Count {
		one := sim.ModemConfig{MAC: counted(mac, n), DOCSIS: c.DOCSIS, Model: c.Model, Vendor: c.Vendor, Software: c.Software, Secrets: secrets,
			TFTPPort: c.TFTPPort, TimePort: c.TODPort, Name: c.Name, From: from, Quirks: c.Quirk, Unit: c.Unit,
			OnStep: func(s sim.ModemStep) { _ = p.print(s) }}
		if c.MTA {
			one.ESAFE = []string{"EMTA"}
		}
		one.StatePath, one.OutPath = numberedPath(c.State, one.MAC, n), numberedPath(c.Out, one.MAC, n)
		m.modems = append(m.modems, one)
	}
	return m, nil
}

// counted is the MAC of the nth modem.
func counted(mac itms.MAC, n int) itms.MAC {
	low := binary.BigEndian.Uint32(mac[2:]) + uint32(n)
	binary.BigEndian.PutUint32(mac[2:], low)
	return mac
}

// numberedPath is the file of the nth modem.
func numberedPath(path string, mac itms.MAC, n int) string {
	if path == "" || n == 0 {
		return path
	}
	return path + "." + mac.Key()
}

// secrets reads the shared secret.
func (c *modemCmd) secrets() ([][]byte, error) {
	if c.SecretFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.SecretFile)
	if err != nil {
		return nil, fmt.Errorf("reading the secret: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return [][]byte{[]byte(strings.TrimSuffix(line, "\r"))}, nil
}

// boot runs all modems and prints what they have come to.
func (c *modemCmd) boot(p *program, cmts *sim.CMTS, configs []sim.ModemConfig) error {
	reports := &modemReports{}
	var group errgroup.Group
	for n, config := range configs {
		config.CMTS = cmts
		group.Go(func() error {
			if err := waitFor(p.ctx, c.Jitter*time.Duration(n)/time.Duration(len(configs))); err != nil {
				return nil
			}
			return c.live(p, config, reports)
		})
	}
	err := group.Wait()
	return errors.Join(err, reports.print(p))
}

// live is the life of one modem.
func (c *modemCmd) live(p *program, config sim.ModemConfig, reports *modemReports) error {
	var behind sync.WaitGroup
	defer behind.Wait()
	var m *sim.Modem
	if c.Stay {
		config.OnStep = onceOperational(config.OnStep, func() { behind.Go(func() { c.attach(p, config, m.Report().Voice, reports) }) })
	}
	m, err := sim.NewModem(config)
	if err != nil {
		return err
	}
	defer m.Close()
	if !c.Stay {
		if err := m.Boot(p.ctx); err == nil {
			c.attach(p, config, m.Report().Voice, reports)
		}
		reports.add(m.Report())
		return nil
	}
	err = m.Run(p.ctx)
	reports.add(m.Report())
	return err
}

// onceOperational does something when a modem is operational for the first time, beside
// telling its steps.
func onceOperational(told func(sim.ModemStep), do func()) func(sim.ModemStep) {
	var once sync.Once
	return func(s sim.ModemStep) {
		told(s)
		if s.Step == sim.StepOperational {
			once.Do(do)
		}
	}
}

// attach boots what is behind a modem, whose lease names a DHCP server for the MTA.
func (c *modemCmd) attach(p *program, config sim.ModemConfig, voice netip.Addr, reports *modemReports) {
	first := 1
	if c.MTA {
		first = 0
	}
	for n := first; n <= c.CPE; n++ { // one after the other, as people switch them on
		report, _ := sim.Attach(p.ctx, sim.BehindConfig{CMTS: config.CMTS, Modem: config.MAC, Number: n, Voice: voice, TFTPPort: c.TFTPPort, Unit: c.Unit, OnStep: config.OnStep})
		reports.add(report) // which has the error
	}
}

// modemReports are what modems have come to.
type modemReports struct {
	mu      sync.Mutex
	reports []sim.ModemReport
}

// add adds one.
func (r *modemReports) add(report sim.ModemReport) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reports = append(r.reports, report)
}

// print prints them all, and fails when one has.
func (r *modemReports) print(p *program) error {
	failed := 0
	for _, report := range r.reports {
		if report.Error != "" {
			failed++
		}
		if err := p.print(report); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%w: %d of %d", errNotOperational, failed, len(r.reports))
	}
	return nil
}

// waitFor waits, or returns why ctx has ended.
func waitFor(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
