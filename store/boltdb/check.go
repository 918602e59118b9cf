package boltdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"syscall"

	"itms"
)

// The meta page of bbolt's format: a page header, then these fields in the byte
// order of the machine that wrote it.
const (
	metaHeader   = 16         // of any page
	metaMagic    = 0xED0CDAED // at 0
	metaVersion  = 2          // at 4
	metaPageSize = 8          // uint32: bytes of a page
	metaPages    = 40         // uint64: pages in use
	metaTx       = 48         // uint64: grows with each commit; the higher of two meta pages holds
	metaSum      = 56         // uint64: FNV-1a of what is before
	metaSize     = 64
)

// Page sizes that bbolt looks for the second meta page at.
const (
	smallestPage = 1 << 10
	largestPage  = 16 << 20
)

// meta is what CheckFile needs of a meta page.
type meta struct{ pageSize, pages, tx uint64 }

// CheckFile reports whether the file is whole: bbolt maps it into memory, and a page
// that is missing at its end would kill the process (SIGBUS) where no code can help.
// The file must not be in use.
func CheckFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return unusable("open the data file %s", path).Because(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return unusable("examine the data file %s", path).Because(err)
	}
	m, ok, err := newestMeta(f)
	switch {
	case err != nil:
		return unusable("read the data file %s", path).Because(err)
	case !ok:
		return unusable("the file %s is not a data file of itms, or is cut off within its first pages", path)
	case m.pages > uint64(info.Size())/m.pageSize:
		return unusable("the data file %s is cut off: it has %d bytes and should have %d pages of %d bytes",
			path, info.Size(), m.pages, m.pageSize)
	}
	return nil
}

// unusable is the kind of error that Open answers with too.
func unusable(format string, args ...any) *itms.Error {
	return itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, format, args...)
}

// newestMeta finds the meta page that bbolt would believe: of the valid ones that
// with the higher transaction. The second one is a page behind the first, and when
// the first is damaged, at one of the page sizes there are.
func newestMeta(f io.ReaderAt) (best meta, ok bool, err error) {
	offsets := []int64{0}
	for size := int64(smallestPage); size <= largestPage; size *= 2 {
		offsets = append(offsets, size)
	}
	for _, offset := range offsets {
		m, valid, err := readMeta(f, offset)
		if err != nil {
			return meta{}, false, err
		}
		// A page elsewhere than its own size says is the remains of something else.
		if valid && (offset == 0 || uint64(offset) == m.pageSize) && (!ok || m.tx > best.tx) {
			best, ok = m, true
		}
	}
	return best, ok, nil
}

// readMeta reads the meta page at an offset, if there is a valid one.
func readMeta(f io.ReaderAt, offset int64) (m meta, ok bool, err error) {
	var b [metaSize]byte
	if _, err := f.ReadAt(b[:], offset+metaHeader); err != nil {
		if errors.Is(err, io.EOF) {
			err = nil // the file is too short for one here
		}
		return meta{}, false, err
	}
	order := binary.NativeEndian
	sum := fnv.New64a()
	_, _ = sum.Write(b[:metaSum]) // never fails
	m = meta{uint64(order.Uint32(b[metaPageSize:])), order.Uint64(b[metaPages:]), order.Uint64(b[metaTx:])}
	ok = order.Uint32(b[0:]) == metaMagic && order.Uint32(b[4:]) == metaVersion && order.Uint64(b[metaSum:]) == sum.Sum64() &&
		m.pageSize >= smallestPage
	return m, ok, nil
}

// LockFile takes the lock that Open takes, without reading the file, so that nobody
// opens it until unlock. It fails at once when another process has it.
func LockFile(path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, unusable("open the data file %s", path).Because(err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, errors.Join(unusable("the data file %s is in use by another process: stop it first", path), f.Close())
	case err != nil:
		return nil, errors.Join(fmt.Errorf("lock the data file %s: %w", path, err), f.Close())
	}
	return f.Close, nil
}
