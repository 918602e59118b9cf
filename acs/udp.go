package acs

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"net"
	"net/netip"
	"time"

	"itms"
	"itms/internal/stun"
)

// A UDP connection request.
const (
	// udpCopies of one request are sent, since datagrams get lost, udpPause apart,
	// since they get lost together.
	udpCopies = 3
	udpPause  = 50 * time.Millisecond
	// maxUDPAddress bounds ManagementServer.UDPConnectionRequestAddress, string(256).
	maxUDPAddress = 256
)

// ServeSTUN answers the STUN requests of devices behind NAT on conn until the server is
// closed, and sends UDP connection requests from it (TR-069 Amd 6 Annex G). Call it at
// most once. It takes conn over.
func (srv *Server) ServeSTUN(conn *net.UDPConn) {
	s := stun.Serve(conn, stun.Options{Password: srv.stunPassword, Bound: srv.notes.bound, Counted: srv.met.stunned, Clock: srv.clock})
	srv.stun.Store(s)
}

// boundDevices is how many devices' bindings this node holds.
func (srv *Server) boundDevices() int {
	if s := srv.stun.Load(); s != nil {
		return s.Bindings()
	}
	return 0
}

// stunPassword is the connection request password of the device with that user name,
// which serves as its STUN password as well; "" for a name that is nobody's.
func (srv *Server) stunPassword(ctx context.Context, username string) (string, error) {
	id, err := itms.ParseDeviceID(username)
	if err != nil {
		return "", nil // a name that we never gave to a device
	}
	target, err := srv.opt.Planner.Target(ctx, id)
	switch {
	case itms.IsKind(err, itms.KindNotFound), err == nil && target.Username != username:
		return "", nil
	case err != nil:
		return "", err
	}
	return target.Password.Reveal(), nil
}

// reachesUDP reports whether there is a binding to send to and a socket to send from:
// NATs let in what comes from a STUN server only, be it this node's or another's.
func (srv *Server) reachesUDP(t *ConnectionTarget) bool {
	if t.Username == "" || t.Password.IsZero() {
		return false
	}
	s := srv.stun.Load()
	if s == nil {
		return srv.forward != nil && t.UDP.Node != "" && t.UDP.Node != srv.opt.Node
	}
	_, own := s.Binding(t.Username)
	return own || t.UDP.Address != "" || t.UDPAddress != ""
}

// callUDP sends the datagrams, or lets the node send them that holds the binding.
func (srv *Server) callUDP(ctx context.Context, id itms.DeviceID, t *ConnectionTarget) (itms.CallResult, error) {
	s := srv.stun.Load()
	if s != nil {
		if b, own := s.Binding(t.Username); own {
			return srv.sendUDP(ctx, s, id, t, b.Address)
		}
	}
	if srv.askOwner(ctx, t.UDP.Node, id) {
		return itms.CallSent, nil
	}
	if s == nil {
		return itms.CallSilent, unreachable("the node that holds the device's NAT binding cannot be asked")
	}
	// Whoever held the binding is gone. This node may have taken its place and address.
	for _, text := range []string{t.UDP.Address, t.UDPAddress} {
		if addr, err := udpAddress(text); err == nil {
			return srv.sendUDP(ctx, s, id, t, addr)
		}
	}
	return itms.CallNowhere, unreachable("the device's UDP connection request address is no address")
}

// udpAddress reads "ip:port". Names are not looked up: a device tells the address that
// a STUN server told it.
func udpAddress(text string) (netip.AddrPort, error) {
	if len(text) > maxUDPAddress {
		return netip.AddrPort{}, errAddress
	}
	return netip.ParseAddrPort(text)
}

// sendUDP sends all copies of one request.
func (srv *Server) sendUDP(ctx context.Context, s *stun.Server, id itms.DeviceID, t *ConnectionTarget, to netip.AddrPort) (itms.CallResult, error) {
	if err := srv.checkAddrPort(to); err != nil {
		return itms.CallNowhere, unreachable("the device's UDP connection request address is not one of a device").Because(err)
	}
	var random [4]byte
	_, _ = rand.Read(random[:])                                                                                                 // never fails (crypto/rand)
	datagram := stun.Request{Address: to, Time: srv.pace.stampOf(id, srv.clock()), ID: binary.BigEndian.Uint32(random[:]) >> 1, // some devices read it signed
		Username: t.Username, Nonce: rand.Text()}.Datagram(t.Password.Reveal())
	for n := range udpCopies {
		if n > 0 && !pause(ctx, udpPause) {
			break
		}
		if err := s.Send(to, datagram); err != nil {
			return itms.CallSilent, unreachable("the device's NAT binding cannot be reached").Because(err)
		}
	}
	return itms.CallSent, nil
}

// pause waits; false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
