package itms

import (
	"encoding/binary"
	"fmt"
)

// Version 1 of the stored form was one record for the whole tree: a version byte, then
// groups of (uvarint raw length, uvarint packed length, deflate data), in which each
// parameter is its name, front-coded against the one before, type, value and a byte of
// flags. It is read, and never written: the next write of the tree stores it in blocks.
const (
	wholeVersion  = 1
	wholeWritable = 1
	wholeHidden   = 2
)

// readWhole reads a tree of version 1, without its version byte. All of its blocks
// count as changed.
func (t *ParamTree) readWhole(data []byte) error {
	u := unpackers.Get().(*unpacker)
	defer unpackers.Put(u)
	var params []Param
	for len(data) > 0 {
		raw, rest, err := u.nextGroup(data)
		if err == nil {
			params, err = readGroup(params, raw)
		}
		if err != nil {
			return fmt.Errorf("parameter tree: %w", err)
		}
		data = rest
	}
	if !ordered(params, "", "") {
		return fmt.Errorf("parameter tree: %w", errDisorder)
	}
	if t.n = len(params); t.n == 0 {
		return nil
	}
	size := mostBlock
	if t.n <= loneBlock {
		size = loneBlock
	}
	t.blocks = cut(params, "", size)
	t.unpacked = len(t.blocks)
	return nil
}

// nextGroup inflates the first group of data and returns what follows it.
func (u *unpacker) nextGroup(data []byte) (raw, rest []byte, err error) {
	size, n := binary.Uvarint(data)
	if n <= 0 {
		return nil, nil, errTruncated
	}
	data = data[n:]
	packed, n := binary.Uvarint(data)
	if n <= 0 || packed > uint64(len(data)-n) {
		return nil, nil, errTruncated
	}
	data = data[n:]
	err = u.inflate(data[:packed], size)
	return u.raw, data[packed:], err
}

// readGroup appends the parameters of one inflated group.
func readGroup(into []Param, raw []byte) ([]Param, error) {
	r := textReader{data: raw}
	prev := ""
	for len(r.data) > 0 && r.err == nil {
		shared := r.uvarint()
		if shared > uint64(len(prev)) {
			return nil, errTruncated
		}
		p := Param{Name: ParamPath(prev[:shared] + string(r.bytes())), Type: string(r.bytes()), Value: string(r.bytes())}
		f := r.byte()
		p.Writable, p.Hidden = f&wholeWritable != 0, f&wholeHidden != 0
		into = append(into, p)
		prev = string(p.Name)
	}
	return into, r.err
}
