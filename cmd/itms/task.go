package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"itms"
	"itms/internal/command"
	"itms/web/client"
)

// taskCmd groups the commands on tasks.
type taskCmd struct {
	Run    taskRunCmd    `cmd:"" help:"Do something on a device."`
	Show   taskShowCmd   `cmd:"" help:"Show a task."`
	List   taskListCmd   `cmd:"" help:"List the tasks of a device, newest first."`
	Cancel taskCancelCmd `cmd:"" help:"Cancel a task that has not ended."`
}

// itemRef names one thing of a collection of the API.
type itemRef struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	ID     string `arg:"" help:"Its id."`
}

// path addresses it, or a call below it.
func (r itemRef) path(collection, call string) string {
	return collection + "/" + url.PathEscape(r.ID) + call
}

// tasksPath is where tasks are, whatever device they are for.
const tasksPath = "/api/v1/tasks"

// taskShowCmd shows a task.
type taskShowCmd struct{ itemRef }

// Help shows an example.
func (taskShowCmd) Help() string {
	return "Example: itms task show --config itms.yaml 01J0000000000000000000000Z"
}

// Run shows it.
func (cmd taskShowCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodGet, cmd.path(tasksPath, ""), nil) })
}

// taskCancelCmd cancels a task.
type taskCancelCmd struct{ itemRef }

// Help shows an example.
func (taskCancelCmd) Help() string {
	return "What the device was told already stays.\n\nExample: itms task cancel --config itms.yaml 01J0000000000000000000000Z"
}

// Run cancels it.
func (cmd taskCancelCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodDelete, cmd.path(tasksPath, ""), nil) })
}

// taskListCmd lists tasks.
type taskListCmd struct {
	deviceRef
	Limit int `default:"50" help:"At most this many."`
}

// Help shows an example.
func (taskListCmd) Help() string {
	return "Example: itms task list --config itms.yaml 00005E-STB-SN001"
}

// Run lists them.
func (cmd taskListCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error {
		return c.show(e, http.MethodGet, cmd.path("/tasks?limit="+strconv.Itoa(cmd.Limit)), nil)
	})
}

// taskRunCmd does something on a device.
type taskRunCmd struct {
	deviceRef
	taskSpecFlags
	Kind  string        `arg:"" help:"Kind of task: see below."`
	Args  []string      `arg:"" optional:"" help:"What it is about: names, NAME=VALUE pairs, a path; see below."`
	Wait  time.Duration `placeholder:"DURATION" help:"Wait so long for the end; fails unless the task is done by then."`
	After string        `placeholder:"TASK" help:"A task of the device that must be done before."`
}

// taskSpecFlags say what a task does and when.
type taskSpecFlags struct {
	Priority  int           `help:"-9 to 9; higher ones of a device go first."`
	Retries   *int          `placeholder:"N" help:"How often more a failure that may pass is tried; 3 unless given."`
	NotBefore string        `placeholder:"TIME" help:"As in 2026-12-01T02:00:00Z."`
	Expires   time.Duration `placeholder:"DURATION" help:"When it is given up; 24h unless given."`

	NextLevel bool   `help:"names: one level only."`
	NoVerify  bool   `help:"set: do not read the values back."`
	File      string `placeholder:"ID" help:"download: a file of the file store."`
	URL       string `placeholder:"URL" help:"download, upload: elsewhere."`
	FileType  string `help:"download, upload: e.g. '1 Firmware Upgrade Image'."`
	Version   string `help:"download of firmware: what the device must report in the end."`
	Delay     int    `placeholder:"SECONDS" help:"download, upload, scheduleInform: how much later."`
	JSON      string `name:"json" placeholder:"FILE" help:"Further fields of the task, as of POST /devices/{id}/tasks; - reads standard input."`
}

