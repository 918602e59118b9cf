package itms_test

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"itms"
)

// treeModel is a tree beside a map that should hold the same.
type treeModel struct {
	tree  *itms.ParamTree
	model map[itms.ParamPath]itms.Param
}

// anyName draws names that share starts, and of which some begin others.
var anyName = rapid.Custom(func(t *rapid.T) itms.ParamPath {
	n := rapid.IntRange(0, 999).Draw(t, "n")
	return itms.ParamPath(fmt.Sprintf("D.%c.%d.%s", 'a'+rune(n%3), n/3, rapid.SampledFrom([]string{"x", "y", "é", "Long" + strings.Repeat("y", 20)}).Draw(t, "leaf")))
})

// set compares the merging of knowledge, field by field.
func (m *treeModel) set(t *rapid.T) {
	p := itms.Param{Name: anyName.Draw(t, "name"), Value: rapid.SampledFrom([]string{"", "1", "é\x00\xff", strings.Repeat("v", 300)}).Draw(t, "value"),
		Type: rapid.SampledFrom([]string{"", itms.TypeInt, itms.TypeHexBinary, "vendor:type"}).Draw(t, "type"), Writable: rapid.Bool().Draw(t, "writable"),
		Hidden: rapid.Bool().Draw(t, "hidden"), Notify: itms.NotificationLevel(rapid.IntRange(-1, itms.MaxNotification).Draw(t, "notify")),
		Access: itms.AccessList(rapid.IntRange(0, int(itms.AccessOther)).Draw(t, "access"))}
	old, had := m.model[p.Name]
	want := p
	if had {
		if want.Type == "" {
			want.Type = old.Type
		}
		if want.Notify == 0 {
			want.Notify = old.Notify
		}
		if want.Access == 0 {
			want.Access = old.Access
		}
		want.Writable = want.Writable || old.Writable
	}
	if got := m.tree.Set(p); got != (!had || want != old) {
		t.Fatalf("Set(%+v) = %v over %+v, %v", p, got, old, had)
	}
	m.model[p.Name] = want
}

// many sets a run of neighbours, so that trees of many blocks come up.
func (m *treeModel) many(t *rapid.T) {
	table := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "table")
	from := rapid.IntRange(0, 900).Draw(t, "from")
	for i := from; i < from+rapid.IntRange(1, 400).Draw(t, "many"); i++ {
		p := itms.Param{Name: itms.ParamPath(fmt.Sprintf("D.%s.%d.z", table, i)), Value: fmt.Sprint(i), Type: itms.TypeInt}
		m.tree.Set(p)
		m.model[p.Name] = p
	}
}

// path draws an object, a parameter or everything.
func path(t *rapid.T) itms.ParamPath {
	return rapid.OneOf(rapid.SampledFrom([]itms.ParamPath{"", "D.", "D.a.", "D.b.", "D.c.1", "D.z."}), anyName,
		rapid.Map(rapid.IntRange(0, 40), func(i int) itms.ParamPath { return itms.ParamPath(fmt.Sprintf("D.a.%d.", i)) })).Draw(t, "path")
}

func (m *treeModel) remove(t *rapid.T) {
	p, gone := path(t), 0
	if p == "" && rapid.IntRange(0, 5).Draw(t, "all") > 0 {
		return // seldom: it ends what is interesting
	}
	for name := range m.model {
		if name.Under(p) {
			delete(m.model, name)
			gone++
		}
	}
	if n := m.tree.Remove(p); n != gone {
		t.Fatalf("Remove(%q) = %d, want %d", p, n, gone)
	}
}

// reopen goes on with what is stored.
func (m *treeModel) reopen(t *rapid.T) { m.tree = reopen(t, packed(t, m.tree)) }

// clone goes on with a copy, and spoils the original.
func (m *treeModel) clone(t *rapid.T) {
	old := m.tree
	m.tree = old.Clone()
	old.Set(itms.Param{Name: anyName.Draw(t, "name"), Value: "spoilt"})
	old.Remove(path(t))
}

// check compares what the tree shows with the model.
func (m *treeModel) check(t *rapid.T) {
	if m.tree.Len() != len(m.model) || m.tree.Err() != nil {
		t.Fatalf("%d parameters, want %d; %v", m.tree.Len(), len(m.model), m.tree.Err())
	}
	p := path(t)
	var want []itms.Param
	for _, name := range slices.Sorted(maps.Keys(m.model)) {
		if name.Under(p) {
			want = append(want, m.model[name])
		}
	}
	if got := slices.Collect(m.tree.Under(p)); !slices.Equal(got, want) {
		t.Fatalf("under %q:\n got %v\nwant %v", p, got, want)
	}
	name := anyName.Draw(t, "name")
	if got, ok := m.tree.Get(name); got != m.model[name] || ok != (m.model[name].Name != "") {
		t.Fatalf("Get(%q) = %+v, %v; want %+v", name, got, ok, m.model[name])
	}
	m.page(t)
}

