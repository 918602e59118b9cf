package workorder

import (
	"fmt"
	"slices"
	"strings"

	"itms"
)

// The reasons a command is sent for; a door hands them back within the outcome.
const (
	whyProbe    = "probe"    // list an object's children to tell the dialect
	whyIdentify = "identify" // read STBID, MAC, model
	whyRead     = "read"     // read before comparing
	whyRow      = "row:"     // + alias: add a table row
	whyPush     = "push"     // write the difference
	whyReboot   = "reboot"   // make written values take effect
	whyVerify   = "verify"   // read back
	whyProof    = "proof"    // read the platform's evidence
	whyTyped    = "typed"    // read what a person typed
	whyPage     = "page:"    // + view: turn the registration page
	whyFirmware = "firmware" // fetch firmware
)

// pass computes the next command on the way from the known to the wanted state. It
// is pure: no clock, no store.
type pass struct {
	want        itms.Wanted
	tree        *itms.ParamTree
	sync        itms.Sync
	key         string // ParameterKey
	verify      bool   // done only after a read-back
	prove       bool   // done only after the platform's evidence
	patience    int    // most names to ask for singly at a time
	fingerprint func(string) string
}

// next returns the next command; nil when the device holds what it must. The error
// says why the state cannot be reached.
func (p *pass) next() (itms.Command, error) {
	switch p.sync.Phase {
	case itms.SyncReboot:
		return itms.Reboot{Key: p.key, Why: whyReboot}, nil
	case itms.SyncVerify, itms.SyncProof:
		return p.readBack()
	}
	if unread := p.unread(); len(unread) > 0 {
		return p.ask(unread, whyRead), nil
	}
	rows, add := p.rows()
	if add != nil {
		return add, nil
	}
	diff, err := p.diff(rows)
	if err != nil || len(diff) == 0 {
		return nil, err
	}
	return itms.SetValues{Values: diff, Key: p.key, Why: whyPush}, nil
}

// ask reads all names at once, or one by one with a device that refused a combined
// request.
func (p *pass) ask(names []itms.ParamPath, why string) itms.Command {
	if p.sync.Singly && len(names) > p.patience {
		names = names[:p.patience]
	}
	return itms.GetValues{Paths: names, Singly: p.sync.Singly, Key: p.key, Why: why}
}

// unread lists what is still to be read.
func (p *pass) unread() []itms.ParamPath {
	return slices.DeleteFunc(slices.Clone(p.want.Read), func(path itms.ParamPath) bool {
		return slices.Contains(p.sync.Read, path)
	})
}

// rows resolves each wanted row to its instance number, in order, or returns the
// command that adds the first missing one.
func (p *pass) rows() (map[string]string, itms.Command) {
	found := map[string]string{}
	for _, row := range p.want.Rows {
		row.Table = expand(row.Table, found)
		instance := p.findRow(row)
		if instance == "" {
			return nil, itms.AddObject{Table: row.Table, Key: p.key, Why: whyRow + row.Alias}
		}
		found[row.Alias] = instance
	}
	return found, nil
}

// findRow returns the instance number of a wanted row, "" when it must be added.
func (p *pass) findRow(row itms.WantedRow) string {
	instances := p.tree.Instances(row.Table)
	for _, i := range instances {
		if len(row.Match) > 0 && p.rowMatches(row, i) {
			return i
		}
	}
	// One that appeared since a row was asked for is that row: the answer got lost.
	if p.sync.Adding == row.Alias {
		for _, i := range instances {
			if !slices.Contains(p.sync.Before, i) {
				return i
			}
		}
	}
	// A row that was added before is still there, unless the table was read and tells
	// otherwise. Some tables cannot be read at all.
	if added, ok := p.sync.Rows[row.Alias]; ok && (len(instances) == 0 || slices.Contains(instances, added)) {
		return added
	}
	if row.Fixed != "" && slices.Contains(instances, row.Fixed) {
		return row.Fixed
	}
	return ""
}

// rowMatches reports whether the row holds every value of Match.
func (p *pass) rowMatches(row itms.WantedRow, instance string) bool {
	for rel, value := range row.Match {
		have, ok := p.tree.Get(row.Table + itms.ParamPath(instance+"."+rel))
		if !ok || !itms.SameValue(have.Type, have.Value, value) {
			return false
		}
	}
	return true
}

