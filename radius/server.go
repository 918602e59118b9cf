package radius

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"itms"
)

// actor is who the journal names for what this door does.
const actor = "radius"

// Directory says who may come in. Met by workorder.Engine.
type Directory interface {
	// Access returns the standing of a caller, never nil without an error.
	Access(ctx context.Context, r itms.AccessRequest) (*itms.AccessStanding, error)
}

// Options are the parts of a Server; Witness, Registerer, Clock and Logger may be left out.
type Options struct {
	Config    Config
	Store     itms.Store // of sessions and the journal
	Directory Directory
	Ledger    Ledger // nil = a Book on Store
	Witness   Witness
	Logger    zerolog.Logger
	Clock     func() time.Time // nil = time.Now

	Registerer prometheus.Registerer
}

// Server is the RADIUS door. Any number of nodes may run one.
type Server struct {
	opt      Options
	nases    *nases
	metrics  *metrics
	answered answered
	guesses  *guesses
	refusals *refusals
	witness  *witness
	granted  *recent[grantKey, granted]
	strange  *recent[netip.Addr, bool]
	ledger   Ledger

	doors  []*door
	ctx    context.Context // of what runs; set by Start
	cancel context.CancelFunc
	runs   sync.WaitGroup
}

// New makes a Server. What is wrong with the configuration is the error.
func New(o Options) (*Server, error) {
	if err := o.Config.validate(); err != nil {
		return nil, err
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	m, err := newMetrics(o.Registerer)
	if err != nil {
		return nil, err
	}
	s := &Server{opt: o, nases: newNASes(o.Config.NAS), metrics: m, answered: newAnswered(), guesses: newGuesses(&o.Config), refusals: newRefusals(),
		granted: newRecent[grantKey, granted](maxGranted, grantedFor), strange: newRecent[netip.Addr, bool](maxServers, strangeEvery), ledger: o.Ledger}
	s.witness = newWitness(&s.opt, func(err error) { s.trouble("tell where a device is", err) })
	if s.ledger == nil {
		s.ledger = newBook(s)
	}
	return s, nil
}

// Check reports what is wrong with a configuration.
func Check(c Config) error { return c.validate() }

// Start binds all addresses and serves until Close. Errors name the address.
func (s *Server) Start(ctx context.Context) error {
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for _, one := range []struct {
		name   string
		listen []string
		serve  handler
		busy   int
	}{{doorAuth, s.opt.Config.Listen, s.serveAuth, authBusy}, {doorAccounting, s.opt.Config.Accounting, s.serveAccounting, accountingBusy}} {
		for _, at := range one.listen {
			d, err := s.open(ctx, one.name, at, one.serve, one.busy)
			if err != nil {
				return errors.Join(fmt.Errorf("%s: %w", at, err), s.Close(ctx))
			}
			s.doors = append(s.doors, d)
		}
	}
	for _, d := range s.doors {
		d.start(s)
	}
	if s.witness.tell != nil {
		s.witness.start(s.ctx)
	}
	s.runs.Go(s.keep)
	return nil
}

// Addrs returns the addresses that were bound: of authentication, and of accounting.
func (s *Server) Addrs() (auth, accounting []netip.AddrPort) {
	for _, d := range s.doors {
		if d.name == doorAuth {
			auth = append(auth, d.addr)
		} else {
			accounting = append(accounting, d.addr)
		}
	}
	return auth, accounting
}

// Close stops: what is being worked on is answered, and what waits in memory written.
func (s *Server) Close(ctx context.Context) error {
	if s.cancel == nil {
		return nil
	}
	var errs []error
	for _, d := range s.doors {
		errs = append(errs, d.close())
	}
	s.cancel()
	s.runs.Wait()
	s.witness.runs.Wait()
	if err := s.ledger.Flush(ctx); err != nil {
		errs = append(errs, err)
	}
	errs = append(errs, s.journalRefusals(ctx))
	s.cancel = nil
	return errors.Join(errs...)
}

// How often is written what waits in memory.
const keepEvery = 5 * time.Second

// keep writes now and then what waits in memory, and drops what is old.
func (s *Server) keep() {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
			s.keepOnce(s.ctx)
		}
	}
}

// keepOnce is one round of keep.
func (s *Server) keepOnce(ctx context.Context) {
	if err := s.journalRefusals(ctx); err != nil {
		s.trouble("journal refusals", err)
	}
	if err := s.ledger.Flush(ctx); err != nil {
		s.trouble("write accounting", err)
	}
	if err := s.ledger.Tidy(ctx); err != nil {
		s.trouble("drop old sessions", err)
	}
}

// trouble counts and logs a failure that access servers are not to notice but by silence.
func (s *Server) trouble(doing string, err error) {
	if errors.Is(err, context.Canceled) {
		return // the server closes
	}
	s.metrics.troubles.Inc()
	s.opt.Logger.Error().Err(err).Msg("radius: cannot " + doing)
}

// printable makes a text of an access server safe for people.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}
