package api

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"itms"
)

// accessPath is the collection of sessions on the network.
const accessPath = base + "/access-sessions"

// AccessServers tells access servers what becomes of sessions on the network.
type AccessServers interface {
	// EndAccess asks for the end of a session. Errors: KindNotFound, CodeSessionState when
	// it is over, CodeUnsupported when nobody can be told.
	EndAccess(ctx context.Context, actor string, id itms.AccessSessionID) error
}

// accessListInput selects sessions.
type accessListInput struct {
	Account string `query:"account" doc:"Only those of this account of the network, without realm." example:"ppp1001"`
	MAC     string `query:"mac" doc:"Only those of this MAC address, in any form." example:"00:00:5E:00:53:01"`
	IP      string `query:"ip" doc:"Only those with this address." example:"198.51.100.7"`
	Service string `query:"service" doc:"Only those of this service." example:"U1001-1"`
	NAS     string `query:"nas" doc:"Only those of the access server with this address." example:"192.0.2.1"`
	Active  bool   `query:"active" doc:"Only those that last."`
	Cursor  string `query:"cursor" doc:"Next of the answer before."`
	Limit   int    `query:"limit" minimum:"1" maximum:"500" doc:"Most items wanted; 50 when left out." example:"50"`
}

// accessInput names one session.
type accessInput struct {
	ID string `path:"id" doc:"Id of a session; percent-encoded." example:"192.0.2.1~0000000F"`
}

// accessOutput is one session.
type accessOutput struct{ Body accessSessionView }

// accessSessionView is one session as shown.
type accessSessionView struct {
	ID      string      `json:"id" example:"192.0.2.1~0000000F"`
	Active  bool        `json:"active" doc:"It lasts, as far as the access server told."`
	Account string      `json:"account,omitempty" doc:"Without realm; absent when a MAC address was authenticated." example:"ppp1001"`
	User    string      `json:"user,omitempty" doc:"User-Name." example:"ppp1001@isp.example.com"`
	MAC     string      `json:"mac,omitempty" example:"00:00:5E:00:53:01"`
	Service string      `json:"service,omitempty" doc:"Absent: of nobody's." example:"U1001-1"`
	IP      string      `json:"ip,omitempty" example:"198.51.100.7"`
	Prefix  string      `json:"prefix,omitempty" doc:"Of IPv6." example:"2001:db8:1::/56"`
	NAS     string      `json:"nas" doc:"Address of the access server." example:"192.0.2.1"`
	NASName string      `json:"nasName,omitempty" doc:"Its name in the configuration." example:"bras-1"`
	Session string      `json:"session" doc:"Acct-Session-Id." example:"0000000F"`
	PortID  string      `json:"portId,omitempty" doc:"NAS-Port-Id." example:"olt-1 1/2:100"`
	Line    *accessLine `json:"line,omitempty" doc:"As the port is read."`
	Rule    string      `json:"rule,omitempty" doc:"That let it in; absent when another node did." example:"internet"`
	Started time.Time   `json:"startedAt"`
	Updated time.Time   `json:"updatedAt" doc:"Last word of the access server; counters are written some seconds later."`
	Ended   time.Time   `json:"endedAt,omitzero"`
	Cause   string      `json:"cause,omitempty" doc:"Of its end." example:"User-Request"`
	Seconds int64       `json:"seconds" doc:"As the access server counted." example:"3600"`
	In      uint64      `json:"inOctets" doc:"From the subscriber." example:"1048576"`
	Out     uint64      `json:"outOctets" doc:"To the subscriber." example:"10485760"`
}

// accessLine is where a session is.
type accessLine struct {
	Area string `json:"area,omitempty" example:"510100"`
	Node string `json:"node,omitempty" example:"olt-1"`
	Port string `json:"port,omitempty" example:"1/2"`
	VLAN int    `json:"vlan,omitempty" example:"100"`
}

