package dhcpclient

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var mac = [6]byte{0, 0, 0x5e, 0, 0x53, 1}

func TestRequestIsAsTheLibraryReadsIt(t *testing.T) {
	c := Modem(mac, netip.MustParseAddr("192.0.2.1"))
	m, err := dhcpv4.FromBytes(c.Request(7, &Answer{Address: netip.MustParseAddr("192.0.2.9"), ServerID: netip.MustParseAddr("192.0.2.2")}))
	if err != nil {
		t.Fatal(err)
	}
	if m.MessageType() != dhcpv4.MessageTypeRequest || m.RequestedIPAddress().String() != "192.0.2.9" || m.ServerIdentifier().String() != "192.0.2.2" ||
		m.GatewayIPAddr.String() != "192.0.2.1" || !bytes.Equal(m.ClientHWAddr, mac[:]) || m.ClassIdentifier() != "docsis3.1:" {
		t.Errorf("the library reads %s", m.Summary())
	}
	if info := m.RelayAgentInfo(); info == nil || !bytes.Equal(info.Get(dhcpv4.AgentRemoteIDSubOption), mac[:]) {
		t.Errorf("relay: %v", info)
	}
}

func TestParseReadsTheLibrarysAnswer(t *testing.T) {
	m, err := dhcpv4.New(dhcpv4.WithMessageType(dhcpv4.MessageTypeAck), dhcpv4.WithYourIP([]byte{192, 0, 2, 9}),
		dhcpv4.WithOption(dhcpv4.OptServerIdentifier([]byte{192, 0, 2, 2})), dhcpv4.WithOption(dhcpv4.OptIPAddressLeaseTime(time.Hour)), dhcpv4.WithHwAddr(mac[:]))
	if err != nil {
		t.Fatal(err)
	}
	m.OpCode, m.BootFileName = dhcpv4.OpcodeBootReply, "cm.cfg"
	a, err := Parse(m.ToBytes())
	if err != nil {
		t.Fatal(err)
	}
	if a.Type != ACK || a.Address.String() != "192.0.2.9" || a.ServerID.String() != "192.0.2.2" || a.Lease != time.Hour || a.File != "cm.cfg" || a.MAC != mac {
		t.Errorf("%+v", a)
	}
}

func FuzzParse(f *testing.F) {
	c := Modem(mac, netip.Addr{})
	b := c.Discover(1)
	b[0] = 2
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		if a, err := Parse(b); err == nil && a.Type == 0 && len(a.Options[53]) == 0 {
			t.Error("a message without a type was taken")
		}
	})
}
