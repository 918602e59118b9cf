package datamodel_test

import (
	"slices"
	"testing"

	"itms"
)

// Whatever a test writes and reads stands in the data models: each of its objects can be
// started, each argument can be written and each value be read in one of them, with the
// type and the bounds that the table says.
func TestDiagnosticsAreStandard(t *testing.T) {
	for _, d := range itms.Diagnostics {
		for _, o := range d.Objects {
			state, ok := models.Lookup(string(o) + itms.LeafDiagnosticsState)
			if !ok || !state.Writable {
				t.Errorf("%s: %s cannot be started", d.Kind, o)
			}
		}
		somewhere := func(path string, fits func(object string) bool) {
			if !slices.ContainsFunc(d.Objects, func(o itms.ParamPath) bool { return fits(string(o)) }) {
				t.Errorf("%s: no object has %s like that", d.Kind, path)
			}
		}
		for _, a := range d.Args {
			somewhere(a.Leaf, func(o string) bool { e, ok := models.Lookup(o + a.Leaf); return ok && e.Writable })
			for _, o := range d.Objects {
				e, ok := models.Lookup(string(o) + a.Leaf)
				for _, value := range append(slices.Clone(a.Values), a.Default) {
					if err := models.Check(string(o)+a.Leaf, value, ""); ok && value != "" && err != nil {
						t.Errorf("%s: %s%s: %v", d.Kind, o, a.Leaf, err)
					}
				}
				if unsigned := []string{itms.TypeUnsignedInt, itms.TypeUnsignedLong}; ok && e.Type != a.Type && !(slices.Contains(unsigned, e.Type) && slices.Contains(unsigned, a.Type)) {
					t.Errorf("%s: %s%s is %s, not %s", d.Kind, o, a.Leaf, e.Type, a.Type)
				}
			}
		}
		read := func(table string, fields []itms.DiagnosticField) {
			for _, f := range fields {
				for _, leaf := range f.Leaves {
					somewhere(table+leaf, func(o string) bool {
						e, ok := models.Lookup(o + table + leaf)
						return ok && (e.Type == itms.TypeDateTime) == (f.Form == itms.FormTime) && (e.Type == itms.TypeBoolean) == (f.Form == itms.FormFlag)
					})
				}
			}
		}
		read("", d.Results)
		for _, table := range d.Tables {
			read(table.Object+"1.", table.Fields)
		}
	}
}
