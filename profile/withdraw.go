package profile

import (
	"slices"
	"strings"

	"itms"
)

// maxPlaces bounds the rows that one parameter is withdrawn from: a gateway has
// some eight connections, a device that shows more is up to something.
const maxPlaces = 256

// withdrawal finds what a service, which nobody knows any more, may have left on a
// device: every credential of the profile in every row that would be the service's.
type withdrawal struct {
	*result
	rows   []row
	known  *itms.ParamTree
	lined  bool // the line is known
	device *wipeEnv
	seen   map[itms.ParamPath]bool
}

// withdraw adds what overwrites the credentials. Conditions are passed over, they
// depend on the service; where two parameters share a name the first one counts.
func (p *Profile) withdraw(r *result, in Input) error {
	known := Input{Device: in.Device, Line: in.Line, Attributes: in.Attributes}
	known.Service.Type = in.Service.Type
	r.env = newValueEnv(known, r.root)
	w := &withdrawal{result: r, rows: p.rows, known: in.Known, lined: in.Line != itms.Line{},
		device: &wipeEnv{Device: r.env.Device}, seen: map[itms.ParamPath]bool{}}
	if w.known == nil {
		w.known = &itms.ParamTree{}
	}
	for i := range p.params {
		if err := w.param(&p.params[i]); err != nil {
			return err
		}
	}
	r.RebootAfter = p.reboots(r.Params)
	return nil
}

// param lists a parameter in every row it may have been written to.
func (w *withdrawal) param(q *param) error {
	if !q.wipes {
		return nil
	}
	text, leave, err := q.wiped(w.device)
	if err != nil || leave {
		return err
	}
	for _, names := range byRows(q.names) {
		w.readAround(names...)
		for _, at := range w.places(names[0].aliases) {
			w.add(q, names, at, text)
		}
	}
	return nil
}

// add lists one parameter under those of its names that are not listed yet. What the
// device shows must be overwritten; what it does not show, it may refuse.
func (w *withdrawal) add(q *param, names []path, at spot, text string) {
	var fresh []itms.ParamPath
	shown := false
	for _, name := range names {
		full := at.fill(name.under(w.root))
		if !w.seen[full] {
			fresh = append(fresh, full)
		}
		w.seen[full] = true
		_, has := w.known.Get(full)
		shown = shown || has
	}
	if len(fresh) > 0 {
		w.Params = append(w.Params, itms.WantedParam{Names: fresh, Value: text, Type: q.kind, Hide: q.secret,
			WriteOnly: q.writeOnly, Optional: q.optional || !shown, Reboot: q.reboot})
	}
}

// wiped computes what a parameter is overwritten with; leave is true for nil.
func (q *param) wiped(env *wipeEnv) (text string, leave bool, err error) {
	if q.wipe != nil {
		text, leave, err = q.wipe.write(env, q.kind)
	}
	if text == "" {
		text = blank(q.kind)
	}
	return text, leave, err
}

// blank is the value that says nothing: empty, or for types that have no empty value
// zero and the unknown time of TR-106 Amd 7 §3.2.
func blank(typ string) string {
	switch {
	case isText(typ):
		return ""
	case typ == itms.TypeDateTime:
		return "0001-01-01T00:00:00Z"
	}
	return "0"
}

// byRows puts spellings that lie in the same rows together: the others must each be
// looked for on their own.
func byRows(names []path) [][]path {
	var out [][]path
	for _, name := range names {
		i := slices.IndexFunc(out, func(group []path) bool { return slices.Equal(group[0].aliases, name.aliases) })
		if i < 0 {
			i, out = len(out), append(out, nil)
		}
		out[i] = append(out[i], name)
	}
	return out
}

// spot is one way to fill the aliases of a name: instance numbers by alias.
type spot map[string]string

// fill puts instance numbers in.
func (at spot) fill(name itms.ParamPath) itms.ParamPath {
	s := string(name)
	for alias, instance := range at {
		s = strings.ReplaceAll(s, "{"+alias+"}", instance)
	}
	return itms.ParamPath(s)
}

// with returns the place of a row further in.
func (at spot) with(alias, instance string) spot {
	in := spot{alias: instance}
	for a, i := range at {
		in[a] = i
	}
	return in
}

