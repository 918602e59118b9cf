package radius

import (
	"context"
	"crypto/md5"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	codec "layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2866"
	"layeh.com/radius/rfc2869"
	"layeh.com/radius/rfc3576"

	"itms"
)

// How often, and for how long, an access server is asked at a time: together less than the
// outbox gives a try.
const (
	exchangeTries = 3
	exchangeWait  = 2 * time.Second
)

// errSilent says that an access server did not answer.
var errSilent = errors.New("the access server does not answer")

// exchange sends a Disconnect-Request or a CoA-Request about a session and returns the
// answer (RFC 5176 §2, §3). Retries are the same packet.
func (s *Server) exchange(ctx context.Context, c *change, code codec.Code) (*codec.Packet, error) {
	secret := []byte(c.nas.Secret.Reveal())
	attributes := identify(c.session, s.opt.Clock())
	if code == codec.CodeCoARequest {
		attributes = append(attributes, changeable(c.grant.attributes)...)
	}
	var id [1]byte
	_, _ = rand.Read(id[:]) // never fails (crypto/rand); each exchange has a port of its own
	raw, err := write(code, id[0], attributes, true)
	if err != nil {
		return nil, fmt.Errorf("session %s: %w", c.Session, err)
	}
	seal(raw, [md5.Size]byte{}, secret, true)
	var d net.Dialer
	conn, err := d.DialContext(ctx, "udp", netip.AddrPortFrom(c.session.NAS, uint16(c.nas.CoAPort)).String())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSilent, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	for range exchangeTries {
		if answer := askOnce(conn, raw, secret); answer != nil {
			return answer, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return nil, errSilent
}

// atStart are attributes that only the start of a session can bring, or that mean something
// else in a CoA-Request (Service-Type, RFC 5176 §3.2).
var atStart = []string{"Service-Type", "Framed-Protocol", "Framed-IP-Address", "Framed-IP-Netmask", "Framed-MTU", "Framed-Pool", "Framed-IPv6-Prefix",
	"Framed-IPv6-Pool", "Framed-IPv6-Address", "Delegated-IPv6-Prefix", "Delegated-IPv6-Prefix-Pool"}

// changeable are the attributes that a session can be given while it lasts.
func changeable(list codec.Attributes) (out codec.Attributes) {
	for _, a := range list {
		if !slices.ContainsFunc(atStart, func(name string) bool { return standard[name].number == a.Type }) {
			out = append(out, a)
		}
	}
	return out
}

// askOnce sends a request and waits for its answer; nil when none came that is one.
func askOnce(conn net.Conn, request, secret []byte) *codec.Packet {
	if err := conn.SetDeadline(time.Now().Add(exchangeWait)); err != nil {
		return nil
	}
	if _, err := conn.Write(request); err != nil {
		return nil
	}
	buf := make([]byte, maxPacket)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return nil
		}
		if p, err := readPacket(buf[:n], secret); err == nil && authentic(p.raw, request, secret) && p.answers(request) {
			return p.Packet
		}
	}
}

// answers reports whether an authentic packet is of a kind that answers the request, and its
// Message-Authenticator, if it has one, is right.
func (p *packet) answers(request []byte) bool {
	if p.signed != 0 && !signatureHolds(p.raw, p.signed, [md5.Size]byte(request[atAuthenticator:headerSize]), p.Secret) {
		return false
	}
	return p.Code == codec.Code(request[0])+1 || p.Code == codec.Code(request[0])+2 // ACK, NAK
}

// identify lists what an access server knows a session by (RFC 5176 §3), and the time, so
// that an old request is not taken for a new one.
func identify(s *itms.AccessSession, now time.Time) (list codec.Attributes) {
	add := func(t codec.Type, value []byte) {
		if len(value) > 0 && len(value) <= maxText {
			list = append(list, &codec.AVP{Type: t, Attribute: value})
		}
	}
	add(rfc2865.UserName_Type, []byte(s.User))
	add(rfc2866.AcctSessionID_Type, []byte(s.Session))
	if nas, err := netip.ParseAddr(s.NASID); err == nil && nas.Is4() {
		add(rfc2865.NASIPAddress_Type, nas.AsSlice())
	} else {
		add(rfc2865.NASIdentifier_Type, []byte(s.NASID))
	}
	if s.IP.Is4() {
		add(rfc2865.FramedIPAddress_Type, s.IP.AsSlice())
	}
	add(rfc2869.EventTimestamp_Type, codec.NewInteger(uint32(now.Unix())))
	return list
}

// sessionNotFound is the Error-Cause of an access server that does not know the session.
const sessionNotFound = rfc3576.ErrorCause_Value_SessionContextNotFound

// errorCause is why an access server refused; 0 = it does not tell (RFC 5176 §3.5).
func errorCause(p *codec.Packet) rfc3576.ErrorCause {
	n, _ := codec.Integer(p.Get(rfc3576.ErrorCause_Type))
	return rfc3576.ErrorCause(n)
}

// causeText is that in words.
func causeText(p *codec.Packet) string {
	n := errorCause(p)
	if text, ok := rfc3576.ErrorCause_Strings[n]; ok {
		return text
	}
	if n == 0 {
		return "it does not tell why"
	}
	return "Error-Cause " + strconv.FormatUint(uint64(n), 10)
}
