package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"pgregory.net/rapid"

	"itms"
)

// modelDays is how many days of its own a check of the endings' model has.
const modelDays = 5

// modelEndings: counts of any range by any dimension agree with a map of endings.
func modelEndings(t *rapid.T, s itms.Store, space string) {
	n, err := strconv.Atoi(space)
	if err != nil {
		t.Fatal(err)
	}
	model := map[itms.OrderID]*itms.Ending{}
	t.Repeat(map[string]func(*rapid.T){
		"put": func(t *rapid.T) {
			e := ending(rapid.IntRange(0, 6).Draw(t, "order"), modelDays*n+rapid.IntRange(0, modelDays-1).Draw(t, "day"))
			e.Order = itms.OrderID(space) + e.Order
			e.Kind = rapid.SampledFrom([]itms.OrderKind{itms.KindInstall, itms.KindSwap}).Draw(t, "kind")
			e.Mode = rapid.SampledFrom([]itms.OrderMode{itms.ModeSelf, itms.ModeTechnician}).Draw(t, "mode")
			e.Outcome = rapid.SampledFrom([]itms.OrderState{itms.OrderDone, itms.OrderFailed}).Draw(t, "outcome")
			e.Access = rapid.SampledFrom([]itms.AccessType{"", itms.AccessPPPoE}).Draw(t, "access")
			e.Way = rapid.SampledFrom([]itms.BindWay{"", itms.ByMAC}).Draw(t, "way")
			word := rapid.SampledFrom([]string{"", "a", "aa", "B", "é"})
			e.Area, e.Vendor, e.Model, e.Firmware = word.Draw(t, "area"), word.Draw(t, "vendor"), word.Draw(t, "model"), word.Draw(t, "firmware")
			e.Touched = rapid.Bool().Draw(t, "touched")
			if attempt(t, s, func(tx itms.Tx) error { return tx.Endings().Put(e) }) {
				model[e.Order] = e
			}
		},
		"count": func(t *rapid.T) {
			day := func(label string) string {
				return ending(0, modelDays*n+rapid.IntRange(0, modelDays-1).Draw(t, label)).Day
			}
			q := itms.EndingQuery{From: day("from"), To: day("to"), By: rapid.SampledFrom(append(itms.Dimensions, itms.ByNone)).Draw(t, "by")}
			got := read(t, s, func(tx itms.Tx) ([]itms.EndingCount, error) { return tx.Endings().Count(q) })
			equal(t, fmt.Sprintf("counts %+v", q), got, countModel(model, q))
		},
	})
}

// countModel counts the endings of the model.
func countModel(model map[itms.OrderID]*itms.Ending, q itms.EndingQuery) (list []itms.EndingCount) {
	for _, e := range model {
		if e.Day < q.From || e.Day > q.To {
			continue
		}
		row := itms.EndingCount{Key: e.Key(q.By), Kind: e.Kind, Outcome: e.Outcome, Touched: e.Touched}
		i := slices.IndexFunc(list, func(c itms.EndingCount) bool { row.N = c.N; return c == row })
		if i < 0 {
			row.N = 0
			list, i = append(list, row), len(list)
		}
		list[i].N++
	}
	slices.SortFunc(list, func(a, b itms.EndingCount) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Outcome, b.Outcome),
			cmp.Compare(strconv.FormatBool(a.Touched), strconv.FormatBool(b.Touched)))
	})
	return list
}
