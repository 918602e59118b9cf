package itms_test

import (
	"bytes"
	"io"
	"testing"

	"itms"
)

func TestFileContent(t *testing.T) {
	whole := bytes.Repeat([]byte("0123456789abcdef"), itms.ChunkSize/16+1)
	f := &itms.File{ID: "f", Size: int64(len(whole))}
	chunk := func(n int) ([]byte, error) {
		return whole[n*itms.ChunkSize : min((n+1)*itms.ChunkSize, len(whole))], nil
	}
	c := f.Content(chunk)
	if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, whole) || c.At() != f.Size {
		t.Errorf("%d bytes, at %d, %v", len(got), c.At(), err)
	}
	for _, to := range []struct {
		offset int64
		whence int
		at     int64
	}{{-3, io.SeekEnd, f.Size - 3}, {-1, io.SeekCurrent, f.Size - 4}, {5, io.SeekStart, 5}} {
		if at, err := c.Seek(to.offset, to.whence); err != nil || at != to.at {
			t.Errorf("%+v: at %d, %v", to, at, err)
		}
	}
	if _, err := c.Seek(-1, io.SeekStart); err == nil || c.At() != 5 {
		t.Errorf("before the start: at %d, %v", c.At(), err)
	}
	f.Size++ // the store has less than the file says
	if _, err := io.Copy(io.Discard, c); !itms.IsKind(err, itms.KindInternal) || c.Err() == nil {
		t.Errorf("a short content: %v", err)
	}
}
