package tftp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"
)

// Bounds of [Get].
const (
	// defaultMaxSize of a file that is fetched into memory.
	defaultMaxSize = 64 << 20
	// defaultTries of a packet: with waits of 1, 2, 4, 8 and 16 s, as modems do.
	defaultTries = 5
	// longestWait between two tries.
	longestWait = 16 * time.Second
)

// Errors of [Get], beside those of the network and of the server ([Error], which is
// ErrNotFound when it says so).
var (
	// ErrNoAnswer: the server stayed silent for all tries.
	ErrNoAnswer = errors.New("tftp: no answer")
	// ErrProtocol: the server sent what has no place there.
	ErrProtocol = errors.New("tftp: protocol error")
	// ErrTooLarge: the file has more octets than MaxSize.
	ErrTooLarge = errors.New("tftp: the file is too large")
)

// ClientConfig says what to fetch. Server and Name are required.
type ClientConfig struct {
	Server netip.AddrPort
	Name   string
	// Local is where the request leaves from. An invalid one is any; port 0 a free one.
	Local netip.AddrPort
	// BlockSize is asked for, 8 to 65464. 0: no such option, blocks of 512 octets.
	BlockSize int
	// Window is asked for, 1 to 65535 blocks. 0: no such option, one block.
	Window int
	// Options are sent as well, such as "netaddr" of a proxy.
	Options map[string]string
	// Wait is how long the first answer to a packet is waited for; it doubles with each
	// try, up to 16 s. 0: 1 s.
	Wait time.Duration
	// Tries is how often a packet is sent. 0: 5.
	Tries int
	// MaxSize is the largest file that is taken. 0: 64 MiB.
	MaxSize int
	// Dally is how long the last ACK is sent again when the last block is (RFC 1350 §6).
	// 0: not at all; the server may believe then that the file did not arrive.
	Dally time.Duration
	// Lose, if not nil, is shown each packet that is received, or about to be sent; one
	// for which it returns true is lost. It is for trying what loss does.
	Lose func(sent bool, packet []byte) bool
}

// Get fetches a file in octet mode.
//
// Its errors: ErrNoAnswer, ErrProtocol, ErrTooLarge, an [Error] of the server, ctx's, and
// those of the network.
func Get(ctx context.Context, c ClientConfig) ([]byte, error) {
	conn, err := net.ListenUDP(network4or6(c.Server.Addr()), localAddr(c.Local))
	if err != nil {
		return nil, fmt.Errorf("tftp: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })() // ends the read
	f := &fetch{config: c, conn: conn, blockSize: plainBlockSize, window: 1, maxSize: cmp.Or(c.MaxSize, defaultMaxSize)}
	f.pending, f.to = c.request(), c.Server
	if err := f.run(ctx); err != nil {
		return nil, err
	}
	return f.content, nil
}

// network4or6 is the network of a server's address.
func network4or6(server netip.Addr) string {
	if server.Unmap().Is4() {
		return "udp4"
	}
	return "udp6"
}

// localAddr is nil for any address.
func localAddr(local netip.AddrPort) *net.UDPAddr {
	if !local.Addr().IsValid() {
		return nil
	}
	return net.UDPAddrFromAddrPort(local)
}

// request is the RRQ.
func (c *ClientConfig) request() []byte {
	b := option([]byte{0, opRRQ}, c.Name, "octet")
	if c.BlockSize > 0 {
		b = numberOption(b, "blksize", int64(c.BlockSize))
	}
	if c.Window > 0 {
		b = numberOption(b, "windowsize", int64(c.Window))
	}
	for name, value := range c.Options {
		b = option(b, name, value)
	}
	return b
}

// fetch is a transfer as its client sees it.
type fetch struct {
	config    ClientConfig
	conn      *net.UDPConn
	to        netip.AddrPort // the server; once it has answered, the port of the transfer
	locked    bool           // it has answered
	pending   []byte         // the packet to send again when nothing comes
	content   []byte
	got       uint64 // blocks
	unacked   int    // of them, in the window
	complete  bool   // the last block is here
	gap       bool   // the gap in this window was told
	blockSize int
	window    int
	maxSize   int
}

// run sends and receives until the file is complete.
func (f *fetch) run(ctx context.Context) error {
	buf := make([]byte, headSize+max(f.config.BlockSize, plainBlockSize, maxMessage)+1)
	wait, tries := cmp.Or(f.config.Wait, firstWait), cmp.Or(f.config.Tries, defaultTries)
	for try := 0; ; {
		if try == tries {
			return ErrNoAnswer
		}
		if err := f.send(f.pending); err != nil {
			return err
		}
		moved, done, err := f.listen(ctx, buf, min(wait<<try, longestWait))
		if done && err == nil && f.config.Dally > 0 {
			_, _, _ = f.listen(ctx, buf, f.config.Dally) // whatever comes, the file is here
		}
		if done || err != nil {
			return err
		}
		if try++; moved {
			try = 0
		}
	}
}

// listen takes packets until nothing comes for the wait. It reports whether anything
// new has come, and whether the file is complete.
func (f *fetch) listen(ctx context.Context, buf []byte, wait time.Duration) (moved, done bool, err error) {
	for {
		if err := f.conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
			return moved, false, err
		}
		if err := ctx.Err(); err != nil { // after the deadline, or it would undo that of ctx
			return moved, false, err
		}
		n, from, err := f.conn.ReadFromUDPAddrPort(buf)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return moved, false, ctx.Err()
		case err != nil:
			return moved, false, fmt.Errorf("tftp: %w", err)
		case !f.mine(unmapped(from)) || f.lost(false, buf[:n]):
			continue
		}
		new, done, err := f.take(buf[:n])
		if moved = moved || new; done || err != nil {
			return moved, done, err
		}
	}
}

