package itms_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"itms"
)

// tree builds one from "name=value" texts.
func tree(pairs ...string) *itms.ParamTree {
	t := &itms.ParamTree{}
	for _, p := range pairs {
		name, value, _ := strings.Cut(p, "=")
		t.Set(itms.Param{Name: itms.ParamPath(name), Value: value, Type: itms.TypeString})
	}
	return t
}

// names lists what lies below a path.
func names(t *itms.ParamTree, under itms.ParamPath) (out []string) {
	for p := range t.Under(under) {
		out = append(out, string(p.Name))
	}
	return out
}

func TestTreeUnderIsByObject(t *testing.T) {
	tr := tree("D.A=1", "D.Ab.C=2", "D.A.1.X=3", "D.A.1.Y=4", "D.A.10.X=5", "E.F=6")
	if got := names(tr, "D.A."); !slices.Equal(got, []string{"D.A.1.X", "D.A.1.Y", "D.A.10.X"}) {
		t.Errorf("%v", got)
	}
	if got := names(tr, "D.A"); !slices.Equal(got, []string{"D.A"}) {
		t.Errorf("a full name yields itself only: %v", got)
	}
	if got := tr.Instances("D.A."); !slices.Equal(got, []string{"1", "10"}) {
		t.Errorf("instances %v", got)
	}
	if n := tr.Remove("D.A."); n != 3 || tr.Len() != 3 {
		t.Errorf("removed %d, %d left", n, tr.Len())
	}
	if n := tr.Remove(""); n != 3 || tr.Len() != 0 {
		t.Errorf("removed %d, %d left", n, tr.Len())
	}
}

func TestTreeKeepsTypeAndWritability(t *testing.T) {
	tr := &itms.ParamTree{}
	tr.Set(itms.Param{Name: "A.B", Value: "1", Type: itms.TypeInt, Writable: true})
	if tr.Set(itms.Param{Name: "A.B", Value: "1"}) {
		t.Error("less knowledge counts as a change")
	}
	if p, _ := tr.Get("A.B"); p.Type != itms.TypeInt || !p.Writable {
		t.Errorf("%+v", p)
	}
}

// household is a realistic tree of a box.
func household(n int) *itms.ParamTree {
	tr := &itms.ParamTree{}
	for i := range n {
		tr.Set(itms.Param{Name: itms.ParamPath(fmt.Sprintf("Device.Services.STBService.1.ServiceMonitoring.MainStream.%d.Sample.Value%d", i/10, i%10)),
			Value: fmt.Sprint(i * 7), Type: itms.TypeUnsignedInt})
	}
	return tr
}
