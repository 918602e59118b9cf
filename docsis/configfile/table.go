package configfile

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed tlvs.txt
var tlvsText string

// Coding says how the value of a TLV is written, in the file and in the text.
type Coding uint8

// The codings, as tlvs.txt explains them.
const (
	CodingNone Coding = iota
	TLVs
	U8
	U16
	U24
	U32
	Hex
	Str
	StrZero
	IP
	IP6
	Addr
	TypedAddr
	AddrPort
	IPs
	IP6s
	Prefixes
	U8s
	U16s
	MAC
	MACMask
	QTags
	Empty
	OID
	WriteControl
	Varbind
	FileContent
	DigitMap
	codings
)

var codingNames = [codings]string{"none", "tlvs", "u8", "u16", "u24", "u32", "hex", "str", "strz", "ip", "ip6", "addr",
	"typed-addr", "addr-port", "ips", "ip6s", "prefixes", "u8s", "u16s", "mac", "mac-mask", "qtags", "empty", "oid",
	"write-control", "varbind", "file", "digit-map"}

// String returns the word of tlvs.txt.
func (c Coding) String() string {
	if c >= codings {
		return "coding " + strconv.Itoa(int(c))
	}
	return codingNames[c]
}

// Def is a line of the table: what is known of one TLV.
type Def struct {
	Code     uint8
	Name     string   // as it is printed
	Aliases  []string // other names that are read
	Coding   Coding
	Min, Max uint32 // of the number, octets, characters or entries; both 0: any
	Since    string // first version of DOCSIS: "1.0" to "4.0", or "MTA"
	Clause   string // where it is specified, such as "MULPI:C.1.1.4.1"

	split bool    // longer values go on in the next TLV
	long  bool    // two octets of length
	sub   *defSet // of Coding TLVs
}

// defSet is the TLVs that one TLV, or the file, may hold.
type defSet struct {
	byName map[string]*Def
	byCode [256]*Def // the one that is printed
	all    []*Def
}

// noDefs is the inside of a TLV that the table does not know.
var noDefs = &defSet{}

// table parses tlvs.txt once.
var table = sync.OnceValues(func() (*defSet, error) { return parseTable(tlvsText) })

// top returns the TLVs of a file. tlvs.txt is part of the program and tested, so a
// mistake in it is one of the build.
func top() *defSet {
	set, err := table()
	if err != nil {
		panic("docsis/configfile: tlvs.txt: " + err.Error())
	}
	return set
}

// Lookup returns what is known of a TLV, given by its numbers from the outside in:
// Lookup(24, 8) is the maximum rate of an upstream service flow. It returns nil for a
// TLV that the table does not have. Where one number has several names it is the one
// that is printed.
func Lookup(path ...uint8) *Def {
	set, def := top(), (*Def)(nil)
	for _, code := range path {
		if def = set.byCode[code]; def == nil {
			return nil
		}
		set = def.inside()
	}
	return def
}

// Find returns the TLV of a name, or alias, within the TLV of the given numbers: of the
// file itself without any. It returns nil when there is none.
func Find(name string, within ...uint8) *Def {
	if len(within) == 0 {
		return top().byName[name]
	}
	if outer := Lookup(within...); outer != nil {
		return outer.inside().byName[name]
	}
	return nil
}

// inside returns what the TLV may hold.
func (d *Def) inside() *defSet {
	if d == nil || d.sub == nil {
		return noDefs
	}
	return d.sub
}

// add puts a line into the set. Only the last line of one number may be refused its
// name, which would be a name with two meanings.
func (s *defSet) add(d *Def) error {
	for _, name := range append([]string{d.Name}, d.Aliases...) {
		if old := s.byName[name]; old != nil {
			return fmt.Errorf("%s is both %d and %d", name, old.Code, d.Code)
		}
		s.byName[name] = d
	}
	if s.byCode[d.Code] == nil {
		s.byCode[d.Code] = d
	}
	s.all = append(s.all, d)
	return nil
}

// newDefSet returns an empty set.
func newDefSet() *defSet { return &defSet{byName: map[string]*Def{}} }

// tableParser reads tlvs.txt.
type tableParser struct {
	trees map[string]*defSet
	stack []*Def // the TLVs that enclose the line; stack[0] is the tree itself
}

