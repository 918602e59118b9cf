package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"itms"
	"itms/web/api"
)

// profilePath is where the API has a profile.
func profilePath(name string) string { return "/api/v1/profiles/" + url.PathEscape(name) }

// readProfileText reads a profile of the API; an empty one when there is none.
func readProfileText(ctx context.Context, c *localClient, name string) (p api.ProfileText, err error) {
	resp, err := c.call(ctx, http.MethodGet, profilePath(name), nil)
	var told *itms.Error
	if errors.As(err, &told) && told.Code == itms.CodeNotFound {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	defer resp.Body.Close()
	return p, json.NewDecoder(resp.Body).Decode(&p)
}

// profileGetCmd prints a profile.
type profileGetCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Name   string `arg:"" help:"Name of the profile."`
}

// Help shows an example.
func (profileGetCmd) Help() string {
	return "Prints the document that is in use, e.g. to begin one's own with.\n\nExample: itms profile get --config itms.yaml ctc-iptv > ctc-iptv.yaml"
}

// Run prints it.
func (cmd profileGetCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error {
		p, err := readProfileText(e.ctx, c, cmd.Name)
		if err != nil {
			return err
		}
		if p.Name == "" {
			return itms.NotFound("profile", cmd.Name)
		}
		_, err = fmt.Fprint(e.out, p.Text)
		return err
	})
}

// profilePutCmd stores a profile.
type profilePutCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	File   string `arg:"" type:"existingfile" help:"Profile file."`
}

// Help shows an example.
func (profilePutCmd) Help() string {
	return "All nodes use it at once, in place of one of the same name that is built in or in the directory. " +
		"Its devices are read and compared at their next contact.\n\nExample: itms profile put --config itms.yaml my-stb.yaml"
}

// Run stores it in place of the stored one, if there is any.
func (cmd profilePutCmd) Run(e *env) error {
	p, err := readProfile(cmd.File)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(cmd.File)
	if err != nil {
		return err
	}
	return withClient(e, cmd.Config, func(c *localClient) error {
		have, err := readProfileText(e.ctx, c, p.Name)
		if err != nil {
			return err
		}
		body, err := json.Marshal(map[string]string{"text": string(text), "version": have.Version})
		if err != nil {
			return err
		}
		resp, err := c.call(e.ctx, http.MethodPut, profilePath(p.Name), bytes.NewReader(body))
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = fmt.Fprintf(e.out, "%s is in use\n", p.Name)
		return err
	})
}

// profileDeleteCmd removes a stored profile.
type profileDeleteCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Name   string `arg:"" help:"Name of the stored profile."`
}

// Help shows an example.
func (profileDeleteCmd) Help() string {
	return "What it replaced is used again.\n\nExample: itms profile delete --config itms.yaml my-stb"
}

// Run removes it.
func (cmd profileDeleteCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error {
		have, err := readProfileText(e.ctx, c, cmd.Name)
		if err != nil {
			return err
		}
		resp, err := c.call(e.ctx, http.MethodDelete, profilePath(cmd.Name)+"?version="+url.QueryEscape(have.Version), nil)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = fmt.Fprintf(e.out, "the stored %s is deleted\n", cmd.Name)
		return err
	})
}

// listedProfile is a row of the list.
func listedProfile(p *api.ProfileInfo) string {
	origin := map[string]string{"builtin": "built in", "directory": "file", "store": "store"}[p.Origin]
	return fmt.Sprintf("%s\t%d\t%s\t%s\t%s", p.Name, p.Priority, origin, strings.Join(p.Services, " "), p.Title)
}