// Help says what each kind takes.
func (taskRunCmd) Help() string {
	return `Kinds and what they take:

  get, getAttributes NAME...
  set NAME=VALUE...
  names, refresh [PATH]
  addObject PATH [NAME=VALUE...]
  deleteObject PATH
  setAttributes NAME=LEVEL...
  getOptions [NAME]
  setVouchers BASE64...
  cancelTransfer COMMANDKEY
  download, upload, scheduleInform with their flags
  reboot, factoryReset, rpcMethods, queuedTransfers, recover
  scheduleDownload, changeDUState with --json

Tests that devices carry out, with NAME=VALUE... (usual value):

` + testsHelp() + `
The task begins at the device's next contact, which is asked for. Without --wait it is only queued.

Example: itms task run --config itms.yaml 00005E-STB-SN001 get Device.DeviceInfo. --wait 1m

  itms task run --config itms.yaml 00005E-STB-SN001 set Device.ManagementServer.PeriodicInformInterval=3600
  itms task run --config itms.yaml 00005E-STB-SN001 download --file 01J0000000000000000000000Z --wait 20m
  itms task run --config itms.yaml 00005E-STB-SN001 diagnosePing host=www.example.com repetitions=10 --wait 2m`
}

// testsHelp lists the tests with their arguments.
func testsHelp() string {
	var b strings.Builder
	for _, d := range itms.Diagnostics {
		b.WriteString("  " + string(d.Kind))
		for _, a := range d.Args {
			format := " [%s]"
			switch {
			case a.Required:
				format = " %s"
			case a.Default != "":
				format = " [%s (" + a.Default + ")]"
			}
			fmt.Fprintf(&b, format, a.Name)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// Run queues it and prints how it stands.
func (cmd taskRunCmd) Run(e *env) error {
	task, err := cmd.document(e, cmd.Kind, cmd.Args)
	if err != nil {
		return err
	}
	if cmd.After != "" {
		task["after"] = cmd.After
	}
	doc, err := json.Marshal(task)
	if err != nil {
		return err
	}
	return withClient(e, cmd.Config, func(c *localClient) error {
		var t client.Task
		body, err := c.runTask(e, cmd.path("/tasks"), doc, cmd.Wait, &t)
		if err != nil {
			return err
		}
		if err := writePretty(e.out, bytes.NewReader(body)); err != nil || cmd.Wait == 0 || t.State == string(itms.TaskDone) {
			return err
		}
		if t.Final {
			return fmt.Errorf("%s of %s %s: %s", cmd.Kind, cmd.ID, t.State, t.Reason)
		}
		return fmt.Errorf("%s of %s is %s after %s: %s", cmd.Kind, cmd.ID, t.State, cmd.Wait, t.Reason)
	})
}

// document is the task as the API takes it.
func (cmd taskSpecFlags) document(e *env, kind string, args []string) (map[string]any, error) {
	doc := map[string]any{}
	if err := cmd.readJSON(e, &doc); err != nil {
		return nil, err
	}
	doc["kind"] = kind
	if err := arguments(doc, kind, args); err != nil {
		return nil, err
	}
	for name, text := range map[string]string{"notBefore": cmd.NotBefore, "fileId": cmd.File, "url": cmd.URL,
		"fileType": cmd.FileType, "version": cmd.Version} {
		if text != "" {
			doc[name] = text
		}
	}
	for name, n := range map[string]int{"priority": cmd.Priority, "delaySeconds": cmd.Delay} {
		if n != 0 {
			doc[name] = n
		}
	}
	if cmd.Retries != nil {
		doc["retries"] = *cmd.Retries
	}
	if cmd.Expires != 0 {
		doc["expiresAt"] = time.Now().Add(cmd.Expires).UTC().Format(time.RFC3339)
	}
	if cmd.NextLevel {
		doc["nextLevel"] = true
	}
	if cmd.NoVerify {
		doc["verify"] = false
	}
	return doc, nil
}

// readJSON reads the fields that have no flag.
func (cmd taskSpecFlags) readJSON(e *env, doc *map[string]any) error {
	var in io.Reader
	switch cmd.JSON {
	case "":
		return nil
	case "-":
		in = e.in
	default:
		f, err := os.Open(cmd.JSON)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	if err := json.NewDecoder(in).Decode(doc); err != nil {
		return fmt.Errorf("%s: expected a JSON object: %w", cmd.JSON, err)
	}
	return nil
}

// arguments puts the arguments where the kind has them.
func arguments(doc map[string]any, kind string, args []string) error {
	switch itms.TaskKind(kind) {
	case itms.TaskGet, itms.TaskGetAttributes:
		return list(doc, "names", args)
	case itms.TaskSetVouchers:
		return list(doc, "vouchers", args)
	case itms.TaskSet:
		return pairs(doc, "values", args)
	case itms.TaskSetAttributes:
		return levels(doc, args)
	case itms.TaskAddObject:
		if len(args) > 0 {
			doc["path"] = args[0]
			return pairs(doc, "values", args[1:])
		}
		return nil
	}
	if itms.LookupDiagnostic(itms.TaskKind(kind)) != nil {
		return pairs(doc, "arguments", args)
	}
	field := map[itms.TaskKind]string{itms.TaskNames: "path", itms.TaskRefresh: "path", itms.TaskDeleteObject: "path",
		itms.TaskGetOptions: "option", itms.TaskCancelTransfer: "commandKey"}[itms.TaskKind(kind)]
	switch {
	case len(args) > 1, len(args) == 1 && field == "":
		return fmt.Errorf("%w: too many arguments for %s", command.ErrUsage, kind)
	case len(args) == 1:
		doc[field] = args[0]
	}
	return nil
}

// list puts arguments into a list.
func list(doc map[string]any, field string, args []string) error {
	if len(args) > 0 {
		doc[field] = args
	}
	return nil
}

// pairs puts NAME=VALUE arguments into a field.
func pairs(doc map[string]any, field string, args []string) error {
	values := map[string]string{}
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if !ok {
			return fmt.Errorf("%w: %q: expected NAME=VALUE", command.ErrUsage, arg)
		}
		values[name] = value
	}
	if len(values) > 0 {
		doc[field] = values
	}
	return nil
}

// levels puts NAME=LEVEL arguments into attributes.
func levels(doc map[string]any, args []string) error {
	var changes []map[string]any
	for _, arg := range args {
		name, text, _ := strings.Cut(arg, "=")
		level, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%w: %q: expected NAME=LEVEL, a number from 0 to 6", command.ErrUsage, arg)
		}
		changes = append(changes, map[string]any{"name": name, "notification": level})
	}
	if len(changes) > 0 {
		doc["attributes"] = changes
	}
	return nil
}

// longestWait is how long one call is left to wait for the end of a task; the API
// takes up to a minute.
const longestWait = 50 * time.Second

// runTask queues a task and waits for its end. It returns the last answer, also decoded.
func (c *localClient) runTask(e *env, path string, doc []byte, wait time.Duration, t *client.Task) ([]byte, error) {
	until := time.Now().Add(wait)
	body, err := c.answer(e, http.MethodPost, path, doc, t)
	for err == nil && !t.Final && time.Now().Before(until) {
		left := min(time.Until(until), longestWait).Round(time.Millisecond)
		body, err = c.answer(e, http.MethodGet, tasksPath+"/"+url.PathEscape(t.ID)+"?wait="+left.String(), nil, t)
	}
	return body, err
}

// answer makes a call and decodes what it answers.
func (c *localClient) answer(e *env, method, path string, doc []byte, into any) ([]byte, error) {
	var in io.Reader
	if doc != nil {
		in = bytes.NewReader(doc)
	}
	resp, err := c.call(e.ctx, method, path, in)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	return body, json.Unmarshal(body, into)
}
