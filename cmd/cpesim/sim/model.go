package sim

import (
	"maps"
	"slices"
	"strings"

	"itms/cwmp"
)

// Access says what the ACS may do with a parameter.
type Access uint8

// The kinds of access. WriteOnly can be written and reads back empty, as
// passwords do (TR-106 3.2.2 "hidden").
const (
	ReadOnly Access = iota
	ReadWrite
	WriteOnly
)

// Mention says why a parameter is in every Inform.
type Mention uint8

// The reasons. Forced parameters are those of TR-069 Amd 6 3.7.1.5 and the data
// model; Vendor ones a carrier demands of its boxes.
const (
	Unmentioned Mention = iota
	Forced
	Vendor
)

// Spec is one parameter of a model.
type Spec struct {
	// Path is relative to the root of the model; "{i}" stands for the number
	// of a row.
	Path string
	// Type is one of the types of package cwmp. Empty: string.
	Type   string
	Access Access
	// Value is what the parameter is in the factory. {serial}, {mac}, {stbid},
	// {oui}, {class}, {maker}, {acs}, {user}, {password} and, in a row, {n} are
	// replaced.
	Value string
	// Max is the longest string accepted, in characters. 0: 256.
	Max int
	// Enum lists the only values accepted. Nil: any.
	Enum   []string
	Inform Mention
	// Notify is the notification attribute in the factory.
	Notify int
}

// Table is an object with rows.
type Table struct {
	// Path is relative to the root and ends with a dot.
	Path string
	// Rows are the instance numbers in the factory.
	Rows []int
	// Writable lets the ACS add and delete rows.
	Writable bool
	// Step is the distance between the instance numbers of added rows, which
	// need not be consecutive. 0: 1.
	Step int
}

// Model is a kind of CPE: who makes it, and which tree it has.
type Model struct {
	Name         string
	Help         string
	Manufacturer string
	OUI          string
	ProductClass string
	// Root is the first segment of every name, with its dot.
	Root        string
	Specs       []Spec
	Tables      []Table
	Diagnostics []Diagnostic
	// Initial are values in the factory that differ between rows, by path
	// relative to the root.
	Initial map[string]string
	// WAN is the path of the address of the default connection, relative to the
	// root, for roots that force it into every Inform.
	WAN string
	// Places are the addresses, relative to the root, that differ where the box is
	// carried to.
	Places []string
	// Registration is the page on which a person registers the box.
	Registration Registration
	// Account is the path of the account of the service, relative to the root:
	// once it is set, the box serves.
	Account string
	// Hosts are the devices behind a gateway.
	Hosts Hosts
	// Login is how the box logs into the platform of its service.
	Login Login
}

// Hosts is where a gateway lists the devices behind it. The zero value is a box
// that has none.
type Hosts struct {
	// Table is the path of the table, relative to the root, and MAC the leaf of
	// a row that has the address.
	Table string
	MAC   string
	// Event tells the ACS that the list has changed.
	Event string
}

// Login is the evidence that a box has been at the platform. The zero value is a
// box that shows none.
type Login struct {
	// Needs are the paths, relative to the root, without whose values it cannot
	// log in.
	Needs []string
	// Counter counts the logins.
	Counter string
}

// Registration says how a page follows from parameters, whose paths are relative
// to the root. The zero value is a box that nobody can register.
type Registration struct {
	// Code takes what is typed: an activation code, or a LOID.
	Code string
	// Password takes the password of a LOID. Empty: there is no such field.
	Password string
	// Event brings what was typed to the ACS.
	Event string
	// Switch is the parameter by which the ACS turns the page on and off, and
	// Shows what its values mean; with others the page is off.
	Switch string
	Shows  map[string]PageState
	// UserInfo is, instead of Switch, the object of a gateway whose Status,
	// Result, Limit, Times and ServiceNum make the page.
	UserInfo string
}

// Models returns the table of models.
func Models() []Model {
	return []Model{ctcSTB(), cuSTB(), cmccSTB(), tr181STB(), tr181Gateway(), tr098Gateway(), cuGateway(), cmccGateway()}
}

// LookupModel returns the model of a name.
func LookupModel(name string) (Model, bool) {
	models := Models()
	i := slices.IndexFunc(models, func(m Model) bool { return m.Name == name })
	if i < 0 {
		return Model{}, false
	}
	return models[i], true
}

// schema is a model made ready for look-ups: absolute patterns.
type schema struct {
	model  Model
	specs  map[string]Spec  // by absolute pattern
	tables map[string]Table // by absolute pattern
}

// compile prepares a model. The value fields of a spec are completed.
func compile(m Model) *schema {
	s := &schema{model: m, specs: make(map[string]Spec), tables: make(map[string]Table)}
	for _, spec := range m.Specs {
		if spec.Type == "" {
			spec.Type = cwmp.TypeString
		}
		if spec.Max == 0 {
			spec.Max = 256
		}
		s.specs[m.Root+spec.Path] = spec
	}
	for _, table := range m.Tables {
		table.Step = max(table.Step, 1)
		s.tables[m.Root+table.Path] = table
	}
	return s
}

// pattern replaces the row numbers in a path by {i}.
func (s *schema) pattern(path string) string {
	var b strings.Builder
	for segment := range strings.SplitSeq(path, ".") {
		if _, isTable := s.tables[b.String()]; isTable && segment != "" {
			segment = "{i}"
		}
		b.WriteString(segment)
		b.WriteByte('.')
	}
	return strings.TrimSuffix(b.String(), ".")
}

// spec returns the definition of a full parameter name.
func (s *schema) spec(path string) (Spec, bool) {
	spec, ok := s.specs[s.pattern(path)]
	return spec, ok
}

// mentioned returns the absolute names that every Inform carries.
func (s *schema) mentioned(with Mention) []string {
	var names []string
	for _, path := range slices.Sorted(maps.Keys(s.specs)) {
		if m := s.specs[path].Inform; m != Unmentioned && m <= with {
			names = append(names, path)
		}
	}
	if s.model.WAN != "" {
		names = append(names, s.model.Root+s.model.WAN)
	}
	return names
}

// userPasswords are the leaves that some firmware spells "Password".
var userPasswords = []string{"UserPassword", "UserIDPassword"}

// withoutUserPassword returns the model with the other spelling.
func (m Model) withoutUserPassword() Model {
	m.Specs, m.Login.Needs = slices.Clone(m.Specs), slices.Clone(m.Login.Needs)
	for i := range m.Specs {
		m.Specs[i].Path = otherSpelling(m.Specs[i].Path)
	}
	for i := range m.Login.Needs {
		m.Login.Needs[i] = otherSpelling(m.Login.Needs[i])
	}
	return m
}

// otherSpelling is how some firmware calls a parameter.
func otherSpelling(path string) string {
	dot := strings.LastIndexByte(path, '.') + 1
	if slices.Contains(userPasswords, path[dot:]) {
		return path[:dot] + "Password"
	}
	return path
}

// secretWords mark the names of parameters whose value must not be shown. The
// last two are where set-top boxes keep an activation code.
var secretWords = []string{"password", "passphrase", "presharedkey", "wepkey", "secret", "accountnumber", "activationcode"}

// loidPassword is how the name of a LOID's password ends: "UserId" alone is the
// account of a set-top box elsewhere.
const loidPassword = "_UserInfo.UserId"

// isSecret tells whether a parameter is a credential by its name.
func isSecret(path string) bool {
	leaf := strings.ToLower(path[strings.LastIndexByte(path, '.')+1:])
	return strings.HasSuffix(path, loidPassword) || slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(leaf, word) })
}
