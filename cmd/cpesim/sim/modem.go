package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"itms"
	"itms/internal/dhcpclient"
)

// The steps of a modem, in their order, and what may come between.
const (
	StepDiscover    = "discover"    // asks for an address
	StepOffer       = "offer"       // was offered one
	StepACK         = "ack"         // has it
	StepNAK         = "nak"         // was refused it, or must not keep it
	StepTime        = "time"        // knows the time of day
	StepNoTime      = "no-time"     // does not, and goes on
	StepFile        = "file"        // has the configuration file
	StepOperational = "operational" // has registered with it
	StepRenew       = "renew"       // asks the server for more time (T1)
	StepRebind      = "rebind"      // asks any server (T2)
	StepDecline     = "decline"     // says that somebody has its address
	StepRelease     = "release"     // gives the address back
	StepFailed      = "failed"      // could not boot; Error says where
)

// ModemConfig describes a cable modem.
type ModemConfig struct {
	CMTS *CMTS
	MAC  itms.MAC
	// DOCSIS is the version that it speaks: 1.0, 1.1, 2.0, 3.0 or 3.1. Empty: 3.1.
	DOCSIS string
	// What it says of itself in DHCP options 43 and 60. Empty: made up.
	Model, Vendor, Serial, Hardware, Software, BootROM string
	// ESAFE are the devices within it, such as EMTA and EROUTER.
	ESAFE []string
	// Secrets are those that the CMTS signs with, to check the CMTS MIC; nil: it is not.
	Secrets [][]byte
	// TFTPPort and TimePort are the ports of the servers that DHCP names. 0: 69 and 37.
	TFTPPort, TimePort uint16
	// Name and From, if set, are the file and the address it asks with, instead of its
	// own: those of a thief.
	Name string
	From netip.Addr
	// Quirks are what it does wrong, see [ModemQuirks].
	Quirks []string
	// Unit is what a second lasts in the pauses between tries. 0: a second.
	Unit time.Duration
	// StatePath is a file that keeps its report for the next run; empty: none. OutPath is
	// one for the configuration file.
	StatePath, OutPath string
	// OnStep is told of each step. It must not block.
	OnStep func(ModemStep)
}

// ModemStep is one step of a modem.
type ModemStep struct {
	MAC     itms.MAC   `json:"mac"`
	Step    string     `json:"step"`
	Address netip.Addr `json:"address,omitzero"`
	File    string     `json:"file,omitempty"`
	Time    time.Time  `json:"time,omitzero"` // of day, as it was told
	Error   string     `json:"error,omitempty"`
}

// Modem is a simulated cable modem. Boot and Run are called by one goroutine, the other
// methods by any.
type Modem struct {
	config ModemConfig
	quirks map[string]bool
	lease  *leasing
	leave  func()

	mu     sync.Mutex
	report ModemReport // guarded by mu
}

// NewModem makes a modem behind a CMTS, with what its state file remembers. Close takes it
// away.
func NewModem(c ModemConfig) (*Modem, error) {
	c.DOCSIS, c.Unit = cmp.Or(c.DOCSIS, "3.1"), cmp.Or(c.Unit, time.Second)
	c.TFTPPort, c.TimePort = cmp.Or(c.TFTPPort, 69), cmp.Or(c.TimePort, 37)
	if err := checkDOCSIS(c.DOCSIS); err != nil {
		return nil, err
	}
	m := &Modem{config: c, quirks: map[string]bool{}}
	for _, q := range c.Quirks {
		if !knownModemQuirk(q) {
			return nil, fmt.Errorf("a modem has no quirk %q", q)
		}
		m.quirks[q] = true
	}
	if c.OnStep == nil {
		m.config.OnStep = func(ModemStep) {}
	}
	if err := m.load(); err != nil {
		return nil, err
	}
	answers, leave, err := c.CMTS.attach(c.MAC)
	if err != nil {
		return nil, err
	}
	m.leave = leave
	m.lease = &leasing{cmts: c.CMTS, client: m.client(), answers: answers, unit: c.Unit, twice: m.quirks[modemTwice], told: m.leased}
	return m, nil
}