// accessRoutes registers the operations on sessions.
func (s *Server) accessRoutes() {
	if s.opts.Access == nil {
		return
	}
	one := accessPath + "/{id}"
	add(s, route{method: http.MethodGet, path: accessPath, id: "list-access-sessions", tag: "Access", summary: "List who is on the network",
		description: "By RADIUS accounting: sessions that last first, then those that ended lately, each the youngest first. The first given of service, account, mac, ip and nas is looked up.",
		needs:       devicesRead, example: pageOf[accessSessionView]{Items: []accessSessionView{exampleAccess()}},
		problems: []int{http.StatusUnprocessableEntity}}, s.listAccess)
	add(s, route{method: http.MethodGet, path: one, id: "get-access-session", tag: "Access", summary: "Show a session on the network",
		description: "Also one that ended.", needs: devicesRead, example: exampleAccess(), problems: []int{http.StatusNotFound}}, s.getAccess)
	add(s, route{method: http.MethodPost, path: one + "/disconnect", id: "disconnect-access-session", tag: "Access", summary: "End a session on the network",
		description: "Audited. The access server is told (RFC 5176), again and again for a day if it does not answer; what came of it stands in the journal as " +
			"radius.disconnected or radius.coaFailed. Who may come in comes in again. SESSION_STATE when the session has ended, NOT_SUPPORTED when RADIUS is off.",
		needs: devicesAct, status: http.StatusAccepted, example: exampleAccess(), problems: []int{http.StatusNotFound, http.StatusConflict}}, s.endAccess)
}

// accessList marks the cursors of the list of sessions.
const accessList = "access-sessions"

// listAccess lists sessions.
func (s *Server) listAccess(ctx context.Context, in *accessListInput) (*listOutput[accessSessionView], error) {
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	limit := limitOf(in.Limit)
	q.Limit = limit + 1
	var list []*itms.AccessSession
	err = s.opts.Store.View(ctx, func(tx itms.Tx) (err error) {
		list, err = tx.AccessSessions().List(q)
		return err
	})
	if err != nil {
		return nil, err
	}
	return newPage(accessList, list, limit, accessKey, viewAccess), nil
}

// accessKey is the place of a session as a cursor has it.
func accessKey(s *itms.AccessSession) string {
	return fmt.Sprintf("%t %d %s", s.Active(), s.Started.UnixMicro(), s.ID)
}

// readAccessKey reads what accessKey wrote; "" is the start.
func readAccessKey(key string) (p itms.AccessSessionPlace, err error) {
	if key == "" {
		return p, nil
	}
	wrong := itms.Invalid("/query/cursor", "is not a cursor of this list")
	parts := strings.SplitN(key, " ", 3)
	if len(parts) != 3 {
		return p, wrong
	}
	micros, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return p, wrong
	}
	return itms.AccessSessionPlace{Active: parts[0] == "true", Started: time.UnixMicro(micros).UTC(), ID: itms.AccessSessionID(parts[2])}, nil
}

// query reads the filters.
func (in *accessListInput) query() (q itms.AccessSessionQuery, err error) {
	key, err := readCursor(accessList, in.Cursor)
	if err != nil {
		return q, err
	}
	q = itms.AccessSessionQuery{Service: itms.ServiceID(in.Service), Account: in.Account, Active: in.Active}
	if q.After, err = readAccessKey(key); err != nil {
		return q, err
	}
	var wrong fieldErrors
	if in.MAC != "" {
		if q.MAC, err = itms.ParseMAC(in.MAC); err != nil {
			wrong.add(itms.Invalid("/query/mac", "expected a MAC address"))
		}
	}
	for name, f := range map[string]struct {
		text string
		into *netip.Addr
	}{"ip": {in.IP, &q.IP}, "nas": {in.NAS, &q.NAS}} {
		if f.text == "" {
			continue
		}
		addr, err := netip.ParseAddr(f.text)
		if err != nil {
			wrong.add(itms.Invalid("/query/"+name, "expected an address, e.g. 198.51.100.7"))
		}
		*f.into = addr.Unmap().WithZone("")
	}
	if wrong != nil {
		return q, &itms.Error{Kind: itms.KindInvalid, Code: itms.CodeInvalid, Text: "parameters are wrong", Fields: wrong}
	}
	return q, nil
}

