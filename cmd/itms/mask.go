package main

import (
	"strings"
	"sync/atomic"

	"itms"
	"itms/profile"
)

// secretNames returns a function that knows every parameter which any profile calls
// a credential, or at which what a person typed arrives. Whose profile it is does not
// matter: a value shown by mistake cannot be taken back.
func secretNames(m models) func(itms.ParamPath) bool {
	var known atomic.Pointer[secretsOf]
	return func(name itms.ParamPath) bool {
		set := m.use.set()
		s := known.Load()
		if s == nil || s.revision != set.Revision() { // a profile was stored meanwhile
			s = &secretsOf{set.Revision(), namesOf(set)}
			known.Store(s)
		}
		return s.names[shapeOf(name)]
	}
}

// secretsOf are the shapes of the credentials that profiles of a revision name.
type secretsOf struct {
	revision string
	names    map[string]bool
}

// namesOf are those shapes.
func namesOf(set *profile.Set) map[string]bool {
	names := map[string]bool{}
	add := func(lists ...[]itms.ParamPath) {
		for _, list := range lists {
			for _, name := range list {
				names[shapeOf(name)] = true
			}
		}
	}
	for _, p := range set.All() {
		r := p.Registration()
		add(p.Secrets(), r.Code, r.LOID, r.Password)
	}
	return names
}

// shapeOf is a name with every instance number, and every "{alias}", replaced by "*".
func shapeOf(name itms.ParamPath) string {
	var b strings.Builder
	for segment := range strings.SplitSeq(string(name), ".") {
		if strings.HasPrefix(segment, "{") || segment != "" && strings.Trim(segment, "0123456789") == "" {
			segment = "*"
		}
		b.WriteString(segment)
		b.WriteByte('.')
	}
	return b.String()
}
