// Package ui serves the console: pages, scripts and styles that Vite builds from src into
// dist/app, embedded in the binary. It knows nothing of what they show; all data comes from
// the API.
package ui

import (
	"bytes"
	"embed"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
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
	index, err := fs.ReadFile(app, "index.html")
	if err != nil {
		return nil
	}
	return &console{app: app, index: index}
}

// console is a build of the console.
type console struct {
	app   fs.FS
	index []byte
}

// ServeHTTP answers with a file or a page. Files below assets/ carry the hash of their
// content in their names and may be kept for ever; everything else is asked for each time.
func (c *console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", Policy)
	h.Set("Permissions-Policy", permissions)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	content, err := fs.ReadFile(c.app, name)
	switch {
	case err == nil:
		if strings.HasPrefix(name, "assets/") {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
	case path.Ext(name) != "" && !strings.Contains(name, "/") || strings.HasPrefix(name, "assets/"):
		http.NotFound(w, r)
		return
	default:
		name, content = "index.html", c.index
	}
	if kind := contentType(name); kind != "" {
		h.Set("Content-Type", kind)
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
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
	return mime.TypeByExtension(path.Ext(name))
}
