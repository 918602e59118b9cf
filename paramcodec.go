package itms

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

// The stored form of a ParamTree: a version byte, then blocks of up to blockParams
// parameters. Each block is (uvarint raw length, uvarint packed length, deflate
// data); inside, names are front-coded against their predecessor. Blocks make it
// possible to reach one parameter of a large tree without unpacking the rest.
const (
	treeVersion = 1
	// blockParams trades reach for compression: 256 names of one subtree pack about
	// as well as thousands, and unpack in well under a millisecond.
	blockParams = 256
	// maxBlock refuses a corrupt length before memory is given to it.
	maxBlock = 64 << 20
)

// deflaters keeps compressors, which are large, between uses. Front-coded names
// leave so little to find that the fastest level packs within 3 % of the default
// (796 and 775 bytes for 200 parameters) in two thirds of its time.
var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(io.Discard, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant within range
	}
	return w
}}

// bits of a parameter's flag byte.
const (
	flagWritable = 1 << iota
	flagHidden
)

// MarshalBinary returns the stored form.
func (t *ParamTree) MarshalBinary() ([]byte, error) {
	out := []byte{treeVersion}
	var packed bytes.Buffer
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	for start := 0; start < len(t.params); start += blockParams {
		raw := packBlock(t.params[start:min(start+blockParams, len(t.params))])
		packed.Reset()
		w.Reset(&packed)
		if _, err := w.Write(raw); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		out = binary.AppendUvarint(out, uint64(len(raw)))
		out = binary.AppendUvarint(out, uint64(packed.Len()))
		out = append(out, packed.Bytes()...)
	}
	return out, nil
}

// packBlock front-codes one block.
func packBlock(params []Param) []byte {
	var b []byte
	prev := ""
	for _, p := range params {
		name := string(p.Name)
		shared := sharedPrefix(prev, name)
		b = binary.AppendUvarint(b, uint64(shared))
		b = appendText(b, name[shared:])
		b = appendText(b, p.Type)
		b = appendText(b, p.Value)
		b = append(b, p.flags())
		prev = name
	}
	return b
}

// flags packs the booleans of p.
func (p Param) flags() (f byte) {
	if p.Writable {
		f |= flagWritable
	}
	if p.Hidden {
		f |= flagHidden
	}
	return f
}

// sharedPrefix returns the length of the common prefix.
func sharedPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// appendText writes a length and the bytes.
func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// UnmarshalBinary reads the stored form; empty input is an empty tree.
func (t *ParamTree) UnmarshalBinary(data []byte) error {
	t.params = nil
	if len(data) == 0 {
		return nil
	}
	if data[0] != treeVersion {
		return fmt.Errorf("parameter tree of version %d: expected %d", data[0], treeVersion)
	}
	for data = data[1:]; len(data) > 0; {
		raw, rest, err := nextBlock(data)
		if err != nil {
			return fmt.Errorf("parameter tree: %w", err)
		}
		if t.params, err = unpackBlock(t.params, raw); err != nil {
			return fmt.Errorf("parameter tree: %w", err)
		}
		data = rest
	}
	return nil
}

var errTruncated = errors.New("truncated data")

// nextBlock inflates the first block of data and returns what follows it.
func nextBlock(data []byte) (raw, rest []byte, err error) {
	size, n := binary.Uvarint(data)
	if n <= 0 || size > maxBlock {
		return nil, nil, errTruncated
	}
	data = data[n:]
	packed, n := binary.Uvarint(data)
	if n <= 0 || packed > uint64(len(data)-n) {
		return nil, nil, errTruncated
	}
	data = data[n:]
	raw = make([]byte, size)
	if _, err := io.ReadFull(flate.NewReader(bytes.NewReader(data[:packed])), raw); err != nil {
		return nil, nil, err
	}
	return raw, data[packed:], nil
}

// unpackBlock appends the parameters of one inflated block.
func unpackBlock(into []Param, raw []byte) ([]Param, error) {
	r := textReader{data: raw}
	prev := ""
	for len(r.data) > 0 && r.err == nil {
		shared := r.uvarint()
		if shared > uint64(len(prev)) {
			return nil, errTruncated
		}
		p := Param{Name: ParamPath(prev[:shared] + r.text()), Type: r.text(), Value: r.text()}
		f := r.byte()
		p.Writable, p.Hidden = f&flagWritable != 0, f&flagHidden != 0
		into = append(into, p)
		prev = string(p.Name)
	}
	return into, r.err
}

// textReader reads lengths, texts and bytes; the first error sticks.
type textReader struct {
	data []byte
	err  error
}

func (r *textReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.data)
	if n <= 0 {
		r.data, r.err = nil, errTruncated
		return 0
	}
	r.data = r.data[n:]
	return v
}

func (r *textReader) text() string {
	n := r.uvarint()
	if n > uint64(len(r.data)) {
		r.data, r.err = nil, errTruncated
		return ""
	}
	s := string(r.data[:n])
	r.data = r.data[n:]
	return s
}

func (r *textReader) byte() byte {
	if len(r.data) == 0 {
		r.err = errTruncated
		return 0
	}
	c := r.data[0]
	r.data = r.data[1:]
	return c
}
