// Package command runs the command line of a program: it parses, executes, prints
// errors for a person and gives the exit code that scripts rely on.
package command

import (
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"
)

// Exit codes.
const (
	ExitOK     = 0
	ExitFailed = 1 // the command failed
	ExitUsage  = 2 // it was called wrongly
)

// ErrUsage marks errors of the caller: wrap it to exit with ExitUsage.
var ErrUsage = errors.New("usage")

// Program is a program with commands.
type Program struct {
	Name        string
	Description string
	Grammar     any   // pointer to a kong command structure
	Bind        []any // what Run methods of commands may ask for
	Out, Err    io.Writer
}

// Run executes one command line (without the program's name) and returns the exit
// code.
func (p Program) Run(args []string) int {
	exit := -1
	parser, err := kong.New(p.Grammar, kong.Name(p.Name), kong.Description(p.Description),
		kong.Writers(p.Out, p.Err), kong.Exit(func(code int) { exit = code }), kong.Bind(p.Bind...),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		return p.fail(err)
	}
	parsed, err := parser.Parse(args)
	switch {
	case exit >= 0: // --help was printed
		return exit
	case err != nil:
		fmt.Fprintf(p.Err, "%s: %v\nRun \"%s --help\" for usage.\n", p.Name, err, p.Name)
		return ExitUsage
	}
	if err := parsed.Run(); err != nil {
		return p.fail(err)
	}
	return ExitOK
}

// fail prints an error and picks the exit code.
func (p Program) fail(err error) int {
	fmt.Fprintf(p.Err, "%s: %v\n", p.Name, err)
	if errors.Is(err, ErrUsage) {
		return ExitUsage
	}
	return ExitFailed
}
