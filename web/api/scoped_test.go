package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"itms"
)

// areaToken is the header of a token of a role in some areas.
func (f *fixture) areaToken(role itms.Role, areas ...string) string {
	f.t.Helper()
	text := NewTokenText()
	f.update(func(tx itms.Tx) error {
		return tx.Tokens().Put(&itms.Token{Hash: HashToken(text), Name: "scoped", Role: role, Areas: areas, CreatedAt: testTime})
	})
	return "Authorization: Bearer " + text
}

// commonCalls are those that a caller of another area may make too: they are about
// nothing that lies anywhere, or answer with a list of what is there, which is empty.
var commonCalls = map[string]string{
	"POST " + ordersPath: "see TestOrdersLeadNowhereElse",
	"POST " + importPath: "see TestImportOfOneArea", "GET " + exportOrdersPath: "list of rows", "GET " + exportDevicesPath: "list of rows",
	"POST " + activationsPath: "the domain finds the order, see TestCodesOfOneArea of workorder",
	"GET " + ordersPath:       "list", "GET " + devicesPath: "list", "GET " + unmatchedPath: "list", "GET " + searchPath: "list", "GET " + outboxPath: "list",
	"GET " + tracesPath: "list", "GET " + batchesPath: "list", "GET " + leasesPath: "list", "GET " + accessPath: "list", "GET " + eventsPath: "see TestStreamOfOneArea",
	"GET " + zeroTouchPath: "list", "GET " + stockPath: "stock", "GET " + stockPath + "/{mac}": "stock", "GET " + stockPath + "/check": "stock",
	"GET " + filesPath: "files", "GET " + filesPath + "/{id}": "files", "GET " + filesPath + "/{id}/content": "files",
	"GET " + dhcpPath + "/scopes": "configuration", "GET " + dhcpPath + "/classes": "configuration", "GET " + templatesPath: "configuration",
	"GET " + templatesPath + "/{name}": "configuration", "POST " + templatesPath + "/check": "configuration", "GET " + base + "/profiles": "configuration",
	"GET " + profilesPath + "/{name}": "configuration", "POST " + profilesPath + "/check": "configuration", "GET " + cardPath: "list", "GET " + funnelPath: "list",
	"GET " + fleetPath: "list", "GET " + systemPath: "list",
	"GET " + base + "/metrics": "counts", "GET /metrics": "counts", "GET " + mePath: "oneself", "POST " + passwordPath: "oneself", "POST " + signOutPath: "oneself",
}

