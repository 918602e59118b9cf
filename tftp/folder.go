package tftp

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
)

// maxDepth directories may be above a file in a folder: more is nobody's firmware.
const maxDepth = 8

// Folder serves the plain files below a directory, for any client, for reading only.
type Folder struct{ root *os.Root }

var _ Source = (*Folder)(nil)

// NewFolder serves what is below root. Names cannot lead out of it, be it by "..", by
// an absolute path or by a symbolic link; a link within it is followed. A leading "/"
// is taken for the root itself. Files and directories whose names begin with a dot, and
// what is no plain file, are not found. The caller closes root after the server.
func NewFolder(root *os.Root) *Folder { return &Folder{root} }

// Open opens a file. It is closed with the transfer.
func (f *Folder) Open(_ context.Context, r Request) (Content, error) {
	name, ok := folderName(r.Name)
	if !ok {
		return Content{}, ErrNotFound
	}
	// Without O_NONBLOCK the opening of a pipe would wait for its writer.
	file, err := f.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return Content{}, notFound(err)
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return Content{}, errors.Join(notFound(err), file.Close())
	}
	closeIt := func(Result) { _ = file.Close() } // it was only read
	return Content{Reader: file, Size: info.Size(), Done: closeIt}, nil
}

// folderName is the name within the folder, false for one that no file there has.
func folderName(asked string) (string, bool) {
	name := strings.TrimLeft(asked, "/")
	if !fs.ValidPath(name) || name == "." || strings.Contains(name, `\`) || strings.Count(name, "/") > maxDepth {
		return "", false
	}
	for dir := name; dir != "."; dir = path.Dir(dir) {
		if strings.HasPrefix(path.Base(dir), ".") {
			return "", false
		}
	}
	return name, true
}

// notFound is what a client is told: that the file is not there, whatever is the
// reason, unless this process is short of something, which passes.
func notFound(err error) error {
	for _, passing := range passingErrors {
		if errors.Is(err, passing) {
			return fmt.Errorf("tftp: folder: %w", err)
		}
	}
	return ErrNotFound
}
