package sim

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"
)

// Config describes a CPE. Only ACS is needed; the rest has defaults or comes
// from the state file.
type Config struct {
	// Model is the name of one of Models. Empty: that of the state file, or
	// ctc-stb.
	Model string
	// OUI and ProductClass are part of the identity. Empty: the model's.
	OUI          string
	ProductClass string
	// Serial is the serial number. Empty: "SIM" and the digits of the MAC.
	Serial string
	// MAC is a MAC address in any form. Empty: 00:00:5E:00:53:01.
	MAC string
	// STBID is the id of a set-top box. Empty: MakeSTBID of the MAC.
	STBID string
	// Software is the version of the software in the factory; a download brings
	// another. Empty: that of the state file, or 1.0.0.
	Software string
	// Hosts are the MAC addresses, in any form, of the devices behind a gateway.
	// Nil: those of the state file, or two that are always there.
	Hosts []string
	// Move carries the box to another place first, as CPE.Move does.
	Move bool

	// ACS are URLs of the ACS. The POSTs of a session go to them in turn, each
	// with the cookies of all. Once the ACS sets another ManagementServer.URL,
	// that one is used alone.
	ACS []string
	// Username and Password are for the ACS. They are sent when it asks.
	Username string
	Password string

	// PeriodicInterval replaces the PeriodicInformInterval of the tree. 0: not.
	PeriodicInterval time.Duration
	// BackoffUnit is the second of the waiting times between failed sessions
	// (TR-069 Amd 6 3.2.1.1). 0: one second.
	BackoffUnit time.Duration
	// Timeout bounds one POST with its answer. 0: 30 s.
	Timeout time.Duration
	// Listen is the address for connection requests, such as "127.0.0.1:0".
	// Empty: none; then ConnectionRequestURL is empty. Used by Run.
	Listen string

	// StatePath is the file that keeps the state. Empty: it is lost at the end.
	StatePath string
	// Quirks are what the CPE does wrong, beside the lasting ones in the state
	// file.
	Quirks QuirkSet

	// Logger gets one line per session. Nil: none.
	Logger *slog.Logger
	// Clock is the clock of the CPE, as shown in messages. Nil: time.Now.
	Clock func() time.Time
	// Dial opens connections. Nil: a net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// TLS is for ACS URLs with https. Nil: the defaults of crypto/tls.
	TLS *tls.Config
	// OnSession is told of each session that Run has done, one at a time.
	OnSession func(*Report, error)
	// OnPage is told after a session when the page has changed. It may type, and
	// must not run a session. A fleet calls it from several goroutines.
	OnPage func(*CPE, Page)
	// Technician is a person who waits in front of the box while it runs and has
	// been in contact. As long as the page asks, Run calls it several times a
	// second for what is typed now; false means nothing yet. A fleet calls it
	// from several goroutines. Nil: nobody waits.
	Technician func(*CPE, Page) (Typed, bool)
}

// defaultMAC is the first address of the range for documentation (RFC 7042).
const defaultMAC = "00:00:5E:00:53:01"

func (c Config) withDefaults() Config {
	c.BackoffUnit = cmp.Or(c.BackoffUnit, time.Second)
	c.Timeout = cmp.Or(c.Timeout, 30*time.Second)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Dial == nil {
		c.Dial = (&net.Dialer{}).DialContext
	}
	if c.OnSession == nil {
		c.OnSession = func(*Report, error) {}
	}
	if c.OnPage == nil {
		c.OnPage = func(*CPE, Page) {}
	}
	return c
}

// identity is the part of the Config that is compared with the state file.
func (c Config) identity() (Identity, error) {
	if c.MAC != "" {
		mac, err := parseMAC(c.MAC)
		if err != nil {
			return Identity{}, err
		}
		c.MAC = formatMAC(mac)
	}
	return Identity{c.Model, c.OUI, c.ProductClass, c.Serial, c.MAC, c.STBID}, nil
}

// complete fills what neither the Config nor the state file says.
func (i *Identity) complete() (Model, error) {
	i.Model = cmp.Or(i.Model, "ctc-stb")
	model, ok := LookupModel(i.Model)
	if !ok {
		return Model{}, fmt.Errorf("unknown model %q", i.Model)
	}
	i.OUI = cmp.Or(i.OUI, model.OUI)
	i.ProductClass = cmp.Or(i.ProductClass, model.ProductClass)
	i.MAC = cmp.Or(i.MAC, defaultMAC)
	i.Serial = cmp.Or(i.Serial, "SIM"+strings.ReplaceAll(i.MAC, ":", ""))
	if i.STBID == "" {
		id, err := MakeSTBID(i.MAC)
		if err != nil {
			return Model{}, err
		}
		i.STBID = id
	}
	return model, nil
}

// ErrNoACS means that neither the Config nor the state file names an ACS.
var ErrNoACS = errors.New("no URL of an ACS")
