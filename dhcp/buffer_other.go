//go:build !linux

package dhcp

import "net"

// enlarge has nothing to do: the read buffer is what the system allows.
func enlarge(*net.UDPConn) error { return nil }
