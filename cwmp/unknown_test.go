package cwmp

import "testing"

var probe = &UnknownMethod{
	Name: "X_00005E_Probe",
	Arguments: []Argument{
		{Name: "Target", Type: "xsd:string", Text: " a & b "},
		{Name: "Empty"},
		{Name: "List", Children: []Argument{{Name: "Item", Text: "1"}, {Name: "Item", Type: "xsd:int", Text: "2"}}},
	},
}

func TestUnknownMethod(t *testing.T) { checkGolden(t, probe) }

func FuzzUnknownMethod(f *testing.F) { fuzzGolden(f, "X_00005E_Probe") }

func TestUnknownMethodForms(t *testing.T) {
	checkBody(t, `<soap:Whatever/>`, &UnknownMethod{Name: "Whatever"})
	checkBody(t, `<a:b:c><x>1<y/></x></a:b:c>`, &UnknownMethod{
		Name:      "a_b_c",
		Arguments: []Argument{{Name: "x", Children: []Argument{{Name: "y"}}}},
	})
	// Names differ in case from those of known RPCs only when they are others.
	checkBody(t, `<inform/>`, &UnknownMethod{Name: "inform"})
}

// TestSafeName checks that names that callers choose cannot break the XML.
func TestSafeName(t *testing.T) {
	for name, want := range map[string]string{
		"X_00005E_Probe": "X_00005E_Probe",
		"a b":            "a_b",
		"a><b":           "a__b",
		"1a":             "_1a",
		"":               "_",
		"a:b":            "a_b",
		"é.x-1":          "é.x-1",
		"a\x00":          "a_",
	} {
		if got := safeName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
