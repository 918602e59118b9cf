package sim

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// connectionRequestTimeout bounds the reading of a connection request, which is
// a GET of a few hundred bytes.
const connectionRequestTimeout = 5 * time.Second

// unreachablePort is where the private address of a box behind NAT leads: nobody
// listens on the discard port.
const unreachablePort = "9"

// listen starts the server for connection requests, if there is to be one, and
// returns what stops it.
func (c *CPE) listen() (stop func(), err error) {
	if c.config.Listen == "" {
		return func() {}, nil
	}
	if c.quirks.has(quirkNAT) {
		return c.hide()
	}
	listener, err := net.Listen("tcp", c.config.Listen)
	if err != nil {
		return nil, fmt.Errorf("listening for connection requests: %w", err)
	}
	server := &http.Server{
		Handler:           newDoorbell(c),
		ReadHeaderTimeout: connectionRequestTimeout, ReadTimeout: connectionRequestTimeout,
		ErrorLog: slog.NewLogLogger(c.config.Logger.Handler(), slog.LevelDebug),
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			c.config.Logger.Error("connection requests", "error", err)
		}
	}()
	c.announce("http://" + listener.Addr().String() + randomPath())
	return func() {
		_ = server.Close() // what it could say is of no use any more
		<-done
		c.announce("")
	}, nil
}

// hide announces an address that cannot be reached.
func (c *CPE) hide() (stop func(), err error) {
	host, _, err := net.SplitHostPort(c.config.Listen)
	if err != nil {
		return nil, fmt.Errorf("listening for connection requests: %w", err)
	}
	c.announce("http://" + net.JoinHostPort(host, unreachablePort) + randomPath())
	return func() { c.announce("") }, nil
}

// randomPath is one that nobody can guess.
func randomPath() string { return "/" + strings.ToLower(rand.Text()) }

// announce puts the ConnectionRequestURL into the tree.
func (c *CPE) announce(address string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tellAddress(address)
}

// tellAddress is announce with the lock held.
func (c *CPE) tellAddress(address string) {
	c.listening = address
	c.Values[c.path("ManagementServer.ConnectionRequestURL")] = address
}

// newAddress is what the boot of a box does that has another path after each.
func (c *CPE) newAddress() {
	u, err := url.Parse(c.listening)
	if err != nil || c.listening == "" || !c.quirks.has(quirkCRURLPerBoot) {
		return
	}
	u.Path = randomPath()
	c.tellAddress(u.String())
}

// doorPath is the path of the ConnectionRequestURL.
func (c *CPE) doorPath() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	u, err := url.Parse(c.listening)
	if err != nil {
		return "" // it was made by this program
	}
	return u.Path
}
