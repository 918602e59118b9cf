package sim

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"itms/cmd/cpesim/internal/acstest"
	"itms/cwmp"
)

// pipes is a listener whose connections are in memory, so that the clock of a
// synctest bubble can go on while somebody waits on them.
type pipes struct {
	accept chan net.Conn
	closed chan struct{}
	broken atomic.Bool // refuse to connect
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.accept:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	if p.broken.Load() {
		return nil, errors.New("no route")
	}
	client, server := net.Pipe()
	p.accept <- server
	return client, nil
}

// world is a CPE that lives in a bubble with an ACS.
type world struct {
	cpe     *CPE
	acs     *acstest.ACS
	net     *pipes
	start   time.Time
	times   []time.Duration // of sessions, since the start
	reports []*Report
}

// live runs a CPE in a bubble while during is called. The script of the ACS is
// that of acs.
func live(t *testing.T, acs *acstest.ACS, config Config, during func(w *world), quirks ...string) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{acs: acs, net: &pipes{accept: make(chan net.Conn), closed: make(chan struct{})}, start: time.Now()}
		server := &http.Server{Handler: acs}
		go func() { _ = server.Serve(w.net) }()
		config.ACS, config.Dial, config.Clock = []string{"http://acs.example.com/"}, w.net.dial, time.Now
		config.OnSession = func(r *Report, _ error) {
			w.times = append(w.times, time.Since(w.start))
			w.reports = append(w.reports, r)
		}
		w.cpe = box(t, acs, config, quirks...)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- w.cpe.Run(ctx) }()
		synctest.Wait()
		during(w)
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		_ = server.Close()
	})
}

// sleep lets time pass and everything settle.
func (w *world) sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// events returns those of all sessions.
func (w *world) events() string {
	var all []string
	for _, r := range w.reports {
		all = append(all, strings.Join(r.Events, "+"))
	}
	return strings.Join(all, ", ")
}

func TestRunBootsAndInformsPeriodically(t *testing.T) {
	first := func(m *cwmp.Inform) []cwmp.Message {
		if m.HasEvent(cwmp.EventBootstrap) {
			return []cwmp.Message{set("Device.ManagementServer.PeriodicInformInterval", "600")}
		}
		return nil
	}
	live(t, &acstest.ACS{Script: first}, Config{}, func(w *world) {
		w.sleep(25 * time.Minute)
		if got := w.events(); got != "0 BOOTSTRAP+1 BOOT, 2 PERIODIC, 2 PERIODIC" {
			t.Errorf("events %s", got)
		}
		if want := []time.Duration{0, 10 * time.Minute, 20 * time.Minute}; !slices.Equal(w.times, want) {
			t.Errorf("at %v, want %v", w.times, want)
		}
	})
}

func TestPeriodicOverrides(t *testing.T) {
	live(t, &acstest.ACS{}, Config{PeriodicInterval: time.Second}, func(w *world) {
		w.sleep(3500 * time.Millisecond)
		if len(w.reports) != 4 {
			t.Errorf("%d sessions, want 4", len(w.reports))
		}
	})
	live(t, &acstest.ACS{}, Config{}, func(w *world) {
		w.sleep(48 * time.Hour)
		if len(w.reports) != 1 {
			t.Errorf("%d sessions, want 1", len(w.reports))
		}
	}, "no-periodic")
}

func TestRunReactsToChangesAndOrders(t *testing.T) {
	orders := func(m *cwmp.Inform) []cwmp.Message {
		switch {
		case m.HasEvent(cwmp.EventBootstrap):
			return []cwmp.Message{&cwmp.Reboot{CommandKey: "r1"}}
		case m.HasEvent(cwmp.EventMReboot):
			return []cwmp.Message{&cwmp.ScheduleInform{DelaySeconds: 90, CommandKey: "s1"},
				&cwmp.Upload{CommandKey: "u1", URL: "http://files.example.com/log", DelaySeconds: 120}}
		case m.HasEvent(cwmp.EventValueChange):
			return []cwmp.Message{&cwmp.FactoryReset{}}
		}
		return nil
	}
	live(t, &acstest.ACS{Script: orders}, Config{PeriodicInterval: time.Hour}, func(w *world) {
		w.sleep(10 * time.Minute)
		if err := w.cpe.Set("Device.DeviceInfo.ProvisioningCode", "x"); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		w.net.broken.Store(true) // ends the game of reboots
		want := "0 BOOTSTRAP+1 BOOT, 1 BOOT+M Reboot, 3 SCHEDULED+M ScheduleInform, 7 TRANSFER COMPLETE+M Upload, 4 VALUE CHANGE, 0 BOOTSTRAP+1 BOOT"
		if got := w.events(); !strings.HasPrefix(got, want) {
			t.Errorf("events %s", got)
		}
		if w.times[2] != 90*time.Second || w.times[3] != 120*time.Second {
			t.Errorf("at %v", w.times)
		}
	})
}

