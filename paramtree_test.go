package itms_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

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

// The tree against a map, and the stored form against both.
func TestTreeAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr, model := &itms.ParamTree{}, map[itms.ParamPath]itms.Param{}
		name := rapid.StringMatching(`(D|I)\.[a-c]{1,2}(\.[0-9]{1,2}){0,2}\.[x-z]`)
		for range rapid.IntRange(0, 600).Draw(t, "sets") {
			p := itms.Param{Name: itms.ParamPath(name.Draw(t, "name")), Value: rapid.String().Draw(t, "value"),
				Type: itms.TypeString, Hidden: rapid.Bool().Draw(t, "hidden"), Writable: true}
			tr.Set(p)
			model[p.Name] = p
		}
		stored, err := tr.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var back itms.ParamTree
		if err := back.UnmarshalBinary(stored); err != nil {
			t.Fatal(err)
		}
		if back.Len() != len(model) {
			t.Fatalf("%d parameters came back, %d went in", back.Len(), len(model))
		}
		for name, want := range model {
			if got, ok := back.Get(name); !ok || got != want {
				t.Fatalf("%s: %+v, want %+v", name, got, want)
			}
		}
	})
}

func FuzzTreeUnmarshal(f *testing.F) {
	for _, n := range []int{0, 1, 300} {
		tr := &itms.ParamTree{}
		for i := range n {
			tr.Set(itms.Param{Name: itms.ParamPath(fmt.Sprintf("Device.A.%d.B", i)), Value: "v"})
		}
		stored, err := tr.MarshalBinary()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(stored)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var tr itms.ParamTree
		if tr.UnmarshalBinary(data) != nil {
			return
		}
		if _, err := tr.MarshalBinary(); err != nil {
			t.Fatal(err)
		}
	})
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

func BenchmarkTreeMarshal200(b *testing.B) {
	tr := household(200)
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		out, err := tr.MarshalBinary()
		if err != nil {
			b.Fatal(err)
		}
		size = len(out)
	}
	b.ReportMetric(float64(size), "stored-bytes")
}

func BenchmarkTreeUnmarshal200(b *testing.B) {
	stored, err := household(200).MarshalBinary()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var tr itms.ParamTree
		if err := tr.UnmarshalBinary(stored); err != nil {
			b.Fatal(err)
		}
	}
}
