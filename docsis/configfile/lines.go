package configfile

import (
	"fmt"
	"strconv"
)

// Line is one TLV in words.
type Line struct {
	Path  string // numbers from the outside in: "24.8"
	Name  string // names likewise: "UsServiceFlow.MaxRateSustained"; a number where there is none
	Value string // as the text has it, else in hex; "" for a block
}

// Lines lists all TLVs of a file but the integrity checks: each block before what is in
// it.
func (f *File) Lines() []Line {
	var list []Line
	for i := range f.TLVs {
		list = f.TLVs[i].lines(list, "", "")
	}
	return list
}

// lines appends a TLV and what is in it, with what its path and its name begin with.
func (t *TLV) lines(list []Line, path, name string) []Line {
	number := strconv.Itoa(int(t.Code))
	l := Line{Path: path + number, Name: name + number}
	if t.Def != nil {
		l.Name = name + t.Def.Name
	}
	if !t.Nested {
		l.Value = t.words()
		return append(list, l)
	}
	list = append(list, l)
	for i := range t.Sub {
		list = t.Sub[i].lines(list, l.Path+".", l.Name+".")
	}
	return list
}

// words is a value as the text has it, or in hex.
func (t *TLV) words() string {
	if t.Def != nil {
		if text, _, ok := appendValue(nil, t.Def, t.Value); ok {
			return string(text)
		}
	}
	return fmt.Sprintf("%#x", t.Value)
}
