package vault

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// maxKeyFile bounds what is read of a key file in bytes: a key line has 57.
const maxKeyFile = 4096

// ErrUnsafe: others than the owner can read the key file, or it is no file.
var ErrUnsafe = errors.New("vault: key file is not safe")

// Open reads the key file at path: one line as in [FromText].
//
// Errors: [fs.ErrNotExist], [ErrUnsafe], [ErrBadKey], and those of reading.
func Open(path string) (*Vault, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("vault: open key file: %w", err)
	}
	defer f.Close()
	if err := checkSafe(f); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("vault: read key file: %w", err)
	}
	v, err := FromText(string(text))
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return v, nil
}

// checkSafe refuses a file that group or world can touch. Windows has no such
// bits; there the folder's access list is what protects the file.
func checkSafe(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("vault: look at key file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: %s is not a regular file", ErrUnsafe, f.Name())
	}
	if open := info.Mode().Perm() & 0o077; open != 0 && runtime.GOOS != "windows" {
		return fmt.Errorf("%w: users other than its owner may use %s (mode %04o); run: chmod 600 %s",
			ErrUnsafe, f.Name(), info.Mode().Perm(), f.Name())
	}
	return nil
}

// Create makes a new random key and writes it to path, readable by the owner
// only. The file is complete and on disk before it appears under its name, and
// a file that exists is never replaced.
//
// Errors: [fs.ErrExist], and those of writing.
func Create(path string) (*Vault, error) {
	text := newKeyText()
	temp, err := writeTemp(filepath.Dir(path), text)
	if err != nil {
		return nil, fmt.Errorf("vault: write key file: %w", err)
	}
	linkErr := os.Link(temp, path) // fails when path exists, unlike a rename
	if err := errors.Join(linkErr, os.Remove(temp)); err != nil {
		return nil, fmt.Errorf("vault: create key file: %w", err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("vault: create key file: %w", err)
	}
	return FromText(text)
}

// OpenOrCreate opens the key file at path, or creates it when there is none.
// Processes that start at the same moment get the same key.
//
// Errors: those of [Open] and [Create] except [fs.ErrNotExist] and
// [fs.ErrExist].
func OpenOrCreate(path string) (*Vault, error) {
	v, err := Open(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return v, err
	}
	v, err = Create(path)
	if errors.Is(err, fs.ErrExist) {
		return Open(path)
	}
	return v, err
}

// writeTemp writes text to a new file of mode 0600 in dir, down to the disk,
// and gives its name. On an error no file is left.
func writeTemp(dir, text string) (string, error) {
	f, err := os.CreateTemp(dir, ".itms-key-*") // O_EXCL, mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// syncDir makes a new name in dir outlive a power cut. Windows cannot sync a
// folder and does not need to.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
