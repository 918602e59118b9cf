package itms

import (
	"errors"
	"io"
)

// FileContent reads the content of a file by its chunks. It holds none of them between
// two reads. Not safe for concurrent use.
type FileContent struct {
	file  *File
	chunk func(n int) ([]byte, error)
	at    int64
	err   error
}

var _ io.ReadSeeker = (*FileContent)(nil)

// Content returns a reader of the file's content; chunk returns its n-th chunk, from 0.
func (f *File) Content(chunk func(n int) ([]byte, error)) *FileContent {
	return &FileContent{file: f, chunk: chunk}
}

// At is where the next read begins.
func (c *FileContent) At() int64 { return c.at }

// Err is the first failure to read, nil when there was none.
func (c *FileContent) Err() error { return c.err }

// Read implements io.Reader. Errors: those of chunk, KindInternal for a content that is
// shorter than its file says.
func (c *FileContent) Read(p []byte) (int, error) {
	if c.at >= c.file.Size {
		return 0, io.EOF
	}
	chunk, err := c.chunk(int(c.at / ChunkSize))
	offset := c.at % ChunkSize
	if err == nil && offset >= int64(len(chunk)) {
		err = Errorf(KindInternal, CodeInternal, "file %s is shorter than its %d bytes", c.file.ID, c.file.Size)
	}
	if err != nil {
		c.err = err
		return 0, err
	}
	n := copy(p, chunk[offset:])
	c.at += int64(n)
	return n, nil
}

// Seek implements io.Seeker for what net/http asks for: the size, and a place.
func (c *FileContent) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += c.at
	case io.SeekEnd:
		offset += c.file.Size
	}
	if offset < 0 {
		return 0, errors.New("itms: seek before the start of a file")
	}
	c.at = offset
	return offset, nil
}
