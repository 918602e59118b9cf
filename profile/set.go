package profile

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"itms"
)

// Set is the profiles in use, by falling priority, then by name. It is immutable
// and safe for concurrent use.
type Set struct {
	profiles []*Profile
	revision string
}

// newSet orders profiles.
func newSet(profiles []*Profile) *Set {
	slices.SortFunc(profiles, func(a, b *Profile) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), strings.Compare(a.Name, b.Name))
	})
	h := sha256.New()
	for _, p := range profiles {
		fmt.Fprintf(h, "%s %s;", p.Name, p.Digest())
	}
	return &Set{profiles, hex.EncodeToString(h.Sum(nil))[:digestLength]}
}

// Revision identifies the profiles in use: it changes when one comes, goes or
// changes its content.
func (s *Set) Revision() string { return s.revision }

// All returns the profiles in the order in which Match tries them.
func (s *Set) All() []*Profile { return slices.Clone(s.profiles) }

// Get returns the profile of that name.
func (s *Set) Get(name string) (*Profile, bool) {
	for _, p := range s.profiles {
		if p.Name == name {
			return p, true
		}
	}
	return nil, false
}

// Match returns the first profile, by falling priority, whose condition holds for
// the device and for what is known of its parameters: those of the Inform, and
// object names a Probe brought in. Both arguments may be nil. A condition that
// fails to compute does not hold.
func (s *Set) Match(d *itms.Device, known *itms.ParamTree) (*Profile, bool) {
	env := newMatchEnv(d, known)
	for _, p := range s.profiles {
		if yes, err := p.match.holds(env); err == nil && yes {
			return p, true
		}
	}
	return nil, false
}

// Probe lists the objects worth a GetParameterNames with NextLevel before the
// outcome of Match is relied upon: a box whose Inform carries standard parameters
// only shows its dialect by the objects below its root. The names found belong in
// the tree, objects with their trailing dot, and the paths in d.Asked; Probe then
// returns fewer, at last none. Call it again after each answer: an object found by
// one may be worth the next.
func (s *Set) Probe(d *itms.Device, known *itms.ParamTree) []itms.ParamPath {
	root, asked := rootOf(known), []itms.ParamPath(nil)
	if d != nil {
		root, asked = cmp.Or(d.Root, root), d.Asked
	}
	if root == "" { // nothing is known at all: ask which of the two models it has
		return slices.DeleteFunc([]itms.ParamPath{rootDevice, rootGateway}, func(r itms.ParamPath) bool { return slices.Contains(asked, r) })
	}
	candidates := s.profiles
	if p, ok := s.Match(d, known); ok {
		candidates = []*Profile{p}
	}
	var due []itms.ParamPath
	for _, p := range candidates {
		for _, object := range under(p.probe, root) {
			if !slices.Contains(due, object) && !slices.Contains(asked, object) && worth(known, object, root) {
				due = append(due, object)
			}
		}
	}
	return due
}

// worth reports whether listing an object may tell something new: it is the root
// or known to exist, and no object directly below it is known by a listing.
func worth(known *itms.ParamTree, object, root itms.ParamPath) bool {
	if !object.Under(root) || object != root && !has(known, object) {
		return false
	}
	if known == nil {
		return true
	}
	for p := range known.Under(object) {
		below := strings.TrimPrefix(string(p.Name), string(object))
		if strings.IndexByte(below, '.') == len(below)-1 && below != "" {
			return false
		}
	}
	return true
}
