package sim

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"itms/cwmp"
	"itms/internal/digest"
)

// connectionRequestTimeout bounds the reading of a connection request, which is
// a GET of a few hundred bytes.
const connectionRequestTimeout = 5 * time.Second

// listen starts the server for connection requests, if there is to be one, and
// returns what stops it.
func (c *CPE) listen() (stop func(), err error) {
	if c.config.Listen == "" {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", c.config.Listen)
	if err != nil {
		return nil, fmt.Errorf("listening for connection requests: %w", err)
	}
	path := "/" + strings.ToLower(rand.Text()) // nobody can guess it
	server := &http.Server{
		Handler:           &doorbell{cpe: c, path: path, auth: digest.New(digest.Options{Realm: "cpesim"})},
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
	c.announce("http://" + listener.Addr().String() + path)
	return func() {
		_ = server.Close() // what it could say is of no use any more
		<-done
		c.announce("")
	}, nil
}

// announce puts the ConnectionRequestURL into the tree.
func (c *CPE) announce(url string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listening = url
	c.Values[c.path("ManagementServer.ConnectionRequestURL")] = url
}

// doorbell answers connection requests (TR-069 Amd 6 3.2.2.1).
type doorbell struct {
	cpe  *CPE
	path string
	auth *digest.Authenticator
}

// ServeHTTP queues an Inform for a GET of the right path with the right
// credentials. As long as the ACS has set no ConnectionRequestUsername, none
// are needed.
func (d *doorbell) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path != d.path:
		w.WriteHeader(http.StatusNotFound)
	case r.Method != http.MethodGet:
		w.WriteHeader(http.StatusMethodNotAllowed)
	case !d.allowed(r):
		for _, challenge := range d.auth.Challenges() {
			w.Header().Add("WWW-Authenticate", challenge)
		}
		w.WriteHeader(http.StatusUnauthorized)
	default:
		w.WriteHeader(http.StatusOK)
		if err := d.cpe.Trigger(cwmp.Event{Code: cwmp.EventConnectionRequest}); err != nil {
			d.cpe.config.Logger.Error("connection request", "error", err)
		}
	}
}

// allowed checks the credentials against those in the tree.
func (d *doorbell) allowed(r *http.Request) bool {
	username, _ := d.cpe.Get(d.cpe.path("ManagementServer.ConnectionRequestUsername"))
	password, _ := d.cpe.Get(d.cpe.path("ManagementServer.ConnectionRequestPassword"))
	if username == "" {
		return true
	}
	_, err := d.auth.Verify(r.Method, r.RequestURI, r.Header.Get("Authorization"),
		func(claimed string) (string, bool) { return password, claimed == username })
	return err == nil
}
