package main

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"itms"
	"itms/cmd/cpesim/sim"
	"itms/cmd/itms/config"
)

// demoCable is the demo's cable plant: a simulated CMTS and its modems. All of it is on
// loopback, of which modems get addresses; where only 127.0.0.1 may be used there is none.
type demoCable struct{ cmts *sim.CMTS }

// The demo's cable plant.
const (
	demoGiaddr = "127.8.0.1"
	// demoWalled is the lease time of modems that nobody ordered: at half of it they ask
	// again, and get their service.
	demoWalled = 10 * time.Second
)

// openDemoCable opens the relay and configures the servers for it; without one, why.
func openDemoCable(c *config.Config) (*demoCable, error) {
	server := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), 0)
	for _, door := range []*string{&c.TFTP.Listen, &c.TOD.Listen} {
		*door = server.String()
	}
	dhcp, err := freeUDP(server)
	if err != nil {
		return nil, err
	}
	cmts, err := sim.NewCMTS(sim.CMTSConfig{Relay: netip.AddrPortFrom(netip.MustParseAddr(demoGiaddr), 0), Server: dhcp})
	if err != nil {
		c.TFTP.Listen, c.TOD.Listen = "", ""
		return nil, err
	}
	c.DHCP.Listen, c.DHCP.ServerID, c.DHCP.RelayPort = []string{dhcp.String()}, "127.0.0.1", int(cmts.Relay().Port())
	c.DHCP.Classes = []config.DHCPClass{
		{Name: "cm-active", Match: `client.kind == "cm" && client.provisioned`, BootFile: "dynamic", Template: "internet", LeaseTime: time.Hour},
		{Name: "cm-disabled", Match: `client.kind == "cm" && client.suspended`, BootFile: "dynamic", Template: "disabled", LeaseTime: time.Minute},
		{Name: "cm-unknown", Match: `client.kind == "cm"`, BootFile: "dynamic", Template: "walled", LeaseTime: demoWalled},
		{Name: "cpe-walled", Match: `client.kind == "cpe" && !client.modem.provisioned`, LeaseTime: 5 * time.Minute},
		{Name: "cpe", Match: `client.kind == "cpe"`, MaxCPE: 4},
	}
	c.DHCP.Scopes = []config.DHCPScope{{Subnet: "127.8.0.0/16", Relay: []string{demoGiaddr}, Routers: []string{demoGiaddr}, Pools: []config.DHCPPool{
		{Range: "127.8.1.1-127.8.1.250", Classes: []string{"cm-active"}},
		{Range: "127.8.2.1-127.8.2.250", Classes: []string{"cm-unknown", "cm-disabled"}},
		{Range: "127.8.3.1-127.8.3.250", Classes: []string{"cpe", "cpe-walled"}}}}}
	c.DOCSIS.Packages = config.Free{{Key: "SAMPLE", Value: map[string]any{"downKbps": 100_000, "upKbps": 10_000}}}
	return &demoCable{cmts: cmts}, nil
}

// freeUDP is a free UDP port of an address.
func freeUDP(at netip.AddrPort) (netip.AddrPort, error) {
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return at, err
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort(), nil
}

// demoModem is the modem that a story is about, and how long nobody orders it.
type demoModem struct {
	no, mac string
	says    string
	area    string // "" = a sample
}

// demoModems are what the demo plays on cable.
var demoModems = []demoModem{
	{no: "DEMO-9", mac: "00:00:5E:00:53:09", says: "cable modem: walled until its order comes, then in service at its next renewal"},
}

// playCable powers the modems on; each one's order is posted once it has the file of
// strangers.
func (d *demo) playCable(ctx context.Context, modems *sync.WaitGroup, addresses map[string]string) error {
	if d.cable == nil {
		for _, s := range demoModems {
			d.end(s.no)
		}
		return nil
	}
	for _, s := range demoModems {
		if err := d.connect(ctx, modems, s, addresses); err != nil {
			return err
		}
	}
	return nil
}

// connect powers a modem on.
func (d *demo) connect(ctx context.Context, modems *sync.WaitGroup, s demoModem, addresses map[string]string) error {
	m, err := d.modem(ctx, s, addresses)
	if err != nil {
		return err
	}
	modems.Go(func() {
		defer m.Close()
		_ = m.Run(ctx) // ends with the context
	})
	return nil
}

// modem makes one simulated modem.
func (d *demo) modem(ctx context.Context, s demoModem, addresses map[string]string) (*sim.Modem, error) {
	mac, err := itms.ParseMAC(s.mac)
	if err != nil {
		return nil, err
	}
	var once sync.Once
	return sim.NewModem(sim.ModemConfig{CMTS: d.cable.cmts, MAC: mac, Model: "CM-SIM", Vendor: "Simulated",
		TFTPPort: portOf(addresses["tftp"]), TimePort: portOf(addresses["tod"]),
		OnStep: func(step sim.ModemStep) {
			switch step.Step {
			case sim.StepOperational, sim.StepNAK, sim.StepFailed:
				d.printf("  modem     %-7s %s %s %s\n", s.no, step.Step, text(step.Address), step.Error)
			}
			if step.Step == sim.StepOperational {
				once.Do(func() { go func() { d.complain(d.orderModem(ctx, s)) }() })
			}
		}})
}

// text is an address, empty when there is none.
func text(a netip.Addr) string {
	if !a.IsValid() || a.IsUnspecified() {
		return ""
	}
	return a.String()
}

// portOf is the port of an address, 0 when there is none.
func portOf(address string) uint16 {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return 0
	}
	return uint16(n)
}

// orderModem posts the order of a modem.
func (d *demo) orderModem(ctx context.Context, s demoModem) error {
	_, err := d.post(ctx, demoStory{no: s.no, mac: s.mac, service: itms.ServiceInternet, area: s.area})
	if err == nil {
		d.printf("  posted    %-7s %s\n", s.no, s.says)
	}
	return err
}
