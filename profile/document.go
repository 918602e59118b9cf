package profile

import (
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"itms"
)

// nameForm is what a profile may be called: it becomes a file name and a label.
var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

// maxPriority bounds priorities; those of the built-in profiles are 10 to 110.
const maxPriority = 1000

// serviceTypes are the words `services` may list.
var serviceTypes = []itms.ServiceType{itms.ServiceIPTV, itms.ServiceInternet, itms.ServiceVoIP}

// Parse reads and compiles one profile; name stands for the document in messages,
// e.g. its file name. All faults found are returned together as Problems, the
// cause of an *itms.Error of KindInvalid.
func Parse(name string, in io.Reader) (*Profile, error) {
	r := &reader{file: name}
	top := r.document(in, "name, match, services and params")
	if top == nil {
		return nil, r.problems.err()
	}
	p := r.profile(top)
	return p, r.problems.err()
}

// profile reads the top mapping.
func (r *reader) profile(n *yaml.Node) *Profile {
	f := r.fields(n, "profile", "name", "title", "version", "priority", "root", "match", "probe", "services",
		"identity", "read", "rows", "params", "rebootAfter", "management", "connectionRequest", "register", "proof", "hosts", "notify", "refresh", "quirks")
	p := &Profile{
		Title:    r.text(f["title"], "title"),
		Version:  r.text(f["version"], "version"),
		Priority: r.number(f["priority"], "priority", 0, maxPriority),
		digest:   digestOf(n),
	}
	r.head(p, n, f)
	p.probe = r.objects(f["probe"], "probe")
	p.identity = r.identity(f["identity"])
	p.read = r.paths(f["read"], "read")
	p.rows = r.rows(f["rows"])
	p.params = r.params(f["params"], p.rows)
	p.management = r.management(f["management"])
	p.basic = r.flag(r.fields(f["connectionRequest"], "connectionRequest", "basic")["basic"], "connectionRequest.basic", false)
	p.register = r.register(f["register"])
	p.hosts = r.hosts(f["hosts"])
	p.notify = r.notifications(f["notify"], p.rows)
	p.refresh = r.events(f["refresh"], "refresh")
	p.proof = r.proofs(f["proof"])
	p.quirks = r.quirks(f["quirks"])
	p.rebootAfter = r.flag(f["rebootAfter"], "rebootAfter", false)
	if p.rebootAfter && !slices.ContainsFunc(p.params, func(q param) bool { return q.reboot }) {
		r.fail(f["rebootAfter"], "rebootAfter: expected at least one parameter with reboot: true")
	}
	return p
}

// head reads the keys that every profile must have, and the root.
func (r *reader) head(p *Profile, n *yaml.Node, f map[string]*yaml.Node) {
	for _, key := range []string{"name", "match", "services"} {
		if f[key] == nil {
			r.fail(n, "profile: key %q is missing", key)
		}
	}
	if p.Name = r.text(f["name"], "name"); f["name"] != nil && !nameForm.MatchString(p.Name) {
		r.fail(f["name"], "name: %q: expected lower-case letters, digits, dashes and underscores", clip(p.Name))
	}
	p.match = r.expression(f["match"], "match", &matchEnv{}, boolKind)
	p.Root = rootDevice
	if f["root"] != nil {
		p.Root = itms.ParamPath(r.text(f["root"], "root"))
	}
	if p.Root != rootDevice && p.Root != rootGateway {
		r.fail(f["root"], "root: expected %s or %s", rootDevice, rootGateway)
	}
	r.services(p, f["services"])
}

// services reads what the profile serves.
func (r *reader) services(p *Profile, n *yaml.Node) {
	for _, item := range r.list(n) {
		t := itms.ServiceType(r.text(item, "services"))
		if !slices.Contains(serviceTypes, t) {
			r.fail(item, "services: unknown type %q: expected one of %v", clip(string(t)), serviceTypes)
			continue
		}
		p.Services = append(p.Services, t)
	}
	if n != nil && len(r.list(n)) == 0 {
		r.fail(n, "services: expected at least one of %v", serviceTypes)
	}
}

// objects reads a list of objects.
func (r *reader) objects(n *yaml.Node, what string) []path {
	var out []path
	for _, item := range r.list(n) {
		if item.Value == rootMark { // the root itself
			out = append(out, path{rooted: true})
		} else if p, ok := r.path(item, what, true); ok {
			out = append(out, p)
		}
	}
	return out
}

// identity reads the mapping of that name.
func (r *reader) identity(n *yaml.Node) identity {
	f := r.fields(n, "identity", "stbid", "mac", "model")
	return identity{
		stbid: r.paths(f["stbid"], "identity.stbid"),
		mac:   r.paths(f["mac"], "identity.mac"),
		model: r.paths(f["model"], "identity.model"),
	}
}

