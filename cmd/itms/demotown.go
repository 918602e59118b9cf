package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"itms"
)

// demoTown goes on when the sample orders have ended, so that whoever opens the console
// sees it live: homes get boxes and modems, technicians come, services pause and go on. It
// ends with the context.
type demoTown struct {
	demo      *demo
	acs       string
	addresses map[string]string
	devices   *sync.WaitGroup
	homes     []demoStory // those whose box was ordered
	paused    string      // home whose service is suspended
	changes   int         // orders on homes
}

// The pace of the town.
const (
	townPace = 6 * time.Second
	// townTyping is how long an order waits for its code: long enough to type it on the
	// technician's page instead.
	townTyping = 2 * time.Minute
	// townHomes is where building ends: documentation MAC addresses end at FF.
	townHomes = 200
	// townFirst is the last byte of the first home's MAC; those below are the stories'.
	townFirst = 0x10
)

// townAreas are made-up districts of one city.
var townAreas = []string{"510104", "510105", "510106", "510107"}

// townModels are what homes get, one after the other.
var townModels = []struct {
	model   string
	service itms.ServiceType
}{{"ctc-stb", itms.ServiceIPTV}, {"cu-stb", itms.ServiceIPTV}, {"cmcc-stb", itms.ServiceIPTV}, {"tr181-gateway", itms.ServiceInternet}, {"tr098-gateway", itms.ServiceInternet}}

// townNames are the subscribers.
var townNames = []string{"Ada Byron", "Chen Example", "Dana Sample", "Li Example", "Robin Sample", "Wang Example", "Sam Sample", "Zhao Example"}

// townDay is what happens, one after the other, again and again.
var townDay = []func(*demoTown, context.Context) error{
	(*demoTown).moveIn, (*demoTown).visit, (*demoTown).moveIn, (*demoTown).connect, (*demoTown).moveIn, (*demoTown).suspend,
	(*demoTown).moveIn, (*demoTown).visit, (*demoTown).resume, (*demoTown).moveIn,
}

// live lets one thing happen after the other.
func (t *demoTown) live(ctx context.Context) {
	pace := time.NewTicker(townPace)
	defer pace.Stop()
	for n := 0; ; n++ {
		t.demo.complain(townDay[n%len(townDay)](t, ctx))
		select {
		case <-ctx.Done():
			return
		case <-pace.C:
		}
	}
}

// home plans the next home, or reports that the town is built.
func (t *demoTown) home() (demoStory, bool) {
	n := len(t.homes)
	if n == townHomes {
		return demoStory{}, false
	}
	kind := townModels[n%len(townModels)]
	s := demoStory{no: fmt.Sprintf("TOWN-%d", n+1), model: kind.model, mac: fmt.Sprintf("00:00:5E:00:53:%02X", townFirst+n), service: kind.service,
		area: townAreas[n%len(townAreas)], name: townNames[n%len(townNames)], says: "a home of the town"}
	t.homes = append(t.homes, s)
	return s, true
}

// moveIn has a home install its box by itself.
func (t *demoTown) moveIn(ctx context.Context) error {
	s, more := t.home()
	if !more {
		return nil
	}
	return t.demo.begin(ctx, t.devices, s, t.acs)
}

// visit has a technician install a box: it waits for its code, which anybody may type on
// the technician's page before the technician does.
func (t *demoTown) visit(ctx context.Context) error {
	s, more := t.home()
	if !more {
		return nil
	}
	s.model, s.service, s.code, s.typing = "ctc-stb", itms.ServiceIPTV, true, townTyping
	t.homes[len(t.homes)-1] = s
	s.says = "a technician's visit: the box asks for the code"
	return t.demo.begin(ctx, t.devices, s, t.acs)
}

// connect brings a cable modem into service.
func (t *demoTown) connect(ctx context.Context) error {
	if t.demo.cable == nil {
		return t.moveIn(ctx)
	}
	s, more := t.home()
	if !more {
		return nil
	}
	t.homes[len(t.homes)-1] = demoStory{} // a modem hears of a change at its next renewal only
	return t.demo.connect(ctx, t.devices, demoModem{no: s.no, mac: s.mac, area: s.area, says: "a cable modem of the town"}, t.addresses)
}

// townAgo is how many homes back one is surely in service.
const townAgo = 4

// suspend pauses the service of a home that has been there for a while and was no visit.
func (t *demoTown) suspend(ctx context.Context) error {
	for i := len(t.homes) - townAgo; i >= 0; i-- {
		if s := t.homes[i]; s.no != "" && !s.code {
			t.paused = s.no
			return t.change(ctx, itms.KindSuspend)
		}
	}
	return nil
}

// resume lets the service that was suspended last go on.
func (t *demoTown) resume(ctx context.Context) error {
	if t.paused == "" {
		return nil
	}
	return t.change(ctx, itms.KindResume)
}

// change posts an order on the paused home.
func (t *demoTown) change(ctx context.Context, kind itms.OrderKind) error {
	t.changes++
	_, err := t.demo.post(ctx, demoStory{no: fmt.Sprintf("%s-%s-%d", t.paused, kind, t.changes), kind: kind, of: t.paused + "-1"})
	return err
}
