package main

import (
	"fmt"
	"net/http"
	"net/url"
)

// accessPath is who is on the network, in the API.
const accessPath = "/api/v1/access-sessions"

// sessionCmd groups the commands about sessions on the network.
type sessionCmd struct {
	List       sessionListCmd       `cmd:"" help:"List who is on the network, and who was lately."`
	Show       sessionShowCmd       `cmd:"" help:"Show a session."`
	Disconnect sessionDisconnectCmd `cmd:"" help:"End a session."`
}

// sessionRef names a session.
type sessionRef struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	ID     string `arg:"" help:"Id of the session, as the list shows it."`
}

// path addresses the session, or a call below it.
func (r sessionRef) path(call string) string { return accessPath + "/" + url.PathEscape(r.ID) + call }

// sessionListCmd lists sessions.
type sessionListCmd struct {
	Config  string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Account string `help:"Only those of this account, without realm."`
	MAC     string `help:"Only those of this MAC address."`
	IP      string `help:"Only those with this address."`
	Service string `help:"Only those of this service."`
	NAS     string `help:"Only those of the access server with this address."`
	Active  bool   `help:"Only those that last."`
	Limit   int    `default:"50" help:"Most items of a page."`
	Cursor  string `help:"Where the page before ended (its next)."`
}

// Help shows an example.
func (sessionListCmd) Help() string {
	return "As access servers tell by RADIUS accounting: those that last first.\n\nExample: itms session list --config itms.yaml --account ppp1001"
}

// Run lists them.
func (cmd sessionListCmd) Run(e *env) error {
	q := filled(map[string]string{"account": cmd.Account, "mac": cmd.MAC, "ip": cmd.IP, "service": cmd.Service, "nas": cmd.NAS,
		"cursor": cmd.Cursor, "limit": fmt.Sprint(cmd.Limit)})
	if cmd.Active {
		q.Set("active", "true")
	}
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodGet, accessPath+"?"+q.Encode(), nil) })
}

// sessionShowCmd shows a session.
type sessionShowCmd struct{ sessionRef }

// Help shows an example.
func (sessionShowCmd) Help() string {
	return "Example: itms session show --config itms.yaml 192.0.2.1~0000000F"
}

// Run shows it.
func (cmd sessionShowCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodGet, cmd.path(""), nil) })
}

// sessionDisconnectCmd ends a session.
type sessionDisconnectCmd struct{ sessionRef }

// Help says what that means.
func (sessionDisconnectCmd) Help() string {
	return `The access server is told to end it (Disconnect, RFC 5176), again and again for a day if it does not answer. Who may
come in comes in again: to keep somebody out, suspend the service or block the device. What came of it stands in the
journal.

Example: itms session disconnect --config itms.yaml 192.0.2.1~0000000F`
}

// Run ends it.
func (cmd sessionDisconnectCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodPost, cmd.path("/disconnect"), nil) })
}
