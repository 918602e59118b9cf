package radius

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	codec "layeh.com/radius"
	"layeh.com/radius/rfc2865"
	"layeh.com/radius/rfc2866"
	"layeh.com/radius/rfc2869"

	"itms"
)

// Ledger takes in what access servers tell of who is on the network. Met by Book.
type Ledger interface {
	// Account takes one report in. When it returns nil the report may be acknowledged: a
	// start or an end is durable, counters are remembered until Flush.
	Account(ctx context.Context, r *Report) error
	// Flush writes the counters that wait.
	Flush(ctx context.Context) error
	// Tidy ends sessions that nobody hears of, and drops those that ended long ago.
	Tidy(ctx context.Context) error
}

// ReportKind says what a Report is about.
type ReportKind string

// Kinds of reports, by Acct-Status-Type (RFC 2866 §5.1). They are labels of a metric.
const (
	ReportStart   ReportKind = "start"
	ReportInterim ReportKind = "interim"
	ReportStop    ReportKind = "stop"
	ReportOn      ReportKind = "on"  // the access server started anew: its sessions are over
	ReportOff     ReportKind = "off" // ... or is about to stop
)

// Report is what an access server tells of a session, or of itself.
type Report struct {
	Kind    ReportKind
	NAS     netip.Addr
	NASName string // of the configuration
	NASID   string
	Session string // Acct-Session-Id; "" with on and off
	User    string
	Account string
	MAC     itms.MAC
	IP      netip.Addr
	Prefix  netip.Prefix
	PortID  string
	Line    itms.Line
	Granted string // digest of what it was given when it was let in; "" = not known
	Rule    string
	Cause   string    // of an end
	At      time.Time // when it was so
	Seconds int64
	In, Out uint64 // octets from and to the subscriber
}

// Bounds of what is remembered of grants until the session starts.
const (
	maxGranted = 65_536
	grantedFor = 5 * time.Minute
)

// grantKey knows a caller again when its accounting starts.
type grantKey struct {
	nas  netip.Addr
	user string
	mac  itms.MAC
}

// granted is what a caller was given.
type granted struct{ rule, digest string }

// key is the caller's.
func (c *caller) key() grantKey { return grantKey{c.from, c.user, c.mac} }

// serveAccounting answers an Accounting-Request once it is taken in.
func (s *Server) serveAccounting(ctx context.Context, p *packet, n *NAS, from peer) ([]byte, error) {
	c := s.callerOf(p, n, from.Addr())
	r := s.report(p, c)
	if r == nil {
		s.metrics.accounting["other"].Inc()
		return p.answer(codec.CodeAccountingResponse, nil) // of a tunnel or a link: nothing is kept of it
	}
	if err := s.ledger.Account(ctx, r); err != nil {
		return nil, fmt.Errorf("take in accounting of %s (%s): %w", n.Name, r.Kind, err)
	}
	s.metrics.accounting[string(r.Kind)].Inc()
	if r.Kind == ReportStart || r.Kind == ReportInterim {
		s.witness.see(c)
	}
	return p.answer(codec.CodeAccountingResponse, nil)
}

// reportKinds are the kinds by their number.
var reportKinds = map[rfc2866.AcctStatusType]ReportKind{
	rfc2866.AcctStatusType_Value_Start: ReportStart, rfc2866.AcctStatusType_Value_Stop: ReportStop,
	rfc2866.AcctStatusType_Value_InterimUpdate: ReportInterim,
	rfc2866.AcctStatusType_Value_AccountingOn:  ReportOn, rfc2866.AcctStatusType_Value_AccountingOff: ReportOff,
}

// maxDelay bounds Acct-Delay-Time: an access server that was cut off for a day tells late.
const maxDelay = 24 * time.Hour

// report reads an Accounting-Request; nil when there is nothing to keep of it.
func (s *Server) report(p *packet, c *caller) *Report {
	kind, known := reportKinds[p.status()]
	session := p.text(rfc2866.AcctSessionID_Type)
	if !known || session == "" && kind != ReportOn && kind != ReportOff {
		return nil
	}
	now := s.opt.Clock()
	r := &Report{Kind: kind, NAS: c.from, NASName: c.nas.Name, NASID: c.nasID, Session: session, User: c.user, Account: c.account, MAC: c.mac,
		Prefix: p.prefix(), PortID: c.portID, Line: c.line,
		At:      now.Add(-min(time.Duration(p.number(rfc2866.AcctDelayTime_Type))*time.Second, maxDelay)),
		Seconds: int64(p.number(rfc2866.AcctSessionTime_Type)),
		In:      p.octets(rfc2866.AcctInputOctets_Type, rfc2869.AcctInputGigawords_Type),
		Out:     p.octets(rfc2866.AcctOutputOctets_Type, rfc2869.AcctOutputGigawords_Type)}
	r.IP, _ = address(p.Get(rfc2865.FramedIPAddress_Type))
	if kind == ReportStop {
		r.Cause = cause(p.number(rfc2866.AcctTerminateCause_Type))
	}
	if g, ok := s.granted.get(c.key(), now); ok {
		r.Granted, r.Rule = g.digest, g.rule
	}
	return r
}

// cause is the end of a session in words (RFC 2866 §5.10).
func cause(n uint32) string {
	if text, ok := rfc2866.AcctTerminateCause_Strings[rfc2866.AcctTerminateCause(n)]; ok {
		return text
	}
	if n == 0 {
		return "not told"
	}
	return "cause " + strconv.FormatUint(uint64(n), 10)
}
