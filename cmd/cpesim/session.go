package main

import (
	"errors"
	"fmt"
	"strings"

	"itms/cmd/cpesim/sim"
	"itms/cwmp"
	"itms/internal/command"
)

// sessionCmd does a number of sessions.
type sessionCmd struct {
	boxFlags
	Event    []string `sep:"none" placeholder:"CODE[=KEY]" help:"Event of the first Inform, with its CommandKey; may be given several times. Default: what is due, such as 0 BOOTSTRAP and 1 BOOT."`
	Code     string   `placeholder:"TEXT" help:"Type an activation code into the box first."`
	Sessions int      `default:"1" help:"Number of sessions; those after the first carry what is due."`
}

// Help shows an example.
func (sessionCmd) Help() string {
	return "Prints a line of JSON for each session: its events, the RPCs of the ACS with their arguments (of passwords the length only), " +
		"the faults given, and the status done, failed or dropped. Exits with 1 if a session was not done.\n\n" +
		"Example: cpesim session --acs http://127.0.0.1:7547/cwmp --model ctc-stb --mac 00:00:5E:00:53:01 --state box.json --event \"0 BOOTSTRAP\" --event \"1 BOOT\""
}

// Run does the sessions. The first error ends them, unless a quirk made it.
func (s *sessionCmd) Run(p *program) error {
	config, err := s.config(p)
	if err != nil {
		return err
	}
	if s.Sessions < 1 {
		return fmt.Errorf("%w: --sessions must be 1 or more", command.ErrUsage)
	}
	cpe, err := sim.New(config)
	if err != nil {
		return err
	}
	if s.Code != "" {
		if err := cpe.EnterCode(s.Code); err != nil {
			return err
		}
	}
	events := parseEvents(s.Event)
	var failures []error
	for range s.Sessions {
		report, err := cpe.Session(p.ctx, events...)
		if printErr := p.print(report); printErr != nil {
			return printErr
		}
		failures = append(failures, err)
		if err != nil && !errors.Is(err, sim.ErrDropped) {
			break
		}
		events = nil
	}
	return errors.Join(failures...)
}

// parseEvents reads CODE or CODE=KEY.
func parseEvents(list []string) []cwmp.Event {
	var events []cwmp.Event
	for _, text := range list {
		code, key, _ := strings.Cut(text, "=")
		events = append(events, cwmp.Event{Code: code, CommandKey: key})
	}
	return events
}