// parseTable reads the whole table and returns the TLVs of the file.
func parseTable(text string) (*defSet, error) {
	p := &tableParser{trees: map[string]*defSet{}}
	var errs []error
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		if err := p.line(lines.Text()); err != nil {
			errs = append(errs, fmt.Errorf("line %d: %w", n, err))
		}
	}
	file := p.trees["file"]
	if err := errors.Join(append(errs, lines.Err())...); err != nil {
		return nil, err
	}
	if file == nil {
		return nil, errors.New("no section \"file\"")
	}
	return file, nil
}

// line takes one line.
func (p *tableParser) line(line string) error {
	fields := strings.Fields(line)
	if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
		return nil
	}
	indent := len(line) - len(strings.TrimLeft(line, " "))
	switch {
	case indent == 0:
		return p.section(fields)
	case indent%2 != 0 || indent/2 > len(p.stack):
		return fmt.Errorf("indented by %d", indent)
	}
	p.stack = p.stack[:indent/2]
	outer := p.stack[len(p.stack)-1]
	if outer.Coding != TLVs {
		return fmt.Errorf("%s holds no TLVs", outer.Name)
	}
	if fields[0] == "use" {
		return p.use(outer, fields)
	}
	d, err := parseDef(fields, outer)
	if err != nil {
		return err
	}
	p.stack = append(p.stack, d)
	return outer.sub.add(d)
}

// section begins a tree or the file.
func (p *tableParser) section(fields []string) error {
	root := &Def{Name: fields[0], Coding: TLVs, sub: newDefSet()}
	switch {
	case len(fields) == 3 && fields[0] == "tree":
		root.Name, root.Since = fields[1], fields[2]
	case len(fields) != 1 || fields[0] != "file":
		return fmt.Errorf("a section is \"file\" or \"tree NAME SINCE\", not %q", strings.Join(fields, " "))
	}
	if p.trees[root.Name] != nil {
		return fmt.Errorf("a second %s", root.Name)
	}
	p.trees[root.Name] = root.sub
	p.stack = []*Def{root}
	return nil
}

// use puts the lines of a tree into a TLV.
func (p *tableParser) use(outer *Def, fields []string) error {
	if len(fields) != 2 || p.trees[fields[1]] == nil {
		return fmt.Errorf("\"use\" wants the name of a tree above it")
	}
	for _, d := range p.trees[fields[1]].all {
		if err := outer.sub.add(d); err != nil {
			return err
		}
	}
	return nil
}

// parseDef reads a line of a TLV.
func parseDef(fields []string, outer *Def) (*Def, error) {
	if len(fields) != 6 {
		return nil, fmt.Errorf("%d fields instead of 6", len(fields))
	}
	code, err := strconv.ParseUint(fields[0], 10, 8)
	if err != nil {
		return nil, err
	}
	names := strings.Split(fields[1], ",")
	d := &Def{Code: uint8(code), Name: names[0], Aliases: names[1:], Since: inherit(fields[4], outer.Since), Clause: clause(fields[5], outer.Clause)}
	err = errors.Join(d.setCoding(fields[2]), d.setRange(fields[3]))
	if d.Coding == TLVs {
		d.sub = newDefSet()
	}
	return d, err
}

// inherit returns the outer value for "-".
func inherit(s, outer string) string {
	if s == "-" {
		return outer
	}
	return s
}

// clause completes a clause that is written below its parent's.
func clause(s, outer string) string {
	if strings.HasPrefix(s, ".") {
		return outer + s
	}
	return inherit(s, outer)
}

// setCoding reads the coding and what follows it.
func (d *Def) setCoding(s string) error {
	parts := strings.Split(s, ",")
	d.split, d.long = slices.Contains(parts[1:], "split"), slices.Contains(parts[1:], "long")
	i := slices.Index(codingNames[:], parts[0])
	if i <= int(CodingNone) {
		return fmt.Errorf("no coding %q", s)
	}
	d.Coding = Coding(i)
	return nil
}

// setRange reads the range.
func (d *Def) setRange(s string) error {
	if s == "-" {
		return nil
	}
	low, high, several := strings.Cut(s, "..")
	if !several {
		high = low
	}
	least, err := strconv.ParseUint(low, 10, 32)
	most, err2 := strconv.ParseUint(high, 10, 32)
	if least > most || most == 0 {
		return fmt.Errorf("range %q", s)
	}
	d.Min, d.Max = uint32(least), uint32(most)
	return errors.Join(err, err2)
}

// bounds returns what Min and Max stand for, given what the coding can hold.
func (d *Def) bounds(most uint32) (uint32, uint32) {
	if d.Max == 0 {
		return 0, most
	}
	return d.Min, min(d.Max, most)
}
