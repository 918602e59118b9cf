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
	Event []string `sep:"none" placeholder:"CODE[=KEY]" help:"Event of the first Inform, with its CommandKey; may be given several times. Default: what is due, such as 0 BOOTSTRAP and 1 BOOT."`
	typedFlags
	Move     bool `help:"Carry the box to another place first: it boots and has other addresses."`
	Sessions int  `default:"1" help:"Number of sessions; those after the first carry what is due."`
}

// typedFlags are what a person types into the page of the box.
type typedFlags struct {
	Code         string `placeholder:"TEXT" help:"Type an activation code into the box first."`
	LOID         string `name:"loid" placeholder:"TEXT" help:"Type a LOID into the gateway first."`
	LOIDPassword string `name:"loid-password" placeholder:"TEXT" help:"Password to be typed with the LOID."`
}

// check finds flags that do not go together.
func (t typedFlags) check() error {
	switch {
	case t.Code != "" && t.LOID != "":
		return fmt.Errorf("%w: --code and --loid exclude each other", command.ErrUsage)
	case t.LOIDPassword != "" && t.LOID == "":
		return fmt.Errorf("%w: --loid-password needs --loid", command.ErrUsage)
	}
	return nil
}

// enter types, if there is something to type.
func (t typedFlags) enter(cpe *sim.CPE) error {
	if t.Code == "" && t.LOID == "" {
		return nil
	}
	return cpe.Enter(sim.Typed{Code: t.Code, LOID: t.LOID, Password: t.LOIDPassword})
}

// Help shows an example.
func (sessionCmd) Help() string {
	return "Prints a line of JSON for each session: its events, the RPCs of the ACS with their arguments (of passwords the length only), " +
		"the faults given, and the status done, failed or dropped. Exits with 1 if a session was not done. " +
		"What --code or --loid types is told in the first session that carries what is due and is no first contact.\n\n" +
		"Example: cpesim session --acs http://127.0.0.1:7547/cwmp --model ctc-stb --mac 00:00:5E:00:53:01 --state box.json --event \"0 BOOTSTRAP\" --event \"1 BOOT\"\n\n" +
		"Example: cpesim session --state box.json --code 1234-5678-903"
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
	if err := s.typedFlags.check(); err != nil {
		return err
	}
	config.Move = s.Move
	cpe, err := sim.New(config)
	if err != nil {
		return err
	}
	if err := s.enter(cpe); err != nil {
		return err
	}
	return s.talk(p, cpe)
}

// talk does the sessions one after the other.
func (s *sessionCmd) talk(p *program, cpe *sim.CPE) error {
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
