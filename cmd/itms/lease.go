package main

import (
	"fmt"
	"net/http"
	"net/url"
)

// dhcpPath is what the DHCP server gives, in the API.
const dhcpPath = "/api/v1/dhcp"

// scopeCmd groups the commands about scopes.
type scopeCmd struct {
	List scopeListCmd `cmd:"" help:"List the scopes with their utilisation."`
}

// scopeListCmd lists scopes.
type scopeListCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
}

// Help shows an example.
func (scopeListCmd) Help() string {
	return "How many addresses of each pool are leased, free, declined or reserved.\n\nExample: itms scope list --config itms.yaml"
}

// Run lists them.
func (cmd scopeListCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodGet, dhcpPath+"/scopes", nil) })
}

// classCmd groups the commands about classes of clients.
type classCmd struct {
	List classListCmd `cmd:"" help:"List the classes of DHCP clients."`
}

// classListCmd lists classes.
type classListCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
}

// Help shows an example.
func (classListCmd) Help() string {
	return "In the order in which they are tried, with their leases.\n\nExample: itms class list --config itms.yaml"
}

// Run lists them.
func (cmd classListCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodGet, dhcpPath+"/classes", nil) })
}

// leaseCmd groups the commands about leases.
type leaseCmd struct {
	List    leaseListCmd    `cmd:"" help:"List leases."`
	Show    leaseShowCmd    `cmd:"" help:"Show the lease of an address."`
	Release leaseReleaseCmd `cmd:"" help:"Take a lease back."`
}

// leaseRef names a lease.
type leaseRef struct {
	Config  string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Address string `arg:"" help:"IPv4 address."`
}

// path addresses the lease, or a call below it.
func (r leaseRef) path(call string) string {
	return dhcpPath + "/leases/" + url.PathEscape(r.Address) + call
}

// leaseListCmd lists leases.
type leaseListCmd struct {
	Config  string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Scope   string `help:"Only those of this subnet."`
	Class   string `help:"Only those of this class."`
	State   string `enum:",active,released,declined,expired" default:"" help:"Only these: active, released, declined or expired."`
	MAC     string `name:"mac" help:"Only those of this client, by its MAC address in any form."`
	Modem   string `help:"Only those of this modem and of the clients behind it, by its MAC address."`
	Address string `help:"Only that of this address."`
	Cursor  string `help:"Next of the answer before."`
	Limit   int    `default:"50" help:"At most this many."`
}

// Help shows an example.
func (leaseListCmd) Help() string {
	return "Example: itms lease list --config itms.yaml --modem 00:00:5E:00:53:01"
}

// Run lists them.
func (cmd leaseListCmd) Run(e *env) error {
	q := filled(map[string]string{"scope": cmd.Scope, "class": cmd.Class, "state": cmd.State, "mac": cmd.MAC, "modem": cmd.Modem,
		"address": cmd.Address, "cursor": cmd.Cursor, "limit": fmt.Sprint(cmd.Limit)})
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodGet, dhcpPath+"/leases?"+q.Encode(), nil) })
}

// leaseShowCmd shows a lease.
type leaseShowCmd struct{ leaseRef }

// Help shows an example.
func (leaseShowCmd) Help() string {
	return "Example: itms lease show --config itms.yaml 192.0.2.10"
}

// Run shows it.
func (cmd leaseShowCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodGet, cmd.path(""), nil) })
}

// leaseReleaseCmd takes a lease back.
type leaseReleaseCmd struct{ leaseRef }

// Help says what that means.
func (leaseReleaseCmd) Help() string {
	return `As if its client had given it up: the next renewal is refused, and the address may be given to another at once. An
address that a client found in use by somebody else may be given out again.

Example: itms lease release --config itms.yaml 192.0.2.10`
}

// Run takes it back.
func (cmd leaseReleaseCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodPost, cmd.path("/release"), nil) })
}
