package main

import (
	"fmt"
	"io"
	"net/http"
	"time"
)

// traceCmd groups the recordings of sessions.
type traceCmd struct {
	Start traceStartCmd `cmd:"" help:"Record the sessions of a device, or of a network."`
	List  traceListCmd  `cmd:"" help:"List recordings."`
	Get   traceGetCmd   `cmd:"" help:"Print what was recorded."`
	Stop  traceStopCmd  `cmd:"" help:"End a recording and keep it."`
	Drop  traceDropCmd  `cmd:"" help:"Delete a recording."`
}

const tracesPath = "/api/v1/traces"

// traceStartCmd starts a trace.
type traceStartCmd struct {
	Config   string        `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Device   string        `xor:"subject" required:"" placeholder:"ID" help:"OUI-ProductClass-Serial."`
	Network  string        `xor:"subject" required:"" placeholder:"CIDR" help:"Everything from this network, or address."`
	For      time.Duration `default:"30m" help:"How long; at most 24h."`
	MaxBytes int64         `placeholder:"N" help:"How much; 4 MiB when left out, at most 64 MiB."`
}

// Help shows an example.
func (traceStartCmd) Help() string {
	return "Secrets are masked. The recording is kept for 7 days.\n\nExample: itms trace start --config itms.yaml --device 00005E-STB-SN001 --for 2h"
}

// Run starts it.
func (cmd traceStartCmd) Run(e *env) error {
	doc := map[string]any{"minutes": max(1, int((cmd.For+time.Minute-1)/time.Minute))}
	for name, value := range map[string]string{"device": cmd.Device, "network": cmd.Network} {
		if value != "" {
			doc[name] = value
		}
	}
	if cmd.MaxBytes != 0 {
		doc["maxBytes"] = cmd.MaxBytes
	}
	return withClient(e, cmd.Config, func(c *localClient) error { return c.submit(e, http.MethodPost, tracesPath, doc) })
}

// traceListCmd lists traces.
type traceListCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Limit  int    `default:"50" help:"At most this many."`
}

// Help shows an example.
func (traceListCmd) Help() string { return "Example: itms trace list --config itms.yaml" }

// Run lists them.
func (cmd traceListCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error {
		return c.show(e, http.MethodGet, fmt.Sprintf("%s?limit=%d", tracesPath, cmd.Limit), nil)
	})
}

// traceGetCmd prints a trace.
type traceGetCmd struct {
	itemRef
	Format string `enum:"text,json" default:"text" help:"text or json."`
}

// Help shows an example.
func (traceGetCmd) Help() string {
	return "Example: itms trace get --config itms.yaml 01J0000000000000000000000Z > trace.txt"
}

// Run prints it as it comes.
func (cmd traceGetCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error {
		resp, err := c.call(e.ctx, http.MethodGet, cmd.path(tracesPath, "/download?format="+cmd.Format), nil)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = io.Copy(e.out, resp.Body)
		return err
	})
}

// traceStopCmd stops a trace.
type traceStopCmd struct{ itemRef }

// Help shows an example.
func (traceStopCmd) Help() string {
	return "Example: itms trace stop --config itms.yaml 01J0000000000000000000000Z"
}

// Run stops it.
func (cmd traceStopCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodPost, cmd.path(tracesPath, "/stop"), nil) })
}

// traceDropCmd deletes a trace.
type traceDropCmd struct{ itemRef }

// Help shows an example.
func (traceDropCmd) Help() string {
	return "Example: itms trace drop --config itms.yaml 01J0000000000000000000000Z"
}

// Run deletes it.
func (cmd traceDropCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodDelete, cmd.path(tracesPath, ""), nil) })
}
