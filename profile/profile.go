package profile

import (
	"slices"
	"strings"

	"itms"
)

// Profile is one compiled document: what devices it is for and what values they
// hold for a service. It is immutable and safe for concurrent use.
type Profile struct {
	Name     string             // unique; the name of its file without ".yaml"
	Title    string             // for screens
	Version  string             // free text of the author, may be empty
	Priority int                // among the profiles that match, the highest is taken
	Root     itms.ParamPath     // the root {root} stands for when the device told none
	Services []itms.ServiceType // what it serves
	Builtin  bool               // embedded, not from the directory of the operator
	Stored   bool               // from the store
	Source   string             // the document's name in messages
	Text     string             // the document; "" of one that Parse read

	refresh     []string
	digest      string
	match       *expression
	probe       []path
	identity    identity
	read        []path
	rows        []row
	params      []param
	rebootAfter bool
	management  management
	basic       bool // connection requests may use Basic
	proof       []proof
	hosts       []path
	notify      []notification
	register    *register // nil = the device cannot ask
	quirks      itms.Quirks
}

// identity lists the parameters that tell who a device is.
type identity struct{ stbid, mac, model []path }

// row is a table row that must exist.
type row struct {
	alias string
	table path
	match []cell
	fixed *expression
	cond  *expression
}

// cell is a value by which a row is found.
type cell struct {
	name  string // relative to the row
	value *expression
	where string
}

// param is one value to hold.
type param struct {
	names     []path
	value     *expression
	cond      *expression
	kind      string // CWMP type
	empty     emptyRule
	secret    bool
	writeOnly bool
	optional  bool
	reboot    bool
	wipes     bool        // is overwritten when the service is withdrawn
	wipe      *expression // with what; nil = the value that says nothing
	where     string
}

// emptyRule says what an empty value means.
type emptyRule string

// What to do with a value that is empty for the service at hand.
const (
	emptyOmit   emptyRule = "omit"   // leave the parameter alone
	emptySend   emptyRule = "send"   // write the empty value
	emptyRefuse emptyRule = "refuse" // the service cannot be delivered
)

// management names the parameters of the device's own management, each with its
// spellings; none = not managed.
type management struct {
	periodicEnable, periodicInterval, connectionUsername, connectionPassword  []path
	stunEnable, stunServerAddress, stunServerPort, stunUsername, stunPassword []path
}

// Digest identifies the content: it changes when anything but comments and layout
// of the document changes.
func (p *Profile) Digest() string { return p.digest }

// AllowsBasic reports whether the connection request password may be sent by Basic
// authentication to devices of this profile.
func (p *Profile) AllowsBasic() bool { return p.basic }

// Accepts reports whether the profile serves that type of service.
func (p *Profile) Accepts(t itms.ServiceType) bool { return slices.Contains(p.Services, t) }

// Identity lists the parameters that tell who a device is, each with its
// spellings, the preferred one first: to be read when the Inform lacks them.
type Identity struct {
	STBID []itms.ParamPath
	MAC   []itms.ParamPath
	Model []itms.ParamPath
}

// Identity returns the identity parameters below the profile's own root.
func (p *Profile) Identity() Identity {
	return Identity{
		STBID: under(p.identity.stbid, p.Root),
		MAC:   under(p.identity.mac, p.Root),
		Model: under(p.identity.model, p.Root),
	}
}

// Secrets returns the parameters below the profile's own root whose values are
// credentials; "{alias}" in one stands for an instance number.
func (p *Profile) Secrets() []itms.ParamPath {
	var out []itms.ParamPath
	for _, q := range p.params {
		if q.secret {
			out = append(out, under(q.names, p.Root)...)
		}
	}
	if g := p.register; g != nil { // not the logical id: operators find a line by it
		out = append(out, under(slices.Concat(g.code, g.password), p.Root)...)
	}
	return append(out, under(slices.Concat(p.management.connectionPassword, p.management.stunPassword), p.Root)...)
}

// Identify returns the texts, as the device wrote them, of the first identity
// parameters that are not empty; "" where there is none. The tree may be nil.
func (p *Profile) Identify(tree *itms.ParamTree) (stbid, mac, model string) {
	if tree == nil {
		return "", "", ""
	}
	id := p.Identity()
	return firstText(tree, id.STBID), firstText(tree, id.MAC), firstText(tree, id.Model)
}

// firstText returns the first value that is neither empty nor a fingerprint.
func firstText(tree *itms.ParamTree, names []itms.ParamPath) string {
	for _, name := range names {
		if have, ok := tree.Get(name); ok && !have.Hidden && strings.TrimSpace(have.Value) != "" {
			return strings.TrimSpace(have.Value)
		}
	}
	return ""
}

// under gives names below a root.
func under(paths []path, root itms.ParamPath) []itms.ParamPath {
	var out []itms.ParamPath
	for _, p := range paths {
		out = append(out, p.under(root))
	}
	return out
}
