package profile

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
)

// allowedBuiltins are the functions of the expression language that profiles may
// call: each is linear in its input and none can make a text longer.
var allowedBuiltins = []string{"len", "lower", "upper", "trim", "trimPrefix", "trimSuffix", "string", "int"}

// records lists, for what an expression sees, each name that stands for a group of
// fields, and these fields; nil where any field may be, as in attributes. A record
// may not stand alone: passed whole, a password in it would escape the rule on
// secrets.
type records map[string][]string

// recordsOf reads the records of an environment struct from its tags.
func recordsOf(env any) records {
	all := records{}
	all.add("", reflect.TypeOf(env).Elem())
	return all
}

// add notes the fields of one struct and of those inside.
func (all records) add(name string, t reflect.Type) {
	for f := range t.Fields() {
		tag := f.Tag.Get("expr")
		full := strings.TrimPrefix(name+"."+tag, ".")
		all[name] = append(all[name], tag)
		switch f.Type.Kind() {
		case reflect.Struct:
			all.add(full, f.Type)
		case reflect.Map:
			all[full] = nil
		}
	}
}

// secrets are the fields that hold a password.
var secrets = []string{"service.password", "service.access.password"}

// credentials are the fields that let somebody use the service.
var credentials = append([]string{"service.account", "service.access.account"}, secrets...)

// grammar checks that an expression keeps to the small, loop-free part of the
// language, and notes what it mentions. It knows every construct it lets pass;
// whatever a later version of the language adds is refused.
type grammar struct {
	source file.Source
	known  records
	uses   []string
	secret bool
	err    error // the first fault
}

// refuse notes the first fault.
func (g *grammar) refuse(n ast.Node, format string, args ...any) {
	if g.err == nil {
		e := &file.Error{Location: n.Location(), Message: fmt.Sprintf(format, args...)}
		g.err = e.Bind(g.source)
	}
}

// walk checks a node and all below it.
func (g *grammar) walk(n ast.Node) {
	switch n := n.(type) {
	case *ast.NilNode, *ast.BoolNode, *ast.IntegerNode, *ast.StringNode:
	case *ast.IdentifierNode:
		g.field(n, n.Value)
	case *ast.MemberNode:
		g.member(n)
	case *ast.UnaryNode:
		g.walk(n.Node)
	case *ast.BinaryNode:
		g.binary(n)
	case *ast.ConditionalNode:
		g.all(n.Cond, n.Exp1, n.Exp2)
	case *ast.ArrayNode:
		g.all(n.Nodes...)
	case *ast.CallNode:
		g.call(n)
	case *ast.BuiltinNode:
		if !slices.Contains(allowedBuiltins, n.Name) {
			g.refuse(n, "function %s is not offered: expected one of %v, coalesce, has", n.Name, allowedBuiltins)
		}
		g.all(n.Arguments...)
	default:
		g.refuse(n, "this construct is not offered in profiles (no variables, loops, ranges, maps, slices)")
	}
}

// all walks several nodes.
func (g *grammar) all(nodes ...ast.Node) {
	for _, n := range nodes {
		g.walk(n)
	}
}

// binary refuses ranges, which could be huge, and patterns that come from data.
func (g *grammar) binary(n *ast.BinaryNode) {
	if n.Operator == ".." {
		g.refuse(n, "ranges are not offered in profiles")
	}
	if _, constant := n.Right.(*ast.StringNode); n.Operator == "matches" && !constant {
		g.refuse(n, "matches: expected a constant pattern on its right side")
	}
	g.all(n.Left, n.Right)
}

// call lets plain calls pass; the compiler knows whether the name exists.
func (g *grammar) call(n *ast.CallNode) {
	if _, plain := n.Callee.(*ast.IdentifierNode); !plain {
		g.refuse(n, "values have no methods in profiles")
	}
	g.all(n.Arguments...)
}

// member notes a field such as service.access.account.
func (g *grammar) member(n *ast.MemberNode) {
	name, ok := dotted(n)
	if !ok {
		g.refuse(n, "expected a field by its name, as in service.account or attributes[\"region\"]")
		return
	}
	g.field(n, name)
}

// field notes a mention of a name. Names of no record are left to the compiler.
func (g *grammar) field(n ast.Node, name string) {
	if _, record := g.known[name]; record {
		g.refuse(n, "%q cannot stand alone: name one of its fields", name)
	}
	dot := max(strings.LastIndexByte(name, '.'), 0)
	fields := g.known[name[:dot]]
	if leaf := name[min(dot+1, len(name)):]; dot > 0 && fields != nil && !slices.Contains(fields, leaf) {
		g.refuse(n, "%s has no field %q: expected one of %s", name[:dot], leaf, strings.Join(fields, ", "))
	}
	g.secret = g.secret || slices.Contains(secrets, name)
	if !slices.Contains(g.uses, name) {
		g.uses = append(g.uses, name)
	}
}

// dotted returns the full name of a member chain with constant properties.
func dotted(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return n.Value, true
	case *ast.MemberNode:
		property, ok := n.Property.(*ast.StringNode)
		if !ok || n.Optional {
			return "", false
		}
		base, ok := dotted(n.Node)
		return base + "." + property.Value, ok
	}
	return "", false
}