// mine reports whether a packet is of this transfer. The first answer of the server's
// address tells its port; a packet of another one is told so (RFC 1350 §4).
func (f *fetch) mine(from netip.AddrPort) bool {
	switch {
	case !f.locked && from.Addr() == f.config.Server.Addr().Unmap():
		f.to, f.locked = from, true
		return true
	case f.locked && from == f.to:
		return true
	}
	_, _ = f.conn.WriteToUDPAddrPort(errorPacket(codeUnknownTID, "unknown transfer ID"), from) // a courtesy
	return false
}

// take takes a packet of the server. It reports whether it was new, and whether the
// file is complete.
func (f *fetch) take(packet []byte) (moved, done bool, err error) {
	switch opcode(packet) {
	case opERROR:
		return false, false, readError(packet)
	case opOACK:
		if f.got > 0 {
			return false, false, nil // a late copy
		}
		if err := f.agree(packet[2:]); err != nil {
			return false, false, errors.Join(err, f.send(errorPacket(codeOptions, "option not asked for")))
		}
		return true, false, f.acknowledge()
	case opDATA:
		if block, ok := number(packet); ok {
			return f.data(block, packet[headSize:])
		}
	}
	return false, false, fmt.Errorf("%w: % x…", ErrProtocol, packet[:min(len(packet), 8)])
}

// agree takes the OACK. The server may lower a number, not raise it.
func (f *fetch) agree(b []byte) error {
	r := request{options: parseOptions(b)}
	if _, there := r.options["blksize"]; there {
		n, ok := r.number("blksize", minBlockSize, f.config.BlockSize)
		if !ok {
			return fmt.Errorf("%w: blksize %q", ErrProtocol, r.options["blksize"])
		}
		f.blockSize = n
	}
	if _, there := r.options["windowsize"]; there {
		n, ok := r.number("windowsize", 1, f.config.Window)
		if !ok {
			return fmt.Errorf("%w: windowsize %q", ErrProtocol, r.options["windowsize"])
		}
		f.window = n
	}
	return nil
}

// data takes a block. A copy of the last one is acknowledged again. One that comes after
// a gap makes what was received acknowledged, once in a window.
func (f *fetch) data(block uint16, content []byte) (moved, done bool, err error) {
	switch {
	case len(content) > f.blockSize:
		return false, false, fmt.Errorf("%w: a block of %d octets", ErrProtocol, len(content))
	case block == uint16(f.got) && f.got > 0:
		return false, false, f.acknowledge() // a copy: the ACK may have been lost
	case block != uint16(f.got+1) || f.complete:
		if f.gap || f.got == 0 || f.complete {
			return false, false, nil
		}
		f.gap = true
		return false, false, f.acknowledge()
	case len(f.content)+len(content) > f.maxSize:
		return false, false, errors.Join(ErrTooLarge, f.send(errorPacket(codeFull, "too large")))
	}
	f.content = append(f.content, content...)
	f.got, f.gap = f.got+1, false
	f.unacked++
	f.complete = len(content) < f.blockSize
	if f.complete || f.unacked >= f.window {
		err = f.acknowledge()
	} else {
		f.pending = head(f.pending[:0], opACK, uint16(f.got))
	}
	return true, f.complete, err
}

// acknowledge sends the ACK of what was received.
func (f *fetch) acknowledge() error {
	f.unacked = 0
	f.pending = head(f.pending[:0], opACK, uint16(f.got))
	return f.send(f.pending)
}

// lost reports whether a packet is to be lost.
func (f *fetch) lost(sent bool, packet []byte) bool {
	return f.config.Lose != nil && f.config.Lose(sent, packet)
}

// send sends a packet to the server.
func (f *fetch) send(packet []byte) error {
	if f.lost(true, packet) {
		return nil
	}
	if _, err := f.conn.WriteToUDPAddrPort(packet, f.to); err != nil {
		return fmt.Errorf("tftp: %w", err)
	}
	return nil
}
