package record

import (
	"time"

	"itms"
)

// Ending brings e to what is kept of it and checks its keys. What a device says of
// itself is made storable; the rest is this system's own words.
func Ending(e *itms.Ending) (itms.Ending, error) {
	c := *e
	c.At = itms.Timestamp(e.At)
	c.Vendor, c.Model, c.Firmware = Text(e.Vendor), Text(e.Model), Text(e.Firmware)
	return c, first(itms.CheckKey("/order", string(e.Order)), day(&c), Plain("/area", e.Area),
		Plain("/kind", string(e.Kind)), Plain("/mode", string(e.Mode)), Plain("/access", string(e.Access)),
		Plain("/way", string(e.Way)), Plain("/outcome", string(e.Outcome)))
}

// day reports why an ending cannot stand under its day: ranges of days would count
// it wrong.
func day(e *itms.Ending) error {
	if want := e.At.Format(time.DateOnly); e.Day != want {
		return itms.Invalid("/day", "is %q and should be %q, the UTC date of the time", e.Day, want)
	}
	return nil
}

// EndingDoc returns the document of e.
func EndingDoc(e *itms.Ending) ([]byte, error) { return marshal(nil, e) }

// Days reports whether days can lie between the bounds of q at all. Bounds come from
// outside and may hold anything; an empty one sorts before every day.
func Days(q itms.EndingQuery) bool {
	return (q.From == "" || Usable(q.From)) && Usable(q.To) && q.From <= q.To
}
