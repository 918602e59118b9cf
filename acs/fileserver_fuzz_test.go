package acs

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzFileRange: whatever Range says, the answer is the whole file, one part of it that
// is what Content-Range says, or 416.
func FuzzFileRange(f *testing.F) {
	for _, header := range []string{"", "bytes=0-", "bytes=0-0", "bytes=-5", "bytes=5-9,20-30", "bytes=9-5", "bytes=99-", "items=1-2",
		"bytes=18446744073709551615-", "bytes= 1 - 2", "bytes=+1-2", "bytes=1--2", "BYTES=3-", "bytes=-0", "bytes==-", "bytes=0-9223372036854775807"} {
		f.Add(header, uint8(50))
	}
	f.Fuzz(func(t *testing.T, header string, size uint8) {
		srv, err := NewFileServer(FileOptions{Depot: newDepot(int64(size))})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "/t/"+openToken+"/x", nil)
		r.Header.Set("Range", header)
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, r)
		whole, body := fileBytes(0, int64(size)), w.Body.Bytes()
		switch w.Code {
		case http.StatusOK:
			if !bytes.Equal(body, whole) {
				t.Errorf("the whole file has %d bytes, want %d", len(body), len(whole))
			}
		case http.StatusPartialContent:
			var first, last, total int
			if _, err := fmt.Sscanf(w.Header().Get("Content-Range"), "bytes %d-%d/%d", &first, &last, &total); err != nil {
				t.Fatalf("Content-Range %q: %v", w.Header().Get("Content-Range"), err)
			}
			if total != len(whole) || first < 0 || last >= total || first > last || !bytes.Equal(body, whole[first:last+1]) {
				t.Errorf("%q: %d bytes are said to be %q", header, len(body), w.Header().Get("Content-Range"))
			}
		case http.StatusRequestedRangeNotSatisfiable:
		default:
			t.Errorf("status %d", w.Code)
		}
		if got := w.Header().Get("Content-Length"); w.Code != 416 && got != fmt.Sprint(len(body)) {
			t.Errorf("Content-Length %q, body %d", got, len(body))
		}
	})
}

// FuzzFilePath: a path leads to a transfer only in the one form that addresses have.
func FuzzFilePath(f *testing.F) {
	for _, path := range []string{"/t/" + openToken + "/image.bin", "/t/" + openToken, "/t/" + openToken + "/../x", "/t//" + openToken, "/t/%00",
		"/../t/" + openToken, "/t/" + openToken + "/a/b", "/t/" + strings.ToUpper(openToken), "//t/" + openToken + "\\x"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		token, ok := fileToken(path)
		rest := strings.TrimPrefix(path, "/t/"+token)
		switch {
		case !ok && token != "":
			t.Errorf("%q leads nowhere and to %q", path, token)
		case ok && (len(token) != 32 || strings.Trim(token, "0123456789abcdef") != "" || !strings.HasPrefix(path, "/t/"+token)):
			t.Errorf("%q leads to %q", path, token)
		case ok && rest != "" && (rest[0] != '/' || strings.ContainsAny(rest[1:], "/\\\x00")):
			t.Errorf("%q is not one name", path)
		}
		if u, err := url.Parse(path); err == nil && ok && u.Path == path && u.RawQuery == "" {
			if again, ok := fileToken(u.Path); !ok || again != token {
				t.Errorf("%q leads to %q and to %q", path, token, again)
			}
		}
	})
}

// FuzzFileUpload: whatever the type says, a body is taken as it is or as one file of a
// form, or refused; nothing else becomes of it.
func FuzzFileUpload(f *testing.F) {
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\nhello\r\n--x--\r\n"))
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\n\r\n--x--"))
	f.Add("multipart/form-data; boundary=\"", []byte("--"))
	f.Add("application/x-www-form-urlencoded", []byte("a=b"))
	f.Add("", []byte{})
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		d := newDepot(0)
		srv, err := NewFileServer(FileOptions{Depot: d, MaxUpload: 1 << 10})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/t/"+putToken+"/x", io.MultiReader(bytes.NewReader(body)))
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, r)
		switch taken := len(d.taken); {
		case w.Code == http.StatusOK && taken == 1 && bytes.Contains(body, d.taken[0]) && len(d.taken[0]) <= 1<<10:
		case (w.Code == http.StatusBadRequest || w.Code == http.StatusRequestEntityTooLarge): // what is behind a file may be broken too
		default:
			t.Errorf("status %d, %d files", w.Code, taken)
		}
	})
}
