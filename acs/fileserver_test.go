package acs

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"itms"
	"itms/internal/digest"
)

// threeChunks is a size whose last chunk is short.
const threeChunks = 2*itms.ChunkSize + 1234

func TestFileWhole(t *testing.T) {
	f := newFiles(t, threeChunks)
	whole := fileBytes(0, threeChunks)
	a := f.get()
	a.want(t, "GET", http.StatusOK, whole)
	for name, want := range map[string]string{"Content-Length": fmt.Sprint(threeChunks), "Accept-Ranges": "bytes",
		"Content-Type": "application/octet-stream", "Etag": `"5e` + strings.Repeat("0", 62) + `"`} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	head := f.do(f.request(http.MethodHead, openToken, nil))
	head.want(t, "HEAD", http.StatusOK, nil)
	if got := head.header.Get("Content-Length"); got != fmt.Sprint(threeChunks) {
		t.Errorf("HEAD has length %q", got)
	}
	if want := []itms.TransferUse{{Bytes: threeChunks, Remote: "127.0.0.1"}, {Remote: "127.0.0.1"}}; fmt.Sprint(f.depot.uses) != fmt.Sprint(want) {
		t.Errorf("noted %v, want %v", f.depot.uses, want)
	}
}

func TestFileEmpty(t *testing.T) {
	newFiles(t, 0).get().want(t, "an empty file", http.StatusOK, nil)
}

func TestFileRanges(t *testing.T) {
	f := newFiles(t, threeChunks)
	whole := fileBytes(0, threeChunks)
	edge := int64(itms.ChunkSize)
	for header, want := range map[string][2]int64{
		"bytes=0-": {0, threeChunks}, "bytes=0-0": {0, 1}, "bytes=100-199": {100, 200}, "bytes=-10": {threeChunks - 10, threeChunks},
		fmt.Sprintf("bytes=%d-%d", edge-1, edge): {edge - 1, edge + 1},
		fmt.Sprintf("bytes=%d-9999999", edge):    {edge, threeChunks},
		"Bytes = 5 - 9":                          {5, 10},
	} {
		a := f.get("Range", header)
		a.want(t, header, http.StatusPartialContent, whole[want[0]:want[1]])
		if got, want := a.header.Get("Content-Range"), fmt.Sprintf("bytes %d-%d/%d", want[0], want[1]-1, threeChunks); got != want {
			t.Errorf("%s: Content-Range %q, want %q", header, got, want)
		}
	}
	for _, header := range []string{"bytes=0-1,5-6", "bytes=9-5", "bytes=x-", "items=0-5", "bytes=", "bytes=-", "bytes=99999999999999999999-"} {
		f.get("Range", header).want(t, header, http.StatusOK, whole)
	}
	a := f.get("Range", fmt.Sprintf("bytes=%d-", threeChunks))
	if a.status != http.StatusRequestedRangeNotSatisfiable || a.header.Get("Content-Range") != fmt.Sprintf("bytes */%d", threeChunks) {
		t.Errorf("behind the end: %d %v", a.status, a.header)
	}
}

func TestFileNotesRanges(t *testing.T) {
	f := newFiles(t, threeChunks)
	f.get("Range", "bytes=100-199")
	if got, want := f.depot.uses[0], (itms.TransferUse{From: 100, Bytes: 100, Remote: "127.0.0.1"}); got != want {
		t.Errorf("noted %v, want %v", got, want)
	}
	f.get("Range", "bytes=99999999-")
	if got := f.depot.uses[1]; got.Bytes != 0 {
		t.Errorf("noted %v for a range behind the end", got)
	}
}

func TestFileConditions(t *testing.T) {
	f := newFiles(t, 100)
	etag := f.get().header.Get("Etag")
	f.get("If-None-Match", etag).want(t, "If-None-Match", http.StatusNotModified, nil)
	f.get("If-None-Match", `"other"`).want(t, "If-None-Match of another", http.StatusOK, fileBytes(0, 100))
	f.get("If-Range", etag, "Range", "bytes=90-").want(t, "If-Range", http.StatusPartialContent, fileBytes(90, 100))
	f.get("If-Range", `"other"`, "Range", "bytes=90-").want(t, "If-Range of another", http.StatusOK, fileBytes(0, 100))
}

// raw sends bytes on a connection of its own and reads to its end.
func (f *files) raw(text string) string {
	f.t.Helper()
	conn, err := net.Dial("tcp", f.http.Listener.Addr().String())
	if err != nil {
		f.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		f.t.Fatal(err)
	}
	all, err := io.ReadAll(conn)
	if err != nil {
		f.t.Fatal(err)
	}
	return string(all)
}

