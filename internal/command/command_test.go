package command

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// deed is a command that ends as it is told.
type deed struct {
	How string `arg:"" help:"How to end."`
}

func (d deed) Run(said *string) error {
	*said = d.How
	switch d.How {
	case "badly":
		return errors.New("it broke")
	case "wrongly":
		return fmt.Errorf("%w: not like that", ErrUsage)
	}
	return nil
}

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		out  string // in standard output
		err  string // in standard error
	}{
		{[]string{"do", "well"}, ExitOK, "", ""},
		{[]string{"do", "badly"}, ExitFailed, "", "prog: it broke\n"},
		{[]string{"do", "wrongly"}, ExitUsage, "", "not like that"},
		{[]string{"do"}, ExitUsage, "", `Run "prog --help" for usage.`},
		{[]string{"dance"}, ExitUsage, "", "unexpected argument dance"},
		{nil, ExitUsage, "", "expected"},
		{[]string{"--help"}, ExitOK, "A program", ""},
		{[]string{"do", "--help"}, ExitOK, "How to end.", ""},
	} {
		var out, errs bytes.Buffer
		said := ""
		grammar := &struct {
			Do deed `cmd:"" help:"Do it."`
		}{}
		p := Program{Name: "prog", Description: "A program.", Grammar: grammar, Bind: []any{&said}, Out: &out, Err: &errs}
		if code := p.Run(c.args); code != c.code || !strings.Contains(out.String(), c.out) || !strings.Contains(errs.String(), c.err) {
			t.Errorf("%v: exit %d, output %q, errors %q", c.args, code, out.String(), errs.String())
		}
		if c.code == ExitOK && len(c.args) == 2 && c.args[1] == "well" && said != "well" {
			t.Errorf("the command did not run")
		}
	}
}

func TestBrokenGrammarFails(t *testing.T) {
	var errs bytes.Buffer
	p := Program{Name: "prog", Grammar: struct{}{}, Out: &errs, Err: &errs}
	if code := p.Run(nil); code != ExitFailed || errs.Len() == 0 {
		t.Errorf("exit %d, %q", code, errs.String())
	}
}