// expand replaces "{alias}" by instance numbers.
func expand(path itms.ParamPath, rows map[string]string) itms.ParamPath {
	s := string(path)
	for alias, instance := range rows {
		s = strings.ReplaceAll(s, "{"+alias+"}", instance)
	}
	return itms.ParamPath(s)
}

// choose returns the spelling of a wanted parameter that the device has: one seen
// in its tree, else the first that it did not refuse. "" = none left.
func (p *pass) choose(w *itms.WantedParam, rows map[string]string) itms.ParamPath {
	first := itms.ParamPath("")
	for _, name := range w.Names {
		name = expand(name, rows)
		if slices.Contains(p.sync.Missing, name) {
			continue
		}
		if _, ok := p.tree.Get(name); ok {
			return name
		}
		if first == "" {
			first = name
		}
	}
	return first
}

// diff lists the values to write, in the order of the profile.
func (p *pass) diff(rows map[string]string) ([]itms.SetValue, error) {
	var out []itms.SetValue
	for i := range p.want.Params {
		w := &p.want.Params[i]
		name := p.choose(w, rows)
		switch {
		case name == "" && w.Optional:
			continue
		case name == "":
			return nil, itms.Errorf(itms.KindConflict, itms.CodeUnsupported, "the device has no parameter %s", expand(w.Names[0], rows))
		case !p.sync.All && p.holds(name, w):
			continue
		}
		out = append(out, itms.SetValue{Name: name, Value: w.Value, Type: p.typeOf(name, w), Hide: w.Hide})
	}
	return out, nil
}

// holds reports whether the device is known to have the wanted value.
func (p *pass) holds(name itms.ParamPath, w *itms.WantedParam) bool {
	have, ok := p.tree.Get(name)
	switch {
	case !ok:
		return false
	case have.Hidden || w.Hide:
		return have.Hidden && have.Value == p.fingerprint(w.Value)
	}
	return itms.SameValue(p.typeOf(name, w), have.Value, w.Value)
}

// typeOf returns the profile's type, else the device's own, else string.
func (p *pass) typeOf(name itms.ParamPath, w *itms.WantedParam) string {
	if w.Type != "" {
		return w.Type
	}
	if have, ok := p.tree.Get(name); ok && have.Type != "" {
		return have.Type
	}
	return itms.TypeString
}

// checked lists the parameters that a read-back can verify.
func (p *pass) checked() map[itms.ParamPath]*itms.WantedParam {
	rows, add := p.rows()
	if add != nil {
		return nil
	}
	out := map[itms.ParamPath]*itms.WantedParam{}
	for i := range p.want.Params {
		w := &p.want.Params[i]
		if w.WriteOnly || w.Optional {
			continue
		}
		if name := p.choose(w, rows); name != "" {
			out[name] = w
		}
	}
	return out
}

// readBack returns the command that verifies, nil when nothing is left to verify.
func (p *pass) readBack() (itms.Command, error) {
	var paths []itms.ParamPath
	for name := range p.checked() {
		if !slices.Contains(p.sync.Checked, name) {
			paths = append(paths, name)
		}
	}
	if len(paths) == 0 || !p.verify {
		return p.readProof(), nil
	}
	slices.Sort(paths)
	return p.ask(paths, whyVerify), nil
}

// readProof returns the command that reads the platform's evidence, nil when there is
// none to be had or it was seen.
func (p *pass) readProof() itms.Command {
	if !p.prove {
		return nil
	}
	var paths []itms.ParamPath
	for i := range p.want.Proof {
		if name := p.proofName(&p.want.Proof[i]); name != "" && !slices.Contains(p.sync.Checked, name) {
			paths = append(paths, name)
		}
	}
	if len(paths) == 0 {
		return nil
	}
	return p.ask(paths, whyProof)
}

// proofName is the spelling of a proof's parameter that the device did not refuse.
func (p *pass) proofName(proof *itms.WantedProof) itms.ParamPath {
	for _, name := range proof.Names {
		if !slices.Contains(p.sync.Missing, name) {
			return name
		}
	}
	return ""
}

