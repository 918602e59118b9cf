package api

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"itms"
	"itms/audit"
)

// arrived makes an order one that arrived at a time, in a state.
func arrived(at time.Time, state itms.OrderState, area string) func(*itms.Order) {
	return func(o *itms.Order) {
		o.ID, o.CreatedAt, o.State, o.Area = itms.OrderID(itms.NewID(at)), at, state, area
	}
}

// day is a day's morning, counted from that of the tests.
func day(n int) time.Time { return testTime.AddDate(0, 0, n) }

// someOrders stores orders of three days.
func (f *fixture) someOrders() {
	for i, o := range []func(*itms.Order){
		arrived(day(0), itms.OrderWaitingDevice, "510100"),
		arrived(day(0), itms.OrderExecuting, "510200"),
		arrived(day(0), itms.OrderDone, "510100"),
		arrived(day(0), itms.OrderFailed, "520100"),
		arrived(day(0), itms.OrderCancelled, "510100"),
		func(o *itms.Order) { arrived(day(0), itms.OrderHeld, "510100")(o); o.Trouble = itms.TroubleInUse },
		arrived(day(-1), itms.OrderWaitingCode, "510100"),
		arrived(day(-2), itms.OrderDone, "510100"),
	} {
		f.putOrder(i+1, fmt.Sprint("WO-", i+1), "crm", o)
	}
}

func TestFunnel(t *testing.T) {
	f := newFixture(t)
	f.someOrders()
	v := into[funnelView](f.get(funnelPath).is(200))
	if v.Day != "2026-11-01" || v.Total != 6 || v.Waiting != 1 || v.InProgress != 1 || v.Stuck != 1 || v.Failed != 1 || v.Done != 1 || v.Withdrawn != 1 {
		t.Errorf("today: %+v", v)
	}
	if v.Earlier != (backlogView{Waiting: 1}) || !v.At.Equal(testTime) || v.Formulas != funnelFormulas {
		t.Errorf("today: %+v", v)
	}
	v = into[funnelView](f.get(funnelPath + "?area=5101&day=2026-10-31").is(200))
	if v.Total != 1 || v.Waiting != 1 || v.Earlier != (backlogView{}) || v.Area != "5101" {
		t.Errorf("yesterday: %+v", v)
	}
	f.get(funnelPath+"?day=1969-12-31").problem(422, itms.CodeInvalid)
	f.get(funnelPath+"?day=today").problem(422, itms.CodeInvalid)
}

// TestFunnelLeadsToLists: each number is that of a list.
func TestFunnelLeadsToLists(t *testing.T) {
	f := newFixture(t)
	f.someOrders()
	for group, want := range map[string]string{"waiting": "WO-1", "inProgress": "WO-2", "done": "WO-3", "failed": "WO-4", "withdrawn": "WO-5", "stuck": "WO-6"} {
		page := into[pageOf[orderView]](f.get(ordersPath + "?from=2026-11-01&to=2026-11-01&group=" + group).is(200))
		if len(page.Items) != 1 || page.Items[0].OrderNo != want || string(page.Items[0].Group) != group {
			t.Errorf("%s: %+v", group, page.Items)
		}
	}
}

func TestListOrdersByEverything(t *testing.T) {
	f := newFixture(t)
	f.someOrders()
	for query, want := range map[string]string{
		"?state=done,failed":                      "WO-4 WO-3 WO-8",
		"?state=done,failed&area=51":              "WO-3 WO-8",
		"?area=5101&group=waiting":                "WO-1 WO-7",
		"?to=2026-10-31":                          "WO-7 WO-8",
		"?from=2026-10-31&to=2026-10-31":          "WO-7",
		"?mode=technician":                        "",
		"?mode=self&kind=install&to=2026-10-30":   "WO-8",
		"?q=U1001-1&group=stuck":                  "WO-6",
		"?q=U1001-1&state=done,failed&area=51":    "WO-3 WO-8",
		"?q=U1001-1&from=2026-11-02":              "",
		"?q=U1001-1&to=2026-10-30&mode=self":      "WO-8",
		"?q=U1001-1&mode=technician&kind=install": "",
	} {
		var got []string
		for _, o := range into[pageOf[orderView]](f.get(ordersPath + query).is(200)).Items {
			got = append(got, o.OrderNo)
		}
		if sameDay(got) != sameDay(strings.Fields(want)) {
			t.Errorf("%s: %v, want %s", query, got, want)
		}
	}
	for _, query := range []string{"?from=x", "?to=1969-01-01", "?state=done,odd", "?group=odd", "?mode=odd"} {
		f.get(ordersPath+query).problem(422, itms.CodeInvalid)
	}
}

// sameDay leaves out the order of numbers, since those of one millisecond have none.
func sameDay(numbers []string) string {
	have := map[string]bool{}
	for _, n := range numbers {
		have[n] = true
	}
	return fmt.Sprint(have)
}

func TestListDevicesByEverything(t *testing.T) {
	f := newFixture(t)
	for i, change := range []func(*itms.Device){
		func(d *itms.Device) { d.Area = "510100" },
		func(d *itms.Device) { d.Area, d.Model = "510200", "HG-2" },
		func(d *itms.Device) { d.Area, d.Manufacturer, d.Conflict = "520100", "Other", true },
	} {
		f.putDevice(must(itms.NewDeviceID("00005E", "STB", fmt.Sprint("S", i))), change)
	}
	for query, want := range map[string]string{
		"?model=HG-1":                  "S0 S2",
		"?vendor=Example":              "S0 S1",
		"?light=trouble":               "S2",
		"?light=ok&area=51":            "S0 S1",
		"?area=5102&model=HG-2":        "S1",
		"?q=192.0.2.10&light=trouble":  "S2",
		"?q=192.0.2.10&vendor=Example": "S0 S1",
		"?q=192.0.2.10&area=5102":      "S1",
		"?q=192.0.2.10&model=HG-3":     "",
	} {
		var got []string
		for _, d := range into[pageOf[deviceView]](f.get(devicesPath + query).is(200)).Items {
			got = append(got, d.Serial)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", query, got, want)
		}
	}
	f.get(devicesPath+"?light=odd").problem(422, itms.CodeInvalid)
}

