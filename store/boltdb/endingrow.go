package boltdb

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"itms"
)

// countedBy writes what endings are counted by. It stands as the value of the day
// index, so that counting decodes no documents.
func countedBy(e *itms.Ending) []byte {
	touched := ""
	if e.Touched {
		touched = "1"
	}
	return join(string(e.Kind), string(e.Mode), e.Area, string(e.Access), e.Vendor, e.Model, e.Firmware,
		string(e.Way), string(e.Outcome), touched)
}

// readCounted reads what countedBy wrote, and the day of the key.
func readCounted(key, value []byte) itms.Ending {
	day, order, _ := bytes.Cut(key, []byte{0})
	rest := string(value)
	next := func() (column string) {
		column, rest, _ = strings.Cut(rest, "\x00")
		return column
	}
	// Go evaluates the calls in the order they are written.
	return itms.Ending{Day: string(day), Order: itms.OrderID(order),
		Kind: itms.OrderKind(next()), Mode: itms.OrderMode(next()), Area: next(), Access: itms.AccessType(next()),
		Vendor: next(), Model: next(), Firmware: next(),
		Way: itms.BindWay(next()), Outcome: itms.OrderState(next()), Touched: next() != ""}
}

// counted adds endings up.
type counted map[itms.EndingCount]int64

// add counts one ending.
func (c counted) add(e *itms.Ending, by itms.Dimension) {
	c[itms.EndingCount{Key: e.Key(by), Kind: e.Kind, Outcome: e.Outcome, Touched: e.Touched}]++
}

// list returns the counts in the contract's order.
func (c counted) list() []itms.EndingCount {
	var list []itms.EndingCount
	for row, n := range c {
		row.N = n
		list = append(list, row)
	}
	slices.SortFunc(list, func(a, b itms.EndingCount) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Outcome, b.Outcome),
			falseFirst(a.Touched, b.Touched))
	})
	return list
}

// falseFirst compares truths.
func falseFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
