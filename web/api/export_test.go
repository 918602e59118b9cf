package api

import (
	"encoding/csv"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"itms"
)

// table reads an exported table: a map of each row.
func tableOf(t *testing.T, text string) (rows []map[string]string) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = cells[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func TestExportOfOrders(t *testing.T) {
	f := newFixture(t)
	if rows := tableOf(t, f.get(exportOrdersPath).is(200).body); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
	f.call(itms.RoleBSS, "POST", ordersPath, orderJSON("WO-1")).is(201)
	f.call(itms.RoleBSS, "POST", ordersPath, strings.NewReplacer("U1001", "U2", "Example Customer", "=cmd()", "00-00-5e-00-53-01", "00005E005302").Replace(orderJSON("WO-2"))).is(201)
	a := f.get(exportOrdersPath).is(200)
	if got := a.header.Get("Content-Type"); got != "text/csv; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	if got := a.header.Get("Content-Disposition"); got != `attachment; filename="work-orders-20261101-080000.csv"` {
		t.Errorf("Content-Disposition %q", got)
	}
	rows := tableOf(t, a.body)
	if len(rows) != 2 || rows[0]["orderNo"] != "WO-2" || rows[0]["subscriber.name"] != "'=cmd()" || rows[1]["state"] != "waitingDevice" ||
		rows[1]["service.access.downKbps"] != "100000" || rows[1]["device.mac"] != "00:00:5E:00:53:01" || rows[1]["attributes"] != `{"flag":"true","number":"1.50","text":"a"}` {
		t.Errorf("%v", rows)
	}
	if strings.Contains(a.body, "p4ss") || strings.Contains(a.body, "assword") {
		t.Error("a secret is exported")
	}
	for query, want := range map[string]string{"?kind=install": "WO-2 WO-1", "?kind=swap": "", "?state=waitingDevice,failed": "WO-2 WO-1", "?state=done": "", "?area=52": "", "?area=51": "WO-2 WO-1"} {
		var got []string
		for _, row := range tableOf(t, f.get(exportOrdersPath+query).is(200).body) {
			got = append(got, row["orderNo"])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", query, got, want)
		}
	}
	f.get(exportOrdersPath+"?from=soon").problem(422, itms.CodeInvalid)
}

// TestExportsCanBeImported: what was exported, in either form, is taken in elsewhere and comes
// out the same.
func TestExportsCanBeImported(t *testing.T) {
	from := newFixture(t)
	from.call(itms.RoleBSS, "POST", ordersPath, strings.Replace(orderJSON("WO-1"), "Example Customer", "-1 \\\"big\\\", Street", 1)).is(201)
	was := from.get(exportOrdersPath).is(200).body
	for format, media := range map[string]string{"csv": asCSV, "ndjson": asLines} {
		to := newFixture(t)
		lines, _ := reported(t, to.call(itms.RoleBSS, "POST", importPath, from.get(exportOrdersPath+"?format="+format).is(200).body, media).is(200).body)
		if len(lines) != 1 || lines[0].Outcome != lineCreated {
			t.Fatalf("%s: %+v", format, lines)
		}
		if got := to.get(exportOrdersPath).is(200).body; got != was {
			t.Errorf("%s:\ngot  %s\nwant %s", format, got, was)
		}
	}
}

func TestExportOfManyPages(t *testing.T) {
	f := newFixture(t)
	const n = 2*exportPage + 3
	f.update(func(tx itms.Tx) error {
		for i := range n {
			if err := tx.Devices().Put(&itms.Device{ID: itms.DeviceID{OUI: "00005E", Serial: fmt.Sprintf("S%05d", i)}, State: itms.DeviceInService}); err != nil {
				return err
			}
		}
		return nil
	})
	rows := tableOf(t, f.get(exportDevicesPath).is(200).body)
	if len(rows) != n {
		t.Fatalf("%d rows", len(rows))
	}
	for i, row := range rows {
		if row["serial"] != fmt.Sprintf("S%05d", i) {
			t.Fatalf("row %d is %v", i, row)
		}
	}
	lines := strings.Split(strings.TrimSpace(f.get(exportDevicesPath+"?format=ndjson&state=inService").is(200).body), "\n")
	if len(lines) != n || !strings.HasPrefix(lines[0], `{"id":"00005E--S00000",`) && !strings.Contains(lines[0], "S00000") {
		t.Errorf("%d lines, first %s", len(lines), lines[0])
	}
	if rows := tableOf(t, f.get(exportDevicesPath+"?state=blocked").is(200).body); len(rows) != 0 {
		t.Errorf("%d rows", len(rows))
	}
}

// TestExportThatBreaksOff: half a table does not end as a whole one.
func TestExportThatBreaksOff(t *testing.T) {
	f, faulty := newFaulty(t)
	faulty.left.Store(2) // the token and the first page
	defer func() {
		if v := recover(); v == nil || !strings.Contains(fmt.Sprint(v), "abort Handler") {
			t.Errorf("recovered %v", v)
		}
		if !strings.Contains(f.log.String(), errDisk.Error()) {
			t.Errorf("the log does not say why: %s", f.log)
		}
	}()
	r := httptest.NewRequest("GET", exportDevicesPath, nil)
	r.Header.Set("Authorization", "Bearer "+f.tokens[itms.RoleOperator])
	f.server.ServeHTTP(httptest.NewRecorder(), r)
	t.Error("it ended")
}
