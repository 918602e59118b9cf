package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"itms"
)

// reported reads a report: "LINE OUTCOME" of each, and the totals.
func reported(t *testing.T, text string) (lines []importLineView, totals importTotalsView) {
	t.Helper()
	all := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range all {
		var err error
		if i == len(all)-1 {
			err = json.Unmarshal([]byte(line), &totals)
		} else {
			lines = append(lines, importLineView{})
			err = json.Unmarshal([]byte(line), &lines[i])
		}
		if err != nil {
			t.Fatalf("%v in %s", err, line)
		}
	}
	if !totals.Done {
		t.Fatalf("no totals in %s", text)
	}
	return lines, totals
}

// outcomes puts them into one text.
func outcomes(lines []importLineView) string {
	var all []string
	for _, l := range lines {
		text := fmt.Sprintf("%d %s %s", l.Line, l.OrderNo, l.Outcome)
		for _, e := range l.Errors {
			text += " " + e.Column + e.Pointer
		}
		all = append(all, text)
	}
	return strings.Join(all, "|")
}

// csvOrder is a row of an install.
func csvOrder(n int) string {
	return fmt.Sprintf("WO-%d,crm,install,self,U%d,U%d-1,iptv,iptv%d,00:00:5E:00:%02X:%02X,510100\n", n, n, n, n, n>>8&0xFF, n&0xFF)
}

// csvHead names its columns.
const csvHead = "orderNo,source,kind,mode,subscriber.id,service.id,service.type,service.account,device.mac,line.area\n"

const asCSV, asLines = "Content-Type: text/csv", "Content-Type: application/x-ndjson"

func TestImport(t *testing.T) {
	f := newFixture(t)
	text := csvHead + csvOrder(1) + csvOrder(2) + strings.Replace(csvOrder(3), "00:00:5E", "zz", 1) + csvOrder(1) +
		strings.Replace(csvOrder(2), "iptv2", "other", 1) + "WO-9,short\n"
	a := f.call(itms.RoleBSS, "POST", importPath, text, asCSV).is(200)
	if got := a.header.Get("Content-Type"); got != ndjsonMedia {
		t.Errorf("Content-Type %q", got)
	}
	lines, totals := reported(t, a.body)
	if got, want := outcomes(lines), "2 WO-1 created|3 WO-2 created|4 WO-3 invalid device.mac/device/mac|5 WO-1 repeat|6 WO-2 conflict|7  invalid"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if lines[0].ID == "" || lines[0].Source != "crm" || lines[4].Code != itms.CodeOrderConflict || lines[5].Code != codeMalformed {
		t.Errorf("%+v", lines)
	}
	totals.Seconds, totals.PerSecond = 0, 0
	if want := (importTotalsView{Done: true, Lines: 6, Created: 2, Repeat: 1, Conflict: 1, Invalid: 2}); totals != want {
		t.Errorf("%+v, want %+v", totals, want)
	}
	_, totals = reported(t, f.call(itms.RoleBSS, "POST", importPath, text, asCSV).is(200).body)
	if totals.Created != 0 || totals.Repeat != 3 || totals.Conflict != 1 {
		t.Errorf("the second time: %+v", totals)
	}
	if strings.Contains(f.log.String(), "iptv2") {
		t.Error("the log has what was imported")
	}
}

func TestImportOfDocuments(t *testing.T) {
	f := newFixture(t)
	one := strings.ReplaceAll(orderJSON("WO-1"), "\n", "")
	lines, _ := reported(t, f.call(itms.RoleBSS, "POST", importPath+"?format=ndjson", one+"\n"+`{"orderNo":"WO-2","colour":1}`+"\n[]\n").is(200).body)
	if got, want := outcomes(lines), "1 WO-1 created|2 WO-2 invalid /colour /service/account /device/mac|3  invalid "; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if f.orders.seen[0].Service.Password.Reveal() != "p4ss-service" || f.orders.actors[0] != "test-bss" {
		t.Errorf("%+v", f.orders.seen[0])
	}
}