// management reads the mapping of that name; keys that are not given keep the
// standard parameters, an empty list switches one off.
func (r *reader) management(n *yaml.Node) management {
	standard := func(leaf string) []path { return []path{{text: "ManagementServer." + leaf, rooted: true}} }
	m := management{
		periodicEnable: standard("PeriodicInformEnable"), periodicInterval: standard("PeriodicInformInterval"),
		connectionUsername: standard("ConnectionRequestUsername"), connectionPassword: standard("ConnectionRequestPassword"),
		stunEnable: standard("STUNEnable"), stunServerAddress: standard("STUNServerAddress"), stunServerPort: standard("STUNServerPort"),
		stunUsername: standard("STUNUsername"), stunPassword: standard("STUNPassword"),
	}
	keys := map[string]*[]path{"periodicEnable": &m.periodicEnable, "periodicInterval": &m.periodicInterval,
		"connectionUsername": &m.connectionUsername, "connectionPassword": &m.connectionPassword,
		"stunEnable": &m.stunEnable, "stunServerAddress": &m.stunServerAddress, "stunServerPort": &m.stunServerPort,
		"stunUsername": &m.stunUsername, "stunPassword": &m.stunPassword}
	f := r.fields(n, "management", slices.Sorted(maps.Keys(keys))...)
	for key, to := range keys {
		if f[key] != nil {
			*to = r.paths(f[key], "management."+key)
		}
	}
	return m
}

// rows reads the list of rows; a table may lie in a row named before it.
func (r *reader) rows(n *yaml.Node) []row {
	var rows []row
	for _, item := range r.list(n) {
		f := r.fields(item, "row", "alias", "table", "match", "fixed", "if")
		if f["alias"] == nil || f["table"] == nil {
			r.fail(item, "row: expected the keys alias and table")
			continue
		}
		w := row{alias: r.text(f["alias"], "alias"), match: r.cells(f["match"]),
			fixed: r.expression(f["fixed"], "fixed", &valueEnv{}, numberKind),
			cond:  r.expression(f["if"], "if", &valueEnv{}, boolKind)}
		if f["match"] == nil && f["fixed"] == nil {
			r.fail(item, "row: expected match, fixed or both; else every contact would add one")
		}
		if !isAlias(w.alias) || findRow(rows, w.alias) != nil {
			r.fail(f["alias"], "alias: %q: expected letters and digits, not root, and each alias once", clip(w.alias))
		}
		w.table, _ = r.path(f["table"], "table", true)
		r.knownRows(f["table"], w.table, rows)
		r.noSecret(f["fixed"], w.fixed)
		rows = append(rows, w)
	}
	return rows
}

// cells reads what a row is found by, in the order of the document.
func (r *reader) cells(n *yaml.Node) []cell {
	if n == nil {
		return nil
	}
	r.fields(n, "row match", keysOf(n)...)
	var cells []cell
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if p, err := itms.ParseParamPath(key.Value); err != nil || p.IsObject() {
			r.fail(key, "row match: %q: expected a parameter name relative to the row", clip(key.Value))
		}
		c := cell{name: key.Value, where: r.where(value)}
		c.value = r.expression(value, "row match", &valueEnv{}, []kind{kindText, kindInt, kindBool})
		r.noSecret(value, c.value)
		cells = append(cells, c)
	}
	return cells
}

// keysOf returns the keys of a mapping.
func keysOf(n *yaml.Node) []string {
	var keys []string
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		keys = append(keys, n.Content[i].Value)
	}
	return keys
}

// noSecret refuses a password where values are shown and compared in clear.
func (r *reader) noSecret(n *yaml.Node, e *expression) {
	if e != nil && e.secret {
		r.fail(n, "rows are found by values in clear: a password cannot stand here")
	}
}

// knownRows refuses aliases that no row has.
func (r *reader) knownRows(n *yaml.Node, p path, rows []row) {
	for _, alias := range p.aliases {
		if findRow(rows, alias) == nil {
			r.fail(n, "{%s} names no row: expected one declared before, in rows", alias)
		}
	}
}

// findRow returns the row of that alias, nil when there is none.
func findRow(rows []row, alias string) *row {
	for i := range rows {
		if rows[i].alias == alias {
			return &rows[i]
		}
	}
	return nil
}

// typeOf reads a CWMP type with or without "xsd:", string when missing.
func (r *reader) typeOf(n *yaml.Node) string {
	t := itms.TypeString
	if n != nil {
		t = "xsd:" + strings.TrimPrefix(r.text(n, "type"), "xsd:")
	}
	if valueTypes[t].kinds == nil {
		r.fail(n, "type: unknown type %q: expected one of %s", clip(n.Value), typeNames())
		return itms.TypeString
	}
	return t
}
