package workorder_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"itms"
)

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
		upload itms.FileUpload
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
