package main

import (
	"fmt"
	"os"
	"strings"

	"itms/cmd/cpesim/sim"
	"itms/internal/command"
)

// open makes a CPE from a state file that exists.
func open(path string, quirks ...string) (*sim.CPE, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("the state file: %w", err)
	}
	set, err := sim.ParseQuirks(quirks...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", command.ErrUsage, err)
	}
	return sim.New(sim.Config{StatePath: path, Quirks: set})
}

// getCmd prints parameters of a state file.
type getCmd struct {
	File string `arg:"" type:"path" help:"State file."`
	Path string `arg:"" help:"Name of a parameter; one that ends with a dot gives all below it."`
}

// Help shows an example.
func (getCmd) Help() string {
	return "Example: cpesim get box.json Device.X_CTC_IPTV.ServiceInfo.UserID"
}

// Run prints the value alone, or name=value lines for a partial path.
func (g *getCmd) Run(p *program) error {
	cpe, err := open(g.File)
	if err != nil {
		return err
	}
	if value, ok := cpe.Get(g.Path); ok {
		return p.printf("%s\n", value)
	}
	found := false
	for _, name := range cpe.Names() {
		if !strings.HasSuffix(g.Path, ".") || !strings.HasPrefix(name, g.Path) {
			continue
		}
		found = true
		value, _ := cpe.Get(name)
		if err := p.printf("%s=%s\n", name, value); err != nil {
			return err
		}
	}
	if !found {
		return fmt.Errorf("there is no parameter %s", g.Path)
	}
	return nil
}

// setCmd changes a parameter of a state file.
type setCmd struct {
	File  string `arg:"" type:"path" help:"State file."`
	Path  string `arg:"" help:"Name of a parameter."`
	Value string `arg:"" help:"New value."`
}

// Help shows an example.
func (setCmd) Help() string {
	return "Read-only parameters can be set too: it is the box that changes. If the ACS wants to know of changes, the next session tells it.\n\n" +
		"Example: cpesim set box.json Device.LAN.IPAddress 192.0.2.77"
}

// Run sets it.
func (s *setCmd) Run() error {
	cpe, err := open(s.File)
	if err != nil {
		return err
	}
	return cpe.Set(s.Path, s.Value)
}

// pageCmd prints the page of the box in a state file.
type pageCmd struct {
	File string `arg:"" type:"path" help:"State file."`
	JSON bool   `name:"json" help:"Print it as JSON."`
}

// Help shows an example.
func (pageCmd) Help() string {
	return "Prints what the person in front of the box sees as one line, its state first: blank (nothing is shown), service (it is set up), " +
		"ask and refused (somebody is to type), wait (no verdict yet), done, failed or locked.\n\n" +
		"Example: cpesim page box.json"
}

// Run prints it.
func (c *pageCmd) Run(p *program) error {
	cpe, err := open(c.File)
	if err != nil {
		return err
	}
	if c.JSON {
		return p.print(cpe.Page())
	}
	return p.printf("%s\n", cpe.Page())
}

// resetCmd does a factory reset.
type resetCmd struct {
	State string   `required:"" type:"path" placeholder:"FILE" help:"State file."`
	Quirk []string `sep:"none" placeholder:"NAME" help:"A quirk for the reset: keep-credentials-over-reset."`
}

// Help shows an example.
func (resetCmd) Help() string {
	return "The next session starts with 0 BOOTSTRAP and 1 BOOT.\n\nExample: cpesim reset --state box.json"
}

// Run resets it.
func (r *resetCmd) Run(p *program) error {
	cpe, err := open(r.State, r.Quirk...)
	if err != nil {
		return err
	}
	return cpe.FactoryReset(p.ctx)
}

// modelsCmd lists the models.
type modelsCmd struct{}

// Help shows an example.
func (modelsCmd) Help() string { return "Example: cpesim models" }

// Run prints them.
func (modelsCmd) Run(p *program) error {
	for _, m := range sim.Models() {
		if err := p.printf("%-14s  %-7s %-9s %s\n", m.Name, m.OUI, m.ProductClass, m.Help); err != nil {
			return err
		}
	}
	return nil
}

// quirksCmd lists the quirks.
type quirksCmd struct{}

// Help shows an example.
func (quirksCmd) Help() string {
	return "Use them as --quirk NAME or --quirk NAME=ARG. Those of cable modems come last; they are for \"cpesim modem\" alone.\n\nExample: cpesim quirks"
}

// Run prints them.
func (quirksCmd) Run(p *program) error {
	for _, q := range append(sim.Quirks(), sim.ModemQuirks()...) {
		name := q.Name
		if q.Arg != "" {
			name += "=" + q.Arg
		}
		if err := p.printf("%s\n    %s\n", name, q.Help); err != nil {
			return err
		}
	}
	return nil
}