// TestFileHTTP10: devices with busybox's wget, or the web client of a boot loader.
func TestFileHTTP10(t *testing.T) {
	f := newFiles(t, threeChunks)
	for name, request := range map[string]string{
		"HTTP/1.0":             "GET /t/" + openToken + "/image.bin HTTP/1.0\r\n\r\n",
		"HTTP/1.0 with a host": "GET /t/" + openToken + "/image.bin HTTP/1.0\r\nHost: acs.example.com\r\n\r\n",
		"Connection: close":    "GET /t/" + openToken + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"absolute target":      "GET http://acs.example.com/t/" + openToken + "/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
	} {
		head, body, _ := strings.Cut(f.raw(request), "\r\n\r\n")
		if !strings.Contains(head, " 200 OK\r\n") || !strings.Contains(head, fmt.Sprintf("Content-Length: %d", threeChunks)) ||
			strings.Contains(head, "Transfer-Encoding") || body != string(fileBytes(0, threeChunks)) {
			t.Errorf("%s: %s and %d bytes", name, head, len(body))
		}
	}
}

func TestFileCredentials(t *testing.T) {
	f := newFiles(t, 100)
	whole := fileBytes(0, 100)
	ask := func(authorization string) fetched {
		return f.do(f.request(http.MethodGet, getToken, nil, "Authorization", authorization))
	}
	ask(basic(fileUser, filePassword)).want(t, "Basic", http.StatusOK, whole)
	target := "/t/" + getToken + "/image.bin"
	for _, algorithm := range []digest.Algorithm{digest.MD5, digest.SHA256, digest.MD5Sess} {
		for _, qop := range []string{"auth", ""} {
			c := f.challenged(http.MethodGet, getToken)
			c.Algorithm, c.QOP = algorithm, qop
			ask(c.Authorize("GET", target, fileUser, filePassword)).want(t, string(algorithm)+" "+qop, http.StatusOK, whole)
		}
	}
	for name, authorization := range map[string]string{
		"none": "", "wrong password": basic(fileUser, "x"), "wrong user": basic("x", filePassword), "no user": basic("", ""),
		"not Basic": "Basic !!!", "bearer": "Bearer " + filePassword,
		"digest with a wrong password": f.challenged(http.MethodGet, getToken).Authorize("GET", target, fileUser, "x"),
		"digest for another address":   f.challenged(http.MethodGet, getToken).Authorize("GET", "/t/"+openToken+"/image.bin", fileUser, filePassword),
		"digest for another method":    f.challenged(http.MethodGet, getToken).Authorize("PUT", target, fileUser, filePassword),
	} {
		a := ask(authorization)
		a.want(t, name, http.StatusUnauthorized, nil)
		if got := a.header.Values("Www-Authenticate"); len(got) != 3 || !strings.HasPrefix(got[0], "Digest ") || !strings.HasPrefix(got[2], "Basic ") {
			t.Errorf("%s: challenges %q", name, got)
		}
	}
	if len(f.depot.uses) != 7 {
		t.Errorf("%d requests were noted, want those with the right credentials", len(f.depot.uses))
	}
}

// TestFileReplayedDigest: what was overheard opens nothing; the device itself is told to
// try again.
func TestFileReplayedDigest(t *testing.T) {
	f := newFiles(t, 100)
	header := f.challenged(http.MethodGet, getToken).Authorize("GET", "/t/"+getToken+"/image.bin", fileUser, filePassword)
	for i, want := range []int{http.StatusOK, http.StatusUnauthorized} {
		a := f.do(f.request(http.MethodGet, getToken, nil, "Authorization", header))
		if a.status != want {
			t.Errorf("use %d: %d, want %d", i, a.status, want)
		}
		if want == http.StatusUnauthorized && !strings.Contains(a.header.Get("Www-Authenticate"), "stale=true") {
			t.Errorf("the challenge does not say stale: %q", a.header.Get("Www-Authenticate"))
		}
	}
}

// TestFileGuesses: who guesses is refused for a while; the right credentials and other
// sources pass.
func TestFileGuesses(t *testing.T) {
	for name, guess := range map[string]func(*files) fetched{
		"passwords": func(f *files) fetched {
			return f.do(f.request(http.MethodGet, getToken, nil, "Authorization", basic(fileUser, "x")))
		},
		"tokens": func(f *files) fetched {
			return f.do(f.request(http.MethodGet, strings.Repeat("ab", 16), nil))
		},
		"paths": func(f *files) fetched { return f.do(f.request(http.MethodGet, "../etc/passwd", nil)) },
	} {
		f := newFiles(t, 100)
		for range wrongPerWindow {
			if a := guess(f); a.status == http.StatusForbidden {
				t.Fatalf("%s: refused too early", name)
			}
		}
		a := guess(f)
		a.want(t, name, http.StatusForbidden, nil)
		if a.header.Get("Retry-After") == "" || a.header.Get("Www-Authenticate") != "" {
			t.Errorf("%s: %v", name, a.header)
		}
		f.do(f.request(http.MethodGet, getToken, nil, "Authorization", basic(fileUser, filePassword))).want(t, "right ones", http.StatusOK, fileBytes(0, 100))
		f.get().want(t, "a neighbour", http.StatusOK, fileBytes(0, 100))
	}
}

