package main

import (
	"fmt"
	"net/http"
)

// webhookCmd groups those who are told of events.
type webhookCmd struct {
	Add       webhookAddCmd       `cmd:"" help:"Have somebody told of events, and print the signing key, once."`
	List      webhookListCmd      `cmd:"" help:"List who is told."`
	Show      webhookShowCmd      `cmd:"" help:"Show how a subscription stands."`
	Rotate    webhookRotateCmd    `cmd:"" help:"Give a subscription a new signing key and print it, once."`
	Test      webhookTestCmd      `cmd:"" help:"Send a test event."`
	Enable    webhookEnableCmd    `cmd:"" help:"Have a disabled subscription told again."`
	Disable   webhookDisableCmd   `cmd:"" help:"Tell a subscription nothing until it is enabled."`
	Delete    webhookDeleteCmd    `cmd:"" help:"Remove a subscription."`
	Letters   webhookLettersCmd   `cmd:"" help:"List what a subscriber did not take."`
	Redeliver webhookRedeliverCmd `cmd:"" help:"Deliver that again."`
}

const webhooksPath = "/api/v1/webhooks"

// webhookAddCmd makes a subscription.
type webhookAddCmd struct {
	Config string   `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	URL    string   `arg:"" help:"Where events are posted."`
	Name   string   `help:"For people."`
	Types  []string `placeholder:"TYPE" help:"Event types, separated by commas; order.* is all that begin so. All when left out."`
	Areas  []string `placeholder:"AREA" help:"Beginnings of area codes, separated by commas; all when left out."`
	Format string   `default:"cloudevents" help:"How events look."`
}

// Help shows an example.
func (webhookAddCmd) Help() string {
	return "Example: itms webhook add --config itms.yaml --name crm --types 'order.*' https://bss.example.com/events"
}

// Run makes it.
func (cmd webhookAddCmd) Run(e *env) error {
	doc := map[string]any{"url": cmd.URL, "name": cmd.Name, "types": cmd.Types, "areas": cmd.Areas, "format": cmd.Format}
	return withClient(e, cmd.Config, func(c *localClient) error { return c.submit(e, http.MethodPost, webhooksPath, doc) })
}

// webhookListCmd lists subscriptions.
type webhookListCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Limit  int    `default:"50" help:"At most this many."`
}

// Help shows an example.
func (webhookListCmd) Help() string { return "Example: itms webhook list --config itms.yaml" }

// Run lists them.
func (cmd webhookListCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error {
		return c.show(e, http.MethodGet, fmt.Sprintf("%s?limit=%d", webhooksPath, cmd.Limit), nil)
	})
}

// webhookShowCmd shows one.
type webhookShowCmd struct{ itemRef }

// Help shows an example.
func (webhookShowCmd) Help() string {
	return "Example: itms webhook show --config itms.yaml 01J0000000000000000000000Z"
}

// Run shows it.
func (cmd webhookShowCmd) Run(e *env) error { return cmd.act(e, http.MethodGet, "") }

// act makes a call about one subscription.
func (r itemRef) act(e *env, method, call string) error {
	return withClient(e, r.Config, func(c *localClient) error { return c.show(e, method, r.path(webhooksPath, call), nil) })
}

// webhookRotateCmd gives a new key.
type webhookRotateCmd struct {
	itemRef
	KeepHours int `default:"24" help:"How long the old keys sign too; at most 720."`
}

// Help shows an example.
func (webhookRotateCmd) Help() string {
	return "Example: itms webhook rotate --config itms.yaml --keep-hours 48 01J0000000000000000000000Z"
}

// Run gives it.
func (cmd webhookRotateCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error {
		return c.submit(e, http.MethodPost, cmd.path(webhooksPath, "/rotate"), map[string]any{"keepHours": cmd.KeepHours})
	})
}

// webhookTestCmd sends a test.
type webhookTestCmd struct{ itemRef }

// Help shows an example.
func (webhookTestCmd) Help() string {
	return "Example: itms webhook test --config itms.yaml 01J0000000000000000000000Z"
}

// Run sends it.
func (cmd webhookTestCmd) Run(e *env) error { return cmd.act(e, http.MethodPost, "/test") }

// webhookEnableCmd enables one.
type webhookEnableCmd struct{ itemRef }

// Help shows an example.
func (webhookEnableCmd) Help() string {
	return "Example: itms webhook enable --config itms.yaml 01J0000000000000000000000Z"
}

// Run enables it.
func (cmd webhookEnableCmd) Run(e *env) error { return cmd.act(e, http.MethodPost, "/enable") }

// webhookDisableCmd disables one.
type webhookDisableCmd struct{ itemRef }

// Help shows an example.
func (webhookDisableCmd) Help() string {
	return "Example: itms webhook disable --config itms.yaml 01J0000000000000000000000Z"
}

// Run disables it.
func (cmd webhookDisableCmd) Run(e *env) error { return cmd.act(e, http.MethodPost, "/disable") }

// webhookDeleteCmd removes one.
type webhookDeleteCmd struct{ itemRef }

// Help shows an example.
func (webhookDeleteCmd) Help() string {
	return "Example: itms webhook delete --config itms.yaml 01J0000000000000000000000Z"
}

// Run removes it.
func (cmd webhookDeleteCmd) Run(e *env) error { return cmd.act(e, http.MethodDelete, "") }

// webhookLettersCmd lists dead letters.
type webhookLettersCmd struct {
	itemRef
	Limit int `default:"50" help:"At most this many."`
}

// Help shows an example.
func (webhookLettersCmd) Help() string {
	return "Example: itms webhook letters --config itms.yaml 01J0000000000000000000000Z"
}

// Run lists them.
func (cmd webhookLettersCmd) Run(e *env) error {
	return cmd.act(e, http.MethodGet, fmt.Sprintf("/dead-letters?limit=%d", cmd.Limit))
}

// webhookRedeliverCmd delivers dead letters again.
type webhookRedeliverCmd struct {
	itemRef
	Letters []string `arg:"" optional:"" help:"Ids of dead letters; all when left out."`
}

// Help shows an example.
func (webhookRedeliverCmd) Help() string {
	return "Example: itms webhook redeliver --config itms.yaml 01J0000000000000000000000Z"
}

// Run delivers them.
func (cmd webhookRedeliverCmd) Run(e *env) error {
	doc := map[string]any{"all": true}
	if len(cmd.Letters) > 0 {
		doc = map[string]any{"ids": cmd.Letters}
	}
	return withClient(e, cmd.Config, func(c *localClient) error {
		return c.submit(e, http.MethodPost, cmd.path(webhooksPath, "/dead-letters/redeliver"), doc)
	})
}
