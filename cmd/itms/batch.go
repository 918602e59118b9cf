package main

import (
	"fmt"
	"net/http"
)

// batchCmd groups the commands on batches.
type batchCmd struct {
	Start  batchStartCmd  `cmd:"" help:"Do something on many devices."`
	List   batchListCmd   `cmd:"" help:"List batches, newest first."`
	Show   batchShowCmd   `cmd:"" help:"Show a batch with its report, or its tasks in one state."`
	Cancel batchCancelCmd `cmd:"" help:"Give no further device the task, and cancel what waits."`
}

// batchesPath is where batches are.
const batchesPath = "/api/v1/batches"

// batchStartCmd begins a batch.
type batchStartCmd struct {
	taskSpecFlags
	Config       string   `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Kind         string   `arg:"" help:"Kind of task: see \"itms task run --help\"."`
	Args         []string `arg:"" optional:"" help:"What it is about, as of \"itms task run\"."`
	Device       []string `placeholder:"ID" help:"Devices by their ids; may be repeated."`
	State        string   `help:"Devices in this state."`
	Profile      string   `help:"Devices of this profile."`
	Manufacturer string   `help:"Devices of this manufacturer."`
	Model        string   `help:"Devices of this model."`
	Software     string   `help:"Devices that run this version."`
	NotSoftware  string   `help:"Devices that run any version but this."`
	Area         string   `help:"Devices whose service has its line in this area."`
	Concurrency  int      `help:"Tasks in hand at once; 50 unless given."`
	AbortRate    int      `placeholder:"PERCENT" help:"Failures at which the batch is given up."`
	Note         string   `help:"For people."`
}

// Help shows an example.
func (batchStartCmd) Help() string {
	return "Example: itms batch start --config itms.yaml --model EX-1 --not-software 2.4.1 --concurrency 20 --abort-rate 10 download --file 01J0000000000000000000000Z"
}

// Run begins it.
func (cmd batchStartCmd) Run(e *env) error {
	task, err := cmd.document(e, cmd.Kind, cmd.Args)
	if err != nil {
		return err
	}
	filter := map[string]any{}
	for name, text := range map[string]string{"state": cmd.State, "profile": cmd.Profile, "manufacturer": cmd.Manufacturer, "model": cmd.Model,
		"software": cmd.Software, "notSoftware": cmd.NotSoftware, "area": cmd.Area} {
		if text != "" {
			filter[name] = text
		}
	}
	if len(cmd.Device) > 0 {
		filter["devices"] = cmd.Device
	}
	doc := map[string]any{"filter": filter, "task": task, "note": cmd.Note}
	for name, n := range map[string]int{"concurrency": cmd.Concurrency, "abortRate": cmd.AbortRate} {
		if n != 0 {
			doc[name] = n
		}
	}
	return withClient(e, cmd.Config, func(c *localClient) error { return c.submit(e, http.MethodPost, batchesPath, doc) })
}

// batchListCmd lists batches.
type batchListCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Limit  int    `default:"50" help:"At most this many."`
}

// Help shows an example.
func (batchListCmd) Help() string { return "Example: itms batch list --config itms.yaml" }

// Run lists them.
func (cmd batchListCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error {
		return c.show(e, http.MethodGet, fmt.Sprintf("%s?limit=%d", batchesPath, cmd.Limit), nil)
	})
}

// batchShowCmd shows a batch.
type batchShowCmd struct {
	itemRef
	Tasks string `placeholder:"STATE" help:"Instead its tasks in this state, e.g. failed."`
}

// Help shows an example.
func (batchShowCmd) Help() string {
	return "Example: itms batch show --config itms.yaml 01J0000000000000000000000Z --tasks failed"
}

// Run shows it.
func (cmd batchShowCmd) Run(e *env) error {
	path := cmd.path(batchesPath, "")
	if cmd.Tasks != "" {
		path = cmd.path(batchesPath, "/tasks?"+filled(map[string]string{"state": cmd.Tasks}).Encode())
	}
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodGet, path, nil) })
}

// batchCancelCmd cancels a batch.
type batchCancelCmd struct{ itemRef }

// Help shows an example.
func (batchCancelCmd) Help() string {
	return "Example: itms batch cancel --config itms.yaml 01J0000000000000000000000Z"
}

// Run cancels it.
func (cmd batchCancelCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodDelete, cmd.path(batchesPath, ""), nil) })
}
