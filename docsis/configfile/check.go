package configfile

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// Finding is something that a modem, MTA or CMTS would object to.
type Finding struct {
	Warning      bool   // it works on some devices, or on most
	Path         string // numbers from the outside in: "24.8"; "" is the file
	Name         string // of the TLV, when the table knows it
	Line, Column int    // in the text, 0 without
	Msg          string
}

// String returns "line:column: Name (24.8): what is wrong".
func (f Finding) String() string {
	s := f.Msg
	if f.Path != "" {
		s = fmt.Sprintf("%s: %s", f.place(), s)
	}
	if f.Warning {
		s = "warning: " + s
	}
	if f.Line > 0 {
		s = fmt.Sprintf("%d:%d: %s", f.Line, f.Column, s)
	}
	return s
}

// place returns the name and the numbers.
func (f Finding) place() string {
	if f.Name == "" {
		return "TLV " + f.Path
	}
	return fmt.Sprintf("%s (%s)", f.Name, f.Path)
}

// CheckOptions says what a file is checked for. The zero value is any modem.
type CheckOptions struct {
	// Version is the version of DOCSIS of the modems, "1.0" to "4.0": settings of later
	// ones are warned of. Empty: none are.
	Version string
}

// Check returns what is wrong with a file, in its order; what concerns the whole file
// comes first.
func Check(f *File, opts CheckOptions) []Finding {
	c := &checker{opts: opts, refs: map[refKey]*TLV{}}
	if f.MTA {
		c.mta(f)
	} else {
		c.modem(f)
	}
	c.tlvs(f.TLVs, "", nil)
	if !f.MTA {
		c.references(f.TLVs)
	}
	c.objects(f.TLVs)
	slices.SortStableFunc(c.found, func(a, b Finding) int { return cmp.Compare(a.Line, b.Line) })
	return c.found
}

// checker collects findings.
type checker struct {
	opts  CheckOptions
	found []Finding
	refs  map[refKey]*TLV
}

// file adds a finding about the whole.
func (c *checker) file(warning bool, format string, args ...any) {
	c.found = append(c.found, Finding{Warning: warning, Msg: fmt.Sprintf(format, args...)})
}

// tlv adds a finding about one TLV.
func (c *checker) tlv(warning bool, t *TLV, path, format string, args ...any) {
	f := Finding{Warning: warning, Path: path, Line: t.Line, Column: t.Column, Msg: fmt.Sprintf(format, args...)}
	if t.Def != nil {
		f.Name = t.Def.Name
	}
	c.found = append(c.found, f)
}

// mta checks the frame of an MTA file (PKT-SP-PROV §9.1).
func (c *checker) mta(f *File) {
	if n := len(f.TLVs); n == 0 || f.TLVs[0].Code != typeDelimiter || string(f.TLVs[0].Value) != "\x01" {
		c.file(false, "an MTA file begins with MtaConfigDelimiter 1")
	} else if f.TLVs[n-1].Code != typeDelimiter || string(f.TLVs[n-1].Value) != "\xff" {
		c.file(false, "an MTA file ends with MtaConfigDelimiter 255")
	}
	if f.CMMIC != nil || f.CMTSMIC != nil {
		c.file(true, "an MTA file has no CM MIC and no CMTS MIC")
	}
}

// modem checks what a modem's file must have (MULPI Annex D.1.2).
func (c *checker) modem(f *File) {
	has := func(code uint8) bool { return slices.ContainsFunc(f.TLVs, func(t TLV) bool { return t.Code == code }) }
	if !has(3) {
		c.file(false, "NetworkAccess (3) is missing")
	}
	flows := has(24) || has(25)
	switch {
	case has(4) && flows:
		c.file(false, "ClassOfService (4) of DOCSIS 1.0 and service flows (24, 25) exclude each other: a CMTS refuses the modem")
	case !has(4) && !(has(24) && has(25)):
		c.file(false, "UsServiceFlow (24) and DsServiceFlow (25), or ClassOfService (4) of DOCSIS 1.0, are missing")
	}
	const added = 2*18 + 1 // integrity checks and end mark
	if size := (len(f.Body) + added + 3) / 4 * 4; size > ModemFile {
		c.file(true, "the file has %d octets: modems need not take more than %d", size, ModemFile)
	}
	c.container(f)
	c.once(f.TLVs)
}

