package acs

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"itms"
	"itms/internal/digest"
)

// Depot is the domain as the file door needs it. Errors are *itms.Error: KindNotFound
// when there is no such thing or it may not be used any more, KindLimit when something is
// too large, KindUnavailable when the same may succeed later.
type Depot interface {
	// OpenTransfer returns the transfer of a token and, of a download, its file.
	OpenTransfer(ctx context.Context, token string) (*itms.Transfer, *itms.File, error)
	// TransferPassword reveals the password of a transfer for a comparison.
	TransferPassword(t *itms.Transfer) (itms.Secret, error)
	// FileChunk returns the n-th part of a content: itms.ChunkSize bytes, the last one
	// fewer. What it returns is shared, and changed by nobody.
	FileChunk(ctx context.Context, id itms.FileID, n int) ([]byte, error)
	// TransferUsed notes what one request did with a download.
	TransferUsed(ctx context.Context, token string, use itms.TransferUse) error
	// TakeUpload stores what a device delivers and calls by a name, at most so many
	// bytes. It returns the errors of body as they are.
	TakeUpload(ctx context.Context, token, said, remote string, body io.Reader, most int64) (*itms.File, error)
}

// FileOptions configure a [FileServer]. Depot is required.
type FileOptions struct {
	Depot     Depot
	DigestKey []byte // signs nonces; shared by all nodes; nil: random
	MaxUpload int64  // bytes of a file that a device delivers; 0: 64 MiB
	// TrustedProxies are as in [Options].
	TrustedProxies []netip.Prefix

	Clock      func() time.Time      // nil: time.Now
	Logger     zerolog.Logger        // the zero value is silent
	Registerer prometheus.Registerer // nil: metrics are counted but not shown
}

// FileServer is the file door of one node: it serves what Download names and takes in
// what Upload asks for (TR-069 Amd 6 §A.3.2.8, §A.4.1.5), each at an address of its own
// with credentials of its own. Any node serves any transfer. It is safe for concurrent
// use; serve it with HTTPServer.
type FileServer struct {
	opt     FileOptions
	met     *fileMetrics
	digest  *digest.Authenticator
	sources *sources
	chunks  *chunkCache
	seats   chan struct{} // a place for each request that moves content
	uploads chan struct{} // a place for each upload among them
}

var _ http.Handler = (*FileServer)(nil)

// NewFileServer makes a FileServer. It fails with KindInvalid when the options are
// incomplete and when the metrics are registered already.
func NewFileServer(o FileOptions) (*FileServer, error) {
	if o.Depot == nil {
		return nil, itms.Invalid("/depot", "is required")
	}
	if o.MaxUpload <= 0 {
		o.MaxUpload = defaultMaxUpload
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	met, err := newFileMetrics(o.Registerer)
	if err != nil {
		return nil, itms.Errorf(itms.KindInvalid, itms.CodeConfig, "the metrics of the file door cannot be registered").Because(err)
	}
	return &FileServer{opt: o, met: met, sources: newSources(o.Clock),
		digest:  digest.New(digest.Options{Realm: fileRealm, Key: o.DigestKey, Clock: o.Clock}),
		chunks:  newChunkCache(o.Depot.FileChunk),
		seats:   make(chan struct{}, fileSeats),
		uploads: make(chan struct{}, fileUploads)}, nil
}

// HTTPServer returns an http.Server for this door, with limits and time-outs set; the
// caller listens, and shuts it down before Close. HTTP/1 only, as for CWMP.
func (s *FileServer) HTTPServer() *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       fileIdle,
		MaxHeaderBytes:    headerBytes,
		Protocols:         &protocols,
		ErrorLog:          log.New(s.opt.Logger, "", 0),
	}
}

// Close takes the metrics out of their registry.
func (s *FileServer) Close(context.Context) error {
	s.met.unregister(s.opt.Registerer)
	return nil
}

