package profile

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
	"go.yaml.in/yaml/v3"

	"itms"
)

// Bounds of one expression. Loops, variables and ranges are refused (grammar.go),
// so the work done is linear in its length and in the length of the inputs.
const (
	maxExpression = 1024 // bytes; the longest built in has some 150
	maxNodes      = 200
	memoryBudget  = 4096 // elements of arrays made while it runs
)

// expression is a compiled condition or value. It is immutable and may run in
// many goroutines at once.
type expression struct {
	program *vm.Program
	source  string
	where   string   // file:line:column
	secret  bool     // mentions a password
	uses    []string // fields of the order that it mentions, e.g. "service.account"
}

// kinds of result that an expression may have.
var (
	boolKind   = []kind{kindBool}
	numberKind = []kind{kindInt, kindText}
)

// expression compiles the scalar at n against env, for one of the kinds of result.
// It returns nil after noting a fault, and for a missing node.
func (r *reader) expression(n *yaml.Node, what string, env any, kinds []kind) *expression {
	if n == nil {
		return nil
	}
	source := r.text(n, what)
	if strings.TrimSpace(source) == "" || len(source) > maxExpression {
		r.fail(n, "%s: expected an expression of 1 to %d bytes", what, maxExpression)
		return nil
	}
	e := &expression{source: source, where: r.where(n)}
	if err := e.compile(env, kinds); err != nil {
		line, column := place(n, err)
		r.failAt(line, column, "%s: %s", what, messageOf(err))
		return nil
	}
	return e
}

// compile parses, checks the grammar, then the names and types.
func (e *expression) compile(env any, kinds []kind) error {
	tree, err := parser.Parse(e.source)
	if err != nil {
		return err
	}
	g := grammar{source: tree.Source, known: recordsOf(env)}
	if g.walk(tree.Node); g.err != nil {
		return g.err
	}
	e.uses, e.secret = g.uses, g.secret
	e.program, err = expr.Compile(e.source, expr.Env(env), expr.MaxNodes(maxNodes),
		expr.Function("coalesce", coalesce, new(func(...string) string)))
	if err != nil {
		return err
	}
	return checkKind(e.program, kinds)
}

// checkKind refuses an expression that can never have the expected type.
func checkKind(program *vm.Program, kinds []kind) error {
	t := program.Node().Type()
	for _, k := range kinds {
		if t != nil && t.Kind() == k {
			return nil
		}
	}
	have := "a value of mixed type"
	if t != nil && t.Kind() != reflect.Interface {
		have = t.Kind().String()
	}
	want := make([]string, len(kinds))
	for i, k := range kinds {
		want[i] = k.String()
	}
	return fmt.Errorf("gives %s: expected %s", have, strings.Join(want, " or "))
}

// coalesce returns its first argument that is not empty; the `coalesce` of
// expressions.
func coalesce(args ...any) (any, error) {
	for _, a := range args {
		if s, ok := a.(string); ok && s != "" {
			return s, nil
		}
	}
	return "", nil
}

// run computes the result. The cause of a failure is given only when no secret
// could be part of it.
func (e *expression) run(env any) (any, error) {
	machine := vm.VM{MemoryBudget: memoryBudget}
	v, err := machine.Run(e.program, env)
	if err == nil {
		return v, nil
	}
	fault := itms.Errorf(itms.KindInvalid, itms.CodeConfig, "%s: cannot be computed for this service", e.where)
	if e.secret {
		return nil, fault
	}
	return nil, fault.Because(errors.New(messageOf(err)))
}

// write computes a value in the lexical form of a CWMP type; leave is true for nil,
// which leaves a parameter alone.
func (e *expression) write(env any, typ string) (text string, leave bool, err error) {
	v, err := e.run(env)
	if err != nil {
		return "", false, err
	}
	if text, err = convert(typ, v); err != nil {
		return "", false, badValue(e.where, err)
	}
	return text, v == nil, nil
}

// constant refuses a value that is the same for every device and can never be
// written: that is better seen when the profile is loaded.
func (r *reader) constant(n *yaml.Node, what string, e *expression, env any, typ string) {
	if e == nil || len(e.uses) > 0 {
		return
	}
	v, err := e.run(env)
	if err != nil {
		r.fail(n, "%s: cannot be computed", what)
	} else if _, err = convert(typ, v); err != nil {
		r.fail(n, "%s: %v", what, err)
	}
}

// holds computes a condition; a missing one holds.
func (e *expression) holds(env any) (bool, error) {
	if e == nil {
		return true, nil
	}
	v, err := e.run(env)
	yes, _ := v.(bool)
	return yes, err
}

// messageOf returns the text of an expr error without its drawing of the source.
func messageOf(err error) string {
	var fe *file.Error
	if errors.As(err, &fe) {
		return fe.Message
	}
	return err.Error()
}

// place maps a fault inside an expression to the document. In block scalars, whose
// indentation is not known, only the line is exact.
func place(n *yaml.Node, err error) (line, column int) {
	line, column = n.Line, n.Column
	var fe *file.Error
	if !errors.As(err, &fe) || fe.Line == 0 {
		return line, column
	}
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return line + fe.Line, column
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		column++
	}
	return line + fe.Line - 1, column + fe.Column
}
