package acs

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The ways a body can be refused before it is decoded.
var (
	errTooLarge = errors.New("acs: body above the limit")
	errEncoding = errors.New("acs: unknown content encoding")
	errBusy     = errors.New("acs: too many large bodies at once")
)

// bodies reads request bodies into buffers that are used again.
type bodies struct {
	limit int64
	pool  sync.Pool     // of *[]byte
	large chan struct{} // a place for each large body in memory
}

// newBodies makes a reader with the limit per body.
func newBodies(limit int64) *bodies {
	return &bodies{
		limit: limit,
		pool:  sync.Pool{New: func() any { b := make([]byte, 0, 8<<10); return &b }},
		large: make(chan struct{}, largeBodies),
	}
}

// body is one request body in memory.
type body struct {
	from  *bodies
	buf   *[]byte
	large bool
}

// bytes returns the content, valid until free.
func (b *body) bytes() []byte {
	if b.buf == nil {
		return nil
	}
	return *b.buf
}

// free gives the memory back.
func (b *body) free() {
	if b.large {
		<-b.from.large
	}
	if b.buf != nil {
		b.from.put(b.buf)
	}
	b.buf, b.large = nil, false
}

// get returns an empty buffer.
func (p *bodies) get() *[]byte { return p.pool.Get().(*[]byte) }

// put takes a buffer back, unless it is so large that keeping it would waste memory.
func (p *bodies) put(buf *[]byte) {
	if cap(*buf) <= keptBuffer {
		*buf = (*buf)[:0]
		p.pool.Put(buf)
	}
}

// read reads the body of a request. Errors: errTooLarge, errEncoding, errBusy, or
// what the connection failed with.
func (p *bodies) read(w http.ResponseWriter, r *http.Request) (body, error) {
	b := body{from: p}
	if r.ContentLength == 0 {
		return b, nil
	}
	if r.ContentLength > p.limit {
		return b, errTooLarge
	}
	source, err := p.decoded(r)
	if err != nil {
		return b, err
	}
	b.buf = p.get()
	if err := p.fill(&b, source, w); err != nil {
		b.free()
		return b, err
	}
	return b, nil
}

// fill reads source to its end. Once the body turns out to be large it takes a
// place among the large ones and gets the time a slow uplink needs.
func (p *bodies) fill(b *body, source io.Reader, w http.ResponseWriter) error {
	buf := *b.buf
	defer func() { *b.buf = buf }()
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := source.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case int64(len(buf)) > p.limit:
			return errTooLarge
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case len(buf) > largeBody && !b.large:
			if err := p.enlarge(b, w); err != nil {
				return err
			}
		}
	}
}

// enlarge makes b a large body.
func (p *bodies) enlarge(b *body, w http.ResponseWriter) error {
	select {
	case p.large <- struct{}{}:
		b.large = true
	default:
		return errBusy
	}
	// A recorder in a test has no deadline; then none is needed.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(largeTimeout))
	return nil
}

// decoded undoes the Content-Encoding (TR-069 Amd 6 §3.4.2: gzip and deflate; the
// latter in either of the two forms in use).
func (p *bodies) decoded(r *http.Request) (io.Reader, error) {
	switch encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
		return r.Body, nil
	case "gzip", "x-gzip":
		return gzip.NewReader(r.Body)
	case "deflate":
		return inflate(r.Body)
	}
	return nil, errEncoding
}

// inflate reads zlib, or bare deflate when there is no zlib header (RFC 1950 §2.2).
func inflate(source io.Reader) (io.Reader, error) {
	var head [2]byte
	if _, err := io.ReadFull(source, head[:]); err != nil {
		return nil, err
	}
	whole := io.MultiReader(bytes.NewReader(head[:]), source)
	if head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		return zlib.NewReader(whole)
	}
	return flate.NewReader(whole), nil
}

// discard reads away a body that is refused unseen, so that the connection can go
// on. A longer one costs the connection, and when it says so itself nothing of it
// is read.
func discard(w http.ResponseWriter, r *http.Request) { discardInto(io.Discard, w, r) }

// discardMessage is discard for what should be a message. When its end is missing, that
// is still on the connection.
func discardMessage(w http.ResponseWriter, r *http.Request) {
	var end tail
	discardInto(&end, w, r)
	if r.Header.Get("Content-Encoding") == "" && isCutShort(end) {
		w.Header().Set("Connection", "close")
	}
}

func discardInto(end io.Writer, w http.ResponseWriter, r *http.Request) {
	if r.ContentLength == 0 {
		return
	}
	if r.ContentLength <= discardBytes {
		if _, err := io.CopyN(end, r.Body, discardBytes+1); err == io.EOF {
			return
		}
	}
	w.Header().Set("Connection", "close") // else net/http would read on
}

// tail is a Writer that keeps the last bytes of what is written.
type tail []byte

// tailBytes is longer than the end tag of an envelope with a few line ends behind it.
const tailBytes = 64

// Write keeps the end of p.
func (t *tail) Write(p []byte) (int, error) {
	*t = append(*t, p[max(0, len(p)-tailBytes):]...)
	*t = (*t)[max(0, len(*t)-tailBytes):]
	return len(p), nil
}

// isCutShort reports whether a readable body misses its end. CPEs that count
// characters instead of bytes in Content-Length leave the rest on the connection,
// where it would be taken for the next request.
func isCutShort(content []byte) bool {
	content = bytes.TrimRight(content, "\x00 \t\r\n")
	return len(content) > 0 && !bytes.HasSuffix(content, []byte("Envelope>"))
}
