package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"itms"
	"itms/audit"
)

// auditor checks the audit of a store for the REST door.
type auditor struct{ store itms.Store }

// Check implements api.Auditor.
func (a auditor) Check(ctx context.Context, anchor itms.AuditSeal) (itms.AuditCheck, error) {
	return audit.Check(ctx, a.store, anchor)
}

// auditCmd groups the commands for the record of changes.
type auditCmd struct {
	List   auditListCmd   `cmd:"" help:"List what callers changed, newest first."`
	Verify auditVerifyCmd `cmd:"" help:"Check that the record of changes is as it was written."`
}

// auditListCmd lists entries.
type auditListCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Actor  string `placeholder:"NAME" help:"Only what this one did."`
	Target string `placeholder:"KIND:ID" help:"Only what was done to this thing, e.g. device:00005E-STB-S1001 or order:WO-1001."`
	Action string `placeholder:"CALL" help:"Only this call, by its operationId in /openapi.json."`
	From   string `placeholder:"DAY" help:"Not before this day or time."`
	To     string `placeholder:"DAY" help:"Up to the end of this day, or before this time."`
	Limit  string `placeholder:"N" help:"Most entries wanted, up to 500; 50 when left out."`
	Cursor string `help:"Next of the answer before."`
}

// Help shows an example.
func (auditListCmd) Help() string {
	return "Example: itms audit list --config itms.yaml --target order:WO-1001"
}

// Run lists them.
func (cmd auditListCmd) Run(e *env) error {
	query := filled(map[string]string{"actor": cmd.Actor, "target": cmd.Target, "action": cmd.Action, "from": cmd.From, "to": cmd.To,
		"limit": cmd.Limit, "cursor": cmd.Cursor})
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodGet, "/api/v1/audit?"+query.Encode(), nil) })
}

// auditVerifyCmd checks the chain.
type auditVerifyCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	Anchor string `placeholder:"SEQ:HASH" help:"Head of an earlier check, kept elsewhere; it must be part of the chain."`
}

// Help shows an example.
func (auditVerifyCmd) Help() string {
	return "Works beside a running server and without one. The head is the last line printed: keep it where who can change the data cannot.\n" +
		"Exit 1 when an entry was changed, removed or put in.\n\nExample: itms audit verify --config itms.yaml"
}

// Run checks it.
func (cmd auditVerifyCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error {
		resp, err := c.call(e.ctx, http.MethodGet, "/api/v1/audit/check?"+url.Values{"anchor": {cmd.Anchor}}.Encode(), nil)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		var found struct {
			Entries, Unsealed int
			Intact            bool
			Reason, Head      string
		}
		if err := json.NewDecoder(resp.Body).Decode(&found); err != nil {
			return err
		}
		if !found.Intact {
			return errors.New("the audit is not as it was written: " + found.Reason)
		}
		_, err = fmt.Fprintf(e.out, "%d entries are as they were written; %d of them are too new to be sealed\n%s\n", found.Entries, found.Unsealed, found.Head)
		return err
	})
}
