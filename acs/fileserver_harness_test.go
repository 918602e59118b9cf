package acs

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"itms"
	"itms/internal/digest"
)

// The tokens of the tests' transfers.
const (
	getToken  = "000102030405060708090a0b0c0d0e0f" // a download with credentials
	openToken = "100102030405060708090a0b0c0d0e0f" // a download without
	putToken  = "200102030405060708090a0b0c0d0e0f" // an upload without credentials
	safeToken = "300102030405060708090a0b0c0d0e0f" // an upload with credentials
)

// The credentials of the transfers that have any.
const (
	fileUser     = "USER2345"
	filePassword = "PASSWORD234567"
)

// depot is a Depot in memory.
type depot struct {
	mu       sync.Mutex
	size     int64 // of the file that is served
	closed   map[string]bool
	uses     []itms.TransferUse
	taken    [][]byte
	said     []string
	chunks   int // read so far
	chunkErr error
}

var _ Depot = (*depot)(nil)

func newDepot(size int64) *depot { return &depot{size: size, closed: map[string]bool{}} }

// fileByte is the content of the file at a place: different in every chunk.
func fileByte(at int64) byte { return byte(at) ^ byte(at/251) ^ byte(at/itms.ChunkSize) }

// fileBytes is the content from a place on.
func fileBytes(from, to int64) []byte {
	b := make([]byte, to-from)
	for i := range b {
		b[i] = fileByte(from + int64(i))
	}
	return b
}

func (d *depot) OpenTransfer(_ context.Context, token string) (*itms.Transfer, *itms.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := &itms.Transfer{Token: token, Device: testDevice, Upload: token == putToken || token == safeToken}
	if token == getToken || token == safeToken {
		t.Username, t.Password = fileUser, itms.Sealed(filePassword)
	}
	if token != getToken && token != openToken && !t.Upload || d.closed[token] {
		return nil, nil, itms.Errorf(itms.KindNotFound, itms.CodeNotFound, "no such transfer")
	}
	if t.Upload {
		return t, nil, nil
	}
	t.File = "file-1"
	// The sum of a large file is not computed for each request of a test.
	return t, &itms.File{ID: "file-1", Size: d.size, SHA256: "5e" + strings.Repeat("0", 62), CreatedAt: time.Unix(1_700_000_000, 0)}, nil
}

func (d *depot) TransferPassword(t *itms.Transfer) (itms.Secret, error) {
	return itms.NewSecret(string([]byte(t.Password))), nil
}

func (d *depot) FileChunk(_ context.Context, _ itms.FileID, n int) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.chunks++
	from := int64(n) * itms.ChunkSize
	if d.chunkErr != nil || from >= d.size {
		return nil, d.chunkErr
	}
	return fileBytes(from, min(from+itms.ChunkSize, d.size)), nil
}

func (d *depot) TransferUsed(_ context.Context, _ string, use itms.TransferUse) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.uses = append(d.uses, use)
	return nil
}

func (d *depot) TakeUpload(_ context.Context, _, said, _ string, body io.Reader, most int64) (*itms.File, error) {
	content, err := io.ReadAll(io.LimitReader(body, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > most {
		return nil, itms.Errorf(itms.KindLimit, itms.CodeTooLarge, "too large")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.taken, d.said = append(d.taken, content), append(d.said, said)
	return &itms.File{ID: "file-2", Size: int64(len(content))}, nil
}

// files is a file door with a client.
type files struct {
	t     testing.TB
	depot *depot
	srv   *FileServer
	http  *httptest.Server
}

// newFiles starts a file door that serves a file of the size.
func newFiles(t testing.TB, size int64, with ...func(*FileOptions)) *files {
	t.Helper()
	f := &files{t: t, depot: newDepot(size)}
	o := FileOptions{Depot: f.depot, MaxUpload: 1 << 20}
	for _, change := range with {
		change(&o)
	}
	srv, err := NewFileServer(o)
	if err != nil {
		t.Fatal(err)
	}
	f.srv = srv
	f.http = httptest.NewUnstartedServer(srv)
	f.http.Config = srv.HTTPServer()
	f.http.Start()
	t.Cleanup(f.http.Close)
	return f
}

// fetched is what a request got.
type fetched struct {
	status int
	header http.Header
	body   []byte
}

// request makes a request; headers are pairs of name and value.
func (f *files) request(method, token string, body io.Reader, headers ...string) *http.Request {
	f.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, f.http.URL+"/t/"+token+"/image.bin", body)
	if err != nil {
		f.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// do sends a request.
func (f *files) do(r *http.Request) fetched {
	f.t.Helper()
	resp, err := f.http.Client().Do(r)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return fetched{resp.StatusCode, resp.Header, body}
}

// get fetches the open file.
func (f *files) get(headers ...string) fetched {
	f.t.Helper()
	return f.do(f.request(http.MethodGet, openToken, nil, headers...))
}

// want checks status and body.
func (a fetched) want(t testing.TB, what string, status int, body []byte) {
	t.Helper()
	if a.status != status || !bytes.Equal(a.body, body) {
		t.Errorf("%s: status %d with %d bytes, want %d with %d", what, a.status, len(a.body), status, len(body))
	}
}

// basic is the header of right credentials.
func basic(user, password string) string {
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth(user, password)
	return r.Header.Get("Authorization")
}

// challenged asks without credentials and reads the challenge.
func (f *files) challenged(method, token string) *digest.Challenge {
	f.t.Helper()
	a := f.do(f.request(method, token, nil))
	if a.status != http.StatusUnauthorized {
		f.t.Fatalf("without credentials: %d", a.status)
	}
	c, err := digest.ParseChallenge(a.header.Values("Www-Authenticate"))
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}
