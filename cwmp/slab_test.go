package cwmp

import (
	"testing"

	"github.com/beevik/etree"
)

// TestSlabPartsDoNotOverlap fills what a slab hands out over several blocks,
// and checks that nothing has been written twice.
func TestSlabPartsDoNotOverlap(t *testing.T) {
	s := slab{size: 8}
	elements := make(map[*etree.Element]bool)
	texts := make(map[*etree.CharData]bool)
	var tokens [][]etree.Token
	var attrs [][]etree.Attr
	for i := range 100 {
		el := s.element()
		elements[el] = true
		texts[s.charData("x")] = true
		room := s.tokens(i % 20)
		for range cap(room) {
			room = append(room, el)
		}
		tokens = append(tokens, room)
		attrs = append(attrs, s.copyAttrs([]etree.Attr{{Key: el.Tag}, {Key: "b"}}[:i%3]))
		el.Tag = "used"
	}
	if len(elements) != 100 || len(texts) != 100 {
		t.Errorf("%d elements and %d texts are distinct", len(elements), len(texts))
	}
	for i := range 100 {
		if len(tokens[i]) != i%20 || len(attrs[i]) != i%3 || cap(attrs[i]) != i%3 {
			t.Errorf("part %d: %d tokens, %d attributes of %d", i, len(tokens[i]), len(attrs[i]), cap(attrs[i]))
		}
		for _, token := range tokens[i] {
			if token != tokens[i][0] {
				t.Errorf("part %d shares its tokens", i)
			}
		}
	}
}
