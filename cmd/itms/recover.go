package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"itms"
	"itms/web/client"
)

// deviceRecoverCmd recovers a device.
type deviceRecoverCmd struct {
	deviceRef
	Wait time.Duration `placeholder:"DURATION" help:"Wait so long for the end; fails unless the recovery is done by then."`
}

// Help shows an example.
func (deviceRecoverCmd) Help() string {
	return "The recovery begins at the device's next contact, which is asked for. Without --wait it is only queued: see " +
		"\"itms device show ID --what tasks\".\n\nExample: itms device recover --config itms.yaml 00005E-STB-SN001 --wait 10m"
}

// Run recovers it and prints the report of each step.
func (cmd deviceRecoverCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error {
		var t client.Task
		_, err := c.runTask(e, cmd.path("/tasks"), []byte(`{"kind":"recover"}`), cmd.Wait, &t)
		if err != nil {
			return err
		}
		return cmd.report(e.out, &t)
	})
}

// report prints each step and how the task stands. A task that was waited for and is
// not done is an error.
func (cmd deviceRecoverCmd) report(w io.Writer, t *client.Task) error {
	lines := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, step := range t.Steps {
		fmt.Fprintf(lines, "%s\t%s\t%s\n", step.Name, step.State, step.Text)
	}
	fmt.Fprintf(lines, "task %s\t%s\t%s\n", t.ID, t.State, t.Reason)
	if err := lines.Flush(); err != nil || cmd.Wait == 0 || t.State == string(itms.TaskDone) {
		return err
	}
	if t.Final {
		return fmt.Errorf("the recovery of %s %s: %s", cmd.ID, t.State, t.Reason)
	}
	return fmt.Errorf("the recovery of %s is %s after %s", cmd.ID, t.State, cmd.Wait)
}
