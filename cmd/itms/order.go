package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"itms"
	"itms/internal/command"
	"itms/web/client"
)

// orderCmd groups the order commands.
type orderCmd struct {
	Post  orderPostCmd  `cmd:"" help:"Post a work order from a JSON file."`
	Get   orderGetCmd   `cmd:"" help:"Show a work order, or wait until it reaches a state."`
	List  orderListCmd  `cmd:"" help:"List work orders, newest first."`
	Retry orderRetryCmd `cmd:"" help:"Try a failed work order again."`

	Cancel   orderCancelCmd   `cmd:"" help:"Withdraw a work order, also one that has not arrived."`
	Backfill orderBackfillCmd `cmd:"" help:"Name, or change, the device of a waiting order."`
	Code     orderCodeCmd     `cmd:"" help:"Make a new activation code and print it, once."`
	Activate activateCmd      `cmd:"" help:"Use an activation code, as from a technician's phone."`
	Force    orderForceCmd    `cmd:"" help:"Declare a work order done that could not be verified."`
	Reverse  orderReverseCmd  `cmd:"" help:"Undo a work order that is done, by a new one."`

	Import orderImportCmd `cmd:"" help:"Take many work orders in from a file, with a report by line."`
	Export orderExportCmd `cmd:"" help:"Write work orders as a table, or as JSON lines."`
}

// orderRef names an order.
type orderRef struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	No     string `arg:"" help:"Order number."`
	Source string `help:"Source, when several sources use the number."`
}

// path addresses the order, or a call below it.
func (r orderRef) path(call string) string {
	p := "/api/v1/work-orders/" + url.PathEscape(r.No) + call
	if r.Source != "" {
		p += "?source=" + url.QueryEscape(r.Source)
	}
	return p
}

// post makes a call on the order with a document and shows the answer.
func (r orderRef) post(e *env, call string, doc any) error {
	return withClient(e, r.Config, func(c *localClient) error { return c.submit(e, http.MethodPost, r.path(call), doc) })
}

// orderPostCmd posts an order.
type orderPostCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	File   string `arg:"" help:"JSON document, or - for standard input."`
}

// Help shows an example.
func (orderPostCmd) Help() string { return "Example: itms order post --config itms.yaml order.json" }

// Run posts it.
func (cmd orderPostCmd) Run(e *env) error {
	body, err := readInput(e, cmd.File)
	if err != nil {
		return err
	}
	return withClient(e, cmd.Config, func(c *localClient) error {
		return c.show(e, http.MethodPost, "/api/v1/work-orders", bytes.NewReader(body))
	})
}

// readInput reads a file, or standard input for "-".
func readInput(e *env, file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(e.in)
	}
	return os.ReadFile(file)
}

// orderGetCmd shows an order.
type orderGetCmd struct {
	orderRef
	Until   string        `placeholder:"STATE,..." help:"Wait until the order is in one of these states; fails when it ends in another."`
	Timeout time.Duration `default:"1m" help:"How long to wait with --until."`
}

// Help shows an example.
func (orderGetCmd) Help() string {
	return "Example: itms order get --config itms.yaml WO-1001 --until done --timeout 5m"
}

// Run shows it.
func (cmd orderGetCmd) Run(e *env) error {
	if err := cmd.checkStates(); err != nil {
		return err
	}
	return withClient(e, cmd.Config, func(c *localClient) error {
		if cmd.Until != "" {
			if err := cmd.wait(e, c); err != nil {
				return err
			}
		}
		return c.show(e, http.MethodGet, cmd.path(""), nil)
	})
}

// checkStates refuses names that no order will ever bear, rather than to wait for them.
func (cmd orderGetCmd) checkStates() error {
	if cmd.Until == "" {
		return nil
	}
	for name := range strings.SplitSeq(cmd.Until, ",") {
		if !slices.Contains(itms.OrderStates, itms.OrderState(name)) {
			return fmt.Errorf("%w: --until: no state is called %q; there are %v", command.ErrUsage, name, itms.OrderStates)
		}
	}
	return nil
}

