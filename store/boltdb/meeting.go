package boltdb

import (
	"bytes"
	"strings"

	bolt "go.etcd.io/bbolt"

	"itms"
	"itms/store/internal/record"
)

// A list that several filters narrow is where the entries of several indexes meet. Each
// index has the keys of its things in order, so they are found by turns: whoever is
// behind jumps to where the other is. What is read grows with the results and with how
// often the indexes alternate, not with what is stored.

// walk finds keys of things in one direction.
type walk interface {
	// next returns the first key from at on: the least that is not below it going up, the
	// greatest below it going down ("" = any).
	next(at string) (key string, ok bool)
}

// strand is the part of an index with one prefix.
type strand struct {
	t      *tx
	cursor *bolt.Cursor
	prefix []byte
	down   bool

	// The last answer, good for every question between from and it.
	known bool
	from  string
	key   string
	ok    bool
}

// strand makes one.
func (t *tx) strand(in bucket, prefix []byte, down bool) *strand {
	return &strand{t: t, cursor: t.in(in).Cursor(), prefix: prefix, down: down}
}

// next implements walk.
func (s *strand) next(at string) (string, bool) {
	if s.known && s.covers(at) {
		return s.key, s.ok
	}
	s.t.looks++
	var k []byte
	if s.down {
		end := after(s.prefix)
		if at != "" {
			end = append(bytes.Clone(s.prefix), at...)
		}
		k, _ = last(s.cursor, end)
	} else {
		k, _ = s.cursor.Seek(append(bytes.Clone(s.prefix), at...))
	}
	rest, ok := bytes.CutPrefix(k, s.prefix)
	s.known, s.from, s.key, s.ok = true, at, string(rest), ok && k != nil
	return s.key, s.ok
}

// covers reports whether the last answer holds for a question too.
func (s *strand) covers(at string) bool {
	if s.down {
		return at != "" && (s.from == "" || at <= s.from) && (!s.ok || at > s.key)
	}
	return at >= s.from && (!s.ok || at <= s.key)
}

// braid is the union of walks.
type braid struct {
	walks []walk
	down  bool
}

// next implements walk.
func (b *braid) next(at string) (key string, ok bool) {
	for _, w := range b.walks {
		k, found := w.next(at)
		if found && (!ok || k < key != b.down) {
			key, ok = k, true
		}
	}
	return key, ok
}

// meeting is the intersection of walks.
type meeting struct {
	walks []walk
	down  bool
}

// next implements walk.
func (m *meeting) next(at string) (key string, ok bool) {
	agreed := 0
	for i := 0; agreed < len(m.walks); i = (i + 1) % len(m.walks) {
		k, found := m.walks[i].next(at)
		switch {
		case !found:
			return "", false
		case agreed > 0 && k == key:
			agreed++
			continue
		}
		key, agreed, at = k, 1, k
		if m.down {
			at = past(k) // keys below it: k itself is the first
		}
	}
	return key, true
}

// past is the first key above k. No key has a zero byte.
func past(k string) string { return k + "\x00" }

// filter is one condition of a list: an index and the texts of which the thing has one.
type filter struct {
	in    bucket
	texts []string
}

// meet makes the walk of all things of a bucket that pass the filters and lie in areas.
func (t *tx) meet(all bucket, filters []filter, in bucket, areas itms.Areas, down bool) *meeting {
	m := &meeting{down: down}
	for _, f := range filters {
		b := &braid{down: down}
		for _, text := range f.texts {
			if !strings.Contains(text, "\x00") { // nothing has it
				b.walks = append(b.walks, t.strand(f.in, under(text), down))
			}
		}
		m.walks = append(m.walks, b)
	}
	if areas != nil {
		m.walks = append(m.walks, &braid{t.areaStrands(in, areas, down), down})
	}
	if m.walks == nil {
		m.walks = []walk{t.strand(all, nil, down)}
	}
	return m
}

// areaStrands lists the strands of every area that lies in areas and has things. There
// are as many as a country has districts, at most.
func (t *tx) areaStrands(in bucket, areas itms.Areas, down bool) (strands []walk) {
	seen := map[string]bool{}
	for _, prefix := range areas {
		for at := []byte(prefix); record.Usable(prefix); {
			t.looks++
			k, _ := t.in(in).Cursor().Seek(at)
			if k == nil || !bytes.HasPrefix(k, []byte(prefix)) {
				break
			}
			area, _, _ := bytes.Cut(k, []byte{0})
			if at = append(bytes.Clone(area), 1); !seen[string(area)] { // no key has a control character
				seen[string(area)] = true
				strands = append(strands, t.strand(in, under(string(area)), down))
			}
		}
	}
	return strands
}

// only is a filter by one text, none when it is empty.
func only[S ~string](in bucket, text S) []filter {
	if text == "" {
		return nil
	}
	return []filter{{in, []string{string(text)}}}
}

// anyOf is a filter by several texts, none when there are none.
func anyOf[S ~string](in bucket, texts []S) []filter {
	if texts == nil {
		return nil
	}
	f := filter{in: in, texts: []string{}}
	for _, text := range texts {
		f.texts = append(f.texts, string(text))
	}
	return []filter{f}
}
