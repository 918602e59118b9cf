package ui

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

// built is a build with one file of each kind.
var built = newConsole(fstest.MapFS{
	"index.html": {Data: []byte("<html>page")}, "assets/index-abc.js": {Data: []byte("code")}, "sw.js": {Data: []byte("worker")},
	"assets/reader-abc.wasm": {Data: []byte("\x00asm")}, "manifest.webmanifest": {Data: []byte("{}")}, "assets/long-abc.css": {Data: []byte(long)},
})

// long compresses well.
var long = strings.Repeat("a{color:red}", 100)

func TestConsoleServes(t *testing.T) {
	for _, tt := range []struct {
		path, body, kind, cache string
		status                  int
	}{
		{"/", "<html>page", "text/html; charset=utf-8", "no-cache", 200},
		{"/orders/WO-1.2", "<html>page", "text/html; charset=utf-8", "no-cache", 200},
		{"/devices/00005E-STB-S1.0/parameters?q=a", "<html>page", "text/html; charset=utf-8", "no-cache", 200},
		{"/assets/index-abc.js", "code", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", 200},
		{"/assets/reader-abc.wasm", "\x00asm", "application/wasm", "public, max-age=31536000, immutable", 200},
		{"/sw.js", "worker", "text/javascript; charset=utf-8", "no-cache", 200},
		{"/manifest.webmanifest", "{}", "application/manifest+json", "no-cache", 200},
		{"/assets/gone-def.js", "404 page not found\n", "text/plain; charset=utf-8", "", 404},
		{"/robots.txt", "404 page not found\n", "text/plain; charset=utf-8", "", 404},
		{"/../../etc/passwd", "<html>page", "text/html; charset=utf-8", "no-cache", 200},
	} {
		w := httptest.NewRecorder()
		built.ServeHTTP(w, httptest.NewRequest(http.MethodGet, tt.path, nil))
		if w.Code != tt.status || w.Body.String() != tt.body || w.Header().Get("Content-Type") != tt.kind {
			t.Errorf("%s: %d %q %q", tt.path, w.Code, w.Header().Get("Content-Type"), w.Body)
		}
		if got := w.Header().Get("Cache-Control"); tt.status == 200 && got != tt.cache {
			t.Errorf("%s is kept by %q", tt.path, got)
		}
		if policy := w.Header().Get("Content-Security-Policy"); policy != Policy || strings.Contains(policy, "unsafe-inline") {
			t.Errorf("%s has policy %q", tt.path, policy)
		}
	}
}

func TestConsoleCompresses(t *testing.T) {
	ask := func(header, value string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/assets/long-abc.css", nil)
		r.Header.Set("Accept-Encoding", "gzip, br")
		r.Header.Set(header, value)
		w := httptest.NewRecorder()
		built.ServeHTTP(w, r)
		return w
	}
	w := ask("Accept", "*/*")
	unpacked, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(unpacked)
	if err != nil || string(content) != long || w.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("%v, %d bytes, %v", err, len(content), w.Header())
	}
	if again := ask("If-None-Match", w.Header().Get("ETag")); again.Code != http.StatusNotModified {
		t.Errorf("unchanged, but %d", again.Code)
	}
	if part := ask("Range", "bytes=0-2"); part.Body.String() != long[:3] || part.Header().Get("Content-Encoding") != "" {
		t.Errorf("a part is %q %v", part.Body, part.Header())
	}
	if plain := ask("Accept-Encoding", "identity"); plain.Body.String() != long || plain.Header().Get("ETag") == w.Header().Get("ETag") {
		t.Errorf("plain is %d bytes, %v", plain.Body.Len(), plain.Header())
	}
}

func TestConsoleThatWasNotBuilt(t *testing.T) {
	if h := newConsole(fstest.MapFS{"placeholder.txt": {}}); h != nil {
		t.Errorf("%T without a page", h)
	}
}