func TestFleet(t *testing.T) {
	f := newFixture(t)
	for i := range 3 {
		f.putDevice(must(itms.NewDeviceID("00005E", "STB", fmt.Sprint("S", i))), func(d *itms.Device) {
			if i == 0 {
				d.State, d.Model, d.Manufacturer = itms.DeviceOnlineUnbound, "", ""
			}
		})
	}
	f.store.Contacted(itms.SessionSummary{ID: "s", Device: must(itms.ParseDeviceID("00005E-STB-S1")), Started: testTime.AddDate(0, 0, -1), End: itms.SessionDone})
	if err := f.store.(*audit.Store).Store.(interface{ Flush() error }).Flush(); err != nil {
		t.Fatal(err)
	}
	f.putTask(1)
	v := into[fleetView](f.get(fleetPath).is(200))
	if v.Total != 3 || v.Unmatched != 1 || v.OpenTasks != 1 || v.Silent != 1 || !v.At.Equal(testTime) {
		t.Errorf("%+v", v)
	}
	for name, list := range map[string][]countedView{"states": v.States, "lights": v.Lights, "vendors": v.Vendors, "models": v.Models} {
		if len(list) != 2 || list[0].Count != 2 || list[1].Count != 1 {
			t.Errorf("%s: %+v", name, list)
		}
	}
}

func TestMostListsTheGreatestFirst(t *testing.T) {
	counts := map[string]int{}
	for i := range maxFleetKeys + 2 {
		counts[fmt.Sprintf("m%02d", i)] = 2 + i
	}
	list, others := most(counts)
	if len(list) != maxFleetKeys || list[0].Key != "m51" || others != 2+3 {
		t.Errorf("%d, %+v, %d others", len(list), list[0], others)
	}
}

func TestCountsAreKeptForAsLongAsTheyAreWorth(t *testing.T) {
	now := testTime
	k := newKeeping[string, int](func() time.Time { return now })
	counted := 0
	ask := func(question string, takes time.Duration) int {
		t.Helper()
		n, at, err := k.get(question, func() (int, error) {
			counted++
			now = now.Add(takes)
			return counted, nil
		})
		if err != nil || at.After(now) {
			t.Fatal(at, err)
		}
		return n
	}
	if first, again := ask("a", 0), ask("a", 0); first != 1 || again != 1 || ask("b", time.Second) != 2 {
		t.Error("not kept, or kept for another question")
	}
	now = now.Add(keepLeast)
	if ask("a", 0) != 3 || ask("b", 0) != 2 {
		t.Error("what took a second is kept for 20")
	}
	now = now.Add(keepShare * time.Second)
	if ask("b", 0) != 4 {
		t.Error("kept for too long")
	}
	now = now.Add(time.Hour)
	if _, _, err := k.get("a", func() (int, error) { return 0, errors.New("away") }); err == nil {
		t.Error("an error was swallowed")
	}
	if ask("a", 0) != 5 {
		t.Error("an error was kept")
	}
	for i := range 2 * keepAtMost {
		ask(fmt.Sprint(i), 0)
	}
	if len(k.kept) > keepAtMost {
		t.Errorf("%d counts are kept", len(k.kept))
	}
}

func TestSheet(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.PublicURL = "https://itms.example.com/" })
	f.putOrder(1, "WO 1/2", "crm")
	v := into[sheetView](f.get(ordersPath + "/WO%201%2F2/sheet").is(200))
	if v.URL != "https://itms.example.com/t/orders/WO%201%2F2?source=crm" || v.BarcodeText != "WO 1/2" || v.Order.OrderNo != "WO 1/2" || v.Order.ActivationCode != "" {
		t.Errorf("%+v", v)
	}
	if !strings.HasPrefix(v.QR, "<svg ") || !strings.HasPrefix(v.Barcode, "<svg ") || !strings.Contains(v.QR, `aria-label="https://itms.example.com`) {
		t.Errorf("drawings %s %s", v.QR, v.Barcode)
	}
	f.get(ordersPath+"/none/sheet").problem(404, itms.CodeNotFound)
}

func TestSheetWithoutAddressAndBars(t *testing.T) {
	f := newFixture(t)
	f.putOrder(1, "工单-1", "crm")
	v := into[sheetView](f.get(ordersPath + "/%E5%B7%A5%E5%8D%95-1/sheet").is(200))
	if v.URL != "" || v.Barcode != "" || v.BarcodeText != "" || !strings.Contains(v.QR, `aria-label="工单-1"`) {
		t.Errorf("%+v", v)
	}
}

func TestAnIssuedCodeComesWithItsDrawings(t *testing.T) {
	f := newFixture(t)
	f.putOrder(1, "WO-1", "crm", func(o *itms.Order) { o.Mode, o.State = itms.ModeTechnician, itms.OrderWaitingCode })
	v := into[orderView](f.call(itms.RoleOperator, "POST", ordersPath+"/WO-1/code", "").is(200))
	if v.ActivationCode == "" || !strings.Contains(v.Barcode, `aria-label="12345678903"`) || !strings.Contains(v.QR, `aria-label="WO-1"`) {
		t.Errorf("%+v", v)
	}
	if v = into[orderView](f.get(ordersPath + "/WO-1").is(200)); v.QR != "" || v.Barcode != "" {
		t.Error("the drawings are shown later too")
	}
}