// Close takes the modem off the CMTS.
func (m *Modem) Close() { m.leave() }

// MAC is its address.
func (m *Modem) MAC() itms.MAC { return m.config.MAC }

// Report is what it has come to.
func (m *Modem) Report() ModemReport {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.report
}

// note changes the report and tells a step.
func (m *Modem) note(step ModemStep, change func(*ModemReport)) {
	m.mu.Lock()
	m.report.State = step.Step
	if change != nil {
		change(&m.report)
	}
	m.mu.Unlock()
	step.MAC = m.config.MAC
	m.config.OnStep(step)
}

// leased tells a step of the lease.
func (m *Modem) leased(step string, a *dhcpclient.Answer) {
	if a == nil {
		m.note(ModemStep{Step: step}, nil)
		return
	}
	m.note(ModemStep{Step: step, Address: a.Address}, func(r *ModemReport) {
		r.Address = netip.Addr{}
		if step == StepACK {
			r.Address, r.Server, r.Lease, r.Voice = a.Address, a.ServerID, int(a.Lease/time.Second), voiceServer(a)
		}
	})
}

// Boot brings the modem into service: an address, the time, its file. An error says which
// step has failed, and is in the report too. Both are kept in the state file.
func (m *Modem) Boot(ctx context.Context) error {
	before := m.Report()
	m.mu.Lock()
	m.report = ModemReport{MAC: m.config.MAC, Boots: before.Boots + 1}
	m.mu.Unlock()
	err := m.boot(ctx, before)
	switch {
	case err != nil:
		m.note(ModemStep{Step: StepFailed, Error: err.Error()}, func(r *ModemReport) { r.Error = err.Error() })
	case m.quirks[modemReleases]:
		err = m.lease.release(ctx)
	}
	return errors.Join(err, m.save())
}

// boot is Boot without its account.
func (m *Modem) boot(ctx context.Context, before ModemReport) error {
	if err := m.address(ctx, before.Address); err != nil {
		return fmt.Errorf("dhcp: %w", err)
	}
	m.timeOfDay(ctx)
	content, name, err := m.fetch(ctx, before.File)
	if err != nil {
		return fmt.Errorf("tftp: %w", err)
	}
	m.note(ModemStep{Step: StepFile, Address: m.lease.lease.Address, File: name}, func(r *ModemReport) { r.Size = len(content) })
	if err := m.register(content); err != nil {
		return fmt.Errorf("file: %w", err)
	}
	m.note(ModemStep{Step: StepOperational, Address: m.lease.lease.Address, File: name}, nil)
	return nil
}

// afterDecline is the pause before a client that has declined begins anew, in units of a
// second (RFC 2131 §3.1).
const afterDecline = 10

// address gets a lease, by way of an old address or a declined one for some.
func (m *Modem) address(ctx context.Context, old netip.Addr) error {
	if m.quirks[modemInitReboot] && old.IsValid() {
		if err := m.lease.reboot(ctx, old); !errors.Is(err, errRefused) {
			return err
		}
	}
	err := m.lease.acquire(ctx)
	if err == nil && m.quirks[modemDeclines] {
		if err := errors.Join(m.lease.decline(ctx), sleep(ctx, m.config.Unit*afterDecline)); err != nil {
			return err
		}
		err = m.lease.acquire(ctx)
	}
	return err
}

// modemRestart is how long a modem that has failed waits before it begins anew, in units
// of a second.
const modemRestart = 5

// Run is the life of a modem until ctx ends: it boots, keeps its lease, and boots anew when
// it has lost it or a step has failed. It returns nil.
func (m *Modem) Run(ctx context.Context) error {
	for {
		err := m.Boot(ctx)
		if err == nil && m.lease.lease != nil {
			err = m.lease.keep(ctx)
		}
		if ctx.Err() != nil {
			return nil
		}
		if !errors.Is(err, errRefused) {
			if sleep(ctx, m.config.Unit*modemRestart) != nil {
				return nil
			}
		}
	}
}