func TestFileRefusals(t *testing.T) {
	f := newFiles(t, 100)
	f.depot.closed[safeToken] = true
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{http.MethodGet, "/", 404}, {http.MethodGet, "/t/", 404}, {http.MethodGet, "/t", 404}, {http.MethodGet, "/files/" + openToken, 404},
		{http.MethodGet, "/t/" + strings.ToUpper(openToken), 404},
		{http.MethodGet, "/t/" + openToken + "0/x", 404}, {http.MethodGet, "/t/" + openToken[1:] + "/x", 404},
		{http.MethodGet, "/t/" + openToken + "/a/b", 404}, {http.MethodGet, "/t/" + openToken + "/..%2f..%2fitms.key", 404},
		{http.MethodGet, "/t/" + openToken + "/%00", 404}, {http.MethodGet, "//t/" + openToken, 404}, {http.MethodGet, "/t/../t/" + openToken, 404},
		{http.MethodPut, "/t/" + safeToken + "/x", 404}, // closed
		{http.MethodGet, "/t/" + openToken, 200}, {http.MethodGet, "/t/" + openToken + "/", 200}, {http.MethodGet, "/t/" + openToken + "/any.name", 200},
		{http.MethodPut, "/t/" + openToken + "/x", 405}, {http.MethodDelete, "/t/" + openToken + "/x", 405},
		{http.MethodGet, "/t/" + putToken + "/x", 405}, {http.MethodPost, "/t/" + openToken + "/x", 405},
	} {
		f.srv.sources = newSources(f.srv.opt.Clock) // the table is longer than a source's patience
		r, err := http.NewRequestWithContext(t.Context(), c.method, f.http.URL+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		a := f.do(r)
		if a.status != c.want {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, a.status, c.want)
		}
		if c.want == 405 && a.header.Get("Allow") == "" {
			t.Errorf("%s %s: no Allow", c.method, c.path)
		}
	}
}

// TestFileFails: when the store goes away within a file the answer is cut off, never a
// short file that looks whole; nothing of the failure is kept.
func TestFileFails(t *testing.T) {
	f := newFiles(t, threeChunks)
	f.depot.chunkErr = itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "away")
	resp, err := f.http.Client().Do(f.request(http.MethodGet, openToken, nil))
	if err == nil {
		defer resp.Body.Close()
		if _, err = io.Copy(io.Discard, resp.Body); err == nil {
			t.Errorf("status %d, and the body ended well", resp.StatusCode)
		}
	}
	f.depot.mu.Lock()
	f.depot.chunkErr = nil
	f.depot.mu.Unlock()
	f.get().want(t, "once it is back", http.StatusOK, fileBytes(0, threeChunks))
}

// TestFileBusy: beyond the places there are, devices are asked to come again.
func TestFileBusy(t *testing.T) {
	f := newFiles(t, 100)
	for range fileSeats {
		f.srv.seats <- struct{}{}
	}
	if a := f.get(); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
		t.Errorf("%d %v", a.status, a.header)
	}
}

func TestFileMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	f := newFiles(t, 100, func(o *FileOptions) { o.Registerer = registry })
	if _, err := NewFileServer(FileOptions{Depot: f.depot, Registerer: registry}); !itms.IsKind(err, itms.KindInvalid) {
		t.Errorf("a second door in one registry: %v", err)
	}
	f.get()
	f.get("Range", "bytes=0-9")
	got := map[string]float64{}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.Metric {
			name := family.GetName()
			for _, l := range m.Label {
				name += " " + l.GetValue()
			}
			got[name] = m.GetCounter().GetValue()
		}
	}
	for name, want := range map[string]float64{"itms_files_requests_total out served": 1, "itms_files_requests_total out partial": 1,
		"itms_files_bytes_total out": 110} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if err := f.srv.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := NewFileServer(FileOptions{Depot: f.depot, Registerer: registry}); err != nil {
		t.Errorf("after Close: %v", err)
	}
}

func TestFileOptions(t *testing.T) {
	if _, err := NewFileServer(FileOptions{}); !itms.IsKind(err, itms.KindInvalid) {
		t.Errorf("without a depot: %v", err)
	}
}

// TestFileSharesChunks: many devices that fetch one file read each chunk once.
func TestFileSharesChunks(t *testing.T) {
	f := newFiles(t, threeChunks)
	done := make(chan fetched)
	for range 20 {
		go func() { done <- f.get() }()
	}
	for range 20 {
		if a := <-done; !bytes.Equal(a.body, fileBytes(0, threeChunks)) {
			t.Errorf("status %d, %d bytes", a.status, len(a.body))
		}
	}
	if f.depot.chunks != 3 {
		t.Errorf("%d chunks were read, want 3", f.depot.chunks)
	}
}

// TestFileKeepsConnection: a 401 and the answer after it come on one connection.
func TestFileKeepsConnection(t *testing.T) {
	f := newFiles(t, 100)
	conn, err := net.Dial("tcp", f.http.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for _, c := range []struct {
		authorization string
		want          int
	}{{"", 401}, {basic(fileUser, filePassword), 200}, {basic(fileUser, filePassword), 200}} {
		fmt.Fprintf(conn, "GET /t/%s/x HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\n\r\n", getToken, c.authorization)
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != c.want {
			t.Errorf("%d, %v; want %d", resp.StatusCode, err, c.want)
		}
		resp.Body.Close()
	}
}
