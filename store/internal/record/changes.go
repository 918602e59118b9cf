package record

import (
	"encoding/binary"
	"time"

	"itms"
)

// changesVersion is the form of ChangesDoc: a byte of version, the number of changes,
// then of each its name, old and new value and source (length and text) and its time
// in µs. Documents of a history are many and small: this is half of what JSON takes.
const changesVersion = 1

// mostChanges refuses a corrupt number before memory is given to it.
const mostChanges = 1 << 16

// ChangesDoc returns the document of changes. Long values are clipped.
func ChangesDoc(changes []itms.ParamChange) []byte {
	doc := binary.AppendUvarint([]byte{changesVersion}, uint64(len(changes)))
	text := func(s string) { doc = append(binary.AppendUvarint(doc, uint64(len(s))), s...) }
	for _, c := range changes {
		text(string(c.Name))
		text(itms.ClipChangeValue(c.Old))
		text(itms.ClipChangeValue(c.New))
		text(string(c.Source))
		doc = binary.AppendVarint(doc, c.At.UnixMicro())
	}
	return doc
}

// CountChanges returns how many changes a document has, 0 for one that is damaged.
func CountChanges(doc []byte) int {
	if len(doc) == 0 || doc[0] != changesVersion {
		return 0
	}
	n, size := binary.Uvarint(doc[1:])
	if size <= 0 || n > mostChanges {
		return 0
	}
	return int(n)
}

// ReadChanges is the reverse of ChangesDoc. It fails with KindInternal on a damaged
// document.
func ReadChanges(doc []byte) ([]itms.ParamChange, error) {
	count := CountChanges(doc)
	r := changesReader{doc: doc, bad: count == 0}
	if !r.bad {
		_, size := binary.Uvarint(doc[1:])
		r.doc = doc[1+size:]
	}
	var changes []itms.ParamChange
	for len(changes) < count && !r.bad {
		c := itms.ParamChange{Name: itms.ParamPath(r.text()), Old: r.text(), New: r.text(), Source: itms.ChangeSource(r.text())}
		c.At = r.time()
		changes = append(changes, c)
	}
	if r.bad || len(r.doc) > 0 {
		return nil, itms.Errorf(itms.KindInternal, itms.CodeInternal, "decode the history of a device's parameters: damaged data")
	}
	return changes, nil
}

// changesReader reads texts and times; what is bad stays so.
type changesReader struct {
	doc []byte
	bad bool
}

func (r *changesReader) text() string {
	n, size := binary.Uvarint(r.doc)
	if size <= 0 || n > uint64(len(r.doc)-size) {
		r.bad, r.doc = true, nil
		return ""
	}
	s := string(r.doc[size : size+int(n)])
	r.doc = r.doc[size+int(n):]
	return s
}

func (r *changesReader) time() time.Time {
	us, size := binary.Varint(r.doc)
	if size <= 0 {
		r.bad, r.doc = true, nil
		return time.Time{}
	}
	r.doc = r.doc[size:]
	return time.UnixMicro(us).UTC()
}
