package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"itms"
)

// putEndings stores endings, each "DAY KIND OUTCOME AREA [touched]".
func (f *fixture) putEndings(lines ...string) {
	f.t.Helper()
	f.update(func(tx itms.Tx) error {
		for i, line := range lines {
			w := strings.Fields(line)
			at := must(time.Parse(time.DateOnly, w[0])).Add(time.Hour)
			err := tx.Endings().Put(&itms.Ending{Order: itms.OrderID(testID(i)), At: at, Day: w[0], Kind: itms.OrderKind(w[1]),
				Outcome: itms.OrderState(w[2]), Area: strings.Trim(w[3], "-"), Touched: len(w) > 4, Mode: itms.ModeSelf, Vendor: "V",
				Model: "M", Firmware: "1", Way: itms.ByMAC, Access: itms.AccessPPPoE})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// variedEndings are endings of two areas, one unknown area and two kinds.
func variedEndings(f *fixture) {
	f.putEndings(
		"2026-11-01 install done 510100", "2026-11-01 install done 510100", "2026-10-31 install done 510100 touched",
		"2026-10-31 install failed 510100", "2026-10-31 install expired 510100", "2026-10-31 install cancelled 510100",
		"2026-11-01 swap done 510200", "2026-11-01 suspend rejected 510200", "2026-11-01 install superseded 510200",
		"2026-11-01 swap failed - touched", "2026-09-01 install failed 510100")
}

func TestCountZeroTouch(t *testing.T) {
	f := newFixture(t)
	variedEndings(f)
	a := f.get(zeroTouchPath + "?by=area").is(200)
	golden(t, "stats-area.json", a.body)
	v := into[statsView](a)
	if v.From != "2026-10-03" || v.To != "2026-11-01" || v.By != "area" || len(v.Items) != 3 || v.Items[0].Key != "" {
		t.Fatalf("%+v", v)
	}
	first := v.Items[1]
	if first.Key != "510100" || first.Installs != 5 || first.ZeroTouchInstalls != 2 || *first.ZeroTouchRate != 0.4 || first.Done != 3 ||
		first.Failed != 1 || *first.SuccessRate != 0.75 || first.Cancelled != 1 || first.Expired != 1 {
		t.Errorf("%+v", first)
	}
	if second := v.Items[2]; second.Installs != 0 || second.ZeroTouchRate != nil || *second.SuccessRate != 1 || second.Rejected != 1 || second.Superseded != 1 {
		t.Errorf("%+v", second)
	}
	if v.Total.Installs != 5 || v.Total.Done != 4 || v.Total.Failed != 2 || *v.Total.SuccessRate != 0.6667 {
		t.Errorf("%+v", v.Total)
	}
	for _, words := range []string{"touched is false", "done, failed or expired", "zero-touch installs / all installs"} {
		if !strings.Contains(v.Formulas.ZeroTouchRate, words) {
			t.Errorf("the formula lacks %q", words)
		}
	}
}

func TestCountByEveryDimension(t *testing.T) {
	f := newFixture(t)
	variedEndings(f)
	want := map[itms.Dimension]string{itms.ByArea: "|510100|510200", itms.ByVendor: "V", itms.ByModel: "M", itms.ByFirmware: "1",
		itms.ByKind: "install|suspend|swap", itms.ByMode: "self", itms.ByDay: "2026-10-31|2026-11-01", itms.ByAccess: "pppoe", itms.ByWay: "mac"}
	for _, by := range itms.Dimensions {
		v := into[statsView](f.get(zeroTouchPath + "?by=" + string(by)).is(200))
		var keys []string
		for _, item := range v.Items {
			keys = append(keys, item.Key)
		}
		if got := strings.Join(keys, "|"); got != want[by] {
			t.Errorf("%s: %q, want %q", by, got, want[by])
		}
		if v.Total.Done != 4 {
			t.Errorf("%s: %+v", by, v.Total)
		}
	}
	if v := into[statsView](f.get(zeroTouchPath).is(200)); len(v.Items) != 0 || v.Items == nil || v.Total.Done != 4 {
		t.Errorf("%+v", v)
	}
}

func TestStatsDays(t *testing.T) {
	f := newFixture(t)
	variedEndings(f)
	for query, want := range map[string]string{
		"":                               "2026-10-03 2026-11-01 2",
		"?to=2026-10-31":                 "2026-10-02 2026-10-31 1",
		"?from=2026-11-01":               "2026-11-01 2026-11-01 1",
		"?from=2026-09-01":               "2026-09-01 2026-11-01 3",
		"?from=2026-09-01&to=2026-09-01": "2026-09-01 2026-09-01 1",
		"?from=2025-09-28&to=2026-11-01": "2025-09-28 2026-11-01 3",
	} {
		v := into[statsView](f.get(zeroTouchPath + query).is(200))
		if got := fmt.Sprint(v.From, " ", v.To, " ", v.Total.Failed); got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
	for query, pointers := range map[string]string{"?from=2026-11-02": "/query/from", "?from=2025-09-27&to=2026-11-01": "/query/from",
		"?from=1.11.2026&to=x": "/query/to /query/from", "?to=2026-02-30": "/query/to", "?by=odd": "/query/by"} {
		if got := f.get(zeroTouchPath+query).problem(422, itms.CodeInvalid).pointers(); got != pointers {
			t.Errorf("%q: %s", query, got)
		}
	}
}

func TestStatsOfNothing(t *testing.T) {
	f := newFixture(t)
	a := f.get(zeroTouchPath + "?by=day").is(200)
	v := into[statsView](a)
	if v.Total.ZeroTouchRate != nil || v.Total.SuccessRate != nil || !strings.Contains(a.body, `"zeroTouchRate":null`) {
		t.Errorf("%s", a.body)
	}
}