// unproven says what the values do not show yet.
func (p *pass) unproven(told []itms.Param) []string {
	var out []string
	for i := range p.want.Proof {
		proof := &p.want.Proof[i]
		name := p.proofName(proof)
		for _, v := range told {
			if v.Name == name && !proof.Holds(v.Value) {
				out = append(out, fmt.Sprintf("not %s: %s is %q", proof.Text, name, clipText(v.Value)))
			}
		}
	}
	return out
}

// mismatches says which of the parameters that were asked for read back differently
// or not at all. What was written is no proof of anything.
func (p *pass) mismatches(asked []itms.ParamPath, told []itms.Param) []string {
	values := map[itms.ParamPath]string{}
	for _, v := range told {
		values[v.Name] = v.Value
	}
	wanted := p.checked()
	var out []string
	for _, name := range asked {
		w, ok := wanted[name]
		if !ok {
			continue
		}
		value, ok := values[name]
		switch {
		case !ok:
			out = append(out, fmt.Sprintf("%s was not read back", name))
		case w.Hide && (masked(value) || value == w.Value):
		case w.Hide:
			out = append(out, fmt.Sprintf("%s reads back differently", name))
		case !itms.SameValue(p.typeOf(name, w), value, w.Value):
			out = append(out, fmt.Sprintf("%s reads back as %q instead of %q", name, clipText(value), clipText(w.Value)))
		}
	}
	return out
}

// masked reports whether a device hides the value of a credential, as it should.
func masked(value string) bool { return strings.Trim(value, "*") == "" }

// rebootAfter reports whether a written value takes effect after a reboot only.
func (p *pass) rebootAfter(written []itms.SetValue) bool {
	rows, _ := p.rows()
	for i := range p.want.Params {
		w := &p.want.Params[i]
		name := p.choose(w, rows)
		if w.Reboot && slices.ContainsFunc(written, func(v itms.SetValue) bool { return v.Name == name }) {
			return true
		}
	}
	return false
}

// concede finds, for a refusal, what to leave out or spell differently from now on:
// optional values that were refused, and names which the device does not know and
// which have another spelling. A device that does not say which parameter it minds
// is taken to mind those never seen on it.
func (p *pass) concede(sent []itms.SetValue, fault *itms.DeviceFault) []itms.ParamPath {
	rows, _ := p.rows()
	refused := map[itms.ParamPath]int{}
	for _, f := range fault.Params {
		refused[f.Name] = f.Code
	}
	var out []itms.ParamPath
	for i := range p.want.Params {
		w := &p.want.Params[i]
		name := p.choose(w, rows)
		if !slices.ContainsFunc(sent, func(v itms.SetValue) bool { return v.Name == name }) {
			continue
		}
		_, seen := p.tree.Get(name)
		code := refused[name]
		if len(refused) == 0 && !fault.Transient() && !seen {
			code = itms.FaultName
		}
		if code != 0 && w.Optional || code == itms.FaultName && p.respells(w, rows) {
			out = append(out, name)
		}
	}
	return out
}

// rowGone reports whether the device knows nothing of what was written into some
// row that was there before.
func (p *pass) rowGone(sent []itms.SetValue, fault *itms.DeviceFault) bool {
	rows, _ := p.rows()
	for _, row := range p.want.Rows {
		prefix := expand(row.Table, rows) + itms.ParamPath(rows[row.Alias]+".")
		within, unknown := 0, 0
		for _, v := range sent {
			if !v.Name.Under(prefix) {
				continue
			}
			within++
			if slices.ContainsFunc(fault.Params, func(f itms.ParamFault) bool { return f.Name == v.Name && f.Code == itms.FaultName }) {
				unknown++
			}
		}
		if within > 0 && within == unknown {
			return true
		}
	}
	return false
}

// onlyNames reports whether the device said nothing but that it does not know these
// names: then another spelling is no repeated try.
func onlyNames(fault *itms.DeviceFault, avoid []itms.ParamPath) bool {
	for _, f := range fault.Params {
		if f.Code != itms.FaultName || !slices.Contains(avoid, f.Name) {
			return false
		}
	}
	return len(fault.Params) > 0
}

// respells reports whether the parameter has another spelling left to try.
func (p *pass) respells(w *itms.WantedParam, rows map[string]string) bool {
	left := 0
	for _, name := range w.Names {
		if !slices.Contains(p.sync.Missing, expand(name, rows)) {
			left++
		}
	}
	return left > 1
}
