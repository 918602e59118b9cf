package sim

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"itms/docsis/configfile"
	"itms/internal/dhcpclient"
	"itms/tftp"
	"itms/tod"
)

// modemBlock is the block size that modern modems ask for over IPv4.
const modemBlock = 1448

// modemDally is how long a modem that loses packets waits after its last ACK: servers send
// the last block again after a second.
const modemDally = 2500 * time.Millisecond

// lossyWait is the shortest first wait of a modem that loses packets, lest it gives up
// before the server sends again.
const lossyWait = 300 * time.Millisecond

// timeOfDay asks for it. A modem that does not get it goes on.
func (m *Modem) timeOfDay(ctx context.Context) {
	lease := m.lease.lease
	servers := lease.Options[optTimeServers]
	if len(servers) < 4 || m.quirks[modemNoTime] {
		return
	}
	server := netip.AddrPortFrom(netip.AddrFrom4([4]byte(servers)), m.config.TimePort)
	now, err := tod.Ask(ctx, "udp", lease.Address, server, time.Now())
	if err != nil {
		m.note(ModemStep{Step: StepNoTime, Error: err.Error()}, nil)
		return
	}
	m.note(ModemStep{Step: StepTime, Time: now}, func(r *ModemReport) { r.Time = now })
}

// fetch gets the configuration file from the leased address.
func (m *Modem) fetch(ctx context.Context, old string) (content []byte, name string, err error) {
	lease := m.lease.lease
	name, server := bootFile(lease)
	switch {
	case m.config.Name != "":
		name = m.config.Name
	case m.quirks[modemOldName] && old != "":
		name = old
	case m.quirks[modemUpperName]:
		name = strings.ToUpper(name)
	}
	if name == "" || !server.IsValid() {
		return nil, name, errors.New("the lease names no file or no server")
	}
	from := lease.Address
	if m.config.From.IsValid() {
		from = m.config.From
	}
	c := tftp.ClientConfig{Server: netip.AddrPortFrom(server, m.config.TFTPPort), Name: name, Local: netip.AddrPortFrom(from, 0), Wait: m.config.Unit, Lose: m.loss()}
	if c.Lose != nil {
		c.Dally, c.Wait = modemDally, max(c.Wait, lossyWait) // the last ACK is lost as well
	}
	if m.modern() && !m.quirks[modemNoBlockSize] {
		c.BlockSize = modemBlock
	}
	m.mu.Lock()
	m.report.File = name
	m.mu.Unlock()
	content, err = tftp.Get(ctx, c)
	return content, name, err
}

// bootFile is the file and the server that a lease names: option 125 goes before siaddr for
// a modem, and the fields before the options (RFC 2131 §2).
func bootFile(a *dhcpclient.Answer) (name string, server netip.Addr) {
	if name = a.File; name == "" {
		name = string(a.Options[optBootFile])
	}
	if v := vendorOption(a.Options[optVendor], subTFTPServers); len(v) >= 4 {
		return name, netip.AddrFrom4([4]byte(v))
	}
	if a.Next.IsValid() && !a.Next.IsUnspecified() {
		return name, a.Next
	}
	server, _ = netip.ParseAddr(string(a.Options[optTFTPName])) // a host name is none of ours
	return name, server
}

// vendorOption is a sub-option of CableLabs in option 125.
func vendorOption(b []byte, code byte) []byte {
	if len(b) < 5 || binary.BigEndian.Uint32(b) != cableLabs {
		return nil
	}
	return subOption(b[5:], code)
}

// loss is what is lost on the way of the file.
func (m *Modem) loss() func(sent bool, packet []byte) bool {
	if !m.quirks[modemLossy] {
		return nil
	}
	lost := map[string]bool{}
	return func(_ bool, packet []byte) bool { // each packet, the first time
		key := string(packet)
		before := lost[key]
		lost[key] = true
		return !before
	}
}

// register checks the file as modem and CMTS do, and notes what is in it.
func (m *Modem) register(content []byte) error {
	if m.config.OutPath != "" {
		if err := os.WriteFile(m.config.OutPath, content, 0o600); err != nil {
			return err
		}
	}
	f, err := configfile.Parse(content)
	if err != nil {
		return err
	}
	v, err := configfile.Verify(content, m.config.Secrets...)
	if err != nil {
		return err
	}
	m.mu.Lock()
	m.report.ModemTerms = termsOf(f)
	m.report.CMMIC, m.report.CMTSMIC = v.CM.String(), v.CMTS.String()
	m.mu.Unlock()
	if err := mandatory(f); err != nil {
		return err
	}
	if v.CM != configfile.MICHolds {
		return fmt.Errorf("the CM MIC %s", v.CM)
	}
	if len(m.config.Secrets) > 0 && v.CMTS != configfile.MICHolds {
		return fmt.Errorf("the CMTS MIC %s", v.CMTS)
	}
	return nil
}

// TLVs that a modem looks for.
const (
	tlvNetworkAccess = 3
	tlvClassOfCable  = 4 // of DOCSIS 1.0
	tlvMaxCPE        = 18
	tlvUpstream      = 24
	tlvDownstream    = 25
	tlvMaxRate       = 8 // within 24 and 25
	tlvOldDown       = 2 // within 4
	tlvOldUp         = 3
)

// mandatory finds what a file must have (MULPI D.1.2): network access, both MICs, the end,
// and service flows of both directions or a class of service of DOCSIS 1.0.
func mandatory(f *configfile.File) error {
	has := map[uint8]bool{}
	for i := range f.TLVs {
		has[f.TLVs[i].Code] = true
	}
	switch {
	case !has[tlvNetworkAccess]:
		return errors.New("no network access control (TLV 3)")
	case f.CMMIC == nil || f.CMTSMIC == nil:
		return errors.New("no CM MIC or CMTS MIC (TLV 6, 7)")
	case !f.Ended:
		return errors.New("no end of data (TLV 255)")
	case !has[tlvClassOfCable] && !(has[tlvUpstream] && has[tlvDownstream]):
		return errors.New("no service flows (TLV 24 and 25) and no class of service (TLV 4)")
	case has[tlvClassOfCable] && (has[tlvUpstream] || has[tlvDownstream]):
		return errors.New("service flows and a class of service of DOCSIS 1.0")
	}
	return nil
}
