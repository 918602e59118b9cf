package api

import (
	"context"
	"math"
	"net/http"
	"time"

	"itms"
)

// zeroTouchPath is how well zero-touch goes.
const zeroTouchPath = base + "/stats/zero-touch"

// Limits of a count, in days.
const (
	statsDays    = 30  // when no days are named
	maxStatsDays = 400 // a year, to compare its ends
)

// statsInput selects endings.
type statsInput struct {
	By   dimension `query:"by" doc:"What to count by; left out, only the total is counted."`
	From string    `query:"from" doc:"First day, in UTC; 29 days before to when left out." example:"2026-10-03"`
	To   string    `query:"to" doc:"Last day, in UTC; today when left out." example:"2026-11-01"`
	// Format says what the answer is written as.
	Format string `query:"format" enum:"json,csv" default:"json" doc:"csv: a table with a head, for spreadsheets." example:"csv"`
}

// statsView counts how orders ended in a time.
type statsView struct {
	From     string       `json:"from" doc:"First day, in UTC." example:"2026-10-03"`
	To       string       `json:"to" doc:"Last day, in UTC." example:"2026-11-01"`
	By       dimension    `json:"by,omitempty"`
	Formulas formulasView `json:"formulas"`
	Total    tallyView    `json:"total"`
	Items    []keyedView  `json:"items" doc:"Never null; in the order of their keys."`
}

// formulasView says what the rates are.
type formulasView struct {
	ZeroTouchRate string `json:"zeroTouchRate"`
	SuccessRate   string `json:"successRate"`
}

// formulas are the rates in words, shown beside them.
var formulas = formulasView{
	ZeroTouchRate: "zero-touch installs / all installs, where a zero-touch install is an install order that ended done without an " +
		"operator's hand in it (touched is false), and all installs are the install orders that ended done, failed or expired",
	SuccessRate: "done / (done + failed), over orders of every kind",
}

// tallyView is what was counted under one key. Rates are null when nothing is below
// the line.
type tallyView struct {
	Installs          int64    `json:"installs" doc:"Install orders that ended done, failed or expired." example:"200"`
	ZeroTouchInstalls int64    `json:"zeroTouchInstalls" doc:"Of these, done without an operator's hand." example:"190"`
	ZeroTouchRate     *float64 `json:"zeroTouchRate" doc:"Between 0 and 1, to four places; null without installs." example:"0.95"`
	Done              int64    `json:"done" doc:"Orders of every kind, here and below." example:"240"`
	Failed            int64    `json:"failed" example:"10"`
	SuccessRate       *float64 `json:"successRate" doc:"Between 0 and 1, to four places; null when none was done or failed." example:"0.96"`
	Cancelled         int64    `json:"cancelled" example:"3"`
	Expired           int64    `json:"expired" example:"4"`
	Rejected          int64    `json:"rejected" example:"1"`
	Superseded        int64    `json:"superseded" example:"0"`
}

// keyedView is the tally of one key.
type keyedView struct {
	Key string `json:"key" doc:"Area, vendor, day...; empty when it is not known." example:"510100"`
	tallyView
}

// statsRoutes registers the statistics.
func (s *Server) statsRoutes() {
	add(s, route{method: http.MethodGet, path: zeroTouchPath, id: "count-zero-touch", tag: "Statistics",
		summary: "How well does zero-touch go?", description: "Counts the orders that ended on the days from and to, both included, " +
			"at most 400 days. An order that failed and was tried again counts once, as it ended last. The formula of each rate is in the answer.",
		needs: statsRead, example: exampleStats(), problems: []int{http.StatusUnprocessableEntity}}, s.countZeroTouch)
	s.describeStats()
}

// countZeroTouch counts endings.
func (s *Server) countZeroTouch(ctx context.Context, in *statsInput) (*streamOutput, error) {
	from, to, err := statsRange(in.From, in.To, s.now())
	if err != nil {
		return nil, err
	}
	query := itms.EndingQuery{From: from, To: to, By: itms.Dimension(in.By)}
	var counts []itms.EndingCount
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		counts, err = tx.Endings().Count(query)
		return err
	})
	if err != nil {
		return nil, err
	}
	v := statsView{From: from, To: to, By: in.By, Formulas: formulas, Items: []keyedView{}}
	v.count(counts)
	return v.write(in.Format)
}

// statsRange reads the days of a count. Errors point to the parameters.
func statsRange(from, to string, now time.Time) (string, string, error) {
	var wrong fieldErrors
	last, err := statsDay("/query/to", to, now.UTC().Truncate(24*time.Hour))
	wrong.add(err)
	first, err := statsDay("/query/from", from, last.AddDate(0, 0, 1-statsDays))
	wrong.add(err)
	switch days := int(last.Sub(first)/(24*time.Hour)) + 1; {
	case len(wrong) > 0:
	case days < 1:
		wrong.add(itms.Invalid("/query/from", "is after to"))
	case days > maxStatsDays:
		wrong.add(itms.Invalid("/query/from", "is too early: at most %d days are counted at once", maxStatsDays))
	}
	if len(wrong) > 0 {
		return "", "", &itms.Error{Kind: itms.KindInvalid, Code: itms.CodeInvalid, Text: "the days are wrong", Fields: wrong}
	}
	return first.Format(time.DateOnly), last.Format(time.DateOnly), nil
}

// statsDay reads a day, usual when it is left out.
func statsDay(pointer, text string, usual time.Time) (time.Time, error) {
	if text == "" {
		return usual, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return usual, itms.Invalid(pointer, "expected a day, e.g. 2026-11-01")
	}
	return day, nil
}

// count adds counts, which come ordered by key, to the tallies of their keys and to
// the total.
func (v *statsView) count(counts []itms.EndingCount) {
	for i := range counts {
		c := &counts[i]
		v.Total.add(c)
		if v.By == "" {
			continue
		}
		if n := len(v.Items); n == 0 || v.Items[n-1].Key != c.Key {
			v.Items = append(v.Items, keyedView{Key: c.Key})
		}
		v.Items[len(v.Items)-1].add(c)
	}
	v.Total.rate()
	for i := range v.Items {
		v.Items[i].rate()
	}
}

// add counts endings of one sort.
func (t *tallyView) add(c *itms.EndingCount) {
	for outcome, n := range map[itms.OrderState]*int64{itms.OrderDone: &t.Done, itms.OrderFailed: &t.Failed, itms.OrderCancelled: &t.Cancelled,
		itms.OrderExpired: &t.Expired, itms.OrderRejected: &t.Rejected, itms.OrderSuperseded: &t.Superseded} {
		if c.Outcome == outcome {
			*n += c.N
		}
	}
	if c.Kind != itms.KindInstall {
		return
	}
	switch c.Outcome {
	case itms.OrderDone, itms.OrderFailed, itms.OrderExpired:
		t.Installs += c.N
	}
	if c.Outcome == itms.OrderDone && !c.Touched {
		t.ZeroTouchInstalls += c.N
	}
}

// rate computes the rates once all is counted.
func (t *tallyView) rate() {
	t.ZeroTouchRate = ratio(t.ZeroTouchInstalls, t.Installs)
	t.SuccessRate = ratio(t.Done, t.Done+t.Failed)
}

// ratio is part / whole to four places, nil when there is no whole.
func ratio(part, whole int64) *float64 {
	if whole == 0 {
		return nil
	}
	const places = 10_000
	r := math.Round(float64(part)/float64(whole)*places) / places
	return &r
}
