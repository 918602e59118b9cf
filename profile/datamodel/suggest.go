package datamodel

import (
	"cmp"
	"slices"
	"strings"
)

// Suggest returns the standard name that a misspelt one most likely means, "" when
// nothing comes near or the name is standard.
func (m *Models) Suggest(path string) string {
	if list := m.Similar(path); len(list) > 0 {
		return list[0]
	}
	return ""
}

// How far a name may be from what it means, in letters that are wrong, missing or too
// many; letters in the other case are nearly right. And how many names are named.
const (
	farthest    = 3
	mostSimilar = 5
)

// candidate is an object or a name and how far it is from what is looked for.
type candidate struct {
	name     string
	distance int
}

// Similar returns standard names that come near to a name, the nearest first; none when
// it is standard itself, or of a vendor's own.
func (m *Models) Similar(path string) []string {
	if _, known := m.Lookup(path); known || strings.Contains(path, ".X_") {
		return nil
	}
	var buf [maxPattern]byte
	pattern, ok := normal(buf[:0], path)
	if !ok {
		return nil
	}
	dot := lastDot(pattern)
	object, leaf := string(pattern[:dot+1]), string(pattern[dot+1:])
	var found []candidate
	for _, o := range m.objects {
		if d := distance(object, o.name()); d <= farthest {
			found = append(found, o.similar(leaf, d)...)
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})
	var list []string
	for _, c := range found[:min(len(found), mostSimilar)] {
		list = append(list, instantiate(c.name, path))
	}
	return list
}

// similar returns the object's names that come near to a leaf, the object itself being
// some way off.
func (o object) similar(leaf string, off int) (found []candidate) {
	if leaf == "" {
		return []candidate{{o.name(), off}}
	}
	for line := range strings.Lines(o.lines()) {
		name, _, _ := strings.Cut(line[1:], "\t")
		if d := distance(leaf, name); d+off <= farthest && d < len(name) {
			found = append(found, candidate{o.name() + name, d + off})
		}
	}
	return found
}

// instantiate puts the root and the instances of a path into a standard name.
func instantiate(name, path string) string {
	if strings.HasPrefix(name, services) {
		root, _, _ := strings.Cut(path, ".")
		name = root + "." + name
	}
	var instances []string
	for segment := range strings.SplitSeq(path, ".") {
		if instance(segment) {
			instances = append(instances, segment)
		}
	}
	for _, i := range instances {
		name = strings.Replace(name, "{i}", i, 1)
	}
	return name
}

// distance counts the letters by which two texts differ (Levenshtein), farthest+1 for
// all that is farther; the same letter in the other case counts once for the whole text.
func distance(a, b string) int {
	if d := len(a) - len(b); d > farthest || -d > farthest {
		return farthest + 1
	}
	if strings.EqualFold(a, b) {
		if a == b {
			return 0
		}
		return 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal, least := row[0], i+1
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
			least = min(least, row[j+1])
		}
		if least > farthest {
			return farthest + 1
		}
	}
	return row[len(b)]
}
