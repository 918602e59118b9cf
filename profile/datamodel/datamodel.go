// Package datamodel knows the parameters of the Broadband Forum's data models: what
// type a value has, whether it may be written, what it is counted in, and which values
// there are. Devices tell types and names only, and not all of them do.
//
// The table is models.tsv: an object on a line of its own, then its parameters, each
// behind a tab. It covers TR-181 (Device:1 and Device:2), TR-098
// (InternetGatewayDevice:1), TR-104 (VoiceService 1 and 2) and TR-135 (STBService), without
// what no device of a household has. The columns are:
//
//	object        flags
//	<tab>name     type  flags  range  unit  values
//
// Types are those of CWMP without "xsd:", and ip, ipv4, ipv6 and mac for strings that
// are addresses. Flags are w (writable; of a table: rows can be added), t (table),
// l (comma-separated list), v (volatile) and s (a credential: reads back empty). A range
// is least:most of a number, or of a text its length, either end open. Values are
// separated by "|". Objects below Services stand once for both roots.
package datamodel

import (
	_ "embed"
	"sort"
	"strings"
	"sync"

	"itms"
)

//go:embed models.tsv
var text string

// Models is the table of what is standard. Its methods may be called from anywhere at
// once.
type Models struct {
	objects []object // in order of their names
}

// object is where the lines of an object are: four bytes each, so that the index of the
// whole table takes some 10 KB. The text itself is a part of the program.
type object struct{ start, end uint32 }

// Standard returns the table; it is indexed at the first call.
var Standard = sync.OnceValue(func() *Models { return index(text) })

// index finds the objects of the text.
func index(text string) *Models {
	m := &Models{}
	for at := 0; at < len(text); {
		line := lineAt(text, at)
		if line[0] != '\t' {
			m.objects = append(m.objects, object{start: uint32(at)})
		}
		at += len(line) + 1
		m.objects[len(m.objects)-1].end = uint32(at)
	}
	return m
}

// lineAt returns the line that begins at a place, without its end.
func lineAt(text string, at int) string {
	rest := text[at:]
	return rest[:strings.IndexByte(rest, '\n')]
}

// name returns the name of an object.
func (o object) name() string {
	name, _, _ := strings.Cut(lineAt(text, int(o.start)), "\t")
	return name
}

// flags returns the flags of an object.
func (o object) flags() string {
	_, flags, _ := strings.Cut(lineAt(text, int(o.start)), "\t")
	return flags
}

// lines returns the lines of the object's parameters.
func (o object) lines() string {
	if o.end == 0 { // there is none
		return ""
	}
	return text[int(o.start)+len(lineAt(text, int(o.start)))+1 : o.end]
}

// Entry is what is known of a parameter or an object.
type Entry struct {
	Object   string // its name with "{i}" for instance numbers; below Services without its root
	Leaf     string // "" for an object
	Type     string // e.g. itms.TypeString; "" for an object
	Format   string // "ip", "ipv4", "ipv6" or "mac" of an address, else ""
	Table    bool   // an object with rows
	Writable bool   // of an object: rows can be added
	List     bool   // comma-separated
	Volatile bool   // a counter
	Secret   bool   // reads back empty
	Unit     string // as the standard writes it, e.g. "seconds"; "" = none
	bounds   string // "least:most"
	values   string // separated by "|"
}

// Values returns what an enumeration allows, nil when there is none or it is long.
func (e *Entry) Values() []string {
	if e.values == "" {
		return nil
	}
	return strings.Split(e.values, "|")
}

// types are the types of the table.
var types = map[string]string{
	"string": itms.TypeString, "int": itms.TypeInt, "unsignedInt": itms.TypeUnsignedInt, "long": itms.TypeLong,
	"unsignedLong": itms.TypeUnsignedLong, "boolean": itms.TypeBoolean, "dateTime": itms.TypeDateTime,
	"base64": itms.TypeBase64, "hexBinary": itms.TypeHexBinary,
	"ip": itms.TypeString, "ipv4": itms.TypeString, "ipv6": itms.TypeString, "mac": itms.TypeString,
}

// maxPattern bounds a name in which "{i}" stands for each instance number.
const maxPattern = 2 * itms.MaxParamPath

// Lookup returns what is known of a parameter, or of an object whose name ends in a
// dot; a table, to which rows are added, counts as its rows. Instance numbers may be any,
// "{i}", or aliases in brackets. It allocates nothing.
func (m *Models) Lookup(path string) (Entry, bool) {
	var buf [maxPattern]byte
	pattern, ok := normal(buf[:0], path)
	if !ok {
		return Entry{}, false
	}
	dot := lastDot(pattern)
	o, ok := m.find(pattern[:dot+1])
	if leaf := pattern[dot+1:]; len(leaf) > 0 {
		return o.lookup(leaf)
	}
	if !ok {
		if o, ok = m.find(append(pattern, "{i}."...)); !ok {
			return Entry{}, false
		}
	}
	flags := o.flags()
	return Entry{Object: o.name(), Table: strings.Contains(flags, "t"), Writable: strings.Contains(flags, "w")}, true
}

