// Command itms is the provisioning system: server, demo and the tools of its
// operator. It wires the rooms together and decides nothing itself.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"itms/internal/command"
)

// cli is the command line.
type cli struct {
	Serve serveCmd `cmd:"" help:"Run the server."`
	Check checkCmd `cmd:"" help:"Validate a configuration and name the line of each mistake."`

	Demo    demoCmd    `cmd:"" help:"Run a server with a simulated fleet and sample orders on loopback."`
	Token   tokenCmd   `cmd:"" help:"API tokens."`
	User    userCmd    `cmd:"" help:"People who sign in."`
	Audit   auditCmd   `cmd:"" help:"What callers changed."`
	Order   orderCmd   `cmd:"" help:"Work orders."`
	Device  deviceCmd  `cmd:"" help:"Devices."`
	Task    taskCmd    `cmd:"" help:"What is to be done on devices."`
	Batch   batchCmd   `cmd:"" help:"The same task on many devices."`
	Trace   traceCmd   `cmd:"" help:"Recordings of CWMP sessions."`
	Stock   stockCmd   `cmd:"" help:"Boxes in the warehouse."`
	File    fileCmd    `cmd:"" help:"Firmware, configurations and logs."`
	Stats   statsCmd   `cmd:"" help:"Statistics."`
	Profile profileCmd `cmd:"" help:"Device profiles."`
	Docsis  docsisCmd  `cmd:"" help:"DOCSIS and PacketCable configuration files."`
	Backup  backupCmd  `cmd:"" help:"Write a consistent copy of the embedded store, also beside a running server."`
	Restore restoreCmd `cmd:"" help:"Put a backup in place of the embedded store; the server must not run."`
	Version versionCmd `cmd:"" help:"Print the version."`

	Scope    scopeCmd    `cmd:"" help:"Subnets that the DHCP server gives addresses of."`
	Class    classCmd    `cmd:"" help:"Classes of DHCP clients."`
	Lease    leaseCmd    `cmd:"" help:"Addresses that clients hold."`
	Session  sessionCmd  `cmd:"" help:"Who is on the network, by RADIUS."`
	Template templateCmd `cmd:"" help:"Templates of the configuration files of cable modems."`
}

// env is what commands may use of the process.
type env struct {
	ctx     context.Context
	in      io.Reader
	out     io.Writer
	err     io.Writer
	environ []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	e := &env{ctx: ctx, in: os.Stdin, out: os.Stdout, err: os.Stderr, environ: os.Environ()}
	code := command.Program{Name: "itms", Description: "Zero-touch provisioning of set-top boxes and gateways over TR-069.",
		Grammar: &cli{}, Bind: []any{e}, Out: e.out, Err: e.err}.Run(os.Args[1:])
	stop()
	os.Exit(code)
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
