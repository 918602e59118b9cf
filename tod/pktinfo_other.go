//go:build !linux

package tod

import "net"

// controlSize: no control messages are read.
const controlSize = 0

// tellDestination does nothing: on this system the kernel chooses the address that an
// answer leaves from. Listen at each address by itself where that matters.
func tellDestination(*net.UDPConn) error { return nil }

// answerFrom has nothing to answer from.
func answerFrom([]byte) []byte { return nil }
