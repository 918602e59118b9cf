package storetest

import (
	"fmt"
	"testing"
	"time"

	"itms"
)

func testEndings(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		both(t, h, func(s itms.Store) { putEndings(t, s, ending(1, 0)) }, func(s itms.Store) {
			for _, by := range append(itms.Dimensions, itms.ByNone) {
				equal(t, "by "+string(by), counted(t, s, 0, 0, by), []itms.EndingCount{{Key: ending(1, 0).Key(by),
					Kind: itms.KindInstall, Outcome: itms.OrderDone, Touched: true, N: 1}})
			}
		})
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){
		"Bad": endingBad, "Dimensions": endingDimensions, "Order": endingOrder, "Ranges": endingRanges, "Replace": endingReplace,
	})
}

// putEndings stores endings in one transaction.
func putEndings(t *testing.T, s itms.Store, list ...*itms.Ending) {
	t.Helper()
	update(t, s, func(tx itms.Tx) error {
		for _, e := range list {
			if err := tx.Endings().Put(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// counted counts the endings of a range of days after the epoch.
func counted(t *testing.T, s itms.Store, from, to int, by itms.Dimension) []itms.EndingCount {
	t.Helper()
	return countedOf(t, s, itms.EndingQuery{From: ending(0, from).Day, To: ending(0, to).Day, By: by})
}

// countedOf counts endings.
func countedOf(t *testing.T, s itms.Store, q itms.EndingQuery) []itms.EndingCount {
	t.Helper()
	return read(t, s, func(tx itms.Tx) ([]itms.EndingCount, error) { return tx.Endings().Count(q) })
}

// endingBad: an ending of no order, or under a day that is not its own, is refused;
// what a device says of itself is not.
func endingBad(t *testing.T, s itms.Store) {
	noOrder, otherDay, localDay, odd := ending(1, 0), ending(1, 0), ending(1, 0), ending(1, 0)
	noOrder.Order, otherDay.Day = "", ending(0, 1).Day
	localDay.At, localDay.Day = time.Date(2026, 3, 2, 2, 0, 0, 0, epoch.Location()), "2026-03-02" // UTC: the day before
	odd.Vendor, odd.Model = "a\x00b", "\xff"
	update(t, s, func(tx itms.Tx) error {
		for name, e := range map[string]*itms.Ending{"no order": noOrder, "other day": otherDay, "local day": localDay} {
			wantCode(t, name, tx.Endings().Put(e), itms.KindInvalid, itms.CodeInvalid)
		}
		return tx.Endings().Put(odd)
	})
	equal(t, "vendors", countKeys(counted(t, s, 0, 0, itms.ByVendor)), []string{"a\uFFFDb"})
	equal(t, "models", countKeys(counted(t, s, 0, 0, itms.ByModel)), []string{"\uFFFD"})
}

// countKeys takes the keys of counts.
func countKeys(list []itms.EndingCount) (keys []string) {
	for _, c := range list {
		keys = append(keys, c.Key)
	}
	return keys
}

// endingDimensions: each dimension tells those apart which differ in it, and only
// those.
func endingDimensions(t *testing.T, s itms.Store) {
	one, two, three := ending(1, 0), ending(2, 1), ending(3, 1)
	two.Mode, two.Area, two.Access, two.Vendor = itms.ModeTechnician, "", itms.AccessIPoE, "Zed"
	two.Model, two.Firmware, two.Way = "EX-2", "3.0", itms.ByHand
	three.Mode, three.Area, three.Access, three.Vendor = two.Mode, two.Area, two.Access, two.Vendor
	three.Model, three.Firmware, three.Way = two.Model, two.Firmware, two.Way
	putEndings(t, s, one, two, three)
	row := func(key string, n int64) itms.EndingCount {
		return itms.EndingCount{Key: key, Kind: itms.KindInstall, Outcome: itms.OrderDone, Touched: true, N: n}
	}
	for by, want := range map[itms.Dimension][]itms.EndingCount{
		itms.ByNone: {row("", 3)}, "colour": {row("", 3)}, itms.ByKind: {row("install", 3)},
		itms.ByArea: {row("", 2), row("510100", 1)}, itms.ByVendor: {row("Example & Söhne", 1), row("Zed", 2)},
		itms.ByModel: {row("EX-1", 1), row("EX-2", 2)}, itms.ByFirmware: {row("2.0", 1), row("3.0", 2)},
		itms.ByMode: {row("self", 1), row("technician", 2)}, itms.ByDay: {row(one.Day, 1), row(two.Day, 2)},
		itms.ByAccess: {row("ipoe", 2), row("pppoe", 1)}, itms.ByWay: {row("mac", 1), row("operator", 2)},
	} {
		equal(t, "by "+string(by), counted(t, s, 0, 1, by), want)
	}
}

// endingOrder: rows are told apart by key, kind, outcome and touch, and ordered by
// them bytewise.
func endingOrder(t *testing.T, s itms.Store) {
	var list []*itms.Ending
	var want []itms.EndingCount
	for _, area := range []string{"", "A", "B", "a", "é"} {
		for _, kind := range []itms.OrderKind{itms.KindInstall, itms.KindSwap} {
			for _, outcome := range []itms.OrderState{itms.OrderDone, itms.OrderFailed} {
				for _, touched := range []bool{false, true} {
					e := ending(len(list), len(list)%3)
					e.Area, e.Kind, e.Outcome, e.Touched = area, kind, outcome, touched
					list = append([]*itms.Ending{e}, list...)
					want = append(want, itms.EndingCount{Key: area, Kind: kind, Outcome: outcome, Touched: touched, N: 1})
				}
			}
		}
	}
	putEndings(t, s, list...)
	equal(t, "rows", counted(t, s, 0, 2, itms.ByArea), want)
}

// endingRanges: both ends of a range are part of it.
func endingRanges(t *testing.T, s itms.Store) {
	putEndings(t, s, ending(1, 0), ending(2, 1), ending(3, 1), ending(4, 3))
	for r, want := range map[[2]int]int64{{0, 0}: 1, {0, 1}: 3, {1, 1}: 2, {1, 3}: 3, {0, 3}: 4, {-9, 99}: 4, {2, 2}: 0, {4, 9}: 0, {-9, -1}: 0, {3, 0}: 0} {
		equal(t, "range", total(counted(t, s, r[0], r[1], itms.ByNone)), want)
	}
	first, last := ending(1, 0).Day, ending(4, 3).Day
	for _, c := range []struct {
		q    itms.EndingQuery
		want int64
	}{
		{itms.EndingQuery{From: "", To: last}, 4}, {itms.EndingQuery{From: first, To: ""}, 0}, {itms.EndingQuery{}, 0},
		{itms.EndingQuery{From: "\x00", To: last}, 0}, {itms.EndingQuery{From: first, To: "\xff"}, 0},
		{itms.EndingQuery{From: first, To: last, Areas: itms.Areas{"51"}}, 4}, {itms.EndingQuery{From: first, To: last, Areas: itms.Areas{"52"}}, 0},
		{itms.EndingQuery{From: first, To: last, Areas: itms.Areas{}}, 0},
	} {
		equal(t, fmt.Sprintf("%+v", c.q), total(countedOf(t, s, c.q)), c.want)
	}
}

// total adds the counts up.
func total(list []itms.EndingCount) (n int64) {
	for _, c := range list {
		n += c.N
	}
	return n
}

// endingReplace: an order that ends again counts once, where it ended last, also
// when both happen in one transaction.
func endingReplace(t *testing.T, s itms.Store) {
	failed, again := ending(1, 0), ending(1, 0)
	failed.Outcome, failed.Touched = itms.OrderFailed, false
	putEndings(t, s, failed, again)
	equal(t, "the same day", counted(t, s, 0, 0, itms.ByNone),
		[]itms.EndingCount{{Kind: itms.KindInstall, Outcome: itms.OrderDone, Touched: true, N: 1}})
	putEndings(t, s, ending(2, 0), ending(1, 5))
	equal(t, "the old day", total(counted(t, s, 0, 0, itms.ByNone)), int64(1))
	equal(t, "the new day", total(counted(t, s, 5, 5, itms.ByNone)), int64(1))
	equal(t, "all", total(counted(t, s, 0, 9, itms.ByNone)), int64(2))
}