// wait follows the events until the order is where it should be.
func (cmd orderGetCmd) wait(e *env, c *localClient) error {
	ctx, cancel := context.WithTimeout(e.ctx, cmd.Timeout)
	defer cancel()
	states := strings.Split(cmd.Until, ",")
	o, err := c.WaitOrder(ctx, client.OrderRef{No: cmd.No, Source: cmd.Source}, states...)
	switch {
	case o == nil:
		return refused(err)
	case slices.Contains(states, o.State):
		return nil
	case o.Final:
		return fmt.Errorf("order %s ended %s", cmd.No, o.State)
	}
	return fmt.Errorf("order %s is %s after %s", cmd.No, o.State, cmd.Timeout)
}

// orderListCmd lists orders.
type orderListCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	State  string `help:"Only this state."`
	Area   string `help:"Only this area."`
	Limit  int    `default:"50" help:"At most this many."`
}

// Help shows an example.
func (orderListCmd) Help() string {
	return "Example: itms order list --config itms.yaml --state failed"
}

// Run lists them.
func (cmd orderListCmd) Run(e *env) error {
	q := url.Values{"limit": {fmt.Sprint(cmd.Limit)}}
	for key, value := range map[string]string{"state": cmd.State, "area": cmd.Area} {
		if value != "" {
			q.Set(key, value)
		}
	}
	return withClient(e, cmd.Config, func(c *localClient) error {
		return c.show(e, http.MethodGet, "/api/v1/work-orders?"+q.Encode(), nil)
	})
}

// orderRetryCmd retries an order.
type orderRetryCmd struct{ orderRef }

// Help shows an example.
func (orderRetryCmd) Help() string { return "Example: itms order retry --config itms.yaml WO-1001" }

// Run retries it.
func (cmd orderRetryCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodPost, cmd.path("/retry"), nil) })
}

// orderCancelCmd withdraws an order.
type orderCancelCmd struct {
	orderRef
	Reason string `help:"For the history."`
}

// Help shows an example.
func (orderCancelCmd) Help() string {
	return "An order that has not arrived yet is cancelled when it does, within 30 days.\n\n" +
		"Example: itms order cancel --config itms.yaml WO-1001 --reason 'the customer changed their mind'"
}

// Run withdraws it.
func (cmd orderCancelCmd) Run(e *env) error {
	return cmd.post(e, "/cancel", struct {
		Reason string `json:"reason,omitempty"`
	}{cmd.Reason})
}

// orderBackfillCmd names the device of an order.
type orderBackfillCmd struct {
	orderRef
	STBID  string `name:"stbid" required:"" xor:"device" help:"STBID of the device."`
	MAC    string `name:"mac" required:"" xor:"device" help:"MAC address of the device, in any form."`
	Serial string `required:"" xor:"device" help:"Serial number of the device."`
}

// Help shows an example.
func (orderBackfillCmd) Help() string {
	return "Example: itms order backfill --config itms.yaml WO-1001 --mac 00:00:5E:00:53:01"
}

// Run names it.
func (cmd orderBackfillCmd) Run(e *env) error {
	return cmd.post(e, "/device", itms.ClaimText{STBID: cmd.STBID, MAC: cmd.MAC, Serial: cmd.Serial})
}

// orderCodeCmd makes a new activation code.
type orderCodeCmd struct{ orderRef }

// Help shows an example.
func (orderCodeCmd) Help() string {
	return "The old code is revoked; the new one is activationCode of the answer, this once.\n\n" +
		"Example: itms order code --config itms.yaml WO-1001"
}

// Run makes it.
func (cmd orderCodeCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *localClient) error { return c.show(e, http.MethodPost, cmd.path("/code"), nil) })
}

// orderForceCmd declares an order done.
type orderForceCmd struct {
	orderRef
	Reason string `required:"" help:"Why, for the history."`
}

// Help shows an example.
func (orderForceCmd) Help() string {
	return "Example: itms order force --config itms.yaml WO-1001 --reason 'the customer watches; the box reports nothing back'"
}

// Run declares it.
func (cmd orderForceCmd) Run(e *env) error {
	return cmd.post(e, "/force", map[string]string{"reason": cmd.Reason})
}

// orderReverseCmd undoes an order.
type orderReverseCmd struct {
	orderRef
	As string `required:"" placeholder:"NO" help:"Number of the new order."`
}

// Help shows an example.
func (orderReverseCmd) Help() string {
	return "Example: itms order reverse --config itms.yaml WO-1001 --as WO-1001-R"
}

// Run undoes it.
func (cmd orderReverseCmd) Run(e *env) error {
	return cmd.post(e, "/reverse", map[string]string{"orderNo": cmd.As})
}