func TestBackoffGrowsAndEnds(t *testing.T) {
	live(t, &acstest.ACS{}, Config{}, func(w *world) {
		w.net.broken.Store(true)
		if err := w.cpe.Set("Device.DeviceInfo.ProvisioningCode", "x"); err != nil {
			t.Error(err)
		}
		w.sleep(200 * time.Second)
		w.net.broken.Store(false)
		w.sleep(600 * time.Second) // the sixth pause is up to 320 s
		last := w.reports[len(w.reports)-1]
		if last.Status != Done || !slices.Equal(last.Events, []string{"4 VALUE CHANGE"}) {
			t.Errorf("last session %+v", last)
		}
		for i, at := range w.times[2:] {
			from, to := backoff(i+1, 5, 2000)
			if gap := (at - w.times[i+1]).Seconds(); gap < from || gap > to {
				t.Errorf("pause %d was %.1f s, want %.0f to %.0f", i+1, gap, from, to)
			}
		}
		sessions := w.acs.Sessions()
		if got := sessions[len(sessions)-1].Inform.RetryCount; int(got) != len(w.times)-2 {
			t.Errorf("retry count %d after %d failures", got, len(w.times)-2)
		}
	}, "no-periodic")
}

func TestBackoffTable(t *testing.T) {
	for retries, want := range map[int][2]float64{1: {5, 10}, 2: {10, 20}, 3: {20, 40}, 10: {2560, 5120}, 11: {2560, 5120}, 1000: {2560, 5120}} {
		if from, to := backoff(retries, 5, 2000); from != want[0] || to != want[1] {
			t.Errorf("after %d: %v to %v, want %v", retries, from, to, want)
		}
	}
}

func TestBackoffUnit(t *testing.T) {
	live(t, &acstest.ACS{}, Config{BackoffUnit: time.Millisecond}, func(w *world) {
		w.net.broken.Store(true)
		if err := w.cpe.Trigger(cwmp.Event{Code: cwmp.EventKicked}); err != nil {
			t.Error(err)
		}
		w.sleep(time.Second)
		if n := len(w.reports); n < 6 || n > 10 {
			t.Errorf("%d sessions in a second", n)
		}
	}, "no-periodic")
}

func TestConnectionRequestEndsBackoff(t *testing.T) {
	live(t, &acstest.ACS{}, Config{}, func(w *world) {
		w.net.broken.Store(true)
		if err := w.cpe.Trigger(cwmp.Event{Code: cwmp.EventKicked}); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		w.net.broken.Store(false)
		if err := w.cpe.Trigger(cwmp.Event{Code: cwmp.EventConnectionRequest}); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if got := w.events(); !strings.HasSuffix(got, "5 KICKED, 5 KICKED+6 CONNECTION REQUEST") {
			t.Errorf("events %s", got)
		}
	}, "no-periodic")
}

func TestSlow(t *testing.T) {
	live(t, &acstest.ACS{}, Config{}, func(w *world) {
		w.sleep(time.Minute)
		if want := []time.Duration{4 * time.Second}; !slices.Equal(w.times, want) {
			t.Errorf("done at %v, want %v", w.times, want)
		}
	}, "slow=2s", "no-periodic")
}

func TestRunEndsInMidSession(t *testing.T) {
	acs := &acstest.ACS{Override: func(_ http.ResponseWriter, r *acstest.Request) bool {
		<-r.Context().Done() // the CPE has hung up
		return true
	}}
	live(t, acs, Config{Timeout: time.Hour}, func(w *world) {
		w.sleep(time.Minute)
		if len(w.acs.Requests()) != 1 || len(w.reports) != 0 {
			t.Errorf("%d POSTs, %d sessions", len(w.acs.Requests()), len(w.reports))
		}
	})
}

func TestTimeout(t *testing.T) {
	acs := &acstest.ACS{Override: func(_ http.ResponseWriter, r *acstest.Request) bool {
		<-r.Context().Done()
		return true
	}}
	live(t, acs, Config{Timeout: 10 * time.Second}, func(w *world) {
		w.sleep(11 * time.Second)
		if len(w.reports) != 1 || w.reports[0].Status != Failed {
			t.Errorf("sessions %+v", w.reports)
		}
	})
}
