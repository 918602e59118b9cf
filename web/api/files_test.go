package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"itms"
)

// fakeFiles stands for the engine: it stores what it is given and refuses what the tests
// need refused.
type fakeFiles struct {
	store itms.Store

	mu      sync.Mutex // guards what follows
	uploads []itms.FileUpload
	actors  []string
	fail    error
}

func (f *fakeFiles) AddFile(ctx context.Context, actor string, u itms.FileUpload, body io.Reader) (*itms.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.uploads, f.actors = append(f.uploads, u), append(f.actors, actor)
	if f.fail != nil {
		return nil, f.fail
	}
	content, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	file := &itms.File{ID: itms.FileID(testID(len(f.uploads))), Name: u.Name, Kind: u.Kind, FileType: u.FileType, Version: u.Version, Models: u.Models,
		Note: u.Note, Offer: u.Offer, Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:]), CreatedAt: testTime, Actor: actor}
	return file, f.store.Update(ctx, func(tx itms.Tx) error {
		for n := 0; n*itms.ChunkSize < len(content); n++ {
			if err := tx.Files().PutChunk(file.ID, n, content[n*itms.ChunkSize:min(len(content), (n+1)*itms.ChunkSize)]); err != nil {
				return err
			}
		}
		return tx.Files().Insert(file)
	})
}

func (f *fakeFiles) DeleteFile(ctx context.Context, _ string, id itms.FileID) (file *itms.File, err error) {
	if f.fail != nil {
		return nil, f.fail
	}
	err = f.store.Update(ctx, func(tx itms.Tx) error {
		if file, err = tx.Files().Get(id); err != nil {
			return err
		}
		return tx.Files().Delete(id)
	})
	return file, err
}

func (f *fakeFiles) OfferFile(ctx context.Context, actor string, id itms.FileID, offer bool) (file *itms.File, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.actors = append(f.actors, actor)
	if f.fail != nil {
		return nil, f.fail
	}
	err = f.store.Update(ctx, func(tx itms.Tx) error {
		if file, err = tx.Files().Get(id); err != nil {
			return err
		}
		file.Offer = offer
		return tx.Files().Put(file)
	})
	return file, err
}

// octetStream is the header of an upload.
const octetStream = "Content-Type: application/octet-stream"

// addFile adds a file and returns it as answered.
func (f *fixture) addFile(query, content string) fileView {
	f.t.Helper()
	a := f.call(itms.RoleOperator, http.MethodPost, filesPath+"?"+query, content, octetStream).is(http.StatusCreated)
	v := into[fileView](a)
	if got := a.header.Get("Location"); got != filesPath+"/"+v.ID {
		f.t.Errorf("Location %q", got)
	}
	return v
}

func TestAddFile(t *testing.T) {
	f := newFixture(t)
	got := f.addFile("name=a+b.bin&kind=firmware&fileType=1+Firmware+Upgrade+Image&version=2.4&models=EX-1,+EX-2*,&note=for+all&sha256=ab", "content")
	want := itms.FileUpload{Name: "a b.bin", Kind: itms.FileKindFirmware, FileType: itms.FileFirmware, Version: "2.4", Models: []string{"EX-1", "EX-2*"},
		Note: "for all", SHA256: "ab", Size: 7}
	if fmt.Sprint(f.files.uploads[0]) != fmt.Sprint(want) || f.files.actors[0] != "test-operator" {
		t.Errorf("asked for %+v as %s, want %+v", f.files.uploads[0], f.files.actors[0], want)
	}
	if got.Size != 7 || got.Actor != "test-operator" || got.Models[1] != "EX-2*" || len(got.SHA256) != 64 {
		t.Errorf("got %+v", got)
	}
	f.call(itms.RoleOperator, http.MethodPost, filesPath+"?name=x", "content").is(http.StatusCreated) // curl -T says no type
}

func TestAddFileRefused(t *testing.T) {
	f := newFixture(t)
	post := func(headers ...string) *answer {
		return f.call(itms.RoleOperator, http.MethodPost, filesPath+"?name=x", "content", headers...)
	}
	post("Content-Type: application/json").problem(http.StatusUnsupportedMediaType, codeMediaType)
	f.call(itms.RoleOperator, http.MethodPost, filesPath+"?kind=odd", "content", octetStream).problem(422, itms.CodeInvalid)
	f.files.fail = itms.Invalid("/fileType", "is required")
	if got := post(octetStream).problem(422, itms.CodeInvalid).pointers(); got != "/query/fileType" {
		t.Errorf("pointer %q", got)
	}
	f.files.fail = itms.Errorf(itms.KindConflict, itms.CodeDuplicate, "file x has the same name, version and content")
	post(octetStream).problem(http.StatusConflict, itms.CodeDuplicate)
	f.files.fail = itms.Errorf(itms.KindLimit, itms.CodeTooLarge, "the file is larger than 1 byte")
	post(octetStream).problem(http.StatusRequestEntityTooLarge, itms.CodeTooLarge)
}

