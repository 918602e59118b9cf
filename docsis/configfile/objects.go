package configfile

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

//go:embed objects.txt
var objectsText string

// object is an SNMP object of the MIBs that configuration files set.
type object struct {
	Name string
	OID  []uint32
}

// objectTable finds objects by name, and by their numbers.
type objectTable struct {
	byName map[string]*object
	byOID  map[string]*object // key: oidKey
}

// objects parses objects.txt once.
var objects = sync.OnceValues(func() (*objectTable, error) { return parseObjects(objectsText) })

// knownObjects returns the table; a mistake in objects.txt is one of the build.
func knownObjects() *objectTable {
	t, err := objects()
	if err != nil {
		panic("docsis/configfile: objects.txt: " + err.Error())
	}
	return t
}

// objectByName returns the object of a name, with or without its module.
func objectByName(name []byte) *object {
	t := knownObjects()
	if o := t.byName[string(name)]; o != nil {
		return o
	}
	if i := bytes.LastIndex(name, []byte("::")); i >= 0 {
		return t.byName[string(name[i+2:])]
	}
	return nil
}

// oidKey makes a map key of arcs.
func oidKey(arcs []uint32) string {
	key := make([]byte, 0, 4*len(arcs))
	for _, arc := range arcs {
		key = binary.BigEndian.AppendUint32(key, arc)
	}
	return string(key)
}

// objectName returns the name of the object that arcs begin with, and its index:
// "docsDevNmAccessIp.1". It returns "" for objects that the table does not have.
func objectName(arcs []uint32) string {
	known, key := knownObjects(), oidKey(arcs)
	for n := len(arcs); n > 0; n-- {
		o := known.byOID[key[:4*n]]
		if o == nil {
			continue
		}
		name := o.Name
		for _, arc := range arcs[n:] {
			name += "." + strconv.FormatUint(uint64(arc), 10)
		}
		return name
	}
	return ""
}

// parseObjects reads objects.txt: lines of name and arcs below the line that they are
// indented under.
func parseObjects(text string) (*objectTable, error) {
	t := &objectTable{byName: map[string]*object{}, byOID: map[string]*object{}}
	var stack []*object
	var errs []error
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		depth := (len(lines.Text()) - len(strings.TrimLeft(lines.Text(), " "))) / 2
		if depth > len(stack) || len(fields) != 2 {
			errs = append(errs, fmt.Errorf("line %d: indentation or count of fields", n))
			continue
		}
		o, err := parseObject(fields, stack[:depth])
		if err = errors.Join(err, t.add(o, depth > 0)); err != nil {
			errs = append(errs, fmt.Errorf("line %d: %w", n, err))
		}
		stack = append(stack[:depth], o)
	}
	return t, errors.Join(append(errs, lines.Err())...)
}

// parseObject reads a line.
func parseObject(fields []string, outer []*object) (*object, error) {
	o := &object{Name: fields[0]}
	if len(outer) > 0 {
		o.OID = append(o.OID, outer[len(outer)-1].OID...)
	}
	for part := range strings.SplitSeq(fields[1], ".") {
		arc, err := strconv.ParseUint(part, 10, 32)
		if err != nil {
			return o, err
		}
		o.OID = append(o.OID, uint32(arc))
	}
	return o, nil
}

// add enters an object; names and numbers are unique. Roots give no name to print.
func (t *objectTable) add(o *object, print bool) error {
	key := oidKey(o.OID)
	if t.byName[o.Name] != nil || t.byOID[key] != nil {
		return fmt.Errorf("%s a second time", o.Name)
	}
	t.byName[o.Name] = o
	if print {
		t.byOID[key] = o
	}
	return nil
}
