package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"

	"itms"
	"itms/internal/lifecycle"
	"itms/profile"
)

// called stores what became of a connection request.
func (s *server) called(ctx context.Context, id itms.DeviceID, report itms.CallReport) {
	if err := s.engine.Called(ctx, id, report); err != nil {
		s.log.Warn().Err(err).Str("device", id.String()).Msg("the result of a connection request is not stored")
	}
}

// stunDoor is the STUN server as a service; the CWMP door stops it. Devices are told
// of it once it is open.
func (s *server) stunDoor() lifecycle.Service {
	return lifecycle.Service{Name: "stun", Start: func(context.Context) error {
		c := s.config.CWMP.STUN
		if c.Listen == "" {
			return s.tellOfSTUN("0.0.0.0:0") // another node may have one
		}
		addr, err := net.ResolveUDPAddr("udp", c.Listen)
		if err != nil {
			return fmt.Errorf("cwmp.stun.listen: %w", err)
		}
		conn, err := net.ListenUDP("udp", addr)
		if err != nil {
			return fmt.Errorf("cwmp.stun.listen: %w", err)
		}
		s.addresses["stun"] = conn.LocalAddr().String()
		if err := s.tellOfSTUN(s.addresses["stun"]); err != nil {
			return errors.Join(err, conn.Close())
		}
		s.acs.ServeSTUN(conn)
		return nil
	}}
}

// tellOfSTUN lets profiles tell devices of the STUN server: where this node is bound, or
// as configured. Port 0 is none.
func (s *server) tellOfSTUN(bound string) error {
	at, err := stunAddress(s.config.CWMP.STUN.PublicAddress, s.config.CWMP.PublicURL, bound)
	if err != nil {
		return fmt.Errorf("cwmp.stun: %w", err)
	}
	if at.Port != 0 {
		s.models.stun.at.Store(&at)
	}
	return nil
}

// stunAddress is how devices reach the STUN server: as configured, else at the host of
// the CWMP door, else at the bound address, or the host's own when that is none.
func stunAddress(public, cwmpURL, bound string) (profile.STUN, error) {
	b, err := netip.ParseAddrPort(bound)
	if err != nil {
		return profile.STUN{}, err
	}
	if public != "" {
		host, port, err := net.SplitHostPort(public)
		if err != nil {
			return profile.STUN{}, err
		}
		n, err := strconv.Atoi(port)
		return profile.STUN{Host: host, Port: n}, err
	}
	host := b.Addr().Unmap().String()
	if b.Addr().IsUnspecified() {
		host = ownAddress()
	}
	if u, err := url.Parse(cwmpURL); err == nil {
		host = cmp.Or(u.Hostname(), host)
	}
	return profile.STUN{Host: host, Port: int(b.Port())}, nil
}
