package workorder_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"itms"
)

// filesWorld is a world with a file door.
func filesWorld(t *testing.T) *world {
	w := newFastWorld(t)
	w.policy.MaxFile = 4 << 20
	w.policy.FilesURL = "http://files.example.com:7567/"
	w.restart()
	return w
}

// firmware is what is told of a firmware.
func firmware(name string) itms.Upload {
	return itms.Upload{Name: name, Kind: itms.FileKindFirmware, Version: "2.4.1", Models: []string{"EX-*"}}
}

// addFile adds a file and fails the test on an error.
func (w *world) addFile(u itms.Upload, content []byte) *itms.File {
	w.t.Helper()
	f, err := w.engine.AddFile(context.Background(), "ops", u, bytes.NewReader(content))
	if err != nil {
		w.t.Fatalf("add %s: %v", u.Name, err)
	}
	return f
}

// content reads a file through the engine, as the file door does.
func (w *world) content(f *itms.File) []byte {
	w.t.Helper()
	var all []byte
	for n := range f.Chunks() {
		chunk, err := w.engine.FileChunk(context.Background(), f.ID, n)
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, chunk...)
	}
	return all
}

// ring handles all alarms that are due.
func (w *world) ring() {
	w.t.Helper()
	if err := w.engine.RingDue(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

// events lists the types of all journal entries.
func (w *world) fileEvents() (types []string) {
	w.view(func(tx itms.Tx) error {
		all, err := tx.Journal().After(0, 1000)
		for _, e := range all {
			types = append(types, e.Type)
		}
		return err
	})
	return types
}

// files lists the ids of all files.
func (w *world) files() (ids []itms.FileID) {
	w.view(func(tx itms.Tx) error {
		all, err := tx.Files().List(itms.FileQuery{Limit: 100})
		for _, f := range all {
			ids = append(ids, f.ID)
		}
		return err
	})
	return ids
}

// size is a file of three chunks, the last one short.
const size = 2*itms.ChunkSize + 17

// bytesOf is some content.
func bytesOf(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i) ^ byte(i>>8) ^ seed
	}
	return b
}

func TestAddFile(t *testing.T) {
	w := filesWorld(t)
	content := bytesOf(size, 1)
	f := w.addFile(firmware("image.bin"), content)
	sum := sha256.Sum256(content)
	if f.Size != size || f.SHA256 != hex.EncodeToString(sum[:]) || f.FileType != itms.FileFirmware || f.Kind != itms.FileKindFirmware || f.Actor != "ops" {
		t.Errorf("got %+v", f)
	}
	if !bytes.Equal(w.content(f), content) {
		t.Error("the content is another")
	}
	if got := w.fileEvents(); fmt.Sprint(got) != "[file.added]" {
		t.Errorf("journal: %v", got)
	}
	w.pass(48 * time.Hour)
	w.ring() // no alarm is left that could remove it
	if !bytes.Equal(w.content(f), content) {
		t.Error("the content is another after a while")
	}
}

// TestAddFileSizes: contents around the bounds of chunks, read in any portions.
func TestAddFileSizes(t *testing.T) {
	w := filesWorld(t)
	for i, n := range []int{1, itms.ChunkSize - 1, itms.ChunkSize, itms.ChunkSize + 1, 2 * itms.ChunkSize} {
		content := bytesOf(n, byte(i))
		f, err := w.engine.AddFile(t.Context(), "ops", firmware(fmt.Sprint(n)), iotest.DataErrReader(iotest.HalfReader(bytes.NewReader(content))))
		if err != nil || f.Size != int64(n) || !bytes.Equal(w.content(f), content) {
			t.Errorf("%d bytes: %+v, %v", n, f, err)
		}
	}
}