// getAccess shows a session.
func (s *Server) getAccess(ctx context.Context, in *accessInput) (*accessOutput, error) {
	var out *accessOutput
	err := s.opts.Store.View(ctx, func(tx itms.Tx) error {
		one, err := tx.AccessSessions().Get(itms.AccessSessionID(in.ID))
		if err == nil {
			out = &accessOutput{viewAccess(one)}
		}
		return err
	})
	return out, err
}

// endAccess has a session ended and shows it as it is until then.
func (s *Server) endAccess(ctx context.Context, in *accessInput) (*accessOutput, error) {
	out, err := s.getAccess(ctx, in)
	if err != nil {
		return nil, err
	}
	return out, s.opts.Access.EndAccess(ctx, recordOf(ctx).actor, itms.AccessSessionID(in.ID))
}

// viewAccess shows a session.
func viewAccess(s *itms.AccessSession) accessSessionView {
	v := accessSessionView{ID: string(s.ID), Active: s.Active(), Account: s.Account, User: s.User, MAC: s.MAC.String(), Service: string(s.Service), NAS: s.NAS.String(),
		NASName: s.NASName, Session: s.Session, PortID: s.PortID, Rule: s.Rule, Started: s.Started, Updated: s.Updated, Ended: s.Ended, Cause: s.Cause,
		Seconds: s.Seconds, In: s.InOctets, Out: s.OutOctets}
	if s.IP.IsValid() {
		v.IP = s.IP.String()
	}
	if s.Prefix.IsValid() {
		v.Prefix = s.Prefix.String()
	}
	if s.Line != (itms.Line{}) {
		v.Line = &accessLine{s.Line.Area, s.Line.Node, s.Line.Port, s.Line.VLAN}
	}
	return v
}

// exampleAccess is a session of an account.
func exampleAccess() accessSessionView {
	return accessSessionView{ID: "192.0.2.1~0000000F", Active: true, Account: "ppp1001", User: "ppp1001@isp.example.com", MAC: exampleMAC, Service: "U1001-1",
		IP: "198.51.100.7", NAS: "192.0.2.1", NASName: "bras-1", Session: "0000000F", PortID: "olt-1 1/2:100",
		Line: &accessLine{Node: "olt-1", Port: "1/2", VLAN: 100}, Rule: "internet", Started: exampleTime, Updated: exampleTime.Add(time.Hour),
		Seconds: 3600, In: 1 << 20, Out: 10 << 20}
}

// scopedAccess are the sessions within some areas: of services there, and of nobody's on
// lines there.
type scopedAccess struct {
	itms.AccessSessions
	tx scopedTx
}

// AccessSessions implements itms.Tx.
func (tx scopedTx) AccessSessions() itms.AccessSessions {
	return scopedAccess{tx.Tx.AccessSessions(), tx}
}

// access reports whether a session is there for the caller.
func (tx scopedTx) access(s *itms.AccessSession) (bool, error) {
	if s.Service == "" {
		return tx.areas.Hold(s.Line.Area), nil
	}
	return tx.service(s.Service)
}

// Get returns a session of the areas.
func (s scopedAccess) Get(id itms.AccessSessionID) (*itms.AccessSession, error) {
	one, err := s.AccessSessions.Get(id)
	return seen(one, err, "access session", string(id), s.tx.access)
}

// List returns sessions of the areas.
func (s scopedAccess) List(q itms.AccessSessionQuery) ([]*itms.AccessSession, error) {
	return fillPage(q.Limit, func(last **itms.AccessSession) ([]*itms.AccessSession, error) {
		if last != nil {
			q.After = (*last).Place()
		}
		return s.AccessSessions.List(q)
	}, see(s.tx.access))
}
