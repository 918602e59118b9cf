package tftp

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// folder makes a directory with files, and what must not be served from there.
func folder(t *testing.T) (*Folder, map[string][]byte) {
	t.Helper()
	dir, outside := t.TempDir(), t.TempDir()
	served := map[string][]byte{"fw.bin": octets(3000), "empty": {}, "a/b/c.bin": octets(10), "with space": octets(1)}
	for name, content := range served {
		write(t, filepath.Join(dir, name), content)
	}
	write(t, filepath.Join(dir, ".hidden"), octets(5))
	write(t, filepath.Join(dir, ".git/config"), octets(5))
	write(t, filepath.Join(dir, "1/2/3/4/5/6/7/8/9/deep"), octets(5))
	write(t, filepath.Join(outside, "secret"), octets(5))
	for link, target := range map[string]string{"inside": "fw.bin", "out": filepath.Join(outside, "secret"), "up": "../" + filepath.Base(outside) + "/secret",
		"dirout": outside, "loop": "loop", "dangling": "nothing"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	served["inside"], served["/fw.bin"], served["//a/b/c.bin"] = served["fw.bin"], served["fw.bin"], served["a/b/c.bin"]
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return NewFolder(root), served
}

// write makes a file and the directories above it.
func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, content, 0o600)); err != nil {
		t.Fatal(err)
	}
}

func TestFolder(t *testing.T) {
	f, served := folder(t)
	for name, want := range served {
		c, err := f.Open(t.Context(), Request{Name: name})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, err := c.all(); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d octets, %v", name, len(got), err)
		}
		c.done(Result{})
	}
}

// TestFolderHasNoWayOut: none of these is there, and none hangs.
func TestFolderHasNoWayOut(t *testing.T) {
	f, _ := folder(t)
	for _, name := range []string{"nothing", "..", ".", "/", "a", "a/", "a/b", "../fw.bin", "a/../fw.bin", "./fw.bin", "a//b/c.bin", "/../etc/passwd", "/etc/passwd",
		"../../../../../../etc/passwd", `..\fw.bin`, `a\b\c.bin`, ".hidden", ".git/config", "a/.hidden", "out", "up", "dirout/secret", "loop", "dangling", "pipe",
		"1/2/3/4/5/6/7/8/9/deep", "fw.bin/", "fw.bin/x", strings.Repeat("x", 255), "\xff\xfe", "fw.bin\n", "%2e%2e/fw.bin", "FW.BIN"} {
		if c, err := f.Open(t.Context(), Request{Name: name}); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", name, err)
			c.done(Result{})
		}
	}
}

// TestFolderShortOfSomething: a failure that passes is none of the file.
func TestFolderShortOfSomething(t *testing.T) {
	if err := notFound(&os.PathError{Op: "open", Path: "x", Err: syscall.EMFILE}); errors.Is(err, ErrNotFound) {
		t.Error("too many open files are taken for no file")
	}
	if err := notFound(&os.PathError{Op: "open", Path: "x", Err: syscall.EACCES}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a file that may not be read: %v", err)
	}
}

func TestFolderIsServed(t *testing.T) {
	f, served := folder(t)
	_, at := serve(t, "127.0.0.1:0", Options{Source: First(files{"cm": octets(9)}, f)})
	for name, want := range map[string][]byte{"fw.bin": served["fw.bin"], "cm": octets(9)} {
		got, err := Get(t.Context(), ClientConfig{Server: at, Name: name, BlockSize: 1000})
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d octets, %v", name, len(got), err)
		}
	}
	if _, err := Get(t.Context(), ClientConfig{Server: at, Name: "out"}); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

// TestFirst: the first that has it, or fails otherwise than for want of it, answers.
func TestFirst(t *testing.T) {
	down := errors.New("down")
	has, none := files{"x": octets(1)}, files{}
	fails := SourceFunc(func(context.Context, Request) (Content, error) { return Content{}, down })
	for _, c := range []struct {
		s    Source
		want error
	}{{First(), ErrNotFound}, {First(none, none), ErrNotFound}, {First(none, has, fails), nil}, {First(none, fails, has), down}} {
		if _, err := c.s.Open(t.Context(), Request{Name: "x"}); !errors.Is(err, c.want) {
			t.Errorf("%v, want %v", err, c.want)
		}
	}
}
