// Package apart runs a part of a test or benchmark in a process of its own: the test binary
// once more. What a server costs is then not mixed with what its clients cost.
package apart

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// variable names the part that a process is to run.
const variable = "ITMS_TEST_APART"

// Part is one that runs apart. It reads what it needs from a JSON document and returns what
// is written as one.
type Part func(ctx context.Context, in []byte) (any, error)

// Of makes a Part of a value that runs: In is filled from the document.
func Of[In interface {
	Run(context.Context) (Out, error)
}, Out any]() Part {
	return func(ctx context.Context, doc []byte) (any, error) {
		var in In
		if err := json.Unmarshal(doc, &in); err != nil {
			return nil, err
		}
		return in.Run(ctx)
	}
}

// Main is for TestMain: in a process that was started by Run it runs the part and ends the
// process; in any other it returns at once.
func Main(parts map[string]Part) {
	name := os.Getenv(variable)
	if name == "" {
		return
	}
	if err := run(parts[name], name); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run runs one part between standard input and output.
func run(part Part, name string) error {
	if part == nil {
		return fmt.Errorf("no part %q", name)
	}
	doc, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	out, err := part(context.Background(), doc)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

// Run runs a part in a process of its own and waits for it; ctx ends it.
func Run(ctx context.Context, name string, in, out any) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), variable+"="+name)
	cmd.Stderr = os.Stderr
	doc, err := json.Marshal(in)
	if err != nil {
		return err
	}
	cmd.Stdin = bytes.NewReader(doc)
	text, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return json.Unmarshal(text, out)
}
