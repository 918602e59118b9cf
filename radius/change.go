package radius

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	codec "layeh.com/radius"

	"itms"
)

// changeFor is for how long an access server that does not answer is told again.
const changeFor = 24 * time.Hour

// callerOfSession is who a session was let in as.
func callerOfSession(s *itms.AccessSession, n *NAS) *caller {
	return &caller{nas: n, from: s.NAS, nasID: s.NASID, user: s.User, account: s.Account, mac: s.MAC, portID: s.PortID, line: s.Line}
}

// change is a session that is looked at again.
type change struct {
	itms.AccessChange
	session *itms.AccessSession
	nas     *NAS
	grant   *grant // what it is to be given; nil = it ends
	why     string // in words
	queued  time.Time
	tries   int // before this one
}

// Deliver carries out an outbox row of itms.AccessKind: it asks for the standing of the
// session as it is now and tells the access server what follows from it. An error puts the
// row off: the access server did not answer.
func (s *Server) Deliver(ctx context.Context, d itms.Delivery) error {
	c := &change{queued: d.QueuedAt, tries: d.Tries}
	if err := json.Unmarshal(d.Body, &c.AccessChange); err != nil {
		return fmt.Errorf("read a change of a session: %w", err)
	}
	err := s.opt.Store.View(ctx, func(tx itms.Tx) (err error) {
		c.session, err = tx.AccessSessions().Get(c.Session)
		return err
	})
	switch {
	case itms.IsKind(err, itms.KindNotFound):
		return s.concluded(changeGone)
	case err != nil:
		return err
	case !c.session.Active():
		return s.concluded(changeGone)
	}
	if err := s.judge(ctx, c); err != nil {
		return err
	}
	if c.grant != nil && c.grant.digest == c.session.Granted {
		return s.concluded(changeSame)
	}
	return s.tell(ctx, c)
}

// concluded counts a change that nobody need be told.
func (s *Server) concluded(what string) error {
	s.metrics.changes[what].Inc()
	return nil
}

// judge finds out what the session is to be given.
func (s *Server) judge(ctx context.Context, c *change) error {
	c.nas = s.nases.find(c.session.NAS)
	if c.End {
		c.why = "ended by " + c.Actor
		return nil
	}
	who := callerOfSession(c.session, c.nas)
	st, err := s.opt.Directory.Access(ctx, who.request())
	if err != nil {
		return fmt.Errorf("ask for the standing of session %s: %w", c.Session, err)
	}
	if c.grant, err = s.opt.Config.grant(who, st); err != nil {
		return err
	}
	c.why = refusalTexts[st.Refusal]
	if c.grant != nil {
		c.why = "what it is given is another"
	}
	return nil
}

// tell tells the access server, and records what came of it.
func (s *Server) tell(ctx context.Context, c *change) error {
	if c.nas == nil || c.nas.CoAPort == 0 {
		return s.failed(ctx, c, changeRefused, "its access server takes no changes (radius.nas: coaPort)")
	}
	code := codec.CodeDisconnectRequest
	if c.grant != nil && !c.nas.DisconnectOnly {
		code = codec.CodeCoARequest
	}
	answer, err := s.exchange(ctx, c, code)
	switch {
	case err != nil:
		return s.silent(ctx, c, err)
	case answer.Code == codec.CodeCoAACK:
		return s.changed(ctx, c)
	case answer.Code == codec.CodeDisconnectACK:
		return s.ended(ctx, c, "Admin-Reset")
	case errorCause(answer) == sessionNotFound:
		return s.ended(ctx, c, "gone: the access server does not know it")
	}
	return s.failed(ctx, c, changeRefused, "the access server refused: "+causeText(answer))
}

// silent has an access server told again that did not answer, for a day.
func (s *Server) silent(ctx context.Context, c *change, err error) error {
	switch {
	case s.opt.Clock().Sub(c.queued) >= changeFor:
		return s.failed(ctx, c, changeSilent, "the access server did not answer for a day")
	case c.tries > 0 || errors.Is(err, context.Canceled):
		return err
	}
	return errors.Join(err, s.failed(ctx, c, changeSilent, "the access server does not answer; it is told again for a day"))
}

// record writes an event, and what the session has become; fn = nil leaves it. A session
// that ended meanwhile stays as it is.
func (s *Server) record(ctx context.Context, c *change, ev itms.Event, fn func(*itms.AccessSession)) error {
	ev.At, ev.Service, ev.Order, ev.Area = itms.Timestamp(s.opt.Clock()), c.session.Service, c.Order, c.session.Line.Area
	if ev.Actor = actor; c.Actor != "" {
		ev.Actor = c.Actor
	}
	ev.Data = map[string]string{"session": string(c.Session), "nas": c.session.NASName, "user": printable(c.session.User)}
	return s.opt.Store.Update(context.WithoutCancel(ctx), func(tx itms.Tx) error {
		one := ev
		if c.Order != "" {
			if o, err := tx.Orders().Get(c.Order); err == nil {
				one.OrderNo, one.Area = o.No, o.Area
			} else if !itms.IsKind(err, itms.KindNotFound) {
				return err
			}
		}
		if err := tx.Journal().Append(&one); err != nil || fn == nil {
			return err
		}
		now, err := tx.AccessSessions().Get(c.Session)
		if err != nil || !now.Active() {
			return err
		}
		fn(now)
		return tx.AccessSessions().Put(now)
	})
}

// about names the session in the words of events.
func (c *change) about() string {
	who := printable(c.session.User)
	if who == "" {
		who = c.session.MAC.String()
	}
	return fmt.Sprintf("session of %s on %s", who, c.session.NASName)
}

// ended records that a session was ended. Its last counters may still come.
func (s *Server) ended(ctx context.Context, c *change, cause string) error {
	s.metrics.changes[changeEnded].Inc()
	at := itms.Timestamp(s.opt.Clock())
	return s.record(ctx, c, itms.Event{Type: "radius.disconnected", Text: fmt.Sprintf("%s was ended: %s", c.about(), c.why)},
		func(one *itms.AccessSession) { one.Ended, one.Updated, one.Cause = at, at, cause })
}

// changed records that a session was given something else.
func (s *Server) changed(ctx context.Context, c *change) error {
	s.metrics.changes[changeChanged].Inc()
	return s.record(ctx, c, itms.Event{Type: "radius.changed", Text: fmt.Sprintf("%s was changed by rule %s", c.about(), c.grant.rule)},
		func(one *itms.AccessSession) { one.Granted, one.Rule = c.grant.digest, c.grant.rule })
}

// failed records that a session is still what it was.
func (s *Server) failed(ctx context.Context, c *change, what, text string) error {
	s.metrics.changes[what].Inc()
	return s.record(ctx, c, itms.Event{Type: "radius.coaFailed", Alarm: true, Text: fmt.Sprintf("%s goes on although it should not (%s): %s", c.about(), c.why, text)}, nil)
}
