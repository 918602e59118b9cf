package workorder_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
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
func firmware(name string) itms.FileUpload {
	return itms.FileUpload{Name: name, Kind: itms.FileKindFirmware, Version: "2.4.1", Models: []string{"EX-*"}}
}

// addFile adds a file and fails the test on an error.
func (w *world) addFile(u itms.FileUpload, content []byte) *itms.File {
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
	for pointer, change := range map[string]func(*itms.FileUpload){
		"/name":     func(u *itms.FileUpload) { u.Name = "" },
		"/kind":     func(u *itms.FileUpload) { u.Kind = "odd" },
		"/fileType": func(u *itms.FileUpload) { u.FileType = strings.Repeat("x", itms.FileTypeLength+1) },
		"/version":  func(u *itms.FileUpload) { u.Version = "a\nb" },
		"/models":   func(u *itms.FileUpload) { u.Models = []string{strings.Repeat("x", 65)} },
		"/note":     func(u *itms.FileUpload) { u.Note = "\xff" },
		"/sha256":   func(u *itms.FileUpload) { u.SHA256 = "12" },
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
		f := w.addFile(itms.FileUpload{Name: fmt.Sprint(i), Kind: c.kind, FileType: c.fileType}, []byte("x"))
		if f.Kind != c.wantKind || f.FileType != c.wantType {
			t.Errorf("%q %q became %q %q", c.kind, c.fileType, f.Kind, f.FileType)
		}
	}
	if _, err := w.engine.AddFile(t.Context(), "ops", itms.FileUpload{Name: "x", Kind: itms.FileKindLog}, strings.NewReader("x")); !itms.IsKind(err, itms.KindInvalid) {
		t.Errorf("a log has no type of its own: %v", err)
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
