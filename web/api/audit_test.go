package api

import (
	"net/http"
	"strings"
	"testing"

	"itms"
	"itms/audit"
)

// entered lists the audit, newest first.
func (f *fixture) entered() []itms.AuditEntry {
	f.t.Helper()
	var list []itms.AuditEntry
	if err := f.store.View(f.t.Context(), func(tx itms.Tx) (err error) {
		list, err = tx.Audit().List(itms.AuditQuery{Limit: 999})
		return err
	}); err != nil {
		f.t.Fatal(err)
	}
	return list
}

// harmlessCalls change nothing although they are no GET.
var harmlessCalls = map[string]bool{"POST " + templatesPath + "/check": true, "POST " + templatesPath + "/preview": true,
	"POST " + profilesPath + "/check": true, "POST " + profilesPath + "/try": true}

// auditBodies are documents with which calls succeed that fail with those of bodies.
var auditBodies = map[string]string{"POST " + signInPath: `{"name":"none","password":"` + firstPassword + `"}`, "POST " + ordersPath: orderJSON("WO-A"),
	"POST " + devicesPath + "/{id}/tasks": `{"kind":"reboot"}`, "POST " + filesPath: "x",
	"PUT " + profilesPath + "/{name}": `{"text":"name: ctc-stb"}`,
	"POST " + passwordPath:            `{"old":"` + firstPassword + `","new":"` + otherPassword + `"}`}

// TestEveryChangeIsEntered walks all calls but reading: each that succeeds leaves an entry of
// its own that says who did it, and to what.
func TestEveryChangeIsEntered(t *testing.T) {
	for _, row := range matrix {
		if row.method != http.MethodGet || row.path == tracesPath+"/{id}/download" {
			checkEntered(t, row.method, row.path)
		}
	}
}

// checkEntered makes a call and looks for its entry.
func checkEntered(t *testing.T, method, path string) {
	t.Helper()
	f, _ := newFaulty(t)
	f.tasks.n = 100 // its ids come after those of the fixture
	f.addUser("an.admin", itms.RoleAdmin)
	name, target, body := method+" "+path, existing(path), bodyFor(method, path)
	headers := []string{f.signIn("an.admin", firstPassword).is(200).cookieOf(sessionCookie)}
	if other, ok := auditBodies[name]; ok {
		body = other
	}
	switch path {
	case filesPath:
		target, headers = target+"?name=x&kind=other", append(headers, "Content-Type: application/octet-stream")
	case importPath:
		body = strings.ReplaceAll(orderJSON("WO-A"), "\n", " ")
	case signInPath:
		headers = nil
	case profilesPath + "/{name}":
		if method == http.MethodDelete {
			f.call(itms.RoleAdmin, http.MethodPut, target, `{"text":"name: ctc-stb"}`).is(200)
			target += "?version=%2B"
		}
	case ordersPath + "/{orderNo}/reverse":
		f.update(func(tx itms.Tx) error {
			o, err := tx.Orders().ByNumber("crm", "WO-1")
			if err != nil {
				return err
			}
			o.State = itms.OrderDone
			return tx.Orders().Put(o)
		})
	}
	was := len(f.entered())
	f.call("", method, target, body, headers...).wantEntry(f, method, path, was)
}

// wantEntry fails the test unless a call succeeded and was entered, when it should be.
func (a *answer) wantEntry(f *fixture, method, path string, was int) {
	a.t.Helper()
	name, list := method+" "+path, f.entered()
	who := "an.admin"
	if path == signInPath {
		who = "none"
	}
	switch {
	case a.status >= 300:
		a.t.Errorf("%s: %d %s", name, a.status, a.body)
	case harmlessCalls[name]:
		if len(list) != was {
			a.t.Errorf("%s is entered", name)
		}
	case len(list) == was:
		a.t.Errorf("%s is not entered", name)
	case list[0].Actor != who, list[0].Action != operationID(f, method, path), list[0].Target.Kind == "", list[0].Request != "req-1", list[0].Remote != "192.0.2.77",
		list[0].Target.ID == "" && path != linePath && path != backupPath: // the former names a MAC address, and any number of devices
		a.t.Errorf("%s: %+v", name, list[0])
	}
}

