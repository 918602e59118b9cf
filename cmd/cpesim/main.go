// Command cpesim plays CPEs against an ACS: one session at a time for scripts,
// a living fleet, or load. Its library is package sim.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit codes: 0 ok, 1 failed, 2 usage.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// cli is the command line.
type cli struct {
	Run     runCmd     `cmd:"" help:"Run one CPE or a fleet until interrupted."`
	Session sessionCmd `cmd:"" help:"Do one session or several and print what was asked, a JSON line each."`
	Load    loadCmd    `cmd:"" help:"Measure how many sessions per second the ACS bears."`
	Get     getCmd     `cmd:"" help:"Print a parameter from a state file, passwords too."`
	Set     setCmd     `cmd:"" help:"Change a parameter in a state file, as the user of the box."`
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

// errUsage marks errors of the caller.
var errUsage = errors.New("usage")

// run executes one command line and returns the exit code.
func (p *program) run(args []string) int {
	exit := -1
	parser, err := kong.New(&cli{}, kong.Name("cpesim"),
		kong.Description("Simulated set-top boxes and gateways that speak CWMP."),
		kong.Writers(p.out, p.err), kong.Exit(func(code int) { exit = code }), kong.Bind(p),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(p.err, "cpesim:", err)
		return exitFailed
	}
	parsed, err := parser.Parse(args)
	switch {
	case exit >= 0: // --help was printed
		return exit
	case err != nil:
		fmt.Fprintf(p.err, "cpesim: %v\nRun \"cpesim --help\" for usage.\n", err)
		return exitUsage
	}
	err = parsed.Run()
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errUsage):
		fmt.Fprintln(p.err, "cpesim:", err)
		return exitUsage
	}
	fmt.Fprintln(p.err, "cpesim:", err)
	return exitFailed
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
