package cwmp

import (
	"strings"
	"time"
)

// unknownTime is the dateTime of a moment that is not known (TR-106 3.2.1).
const unknownTime = "0001-01-01T00:00:00Z"

// DateTime is a time argument. The zero value is the unknown time.
type DateTime struct {
	// Raw is the text as sent, also when it is not a time. It is empty for
	// the unknown time.
	Raw string
	// Time is the moment in the zone that was sent, or in UTC if none was. It
	// is zero when Raw is not an absolute time.
	Time time.Time
}

// TimeOf returns the DateTime of t in UTC, without the fractions of a second
// that some CPEs refuse.
func TimeOf(t time.Time) DateTime {
	if t.IsZero() {
		return DateTime{}
	}
	t = t.UTC().Truncate(time.Second)
	return DateTime{Raw: t.Format(time.RFC3339), Time: t}
}

// ParseDateTime reads a dateTime in the forms CPEs use: with and without zone,
// fraction, seconds or the T. Text that is no time is kept in Raw alone.
func ParseDateTime(text string) DateTime {
	text = strings.TrimSpace(text)
	t, ok := parseAbsolute(text)
	if text == "" || text == "+00:00" || ok && t.IsZero() {
		return DateTime{}
	}
	if !ok || t.Year() <= 1 {
		return DateTime{Raw: text}
	}
	return DateTime{Raw: text, Time: t}
}

// layouts are tried in turn; time.Parse accepts a fraction after the seconds
// in each of them.
var layouts = [...]string{
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02T15:04:05",
	"2006-01-02T15:04:05Z0700",
	"2006-01-02T15:04:05Z07",
	"2006-01-02T15:04Z07:00",
	"2006-01-02T15:04",
	"2006-01-02",
}

// maxTimeBytes is the longest text tried as a time.
const maxTimeBytes = 48

func parseAbsolute(text string) (time.Time, bool) {
	if len(text) < len("2006-01-02") || len(text) > maxTimeBytes {
		return time.Time{}, false
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	usual := strings.Replace(strings.ToUpper(text), " ", "T", 1)
	if usual = strings.ReplaceAll(usual, " ", ""); usual != text {
		return parseAbsolute(usual)
	}
	return time.Time{}, false
}

// Known reports whether d is an absolute time.
func (d DateTime) Known() bool { return !d.Time.IsZero() }

// SinceBoot returns the time since the boot of the CPE, negative before it,
// if d is such a relative time: CPEs without clock count from the year 1
// (TR-106 3.2.1).
func (d DateTime) SinceBoot() (time.Duration, bool) {
	text, before := strings.CutPrefix(d.Raw, "-")
	if before {
		// Year -0001 is the year before year 1, which Go calls 0.
		tail, ok := strings.CutPrefix(text, "0001-")
		if !ok {
			return 0, false
		}
		text = "0000-" + tail
	}
	t, ok := parseAbsolute(text)
	if !ok || t.Year() > 1 {
		return 0, false
	}
	return t.Sub(time.Time{}), true
}

// String returns the text as sent, the time in UTC, or the unknown time.
func (d DateTime) String() string {
	switch {
	case d.Raw != "":
		return d.Raw
	case d.Known():
		return TimeOf(d.Time).Raw
	}
	return unknownTime
}
