package itms

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"sync"
)

// The stored form of a ParamTree is its blocks, one record each:
//
//	version 2 | CRC-32C of the rest, 4 bytes | uvarint parameters | uvarint raw length | deflate data
//
// The raw data is three columns: names, each front-coded against the one before
// (uvarint shared, uvarint length, text); attributes (a byte, see attribute); and
// values (uvarint length, text). Like things beside each other pack best. The sum is
// looked at when a tree is opened, so that a damaged one is known before any of its
// blocks is unpacked. Version 1, one record for the whole tree, is read by
// paramcodec1.go.
const (
	blockVersion = 2
	blockHeader  = 1 + crc32.Size
	// maxBlock refuses a corrupt length before memory is given to it.
	maxBlock = 64 << 20
	// mostInflation is more than deflate can pack anything (1032 to 1): a longer raw
	// length is a lie.
	mostInflation = 1100
)

// What is wrong with a stored tree.
var (
	errTruncated = errors.New("truncated data")
	errSum       = errors.New("the checksum differs: the data is damaged")
	errDisorder  = errors.New("names are out of order")
)

// castagnoli is the polynomial that processors compute.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// deflaters keeps compressors, which are large, between uses. Front-coded names
// leave so little to find that the fastest level packs within 3 % of the default
// in two thirds of its time.
var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(io.Discard, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant within range
	}
	return w
}}

// PackedBlock is a block of a ParamTree as stored. Data belongs to nobody: it must
// not be changed.
type PackedBlock struct {
	From ParamPath // no parameter of the block comes before it; "" of the first
	Data []byte
}

// OpenParamTree makes a tree of its stored blocks, in order. None is unpacked yet; a
// damaged one is an error all the same. A tree of some of the blocks is good for
// reading what they hold. What was stored by a program before blocks is read too.
func OpenParamTree(blocks []PackedBlock) (*ParamTree, error) {
	t := &ParamTree{}
	if len(blocks) == 1 && len(blocks[0].Data) > 0 && blocks[0].Data[0] == wholeVersion {
		return t, t.readWhole(blocks[0].Data[1:])
	}
	t.blocks = make([]*paramBlock, 0, len(blocks))
	all := make([]paramBlock, len(blocks))
	for i, p := range blocks {
		count, err := examine(p.Data)
		if err == nil && i > 0 && p.From <= blocks[i-1].From {
			err = errDisorder
		}
		if err != nil {
			return nil, fmt.Errorf("block %q of a parameter tree: %w", p.From, err)
		}
		all[i] = paramBlock{from: p.From, count: count, packed: p.Data}
		t.blocks, t.n = append(t.blocks, &all[i]), t.n+count
	}
	return t, nil
}

// examine checks a stored block and returns how many parameters it holds.
func examine(data []byte) (count int, err error) {
	switch {
	case len(data) < blockHeader:
		return 0, errTruncated
	case data[0] != blockVersion:
		return 0, fmt.Errorf("version %d: expected %d", data[0], blockVersion)
	case crc32.Checksum(data[blockHeader:], castagnoli) != binary.LittleEndian.Uint32(data[1:]):
		return 0, errSum
	}
	n, size := binary.Uvarint(data[blockHeader:])
	if size <= 0 || n == 0 || n > maxBlock {
		return 0, errTruncated
	}
	return int(n), nil
}

// Pack returns the blocks as they are to be stored: those that changed are packed
// anew, the others are what the tree was opened with. An empty tree has none. It fails
// on a tree of which a block was broken.
func (t *ParamTree) Pack() ([]PackedBlock, error) {
	if t.err != nil {
		return nil, t.err
	}
	blocks := make([]PackedBlock, len(t.blocks))
	for i, b := range t.blocks {
		if b.packed == nil {
			packed, err := packParams(b.params)
			if err != nil {
				return nil, err
			}
			b.packed = packed
		}
		blocks[i] = PackedBlock{b.from, b.packed}
	}
	return blocks, nil
}

// packer is what packing needs, kept between uses.
type packer struct {
	raw []byte
	out bytes.Buffer
}

var packers = sync.Pool{New: func() any { return new(packer) }}

// packParams makes the stored form of a block.
func packParams(params []Param) ([]byte, error) {
	p := packers.Get().(*packer)
	defer packers.Put(p)
	p.raw = columns(p.raw[:0], params)
	p.out.Reset()
	head := binary.AppendUvarint(make([]byte, blockHeader, blockHeader+2*binary.MaxVarintLen32), uint64(len(params)))
	p.out.Write(binary.AppendUvarint(head, uint64(len(p.raw))))
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	w.Reset(&p.out)
	if _, err := w.Write(p.raw); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	data := bytes.Clone(p.out.Bytes())
	data[0] = blockVersion
	binary.LittleEndian.PutUint32(data[1:], crc32.Checksum(data[blockHeader:], castagnoli))
	return data, nil
}

// columns writes the raw form of a block.
func columns(b []byte, params []Param) []byte {
	prev := ""
	for i := range params {
		name := string(params[i].Name)
		shared := sharedPrefix(prev, name)
		b = binary.AppendUvarint(b, uint64(shared))
		b = appendText(b, name[shared:])
		prev = name
	}
	for i := range params {
		b = params[i].appendAttributes(b)
	}
	for i := range params {
		b = appendText(b, params[i].Value)
	}
	return b
}

// The attributes of a parameter: a byte of type and flags, then the type's text when
// it is none of storedTypes, then a byte of notification (low half) and access list
// when either is known.
const (
	attrType     = 0x0F
	attrWritable = 0x10
	attrHidden   = 0x20
	attrMore     = 0x40
	otherType    = attrType
)

