package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
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
)

// orderCmd groups the order commands.
type orderCmd struct {
	Post  orderPostCmd  `cmd:"" help:"Post a work order from a JSON file."`
	Get   orderGetCmd   `cmd:"" help:"Show a work order, or wait until it reaches a state."`
	List  orderListCmd  `cmd:"" help:"List work orders, newest first."`
	Retry orderRetryCmd `cmd:"" help:"Try a failed work order again."`
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
	return withClient(e, cmd.Config, func(c *client) error {
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
	Config  string        `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	No      string        `arg:"" help:"Order number."`
	Source  string        `help:"Source, when several sources use the number."`
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
	return withClient(e, cmd.Config, func(c *client) error {
		if cmd.Until != "" {
			if err := cmd.wait(e, c); err != nil {
				return err
			}
		}
		return c.show(e, http.MethodGet, cmd.path(), nil)
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

// path addresses the order.
func (cmd orderGetCmd) path() string {
	p := "/api/v1/work-orders/" + url.PathEscape(cmd.No)
	if cmd.Source != "" {
		p += "?source=" + url.QueryEscape(cmd.Source)
	}
	return p
}

// wait follows the event stream until the order is where it should be. The stream
// is opened first, so that no step falls between look and listen.
func (cmd orderGetCmd) wait(e *env, c *client) error {
	ctx, cancel := context.WithTimeout(e.ctx, cmd.Timeout)
	defer cancel()
	stream, err := c.call(ctx, http.MethodGet, "/api/v1/events", nil)
	if err != nil {
		return err
	}
	defer stream.Body.Close()
	lines := bufio.NewScanner(stream.Body)
	for {
		state, err := cmd.state(ctx, c)
		if err != nil {
			return err
		}
		if slices.Contains(strings.Split(cmd.Until, ","), string(state)) {
			return nil
		}
		if state.Final() {
			return fmt.Errorf("order %s ended %s", cmd.No, state)
		}
		for more := true; more; {
			if !lines.Scan() {
				return fmt.Errorf("order %s is %s after %s", cmd.No, state, cmd.Timeout)
			}
			more = !strings.HasPrefix(lines.Text(), "data:")
		}
	}
}

// state reads where the order stands.
func (cmd orderGetCmd) state(ctx context.Context, c *client) (itms.OrderState, error) {
	resp, err := c.call(ctx, http.MethodGet, cmd.path(), nil)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var o struct {
		State itms.OrderState `json:"state"`
	}
	return o.State, json.NewDecoder(resp.Body).Decode(&o)
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
	return withClient(e, cmd.Config, func(c *client) error {
		return c.show(e, http.MethodGet, "/api/v1/work-orders?"+q.Encode(), nil)
	})
}

// orderRetryCmd retries an order.
type orderRetryCmd struct {
	Config string `required:"" type:"path" placeholder:"FILE" help:"Configuration file."`
	No     string `arg:"" help:"Order number."`
}

// Help shows an example.
func (orderRetryCmd) Help() string { return "Example: itms order retry --config itms.yaml WO-1001" }

// Run retries it.
func (cmd orderRetryCmd) Run(e *env) error {
	return withClient(e, cmd.Config, func(c *client) error {
		return c.show(e, http.MethodPost, "/api/v1/work-orders/"+url.PathEscape(cmd.No)+"/retry", nil)
	})
}
