// Package ui serves the console: pages, scripts and styles that Vite builds from src into
// dist/app, embedded in the binary. It knows nothing of what they show; all data comes from
// the API.
package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed all:dist
var dist embed.FS

// Policy is the Content-Security-Policy of the console: everything from its own server,
// nothing inline, in no other page's frame. WebAssembly reads bar codes.
const Policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; " +
	"media-src 'self' blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// Permissions turns off what the console does not use; the camera scans labels.
const permissions = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"

// Handler serves the console, or is nil when the binary was built without it. Each path
// that is no file of the build is a page of the console: index.html, which finds out itself.
func Handler() http.Handler {
	app, err := fs.Sub(dist, "dist/app")
	if err != nil {
		return nil
	}
	return newConsole(app)
}

// newConsole reads a build; nil when there is none.
func newConsole(app fs.FS) http.Handler {
	c := console{}
	err := fs.WalkDir(app, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(app, name)
		c[name] = newFile(name, content)
		return err
	})
	if err != nil || c[indexName] == nil {
		return nil
	}
	return c
}

// indexName is the page of all addresses.
const indexName = "index.html"

// console is a build of the console: its files by name.
type console map[string]*file

// file is one file of the build.
type file struct {
	name, kind, tag string
	content         []byte
	gzip            func() []byte // the same compressed, nil when that saves nothing
}

// newFile describes a file. What compresses well is compressed when it is first asked for.
func newFile(name string, content []byte) *file {
	sum := sha256.Sum256(content)
	f := &file{name: name, content: content, kind: contentType(name), tag: base64.RawURLEncoding.EncodeToString(sum[:12])}
	f.gzip = sync.OnceValue(func() []byte {
		var packed bytes.Buffer
		w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // the level is a right one
		if _, err := w.Write(content); err != nil || w.Close() != nil || packed.Len() >= len(content) {
			return nil
		}
		return packed.Bytes()
	})
	return f
}

// ServeHTTP answers with a file or a page. Files below assets/ carry the hash of their
// content in their names and may be kept for ever; everything else is asked for each time.
func (c console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", Policy)
	h.Set("Permissions-Policy", permissions)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	f := c[name]
	if f == nil {
		if strings.HasPrefix(name, "assets/") || path.Ext(name) != "" && !strings.Contains(name, "/") {
			http.NotFound(w, r)
			return
		}
		f = c[indexName]
	}
	f.serve(w, r)
}

// serve answers with the file, compressed when the caller takes that.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h, content, tag := w.Header(), f.content, f.tag
	h.Set("Content-Type", f.kind)
	h.Set("Vary", "Accept-Encoding")
	if strings.HasPrefix(f.name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && r.Header.Get("Range") == "" {
		if packed := f.gzip(); packed != nil {
			h.Set("Content-Encoding", "gzip")
			content, tag = packed, tag+"-gzip"
		}
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, f.name, time.Time{}, bytes.NewReader(content))
}

// contentType names the type of a file by its ending, whatever the host's tables say.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".webmanifest":
		return "application/manifest+json"
	case ".wasm":
		return "application/wasm"
	}
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		return kind
	}
	return "application/octet-stream"
}
