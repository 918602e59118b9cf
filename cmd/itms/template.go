package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"itms/internal/command"
)

// templatesPath is where the templates of configuration files are.
const templatesPath = "/api/v1/docsis/templates"

// templateCmd groups the commands about templates.
type templateCmd struct {
	List    templateListCmd    `cmd:"" help:"List the templates of configuration files."`
	Show    templateShowCmd    `cmd:"" help:"Print a template."`
	Check   templateCheckCmd   `cmd:"" help:"Look through a template that is not installed yet."`
	Preview templatePreviewCmd `cmd:"" help:"Show the file that a modem would get now."`
}

// templateListCmd lists templates.
type templateListCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
}

// Help shows an example.
func (templateListCmd) Help() string { return "Example: itms template list --config itms.yaml" }

// Run lists them.
func (cmd templateListCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodGet, templatesPath, nil) })
}

// templateShowCmd prints a template.
type templateShowCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Name   string `arg:"" help:"Name of the template."`
}

// Help shows an example.
func (templateShowCmd) Help() string {
	return "Its text alone, as a beginning for one of your own.\n\nExample: itms template show --config itms.yaml internet > templates/silver.cfg"
}

// Run prints its text.
func (cmd templateShowCmd) Run(e *env) error {
	var t struct {
		Text string `json:"text"`
	}
	return withClient(e, cmd.Config, func(c *localClient) error {
		if err := c.ask(e, http.MethodGet, templatesPath+"/"+url.PathEscape(cmd.Name), nil, &t); err != nil {
			return err
		}
		_, err := io.WriteString(e.out, t.Text)
		return err
	})
}

// ask reads an answer; doc, if any, is posted.
func (c *localClient) ask(e *env, method, path string, doc, into any) error {
	var body io.Reader
	if doc != nil {
		text, err := json.Marshal(doc)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	resp, err := c.call(e.ctx, method, path, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(into)
}

// templateFilling is what a template is filled in with.
type templateFilling struct {
	MTA        bool              `help:"It is for MTAs."`
	Package    string            `help:"Of docsis.packages, whose values are filled in."`
	Attributes map[string]string `name:"attribute" placeholder:"NAME=VALUE" help:"An attribute of an order that is filled in; may be repeated."`
}

// templateCheckCmd looks through a template.
type templateCheckCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	File   string `arg:"" help:"Template, or - for standard input."`
	templateFilling
}

// Help says what that means.
func (templateCheckCmd) Help() string {
	return `Lists all that is wrong with it, filled in with sample values, and what devices or a CMTS would object to: a line each,
"FILE:LINE:COLUMN: words". Fails when there is more than warnings.

Example: itms template check --config itms.yaml silver.cfg --attribute maxCpe=4`
}

// Run lists the mistakes.
func (cmd templateCheckCmd) Run(e *env) error {
	text, err := readAll(e, cmd.File)
	if err != nil {
		return err
	}
	var found struct {
		Items []templateMistake `json:"items"`
	}
	doc := map[string]any{"text": string(text), "mta": cmd.MTA, "package": cmd.Package, "attributes": cmd.Attributes}
	return withClient(e, cmd.Config, func(c *localClient) error {
		if err := c.ask(e, http.MethodPost, templatesPath+"/check", doc, &found); err != nil {
			return err
		}
		return tellMistakes(e.out, cmd.File, found.Items)
	})
}

// readAll reads a file, or standard input.
func readAll(e *env, file string) ([]byte, error) {
	in, err := openInput(e, file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(in)
}

// templateMistake is one mistake as the API tells it.
type templateMistake struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Warning bool   `json:"warning"`
	Text    string `json:"text"`
}

// tellMistakes prints mistakes, and fails when one is more than a warning.
func tellMistakes(w io.Writer, file string, list []templateMistake) error {
	wrong := 0
	for _, m := range list {
		where := file
		if m.Line > 0 {
			where += fmt.Sprintf(":%d:%d", m.Line, m.Column)
		}
		if m.Warning {
			where += ": warning"
		} else {
			wrong++
		}
		if _, err := fmt.Fprintf(w, "%s: %s\n", where, m.Text); err != nil {
			return err
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%s has %d mistake(s)", file, wrong)
	}
	return nil
}

// templatePreviewCmd shows a file.
type templatePreviewCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Name   string `arg:"" optional:"" help:"Template; when left out that of the modem's class."`
	File   string `help:"A template that is not installed yet, or - for standard input."`
	MAC    string `name:"mac" help:"MAC address of the modem, in any form; also one that was never here."`
	Device string `help:"Id of the device, in place of its MAC address; with neither the values are samples."`
	Class  string `help:"In place of the class that it would get."`
	templateFilling
	Text bool `help:"Print the text alone."`
}

// Help shows an example.
func (templatePreviewCmd) Help() string {
	return `Shows text, TLVs, size and CM MIC; the shared secret and passwords are left out. Nobody is told.

Example: itms template preview --config itms.yaml internet --mac 00:00:5E:00:53:01`
}

// Run shows it.
func (cmd templatePreviewCmd) Run(e *env) error {
	if cmd.Name != "" && cmd.File != "" || cmd.MAC != "" && cmd.Device != "" {
		return fmt.Errorf("%w: give one of NAME and --file, and one of --mac and --device", command.ErrUsage)
	}
	doc := map[string]any{"template": cmd.Name, "mac": cmd.MAC, "device": cmd.Device, "class": cmd.Class, "mta": cmd.MTA, "package": cmd.Package,
		"attributes": cmd.Attributes}
	if cmd.File != "" {
		text, err := readAll(e, cmd.File)
		if err != nil {
			return err
		}
		doc["text"] = string(text)
	}
	return withClient(e, cmd.Config, func(c *localClient) error {
		if !cmd.Text {
			return c.submit(e, http.MethodPost, templatesPath+"/preview", doc)
		}
		var p struct {
			Text string `json:"text"`
		}
		if err := c.ask(e, http.MethodPost, templatesPath+"/preview", doc, &p); err != nil {
			return err
		}
		_, err := io.WriteString(e.out, p.Text)
		return err
	})
}
