package main

import (
	"fmt"
	"time"

	"itms/cmd/cpesim/load"
	"itms/cmd/cpesim/sim"
	"itms/internal/command"
)

// loadCmd measures an ACS.
type loadCmd struct {
	ACS          string        `name:"acs" required:"" env:"CPESIM_ACS" placeholder:"URL" help:"URL of the ACS, http only."`
	Devices      int           `default:"100" help:"Number of CPEs."`
	Concurrency  int           `default:"64" help:"Number of connections at once."`
	Duration     time.Duration `default:"10s" help:"How long to measure, after every CPE has been registered."`
	Keepalive    bool          `default:"true" negatable:"" help:"Keep connections over sessions; --no-keepalive opens one per session."`
	Model        string        `default:"ctc-stb" help:"Model of the CPEs."`
	Serial       string        `default:"LOAD000001" help:"Serial number of the first CPE."`
	MAC          string        `name:"mac" default:"02:00:5E:00:00:01" help:"MAC address of the first CPE."`
	Username     string        `env:"CPESIM_USERNAME" placeholder:"TEXT" help:"User name at the ACS."`
	Password     string        `env:"CPESIM_PASSWORD" placeholder:"TEXT" help:"Password at the ACS."`
	PasswordFile string        `type:"existingfile" placeholder:"FILE" help:"Take the password from the first line of a file."`
}

// Help shows an example.
func (loadCmd) Help() string {
	return "Each CPE is registered by full sessions first. Then Informs (2 PERIODIC) and empty POSTs are sent as fast as the ACS answers. " +
		"Prints the result as text and, as the last line, as JSON. Exits with 1 if a session failed.\n\n" +
		"Example: cpesim load --acs http://127.0.0.1:7547/cwmp --devices 1000 --concurrency 64 --duration 10s"
}

// Run measures and prints.
func (l *loadCmd) Run(p *program) error {
	if l.Devices < 1 || l.Concurrency < 1 || l.Duration <= 0 {
		return fmt.Errorf("%w: --devices, --concurrency and --duration must be more than 0", command.ErrUsage)
	}
	password, err := boxFlags{Password: l.Password, PasswordFile: l.PasswordFile}.password()
	if err != nil {
		return err
	}
	result, err := load.Run(p.ctx, load.Config{
		CPE: sim.Config{Model: l.Model, Serial: l.Serial, MAC: l.MAC, Username: l.Username, Password: password},
		ACS: l.ACS, Devices: l.Devices, Concurrency: l.Concurrency, Duration: l.Duration, KeepAlive: l.Keepalive,
	})
	if err != nil {
		return err
	}
	if err := p.printf("%s\n", result); err != nil {
		return err
	}
	if err := p.print(result); err != nil {
		return err
	}
	if result.Errors > 0 {
		return fmt.Errorf("%d sessions failed, the first: %s", result.Errors, result.FirstError)
	}
	return nil
}
