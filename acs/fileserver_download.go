package acs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"itms"
)

// buffers are the pieces that downloads go through.
var buffers = sync.Pool{New: func() any { b := make([]byte, fileBuffer); return &b }}

// download serves a file, or the part of it that is asked for, and notes how much.
func (e *errand) download() {
	e.srv.met.active.Inc()
	defer e.srv.met.active.Dec()
	h := e.w.Header()
	h.Set("Etag", `"`+e.file.SHA256+`"`)
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Cache-Control", "private, no-transform") // boxes behind a caching proxy: the bytes are theirs and as they are
	// An empty file has no parts; net/http would answer with a range that ends before it begins.
	if plain := plainRange(e.r.Header.Get("Range")); plain != "" && e.file.Size > 0 {
		e.r.Header.Set("Range", plain)
	} else {
		e.r.Header.Del("Range")
	}
	content := &served{FileContent: e.file.Content(func(n int) ([]byte, error) { return e.srv.chunks.get(e.r.Context(), e.file.ID, n) })}
	out := &meter{ResponseWriter: e.w, conn: e.conn, status: http.StatusOK}
	// The name is "" and the type is set, so that nothing is read to guess it.
	http.ServeContent(out, e.r, "", e.file.CreatedAt, content)
	e.bytes, e.cause = out.sent, content.Err()
	e.result = out.result(content)
	e.note(content.start)
}

// note tells the domain what the request did. The device may be gone: that is no reason
// to forget it.
func (e *errand) note(from int64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(e.r.Context()), useNoteTime)
	defer cancel()
	err := e.srv.opt.Depot.TransferUsed(ctx, e.transfer.Token, itms.TransferUse{From: from, Bytes: e.bytes, Remote: e.remote})
	if err != nil {
		e.cause = errors.Join(e.cause, fmt.Errorf("note the transfer: %w", err))
	}
}

// meter is a response that counts content and gives a slow reader a limited time for
// each piece.
type meter struct {
	http.ResponseWriter
	conn   *http.ResponseController
	status int
	sent   int64 // of the body
	lost   bool  // the connection broke
}

// WriteHeader notes the status.
func (m *meter) WriteHeader(status int) {
	m.status = status
	m.ResponseWriter.WriteHeader(status)
}

// Write sends and counts a piece.
func (m *meter) Write(p []byte) (int, error) {
	// A recorder in a test has no deadline; then none is needed.
	_ = m.conn.SetWriteDeadline(time.Now().Add(stallTime))
	n, err := m.ResponseWriter.Write(p)
	if m.status < http.StatusBadRequest { // else it is the text of an error
		m.sent += int64(n)
	}
	m.lost = m.lost || err != nil
	return n, err
}

// ReadFrom sends all of a reader by way of a shared buffer.
func (m *meter) ReadFrom(r io.Reader) (int64, error) {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	return io.CopyBuffer(struct{ io.Writer }{m}, r, *buf)
}

// result is what became of a download, for metrics and log.
func (m *meter) result(content *served) string {
	switch {
	case content.Err() != nil && !errors.Is(content.Err(), context.Canceled):
		return resultFailed
	case m.lost || content.Err() != nil:
		return resultBroken
	case m.status == http.StatusPartialContent:
		return resultPartial
	case m.status == http.StatusNotModified, m.status == http.StatusPreconditionFailed:
		return resultUnchanged
	case m.status == http.StatusRequestedRangeNotSatisfiable:
		return resultRange
	}
	return resultServed
}

// served is a content that knows where it was read from first.
type served struct {
	*itms.FileContent
	begun bool
	start int64
}

// Read implements io.Reader.
func (c *served) Read(p []byte) (int, error) {
	if !c.begun {
		c.begun, c.start = true, c.At()
	}
	return c.FileContent.Read(p)
}