// errand is one request of a device.
type errand struct {
	srv      *FileServer
	w        http.ResponseWriter
	r        *http.Request
	conn     *http.ResponseController
	remote   string
	transfer *itms.Transfer // once the token is known
	file     *itms.File     // of a download
	started  time.Time
	result   string // a label of the metrics
	bytes    int64  // of content, sent or received
	drained  bool   // the body was read away
	cause    error  // of a failure, for the log
}

// ServeHTTP answers one request.
func (s *FileServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e := &errand{srv: s, w: w, r: r, conn: http.NewResponseController(w), remote: remoteOf(r, s.opt.TrustedProxies), started: s.opt.Clock()}
	e.run()
	s.met.request(e)
	e.log()
}

// run finds the transfer, proves the device and does what it asks for.
func (e *errand) run() {
	token, ok := fileToken(e.r.URL.Path)
	if !ok {
		e.unknown()
		return
	}
	var err error
	e.transfer, e.file, err = e.srv.opt.Depot.OpenTransfer(e.r.Context(), token)
	switch {
	case itms.IsKind(err, itms.KindNotFound):
		e.unknown()
	case err != nil:
		e.fail(err)
	case e.prove():
		e.move()
	}
}

// move does what the method says, when there is a place for it.
func (e *errand) move() {
	want := "GET, HEAD"
	if e.transfer.Upload {
		want = "PUT, POST"
	}
	switch m := e.r.Method; {
	case !e.transfer.Upload && (m == http.MethodGet || m == http.MethodHead):
		e.seated(e.srv.seats, e.download)
	case e.transfer.Upload && (m == http.MethodPut || m == http.MethodPost):
		e.seated(e.srv.seats, func() { e.seated(e.srv.uploads, e.upload) })
	default:
		e.w.Header().Set("Allow", want)
		e.refuse(http.StatusMethodNotAllowed, resultMethod)
	}
}

// seated does something in one of the places there are, or has the device come again.
func (e *errand) seated(places chan struct{}, do func()) {
	select {
	case places <- struct{}{}:
		defer func() { <-places }()
		do()
	default:
		e.w.Header().Set("Retry-After", retryText(retryAfter))
		e.refuse(http.StatusServiceUnavailable, resultBusy)
	}
}

// unknown answers a path that leads to no transfer, and counts it as a guess.
func (e *errand) unknown() {
	if wait := e.srv.sources.shut(e.remote); wait > 0 {
		e.shutOut(wait)
		return
	}
	e.guessed()
	e.refuse(http.StatusNotFound, resultUnknown)
}

// fail answers a failure of the domain.
func (e *errand) fail(err error) {
	e.cause = err
	status, result := http.StatusInternalServerError, resultFailed
	switch {
	case errors.Is(err, context.Canceled): // the device is gone: nobody reads the answer
		result = resultBroken
	case itms.IsKind(err, itms.KindUnavailable) || errors.Is(err, context.DeadlineExceeded):
		status = http.StatusServiceUnavailable
		e.w.Header().Set("Retry-After", retryText(retryAfter))
	}
	e.refuse(status, result)
}

// refuse answers with a status alone, but keeps the connection unless the body is too
// long to be read away.
func (e *errand) refuse(status int, result string) {
	e.result = result
	if !e.drained {
		discard(e.w, e.r)
	}
	plain(e.w, status)
}

// log writes the one event of the request. The token is not part of it: it opens the
// door.
func (e *errand) log() {
	level := zerolog.InfoLevel
	if e.result == resultFailed {
		level = zerolog.ErrorLevel
	}
	ev := e.srv.opt.Logger.WithLevel(level).Str("method", e.r.Method).Str("result", e.result).Int64("bytes", e.bytes).
		Dur("took", e.srv.opt.Clock().Sub(e.started)).Str("remote", e.remote)
	if e.transfer != nil {
		ev = ev.Stringer("device", e.transfer.Device).Str("task", string(e.transfer.Task)).Str("file", string(e.transfer.File))
	}
	if e.cause != nil {
		ev = ev.AnErr("cause", e.cause)
	}
	ev.Msg("file request")
}
