package api

import (
	"slices"
	"time"

	"itms"
)

// earliestDay is the first day that identifiers are made of.
var earliestDay = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)

// query is what a list of orders asks the store for. Errors point to the parameters.
func (in *orderListInput) query() (itms.OrderQuery, error) {
	before, err := readCursor(orderList, in.Cursor)
	if err != nil {
		return itms.OrderQuery{}, err
	}
	q := itms.OrderQuery{Light: itms.OrderGroup(in.Group).Level(), Kind: itms.OrderKind(in.Kind), Mode: itms.OrderMode(in.Mode),
		Areas: areasOf(in.Area), Before: itms.OrderID(before)}
	for _, state := range in.State {
		q.States = append(q.States, itms.OrderState(state))
	}
	var wrong fieldErrors
	from, err := orderDay("/query/from", in.From)
	wrong.add(err)
	to, err := orderDay("/query/to", in.To)
	wrong.add(err)
	if err := wrong.problem(); err != nil {
		return q, err
	}
	first, last := arrivedOn(from, to)
	if in.From != "" {
		q.From = first
	}
	if in.To != "" && (q.Before == "" || last < q.Before) {
		q.Before = last
	}
	return q, nil
}

// orderDay reads a day of a list of orders; any when it is left out.
func orderDay(pointer, text string) (time.Time, error) {
	day, err := statsDay(pointer, text, earliestDay)
	if err == nil && day.Before(earliestDay) {
		return day, itms.Invalid(pointer, "is before %s", earliestDay.Format(time.DateOnly))
	}
	return day, err
}

// selected reports whether an order found by name passes the filters too.
func selected(o *itms.Order, q *itms.OrderQuery) bool {
	return (q.States == nil || slices.Contains(q.States, o.State)) && (q.Kind == "" || o.Kind == q.Kind) &&
		(q.Mode == "" || o.Mode == q.Mode) && (q.Light == "" || o.Light() == q.Light) && q.Areas.Hold(o.Area) &&
		(q.From == "" || o.ID >= q.From) && (q.Before == "" || o.ID < q.Before)
}
