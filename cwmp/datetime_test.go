package cwmp

import (
	"testing"
	"time"
)

func TestParseDateTime(t *testing.T) {
	moment := time.Date(2019, 3, 5, 11, 54, 14, 0, time.UTC)
	fraction := moment.Add(123456789 * time.Nanosecond)
	for text, want := range map[string]time.Time{
		"2019-03-05T11:54:14Z":           moment,
		" 2019-03-05T11:54:14Z\n":        moment,
		"2019-03-05T11:54:14":            moment,
		"2019-03-05T12:54:14+01:00":      moment,
		"2019-03-05T12:54:14+0100":       moment,
		"2019-03-05T12:54:14+01":         moment,
		"2019-03-05T11:54:14.123456789Z": fraction,
		"2019-03-05T11:54:14.123456789":  fraction,
		"2019-03-05t11:54:14z":           moment,
		"2019-03-05 11:54:14":            moment,
		"2019-03-05 11:54:14 z":          moment,
		"2019-03-05T11:54":               moment.Truncate(time.Minute),
		"2019-03-05T11:54Z":              moment.Truncate(time.Minute),
		"2019-03-05":                     moment.Truncate(24 * time.Hour),
		"2019-03-05T11:54::14":           {},
		"0000-00-00T00:00:00Z":           {},
		"0001-01-03T03:04:05Z":           {},
		"-0001-12-31T23:59:00":           {},
		"yesterday":                      {},
		"2019-13-05T11:54:14Z":           {},
	} {
		got := ParseDateTime(text)
		if !got.Time.Equal(want) || got.Known() == want.IsZero() {
			t.Errorf("%q: got %v, want %v", text, got.Time, want)
		}
		if again := ParseDateTime(got.String()); again.Raw != got.Raw || !again.Time.Equal(got.Time) {
			t.Errorf("%q: written and read again as %+v", text, again)
		}
	}
}

func TestUnknownTime(t *testing.T) {
	for _, text := range []string{"", " ", "+00:00", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00", "0001-01-01T00:00:00+00:00", "0001-01-01"} {
		if got := ParseDateTime(text); got != (DateTime{}) {
			t.Errorf("%q: got %+v", text, got)
		}
	}
	if got := (DateTime{}).String(); got != "0001-01-01T00:00:00Z" {
		t.Errorf("written as %q", got)
	}
}

// TestTimeOf is quirk 52: no fractions of a second are written.
func TestTimeOf(t *testing.T) {
	zone := time.FixedZone("", 3600)
	moment := time.Date(2026, 3, 5, 12, 54, 14, 999, zone)
	for _, d := range []DateTime{TimeOf(moment), {Time: moment}} {
		if got := d.String(); got != "2026-03-05T11:54:14Z" {
			t.Errorf("%+v: written as %q", d, got)
		}
	}
	if got := TimeOf(time.Time{}); got != (DateTime{}) {
		t.Errorf("the zero time gives %+v", got)
	}
	if got, want := ParseDateTime(TimeOf(moment).String()), TimeOf(moment); got != want {
		t.Errorf("read again as %+v, want %+v", got, want)
	}
}

func TestSinceBoot(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0001-01-03T03:04:05Z":  51*time.Hour + 4*time.Minute + 5*time.Second,
		"0001-01-01T00:00:01":   time.Second,
		"-0001-12-31T23:59:00":  -time.Minute,
		"0000-12-31T23:00:00Z":  -time.Hour,
		"2019-03-05T11:54:14Z":  0,
		"-0002-12-31T23:59:00":  0,
		"-2019-03-05T11:54:14Z": 0,
		"0001-01-03":            48 * time.Hour,
		"nonsense":              0,
		"":                      0,
	} {
		got, ok := ParseDateTime(text).SinceBoot()
		if got != want || ok != (want != 0) {
			t.Errorf("%q: got %v, %v, want %v", text, got, ok, want)
		}
	}
}

func FuzzParseDateTime(f *testing.F) {
	f.Add("2019-03-05T11:54:14.5+01:00")
	f.Add("0001-01-01")
	f.Add("2019-03-05 11:54 pm")
	f.Fuzz(func(t *testing.T, text string) {
		d := ParseDateTime(text)
		again := ParseDateTime(d.String())
		if again.Raw != d.Raw || !again.Time.Equal(d.Time) {
			t.Errorf("%+v is read again as %+v", d, again)
		}
		d.SinceBoot()
	})
}
