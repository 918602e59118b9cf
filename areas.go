package itms

import (
	"slices"
	"strings"
)

// Areas are where somebody may look and act: beginnings of area codes, "51" is all that
// begin with it. Nil is everywhere.
type Areas []string

// Hold reports whether a thing of that area lies in them. Of what lies nowhere nobody
// knows: it is in no list.
func (a Areas) Hold(area string) bool {
	return a == nil || slices.ContainsFunc(a, func(within string) bool { return strings.HasPrefix(area, within) })
}
