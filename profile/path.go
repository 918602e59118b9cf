package profile

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"itms"
)

// rootMark stands for the root of the device's own data model, "Device." or
// "InternetGatewayDevice.", at the start of a path.
const rootMark = "{root}"

// path is a parameter or object name of a profile: it may begin with {root} and
// hold {alias} segments that stand for the instance number of a row.
type path struct {
	text    string // without a leading {root}
	rooted  bool   // began with {root}
	aliases []string
}

// under gives the name below a root; aliases stay for whoever knows the rows.
func (p path) under(root itms.ParamPath) itms.ParamPath {
	if p.rooted {
		return root + itms.ParamPath(p.text)
	}
	return itms.ParamPath(p.text)
}

// same reports whether two paths are one name whatever the root.
func (p path) same(q path) bool { return p.text == q.text && p.rooted == q.rooted }

// path reads one name. Objects end in a dot, parameters do not.
func (r *reader) path(n *yaml.Node, what string, object bool) (path, bool) {
	text := r.text(n, what)
	rest, rooted := strings.CutPrefix(text, rootMark)
	aliases, plain, ok := splitAliases(rest)
	if rooted {
		plain = "Device." + plain
	}
	name, err := itms.ParseParamPath(plain)
	switch {
	case !ok:
		r.fail(n, "%s: %q: expected {alias} to be a whole segment, as in Device.PPP.Interface.{ppp}.Username", what, clip(text))
	case err != nil:
		r.fail(n, "%s: %q is not a parameter name: expected e.g. Device.DeviceInfo.UpTime", what, clip(text))
	case name.IsObject() != object && object:
		r.fail(n, "%s: %q: expected an object, with a dot at its end", what, clip(text))
	case name.IsObject() != object:
		r.fail(n, "%s: %q: expected a parameter, without a dot at its end", what, clip(text))
	default:
		return path{rest, rooted, aliases}, true
	}
	return path{}, false
}

// anyPath reads a parameter or an object.
func (r *reader) anyPath(n *yaml.Node, what string) (path, bool) {
	return r.path(n, what, strings.HasSuffix(n.Value, "."))
}

// paths reads a list of names without rows in them.
func (r *reader) paths(n *yaml.Node, what string) []path {
	var out []path
	for _, item := range r.list(n) {
		p, ok := r.anyPath(item, what)
		if ok && len(p.aliases) > 0 {
			r.fail(item, "%s: %q: rows are not known here, so {%s} cannot stand", what, clip(item.Value), p.aliases[0])
			continue
		}
		if ok {
			out = append(out, p)
		}
	}
	return out
}

// parameters reads a list of parameters, the spellings of one, without rows in them.
func (r *reader) parameters(n *yaml.Node, what string) []path {
	var out []path
	for _, item := range r.list(n) {
		p, ok := r.path(item, what, false)
		if ok && len(p.aliases) > 0 {
			r.fail(item, "%s: %q: rows are not known here, so {%s} cannot stand", what, clip(item.Value), p.aliases[0])
			continue
		}
		if ok {
			out = append(out, p)
		}
	}
	return out
}

// isNamed reports whether an item has one of the keys name and names.
func isNamed(f map[string]*yaml.Node) bool { return (f["name"] == nil) != (f["names"] == nil) }

// plainNames reads name or names of an item outside of any row.
func (r *reader) plainNames(f map[string]*yaml.Node) []path {
	r.spellings(f)
	return r.parameters(cmp.Or(f["names"], f["name"]), "name")
}

// spellings refuses an empty list of names, and a list where one name is expected.
func (r *reader) spellings(f map[string]*yaml.Node) {
	n := cmp.Or(f["names"], f["name"])
	if n.Kind == yaml.SequenceNode && (len(n.Content) == 0 || n == f["name"]) {
		r.fail(n, "name: expected one name; several spellings go into names")
	}
}

// splitAliases lists the {alias} segments of a name and returns the name with "1"
// in their place. It reports false when braces stand anywhere else.
func splitAliases(s string) (aliases []string, plain string, ok bool) {
	segments := strings.Split(s, ".")
	for i, seg := range segments {
		if !strings.ContainsAny(seg, "{}") {
			continue
		}
		alias := strings.TrimSuffix(strings.TrimPrefix(seg, "{"), "}")
		if !isAlias(alias) || seg != "{"+alias+"}" {
			return nil, s, false
		}
		aliases = append(aliases, alias)
		segments[i] = "1"
	}
	return slices.Compact(aliases), strings.Join(segments, "."), true
}

// isAlias reports whether s may name a row: letters and digits, a letter first.
func isAlias(s string) bool {
	for i := 0; i < len(s); i++ {
		letter := s[i] >= 'a' && s[i] <= 'z' || s[i] >= 'A' && s[i] <= 'Z'
		if !letter && (i == 0 || s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return s != "" && s != "root"
}
