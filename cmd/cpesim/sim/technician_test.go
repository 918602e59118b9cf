package sim

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
)

// asks is an ACS that asks for a code at a first contact, refuses every code but
// the right one, and says so by Activate.
func asks(right string) *acstest.ACS {
	const object = "Device.X_CU_STB.AuthServiceInfo."
	return &acstest.ACS{Script: func(m *cwmp.Inform) []cwmp.Message {
		verdict := "1"
		for _, p := range m.Parameters {
			if p.Name == object+"ActivationCode" && p.Value != "" {
				verdict = map[bool]string{true: "2", false: "3"}[p.Value == right]
			}
		}
		return []cwmp.Message{set(object+"Activate", verdict)}
	}}
}

// states collects what the page said.
type states struct{ all []string }

func (s *states) add(_ *CPE, page Page) { s.all = append(s.all, string(page.State)) }

func (s *states) String() string { return strings.Join(s.all, ", ") }

func TestOnPage(t *testing.T) {
	var seen states
	acs := asks("222")
	cpe := box(t, acs, Config{Model: "cu-stb", OnPage: seen.add})
	run(t, cpe)
	run(t, cpe)
	for _, code := range []string{"000", "111", "222"} {
		if err := cpe.EnterCode(code); err != nil {
			t.Fatal(err)
		}
		run(t, cpe)
		run(t, cpe)
	}
	if got := seen.String(); got != "ask, refused, refused, done" {
		t.Errorf("pages %s", got)
	}
}

func TestOnPageMayType(t *testing.T) {
	acs := asks("222")
	cpe := box(t, acs, Config{Model: "cu-stb", OnPage: func(c *CPE, page Page) {
		if page.State == PageAsk {
			if err := c.EnterCode("222"); err != nil {
				t.Error(err)
			}
		}
	}})
	run(t, cpe)
	if report := run(t, cpe); !slices.Contains(report.Events, "X CU BIND") || cpe.Page().State != PageDone {
		t.Errorf("events %q, page %s", report.Events, cpe.Page())
	}
}

func TestTechnician(t *testing.T) {
	var seen states
	codes := []string{"111", "222", "333"}
	pages := make(map[PageState]int)
	var start time.Time
	technician := func(_ *CPE, page Page) (Typed, bool) {
		pages[page.State]++
		if start.IsZero() {
			start = time.Now()
		}
		if time.Since(start) < time.Minute {
			return Typed{}, false // still on the way
		}
		code := codes[0]
		codes = codes[1:]
		return Typed{Code: code}, true
	}
	live(t, asks("222"), Config{Model: "cu-stb", OnPage: seen.add, Technician: technician}, func(w *world) {
		w.sleep(10 * time.Minute)
		if got := w.events(); got != "0 BOOTSTRAP+1 BOOT, 4 VALUE CHANGE+X CU BIND, 4 VALUE CHANGE+X CU BIND" {
			t.Errorf("events %s", got)
		}
		if want := []time.Duration{0, time.Minute, time.Minute}; !slices.Equal(w.times, want) {
			t.Errorf("at %v, want %v", w.times, want)
		}
		if got := seen.String(); got != "ask, refused, done" || len(codes) != 1 {
			t.Errorf("pages %s, %d codes left", got, len(codes))
		}
		// A session may be the reason for one more look.
		if n := pages[PageAsk] - int(time.Minute/glance); pages[PageRefused] != 1 || n < 1 || n > 3 || len(pages) != 2 {
			t.Errorf("looked at %v", pages)
		}
	}, "no-periodic")
}

func TestTechnicianWaitsForTheFirstContact(t *testing.T) {
	var asked atomic.Int32
	technician := func(*CPE, Page) (Typed, bool) {
		asked.Add(1)
		return Typed{LOID: "loid-1", Password: "pw"}, true
	}
	live(t, &acstest.ACS{}, Config{Model: "tr098-gateway", Technician: technician}, func(w *world) {
		w.sleep(time.Minute)
		if got := w.events(); got != "0 BOOTSTRAP+1 BOOT, X CT-COM BIND" || asked.Load() != 1 {
			t.Errorf("events %s, asked %d times", got, asked.Load())
		}
	}, "no-periodic")
}

func TestTypingEndsBackoff(t *testing.T) {
	live(t, &acstest.ACS{}, Config{}, func(w *world) {
		w.net.broken.Store(true)
		if err := w.cpe.Trigger(cwmp.Event{Code: cwmp.EventKicked}); err != nil {
			t.Error(err)
		}
		w.sleep(0)
		if err := w.cpe.EnterCode("12345678903"); err != nil {
			t.Error(err)
		}
		w.sleep(0)
		w.net.broken.Store(false)
		w.sleep(time.Minute)
		if len(w.times) != 4 || w.times[2] != 0 || w.times[3] < 5*time.Second {
			t.Errorf("sessions at %v: the pause ends once", w.times)
		}
		if got := w.events(); !strings.HasSuffix(got, "5 KICKED, 5 KICKED+4 VALUE CHANGE+X CT-COM BIND, 5 KICKED+4 VALUE CHANGE+X CT-COM BIND") {
			t.Errorf("events %s", got)
		}
	}, "no-periodic")
}

func TestATypingErrorIsLogged(t *testing.T) {
	technician := func(*CPE, Page) (Typed, bool) { return Typed{LOID: "loid-1"}, true }
	live(t, asks("222"), Config{Model: "cu-stb", Technician: technician}, func(w *world) {
		w.sleep(time.Second)
		if got := w.events(); got != "0 BOOTSTRAP+1 BOOT" {
			t.Errorf("events %s", got)
		}
	}, "no-periodic")
}
