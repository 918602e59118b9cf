package workorder

import (
	"slices"
	"strings"

	"itms"
)

// hide replaces the value of a credential by its fingerprint. An empty or masked
// read-back says nothing: what was known stays.
func (w *work) hide(p itms.Param, tree *itms.ParamTree) itms.Param {
	old, known := tree.Get(p.Name)
	if !w.secret(p.Name) && !(known && old.Hidden) {
		return p
	}
	p.Hidden = true
	if masked(p.Value) {
		if p.Value = old.Value; !old.Hidden && p.Value != "" { // from before it was known for a credential
			p.Value = w.fingerprint(p.Value)
		}
		return p
	}
	p.Value = w.fingerprint(p.Value)
	return p
}

// fingerprint is how the value of a credential parameter is known.
func (e *Engine) fingerprint(value string) string { return e.vault.Fingerprint("parameter", value) }

// secretsOf lists the known parameters of a device that its profile calls secret.
func (w *work) secretsOf(profile string, tree *itms.ParamTree) (found []itms.Param) {
	for _, pattern := range w.models.Secrets(profile) {
		fixed, _, _ := strings.Cut(string(pattern), "{")
		for p := range tree.Under(itms.ParamPath(fixed)) {
			if sameShape(string(pattern), string(p.Name)) {
				found = append(found, p)
			}
		}
	}
	return found
}

// sameShape reports whether a name is the pattern with instance numbers for its
// "{alias}" segments.
func sameShape(pattern, name string) bool {
	want, have := strings.Split(pattern, "."), strings.Split(name, ".")
	return slices.EqualFunc(want, have, func(p, n string) bool { return p == n || strings.HasPrefix(p, "{") })
}

// hideSecrets hides the values of parameters that the profile calls secret and
// reports whether any was in clear.
func (w *work) hideSecrets(profile string, tree *itms.ParamTree) (hidden bool) {
	for _, p := range w.secretsOf(profile, tree) {
		if p.Hidden {
			continue
		}
		if p.Hidden = true; p.Value != "" {
			p.Value = w.fingerprint(p.Value)
		}
		hidden = tree.Set(p) || hidden
	}
	return hidden
}

// hideTyped hides a logical id that looks like an activation code: it may be one.
func (w *work) hideTyped(d *itms.Device, tree *itms.ParamTree) {
	for _, name := range w.models.Registration(d.Profile).LOID {
		p, known := tree.Get(name)
		if _, err := itms.ParseCodeDigits(p.Value); known && !p.Hidden && err == nil {
			p.Value, p.Hidden = w.fingerprint(p.Value), true
			tree.Set(p)
		}
	}
}

// forgetSecrets forgets which credentials the device holds, so that they are written
// again. It reports whether any was known.
func (w *work) forgetSecrets(profile string, tree *itms.ParamTree) (known bool) {
	for _, p := range w.secretsOf(profile, tree) {
		if p.Hidden && p.Value != "" {
			p.Value = ""
			known = tree.Set(p) || known
		}
	}
	return known
}
