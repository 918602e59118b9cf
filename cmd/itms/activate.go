package main

import "net/http"

// activateCmd uses an activation code.
type activateCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Code   string `arg:"" help:"Activation code: 11 digits, with or without dashes."`
	STBID  string `name:"stbid" xor:"device" help:"STBID of the device, when the order names none."`
	MAC    string `name:"mac" xor:"device" help:"MAC address of the device, when the order names none."`
}

// Help shows an example.
func (activateCmd) Help() string {
	return "Example: itms order activate --config itms.yaml 1234-5678-903 --mac 00:00:5E:00:53:01"
}

// Run uses it.
func (cmd activateCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error {
		return c.submit(e, http.MethodPost, "/api/v1/activations", struct {
			Code  string `json:"code"`
			STBID string `json:"stbId,omitempty"`
			MAC   string `json:"mac,omitempty"`
		}{cmd.Code, cmd.STBID, cmd.MAC})
	})
}
