package sim

import (
	"strings"
	"testing"

	"itms/cwmp"
)

func TestCheckValue(t *testing.T) {
	text := Spec{Type: cwmp.TypeString, Max: 4}
	number := Spec{Type: cwmp.TypeUnsignedInt}
	signed := Spec{Type: cwmp.TypeInt}
	truth := Spec{Type: cwmp.TypeBoolean}
	moment := Spec{Type: cwmp.TypeDateTime}
	choice := Spec{Type: cwmp.TypeString, Max: 9, Enum: []string{"a", "b"}}
	for _, c := range []struct {
		spec       Spec
		value, typ string
		strict     bool
		want       string
		fault      int
	}{
		{text, "four", cwmp.TypeString, true, "four", 0},
		{text, "äöüß", "", false, "äöüß", 0},
		{text, "fives", cwmp.TypeString, false, "", cwmp.FaultValue},
		{text, "1", cwmp.TypeInt, false, "", cwmp.FaultType},
		{text, "\xff", cwmp.TypeString, false, "", cwmp.FaultValue},
		{number, "007", cwmp.TypeUnsignedInt, true, "7", 0},
		{number, "7", cwmp.TypeString, false, "7", 0},
		{number, "7", cwmp.TypeString, true, "", cwmp.FaultType},
		{number, "-7", cwmp.TypeUnsignedInt, false, "", cwmp.FaultValue},
		{number, "4294967296", cwmp.TypeUnsignedInt, false, "", cwmp.FaultValue},
		{number, "many", cwmp.TypeString, false, "", cwmp.FaultType},
		{signed, "-7", cwmp.TypeInt, true, "-7", 0},
		{signed, "7", cwmp.TypeUnsignedInt, false, "", cwmp.FaultType},
		{truth, "true", cwmp.TypeBoolean, true, "1", 0},
		{truth, "0", cwmp.TypeString, false, "0", 0},
		{truth, "TRUE", cwmp.TypeBoolean, false, "", cwmp.FaultValue},
		{moment, "0001-01-01T00:00:00Z", cwmp.TypeDateTime, true, "0001-01-01T00:00:00Z", 0},
		{moment, "2030-01-02T03:04:05.5+08:00", "", false, "2030-01-02T03:04:05.5+08:00", 0},
		{moment, "tomorrow", cwmp.TypeDateTime, false, "", cwmp.FaultValue},
		{choice, "b", cwmp.TypeString, false, "b", 0},
		{choice, "c", cwmp.TypeString, false, "", cwmp.FaultValue},
	} {
		got, fault := c.spec.checkValue(c.value, c.typ, c.strict)
		code := 0
		if fault != nil {
			code = fault.Code
		}
		if got != c.want || code != c.fault {
			t.Errorf("%s %q as %s = %q with fault %d, want %q with %d", c.spec.Type, c.value, c.typ, got, code, c.want, c.fault)
		}
		if fault != nil && len(c.value) > 3 && strings.Contains(fault.String, c.value) {
			t.Errorf("the fault repeats the value: %s", fault.String)
		}
	}
}
