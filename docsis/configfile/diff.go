package configfile

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Change is what distinguishes two files in one place.
type Change struct {
	// Name is the names from the outside in, with what tells several of one name apart:
	// "UsServiceFlow[1].MaxRateSustained".
	Name string
	// Old and New are the values as text; empty: the file has none there.
	Old, New string
}

// String returns the lines of a difference: what is taken away and what is added.
func (c Change) String() string {
	var lines []string
	if c.Old != "" {
		lines = append(lines, fmt.Sprintf("- %s %s", c.Name, c.Old))
	}
	if c.New != "" {
		lines = append(lines, fmt.Sprintf("+ %s %s", c.Name, c.New))
	}
	return strings.Join(lines, "\n")
}

// Diff returns what distinguishes the settings of two files, in the order of the first;
// what only the second has comes last. The order of TLVs of different types does not
// matter, nor that of flows and classifiers with references, and of SNMP objects.
// Integrity checks, MTA hashes, end marks and padding are left out.
func Diff(a, b *File) []Change {
	var d differ
	d.tlvs(a.TLVs, b.TLVs, "")
	return d.changes
}

// differ collects changes.
type differ struct{ changes []Change }

// tlvs compares the TLVs of one block.
func (d *differ) tlvs(a, b []TLV, outer string) {
	left, right := keyed(a), keyed(b)
	partners := map[string]*TLV{}
	for _, k := range right {
		partners[k.key] = k.tlv
	}
	for _, k := range left {
		d.pair(k.tlv, partners[k.key], outer+k.name)
		delete(partners, k.key)
	}
	for _, k := range right {
		if partners[k.key] != nil {
			d.pair(nil, k.tlv, outer+k.name)
		}
	}
}

// pair compares two TLVs, one of which may be missing.
func (d *differ) pair(a, b *TLV, name string) {
	switch {
	case a == nil:
		d.changes = append(d.changes, Change{Name: name, New: oneLine(b)})
	case b == nil:
		d.changes = append(d.changes, Change{Name: name, Old: oneLine(a)})
	case bytes.Equal(a.Value, b.Value):
	case a.Nested && b.Nested:
		d.tlvs(a.Sub, b.Sub, name+".")
	default:
		d.changes = append(d.changes, Change{Name: name, Old: oneLine(a), New: oneLine(b)})
	}
}

// keyedTLV is a TLV with what identifies it among its siblings.
type keyedTLV struct {
	key, name string
	tlv       *TLV
}

// keyed identifies TLVs: by reference, object or vendor, else by their count.
func keyed(tlvs []TLV) []keyedTLV {
	all := make([]keyedTLV, 0, len(tlvs))
	count := map[string]int{}
	for i := range tlvs {
		t := &tlvs[i]
		if t.Code == typeVarbind && hashOf(appendTLV(nil, t.Code, t.Value, false)) != 0 {
			continue
		}
		name := "TLV " + strconv.Itoa(int(t.Code))
		if t.Def != nil {
			name = t.Def.Name
		}
		if mark := t.identity(); mark != "" {
			name += "[" + mark + "]"
		}
		key := strconv.Itoa(int(t.Code)) + name
		count[key]++
		if n := count[key]; n > 1 {
			key += "#" + strconv.Itoa(n)
			name += "#" + strconv.Itoa(n)
		}
		all = append(all, keyedTLV{key, name, t})
	}
	return all
}

// identity returns what tells a TLV apart from others of its type.
func (t *TLV) identity() string {
	switch {
	case t.Def == nil:
		return ""
	case t.Def.Coding == Varbind:
		arcs, _, _, err := varbindParts(t.Value)
		if err != nil {
			return ""
		}
		if name := objectName(arcs); name != "" {
			return name
		}
		return string(appendArcs(nil, arcs))
	case t.Def.Coding == TLVs && t.Code == typeExtension:
		oui, _ := subTLV(t.Value, micOUI) // none has none
		return fmt.Sprintf("%x", oui)
	case named[t.Code] != nil || t.Code == 4:
		if ref, ok := subTLV(t.Value, 1); ok && t.Nested && len(ref) <= 4 {
			return strconv.FormatUint(uint64(bigEndian(ref)), 10)
		}
	}
	return ""
}

// oneLine writes a value, or a block, in one line.
func oneLine(t *TLV) string {
	if t.Nested {
		return "{ " + strings.Join(append(statements(t.Sub), "}"), " ")
	}
	if t.Def != nil {
		if dst, _, ok := appendValue(nil, t.Def, t.Value); ok {
			if t.Def.Coding == Varbind { // the name of the change says which object it is
				_, dst, _ = bytes.Cut(dst, []byte(" "))
			}
			return string(append(dst, ';'))
		}
	}
	return fmt.Sprintf("0x%x;", t.Value)
}

// statements writes the statements of a block.
func statements(tlvs []TLV) []string {
	const nested = 2
	all := make([]string, len(tlvs))
	for i := range tlvs {
		if t := &tlvs[i]; t.Nested {
			all[i] = t.Def.Name + " " + oneLine(t)
		} else {
			p := printer{}
			p.statement(t, nested)
			all[i] = string(p.dst)
		}
	}
	return all
}