func TestImportRehearsed(t *testing.T) {
	f := newFixture(t)
	f.call(itms.RoleBSS, "POST", importPath, csvHead+csvOrder(1)+csvOrder(2), asCSV).is(200)
	was := len(f.entered())
	text := csvHead + csvOrder(1) + strings.Replace(csvOrder(2), "iptv2", "other", 1) + csvOrder(3) + csvOrder(3) + strings.Replace(csvOrder(3), "iptv3", "other", 1)
	lines, totals := reported(t, f.call(itms.RoleBSS, "POST", importPath+"?dryRun=true", text, asCSV).is(200).body)
	if got, want := outcomes(lines), "2 WO-1 repeat|3 WO-2 conflict|4 WO-3 created|5 WO-3 repeat|6 WO-3 conflict"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !totals.DryRun || len(f.orders.seen) != 2 {
		t.Errorf("%+v; %d orders were submitted", totals, len(f.orders.seen))
	}
	if got := len(f.entered()); got != was {
		t.Errorf("%d entries more", got-was)
	}
}

func TestImportIsEntered(t *testing.T) {
	f := newFixture(t)
	f.call(itms.RoleBSS, "POST", importPath, csvHead+csvOrder(1)+csvOrder(2)+csvOrder(1), asCSV).is(200)
	list := f.entered()
	if len(list) != 3 {
		t.Fatalf("%+v", list)
	}
	if e := list[0]; e.Action != "import-work-orders" || e.Target != (itms.AuditTarget{Kind: "import", ID: "req-1"}) || e.Actor != "test-bss" ||
		string(e.After) != `{"conflict":0,"created":2,"failed":0,"invalid":0,"lines":3,"repeat":1,"stopped":""}` {
		t.Errorf("%+v %s", e, e.After)
	}
	for _, e := range list[1:] {
		if e.Action != "submit-work-order" || e.Target.Kind != "order" || e.Request != "req-1" || e.Remote != "192.0.2.77" {
			t.Errorf("%+v", e)
		}
	}
}

func TestImportOfOneArea(t *testing.T) {
	f := newFixture(t)
	lines, _ := reported(t, f.call("", "POST", importPath, csvHead+csvOrder(1), asCSV, f.areaToken(itms.RoleOperator, "52")).is(200).body)
	if lines[0].Outcome != lineInvalid || lines[0].Code != itms.CodeForbidden || len(f.orders.seen) != 0 {
		t.Errorf("%+v", lines)
	}
	lines, _ = reported(t, f.call("", "POST", importPath, csvHead+csvOrder(1), asCSV, f.areaToken(itms.RoleBSS, "51")).is(200).body)
	if lines[0].Outcome != lineCreated {
		t.Errorf("%+v", lines)
	}
}

func TestImportRefusedAsAWhole(t *testing.T) {
	f := newFixture(t)
	f.call(itms.RoleBSS, "POST", importPath, "x").problem(415, codeMediaType)
	f.call(itms.RoleBSS, "POST", importPath+"?format=xml", "x").problem(422, itms.CodeInvalid)
	if p := f.call(itms.RoleBSS, "POST", importPath, "orderNo,colour\n", asCSV).problem(422, itms.CodeInvalid); p.pointers() != "/1/colour /1 /1" {
		t.Errorf("%+v", p)
	}
	f.call(itms.RoleBSS, "POST", importPath, "\xff\xfe", asLines).problem(400, codeMalformed)
	f.call(itms.RoleReadOnly, "POST", importPath, "x", asCSV).problem(403, itms.CodeForbidden)
	for range maxImports {
		release, err := f.server.openImport()
		if err != nil {
			t.Fatal(err)
		}
		defer release()
	}
	if a := f.call(itms.RoleBSS, "POST", importPath, csvHead, asCSV); a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	} else {
		a.problem(503, itms.CodeUnavailable)
	}
}

func TestImportWhenTheStoreIsAway(t *testing.T) {
	f := newFixture(t)
	f.orders.fail = itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "the disk is away")
	lines, totals := reported(t, f.call(itms.RoleBSS, "POST", importPath, csvHead+csvOrder(1), asCSV).is(200).body)
	if lines[0].Outcome != lineFailed || lines[0].Code != itms.CodeUnavailable || totals.Failed != 1 {
		t.Errorf("%+v %+v", lines, totals)
	}
}
