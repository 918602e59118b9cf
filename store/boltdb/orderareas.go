package boltdb

import (
	"bytes"
	"cmp"
	"slices"

	"itms"
)

// within returns the ids of a page of orders of some areas, newest first: it takes a page
// of each area that lies in them and keeps the newest. Areas are few, and the index is
// ordered by them, so no order of another one is looked at.
func (o orders) within(q itms.OrderQuery) []itms.OrderID {
	var ids []itms.OrderID
	for _, area := range o.areas(q.Areas) {
		one := q
		one.Area, one.Areas = area, nil
		ids = append(ids, o.page(one)...)
	}
	slices.SortFunc(ids, func(a, b itms.OrderID) int { return -cmp.Compare(a, b) })
	return ids[:min(len(ids), max(q.Limit, 0))]
}

// areas lists the areas of orders that lie in some.
func (o orders) areas(within itms.Areas) (list []string) {
	for _, beginning := range within {
		prefix := []byte(beginning)
		for from := prefix; from != nil; {
			k, _ := o.t.in(inOrderArea).Cursor().Seek(from)
			if !bytes.HasPrefix(k, prefix) {
				break
			}
			area, _, _ := bytes.Cut(k, []byte{0})
			list, from = append(list, string(area)), after(under(string(area)))
		}
	}
	return list
}
