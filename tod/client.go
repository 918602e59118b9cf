package tod

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"
)

// askTimeout bounds one question; a modem asks again.
const askTimeout = 2 * time.Second

// Ask asks a server once over "udp" or "tcp", from the local address if that is valid,
// and returns the time told that is closest to near. It fails with ErrAnswer when the
// answer is too short, and when none comes within 2 s or ctx.
func Ask(ctx context.Context, network string, local netip.Addr, server netip.AddrPort, near time.Time) (time.Time, error) {
	conn, err := dialer(network, local).DialContext(ctx, network, server.String())
	if err != nil {
		return time.Time{}, fmt.Errorf("tod: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })() // ends the read
	seconds, err := ask(conn, network == "udp")
	if err != nil {
		return time.Time{}, fmt.Errorf("tod: %w", err)
	}
	return Time(seconds, near), nil
}

// ask asks, by an empty datagram if one is due, and reads the answer.
func ask(conn net.Conn, datagram bool) (uint32, error) {
	if err := conn.SetDeadline(time.Now().Add(askTimeout)); err != nil {
		return 0, err
	}
	if datagram {
		if _, err := conn.Write(nil); err != nil {
			return 0, err
		}
	}
	var answer [answerSize]byte
	switch _, err := io.ReadFull(conn, answer[:]); {
	case err == io.ErrUnexpectedEOF || err == io.EOF:
		return 0, ErrAnswer
	case err != nil:
		return 0, err
	}
	return binary.BigEndian.Uint32(answer[:]), nil
}

// dialer calls from the local address.
func dialer(network string, local netip.Addr) *net.Dialer {
	switch {
	case !local.IsValid():
		return &net.Dialer{}
	case network == "udp":
		return &net.Dialer{LocalAddr: net.UDPAddrFromAddrPort(netip.AddrPortFrom(local, 0))}
	}
	return &net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(local, 0))}
}