// lastDot returns the place of the last dot, -1 when there is none.
func lastDot(b []byte) int {
	i := len(b) - 1
	for i >= 0 && b[i] != '.' {
		i--
	}
	return i
}

// find finds an object by its name.
func (m *Models) find(name []byte) (object, bool) {
	i := sort.Search(len(m.objects), func(i int) bool { return m.objects[i].name() >= string(name) })
	if i == len(m.objects) || m.objects[i].name() != string(name) {
		return object{}, false
	}
	return m.objects[i], true
}

// lookup finds a parameter of the object.
func (o object) lookup(leaf []byte) (Entry, bool) {
	for line := range strings.Lines(o.lines()) {
		if len(line) > len(leaf)+1 && line[len(leaf)+1] == '\t' && line[1:len(leaf)+1] == string(leaf) {
			return o.entry(line), true
		}
	}
	return Entry{}, false
}

// entry reads the line of a parameter.
func (o object) entry(line string) Entry {
	rest := strings.TrimSuffix(line[1:], "\n")
	next := func() (column string) {
		column, rest, _ = strings.Cut(rest, "\t")
		return column
	}
	e := Entry{Object: o.name(), Leaf: next()}
	typ, flags := next(), next()
	if e.Type = types[typ]; typ == "mac" || strings.HasPrefix(typ, "ip") {
		e.Format = typ
	}
	e.Writable, e.List = strings.Contains(flags, "w"), strings.Contains(flags, "l")
	e.Volatile, e.Secret = strings.Contains(flags, "v"), strings.Contains(flags, "s")
	e.bounds, e.Unit, e.values = next(), next(), next()
	return e
}

// Roots of the data models, and where services stand below either.
const (
	rootDevice  = "Device."
	rootGateway = "InternetGatewayDevice."
	services    = "Services."
)

// service returns a name below Services without its root.
func service(path string) string {
	for _, root := range [...]string{rootDevice, rootGateway} {
		if rest, ok := strings.CutPrefix(path, root); ok && strings.HasPrefix(rest, services) && rest != services {
			return rest
		}
	}
	return path
}

// normal appends a name with "{i}" for each instance; it fails when that is too long.
func normal(b []byte, path string) ([]byte, bool) {
	if path == "" || len(path) > itms.MaxParamPath {
		return nil, false
	}
	for rest := service(path); rest != ""; {
		segment, tail, more := strings.Cut(rest, ".")
		if instance(segment) {
			segment = "{i}"
		}
		if len(b)+len(segment)+1 > cap(b) {
			return nil, false
		}
		if b = append(b, segment...); more {
			b = append(b, '.')
		}
		rest = tail
	}
	return b, true
}

// instance reports whether a segment stands for an instance: a number, an alias in
// brackets, or a name in braces.
func instance(segment string) bool {
	return segment != "" && (segment[0] == '[' || segment[0] == '{' || strings.Trim(segment, "0123456789") == "")
}

// TypeOf returns the CWMP type of a parameter, e.g. itms.TypeBoolean, "" when it is not
// known.
func (m *Models) TypeOf(path string) string {
	e, _ := m.Lookup(path)
	return e.Type
}

// Volatile reports whether a parameter's value is a counter, a clock or the like, by the
// table or by its name: one that means nothing once it has been read.
func (m *Models) Volatile(path string) bool {
	e, _ := m.Lookup(path)
	return e.Volatile || itms.ParamPath(path).IsVolatile()
}

// Secret reports whether a parameter's value is a credential, by the table or by its
// name: one that devices read back as empty.
func (m *Models) Secret(path string) bool {
	e, _ := m.Lookup(path)
	return e.Secret || itms.ParamPath(path).IsSecret()
}

// Hint says in a few words what a value of the parameter is: its unit, bounds and
// values; "" when nothing is known beyond its type.
func (m *Models) Hint(path string) string {
	e, _ := m.Lookup(path)
	var parts []string
	if e.List {
		parts = append(parts, "comma-separated")
	}
	if e.Unit != "" {
		parts = append(parts, e.Unit)
	}
	if e.Format != "" {
		parts = append(parts, formats[e.Format])
	}
	if b := e.boundsText(); b != "" {
		parts = append(parts, b)
	}
	if e.values != "" {
		parts = append(parts, "one of "+strings.ReplaceAll(e.values, "|", ", "))
	}
	return strings.Join(parts, "; ")
}