// operationID is that of a call.
func operationID(f *fixture, method, path string) string {
	item := f.server.api.OpenAPI().Paths[path]
	switch method {
	case "POST":
		return item.Post.OperationID
	case "PUT":
		return item.Put.OperationID
	case "GET":
		return item.Get.OperationID
	}
	return item.Delete.OperationID
}

func TestAudit(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	f.call(itms.RoleOperator, "POST", dashPath+"/block", "").is(200)
	f.call(itms.RoleOperator, "POST", dashPath+"/unblock", "").is(200)
	f.call(itms.RoleAdmin, "POST", usersPath, `{"name":"li.wei","role":"bss"}`).is(201)
	f.call(itms.RoleAdmin, "PUT", usersPath+"/li.wei", `{"role":"operator","areas":["51"]}`).is(200)
	get := func(query string) pageOf[auditView] {
		t.Helper()
		return into[pageOf[auditView]](f.call(itms.RoleAdmin, "GET", auditPath+query, "").is(200))
	}
	for query, want := range map[string]string{"": "set-user add-user unblock-device block-device", "?target=device:" + "00005E-HG%252D1-S1": "unblock-device block-device",
		"?actor=test-admin": "set-user add-user", "?action=add-user": "add-user", "?target=user:li.wei&action=set-user": "set-user",
		"?from=2026-11-01&to=2026-11-01": "set-user add-user unblock-device block-device", "?from=2026-11-02": "", "?to=2026-11-01T08:00:00Z": "", "?actor=nobody": ""} {
		var got []string
		for _, e := range get(query).Items {
			got = append(got, e.Action)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", query, got, want)
		}
	}
	first := get("?limit=1")
	if e := first.Items[0]; e.Before["role"] != "bss" || e.After["role"] != "operator" || e.Target.ID != "li.wei" || e.Role != "admin" {
		t.Errorf("%+v", e)
	}
	if next := get("?limit=1&cursor=" + first.Next); next.Items[0].Action != "add-user" {
		t.Errorf("%+v", next)
	}
	for _, wrong := range []string{"?target=x", "?target=:x", "?from=soon", "?to=soon", "?cursor=" + makeCursor(auditList, "x"), "/check?anchor=x", "/check?anchor=1:"} {
		f.call(itms.RoleAdmin, "GET", auditPath+wrong, "").problem(422, itms.CodeInvalid)
	}
	if err := audit.NewSealer(f.store, nil).SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	v := into[auditCheckView](f.call(itms.RoleAdmin, "GET", auditPath+"/check", "").is(200))
	if !v.Intact || v.Entries != 4 || v.Head == "" || get("").Items[0].Hash == "" {
		t.Errorf("%+v", v)
	}
	f.call(itms.RoleAdmin, "GET", auditPath+"/check?anchor="+v.Head, "").is(200)
	v = into[auditCheckView](f.call(itms.RoleAdmin, "GET", auditPath+"/check?anchor=3:00", "").is(200))
	if v.Intact || *v.BrokenAt != 3 {
		t.Errorf("%+v", v)
	}
}

// TestRefusedCallsAreNotEntered: what was not done is in the log, not in the audit.
func TestRefusedCallsAreNotEntered(t *testing.T) {
	f := newFixture(t)
	f.call(itms.RoleReadOnly, "POST", dashPath+"/block", "").is(403)
	f.call(itms.RoleOperator, "POST", dashPath+"/block", "").is(404)
	f.call(itms.RoleBSS, "POST", ordersPath, "{}").is(422)
	f.call(itms.RoleBSS, "POST", ordersPath, orderJSON("WO-1")).is(201)
	f.call(itms.RoleBSS, "POST", ordersPath, orderJSON("WO-1")).is(200) // a repeat
	if list := f.entered(); len(list) != 1 || list[0].Target.ID != "WO-1" {
		t.Errorf("%+v", list)
	}
	if strings.Contains(string(list0(f).After), "p4ss") {
		t.Error("a secret is entered")
	}
}

// list0 is the newest entry.
func list0(f *fixture) itms.AuditEntry { return f.entered()[0] }
