package api

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"itms"
)

// box is the nth box of the documentation range of addresses.
func box(n int) itms.StockItem {
	return itms.StockItem{MAC: itms.MAC{0, 0, 0x5e, 0, 0x53, byte(n)}, Serial: fmt.Sprintf("S%d", n), Vendor: "Example", Model: "STB-4K",
		Batch: "B-1", State: itms.StockInStock, CreatedAt: testTime, UpdatedAt: testTime}
}

// putStock stores boxes; change adjusts each by its number.
func (f *fixture) putStock(count int, change ...func(int, *itms.StockItem)) {
	f.t.Helper()
	f.update(func(tx itms.Tx) error {
		for n := 1; n <= count; n++ {
			item := box(n)
			for _, c := range change {
				c(n, &item)
			}
			if err := tx.Stock().Put(&item); err != nil {
				return err
			}
		}
		return nil
	})
}

// boxPath is the path of the nth box.
func boxPath(n int) string { return stockPath + "/" + url.PathEscape(box(n).MAC.String()) }

// boxes puts a page into one line: the last byte of each address.
func boxes(p pageOf[stockView]) string {
	var all []string
	for _, i := range p.Items {
		all = append(all, i.MAC[15:])
	}
	return strings.Join(all, " ")
}

func TestListStock(t *testing.T) {
	f := newFixture(t)
	f.putStock(5, func(n int, i *itms.StockItem) {
		switch n {
		case 2:
			i.State = itms.StockInUse
		case 3:
			i.Batch = "B-2"
		case 4:
			i.STBID = "00100199006000000000" + "00005E005304"
		}
	})
	for query, want := range map[string]string{
		"": "01 02 03 04 05", "?state=inUse": "02", "?batch=B-2": "03", "?batch=B-1&state=inStock": "01 04 05", "?state=blocked": "",
		"?q=S3": "03", "?q=00-00-5e-00-53-05": "05", "?q=00100199006000000000" + "00005e005304": "04", "?q=nothing": "",
		"?q=S3&state=inUse": "", "?q=S3&batch=B-2": "03", "?q=S3&batch=B-1": "",
	} {
		if got := boxes(into[pageOf[stockView]](f.get(stockPath + query).is(200))); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	for query, pointer := range map[string]string{"?state=odd": "/query/state", "?limit=0": "/query/limit", "?cursor=x": "/query/cursor"} {
		if got := f.get(stockPath+query).problem(422, itms.CodeInvalid).pointers(); got != pointer {
			t.Errorf("%s: %s", query, got)
		}
	}
}

func TestStockPages(t *testing.T) {
	f := newFixture(t)
	f.putStock(5)
	f.putStock(5, func(n int, i *itms.StockItem) { i.Serial = "SAME" })
	for _, q := range []string{"", "&q=SAME"} {
		var seen []string
		for next := ""; ; {
			page := into[pageOf[stockView]](f.get(stockPath + "?limit=2&cursor=" + next + q).is(200))
			seen = append(seen, boxes(page))
			if next = page.Next; next == "" {
				break
			}
		}
		if got := strings.Join(seen, "|"); got != "01 02|03 04|05" {
			t.Errorf("%q: %s", q, got)
		}
	}
}

func TestGetAndSetStock(t *testing.T) {
	f := newFixture(t)
	f.putStock(2, func(n int, i *itms.StockItem) {
		if i.Note = "as delivered"; n == 2 {
			i.State = itms.StockInUse
		}
	})
	golden(t, "stock-item.json", f.get(boxPath(1)).is(200).body)
	f.get(stockPath + "/00005e005301").is(200)
	v := into[stockView](f.call(itms.RoleOperator, "PUT", boxPath(1), `{"state":"returned","note":"no remote"}`).is(200))
	if v.State != "returned" || v.Note != "no remote" || v.Serial != "S1" {
		t.Errorf("%+v", v)
	}
	if v = into[stockView](f.call(itms.RoleOperator, "PUT", boxPath(1), `{"state":"blocked"}`).is(200)); v.Note != "" {
		t.Errorf("the note stayed: %+v", v)
	}
	for body, pointers := range map[string]string{`{}`: "/state", `{"state":"odd","note":"\u0001"}`: "/state /note", `{"mac":"x"}`: "/mac"} {
		if got := f.call(itms.RoleOperator, "PUT", boxPath(1), body).problem(422, itms.CodeInvalid).pointers(); got != pointers {
			t.Errorf("%s: %s", body, got)
		}
	}
	f.call(itms.RoleOperator, "PUT", boxPath(2), `{"state":"inStock"}`).problem(409, itms.CodeDeviceState)
	f.call(itms.RoleOperator, "PUT", boxPath(1), ``).problem(400, codeMalformed)
	for _, path := range []string{boxPath(9), stockPath + "/zz", stockPath + "/FF:FF:FF:FF:FF:FF"} {
		f.get(path).problem(404, itms.CodeNotFound)
		f.call(itms.RoleOperator, "PUT", path, `{"state":"inStock"}`).problem(404, itms.CodeNotFound)
	}
}

func TestCheckStock(t *testing.T) {
	f := newFixture(t)
	f.putStock(1)
	stbid := "00100199006000000000" + "00005E005301"
	for _, query := range []string{"?stbId=" + stbid, "?stbId=" + strings.ToLower(stbid), "?mac=00-00-5e-00-53-01", "?stbId=00005E005301"} {
		v := into[stockCheckView](f.call(itms.RoleBSS, "GET", stockPath+"/check"+query, "").is(200))
		if v.MAC != "00:00:5E:00:53:01" || !v.Free || v.Item.Serial != "S1" || v.Why == "" {
			t.Errorf("%s: %+v", query, v)
		}
	}
	golden(t, "stock-check.json", f.get(stockPath+"/check?stbId="+stbid).body)
	if v := into[stockCheckView](f.get(stockPath + "/check?mac=00005E005309").is(200)); v.Free || v.Item != nil || v.Why == "" {
		t.Errorf("%+v", v)
	}
	for query, pointer := range map[string]string{"": "/query/stbId", "?stbId=zz": "/query/stbId", "?mac=zz": "/query/mac",
		"?mac=00005E005301&stbId=" + stbid: "/query/stbId"} {
		if got := f.get(stockPath+"/check"+query).problem(422, itms.CodeInvalid).pointers(); got != pointer {
			t.Errorf("%q: %s", query, got)
		}
	}
}

func TestCheckViewShowsWhoHoldsIt(t *testing.T) {
	v := viewCheck(&itms.StockCheck{MAC: box(1).MAC, Device: dashID, InUse: "U1001-1", Why: "in use"})
	if v.Device != dashID.String() || v.InUse != "U1001-1" || v.Free || v.Item != nil {
		t.Errorf("%+v", v)
	}
}

func TestSearchFindsStockAndLOID(t *testing.T) {
	f := newFixture(t)
	f.putStock(1)
	f.putOrder(1, "WO-1", "crm", func(o *itms.Order) { o.LOID, o.Claim, o.Device = "LOID-7", itms.DeviceClaim{}, dashID })
	f.putDevice(dashID)
	hits := into[pageOf[hitView]](f.get(searchPath + "?q=S1").is(200)) // the serial number of both
	if got := hitLine(hits); got != "device:"+dashID.String()+" stock:00:00:5E:00:53:01" {
		t.Error(got)
	}
	last := hits.Items[len(hits.Items)-1]
	if last.Title != "Example STB-4K S1, inStock, B-1" {
		t.Errorf("title %q", last.Title)
	}
	f.get(last.Link).is(200)
	if got := hitLine(into[pageOf[hitView]](f.get(searchPath + "?q=LOID-7"))); got != "order:WO-1" {
		t.Error(got)
	}
	if got := into[pageOf[deviceView]](f.get(devicesPath + "?q=LOID-7")).Items; len(got) != 1 || got[0].ID != dashID.String() {
		t.Errorf("%+v", got)
	}
}

func TestStockOfABrokenStore(t *testing.T) {
	f, faulty := newFaulty(t)
	faulty.broken.Store(true)
	f.get(stockPath+"?q=S1").problem(http.StatusServiceUnavailable, itms.CodeUnavailable)
}
