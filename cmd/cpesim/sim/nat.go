package sim

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"itms/cwmp"
	"itms/internal/stun"
)

// defaultBinding is how often the STUN client refreshes its binding: below the 30
// seconds after which some NATs forget one.
const defaultBinding = 20 * time.Second

// stunParameters are what a box with a STUN client has (TR-181, TR-098).
func stunParameters() []Spec {
	const m = "ManagementServer."
	return []Spec{
		{Path: m + "UDPConnectionRequestAddress", Inform: Forced, Notify: cwmp.NotificationActive},
		{Path: m + "NATDetected", Type: tBool, Value: "0", Inform: Forced},
		{Path: m + "STUNEnable", Type: tBool, Access: ReadWrite, Value: "0"},
		{Path: m + "STUNServerAddress", Access: ReadWrite},
		{Path: m + "STUNServerPort", Type: tUint, Access: ReadWrite, Value: "3478"},
		{Path: m + "STUNUsername", Access: ReadWrite},
		{Path: m + "STUNPassword", Access: WriteOnly},
		{Path: m + "STUNMaximumKeepAlivePeriod", Type: tInt, Access: ReadWrite, Value: "-1"},
		{Path: m + "STUNMinimumKeepAlivePeriod", Type: tUint, Access: ReadWrite, Value: "0"},
	}
}

// withSTUN returns the model with a STUN client.
func (m Model) withSTUN() Model {
	m.Specs = slices.Concat(m.Specs, stunParameters())
	return m
}

// plantSTUN gives a tree of before the quirk the parameters that came with it.
func (c *CPE) plantSTUN() {
	if !c.quirks.has(quirkNAT) {
		return
	}
	for _, spec := range stunParameters() {
		if _, exists := c.Values[c.path(spec.Path)]; !exists {
			c.Values[c.path(spec.Path)] = spec.Value
		}
	}
}

// stunClient keeps a binding open and takes the UDP connection requests that come
// through it (TR-069 Amd 6 Annex G).
type stunClient struct {
	cpe    *CPE
	conn   *net.UDPConn
	period time.Duration
	server netip.AddrPort // to which the binding is; nothing else gets through
	ask    stun.Ask       // that waits for its answer
	due    time.Time      // of the next request
	mapped netip.AddrPort // the binding, once the server told it
	last   int64          // time of the last connection request that was taken
}

// listenUDP starts the STUN client, if the box is behind NAT, and returns what stops it.
func (c *CPE) listenUDP() (stop func(), err error) {
	if !c.quirks.has(quirkNAT) {
		return func() {}, nil
	}
	conn, err := net.ListenUDP("udp4", nil)
	if err != nil {
		return nil, fmt.Errorf("listening for UDP connection requests: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	period, _ := c.quirks.binding() // validate has read it
	client := &stunClient{cpe: c, conn: conn, period: period}
	go func() {
		defer close(done)
		client.run(ctx)
	}()
	return func() {
		cancel()
		_ = conn.Close() // ends the reading; nothing is left to send
		<-done
	}, nil
}

// run asks and listens until ctx ends.
func (s *stunClient) run(ctx context.Context) {
	buf := make([]byte, 2048)
	for ctx.Err() == nil {
		if now := time.Now(); !now.Before(s.due) {
			s.due = now.Add(min(s.period, glance))
			s.bind(now)
		}
		if err := s.conn.SetReadDeadline(s.due); err != nil {
			return
		}
		n, from, err := s.conn.ReadFromUDPAddrPort(buf)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
		case err != nil:
			return
		default:
			s.take(buf[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
		}
	}
}

// setting reads one parameter of the ManagementServer.
func (s *stunClient) setting(leaf string) string {
	value, _ := s.cpe.Get(s.cpe.path("ManagementServer." + leaf))
	return value
}

// bind sends a Binding Request if the ACS has switched the client on.
func (s *stunClient) bind(now time.Time) {
	host := s.setting("STUNServerAddress")
	if s.setting("STUNEnable") != "1" || host == "" {
		return
	}
	addr, err := net.ResolveUDPAddr("udp4", net.JoinHostPort(host, s.setting("STUNServerPort")))
	if err != nil {
		s.cpe.config.Logger.Warn("STUN server", "error", err)
		return
	}
	s.server, s.due = addr.AddrPort(), now.Add(s.period)
	s.server = netip.AddrPortFrom(s.server.Addr().Unmap(), s.server.Port())
	s.send(stun.Ask{Classic: true, Binds: true, Changed: !s.mapped.IsValid(), Username: s.setting("STUNUsername")})
}

// send sends a Binding Request with a new transaction id.
func (s *stunClient) send(ask stun.Ask) {
	_, _ = rand.Read(ask.ID[:]) // never fails (crypto/rand)
	s.ask = ask
	if _, err := s.conn.WriteToUDPAddrPort(ask.Encode(), s.server); err != nil {
		s.cpe.config.Logger.Warn("STUN server", "error", err)
	}
}

// take takes a datagram that the NAT lets through: one from where the binding is to.
func (s *stunClient) take(datagram []byte, from netip.AddrPort) {
	if from != s.server {
		s.cpe.config.Logger.Info("the NAT drops a datagram", "from", from)
		return
	}
	if strings.HasPrefix(string(datagram), "GET ") {
		s.ring(datagram)
		return
	}
	answer, err := s.ask.Read(datagram)
	switch {
	case err != nil:
		return
	case answer.Code != 0 && s.ask.Password == "":
		again := s.ask
		again.Password = s.setting("STUNPassword")
		s.send(again)
	case answer.Code != 0:
		s.cpe.config.Logger.Warn("the STUN server refuses the credentials", "code", answer.Code)
	case answer.Mapped != s.mapped:
		s.mapped = answer.Mapped
		s.tell()
	}
}

// tell puts the binding into the tree.
func (s *stunClient) tell() {
	for leaf, value := range map[string]string{"NATDetected": "1", "UDPConnectionRequestAddress": s.mapped.String()} {
		if err := s.cpe.Set(s.cpe.path("ManagementServer."+leaf), value); err != nil {
			s.cpe.config.Logger.Error("STUN client", "error", err)
		}
	}
}

// ring takes a UDP connection request: one that is signed with the password of this box
// and later than the last. Copies of one request are one.
func (s *stunClient) ring(datagram []byte) {
	r, signed, err := stun.ReadRequest(datagram, s.setting("ConnectionRequestPassword"))
	if err != nil || !signed || r.Username != s.setting("ConnectionRequestUsername") || r.Time <= s.last {
		s.cpe.config.Logger.Info("UDP connection request refused", "signed", signed, "error", err)
		return
	}
	s.last = r.Time
	if err := s.cpe.Trigger(cwmp.Event{Code: cwmp.EventConnectionRequest}); err != nil {
		s.cpe.config.Logger.Error("connection request", "error", err)
	}
}
