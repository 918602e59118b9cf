package dhcp

import (
	"errors"
	"net/netip"

	"golang.org/x/sys/unix"
)

// framer sends frames to clients that have no address yet.
type framer struct{ fd int }

// newFramer opens a packet socket, which takes the right CAP_NET_RAW. It receives nothing.
func newFramer() (*framer, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return &framer{fd}, nil
}

func (f *framer) close() error { return unix.Close(f.fd) }

// send sends one message in a frame, from an interface and an address of it.
func (f *framer) send(o *outgoing, by iface, from netip.Addr) error {
	if len(by.mac) != 6 || !from.Is4() {
		return errors.New("not an Ethernet interface with an address")
	}
	b := frame(netip.AddrPortFrom(from, o.sock.addr.Port()), o.to, [6]byte(by.mac), o.mac, o.data)
	to := unix.SockaddrLinklayer{Ifindex: o.iface, Halen: 6}
	copy(to.Addr[:], o.mac[:])
	return unix.Sendto(f.fd, b, 0, &to)
}