// storedTypes are types by their number; the order never changes.
var storedTypes = []string{"", TypeString, TypeInt, TypeUnsignedInt, TypeLong, TypeUnsignedLong,
	TypeBoolean, TypeDateTime, TypeBase64, TypeHexBinary}

// appendAttributes writes what is known of p beside name and value.
func (p *Param) appendAttributes(b []byte) []byte {
	a := byte(otherType)
	if i := slices.Index(storedTypes, p.Type); i >= 0 {
		a = byte(i)
	}
	if p.Writable {
		a |= attrWritable
	}
	if p.Hidden {
		a |= attrHidden
	}
	more := byte(p.Notify)&0x0F | byte(p.Access)<<4
	if more != 0 {
		a |= attrMore
	}
	b = append(b, a)
	if a&attrType == otherType {
		b = appendText(b, p.Type)
	}
	if more != 0 {
		b = append(b, more)
	}
	return b
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

// unpacker is what unpacking needs, kept between uses: an inflater alone is 40 KB.
type unpacker struct {
	src   bytes.Reader
	flate io.ReadCloser
	raw   []byte
	names []byte
	ends  []int
}

var unpackers = sync.Pool{New: func() any { return &unpacker{flate: flate.NewReader(bytes.NewReader(nil))} }}

// keepRaw bounds the memory that an idle unpacker holds on to.
const keepRaw = 1 << 20

// unpackParams reads the stored form of a block, which was examined.
func unpackParams(data []byte) ([]Param, error) {
	u := unpackers.Get().(*unpacker)
	defer func() {
		if cap(u.raw) <= keepRaw {
			unpackers.Put(u)
		}
	}()
	count, n := binary.Uvarint(data[blockHeader:])
	data = data[blockHeader+n:]
	size, n := binary.Uvarint(data)
	if n <= 0 || count > size { // a parameter is some bytes
		return nil, errTruncated
	}
	if err := u.inflate(data[n:], size); err != nil {
		return nil, err
	}
	return u.params(int(count))
}

// inflate unpacks data into raw.
func (u *unpacker) inflate(data []byte, size uint64) error {
	if size > maxBlock || size > uint64(len(data))*mostInflation {
		return errTruncated
	}
	u.src.Reset(data)
	if err := u.flate.(flate.Resetter).Reset(&u.src, nil); err != nil {
		return err
	}
	u.raw = slices.Grow(u.raw[:0], int(size))[:size]
	_, err := io.ReadFull(u.flate, u.raw)
	return err
}

// params reads the columns of raw. All names share one string, and so do all values:
// that costs three allocations, however many there are.
func (u *unpacker) params(count int) ([]Param, error) {
	r := textReader{data: u.raw}
	u.names, u.ends = u.names[:0], u.ends[:0]
	for prev := 0; len(u.ends) < count && r.err == nil; {
		start := len(u.names)
		u.name(&r, prev)
		prev = start
		u.ends = append(u.ends, len(u.names))
	}
	if r.err != nil {
		return nil, r.err
	}
	params, names := make([]Param, count), string(u.names)
	for i, start := 0, 0; i < count; i++ {
		params[i].Name = ParamPath(names[start:u.ends[i]])
		start = u.ends[i]
	}
	for i := range params {
		params[i].readAttributes(&r)
	}
	values := textReader{data: r.data, err: r.err, text: string(r.data)}
	for i := range params {
		params[i].Value = values.next()
	}
	if values.err == nil && len(values.data) > 0 {
		return nil, errTruncated
	}
	return params, values.err
}

// name reads a name that shares its start with that which begins at prev.
func (u *unpacker) name(r *textReader, prev int) {
	shared := r.uvarint()
	if shared > uint64(len(u.names)-prev) {
		r.fail()
		return
	}
	u.names = append(u.names, u.names[prev:prev+int(shared)]...)
	u.names = append(u.names, r.bytes()...)
}

// readAttributes is the reverse of appendAttributes.
func (p *Param) readAttributes(r *textReader) {
	a := r.byte()
	p.Writable, p.Hidden = a&attrWritable != 0, a&attrHidden != 0
	switch i := int(a & attrType); {
	case i == otherType:
		p.Type = string(r.bytes())
	case i < len(storedTypes):
		p.Type = storedTypes[i]
	default:
		r.fail()
	}
	if a&attrMore != 0 {
		more := r.byte()
		p.Notify, p.Access = Notification(more&0x0F), AccessList(more>>4)
	}
}

// textReader reads lengths, texts and bytes; the first error sticks.
type textReader struct {
	data []byte
	text string // the same as data at the start, for next
	err  error
}

// fail notes that the data is not what it should be.
func (r *textReader) fail() { r.data, r.err = nil, errTruncated }

func (r *textReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.data)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.data = r.data[n:]
	return v
}

// bytes reads a length and as many bytes; they are the data's own.
func (r *textReader) bytes() []byte {
	n := r.uvarint()
	if n > uint64(len(r.data)) {
		r.fail()
		return nil
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

// next is bytes as a part of text.
func (r *textReader) next() string {
	n := len(r.bytes())
	if r.err != nil {
		return ""
	}
	end := len(r.text) - len(r.data)
	return r.text[end-n : end]
}

func (r *textReader) byte() byte {
	if len(r.data) == 0 {
		r.fail()
		return 0
	}
	c := r.data[0]
	r.data = r.data[1:]
	return c
}
