package profile

import (
	"cmp"
	"slices"

	"go.yaml.in/yaml/v3"
)

// params reads the list of values to hold.
func (r *reader) params(n *yaml.Node, rows []row) []param {
	var params []param
	for _, item := range r.list(n) {
		f := r.fields(item, "parameter", "name", "names", "value", "type", "empty", "secret", "writeOnly", "optional", "reboot", "wipe", "if")
		if f["value"] == nil || !isNamed(f) {
			r.fail(item, "parameter: expected the key value, and one of name and names")
			continue
		}
		p := param{kind: r.typeOf(f["type"]), empty: r.emptyRule(f["empty"]), names: r.names(f, rows)}
		p.where = r.where(f["value"])
		p.value = r.expression(f["value"], "value", &valueEnv{}, valueTypes[p.kind].kinds)
		p.cond = r.expression(f["if"], "if", &valueEnv{}, boolKind)
		p.optional = r.flag(f["optional"], "optional", false)
		p.reboot = r.flag(f["reboot"], "reboot", false)
		r.secrecy(&p, f)
		r.wiping(&p, f["wipe"])
		r.once(f, p, params)
		params = append(params, p)
	}
	return params
}

// names reads name or names.
func (r *reader) names(f map[string]*yaml.Node, rows []row) []path {
	r.spellings(f)
	var names []path
	for _, item := range r.list(cmp.Or(f["names"], f["name"])) {
		if p, ok := r.path(item, "name", false); ok {
			r.knownRows(item, p, rows)
			names = append(names, p)
		}
	}
	return names
}

// secrecy reads what may be shown and verified. A value that mentions a password
// must say that it is secret: whoever reads the profile sees it then.
func (r *reader) secrecy(p *param, f map[string]*yaml.Node) {
	p.secret = r.flag(f["secret"], "secret", false)
	if p.value != nil && p.value.secret && !p.secret {
		r.fail(f["value"], "value: mentions a password: expected secret: true beside it")
	}
	p.secret = p.secret || slices.ContainsFunc(p.names, func(name path) bool { return name.under("").IsSecret() })
	p.writeOnly = r.flag(f["writeOnly"], "writeOnly", p.secret)
}

// keepMark leaves a credential alone when the service is withdrawn.
const keepMark = "keep"

// wiping reads what becomes of the parameter when the service is withdrawn.
func (r *reader) wiping(p *param, n *yaml.Node) {
	if n == nil {
		p.wipes = p.isCredential()
		return
	}
	if n.Kind == yaml.ScalarNode && n.Value == keepMark {
		return
	}
	p.wipes = true
	p.wipe = r.expression(n, "wipe", &wipeEnv{}, valueTypes[p.kind].kinds)
	r.constant(n, "wipe", p.wipe, &wipeEnv{}, p.kind)
}

// isCredential reports whether the value lets somebody use the service.
func (p *param) isCredential() bool {
	return p.secret || p.value != nil && slices.ContainsFunc(p.value.uses, func(field string) bool { return slices.Contains(credentials, field) })
}

// emptyRule reads what an empty value means.
func (r *reader) emptyRule(n *yaml.Node) emptyRule {
	if n == nil {
		return emptyOmit
	}
	switch rule := emptyRule(r.text(n, "empty")); rule {
	case emptyOmit, emptySend, emptyRefuse:
		return rule
	}
	r.fail(n, "empty: expected omit, send or refuse")
	return emptyOmit
}

// once refuses two unconditional values for one name; SetParameterValues may not
// carry a name twice (TR-069 Amd 6 A.3.2.1).
func (r *reader) once(f map[string]*yaml.Node, p param, before []param) {
	for _, q := range before {
		for _, name := range p.names {
			same := slices.ContainsFunc(q.names, name.same)
			if same && p.cond == nil && q.cond == nil {
				r.fail(f["value"], "%s has a value already, at %s: expected conditions (if) that exclude each other", name.text, q.where)
				return
			}
		}
	}
}
