package main

import (
	"context"
	"time"

	"itms/cmd/cpesim/sim"
)

// runCmd runs a fleet.
type runCmd struct {
	boxFlags
	Count            int           `default:"1" help:"Number of CPEs; serial numbers and MACs are counted up."`
	Jitter           time.Duration `default:"0s" help:"Longest random pause before a CPE boots."`
	Listen           string        `default:"127.0.0.1:0" help:"Address for connection requests, one port each; empty for none."`
	PeriodicInterval time.Duration `placeholder:"DURATION" help:"Inform at this interval, whatever the ACS sets."`
	BackoffUnit      time.Duration `default:"1s" help:"What a second lasts in the pauses after failed sessions."`
	CodeFile         string        `type:"path" placeholder:"FILE" help:"Type the code in a file once the page asks and the file is there; again when it was written again. A LOID and, in the second line, its password for a gateway. CPEs after the first have the digits of their MAC appended: FILE.00005E005302."`
	Duration         time.Duration `placeholder:"DURATION" help:"Stop after this time. Default: when interrupted."`
}

// Help shows an example.
func (runCmd) Help() string {
	return "Prints a line of JSON for each session and for each change of what the page of a box shows, and at the end one that sums up.\n\n" +
		"Example: cpesim run --acs http://127.0.0.1:7547/cwmp --model ctc-stb --serial BOX0001 --mac 00:00:5E:00:53:01 --count 5 --jitter 2s\n\n" +
		"Example: cpesim run --acs http://127.0.0.1:7547/cwmp --model ctc-stb --code-file code.txt"
}

// pageLine is the line of a page that has changed.
type pageLine struct {
	Serial string   `json:"serial"`
	Page   sim.Page `json:"page"`
}

// summary is the last line of a run.
type summary struct {
	Fleet sim.FleetReport `json:"fleet"`
}

// Run runs the fleet until it is interrupted.
func (r *runCmd) Run(p *program) error {
	config, err := r.config(p)
	if err != nil {
		return err
	}
	config.Listen, config.PeriodicInterval, config.BackoffUnit = r.Listen, r.PeriodicInterval, r.BackoffUnit
	config.OnPage = func(cpe *sim.CPE, page sim.Page) {
		_ = p.print(pageLine{Serial: cpe.Identity().Serial, Page: page})
	}
	technician := &codeFile{}
	if r.CodeFile != "" {
		config.Technician = technician.typed
	}
	fleet, err := sim.NewFleet(sim.FleetConfig{Config: config, Count: r.Count, Jitter: r.Jitter,
		OnSession: func(_ *sim.CPE, report *sim.Report, _ error) { _ = p.print(report) }})
	if err != nil {
		return err
	}
	technician.assign(r.CodeFile, fleet.CPEs())
	return r.live(p, fleet)
}

// live runs until the time is over and prints the summary.
func (r *runCmd) live(p *program, fleet *sim.Fleet) error {
	ctx := p.ctx
	if r.Duration > 0 {
		timed, cancel := context.WithTimeout(ctx, r.Duration)
		defer cancel()
		ctx = timed
	}
	if err := fleet.Run(ctx); err != nil {
		return err
	}
	return p.print(summary{Fleet: fleet.Report()})
}
