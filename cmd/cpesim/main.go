// Command cpesim plays CPEs against an ACS: one session at a time for scripts,
// a living fleet, or load. Its library is package sim.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"itms/internal/command"
)

// cli is the command line.
type cli struct {
	Run     runCmd     `cmd:"" help:"Run one CPE or a fleet until interrupted."`
	Session sessionCmd `cmd:"" help:"Do one session or several and print what was asked, a JSON line each."`
	Load    loadCmd    `cmd:"" help:"Measure how many sessions per second the ACS bears."`
	Modem   modemCmd   `cmd:"" help:"Boot cable modems, and what is behind them, through a DHCP relay of their own."`
	Get     getCmd     `cmd:"" help:"Print a parameter from a state file, passwords too."`
	Set     setCmd     `cmd:"" help:"Change a parameter in a state file, as the user of the box."`
	Page    pageCmd    `cmd:"" help:"Print what the page of the box in a state file shows."`
	Reset   resetCmd   `cmd:"" help:"Put a state file back into the state of the factory."`
	Models  modelsCmd  `cmd:"" help:"List the models."`
	Quirks  quirksCmd  `cmd:"" help:"List what a CPE can do wrong."`
}

// program is what commands may use of the process.
type program struct {
	ctx context.Context
	err io.Writer

	mu  sync.Mutex // guards out: sessions of a fleet end at any time
	out io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := &program{ctx: ctx, out: os.Stdout, err: os.Stderr}
	code := p.run(os.Args[1:])
	stop()
	os.Exit(code)
}

// run executes one command line and returns the exit code.
func (p *program) run(args []string) int {
	return command.Program{Name: "cpesim", Description: "Simulated set-top boxes and gateways that speak CWMP, and cable modems.",
		Grammar: &cli{}, Bind: []any{p}, Out: p.out, Err: p.err}.Run(args)
}

// printf writes to the standard output.
func (p *program) printf(format string, args ...any) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := fmt.Fprintf(p.out, format, args...)
	return err
}

// print writes one line of JSON.
func (p *program) print(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return p.printf("%s\n", line)
}
