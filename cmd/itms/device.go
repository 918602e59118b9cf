package main

import (
	"fmt"
	"net/http"
	"net/url"
)

// deviceCmd groups the device commands.
type deviceCmd struct {
	List deviceListCmd `cmd:"" help:"List devices."`
	Show deviceShowCmd `cmd:"" help:"Show one device, its parameters, sessions or events."`
}

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
	q := url.Values{"limit": {fmt.Sprint(cmd.Limit)}}
	for key, value := range map[string]string{"q": cmd.Query, "state": cmd.State} {
		if value != "" {
			q.Set(key, value)
		}
	}
	return withClient(e, cmd.Config, func(c *client) error {
		return c.show(e, http.MethodGet, "/api/v1/devices?"+q.Encode(), nil)
	})
}

// deviceShowCmd shows a device.
type deviceShowCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	ID     string `arg:"" help:"OUI-ProductClass-Serial."`
	What   string `enum:"device,parameters,sessions,events" default:"device" help:"device, parameters, sessions or events."`
}

// Help shows an example.
func (deviceShowCmd) Help() string {
	return "Example: itms device show --config itms.yaml 00005E-STB-SN001 --what parameters"
}

// Run shows it.
func (cmd deviceShowCmd) Run(e *env) error {
	path := "/api/v1/devices/" + url.PathEscape(cmd.ID)
	if cmd.What != "device" {
		path += "/" + cmd.What
	}
	return withClient(e, cmd.Config, func(c *client) error { return c.show(e, http.MethodGet, path, nil) })
}
