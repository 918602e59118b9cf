package vault

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestCreateOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "itms.key")
	made, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("got mode %v, %v; want 0600", info.Mode(), err)
	}
	read, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := read.Unseal(made.Seal("secret")); err != nil || got != "secret" {
		t.Errorf("got %q, %v", got, err)
	}
	onlyFile(t, path)
}

// onlyFile checks that path is alone in its folder: no temporary file is left.
func onlyFile(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 || entries[0].Name() != filepath.Base(path) {
		t.Errorf("folder holds %v, %v", entries, err)
	}
}

func TestCreateKeepsExisting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "itms.key")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v, want fs.ErrExist", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "precious" {
		t.Errorf("file now holds %q, %v", text, err)
	}
	onlyFile(t, path)
}

func TestCreateWithoutFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "itms.key")
	for name, try := range map[string]func(string) (*Vault, error){"Create": Create, "OpenOrCreate": OpenOrCreate} {
		if v, err := try(path); v != nil || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: got %v, %v; want fs.ErrNotExist", name, v, err)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // past the umask
			t.Fatal(err)
		}
		return path
	}
	for name, tc := range map[string]struct {
		path string
		want error
	}{
		"missing":        {filepath.Join(dir, "missing"), fs.ErrNotExist},
		"empty":          {write("empty", "", 0o600), ErrBadKey},
		"long":           {write("long", keyText("k")+strings.Repeat("x", maxKeyFile), 0o600), ErrBadKey},
		"group readable": {write("group", keyText("k"), 0o640), ErrUnsafe},
		"world readable": {write("world", keyText("k"), 0o604), ErrUnsafe},
		"world writable": {write("write", keyText("k"), 0o602), ErrUnsafe},
		"folder":         {dir, ErrUnsafe},
	} {
		if errors.Is(tc.want, ErrUnsafe) && runtime.GOOS == "windows" && name != "folder" {
			continue
		}
		if v, err := Open(tc.path); v != nil || !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, %v; want %v", name, v, err, tc.want)
		}
	}
	for _, mode := range []os.FileMode{0o600, 0o400} {
		if _, err := Open(write("good"+mode.String(), keyText("k"), mode)); err != nil {
			t.Errorf("mode %v: %v", mode, err)
		}
	}
}

// The operator must read what to do, with the file named.
func TestUnsafeSaysWhatToDo(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits")
	}
	path := filepath.Join(t.TempDir(), "itms.key")
	if err := os.WriteFile(path, []byte(keyText("k")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := OpenOrCreate(path)
	if err == nil || !strings.Contains(err.Error(), "(mode 0644); run: chmod 600 "+path) {
		t.Errorf("got %v", err)
	}
}

func TestOpenOrCreateAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "itms.key")
	ids := make([]string, 16)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			v, err := OpenOrCreate(path)
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = v.KeyID()
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("different keys: %v", ids)
		}
	}
	onlyFile(t, path)
}
