// Command itms is the provisioning system: server, demo and the tools of its
// operator. It wires the rooms together and decides nothing itself.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit codes (contract): 0 ok, 1 failed, 2 usage.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// cli is the command line.
type cli struct {
	Serve serveCmd `cmd:"" help:"Run the server."`
	Check checkCmd `cmd:"" help:"Validate a configuration and name the line of each mistake."`

	Demo    demoCmd    `cmd:"" help:"Run a server with a simulated fleet and sample orders on loopback."`
	Token   tokenCmd   `cmd:"" help:"API tokens."`
	Order   orderCmd   `cmd:"" help:"Work orders."`
	Device  deviceCmd  `cmd:"" help:"Devices."`
	Profile profileCmd `cmd:"" help:"Device profiles."`
	Backup  backupCmd  `cmd:"" help:"Write a consistent copy of the embedded store, also beside a running server."`
	Restore restoreCmd `cmd:"" help:"Put a backup in place of the embedded store; the server must not run."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// env is what commands may use of the process.
type env struct {
	ctx     context.Context
	in      io.Reader
	out     io.Writer
	err     io.Writer
	environ []string
}

func main() { os.Exit(run(os.Args[1:])) }

// run executes one command line and returns the exit code.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	e := &env{ctx: ctx, in: os.Stdin, out: os.Stdout, err: os.Stderr, environ: os.Environ()}
	return e.run(args)
}

// run parses and executes.
func (e *env) run(args []string) int {
	exit := -1
	parser, err := kong.New(&cli{}, kong.Name("itms"),
		kong.Description("Zero-touch provisioning of set-top boxes and gateways over TR-069."),
		kong.Writers(e.out, e.err), kong.Exit(func(code int) { exit = code }), kong.Bind(e),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(e.err, "itms:", err)
		return exitFailed
	}
	parsed, err := parser.Parse(args)
	switch {
	case exit >= 0: // --help was printed
		return exit
	case err != nil:
		fmt.Fprintf(e.err, "itms: %v\nRun \"itms --help\" for usage.\n", err)
		return exitUsage
	}
	if err := parsed.Run(e); err != nil {
		return e.fail(err)
	}
	return exitOK
}

// errUsage marks errors of the caller.
var errUsage = errors.New("usage")

// fail prints an error for a person and picks the exit code.
func (e *env) fail(err error) int {
	fmt.Fprintln(e.err, "itms:", err)
	if errors.Is(err, errUsage) {
		return exitUsage
	}
	return exitFailed
}

// version is set by the linker; else the module's or the revision's.
var version = ""

// versionText says what is running.
func versionText() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "dev-" + s.Value[:12]
		}
	}
	return "dev"
}

// versionCmd prints the version.
type versionCmd struct{}

// Run prints it.
func (versionCmd) Run(e *env) error {
	_, err := fmt.Fprintln(e.out, "itms", versionText())
	return err
}
