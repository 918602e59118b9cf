package acs

import (
	"net/http"
	"testing"

	"itms"
	"itms/cwmp"
)

func TestIdleSession(t *testing.T) {
	p := newPlanner()
	c := newCPE(t, serve(t, newServer(t, p)))
	a := c.inform()
	if env := a.envelope(t); env.ID != "1042" || env.Version != cwmp.Version12 || env.UseVersion != "" {
		t.Errorf("envelope %+v", env)
	}
	if got := a.Header.Get("Content-Type"); got != `text/xml; charset="utf-8"` {
		t.Error("content type", got)
	}
	c.post("").want(t, http.StatusNoContent)
	s := p.waitEnd(t)
	if s.End != itms.SessionDone || s.Device != testDevice || s.Node != "n1" || s.Remote != "127.0.0.1" || s.Eventful() {
		t.Errorf("summary %+v", s)
	}
	if k := p.contacts[0]; k.Session != s.ID || k.Device != testDevice || k.CWMP != "1-2" || len(k.Params) != 5 || !k.Has("2 PERIODIC") {
		t.Errorf("contact %+v", k)
	}
}
