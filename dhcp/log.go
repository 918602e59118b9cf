package dhcp

import (
	"context"
	"errors"

	"github.com/rs/zerolog"
)

// Words for what became of a message. There are no others: each is a label of a metric.
const (
	outOffer     = "offer"
	outACK       = "ack"
	outNAK       = "nak"
	outInform    = "inform"
	outReleased  = "released"
	outDeclined  = "declined"
	outQuery     = "lease query"
	outSilent    = "silent"
	outWaits     = "waits already"
	outLate      = "too late"
	outStorage   = "no storage"
	outDirectory = "no directory"
	outNoAddress = "no address"
	outBehind    = "too many behind the modem"
	outNoRoom    = "no room to commit"
	outLost      = "lost"
)

var outcomes = []string{outOffer, outACK, outNAK, outInform, outReleased, outDeclined, outQuery, outSilent, outWaits, outLate, outStorage, outDirectory,
	outNoAddress, outBehind, outNoRoom, outLost}

// done counts what became of a message, and writes the one log event about it.
func (s *Server) done(r *request, outcome string) {
	s.metrics.byOutcome[outcome].Inc()
	s.metrics.seconds.Observe(s.opt.Clock().Sub(r.at.time).Seconds())
	e := s.opt.Logger.Debug()
	if e == nil {
		return
	}
	r.describe(e)
	e.Str("outcome", outcome).Msg("dhcp")
}

// describe adds all that is known of a message to its log event.
func (r *request) describe(e *zerolog.Event) {
	a := &r.asking
	e.Str("type", messageNames[r.kind()]).Stringer("mac", a.MAC).Uint32("xid", r.xid()).Str("kind", string(a.Kind)).
		Stringer("from", r.at.from).Stringer("giaddr", r.giaddr()).Stringer("ciaddr", r.ciaddr()).
		Str("action", r.v.act.String()).Str("why", r.v.why)
	if r.v.addr.IsValid() {
		e.Stringer("address", r.v.addr)
	}
	if !a.Modem.IsZero() {
		e.Stringer("modem", a.Modem)
	}
	if r.k.class != nil {
		e.Str("class", r.k.class.Name)
	}
	if r.k.network != nil {
		e.Str("network", r.k.network.name)
	}
}

// trouble counts and logs a failure that clients are not to notice but by silence.
func (s *Server) trouble(doing string, err error) {
	if s.ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return // the server closes
	}
	s.metrics.troubles.Inc()
	s.opt.Logger.Error().Err(err).Msg("dhcp: cannot " + doing)
}
