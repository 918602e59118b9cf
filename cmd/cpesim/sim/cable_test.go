package sim

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"itms"
	"itms/docsis/configfile"
	"itms/internal/dhcpclient"
	"itms/tftp"
	"itms/tod"
)

// unit is what a second lasts for the modems of the tests.
const unit = 10 * time.Millisecond

// cableSecret signs the files of the tests.
var cableSecret = []byte("cmts-shared-secret")

// modemText is the file that modems get.
const modemText = `Main { NetworkAccess 1; MaxCPE 4; UsServiceFlow { UsServiceFlowRef 1; QosParamSetType 7; MaxRateSustained 5000000; }
	DsServiceFlow { DsServiceFlowRef 2; QosParamSetType 7; MaxRateSustained 50000000; } }`

// signed makes a configuration file of a text.
func signed(t *testing.T, text string) []byte {
	t.Helper()
	body, err := configfile.AppendEncode(nil, []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	content, err := configfile.Sign(nil, body, cableSecret, configfile.SignOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// message is what a client sent.
type message struct {
	kind     byte
	xid      uint32
	mac      itms.MAC
	relay    netip.Addr
	ciaddr   netip.Addr
	options  map[byte][]byte
	raw      []byte
	received netip.AddrPort
}

// plant is a relay, and what there is behind it: a DHCP server that the test scripts, a
// TFTP server and a time server.
type plant struct {
	t    *testing.T
	cmts *CMTS
	conn *net.UDPConn
	tftp netip.AddrPort
	tod  netip.AddrPort

	mu       sync.Mutex
	files    map[string][]byte           // by name
	asked    []tftp.Request              // of the TFTP server
	messages []message                   // that have come
	answer   func(m message) (kind byte) // 0: none
	options  []dhcpclient.Option         // of OFFER and ACK
	lease    uint32                      // seconds
	file     string                      // name
	host     byte                        // the last octet of the next address
	leases   map[itms.MAC]netip.Addr     // by client
}

// relays tells the plants of a test run apart: each has an address of its own.
var relays struct {
	sync.Mutex
	next byte
}

// newPlant makes one.
func newPlant(t *testing.T) *plant {
	t.Helper()
	relays.Lock()
	relays.next++
	net3 := relays.next
	relays.Unlock()
	p := &plant{t: t, files: map[string][]byte{"cm.cfg": signed(t, modemText)}, lease: 3600, file: "cm.cfg", leases: map[itms.MAC]netip.Addr{}}
	var err error
	if p.conn, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0"))); err != nil {
		t.Fatal(err)
	}
	relay := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 77, net3, 1}), 0)
	if p.cmts, err = NewCMTS(CMTSConfig{Relay: relay, Server: p.conn.LocalAddr().(*net.UDPAddr).AddrPort()}); err != nil {
		t.Fatal(err)
	}
	p.serveFiles()
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.serve()
	}()
	t.Cleanup(func() {
		if err := p.cmts.Close(); err != nil {
			t.Error(err)
		}
		_ = p.conn.Close()
		<-done
	})
	return p
}

// serveFiles starts the TFTP and the time server.
func (p *plant) serveFiles() {
	p.t.Helper()
	files, err := tftp.New(tftp.Options{Source: tftp.SourceFunc(p.open)})
	if err != nil {
		p.t.Fatal(err)
	}
	clock, err := tod.New(tod.Options{})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = files.Close(ctx) // gives up what a test has left
		_ = clock.Close(ctx)
	})
	if p.tftp, err = files.Listen(p.t.Context(), "127.0.0.1:0"); err != nil {
		p.t.Fatal(err)
	}
	if p.tod, err = clock.Listen(p.t.Context(), "127.0.0.1:0"); err != nil {
		p.t.Fatal(err)
	}
}

// open finds a file.
func (p *plant) open(_ context.Context, r tftp.Request) (tftp.Content, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, r)
	b, there := p.files[r.Name]
	if !there {
		return tftp.Content{}, tftp.ErrNotFound
	}
	return tftp.Content{Bytes: b}, nil
}

// serve answers DHCP messages.
func (p *plant) serve() {
	buf := make([]byte, 4096)
	for {
		n, from, err := p.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		m := read(buf[:n])
		m.received = from
		if reply := p.reply(m); reply != nil {
			_, _ = p.conn.WriteToUDPAddrPort(reply, from)
		}
	}
}

