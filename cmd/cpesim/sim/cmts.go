package sim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"

	"itms"
	"itms/internal/dhcpclient"
)

// CMTSConfig describes the relay between cable modems and a DHCP server.
type CMTSConfig struct {
	// Relay is the address that the server knows the network by (giaddr), and the port
	// where the relay takes answers: 67 in the field, the server's dhcp.relayPort here.
	Relay netip.AddrPort
	// Server is the DHCP server.
	Server netip.AddrPort
	Logger *slog.Logger // nil: nobody hears
}

// CMTS relays the DHCP messages of any number of modems and of what is behind them, and
// hands out the answers by the hardware address in them. On loopback it may have any
// address of 127.0.0.0/8. It is safe for concurrent use.
type CMTS struct {
	config CMTSConfig
	conn   *net.UDPConn
	wg     sync.WaitGroup

	mu    sync.Mutex
	hears map[itms.MAC]chan *dhcpclient.Answer
}

// answersKept is how many answers wait for one client: those of copied messages.
const answersKept = 8

// cmtsBuffer lets the answers to a thousand modems that start together wait.
const cmtsBuffer = 4 << 20

// NewCMTS opens the relay. Close closes it.
func NewCMTS(c CMTSConfig) (*CMTS, error) {
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(c.Relay))
	if err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	if err := conn.SetReadBuffer(cmtsBuffer); err != nil {
		return nil, errors.Join(fmt.Errorf("relay: %w", err), conn.Close())
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	cmts := &CMTS{config: c, conn: conn, hears: map[itms.MAC]chan *dhcpclient.Answer{}}
	cmts.wg.Go(cmts.read)
	return cmts, nil
}

// Close closes the relay.
func (c *CMTS) Close() error {
	err := c.conn.Close()
	c.wg.Wait()
	return err
}

// Relay is the address and port of the relay.
func (c *CMTS) Relay() netip.AddrPort {
	return c.conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// read hands out answers until the relay is closed.
func (c *CMTS) read() {
	buf := make([]byte, 4096)
	for {
		n, err := c.conn.Read(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			c.config.Logger.Warn("relay: an answer could not be read", "error", err)
			continue
		}
		answer, err := dhcpclient.Parse(append([]byte(nil), buf[:n]...))
		if err != nil || !c.hand(answer) {
			c.config.Logger.Debug("relay: an answer for nobody here", "error", err)
		}
	}
}

// hand gives an answer to its client; false when it is not here or has too many.
func (c *CMTS) hand(a *dhcpclient.Answer) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case c.hears[a.MAC] <- a: // never, when there is no such channel
		return true
	default:
		return false
	}
}

// attach lets a client hear its answers until leave is called. There is one client of
// an address at a time.
func (c *CMTS) attach(mac itms.MAC) (answers <-chan *dhcpclient.Answer, leave func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hears[mac] != nil {
		return nil, nil, fmt.Errorf("there are two of %s behind one relay", mac)
	}
	ch := make(chan *dhcpclient.Answer, answersKept)
	c.hears[mac] = ch
	return ch, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.hears, mac)
	}, nil
}

// send passes a message on to the server.
func (c *CMTS) send(_ context.Context, message []byte) error {
	if _, err := c.conn.WriteToUDPAddrPort(message, c.config.Server); err != nil {
		return fmt.Errorf("relay: %w", err)
	}
	return nil
}