// page compares a page.
func (m *treeModel) page(t *rapid.T) {
	q := itms.ParamPage{Prefix: rapid.SampledFrom([]string{"", "D.", "D.a.1", "D.b.3", "E"}).Draw(t, "prefix"),
		After: rapid.OneOf(rapid.Just(itms.ParamPath("")), anyName).Draw(t, "after"), Limit: rapid.IntRange(0, 300).Draw(t, "limit")}
	var want []itms.Param
	for _, name := range slices.Sorted(maps.Keys(m.model)) {
		if strings.HasPrefix(string(name), q.Prefix) && name > q.After && len(want) < q.Limit {
			want = append(want, m.model[name])
		}
	}
	if got := m.tree.Page(q); !slices.Equal(got, want) {
		t.Fatalf("page %+v:\n got %v\nwant %v", q, got, want)
	}
}

// The tree does what a map does, however its blocks are cut, joined and stored.
func TestTreeAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &treeModel{&itms.ParamTree{}, map[itms.ParamPath]itms.Param{}}
		t.Repeat(map[string]func(*rapid.T){"set": m.set, "many": m.many, "remove": m.remove, "reopen": m.reopen, "clone": m.clone, "": m.check})
	})
}

// unpackedBy returns how many blocks of a stored tree a look at it unpacks.
func unpackedBy(t *testing.T, blocks []itms.PackedBlock, look func(*itms.ParamTree)) int {
	t.Helper()
	tr := reopen(t, blocks)
	look(tr)
	_, unpacked := tr.Blocks()
	return unpacked
}

func TestTreeUnpacksOnlyWhatIsLookedAt(t *testing.T) {
	blocks := packed(t, household(manyParams))
	for name, c := range map[string]struct {
		most int
		look func(*itms.ParamTree)
	}{
		"nothing":         {0, func(tr *itms.ParamTree) { tr.Len() }},
		"one":             {1, func(tr *itms.ParamTree) { tr.Get(nameOf(12_345)) }},
		"one that is not": {1, func(tr *itms.ParamTree) { tr.Get("Device.X") }},
		"set":             {1, func(tr *itms.ParamTree) { tr.Set(itms.Param{Name: nameOf(777), Value: "new"}) }},
		"a parameter":     {1, func(tr *itms.ParamTree) { _ = slices.Collect(tr.Under(nameOf(777))) }},
		"page of 100":     {3, func(tr *itms.ParamTree) { tr.Page(itms.ParamPage{After: nameOf(4_000), Limit: 100}) }},
		"first of an object": {1, func(tr *itms.ParamTree) {
			for range tr.Under("Device.Services.") {
				break
			}
		}},
		"remove all":    {0, func(tr *itms.ParamTree) { tr.Remove("") }},
		"remove much":   {2, func(tr *itms.ParamTree) { tr.Remove("Device.Services.STBService.1.ServiceMonitoring.") }},
		"pack it again": {0, func(tr *itms.ParamTree) { packed(t, tr) }},
	} {
		if n := unpackedBy(t, blocks, c.look); n > c.most {
			t.Errorf("%s: %d blocks of %d were unpacked, want %d at most", name, n, len(blocks), c.most)
		}
	}
}

// Of a tree that changed a little, a little is stored anew.
func TestTreePacksOnlyWhatChanged(t *testing.T) {
	blocks := packed(t, household(manyParams))
	tr := reopen(t, blocks)
	for i := range 100 {
		tr.Set(itms.Param{Name: nameOf(5_000 + i), Value: "changed"})
	}
	changed := 0
	for i, b := range packed(t, tr) {
		if b.From != blocks[i].From {
			t.Fatalf("block %d begins at %q, was %q", i, b.From, blocks[i].From)
		}
		if !bytes.Equal(b.Data, blocks[i].Data) {
			changed++
		}
	}
	if changed == 0 || changed > 3 {
		t.Errorf("%d of %d blocks changed", changed, len(blocks))
	}
}

// A box's tree stays one block, so that it costs one read and one write.
func TestSmallTreeIsOneBlock(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 1, 200: 1, 256: 1, 257: 3} {
		if blocks := packed(t, household(n)); len(blocks) != want || n > 0 && blocks[0].From != "" {
			t.Errorf("%d parameters are %d blocks, want %d", n, len(blocks), want)
		}
	}
}

// What grew and shrank again does not stay in many blocks.
func TestTreeJoinsSmallBlocks(t *testing.T) {
	tr := household(5_000)
	for i := range 5_000 {
		if i%100 != 0 {
			tr.Remove(nameOf(i))
		}
	}
	if all, _ := tr.Blocks(); tr.Len() != 50 || all > 5 {
		t.Errorf("%d parameters in %d blocks", tr.Len(), all)
	}
}

