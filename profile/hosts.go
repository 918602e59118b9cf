package profile

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"itms"
)

// rowMark stands for any row of a table in the key hosts.
const rowMark = "{i}"

// hosts reads the parameters that tell the MACs of the hosts behind a gateway.
func (r *reader) hosts(n *yaml.Node) []path {
	var out []path
	for _, item := range r.list(n) {
		p, ok := r.path(item, "hosts", false)
		table := tableOf(p.under(rootDevice))
		if ok && (!slices.Equal(p.aliases, []string{"i"}) || table == rootDevice || table == rootGateway) {
			r.fail(item, "hosts: %q: expected {i}, and no other alias, for the rows of a table, as in Device.Hosts.Host.{i}.PhysAddress", clip(item.Value))
			continue
		}
		if ok {
			out = append(out, p)
		}
	}
	return out
}

// tableOf returns what stands before the first {i}.
func tableOf(pattern itms.ParamPath) itms.ParamPath {
	table, _, _ := strings.Cut(string(pattern), rowMark)
	return itms.ParamPath(table)
}

// Hosts returns the parameters, below the profile's own root, that tell the MACs of
// the hosts behind a gateway; "{i}" in one stands for any row.
func (p *Profile) Hosts() []itms.ParamPath { return under(p.hosts, p.Root) }

// HostsIn returns the MACs of the hosts that a gateway is known to report, below
// either root: each once, in order, at most itms.MaxHosts. What is no MAC is passed
// over. The tree may be nil.
func (p *Profile) HostsIn(known *itms.ParamTree) []itms.MAC {
	if known == nil {
		return nil
	}
	var out []itms.MAC
	for _, root := range []itms.ParamPath{rootDevice, rootGateway} {
		for _, pattern := range under(p.hosts, root) {
			out = append(out, macsAt(known, pattern)...)
		}
	}
	slices.SortFunc(out, func(a, b itms.MAC) int { return bytes.Compare(a[:], b[:]) })
	out = slices.Compact(out)
	return out[:min(len(out), itms.MaxHosts)]
}

// macsAt returns the MACs that the parameters of a pattern hold.
func macsAt(known *itms.ParamTree, pattern itms.ParamPath) []itms.MAC {
	var out []itms.MAC
	for q := range known.Under(tableOf(pattern)) {
		mac, err := itms.ParseMAC(q.Value)
		if err == nil && !q.Hidden && fits(q.Name, pattern) {
			out = append(out, mac)
		}
	}
	return out
}

// fits reports whether a name is the pattern with a number for each {i}.
func fits(name, pattern itms.ParamPath) bool {
	have, want := strings.Split(string(name), "."), strings.Split(string(pattern), ".")
	return slices.EqualFunc(have, want, func(h, w string) bool {
		return h == w || w == rowMark && h != "" && strings.Trim(h, "0123456789") == ""
	})
}

// readHosts asks for the tables of the hosts, so that they are known after each pass.
func (p *Profile) readHosts(r *result) {
	for _, pattern := range under(p.hosts, r.root) {
		r.read(tableOf(pattern))
	}
}
