package main

import "net/http"

// deviceCableCmd shows the cable side of a device.
type deviceCableCmd struct{ deviceRef }

// Help says what there is to see.
func (deviceCableCmd) Help() string {
	return `What a cable modem tells of itself, its lease, who is behind it, the class it would get now and why, the configuration
file that it fetched last, and what happened.

Example: itms device cable --config itms.yaml 00005E-CM-00005E005301`
}

// Run shows it.
func (cmd deviceCableCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodGet, cmd.path("/cable"), nil) })
}
