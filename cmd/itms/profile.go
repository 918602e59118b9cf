package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"text/tabwriter"

	"itms"
	"itms/profile"
	"itms/web/api"
)

// profileCmd groups the profile commands.
type profileCmd struct {
	List   profileListCmd   `cmd:"" help:"List the profiles in use, built in and own."`
	Check  profileCheckCmd  `cmd:"" help:"Validate profile files and name the place of each mistake."`
	Try    profileTryCmd    `cmd:"" help:"Show what a profile would write to a known device; nothing is sent."`
	Get    profileGetCmd    `cmd:"" help:"Print the document of a profile in use."`
	Put    profilePutCmd    `cmd:"" help:"Store a profile; all nodes use it at once."`
	Delete profileDeleteCmd `cmd:"" help:"Delete a stored profile."`
}

// profileListCmd lists profiles.
type profileListCmd struct {
	Config string `type:"path" placeholder:"FILE" help:"Configuration file, for its own profiles; without it the built-in ones are listed."`
}

// Help shows an example.
func (profileListCmd) Help() string { return "Example: itms profile list --config itms.yaml" }

// Run lists them: those that a store has in use, or those of the program.
func (cmd profileListCmd) Run(e *env) error {
	if cmd.Config == "" {
		set, err := profile.Builtin()
		if err != nil {
			return err
		}
		return printProfiles(e, profilesOf(set))
	}
	return withClient(e, cmd.Config, func(c *localClient) error {
		resp, err := c.call(e.ctx, http.MethodGet, "/api/v1/profiles", nil)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		var page struct{ Items []api.ProfileInfo }
		if err := json.NewDecoder(resp.Body).Decode(&page); err != nil {
			return err
		}
		return printProfiles(e, page.Items)
	})
}

// printProfiles prints a table.
func printProfiles(e *env, list []api.ProfileInfo) error {
	w := tabwriter.NewWriter(e.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tPRIORITY\tFROM\tSERVICES\tTITLE")
	for i := range list {
		fmt.Fprintln(w, listedProfile(&list[i]))
	}
	return w.Flush()
}

// profileCheckCmd validates files.
type profileCheckCmd struct {
	Files []string `arg:"" type:"existingfile" help:"Profile files."`
}

// Help shows an example.
func (profileCheckCmd) Help() string { return "Example: itms profile check profiles/*.yaml" }

// Run checks them all.
func (cmd profileCheckCmd) Run(e *env) error {
	var errs []error
	for _, file := range cmd.Files {
		if _, err := readProfile(file); err != nil {
			errs = append(errs, err)
			continue
		}
		fmt.Fprintf(e.out, "%s is valid\n", file)
	}
	return errors.Join(errs...)
}

// readProfile parses one file.
func readProfile(file string) (*profile.Profile, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return profile.Parse(file, f)
}

// checkProfiles validates the profile directory.
func checkProfiles(dir string) error {
	_, err := profile.Load(dir)
	return err
}

// checkRules validates the file of model rules.
func checkRules(path string) error {
	_, err := profile.LoadRules(path)
	return err
}

// profileTryCmd tries a profile.
type profileTryCmd struct {
	Config  string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	File    string `arg:"" type:"existingfile" help:"Profile file."`
	Device  string `required:"" help:"Device to try it on: OUI-ProductClass-Serial."`
	Service string `help:"Service to take values from; without it a sample service is used."`
}

// Help shows an example.
func (profileTryCmd) Help() string {
	return "Secrets are shown as REDACTED.\n\nExample: itms profile try --config itms.yaml my-stb.yaml --device 00005E-STB-SN001"
}

// Run shows what would be written.
func (cmd profileTryCmd) Run(e *env) error {
	p, err := readProfile(cmd.File)
	if err != nil {
		return err
	}
	return withClient(e, cmd.Config, func(c *localClient) error {
		in := profile.Input{Bound: true, Device: &itms.Device{}}
		if err := cmd.fetch(e, c, "/api/v1/devices/"+url.PathEscape(cmd.Device), in.Device); err != nil {
			return err
		}
		if err := cmd.service(e, c, p, &in); err != nil {
			return err
		}
		text, err := p.Explain(in)
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(e.out, text)
		return err
	})
}

// service fills in a stored or a sample service; passwords are stand-ins.
func (cmd profileTryCmd) service(e *env, c *localClient, p *profile.Profile, in *profile.Input) error {
	if cmd.Service != "" {
		if err := cmd.fetch(e, c, "/api/v1/services/"+url.PathEscape(cmd.Service), &in.Service); err != nil {
			return err
		}
	} else {
		in.Service = itms.ServiceSpec{ID: "sample-1", Type: itms.ServiceIPTV, Package: "sample", Account: "account",
			AuthURL: "http://auth.example.com/", AuthURLBackup: "http://auth2.example.com/",
			Access: itms.AccessSpec{Type: itms.AccessPPPoE, Account: "access-account"}}
		if len(p.Services) > 0 {
			in.Service.Type = p.Services[0]
		}
	}
	in.Service.Password = itms.NewSecret("stand-in")
	in.Service.Access.Password = itms.NewSecret("stand-in")
	return nil
}

// fetch reads one document of the API.
func (cmd profileTryCmd) fetch(e *env, c *localClient, path string, into any) error {
	resp, err := c.call(e.ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(into)
}
