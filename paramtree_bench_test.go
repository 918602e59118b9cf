package itms_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"itms"
)

// The benchmarks of the tree as an engine uses it: opened from what is stored, looked
// at or changed, packed again. A gateway with many hosts and counters has some 20,000
// parameters; a set-top box has 200.
const manyParams = 20_000

// packed is a tree as stored.
func packed(t rapid.TB, tr *itms.ParamTree) []itms.PackedBlock {
	t.Helper()
	blocks, err := tr.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return blocks
}

// reopen opens what is stored.
func reopen(t rapid.TB, blocks []itms.PackedBlock) *itms.ParamTree {
	t.Helper()
	tr, err := itms.OpenParamTree(blocks)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// newBytes counts the bytes of blocks that are not what is stored.
func newBytes(old, now []itms.PackedBlock) (n int) {
	stored := map[itms.ParamPath][]byte{}
	for _, b := range old {
		stored[b.From] = b.Data
	}
	for _, b := range now {
		if !bytes.Equal(stored[b.From], b.Data) {
			n += len(b.Data)
		}
	}
	return n
}

// nameOf is the i-th name of household.
func nameOf(i int) itms.ParamPath {
	return itms.ParamPath(fmt.Sprintf("Device.Services.STBService.1.ServiceMonitoring.MainStream.%d.Sample.Value%d", i/10, i%10))
}

func BenchmarkTreePack200(b *testing.B) {
	tr := household(200)
	b.ReportAllocs()
	size := 0
	for i := 0; b.Loop(); i++ {
		tr.Set(itms.Param{Name: nameOf(100), Value: fmt.Sprint(i), Type: itms.TypeUnsignedInt})
		size = newBytes(nil, packed(b, tr))
	}
	b.ReportMetric(float64(size), "stored-bytes")
}

func BenchmarkTreeOpen200(b *testing.B) {
	s := packed(b, household(200))
	b.ReportAllocs()
	for b.Loop() {
		if tr := reopen(b, s); tr.Len() != 200 {
			b.Fatal(tr.Len())
		}
	}
}

func BenchmarkTreeWalk200(b *testing.B) { benchWalk(b, 200) }

func BenchmarkTreeReadOne20000(b *testing.B) {
	s := packed(b, household(manyParams))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		name := nameOf(i * 7919 % manyParams)
		if p, ok := reopen(b, s).Get(name); !ok || p.Name != name {
			b.Fatal(p)
		}
	}
}

func BenchmarkTreeReadPage20000(b *testing.B) {
	s := packed(b, household(manyParams))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		n := 0
		for range reopen(b, s).Under(nameOf(i*7919%manyParams) + ".") {
			n++
		}
		page := itms.ParamPath(fmt.Sprintf("Device.Services.STBService.1.ServiceMonitoring.MainStream.%d.", i%1900+100))
		for range reopen(b, s).Under(page) {
			if n++; n == 100 {
				break
			}
		}
		if n != 10 {
			b.Fatal(n)
		}
	}
}

// Near changes 100 neighbours, Far 100 from everywhere.
func BenchmarkTreeWrite100Near20000(b *testing.B) {
	benchWrite(b, func(i, j int) int { return (i*7919 + j) % manyParams })
}

func BenchmarkTreeWrite100Far20000(b *testing.B) {
	benchWrite(b, func(i, j int) int { return (i*7919 + j*12347) % manyParams })
}

func benchWrite(b *testing.B, at func(i, j int) int) {
	s := packed(b, household(manyParams))
	b.ReportAllocs()
	written := 0
	for i := 0; b.Loop(); i++ {
		tr := reopen(b, s)
		for j := range 100 {
			tr.Set(itms.Param{Name: nameOf(at(i, j)), Value: fmt.Sprint(i + j), Type: itms.TypeUnsignedInt})
		}
		after := packed(b, tr)
		written += newBytes(s, after)
	}
	b.ReportMetric(float64(written)/float64(b.N), "written-bytes")
}

func BenchmarkTreeWalk20000(b *testing.B) { benchWalk(b, manyParams) }

func benchWalk(b *testing.B, params int) {
	s := packed(b, household(params))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for range reopen(b, s).Under("") {
			n++
		}
		if n != params {
			b.Fatal(n)
		}
	}
}

func BenchmarkTreeInsertRandom20000(b *testing.B) {
	names := make([]itms.ParamPath, manyParams)
	for i, at := range rand.New(rand.NewPCG(1, 2)).Perm(manyParams) {
		names[i] = nameOf(at)
	}
	b.ReportAllocs()
	for b.Loop() {
		tr := &itms.ParamTree{}
		for _, name := range names {
			tr.Set(itms.Param{Name: name, Value: "1", Type: itms.TypeUnsignedInt})
		}
		if tr.Len() != manyParams {
			b.Fatal(tr.Len())
		}
	}
}
