package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"itms"
)

// fileCmd groups the file commands.
type fileCmd struct {
	Add    fileAddCmd    `cmd:"" help:"Add a file, e.g. a firmware."`
	List   fileListCmd   `cmd:"" help:"List files."`
	Get    fileGetCmd    `cmd:"" help:"Fetch the content of a file."`
	Offer  fileOfferCmd  `cmd:"" help:"Offer a file to devices that ask for one, or no more."`
	Delete fileDeleteCmd `cmd:"" help:"Delete a file."`
}

// filesPath is where the API has the files.
const filesPath = "/api/v1/files"

// fileAddCmd adds a file.
type fileAddCmd struct {
	Config  string   `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	File    string   `arg:"" help:"The file, or - for standard input, which needs --name."`
	Name    string   `help:"Its name; that of the file unless given."`
	Kind    string   `help:"firmware, config, log or other; follows from the type unless given."`
	Type    string   `help:"As Download calls it, e.g. '1 Firmware Upgrade Image', which is meant unless kind or type is given."`
	Version string   `help:"As a device reports it once it runs."`
	Model   []string `help:"Model or profile that it fits, several times or with commas; a final * stands for any end. None = all."`
	Note    string   `help:"For people."`
	SHA256  string   `name:"sha256" placeholder:"HEX" help:"What the content must have."`
	Offer   bool     `help:"Give it to devices that ask for a file of its type."`
}

// Help shows an example.
func (fileAddCmd) Help() string {
	return "Example: itms file add --config itms.yaml stb-4k-2.4.1.bin --version 2.4.1 --model STB-4K"
}

// Run adds it.
func (cmd fileAddCmd) Run(e *env) error {
	if cmd.Name == "" && cmd.File != "-" {
		cmd.Name = filepath.Base(cmd.File)
	}
	in, err := openInput(e, cmd.File)
	if err != nil {
		return err
	}
	defer in.Close()
	q := filled(map[string]string{"name": cmd.Name, "kind": cmd.Kind, "fileType": cmd.Type, "version": cmd.Version,
		"models": strings.Join(cmd.Model, ","), "note": cmd.Note, "sha256": cmd.SHA256, "offer": flagText(cmd.Offer)})
	return withClient(e, cmd.Config, func(c *localClient) error {
		resp, err := c.send(e.ctx, http.MethodPost, filesPath+"?"+q.Encode(), "application/octet-stream", in)
		if err != nil {
			return byOption(e.err, err)
		}
		defer resp.Body.Close()
		return writePretty(e.out, resp.Body)
	})
}

// byOption prints what is wrong with each option and leaves the summary.
func byOption(w io.Writer, err error) error {
	var e *itms.Error
	if !errors.As(err, &e) {
		return err
	}
	for _, f := range e.Fields {
		fmt.Fprintf(w, "%s: %s\n", strings.TrimPrefix(f.Pointer, "/query/"), f.Text)
	}
	return errors.New(e.Text)
}

// fileListCmd lists files.
type fileListCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Kind   string `help:"Only this kind."`
	Model  string `help:"Only files that fit this model or profile."`
	Device string `help:"Only files that this device delivered."`
	Offer  bool   `help:"Only files that devices may be given when they ask for one."`
	Query  string `help:"Part of name, version or note, or the beginning of the SHA-256."`
	Limit  int    `default:"50" help:"At most this many."`
}

// Help shows an example.
func (fileListCmd) Help() string {
	return "Example: itms file list --config itms.yaml --kind firmware --model STB-4K"
}

// Run lists them.
func (cmd fileListCmd) Run(e *env) error {
	q := filled(map[string]string{"kind": cmd.Kind, "model": cmd.Model, "device": cmd.Device, "q": cmd.Query, "offer": flagText(cmd.Offer), "limit": fmt.Sprint(cmd.Limit)})
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodGet, filesPath+"?"+q.Encode(), nil) })
}

// flagText is a flag as a parameter of a call; "" when it is not set.
func flagText(set bool) string {
	if set {
		return "true"
	}
	return ""
}

// fileOfferCmd offers a file to devices.
type fileOfferCmd struct {
	itemRef
	Off bool `help:"Offer it no more."`
}

// Help says what that means.
func (fileOfferCmd) Help() string {
	return `A device that asks for a file (RequestDownload) is given the newest one of that type which is offered and fits its
model, by a download task: once a day, and not the version that it runs. Firmware needs a version for that.

Example: itms file offer --config itms.yaml 01J0000000000000000000000Z`
}

// Run offers it or takes the offer back.
func (cmd fileOfferCmd) Run(e *env) error {
	method := http.MethodPut
	if cmd.Off {
		method = http.MethodDelete
	}
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, method, cmd.path(filesPath, "/offer"), nil) })
}

// fileGetCmd fetches content.
type fileGetCmd struct {
	itemRef
	Output string `short:"o" required:"" placeholder:"FILE" help:"Where to write it, or - for standard output."`
}

// Help shows an example.
func (fileGetCmd) Help() string {
	return "Example: itms file get --config itms.yaml 01J0000000000000000000000Z -o stb-4k-2.4.1.bin"
}

// Run fetches it.
func (cmd fileGetCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error {
		resp, err := c.call(e.ctx, http.MethodGet, cmd.path(filesPath, "/content"), nil)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if cmd.Output == "-" {
			_, err = io.Copy(e.out, resp.Body)
			return err
		}
		return writeWhole(cmd.Output, resp.Body)
	})
}

// writeWhole writes a file, owner-only since a configuration may hold secrets, and under
// its name only once it is whole.
func writeWhole(path string, content io.Reader) error {
	out, err := os.CreateTemp(filepath.Dir(path), ".itms-file-*")
	if err != nil {
		return err
	}
	_, err = io.Copy(out, content)
	if err = errors.Join(err, out.Close()); err == nil {
		err = os.Rename(out.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(out.Name()))
	}
	return nil
}

// fileDeleteCmd deletes a file.
type fileDeleteCmd struct{ itemRef }

// Help shows an example.
func (fileDeleteCmd) Help() string {
	return "Example: itms file delete --config itms.yaml 01J0000000000000000000000Z"
}

// Run deletes it.
func (cmd fileDeleteCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error {
		return c.show(e, http.MethodDelete, cmd.path(filesPath, ""), nil)
	})
}
