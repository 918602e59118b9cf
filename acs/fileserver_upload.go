package acs

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"time"

	"itms"
)

// errNoFile is a form without a file in it.
var errNoFile = errors.New("acs: the form holds no file")

// upload takes in what a device delivers: the body as it is, or the one file of a form.
func (e *errand) upload() {
	e.srv.met.active.Inc()
	defer e.srv.met.active.Dec()
	if e.r.ContentLength > e.srv.opt.MaxUpload+partsRoom {
		e.refuse(http.StatusRequestEntityTooLarge, resultTooLarge) // unread, and 100-continue is not said
		return
	}
	body := &pacedBody{body: http.MaxBytesReader(e.w, e.r.Body, e.srv.opt.MaxUpload+partsRoom), conn: e.conn}
	content, said, err := uploaded(e.r.Header.Get("Content-Type"), body)
	if err == nil {
		_, err = e.srv.opt.Depot.TakeUpload(e.r.Context(), e.transfer.Token, said, e.remote, content, e.srv.opt.MaxUpload)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, body) // what a form has behind its file
	}
	e.bytes = body.read
	_ = e.conn.SetWriteDeadline(time.Now().Add(stallTime)) // the server's own began with the request
	e.taken(err)
}

// drain reads away the body of an upload that a 401 answers: many devices send all of it
// before they look at the answer, and would take a closed connection for a failure. Who
// asks for 100-continue does look first. Whoever knows the address may cost that much.
func (e *errand) drain() {
	if e.r.ContentLength > e.srv.opt.MaxUpload+partsRoom || e.r.Header.Get("Expect") != "" {
		return
	}
	body := &pacedBody{body: http.MaxBytesReader(e.w, e.r.Body, e.srv.opt.MaxUpload+partsRoom), conn: e.conn}
	_, err := io.Copy(io.Discard, body)
	e.drained = err == nil
	_ = e.conn.SetWriteDeadline(time.Now().Add(stallTime)) // the server's own began with the request
}

// taken answers an upload. RFC 9110 §9.3.4 wants 201 for a PUT that made something new.
func (e *errand) taken(err error) {
	e.cause = err
	var large *http.MaxBytesError
	switch {
	case err == nil:
		e.result = resultReceived
		status := http.StatusOK
		if e.r.Method == http.MethodPut {
			status = http.StatusCreated
		}
		plain(e.w, status)
	case errors.As(err, &large) || itms.IsKind(err, itms.KindLimit):
		e.refuse(http.StatusRequestEntityTooLarge, resultTooLarge)
	case itms.IsKind(err, itms.KindNotFound): // it was closed meanwhile
		e.refuse(http.StatusNotFound, resultUnknown)
	case errors.Is(err, os.ErrDeadlineExceeded):
		e.w.Header().Set("Connection", "close")
		e.refuse(http.StatusRequestTimeout, resultBroken)
	case errors.Is(err, errNoFile) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, multipart.ErrMessageTooLarge):
		e.refuse(http.StatusBadRequest, resultBroken)
	case errors.Is(err, context.Canceled):
		e.refuse(http.StatusBadRequest, resultBroken)
	case itms.KindOf(err) != itms.KindInternal:
		e.fail(err)
	default:
		e.failedBody(err)
	}
}

// failedBody answers a failure that is a defect of ours when it is an *itms.Error, else
// one of the body: a form or chunks that cannot be read.
func (e *errand) failedBody(err error) {
	var ours *itms.Error
	if errors.As(err, &ours) {
		e.fail(err)
		return
	}
	e.refuse(http.StatusBadRequest, resultBroken)
}

// uploaded finds the content in a body, and the name that the device gave it.
func uploaded(contentType string, body io.Reader) (content io.Reader, said string, err error) {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || !strings.HasPrefix(media, "multipart/") || params["boundary"] == "" {
		return body, "", nil // whatever it is called: form-urlencoded is libcurl's word for any POST
	}
	form := multipart.NewReader(body, params["boundary"])
	for range maxParts {
		part, err := form.NextRawPart()
		switch {
		case errors.Is(err, io.EOF):
			return nil, "", errNoFile
		case err != nil:
			return nil, "", err
		case part.FileName() != "":
			return part, part.FileName(), nil
		}
	}
	return nil, "", errNoFile
}

// pacedBody is a body that must come at a pace: each piece of fileBuffer bytes within
// stallTime.
type pacedBody struct {
	body io.Reader
	conn *http.ResponseController
	read int64
	next int64 // where the next piece begins
}

// Read implements io.Reader.
func (p *pacedBody) Read(b []byte) (int, error) {
	if p.read >= p.next {
		// A recorder in a test has no deadline; then none is needed.
		_ = p.conn.SetReadDeadline(time.Now().Add(stallTime))
		p.next = p.read + fileBuffer
	}
	n, err := p.body.Read(b)
	p.read += int64(n)
	return n, err
}
