package tftp

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"unsafe"
)

// Sizes of the control message that tells a datagram's destination (ip(7), ipv6(7)).
const (
	sizeInfo4   = int(unsafe.Sizeof(syscall.Inet4Pktinfo{}))
	sizeInfo6   = int(unsafe.Sizeof(syscall.Inet6Pktinfo{}))
	controlSize = 64 // room for either with its head
)

// tellDestination lets the socket tell to which address each datagram came.
func tellDestination(conn *net.UDPConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		if conn.LocalAddr().(*net.UDPAddr).IP.To4() != nil {
			failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, syscall.IP_PKTINFO, 1)
			return
		}
		failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IPV6, syscall.IPV6_RECVPKTINFO, 1)
	})
	return errors.Join(err, failed)
}

// answerFrom turns the control message of a datagram into the one of its answer: the
// destination becomes the source. It works in place and returns nothing when there is
// no such message.
func answerFrom(control []byte) []byte {
	if len(control) < syscall.SizeofCmsghdr {
		return nil
	}
	head := (*syscall.Cmsghdr)(unsafe.Pointer(&control[0]))
	data := control[syscall.CmsgLen(0):]
	switch {
	case head.Level == syscall.IPPROTO_IP && head.Type == syscall.IP_PKTINFO && len(data) >= sizeInfo4:
		info := (*syscall.Inet4Pktinfo)(unsafe.Pointer(&data[0]))
		info.Ifindex, info.Spec_dst = 0, info.Addr
		return control[:syscall.CmsgSpace(sizeInfo4)]
	case head.Level == syscall.IPPROTO_IPV6 && head.Type == syscall.IPV6_PKTINFO && len(data) >= sizeInfo6:
		return control[:syscall.CmsgSpace(sizeInfo6)] // its interface is needed for link-local addresses
	}
	return nil
}

// askedAddr is the address in a control message that [answerFrom] has made.
func askedAddr(control []byte) netip.Addr {
	switch len(control) {
	case syscall.CmsgSpace(sizeInfo4):
		return netip.AddrFrom4((*syscall.Inet4Pktinfo)(unsafe.Pointer(&control[syscall.CmsgLen(0)])).Addr)
	case syscall.CmsgSpace(sizeInfo6):
		return netip.AddrFrom16((*syscall.Inet6Pktinfo)(unsafe.Pointer(&control[syscall.CmsgLen(0)])).Addr).Unmap()
	}
	return netip.Addr{}
}
