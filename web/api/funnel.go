package api

import (
	"context"
	"net/http"
	"time"

	"itms"
)

// funnelPath is where the orders of a day stand.
const funnelPath = base + "/stats/funnel"

// funnelInput selects orders.
type funnelInput struct {
	Area string `query:"area" maxLength:"512" doc:"Only orders of this area; 51 is all that begin with it." example:"510100"`
	Day  string `query:"day" doc:"Day that the orders arrived on, in UTC; today when left out." example:"2026-11-01"`
}

// funnelOutput is a funnel.
type funnelOutput struct{ Body funnelView }

// funnelView is where the orders of a day stand now.
type funnelView struct {
	Day        string      `json:"day" doc:"In UTC." example:"2026-11-01"`
	Area       string      `json:"area,omitempty" example:"510100"`
	Total      int         `json:"total" example:"240"`
	Waiting    int         `json:"waiting" example:"30"`
	InProgress int         `json:"inProgress" example:"4"`
	Stuck      int         `json:"stuck" example:"3"`
	Failed     int         `json:"failed" example:"2"`
	Done       int         `json:"done" example:"200"`
	Withdrawn  int         `json:"withdrawn" example:"1"`
	Earlier    backlogView `json:"earlier" doc:"Orders that arrived before the day and are still open."`
	At         time.Time   `json:"at" doc:"When it was counted: some seconds ago at most."`
	Formulas   funnelTexts `json:"formulas"`
}

// backlogView is where open orders stand.
type backlogView struct {
	Waiting    int `json:"waiting" example:"12"`
	InProgress int `json:"inProgress" example:"0"`
	Stuck      int `json:"stuck" example:"1"`
}

// funnelTexts says what each number is.
type funnelTexts struct {
	Waiting    string `json:"waiting"`
	InProgress string `json:"inProgress"`
	Stuck      string `json:"stuck"`
	Failed     string `json:"failed"`
	Done       string `json:"done"`
	Withdrawn  string `json:"withdrawn"`
}

// funnelFormulas are shown beside the numbers.
var funnelFormulas = funnelTexts{
	Waiting:    "orders that arrived on the day and now wait for a device, for a person, or for another order that goes first",
	InProgress: "orders that arrived on the day whose device is being set up or read back now, or gets firmware first",
	Stuck:      "open orders that arrived on the day and do not go on without somebody's help",
	Failed:     "orders that arrived on the day and failed, were rejected or expired",
	Done:       "orders that arrived on the day and are done",
	Withdrawn:  "orders that arrived on the day and were cancelled or superseded",
}

// funnelOf is a question of the funnel.
type funnelOf struct{ scope, area, day string }

// funnelRoutes registers the funnel.
func (s *Server) funnelRoutes() {
	add(s, route{method: http.MethodGet, path: funnelPath, id: "get-funnel", tag: "Statistics",
		summary: "Where do the orders of a day stand?", description: "Each number is that of the list of work orders with the same group, area, " +
			"from and to. What a number counts is said in formulas. An answer may be some seconds old: at says from when it is.",
		needs: statsRead, problems: []int{http.StatusUnprocessableEntity},
		example: funnelView{Day: "2026-11-01", Total: 240, Waiting: 30, InProgress: 4, Stuck: 3, Failed: 2, Done: 200, Withdrawn: 1,
			Earlier: backlogView{Waiting: 12, Stuck: 1}, At: exampleTime, Formulas: funnelFormulas}}, s.getFunnel)
}

// getFunnel counts the orders of a day.
func (s *Server) getFunnel(ctx context.Context, in *funnelInput) (*funnelOutput, error) {
	today := s.now().UTC().Truncate(24 * time.Hour)
	day := today
	var err error
	if in.Day != "" {
		day, err = orderDay("/query/day", in.Day)
	}
	if err != nil {
		return nil, err
	}
	question := funnelOf{scopeOf(ctx), in.Area, day.Format(time.DateOnly)}
	v, at, err := s.funnels.get(question, func() (funnelView, error) { return s.countFunnel(ctx, question, day) })
	if err != nil {
		return nil, err
	}
	v.At = itms.Timestamp(at)
	return &funnelOutput{v}, nil
}

// areasOf is what a list is narrowed to by the beginning of an area; nil for none.
func areasOf(area string) itms.Areas {
	if area == "" {
		return nil
	}
	return itms.Areas{area}
}

// arrivedOn is the range of the ids of orders that arrived on days from first to last.
func arrivedOn(first, last time.Time) (from, before itms.OrderID) {
	return itms.OrderID(itms.FirstID(first)), itms.OrderID(itms.FirstID(last.AddDate(0, 0, 1)))
}

// openLights are those of orders that are not over.
var openLights = []itms.LightLevel{itms.LightWaiting, itms.LightBusy, itms.LightAttention}

// countFunnel counts.
func (s *Server) countFunnel(ctx context.Context, q funnelOf, day time.Time) (v funnelView, err error) {
	from, before := arrivedOn(day, day)
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		n, err := tx.Orders().Count(itms.OrderCount{Lights: itms.LightLevels, Areas: areasOf(q.area), From: from, Before: before})
		if err != nil {
			return err
		}
		earlier, err := tx.Orders().Count(itms.OrderCount{Lights: openLights, Areas: areasOf(q.area), Before: from})
		v = funnelView{Day: q.day, Area: q.area, Waiting: n[itms.LightWaiting], InProgress: n[itms.LightBusy], Stuck: n[itms.LightAttention],
			Failed: n[itms.LightTrouble], Done: n[itms.LightOK], Withdrawn: n[itms.LightOff], Formulas: funnelFormulas,
			Earlier: backlogView{earlier[itms.LightWaiting], earlier[itms.LightBusy], earlier[itms.LightAttention]}}
		for _, count := range n {
			v.Total += count
		}
		return err
	})
	return v, err
}
