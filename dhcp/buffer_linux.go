package dhcp

import (
	"net"

	"golang.org/x/sys/unix"
)

// enlarge asks for a read buffer above net.core.rmem_max, which takes the right
// CAP_NET_ADMIN; else it stays what that allows.
func enlarge(conn *net.UDPConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	return raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, readBuffer)
	})
}
