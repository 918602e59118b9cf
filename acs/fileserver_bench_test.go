package acs

import (
	"io"
	"net/http"
	"testing"
)

// BenchmarkFileServer serves a firmware of 32 MiB over loopback, chunks from the cache
// and, since it holds half of them, from the depot.
func BenchmarkFileServer(b *testing.B) {
	for name, size := range map[string]int64{"8MiB": 8 << 20, "32MiB": 32 << 20} {
		b.Run(name, func(b *testing.B) {
			f := newFiles(b, size)
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				resp, err := f.http.Client().Do(f.request(http.MethodGet, openToken, nil))
				if err != nil {
					b.Fatal(err)
				}
				if n, err := io.Copy(io.Discard, resp.Body); err != nil || n != size {
					b.Fatalf("%d bytes, %v", n, err)
				}
				resp.Body.Close()
			}
		})
	}
}