// TestAddFileCutOff: half a body is the caller's fault.
func TestAddFileCutOff(t *testing.T) {
	f := newFixture(t)
	r := httptest.NewRequest(http.MethodPost, filesPath+"?name=x", io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrUnexpectedEOF)))
	r.Header.Set("Authorization", "Bearer "+f.tokens[itms.RoleAdmin])
	r.Header.Set("X-Request-Id", "req-1")
	w := httptest.NewRecorder()
	f.server.ServeHTTP(w, r)
	(&answer{t, w.Code, w.Header(), w.Body.String()}).problem(http.StatusBadRequest, codeMalformed)
}

// names puts a page into one line.
func names(p pageOf[fileView]) string {
	var all []string
	for _, v := range p.Items {
		all = append(all, v.Name)
	}
	return strings.Join(all, " ")
}

func TestListFiles(t *testing.T) {
	f := newFixture(t)
	f.addFile("name=a&kind=firmware&version=2.4.1&models=EX-1", "A")
	f.addFile("name=b&kind=config&models=EX-2*", "B")
	third := f.addFile("name=c&kind=log&note=From+the+north", "C")
	id := itms.DeviceID{OUI: "00005E", ProductClass: "S T", Serial: "1"}
	f.update(func(tx itms.Tx) error {
		return tx.Files().Insert(&itms.File{ID: itms.FileID(testID(9)), Name: "d", Kind: itms.FileKindLog, Device: id})
	})
	for query, want := range map[string]string{"": "d c b a", "kind=log": "d c", "model=ex-1": "d c a", "model=EX-22": "d c b", "q=2.4": "a", "q=NORTH": "c",
		"q=" + third.SHA256[:9]: "c", "q=none": "", "limit=2": "d c", "device=" + url.QueryEscape(id.String()): "d", "device=00005E-S+T-1": "d",
		"kind=firmware&model=EX-9": ""} {
		if got := names(into[pageOf[fileView]](f.get(filesPath + "?" + query).is(200))); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	first := into[pageOf[fileView]](f.get(filesPath + "?limit=3").is(200))
	if rest := into[pageOf[fileView]](f.get(filesPath + "?limit=3&cursor=" + first.Next).is(200)); names(rest) != "a" || rest.Next != "" {
		t.Errorf("behind %q: %+v", names(first), rest)
	}
	for query, pointer := range map[string]string{"kind=odd": "/query/kind", "cursor=x": "/query/cursor"} {
		if got := f.get(filesPath+"?"+query).problem(422, itms.CodeInvalid).pointers(); got != pointer {
			t.Errorf("%s: %s", query, got)
		}
	}
}

// TestListManyFiles: a filter that few pass reads on until the page is full.
func TestListManyFiles(t *testing.T) {
	f := newFixture(t)
	f.update(func(tx itms.Tx) error {
		for n := range 3*scanFiles + 7 {
			name := "other"
			if n%scanFiles == 0 {
				name = "wanted"
			}
			if err := tx.Files().Insert(&itms.File{ID: itms.FileID(fmt.Sprintf("f%06d", n)), Name: name, Kind: itms.FileKindLog}); err != nil {
				return err
			}
		}
		return nil
	})
	got := into[pageOf[fileView]](f.get(filesPath + "?q=wanted&limit=3").is(200))
	if names(got) != "wanted wanted wanted" || got.Next == "" {
		t.Errorf("got %q, next %q", names(got), got.Next)
	}
	if got = into[pageOf[fileView]](f.get(filesPath + "?q=wanted&limit=3&cursor=" + got.Next).is(200)); names(got) != "wanted" || got.Next != "" {
		t.Errorf("got %q, next %q", names(got), got.Next)
	}
}

func TestFileContent(t *testing.T) {
	f := newFixture(t)
	content := strings.Repeat("0123456789", 60_000) // three chunks
	v := f.addFile("name=%C3%A4.bin&kind=other", content)
	path := filesPath + "/" + v.ID + "/content"
	a := f.get(path).is(200)
	if a.body != content || a.header.Get("Etag") != `"`+v.SHA256+`"` || a.header.Get("Content-Length") != fmt.Sprint(len(content)) ||
		a.header.Get("Content-Type") != octets || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment;") {
		t.Errorf("%d bytes, %v", len(a.body), a.header)
	}
	part := f.call(itms.RoleAdmin, http.MethodGet, path, "", "Range: bytes=262140-262149").is(http.StatusPartialContent)
	if part.body != content[262140:262150] {
		t.Errorf("got %q", part.body)
	}
	f.call(itms.RoleAdmin, http.MethodGet, path, "", "Range: bytes=600000-").is(http.StatusRequestedRangeNotSatisfiable)
	f.call(itms.RoleAdmin, http.MethodGet, path, "", `If-None-Match: "`+v.SHA256+`"`).is(http.StatusNotModified)
	for _, role := range []itms.Role{itms.RoleReadOnly, itms.RoleTechnician, itms.RoleBSS} {
		f.call(role, http.MethodGet, path, "").problem(http.StatusForbidden, itms.CodeForbidden)
	}
	f.get(filesPath+"/none/content").problem(http.StatusNotFound, itms.CodeNotFound)
}