// container checks the integrity checks and the end of a binary file.
func (c *checker) container(f *File) {
	if f.text {
		return
	}
	for _, mic := range []struct {
		name  string
		value []byte
	}{{"CmMic (6)", f.CMMIC}, {"CmtsMic (7)", f.CMTSMIC}} {
		if len(mic.value) == 0 {
			c.file(false, "%s is missing", mic.name)
		} else if len(mic.value) != 16 {
			c.file(false, "%s has %d octets instead of 16", mic.name, len(mic.value))
		}
	}
	if !f.Ended {
		c.file(false, "the end mark (255) is missing")
	}
	if f.Behind > 0 {
		c.file(true, "%d octets follow the end mark", f.Behind)
	}
}

// single is the settings of a modem that a file has once.
var single = []uint8{1, 2, 3, 9, 12, 18, 19, 20, 21, 28, 29, 35, 37, 39, 40, 55, 58, 59, 63, 66, 68, 76, 83, 91, 92, 97}

// once finds settings that are there twice.
func (c *checker) once(tlvs []TLV) {
	seen := map[uint8]*TLV{}
	for i := range tlvs {
		t := &tlvs[i]
		if first := seen[t.Code]; first == nil {
			seen[t.Code] = t
		} else if slices.Contains(single, t.Code) {
			c.tlv(false, t, strconv.Itoa(int(t.Code)), "given twice%s", at(first))
		}
	}
}

// at says where the other is.
func at(t *TLV) string {
	if t.Line == 0 {
		return ""
	}
	return fmt.Sprintf(", first in line %d", t.Line)
}

// tlvs checks each by itself.
func (c *checker) tlvs(tlvs []TLV, outer string, within *Def) {
	seen := map[uint8]*TLV{}
	for i := range tlvs {
		t := &tlvs[i]
		path := outer + strconv.Itoa(int(t.Code))
		c.known(t, path, within)
		if first := seen[t.Code]; first != nil && within != nil && t.Def != nil && oncePer(t, within) {
			c.tlv(false, t, path, "given twice%s", at(first))
		}
		seen[t.Code] = t
		if t.Nested {
			c.tlvs(t.Sub, path+".", t.Def)
		}
		if t.Code == typeExtension && outer == "" {
			c.extension(t, path)
		}
	}
}

// oncePer reports whether a value may be in its block once only. Lists of groups,
// prefixes and vendors' own values may repeat.
func oncePer(t *TLV, within *Def) bool {
	switch within.Code {
	case 4, 17, 22, 23, 24, 25, 26, 60, 70, 71:
		return t.Def.Coding != TLVs
	}
	return false
}

// known checks number, form, range and version of a TLV.
func (c *checker) known(t *TLV, path string, within *Def) {
	switch {
	case t.Def == nil:
		// What other vendors put into their blocks is theirs.
		if within == nil || within.Code != typeExtension {
			c.tlv(true, t, path, "unknown")
		}
		return
	case t.Def.Coding == TLVs && !t.Nested:
		c.tlv(false, t, path, "its %d octets are not sub-TLVs", len(t.Value))
	case t.Def.Coding != TLVs && !sayable(t):
		c.tlv(false, t, path, "0x%x is not %s", t.Value[:min(len(t.Value), 32)], t.Def.wants())
	}
	if v := c.opts.Version; v != "" && t.Def.Since > v && t.Def.Since != "MTA" && (within == nil || within.Since <= v) {
		c.tlv(true, t, path, "is of DOCSIS %s", t.Def.Since)
	}
}

// sayable reports whether the statement of the TLV's name can say its value.
func sayable(t *TLV) bool {
	const nested = 2 // a length of one octet, as everywhere but at the top of MTA files
	short := *t
	short.Code = t.Def.Code
	p := printer{}
	if len(t.Value) > longestOctet {
		return true
	}
	return p.value(&short, nested)
}

// wants describes the values of a TLV.
func (d *Def) wants() string {
	s := d.Coding.String()
	if d.Max > 0 {
		s += fmt.Sprintf(" of %d to %d", d.Min, d.Max)
	}
	return s
}

// extension checks TLV 43.
func (c *checker) extension(t *TLV, path string) {
	if _, ok := subTLV(t.Value, micOUI); !ok {
		c.tlv(true, t, path, "has no VendorIdentifier (43.8): a modem skips it")
	}
	if config, ok := subTLV(t.Value, micConfig); ok {
		if _, err := parseExtended(config); err != nil {
			c.tlv(false, t, path+".6", "%v", err)
		}
	}
}