// TestEveryCallFromAnotherArea: what lies elsewhere is not there, for any call.
func TestEveryCallFromAnotherArea(t *testing.T) {
	f, _ := newFaulty(t)
	place(f, "510100")
	there, elsewhere := f.areaToken(itms.RoleOperator, "51"), f.areaToken(itms.RoleOperator, "52", "5102")
	for _, row := range matrix {
		name := row.method + " " + row.path
		if !may(row.allowed, itms.RoleOperator) || row.allowed == "*" || row.path == eventsPath {
			continue
		}
		a := f.call("", row.method, existing(row.path), bodyFor(row.method, row.path), elsewhere)
		why, common := commonCalls[name]
		switch {
		case !common && a.status != http.StatusNotFound && a.status != http.StatusForbidden:
			t.Errorf("%s: %d %s", name, a.status, a.body)
		case strings.HasPrefix(why, "list") && (a.status != 200 || strings.Contains(a.body, "U1001") || strings.Contains(a.body, "WO-1") || strings.Contains(a.body, "00005E")):
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
		if row.method != http.MethodGet || common {
			continue
		}
		f.call("", row.method, existing(row.path), "", there).is(200)
	}
}

// place puts everything in the fixture into an area.
func place(f *fixture, area string) {
	f.t.Helper()
	f.update(func(tx itms.Tx) error {
		devices, err := tx.Devices().List(itms.DeviceQuery{Limit: 99})
		if err != nil {
			return err
		}
		for _, d := range devices {
			d.Area = area
			if err := tx.Devices().Put(d); err != nil {
				return err
			}
		}
		list, err := tx.Batches().List("", 99)
		if err != nil {
			return err
		}
		for _, b := range list {
			b.Filter.Area = area
			if err := tx.Batches().Put(b); err != nil {
				return err
			}
		}
		tr, err := tx.Traces().Get("T")
		if err != nil {
			return err
		}
		tr.Device, tr.Network = dashID, ""
		return tx.Traces().Put(tr)
	})
}

func TestListsOfOneArea(t *testing.T) {
	f, _ := newFaulty(t)
	place(f, "510100")
	there, elsewhere := f.areaToken(itms.RoleOperator, "51"), f.areaToken(itms.RoleOperator, "52")
	for path, want := range map[string]string{ordersPath: "WO-1", devicesPath: "00005E-HG%2D1-S1", searchPath + "?q=U1001-1": "U1001-1", devicesPath + "?q=U1001-1": "S1",
		leasesPath: "192.0.2.10", batchesPath: testID(1), tracesPath: `"T"`, ordersPath + "?q=WO-1": "WO-1"} {
		if a := f.call("", "GET", path, "", there).is(200); !strings.Contains(a.body, want) {
			t.Errorf("%s there: %s", path, a.body)
		}
		if a := f.call("", "GET", path, "", elsewhere).is(200); strings.Contains(a.body, want) {
			t.Errorf("%s elsewhere: %s", path, a.body)
		}
	}
}

// TestOrdersLeadNowhereElse: a caller with areas makes no order for others.
func TestOrdersLeadNowhereElse(t *testing.T) {
	f := newFixture(t)
	f.putService()
	in := func(token, no, area, service string) int {
		body := strings.Replace(orderJSON(no), `"510100"`, `"`+area+`"`, 1)
		return f.call("", "POST", ordersPath, strings.Replace(body, `"U1001-1"`, `"`+service+`"`, 1), token).status
	}
	there, elsewhere := f.areaToken(itms.RoleBSS, "51"), f.areaToken(itms.RoleBSS, "52")
	for i, c := range []struct {
		token, area, service string
		want                 int
	}{{there, "510100", "U1001-1", 201}, {there, "520100", "U1001-1", 403}, {there, "", "U1001-1", 201}, {there, "", "U9", 403}, {there, "510100", "U9", 201},
		{elsewhere, "520100", "U1001-1", 403}, {elsewhere, "", "U1001-1", 403}, {elsewhere, "520100", "U9", 201}} {
		if got := in(c.token, "WO-A"+string(rune('0'+i)), c.area, c.service); got != c.want {
			t.Errorf("%d: %d, want %d", i, got, c.want)
		}
	}
	f.call("", "POST", ordersPath+"/UNKNOWN/cancel", "", there).problem(404, itms.CodeNotFound)
	if slices.Contains(f.orders.notes, "bury") {
		t.Error("a tombstone where nobody knows whose order it is")
	}
}

func TestStreamOfOneArea(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	f.update(func(tx itms.Tx) error {
		d, err := tx.Devices().Get(dashID)
		if err != nil {
			return err
		}
		d.Area = "520100"
		return tx.Devices().Put(d)
	})
	f.journal(itms.Event{Type: "x", Text: "order of 51", Area: "510100"}, itms.Event{Type: "x", Text: "device of 52", Device: dashID},
		itms.Event{Type: "x", Text: "nowhere"}, itms.Event{Type: "x", Text: "order of 52", Area: "520100", Device: itms.DeviceID{OUI: "x", Serial: "y"}})
	filter := (&streamInput{}).filter()
	for areas, want := range map[string]string{"": "order of 51, device of 52, nowhere, order of 52", "51": "order of 51", "52": "device of 52, order of 52", "53": ""} {
		rec := &record{}
		if areas != "" {
			rec.areas = itms.Areas{areas}
		}
		var texts []string
		err := f.server.opts.Store.View(withRecord(t.Context(), rec), func(tx itms.Tx) error {
			events, err := tx.Journal().After(0, 9)
			for i := range events {
				if filter.wants(&events[i]) {
					texts = append(texts, events[i].Text)
				}
			}
			return err
		})
		if got := strings.Join(texts, ", "); err != nil || got != want {
			t.Errorf("%q: %q, want %q (%v)", areas, got, want, err)
		}
	}
}

// TestBatchesOfOneArea: a caller with areas names one of them.
func TestBatchesOfOneArea(t *testing.T) {
	f := newFixture(t)
	there := f.areaToken(itms.RoleOperator, "51")
	for filter, status := range map[string]int{`{"area":"510100"}`: 202, `{"area":"520100"}`: 403, `{"model":"x"}`: 403, `{"area":"510100","devices":["00005E-x-y"]}`: 403} {
		f.call("", "POST", batchesPath, `{"filter":`+filter+`,"task":{"kind":"reboot"}}`, there).is(status)
	}
	f.call("", "POST", tracesPath, `{"network":"192.0.2.0/24","minutes":5}`, there).is(403)
}
