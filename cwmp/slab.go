package cwmp

import "github.com/beevik/etree"

// slab hands out the parts of one document from blocks, which makes a handful
// of allocations out of thousands. The blocks live as long as the document.
type slab struct {
	size     int // length of the next block
	elements []etree.Element
	texts    []etree.CharData
	attrs    []etree.Attr
	children []etree.Token
}

func (s *slab) element() *etree.Element {
	if len(s.elements) == 0 {
		s.elements = make([]etree.Element, s.size)
	}
	el := &s.elements[0]
	s.elements = s.elements[1:]
	return el
}

func (s *slab) charData(data string) *etree.CharData {
	if len(s.texts) == 0 {
		s.texts = make([]etree.CharData, s.size)
	}
	text := &s.texts[0]
	s.texts = s.texts[1:]
	text.Data = data
	return text
}

// tokens returns an empty slice with room for n.
func (s *slab) tokens(n int) []etree.Token {
	if n == 0 {
		return nil
	}
	if len(s.children) < n {
		s.children = make([]etree.Token, max(n, 2*s.size))
	}
	room := s.children[:0:n]
	s.children = s.children[n:]
	return room
}

func (s *slab) copyAttrs(attrs []etree.Attr) []etree.Attr {
	n := len(attrs)
	if n == 0 {
		return nil
	}
	if len(s.attrs) < n {
		s.attrs = make([]etree.Attr, max(n, s.size/2))
	}
	room := s.attrs[:n:n]
	s.attrs = s.attrs[n:]
	copy(room, attrs)
	return room
}
