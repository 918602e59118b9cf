package api

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"itms"
)

// fakeAccess remembers who was ended.
type fakeAccess struct {
	ended []string
	fail  error
}

// EndAccess implements AccessServers.
func (f *fakeAccess) EndAccess(_ context.Context, actor string, id itms.AccessSessionID) error {
	f.ended = append(f.ended, fmt.Sprintf("%s by %s", id, actor))
	return f.fail
}

// accessSession is a session of the tests, of the service U1001-1.
func accessSession(name string, change ...func(*itms.AccessSession)) *itms.AccessSession {
	s := &itms.AccessSession{ID: itms.NewAccessSessionID(netip.MustParseAddr("192.0.2.1"), name), NAS: netip.MustParseAddr("192.0.2.1"), NASName: "bras-1", Session: name,
		User: "ppp1001@isp.example.com", Account: "ppp1001", MAC: itms.MAC{0, 0, 0x5e, 0, 0x53, 1}, Service: "U1001-1", IP: netip.MustParseAddr("198.51.100.7"),
		Prefix: netip.MustParsePrefix("2001:db8:1::/56"), PortID: "olt-1 1/2:100", Line: itms.Line{Node: "olt-1", Port: "1/2", VLAN: 100}, Rule: "internet",
		Started: testTime, Updated: testTime.Add(time.Minute), Seconds: 60, InOctets: 1, OutOctets: 2}
	for _, c := range change {
		c(s)
	}
	return s
}

// putAccess stores sessions.
func (f *fixture) putAccess(list ...*itms.AccessSession) {
	f.t.Helper()
	f.update(func(tx itms.Tx) error {
		for _, s := range list {
			if err := tx.AccessSessions().Put(s); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestAccessSessions(t *testing.T) {
	f := newFixture(t)
	f.putAccess(accessSession("s1"),
		accessSession("s2", func(s *itms.AccessSession) { s.Ended, s.Cause = testTime.Add(time.Hour), "User-Request" }),
		accessSession("s/3", func(s *itms.AccessSession) {
			s.Account, s.User, s.Service, s.IP, s.Started = "", "", "", netip.MustParseAddr("198.51.100.8"), testTime.Add(time.Second)
		}))
	names := func(p pageOf[accessSessionView]) string {
		var all []string
		for _, v := range p.Items {
			all = append(all, v.Session)
		}
		return strings.Join(all, " ")
	}
	for query, want := range map[string]string{"": "s/3 s1 s2", "?active=true": "s/3 s1", "?account=ppp1001": "s1 s2", "?account=ppp1001&active=true": "s1",
		"?mac=00-00-5e-00-53-01&ip=198.51.100.8": "s/3", "?service=U1001-1": "s1 s2", "?nas=192.0.2.1": "s/3 s1 s2", "?nas=192.0.2.2": "", "?account=nobody": ""} {
		if got := names(into[pageOf[accessSessionView]](f.get(accessPath + query).is(200))); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	var got []string
	for next := ""; ; {
		p := into[pageOf[accessSessionView]](f.get(accessPath + "?limit=1&cursor=" + next).is(200))
		got = append(got, names(p))
		if next = p.Next; next == "" {
			break
		}
	}
	if strings.Join(got, " ") != "s/3 s1 s2" {
		t.Errorf("in pages: %q", got)
	}
	golden(t, "access_session.json", f.get(accessPath+"/"+url.PathEscape(string(accessSession("s1").ID))).is(200).body)
	f.get(accessPath+"/nobody").problem(404, itms.CodeNotFound)
	for query, want := range map[string]string{"?mac=x": "/query/mac", "?ip=x": "/query/ip", "?nas=x": "/query/nas", "?cursor=eA": "/query/cursor"} {
		if got := f.get(accessPath+query).problem(422, itms.CodeInvalid).pointers(); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	odd := makeCursor(accessList, "true x y")
	f.get(accessPath+"?cursor="+odd).problem(422, itms.CodeInvalid)
}

func TestDisconnectAccessSession(t *testing.T) {
	access := &fakeAccess{}
	f := newFixture(t, func(o *Options) { o.Access = access })
	one := accessSession("s/1")
	f.putAccess(one)
	path := accessPath + "/" + url.PathEscape(string(one.ID)) + "/disconnect"
	if v := into[accessSessionView](f.call(itms.RoleOperator, http.MethodPost, path, "").is(http.StatusAccepted)); v.ID != string(one.ID) || len(access.ended) != 1 {
		t.Errorf("%+v, %q", v, access.ended)
	}
	f.call(itms.RoleHelpDesk, http.MethodPost, path, "").problem(403, itms.CodeForbidden)
	access.fail = itms.Errorf(itms.KindConflict, itms.CodeSessionState, "session has ended")
	f.call(itms.RoleOperator, http.MethodPost, path, "").problem(409, itms.CodeSessionState)
	f.call(itms.RoleOperator, http.MethodPost, accessPath+"/nobody/disconnect", "").problem(404, itms.CodeNotFound)
}

// TestAccessSessionsOfOneArea: sessions of services elsewhere are not there.
func TestAccessSessionsOfOneArea(t *testing.T) {
	f := newFixture(t)
	f.putService()
	f.update(func(tx itms.Tx) error {
		svc, err := tx.Services().Get("U1001-1")
		if err != nil {
			return err
		}
		svc.Line.Area = "510100"
		return tx.Services().Put(svc)
	})
	f.putAccess(accessSession("s1"), accessSession("s2", func(s *itms.AccessSession) { s.Service, s.Line.Area = "", "520000" }))
	for area, want := range map[string]int{"51": 1, "52": 1, "53": 0} {
		a := f.call("", http.MethodGet, accessPath, "", f.areaToken(itms.RoleOperator, area)).is(200)
		if got := len(into[pageOf[accessSessionView]](a).Items); got != want {
			t.Errorf("area %s: %d sessions, want %d", area, got, want)
		}
	}
	f.call("", http.MethodGet, accessPath+"/"+url.PathEscape(string(accessSession("s1").ID)), "", f.areaToken(itms.RoleOperator, "52")).problem(404, itms.CodeNotFound)
}

// TestSearchFindsWhoHasAnAddress: an address of a session leads to its service.
func TestSearchFindsWhoHasAnAddress(t *testing.T) {
	f := newFixture(t)
	f.putService()
	f.putAccess(accessSession("s1"), accessSession("s2", func(s *itms.AccessSession) { s.IP = netip.MustParseAddr("198.51.100.9"); s.Ended = testTime }))
	if hits := into[pageOf[hitView]](f.get(searchPath + "?q=198.51.100.7").is(200)).Items; len(hits) != 1 || hits[0].Kind != "service" || hits[0].ID != "U1001-1" {
		t.Errorf("%+v", hits)
	}
	if hits := into[pageOf[hitView]](f.get(searchPath + "?q=198.51.100.9").is(200)).Items; len(hits) != 0 {
		t.Errorf("a session that ended: %+v", hits)
	}
}
