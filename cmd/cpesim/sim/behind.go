package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"itms"
	"itms/docsis/configfile"
	"itms/internal/dhcpclient"
	"itms/tftp"
)

// The last steps of what is behind a modem, beside those of a modem.
const (
	StepLeased = "leased" // it has an address, and needs no more
	StepOff    = "off"    // the modem's lease says that its MTA must not start
)

// Kinds of what is behind a modem.
const (
	kindCPE = "cpe"
	kindMTA = "mta"
)

// BehindConfig describes a device behind a cable modem: a host of the subscriber, or the
// telephone adapter (MTA) within the modem.
type BehindConfig struct {
	CMTS  *CMTS
	Modem itms.MAC
	// Number tells the hosts of one modem apart, from 1. 0: it is the MTA.
	Number int
	// Voice is the DHCP server that the modem's lease names for its MTA (option 122.1),
	// 0.0.0.0 when it must not start; see [ModemReport]. Another one than that is not
	// looked for.
	Voice    netip.Addr
	Hostname string
	TFTPPort uint16        // 0: 69
	Unit     time.Duration // what a second lasts in the pauses between tries; 0: a second
	OnStep   func(ModemStep)
}

// mac is the address of the device: that of the modem, marked as locally administered, with
// the number in its second octet.
func (c *BehindConfig) mac() itms.MAC {
	mac := c.Modem
	mac[0] |= 2
	mac[1] = byte(c.Number)
	if c.Number == 0 {
		mac[1] = 0xFE
	}
	return mac
}

// kind is "cpe" or "mta".
func (c *BehindConfig) kind() string {
	if c.Number == 0 {
		return kindMTA
	}
	return kindCPE
}

// Attach brings a device behind a modem into service: a host gets an address, an MTA its
// file too. The report says what it has come to, also with an error.
func Attach(ctx context.Context, c BehindConfig) (ModemReport, error) {
	c.Unit, c.TFTPPort = cmp.Or(c.Unit, time.Second), cmp.Or(c.TFTPPort, 69)
	b := &attached{config: c, report: ModemReport{MAC: c.mac(), Kind: c.kind(), Behind: c.Modem}}
	if c.Number == 0 && c.Voice == netip.IPv4Unspecified() {
		b.report.State = StepOff
		b.tell(ModemStep{Step: StepOff})
		return b.report, nil
	}
	answers, leave, err := c.CMTS.attach(c.mac())
	if err == nil {
		defer leave()
		err = b.boot(ctx, answers)
	}
	if err != nil {
		b.report.State, b.report.Error = StepFailed, err.Error()
		b.tell(ModemStep{Step: StepFailed, Error: err.Error()})
	}
	return b.report, err
}

// attached is such a device while it comes into service.
type attached struct {
	config BehindConfig
	report ModemReport
}

// tell tells a step.
func (b *attached) tell(s ModemStep) {
	s.MAC = b.report.MAC
	if b.config.OnStep != nil {
		b.config.OnStep(s)
	}
}

// boot gets the address, and what else it needs.
func (b *attached) boot(ctx context.Context, answers <-chan *dhcpclient.Answer) error {
	l := &leasing{cmts: b.config.CMTS, client: b.client(), answers: answers, unit: b.config.Unit, told: func(step string, a *dhcpclient.Answer) {
		s := ModemStep{Step: step}
		if a != nil {
			s.Address = a.Address
		}
		b.tell(s)
	}}
	if err := l.acquire(ctx); err != nil {
		return fmt.Errorf("dhcp: %w", err)
	}
	b.report.Address, b.report.Server, b.report.Lease = l.lease.Address, l.lease.ServerID, int(l.lease.Lease/time.Second)
	b.report.State = StepLeased
	if b.config.Number > 0 {
		b.tell(ModemStep{Step: StepLeased, Address: l.lease.Address})
		return nil
	}
	return b.provision(ctx, l.lease)
}

// client is the device as a DHCP client.
func (b *attached) client() dhcpclient.Client {
	c := dhcpclient.Client{MAC: b.report.MAC, Relay: b.config.CMTS.Relay().Addr(), Modem: b.config.Modem, Circuit: []byte{0, 0, 0, 1}, // the first bit: not the modem itself
		ClientID: append([]byte{1}, b.report.MAC[:]...), Hostname: b.config.Hostname, Asks: []byte{1, 3, 6, 15, 51, 54}}
	if b.config.Number == 0 {
		c.Class, c.Asks = "pktc2.0:", []byte{1, 3, 6, 12, 15, 51, 54, optTFTPName, optBootFile, optCCC}
		c.Options = []dhcpclient.Option{{Code: 43, Value: append([]byte{subDevice, 4, 'E', 'M', 'T', 'A', 31, 6}, b.report.MAC[:]...)}}
	}
	return c
}

// provision gets the file of an MTA, as in the BASIC flow of PacketCable.
func (b *attached) provision(ctx context.Context, lease *dhcpclient.Answer) error {
	name, server := bootFile(lease)
	if name == "" || !server.IsValid() {
		return errors.New("tftp: the lease names no file or no server")
	}
	content, err := tftp.Get(ctx, tftp.ClientConfig{Server: netip.AddrPortFrom(server, b.config.TFTPPort), Name: name, BlockSize: modemBlock,
		Local: netip.AddrPortFrom(lease.Address, 0), Wait: b.config.Unit})
	if err != nil {
		return fmt.Errorf("tftp: %w", err)
	}
	b.report.File, b.report.Size = name, len(content)
	v, err := configfile.Verify(content)
	switch b.report.Hash = v.Hash.String(); {
	case err != nil:
		return fmt.Errorf("file: %w", err)
	case !configfile.Body(content).MTA():
		return errors.New("file: it is not one of an MTA")
	case v.Hash == configfile.MICFails:
		return errors.New("file: its hash does not hold")
	}
	b.report.State = StepOperational
	b.tell(ModemStep{Step: StepOperational, Address: lease.Address, File: name})
	return nil
}
