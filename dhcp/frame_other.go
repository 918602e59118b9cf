//go:build !linux

package dhcp

import (
	"errors"
	"net/netip"
)

// framer is not to be had on this system: clients that have no address are answered by
// broadcast.
type framer struct{}

func newFramer() (*framer, error) { return nil, errors.ErrUnsupported }

func (f *framer) close() error { return nil }

func (f *framer) send(*outgoing, iface, netip.Addr) error { return errors.ErrUnsupported }