// TestFileContentCutOff: a file whose chunks are gone must not look whole.
func TestFileContentCutOff(t *testing.T) {
	f := newFixture(t)
	v := f.addFile("name=x&kind=other", string(bytes.Repeat([]byte("x"), itms.ChunkSize+1)))
	f.update(func(tx itms.Tx) error { _, err := tx.Files().DropChunks(itms.FileID(v.ID), 9); return err })
	srv := httptest.NewServer(f.server)
	defer srv.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+filesPath+"/"+v.ID+"/content", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+f.tokens[itms.RoleAdmin])
	resp, err := srv.Client().Do(r)
	if err != nil {
		return // cut off before anything came
	}
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, resp.Body); err == nil {
		t.Errorf("%d bytes of %d, and no error", n, resp.ContentLength)
	}
}

func TestDeleteFile(t *testing.T) {
	f := newFixture(t)
	v := f.addFile("name=x&kind=other", "x")
	if got := into[fileView](f.get(filesPath + "/" + v.ID).is(200)); got.Name != "x" {
		t.Errorf("got %+v", got)
	}
	f.files.fail = itms.Errorf(itms.KindConflict, itms.CodeFileInUse, "device d may fetch it")
	f.call(itms.RoleAdmin, http.MethodDelete, filesPath+"/"+v.ID, "").problem(http.StatusConflict, itms.CodeFileInUse)
	f.files.fail = nil
	if got := into[fileView](f.call(itms.RoleAdmin, http.MethodDelete, filesPath+"/"+v.ID, "").is(200)); got.ID != v.ID {
		t.Errorf("got %+v", got)
	}
	f.get(filesPath+"/"+v.ID).problem(http.StatusNotFound, itms.CodeNotFound)
	f.call(itms.RoleAdmin, http.MethodDelete, filesPath+"/"+v.ID, "").problem(http.StatusNotFound, itms.CodeNotFound)
}

func TestOfferFile(t *testing.T) {
	f := newFixture(t)
	plain, offered := f.addFile("name=x&kind=other", "x"), f.addFile("name=y&kind=other&offer=true", "y")
	if plain.Offer || !offered.Offer {
		t.Errorf("added as %+v and %+v", plain, offered)
	}
	list := func(want ...string) {
		t.Helper()
		var got []string
		for _, v := range into[pageOf[fileView]](f.get(filesPath + "?offer=true").is(200)).Items {
			got = append(got, v.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("offered: %q, want %q", got, want)
		}
	}
	list("y")
	f.call(itms.RoleTechnician, http.MethodPut, filesPath+"/"+plain.ID+"/offer", "").problem(http.StatusForbidden, itms.CodeForbidden)
	if v := into[fileView](f.call(itms.RoleOperator, http.MethodPut, filesPath+"/"+plain.ID+"/offer", "").is(200)); !v.Offer {
		t.Errorf("%+v", v)
	}
	if v := into[fileView](f.call(itms.RoleOperator, http.MethodDelete, filesPath+"/"+offered.ID+"/offer", "").is(200)); v.Offer {
		t.Errorf("%+v", v)
	}
	list("x")
	f.call(itms.RoleOperator, http.MethodPut, filesPath+"/nothing/offer", "").problem(http.StatusNotFound, itms.CodeNotFound)
	f.files.fail = itms.Invalid("/offer", "needs firmware with a version")
	f.call(itms.RoleOperator, http.MethodPut, filesPath+"/"+plain.ID+"/offer", "").problem(http.StatusUnprocessableEntity, itms.CodeInvalid)
}

// TestNoFiles: without files the calls do not exist.
func TestNoFiles(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Files = nil })
	f.get(filesPath).problem(http.StatusNotFound, itms.CodeNotFound)
}
