package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"itms"
)

// fleetPath is how all devices stand.
const fleetPath = base + "/stats/fleet"

// maxFleetKeys bounds the vendors and models that are told: more fill no screen.
const maxFleetKeys = 50

// fleetOutput is the fleet.
type fleetOutput struct{ Body fleetView }

// fleetView counts all devices.
type fleetView struct {
	Total     int             `json:"total" example:"1000"`
	States    []countedView   `json:"states" doc:"By state; never null, the most first, as all lists here."`
	Lights    []countedView   `json:"lights" doc:"By the light that lists are filtered by."`
	Silent    int             `json:"silent" doc:"Of those with another light than trouble or off: not in contact for three periodic Informs." example:"7"`
	Vendors   []countedView   `json:"vendors" doc:"By manufacturer; at most 50."`
	Models    []countedView   `json:"models" doc:"By model; at most 50."`
	Others    otherCountsView `json:"others" doc:"Devices of vendors and models that are not listed."`
	Unmatched int             `json:"unmatched" doc:"In contact without an order: what the list of unmatched devices has." example:"4"`
	OpenTasks int             `json:"openTasks" doc:"Tasks of all devices that have not ended." example:"12"`
	At        time.Time       `json:"at" doc:"When it was counted: some seconds ago, at a very large fleet a minute."`
}

// otherCountsView is what the bounded lists leave out.
type otherCountsView struct {
	Vendors int `json:"vendors" example:"0"`
	Models  int `json:"models" example:"0"`
}

// countedView is how many there are of one kind.
type countedView struct {
	Key   string `json:"key" doc:"Empty when it is not known." example:"inService"`
	Count int    `json:"count" example:"900"`
}

// fleetRoutes registers the count.
func (s *Server) fleetRoutes() {
	add(s, route{method: http.MethodGet, path: fleetPath, id: "get-fleet", tag: "Statistics",
		summary: "How do the devices stand?", description: "Counts all devices. Counting reads something of each, so an answer is told again for some " +
			"seconds, for longer where counting takes longer: at says from when it is.",
		needs: statsRead, example: fleetView{Total: 1000, States: []countedView{{"inService", 900}, {"configuring", 100}}, Lights: []countedView{{"ok", 900}, {"busy", 100}},
			Silent: 7, Vendors: []countedView{{"Example", 1000}}, Models: []countedView{{"STB-4K", 1000}}, Unmatched: 4, OpenTasks: 12, At: exampleTime}}, s.getFleet)
}

// getFleet counts all devices.
func (s *Server) getFleet(ctx context.Context, _ *noInput) (*fleetOutput, error) {
	v, at, err := s.fleets.get(scopeOf(ctx), func() (fleetView, error) { return s.countFleet(ctx) })
	if err != nil {
		return nil, err
	}
	v.At = itms.Timestamp(at)
	return &fleetOutput{v}, nil
}

// countFleet counts.
func (s *Server) countFleet(ctx context.Context) (v fleetView, err error) {
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		c, err := tx.Devices().Count(itms.DeviceCount{SilentSince: s.opts.Desk.SilentSince()})
		if err != nil {
			return err
		}
		v = fleetView{Total: c.Total, Silent: c.Silent}
		v.States, _ = most(c.States)
		v.Lights, _ = most(c.Lights)
		v.Vendors, v.Others.Vendors = most(c.Vendors)
		v.Models, v.Others.Models = most(c.Models)
		for _, state := range unmatchedStates {
			v.Unmatched += c.States[state]
		}
		v.OpenTasks, err = tx.Tasks().CountOpen(nil)
		return err
	})
	return v, err
}

// most lists counts, the most first, and returns how many things those have that it leaves
// out.
func most[S ~string](counts map[S]int) (list []countedView, others int) {
	list = []countedView{}
	for key, n := range counts {
		list = append(list, countedView{string(key), n})
	}
	slices.SortFunc(list, func(a, b countedView) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Key, b.Key)) })
	for _, c := range list[min(len(list), maxFleetKeys):] {
		others += c.Count
	}
	return list[:min(len(list), maxFleetKeys)], others
}