// wholeTree writes version 1, as programs did before there were blocks.
func wholeTree(t testing.TB, params []itms.Param) []byte {
	out := []byte{1}
	text := func(b []byte, s string) []byte { return append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	for group := range slices.Chunk(params, 256) {
		var raw []byte
		prev := ""
		for _, p := range group {
			shared := 0
			for shared < len(prev) && shared < len(p.Name) && prev[shared] == p.Name[shared] {
				shared++
			}
			raw = text(text(text(binary.AppendUvarint(raw, uint64(shared)), string(p.Name[shared:])), p.Type), p.Value)
			flags := byte(0)
			if p.Writable {
				flags |= 1
			}
			if p.Hidden {
				flags |= 2
			}
			raw, prev = append(raw, flags), string(p.Name)
		}
		var packed bytes.Buffer
		w, err := flate.NewWriter(&packed, flate.BestSpeed)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(raw); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		out = binary.AppendUvarint(binary.AppendUvarint(out, uint64(len(raw))), uint64(packed.Len()))
		out = append(out, packed.Bytes()...)
	}
	return out
}

func TestTreeReadsVersion1(t *testing.T) {
	golden, err := os.ReadFile("testdata/paramtree-v1.bin") // written by a program of that time
	if err != nil {
		t.Fatal(err)
	}
	tr := reopen(t, []itms.PackedBlock{{Data: golden}})
	if p, _ := tr.Get("Device.Hosts.Host.12.PhysAddress"); tr.Len() != 300 || p.Value != "00:00:5E:00:53:0C" || !p.Writable || !p.Hidden {
		t.Errorf("%d parameters, %+v", tr.Len(), p)
	}
	for _, n := range []int{0, 1, 256, 257, 1000} {
		params := slices.Collect(household(n).Under(""))
		for i := range params {
			params[i].Writable, params[i].Hidden = i%2 == 0, i%3 == 0
		}
		tr := reopen(t, []itms.PackedBlock{{Data: wholeTree(t, params)}})
		if got := slices.Collect(tr.Under("")); !slices.Equal(got, params) || tr.Len() != n {
			t.Errorf("%d parameters: %d came back", n, len(got))
		}
		again := reopen(t, packed(t, tr))
		if got := slices.Collect(again.Under("")); !slices.Equal(got, params) {
			t.Errorf("%d parameters: stored anew, %d came back", n, len(got))
		}
	}
}

// A damaged block is known when the tree is opened, whatever bit of it is wrong.
func TestTreeRefusesDamage(t *testing.T) {
	good := packed(t, household(300))
	for i := range good[1].Data {
		bad := slices.Clone(good)
		bad[1].Data = bytes.Clone(good[1].Data)
		bad[1].Data[i] ^= 0x10
		if _, err := itms.OpenParamTree(bad); err == nil {
			t.Fatalf("byte %d changed and nobody noticed", i)
		}
	}
	for name, bad := range map[string][]itms.PackedBlock{
		"cut off": {{Data: good[0].Data[:20]}}, "empty": {{}}, "out of order": {good[1], good[0]},
		"of a newer program": {{Data: append([]byte{9}, good[0].Data[1:]...)}},
	} {
		if _, err := itms.OpenParamTree(bad); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// A block that lies in spite of a right sum breaks the tree, which is then not stored.
func TestBrokenTreeIsNotPacked(t *testing.T) {
	good := packed(t, household(300))
	tr := reopen(t, []itms.PackedBlock{{Data: good[1].Data}, {From: "A", Data: good[0].Data}, good[2]})
	if _, err := tr.Pack(); err != nil {
		t.Fatal(err)
	}
	if _, ok := tr.Get("A.B"); ok || tr.Err() != nil {
		t.Errorf("a parameter from nowhere, or %v", tr.Err())
	}
	if _, ok := tr.Get(""); ok || tr.Err() == nil {
		t.Error("a block that reaches beyond its end was taken")
	}
	if _, err := tr.Pack(); err == nil {
		t.Error("a broken tree was packed")
	}
}

func FuzzOpenParamTree(f *testing.F) {
	for _, n := range []int{0, 1, 300} {
		tr := household(n)
		tr.Set(itms.Param{Name: "Device.A", Type: "x:y", Notify: itms.NotificationLevel(4), Access: itms.AccessSubscriber})
		for _, b := range packed(f, tr) {
			f.Add(b.Data)
		}
		f.Add(wholeTree(f, slices.Collect(tr.Under(""))))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 5 && data[0] == 2 { // or no input would get beyond the sum
			binary.LittleEndian.PutUint32(data[1:], itms.BlockSum(data))
		}
		tr, err := itms.OpenParamTree([]itms.PackedBlock{{Data: data}})
		if err != nil {
			return
		}
		params := slices.Collect(tr.Under(""))
		if tr.Err() != nil {
			return
		}
		for _, p := range params {
			if got, ok := tr.Get(p.Name); !ok || got != p {
				t.Fatalf("%+v is listed, Get finds %+v", p, got)
			}
			tr.Set(itms.Param{Name: p.Name, Value: p.Value + "+"})
		}
		if again := reopen(t, packed(t, tr)); again.Len() != len(params) {
			t.Fatalf("%d parameters, %d after they were stored", len(params), again.Len())
		}
	})
}