func TestAddFileRefuses(t *testing.T) {
	w := filesWorld(t)
	for pointer, change := range map[string]func(*itms.Upload){
		"/name":     func(u *itms.Upload) { u.Name = "" },
		"/kind":     func(u *itms.Upload) { u.Kind = "odd" },
		"/fileType": func(u *itms.Upload) { u.FileType = strings.Repeat("x", itms.FileTypeLength+1) },
		"/version":  func(u *itms.Upload) { u.Version = "a\nb" },
		"/models":   func(u *itms.Upload) { u.Models = []string{strings.Repeat("x", 65)} },
		"/note":     func(u *itms.Upload) { u.Note = "\xff" },
		"/sha256":   func(u *itms.Upload) { u.SHA256 = "12" },
	} {
		u := firmware("x")
		change(&u)
		_, err := w.engine.AddFile(t.Context(), "ops", u, strings.NewReader("content"))
		var e *itms.Error
		if !errors.As(err, &e) || e.Kind != itms.KindInvalid || len(e.Fields) == 0 || e.Fields[len(e.Fields)-1].Pointer != pointer {
			t.Errorf("%s: %v", pointer, err)
		}
	}
	for _, name := range []string{"../x", `a\b`, "a/b", ".", ".."} {
		if _, err := w.engine.AddFile(t.Context(), "ops", firmware(name), strings.NewReader("x")); !itms.IsKind(err, itms.KindInvalid) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := w.engine.AddFile(t.Context(), "ops", firmware("x"), strings.NewReader("")); !itms.IsKind(err, itms.KindInvalid) {
		t.Errorf("an empty file: %v", err)
	}
	if got := w.files(); len(got) != 0 {
		t.Errorf("files %v", got)
	}
}

func TestFileKindsAndTypes(t *testing.T) {
	w := filesWorld(t)
	for i, c := range []struct {
		kind     itms.FileKind
		fileType string
		wantKind itms.FileKind
		wantType string
	}{
		{"", "", itms.FileKindFirmware, itms.FileFirmware},
		{itms.FileKindConfig, "", itms.FileKindConfig, "3 Vendor Configuration File"},
		{"", "3 Vendor Configuration File", itms.FileKindConfig, "3 Vendor Configuration File"},
		{"", "X 00005E Splash", itms.FileKindOther, "X 00005E Splash"},
		{itms.FileKindFirmware, "6 Stored Firmware Image", itms.FileKindFirmware, "6 Stored Firmware Image"},
	} {
		f := w.addFile(itms.Upload{Name: fmt.Sprint(i), Kind: c.kind, FileType: c.fileType}, []byte("x"))
		if f.Kind != c.wantKind || f.FileType != c.wantType {
			t.Errorf("%q %q became %q %q", c.kind, c.fileType, f.Kind, f.FileType)
		}
	}
	if _, err := w.engine.AddFile(t.Context(), "ops", itms.Upload{Name: "x", Kind: itms.FileKindLog}, strings.NewReader("x")); !itms.IsKind(err, itms.KindInvalid) {
		t.Errorf("a log has no type of its own: %v", err)
	}
}

// swept reports whether a content has no chunk left.
func (w *world) swept(id itms.FileID) bool {
	gone := false
	w.view(func(tx itms.Tx) error {
		_, err := tx.Files().Chunk(id, 0)
		gone = itms.IsKind(err, itms.KindNotFound)
		return nil
	})
	return gone
}

// begun is the id of the content that an upload has begun to write: that of the alarm
// that would remove it.
func (w *world) begun() (id itms.FileID) {
	w.t.Helper()
	err := w.store.Update(context.Background(), func(tx itms.Tx) error {
		all, err := tx.Agenda().Claim(w.now().Add(1000*time.Hour), time.Second, 100)
		for _, a := range all {
			if rest, ok := strings.CutPrefix(a.Key, "file-sweep/"); ok {
				id = itms.FileID(rest)
			}
			err = errors.Join(err, tx.Agenda().Set(a.Key, a.Due))
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// TestAddFileFails: whatever ends an upload, no file is visible and soon no chunk is left.
func TestAddFileFails(t *testing.T) {
	broken := errors.New("the connection broke")
	wrong := firmware("x")
	wrong.SHA256 = strings.Repeat("0", 64)
	for name, c := range map[string]struct {
		upload itms.Upload
		body   func() io.Reader
		want   func(error) bool
	}{
		"broken body": {firmware("x"), func() io.Reader { return io.MultiReader(bytes.NewReader(bytesOf(size, 1)), iotest.ErrReader(broken)) },
			func(err error) bool { return errors.Is(err, broken) }},
		"cut off": {firmware("x"), func() io.Reader {
			return io.MultiReader(bytes.NewReader(bytesOf(size, 1)), iotest.ErrReader(io.ErrUnexpectedEOF))
		},
			func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }},
		"too large": {firmware("x"), func() io.Reader { return bytes.NewReader(bytesOf(4<<20+1, 1)) },
			func(err error) bool { return itms.IsKind(err, itms.KindLimit) }},
		"another content": {wrong, func() io.Reader { return bytes.NewReader(bytesOf(size, 1)) },
			func(err error) bool { return itms.IsKind(err, itms.KindInvalid) }},
	} {
		w := filesWorld(t)
		var id itms.FileID
		body := io.MultiReader(c.body(), iotest.ErrReader(io.EOF))
		_, err := w.engine.AddFile(t.Context(), "ops", c.upload, &peek{body, func(read int64) {
			if id == "" && read > itms.ChunkSize {
				id = w.begun()
			}
		}, 0})
		if !c.want(err) {
			t.Errorf("%s: %v", name, err)
		}
		if id == "" || w.swept(id) {
			t.Errorf("%s: no chunk was written: the test tests nothing", name)
		}
		w.ring()
		if !w.swept(id) || len(w.files()) != 0 {
			t.Errorf("%s: something is left: %v", name, w.files())
		}
	}
}

// peek calls a function before each read, with what was read so far.
type peek struct {
	io.Reader
	look func(read int64)
	read int64
}

func (p *peek) Read(b []byte) (int, error) {
	p.look(p.read)
	n, err := p.Reader.Read(b)
	p.read += int64(n)
	return n, err
}

// TestAddFileDies: a process that dies in the middle of an upload leaves chunks, which are
// removed once nobody goes on with them; an upload that goes on keeps its own.
func TestAddFileDies(t *testing.T) {
	w := filesWorld(t)
	var id itms.FileID
	func() {
		defer func() { _ = recover() }()
		_, _ = w.engine.AddFile(t.Context(), "ops", firmware("x"), &peek{bytes.NewReader(bytesOf(20*itms.ChunkSize, 1)), func(read int64) {
			if read >= 15*itms.ChunkSize {
				id = w.begun()
				panic("the power is cut")
			}
		}, 0})
	}()
	w.pass(30 * time.Minute)
	w.ring()
	if id == "" || w.swept(id) {
		t.Fatal("the chunks went too early")
	}
	w.pass(time.Hour)
	w.ring()
	if !w.swept(id) {
		t.Error("the chunks are still there")
	}
}

// TestAddFileSlowly: an upload may take days, as long as it goes on.
func TestAddFileSlowly(t *testing.T) {
	w := filesWorld(t)
	content := bytesOf(10*itms.ChunkSize, 3)
	f, err := w.engine.AddFile(t.Context(), "ops", firmware("x"), &peek{bytes.NewReader(content), func(int64) {
		w.pass(20 * time.Minute)
		w.ring()
	}, 0})
	if err != nil || !bytes.Equal(w.content(f), content) {
		t.Errorf("got %v", err)
	}
	stands := int64(3 * itms.ChunkSize)
	_, err = w.engine.AddFile(t.Context(), "ops", firmware("y"), &peek{bytes.NewReader(bytesOf(10*itms.ChunkSize, 4)), func(read int64) {
		if read == stands {
			w.pass(2 * time.Hour)
			w.ring()
		}
	}, 0})
	if !itms.IsKind(err, itms.KindUnavailable) {
		t.Errorf("after it stood still: %v", err)
	}
}

func TestSameFileTwice(t *testing.T) {
	w := filesWorld(t)
	content := bytesOf(size, 1)
	f := w.addFile(firmware("image.bin"), content)
	same := firmware("image.bin")
	_, err := w.engine.AddFile(t.Context(), "ops", same, bytes.NewReader(content))
	if !itms.IsKind(err, itms.KindConflict) {
		t.Errorf("again: %v", err)
	}
	same.SHA256 = strings.ToUpper(f.SHA256)
	_, err = w.engine.AddFile(t.Context(), "ops", same, iotest.ErrReader(errors.New("nobody should read this")))
	if !itms.IsKind(err, itms.KindConflict) {
		t.Errorf("again, told before: %v", err)
	}
	w.ring()
	if !bytes.Equal(w.content(f), content) {
		t.Error("the repeat took the first one's content along")
	}
	w.addFile(firmware("other.bin"), content)
	other := firmware("image.bin")
	other.Version = "2.4.2"
	w.addFile(other, content)
	if got := w.files(); len(got) != 3 {
		t.Errorf("files %v", got)
	}
	told := firmware("large.bin")
	told.Size = 4<<20 + 1
	if _, err := w.engine.AddFile(t.Context(), "ops", told, iotest.ErrReader(errors.New("nor this"))); !itms.IsKind(err, itms.KindLimit) {
		t.Errorf("too large, told before: %v", err)
	}
}

func TestDeleteFile(t *testing.T) {
	w := filesWorld(t)
	f := w.addFile(firmware("image.bin"), bytesOf(40*itms.ChunkSize/4, 1))
	if _, _, _, err := w.engine.OpenDownload(t.Context(), testBox, "task-1", f.ID, time.Hour); err != nil {
		t.Fatal(err)
	}
	_, err := w.engine.DeleteFile(t.Context(), "ops", f.ID)
	var e *itms.Error
	if !errors.As(err, &e) || e.Code != itms.CodeFileInUse || !strings.Contains(e.Text, "task-1") {
		t.Errorf("while a device may fetch it: %v", err)
	}
	if err := w.engine.CloseTransfers(t.Context(), "task-1"); err != nil {
		t.Fatal(err)
	}
	if gone, err := w.engine.DeleteFile(t.Context(), "ops", f.ID); err != nil || gone.ID != f.ID {
		t.Errorf("got %v, %v", gone, err)
	}
	if _, err := w.engine.DeleteFile(t.Context(), "ops", f.ID); !itms.IsKind(err, itms.KindNotFound) {
		t.Errorf("again: %v", err)
	}
	w.ring()
	if !w.swept(f.ID) {
		t.Error("chunks are left")
	}
	if got := w.fileEvents(); fmt.Sprint(got) != "[file.added file.deleted]" {
		t.Errorf("journal: %v", got)
	}
}

// TestDeleteFileExpired: a transfer that ran out holds no file.
func TestDeleteFileExpired(t *testing.T) {
	w := filesWorld(t)
	f := w.addFile(firmware("image.bin"), bytesOf(size, 1))
	if _, _, _, err := w.engine.OpenDownload(t.Context(), testBox, "task-1", f.ID, time.Hour); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Hour)
	if _, err := w.engine.DeleteFile(t.Context(), "ops", f.ID); err != nil {
		t.Error(err)
	}
}

// endless is a stream that never repeats a chunk.
type endless struct{ at int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e.at>>18) ^ byte(e.at)
		e.at++
	}
	return len(p), nil
}

// TestFileMemory: what is live while a file of 64 MiB comes in does not grow with it.
func TestFileMemory(t *testing.T) {
	w := filesWorld(t)
	w.policy.MaxFile = 1 << 30
	w.restart()
	const whole, most = 64 << 20, 8 << 20
	live := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before, peak, next := live(), int64(0), int64(0)
	f, err := w.engine.AddFile(t.Context(), "ops", firmware("large.bin"), &peek{io.LimitReader(&endless{}, whole), func(read int64) {
		if read >= next {
			next = read + 8<<20
			peak = max(peak, live()-before)
		}
	}, 0})
	if err != nil || f.Size != whole {
		t.Fatalf("got %+v, %v", f, err)
	}
	if peak > most {
		t.Errorf("%d bytes were live at a time, want at most %d", peak, most)
	}
}
