package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"itms/cmd/cpesim/sim"
	"itms/internal/command"
)

// boxFlags describe a CPE.
type boxFlags struct {
	ACS          []string      `name:"acs" sep:"none" env:"CPESIM_ACS" placeholder:"URL" help:"URL of the ACS; given several times, the POSTs go to them in turn."`
	Model        string        `placeholder:"NAME" help:"Model, see \"cpesim models\". Default: that of the state file, or ctc-stb."`
	OUI          string        `name:"oui" placeholder:"HEX" help:"OUI. Default: the model's."`
	ProductClass string        `placeholder:"TEXT" help:"Product class. Default: the model's."`
	Serial       string        `placeholder:"TEXT" help:"Serial number. Default: made from the MAC."`
	MAC          string        `name:"mac" placeholder:"MAC" help:"MAC address in any form. Default: 00:00:5E:00:53:01."`
	STBID        string        `name:"stbid" placeholder:"HEX" help:"STBID. Default: made from the MAC."`
	Software     string        `placeholder:"VERSION" help:"Version of the software in the factory; a download brings another. Default: 1.0.0."`
	Host         []string      `sep:"none" placeholder:"MAC" help:"Device behind a gateway; may be given several times. A changed list is told to the ACS. Default: that of the state file, or two."`
	Username     string        `env:"CPESIM_USERNAME" placeholder:"TEXT" help:"User name at the ACS."`
	Password     string        `env:"CPESIM_PASSWORD" placeholder:"TEXT" help:"Password at the ACS; the environment or a file hide it from other users."`
	PasswordFile string        `type:"existingfile" placeholder:"FILE" help:"Take the password from the first line of a file."`
	State        string        `type:"path" placeholder:"FILE" help:"Keep the state in a file, so that the next run goes on with it."`
	Quirk        []string      `sep:"none" placeholder:"NAME[=ARG]" help:"Do something wrong, see \"cpesim quirks\"; may be given several times."`
	Timeout      time.Duration `default:"30s" help:"Give up on a POST after this time."`
	CA           string        `name:"ca" type:"existingfile" placeholder:"FILE" help:"Trust the certificates in a PEM file for https."`
	Verbose      bool          `short:"v" help:"Log to the standard error."`
}

// config turns the flags into a sim.Config.
func (b boxFlags) config(p *program) (sim.Config, error) {
	quirks, err := sim.ParseQuirks(b.Quirk...)
	if err = errors.Join(err, b.check()); err != nil {
		return sim.Config{}, fmt.Errorf("%w: %w", command.ErrUsage, err)
	}
	password, err := b.password()
	if err != nil {
		return sim.Config{}, err
	}
	trust, err := b.trust()
	if err != nil {
		return sim.Config{}, err
	}
	c := sim.Config{
		Model: b.Model, OUI: b.OUI, ProductClass: b.ProductClass, Serial: b.Serial, MAC: b.MAC, STBID: b.STBID, Software: b.Software, Hosts: b.Host,
		ACS: b.ACS, Username: b.Username, Password: password, StatePath: b.State, Quirks: quirks,
		Timeout: b.Timeout, TLS: trust,
	}
	if b.Verbose {
		c.Logger = slog.New(slog.NewTextHandler(p.err, nil))
	}
	return c, nil
}

// check finds the mistakes of the caller before anything is opened.
func (b boxFlags) check() error {
	if _, known := sim.LookupModel(b.Model); !known && b.Model != "" {
		return fmt.Errorf("unknown model %q", b.Model)
	}
	for _, acs := range b.ACS {
		if u, err := url.Parse(acs); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return fmt.Errorf("%q is not a URL with http or https", acs)
		}
	}
	for _, mac := range append([]string{b.MAC}, b.Host...) {
		if _, err := sim.MakeSTBID(mac); err != nil && mac != "" {
			return err
		}
	}
	return nil
}

// password takes the password from where it was put.
func (b boxFlags) password() (string, error) {
	if b.PasswordFile == "" {
		return b.Password, nil
	}
	text, err := os.ReadFile(b.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSuffix(line, "\r"), nil
}

// trust reads the certificates of --ca.
func (b boxFlags) trust() (*tls.Config, error) {
	if b.CA == "" {
		return nil, nil
	}
	text, err := os.ReadFile(b.CA)
	if err != nil {
		return nil, fmt.Errorf("reading the certificates: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%w: no certificate in %s", command.ErrUsage, b.CA)
	}
	return &tls.Config{RootCAs: pool}, nil
}