// places returns every way to fill these aliases with rows of the service.
func (w *withdrawal) places(aliases []string) []spot {
	places := []spot{nil}
	for _, row := range w.around(aliases) {
		w.readAround(row.table)
		var next []spot
		for _, at := range places {
			for _, instance := range w.ours(row, at.fill(row.table.under(w.root))) {
				next = append(next, at.with(row.alias, instance))
			}
		}
		places = next[:min(len(next), maxPlaces)]
	}
	return places
}

// around lists the rows of these aliases and those around them, outer ones first.
func (w *withdrawal) around(aliases []string) []*row {
	var out []*row
	needed := slices.Clone(aliases)
	for i := len(w.rows) - 1; i >= 0; i-- { // a table lies in rows before it only
		if row := &w.rows[i]; slices.Contains(needed, row.alias) {
			needed = append(needed, row.table.aliases...)
			out = append(out, row)
		}
	}
	slices.Reverse(out)
	return out
}

// ours lists the existing rows of a table that the service would have taken: all
// that match, else the fixed one. Other rows, such as the connection that carries
// the device's management, are left alone.
func (w *withdrawal) ours(row *row, table itms.ParamPath) []string {
	instances := w.known.Instances(table)
	match := w.match(row)
	out := slices.DeleteFunc(slices.Clone(instances), func(i string) bool {
		return len(match) == 0 || !w.matches(table+itms.ParamPath(i+"."), row, match)
	})
	if fixed := w.fixed(row); len(out) == 0 && slices.Contains(instances, fixed) {
		return []string{fixed}
	}
	return out
}

// match computes what a row is found by; none when a value needs what is not known
// or is empty: rows of others would be taken for ours.
func (w *withdrawal) match(row *row) map[string]string {
	for _, c := range row.match {
		if !w.foretold(c.value) {
			return nil
		}
	}
	match, err := row.values(w.env)
	for _, value := range match {
		if value == "" {
			return nil
		}
	}
	if err != nil {
		return nil
	}
	return match
}

// fixed computes the row to fall back to, "" when it needs what is not known.
func (w *withdrawal) fixed(row *row) string {
	if row.fixed == nil || !w.foretold(row.fixed) {
		return ""
	}
	fixed, err := row.fixedRow(w.env)
	if err != nil {
		return ""
	}
	return fixed
}

// foretold reports whether an expression needs nothing of the service and its
// subscriber. Attributes that are not known are empty, which is what defaults such
// as coalesce(attributes.wanName, "internet") are for.
func (w *withdrawal) foretold(e *expression) bool {
	return !slices.ContainsFunc(e.uses, func(field string) bool {
		record, _, _ := strings.Cut(field, ".")
		switch record {
		case "service":
			return field != "service.type" || w.env.Service.Type == ""
		case "line":
			return !w.lined
		}
		return record == "subscriber"
	})
}

// matches reports whether a row has all the values. A number in their names, as in
// WANPPPConnection.1.Name, stands for any row there: which one the service got is
// not known.
func (w *withdrawal) matches(at itms.ParamPath, row *row, match map[string]string) bool {
	table, number := tableWithin(row.match)
	if table == "" {
		return w.has(at, match, "", "")
	}
	return slices.ContainsFunc(w.known.Instances(at+itms.ParamPath(table)), func(i string) bool {
		return w.has(at, match, table+number+".", table+i+".")
	})
}

// has reports whether a row has all the values, the beginning `from` of their names
// read as `to`.
func (w *withdrawal) has(at itms.ParamPath, match map[string]string, from, to string) bool {
	for name, value := range match {
		if rest, ok := strings.CutPrefix(name, from); ok {
			name = to + rest
		}
		have, ok := w.known.Get(at + itms.ParamPath(name))
		if !ok || have.Hidden || !itms.SameValue(have.Type, have.Value, value) {
			return false
		}
	}
	return true
}

// tableWithin splits the first name with a row number in it: table, number.
func tableWithin(cells []cell) (table, number string) {
	for _, c := range cells {
		segments := strings.Split(c.name, ".")
		for i, s := range segments {
			if i > 0 && strings.Trim(s, "0123456789") == "" {
				return strings.Join(segments[:i], ".") + ".", s
			}
		}
	}
	return "", ""
}
