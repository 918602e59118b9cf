package dhcp

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"golang.org/x/net/ipv4"
)

// Limits of the sockets.
const (
	// batchSize messages are read or sent with one system call when there are so many.
	batchSize = 64
	// readBuffer takes a burst of 10,000 messages in while the server is busy.
	readBuffer = 8 << 20
	// readPause keeps a broken socket from spinning.
	readPause = 10 * time.Millisecond
	// oobSize holds the control message with interface and destination.
	oobSize = 128
)

// socket is one listening socket.
type socket struct {
	conn     *net.UDPConn
	batch    *ipv4.PacketConn
	addr     netip.AddrPort
	wildcard bool
	source   bool // control messages are to be had
}

// outgoing is a message to be sent.
type outgoing struct {
	sock  *socket
	data  []byte
	to    netip.AddrPort
	iface int        // 0 = by route
	src   netip.Addr // zero = by route
	frame bool       // to is not to be found by ARP: its client has no address yet
	mac   [6]byte    // of the client, for frame
}

// openSocket binds one address.
func openSocket(ctx context.Context, addr netip.AddrPort) (*socket, error) {
	var lc net.ListenConfig
	conn, err := lc.ListenPacket(ctx, "udp4", addr.String())
	if err != nil {
		return nil, err
	}
	udp := conn.(*net.UDPConn)
	s := &socket{conn: udp, batch: ipv4.NewPacketConn(udp), wildcard: addr.Addr().IsUnspecified()}
	s.addr, err = netip.ParseAddrPort(udp.LocalAddr().String())
	if err == nil {
		err = errors.Join(udp.SetReadBuffer(readBuffer), enlarge(udp)) // the kernel may cut the first one down
	}
	if err != nil {
		return nil, errors.Join(err, udp.Close())
	}
	s.source = s.batch.SetControlMessage(ipv4.FlagInterface|ipv4.FlagDst, true) == nil
	return s, nil
}

// read takes messages in until the socket is closed, and calls fn with each and how it came.
// fn may keep the bytes.
func (s *socket) read(now func() time.Time, fn func(raw []byte, at arrival)) {
	messages := make([]ipv4.Message, batchSize)
	for i := range messages {
		messages[i].Buffers = [][]byte{make([]byte, maxMessage+1)}
		messages[i].OOB = make([]byte, oobSize)
	}
	for {
		n, err := s.batch.ReadBatch(messages, 0)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(readPause)
			continue
		}
		t := now()
		for i := range messages[:n] {
			m := &messages[i]
			fn(bytes.Clone(m.Buffers[0][:m.N]), s.arrival(m, t))
		}
	}
}

// arrival is how a message came.
func (s *socket) arrival(m *ipv4.Message, t time.Time) arrival {
	a := arrival{sock: s, time: t}
	if from, is := m.Addr.(*net.UDPAddr); is {
		p := from.AddrPort()
		a.from = netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
	}
	var cm ipv4.ControlMessage
	if s.source && cm.Parse(m.OOB[:m.NN]) == nil {
		a.iface = cm.IfIndex
		dst, _ := netip.AddrFromSlice(cm.Dst)
		a.dst = dst.Unmap()
	}
	return a
}

// send sends messages, and returns how many could not be sent.
func (s *socket) send(list []outgoing) (lost int) {
	messages := make([]ipv4.Message, len(list))
	for i, o := range list {
		messages[i].Buffers = [][]byte{o.data}
		messages[i].Addr = net.UDPAddrFromAddrPort(o.to)
		messages[i].OOB = s.control(&list[i])
	}
	for len(messages) > 0 {
		n, err := s.batch.WriteBatch(messages, 0)
		if err != nil && n <= 0 {
			lost++
			n = 1
		}
		messages = messages[n:]
	}
	return lost
}

// control is the control message for interface and source, nil where the route says them.
func (s *socket) control(o *outgoing) []byte {
	if !s.source || o.iface == 0 && !o.src.IsValid() {
		return nil
	}
	cm := ipv4.ControlMessage{IfIndex: o.iface}
	if o.src.IsValid() {
		cm.Src = o.src.AsSlice()
	}
	return cm.Marshal()
}
