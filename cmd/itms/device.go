package main

import (
	"fmt"
	"net/http"
	"net/url"
)

// deviceCmd groups the device commands.
type deviceCmd struct {
	List      deviceListCmd      `cmd:"" help:"List devices."`
	Show      deviceShowCmd      `cmd:"" help:"Show one device, its parameters, sessions, events or tasks."`
	Params    deviceParamsCmd    `cmd:"" help:"List what is known of a device's parameters, or how their values changed."`
	Cable     deviceCableCmd     `cmd:"" help:"Show a cable modem: lease, clients behind it, class, file, events."`
	Unmatched deviceUnmatchedCmd `cmd:"" help:"List devices that wait for an order or a code."`
	Bind      deviceBindCmd      `cmd:"" help:"Tie a device to a waiting order or to a service, by hand."`
	Unbind    deviceUnbindCmd    `cmd:"" help:"Release a device from its service, by hand."`
	Unlock    deviceUnlockCmd    `cmd:"" help:"Forget a device's wrong activation codes."`
	Export    deviceExportCmd    `cmd:"" help:"Write devices as a table, or as JSON lines."`
	Recover   deviceRecoverCmd   `cmd:"" help:"Read a device anew, write everything, reboot and verify it; print the report."`
}

// deviceRef names a device.
type deviceRef struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	ID     string `arg:"" help:"OUI-ProductClass-Serial."`
}

// path addresses the device, or a call below it.
func (r deviceRef) path(call string) string { return "/api/v1/devices/" + url.PathEscape(r.ID) + call }

// deviceListCmd lists devices.
type deviceListCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Query  string `help:"Exact MAC (any form), serial number, STBID or address."`
	State  string `help:"Only this state."`
	Limit  int    `default:"50" help:"At most this many."`
}

// Help shows an example.
func (deviceListCmd) Help() string {
	return "Example: itms device list --config itms.yaml --query 00:00:5E:00:53:01"
}

// Run lists them.
func (cmd deviceListCmd) Run(e *env) error {
	q := filled(map[string]string{"q": cmd.Query, "state": cmd.State, "limit": fmt.Sprint(cmd.Limit)})
	return withClient(e, cmd.Config, func(c *localClient) error {
		return c.show(e, http.MethodGet, "/api/v1/devices?"+q.Encode(), nil)
	})
}

// deviceShowCmd shows a device.
type deviceShowCmd struct {
	deviceRef
	What string `enum:"device,parameters,sessions,events,tasks" default:"device" help:"device, parameters, sessions, events or tasks."`
}

// Help shows an example.
func (deviceShowCmd) Help() string {
	return "Example: itms device show --config itms.yaml 00005E-STB-SN001 --what parameters"
}

// Run shows it.
func (cmd deviceShowCmd) Run(e *env) error {
	path := cmd.path("")
	if cmd.What != "device" {
		path = cmd.path("/" + cmd.What)
	}
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodGet, path, nil) })
}

// deviceUnmatchedCmd lists devices that no order names.
type deviceUnmatchedCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Limit  int    `default:"50" help:"At most this many."`
}

// Help shows an example.
func (deviceUnmatchedCmd) Help() string {
	return "Each with the orders that name nearly its MAC address.\n\nExample: itms device unmatched --config itms.yaml"
}

// Run lists them.
func (cmd deviceUnmatchedCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error {
		return c.show(e, http.MethodGet, fmt.Sprintf("/api/v1/unmatched?limit=%d", cmd.Limit), nil)
	})
}

// deviceBindCmd ties a device to an order or a service.
type deviceBindCmd struct {
	deviceRef
	Order   string `required:"" xor:"what" placeholder:"NO" help:"A waiting order."`
	Source  string `help:"Of the order, when several sources use the number."`
	Service string `required:"" xor:"what" placeholder:"ID" help:"A service without a device."`
	Force   bool   `help:"Release the device from whatever holds it; needs --reason."`
	Reason  string `help:"For the audit."`
}

// Help shows an example.
func (deviceBindCmd) Help() string {
	return "Example: itms device bind --config itms.yaml 00005E-STB-SN001 --order WO-1001 --reason 'the label is wrong'"
}

// Run ties it.
func (cmd deviceBindCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error {
		return c.submit(e, http.MethodPost, cmd.path("/bind"), struct {
			OrderNo   string `json:"orderNo,omitempty"`
			Source    string `json:"source,omitempty"`
			ServiceID string `json:"serviceId,omitempty"`
			Force     bool   `json:"force,omitempty"`
			Reason    string `json:"reason,omitempty"`
		}{cmd.Order, cmd.Source, cmd.Service, cmd.Force, cmd.Reason})
	})
}

// deviceUnbindCmd releases a device.
type deviceUnbindCmd struct {
	deviceRef
	Reason string `required:"" help:"Why, for the audit."`
}

// Help shows an example.
func (deviceUnbindCmd) Help() string {
	return "Example: itms device unbind --config itms.yaml 00005E-STB-SN001 --reason 'fitted in the wrong flat'"
}

// Run releases it.
func (cmd deviceUnbindCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error {
		return c.submit(e, http.MethodPost, cmd.path("/unbind"), map[string]string{"reason": cmd.Reason})
	})
}

// deviceUnlockCmd forgets wrong codes.
type deviceUnlockCmd struct{ deviceRef }

// Help shows an example.
func (deviceUnlockCmd) Help() string {
	return "Example: itms device unlock --config itms.yaml 00005E-STB-SN001"
}

// Run forgets them.
func (cmd deviceUnlockCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodPost, cmd.path("/unlock"), nil) })
}