// read reads a message.
func read(b []byte) message {
	m := message{xid: binary.BigEndian.Uint32(b[4:]), mac: itms.MAC(b[28:34]), ciaddr: netip.AddrFrom4([4]byte(b[12:16])), relay: netip.AddrFrom4([4]byte(b[24:28])),
		options: map[byte][]byte{}, raw: append([]byte(nil), b...)}
	for o := b[240:]; len(o) > 2 && o[0] != 255; {
		if o[0] == 0 {
			o = o[1:]
			continue
		}
		m.options[o[0]] = append([]byte(nil), o[2:2+int(o[1])]...)
		o = o[2+int(o[1]):]
	}
	m.kind = m.options[53][0]
	return m
}

// reply is what the server answers.
func (p *plant) reply(m message) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.messages = append(p.messages, m)
	kind := usual(m)
	if p.answer != nil {
		kind = p.answer(m)
	}
	if m.kind == dhcpclient.Discover && !p.leases[m.mac].IsValid() || m.kind == dhcpclient.Decline {
		p.host++
		relay := p.cmts.Relay().Addr().As4()
		p.leases[m.mac] = netip.AddrFrom4([4]byte{127, 77, relay[2], 100 + p.host})
	}
	if kind == 0 {
		return nil
	}
	return p.write(kind, m)
}

// write writes an answer.
func (p *plant) write(kind byte, m message) []byte {
	b := append([]byte(nil), m.raw[:240]...)
	b[0] = 2
	opt := func(code byte, v []byte) { b = append(append(b, code, byte(len(v))), v...) }
	opt(53, []byte{kind})
	opt(54, []byte{127, 0, 0, 1})
	if kind != dhcpclient.NAK {
		copy(b[16:], p.leases[m.mac].AsSlice())
		copy(b[20:], []byte{127, 0, 0, 1})
		copy(b[108:], p.file)
		opt(51, binary.BigEndian.AppendUint32(nil, p.lease))
		for _, o := range p.options {
			opt(o.Code, o.Value)
		}
	}
	return append(b, 255)
}

// set changes the plant.
func (p *plant) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// answers says what the server answers.
func (p *plant) answers(answer func(m message) (kind byte)) { p.set(func() { p.answer = answer }) }

// usual is OFFER to DISCOVER and ACK to REQUEST.
func usual(m message) byte {
	return map[byte]byte{dhcpclient.Discover: dhcpclient.Offer, dhcpclient.Request: dhcpclient.ACK}[m.kind]
}

// renewAtOnce makes leases that are to be renewed as soon as they are there.
func (p *plant) renewAtOnce() {
	now := []byte{0, 0, 0, 0}
	p.set(func() {
		p.lease, p.options = 1, []dhcpclient.Option{{Code: optRenewal, Value: now}, {Code: optRebinding, Value: now}}
	})
}

// leased is the address of a client.
func (p *plant) leased(mac itms.MAC) netip.Addr {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.leases[mac]
}

// seen are the messages so far.
func (p *plant) seen() []message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]message(nil), p.messages...)
}

// first is the first message of a kind.
func (p *plant) first(kind byte) message {
	p.t.Helper()
	for _, m := range p.seen() {
		if m.kind == kind {
			return m
		}
	}
	p.t.Fatalf("no message of type %d", kind)
	return message{}
}

// requests are those of the TFTP server.
func (p *plant) requests() []tftp.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]tftp.Request(nil), p.asked...)
}

// modem makes a modem; the channel has its steps.
func (p *plant) modem(c ModemConfig) (*Modem, chan ModemStep) {
	p.t.Helper()
	steps := make(chan ModemStep, 1000)
	c.CMTS, c.Unit, c.TFTPPort, c.TimePort = p.cmts, unit, p.tftp.Port(), p.tod.Port()
	c.OnStep = func(s ModemStep) { steps <- s }
	if c.MAC.IsZero() {
		c.MAC = itms.MAC{0, 0, 0x5E, 0, 0x53, 1}
	}
	m, err := NewModem(c)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(m.Close)
	return m, steps
}

// words are the steps that have come, and the channel is empty then.
func words(steps chan ModemStep) string {
	var all []string
	for len(steps) > 0 {
		all = append(all, (<-steps).Step)
	}
	return strings.Join(all, " ")
}

// await waits for a step.
func await(t *testing.T, steps chan ModemStep, want string) ModemStep {
	t.Helper()
	for timeout := time.After(20 * time.Second); ; {
		select {
		case s := <-steps:
			if s.Step == want {
				return s
			}
		case <-timeout:
			t.Fatalf("no step %s", want)
		}
	}
}
