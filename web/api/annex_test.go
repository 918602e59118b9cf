package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"itms"
)

// things is an annex that stores what it is posted as a setting.
func things(store itms.Store) Annex {
	scoped := Scoped(store)
	return Annex{
		Base: "/foreign/v4",
		Refuse: func(w http.ResponseWriter, _ *http.Request, p *Problem) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(p.Status)
			_ = json.NewEncoder(w).Encode(map[string]string{"code": p.Code, "reason": p.Detail}) // to a recorder
		},
		Calls: []AnnexCall{
			{Method: http.MethodGet, Path: "/thing/{id}", ID: "get-thing", Target: "thing", Needs: "orders.read",
				Handle: func(w http.ResponseWriter, r *http.Request) error {
					return scoped.View(r.Context(), func(tx itms.Tx) error {
						d, err := tx.Devices().Get(deviceA)
						if err == nil {
							fmt.Fprint(w, d.ID)
						}
						return err
					})
				}},
			{Method: http.MethodPost, Path: "/thing", ID: "create-thing", Target: "thing", Needs: "orders.submit", Body: 10,
				Handle: func(w http.ResponseWriter, r *http.Request) error {
					body, err := io.ReadAll(r.Body)
					c := itms.CallerOf(r.Context())
					fmt.Fprintf(w, "%s %s %s", c.Actor, c.Role, body)
					return err
				}},
		},
	}
}

// deviceA lies in area 510100.
var deviceA = itms.DeviceID{OUI: "00005E", ProductClass: "STB", Serial: "A"}

// annexed starts a server with things.
func annexed(t *testing.T) *fixture {
	f := newFixture(t, func(o *Options) { o.Annexes = []Annex{things(o.Store)} })
	f.update(func(tx itms.Tx) error {
		return tx.Devices().Put(&itms.Device{ID: deviceA, Area: "510100"})
	})
	return f
}

// refusal checks an error answer in the annex's manner.
func (a *answer) refusal(status int, code string) {
	a.t.Helper()
	a.is(status)
	if !strings.Contains(a.body, `"code":"`+code+`"`) || a.header.Get("Content-Type") != "application/json" {
		a.t.Fatalf("refused with %s %s, want code %s", a.header.Get("Content-Type"), a.body, code)
	}
}

func TestAnnexKnowsItsCaller(t *testing.T) {
	f := annexed(t)
	for _, path := range []string{"/foreign/v4/thing", "/foreign/v4/thing/"} {
		if got := f.call(itms.RoleBSS, http.MethodPost, path, "box").is(http.StatusOK).body; got != "test-bss bss box" {
			t.Errorf("POST %s: %q", path, got)
		}
	}
	f.call(itms.RoleBSS, http.MethodPost, "/foreign/v4/thing", "0123456789").is(http.StatusOK)
}

func TestAnnexRefusesInItsOwnManner(t *testing.T) {
	f := annexed(t)
	f.call("", http.MethodPost, "/foreign/v4/thing", "box").refusal(http.StatusUnauthorized, itms.CodeUnauthenticated)
	f.call(itms.RoleReadOnly, http.MethodPost, "/foreign/v4/thing", "box").refusal(http.StatusForbidden, itms.CodeForbidden)
	f.call(itms.RoleBSS, http.MethodPost, "/foreign/v4/thing", "0123456789+").refusal(http.StatusRequestEntityTooLarge, itms.CodeTooLarge)
	f.call(itms.RoleBSS, http.MethodGet, "/foreign/v4/other", "").refusal(http.StatusNotFound, itms.CodeNotFound)
	a := f.call(itms.RoleBSS, http.MethodDelete, "/foreign/v4/thing", "")
	a.refusal(http.StatusMethodNotAllowed, itms.CodeMethod)
	if got := a.header.Get("Allow"); got != http.MethodPost {
		t.Errorf("Allow: %q", got)
	}
}

func TestAnnexKeepsToTheAreasOfItsCaller(t *testing.T) {
	f := annexed(t)
	f.call("", http.MethodGet, "/foreign/v4/thing/1", "", f.areaToken(itms.RoleBSS, "51")).is(http.StatusOK)
	f.call("", http.MethodGet, "/foreign/v4/thing/1", "", f.areaToken(itms.RoleBSS, "33")).refusal(http.StatusNotFound, itms.CodeNotFound)
}

func TestAnnexIsEnteredInTheAudit(t *testing.T) {
	f := annexed(t)
	f.call(itms.RoleBSS, http.MethodPost, "/foreign/v4/thing", "box").is(http.StatusOK)
	f.call(itms.RoleBSS, http.MethodGet, "/foreign/v4/thing/1", "").is(http.StatusOK)
	var entries []itms.AuditEntry
	err := f.store.View(context.Background(), func(tx itms.Tx) (err error) {
		entries, err = tx.Audit().List(itms.AuditQuery{Actor: "test-bss", Limit: 10})
		return err
	})
	if err != nil || len(entries) != 1 || entries[0].Action != "create-thing" || entries[0].Target.Kind != "thing" {
		t.Fatalf("entered: %+v, %v", entries, err)
	}
}
