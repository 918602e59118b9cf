package api

import (
	"strings"
	"testing"

	"itms"
)

func TestProfiles(t *testing.T) {
	f := newFixture(t)
	put := func(body string) *answer { return f.call(itms.RoleAdmin, "PUT", profilesPath+"/my-stb", body) }
	if v := into[ProfileText](put(`{"text":"name: my-stb"}`).is(200)); v.Version != "+" || v.Title != "test-admin" || v.Origin != "store" {
		t.Errorf("stored %+v", v)
	}
	put(`{"text":"name: my-stb"}`).problem(409, itms.CodeChanged)
	if v := into[ProfileText](put(`{"text":"name: my-stb","version":"+"}`).is(200)); v.Version != "++" {
		t.Errorf("stored anew %+v", v)
	}
	if got := put(`{"text":" "}`).problem(422, itms.CodeInvalid).pointers(); got != "/text" {
		t.Errorf("an empty text: %s", got)
	}
	if page := into[pageOf[ProfileInfo]](f.get(profilesPath).is(200)); len(page.Items) != 2 {
		t.Errorf("%+v", page)
	}
	if v := into[ProfileText](f.get(profilesPath + "/ctc-stb").is(200)); v.Origin != "builtin" || v.Text == "" {
		t.Errorf("%+v", v)
	}
	f.get(profilesPath+"/none").problem(404, itms.CodeNotFound)
	f.call(itms.RoleAdmin, "DELETE", profilesPath+"/my-stb?version=x", "").problem(409, itms.CodeChanged)
	if page := into[pageOf[ProfileInfo]](f.call(itms.RoleAdmin, "DELETE", profilesPath+"/my-stb?version=%2B%2B", "").is(200)); len(page.Items) != 1 {
		t.Errorf("%+v", page)
	}
	f.call(itms.RoleAdmin, "DELETE", profilesPath+"/my-stb", "").problem(404, itms.CodeNotFound)
}

func TestCheckAndTryProfile(t *testing.T) {
	f := newFixture(t)
	f.putDevice(dashID)
	check := func(body string) ProfileCheck {
		return into[ProfileCheck](f.call(itms.RoleOperator, "POST", profilesPath+"/check", body).is(200))
	}
	if v := check(`{"text":"name: x"}`); !v.Valid || v.Name != "my-stb" {
		t.Errorf("%+v", v)
	}
	if v := check(`{"text":"x"}`); v.Valid || len(v.Mistakes) != 1 || v.Mistakes[0].Line != 1 {
		t.Errorf("%+v", v)
	}
	try := func(body string) *answer { return f.call(itms.RoleOperator, "POST", profilesPath+"/try", body) }
	if v := into[trialView](try(`{"text":"name: x","deviceId":"00005E-HG%2D1-S1"}`).is(200)); !v.Bound || v.Differs != 1 || len(v.Params) != 2 || len(v.Rows) != 1 || len(v.Reads) != 1 {
		t.Errorf("%+v", v)
	}
	if v := into[trialView](try(`{"text":"x","deviceId":"00005E-HG%2D1-S1"}`).is(200)); len(v.Mistakes) != 1 || len(v.Params) != 0 {
		t.Errorf("%+v", v)
	}
	try(`{"text":"name: x","deviceId":"00005E-NONE-S1"}`).problem(404, itms.CodeNotFound)
	f.call(itms.RoleReadOnly, "POST", profilesPath+"/check", `{}`).problem(403, itms.CodeForbidden)
}

func TestSystem(t *testing.T) {
	f := newFixture(t)
	f.someOrders()
	f.putDevice(dashID)
	v := into[systemView](f.get(systemPath).is(200))
	if v.Version != "1.2.3" || v.Node != "node-1" || len(v.Nodes) != 1 || v.Store.Path == "" || v.Counts != (systemCountsView{Devices: 1, OpenOrders: 4}) {
		t.Errorf("%+v", v)
	}
}

func TestBackup(t *testing.T) {
	f := newFixture(t)
	a := f.call(itms.RoleAdmin, "POST", backupPath, "").is(200)
	if a.body != "the content" || a.header.Get("Content-Disposition") != `attachment; filename="itms-20261101-080000.db"` {
		t.Errorf("%q, %v", a.body, a.header)
	}
	f.call(itms.RoleOperator, "POST", backupPath, "").problem(403, itms.CodeForbidden)
	f = newFixture(t, func(o *Options) { o.System = fakeSystem{elsewhere: true} })
	f.call(itms.RoleAdmin, "POST", backupPath, "").problem(501, itms.CodeUnsupported)
	f = newFixture(t, func(o *Options) { o.System = fakeSystem{broken: true} })
	defer func() {
		if recover() == nil {
			t.Error("half a copy looks like a whole one")
		}
	}()
	f.call(itms.RoleAdmin, "POST", backupPath, "")
}

func TestStatsAsATable(t *testing.T) {
	f := newFixture(t)
	f.update(func(tx itms.Tx) error {
		for i, area := range []string{"510100", "=1+1"} {
			err := tx.Endings().Put(&itms.Ending{Order: itms.OrderID(testID(i)), At: testTime, Day: "2026-11-01", Kind: itms.KindInstall, Area: area, Outcome: itms.OrderDone})
			if err != nil {
				return err
			}
		}
		return nil
	})
	a := f.get(zeroTouchPath + "?by=area&format=csv").is(200)
	lines := strings.Split(strings.TrimSpace(a.body), "\r\n")
	if len(lines) != 4 || lines[0] != strings.Join(statsHead, ",") || lines[1] != "510100,1,1,1,1,0,1,0,0,0,0" || !strings.HasPrefix(lines[2], "'=1+1,") || !strings.HasPrefix(lines[3], "TOTAL,2,2,1,2,") {
		t.Errorf("%q", lines)
	}
	if got := a.header.Get("Content-Type"); got != "text/csv; charset=utf-8" {
		t.Error(got)
	}
	f.get(zeroTouchPath+"?format=xls").problem(422, itms.CodeInvalid)
}
