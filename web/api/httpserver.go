package api

import (
	"net/http"
	"time"
)

// Limits of one connection. A work order is a few KiB and every answer but the
// event stream is made in milliseconds: whoever needs longer is broken or hostile.
const (
	maxHeaderBytes    = 32 << 10         // a bearer token and a browser's headers fit many times
	readHeaderTimeout = 10 * time.Second // slow-loris
	readTimeout       = 30 * time.Second // the whole request
	writeTimeout      = 60 * time.Second // the whole answer; event streams set their own per write
	idleTimeout       = 2 * time.Minute  // between requests of one connection
)

// HTTPServer returns a server for h with every time limit set.
func HTTPServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		MaxHeaderBytes:    maxHeaderBytes,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
	}
}
