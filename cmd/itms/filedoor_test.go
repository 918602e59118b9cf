package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rs/zerolog"

	"itms"
	"itms/acs"
)

// cmdFileID sets a variable to the id of the newest file of a kind.
func cmdFileID(ts *testscript.TestScript, _ bool, args []string) {
	req, err := http.NewRequest(http.MethodGet, ts.Getenv("WEB")+filesPath+"?limit=1&kind="+args[0], nil)
	ts.Check(err)
	req.Header.Set("Authorization", "Bearer "+ts.Getenv("TOKEN"))
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	var page struct{ Items []struct{ ID string } }
	ts.Check(json.NewDecoder(resp.Body).Decode(&page))
	if len(page.Items) == 0 {
		ts.Fatalf("no file of kind %s", args[0])
	}
	ts.Setenv(args[1], page.Items[0].ID)
}

// fileDoor is the file door on an engine and an embedded store.
type fileDoor struct {
	*base
	url string
}

// openFileDoor starts one.
func openFileDoor(t *testing.T) *fileDoor {
	t.Helper()
	b, err := openBase(t.Context(), serverConfig(t, "none"), zerolog.Nop(), nil)
	if err != nil {
		t.Fatal(err)
	}
	files, err := acs.NewFileServer(acs.FileOptions{Depot: b.engine})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(files)
	s.Config = files.HTTPServer()
	s.Start()
	t.Cleanup(func() {
		s.Close()
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return &fileDoor{b, s.URL}
}

// transfer stores a transfer and returns its address.
func (d *fileDoor) transfer(t *testing.T, x itms.Transfer) string {
	t.Helper()
	x.Device, x.Password = itms.DeviceID{OUI: "00005E", Serial: "S1"}, d.vault.Seal("file-Pw")
	x.ExpiresAt = time.Now().Add(time.Hour)
	if err := d.store.Update(t.Context(), func(tx itms.Tx) error { return tx.Transfers().Insert(&x) }); err != nil {
		t.Fatal(err)
	}
	return d.url + "/t/" + x.Token + "/image.bin"
}

// do sends a request as a device that sends its credentials unasked.
func (d *fileDoor) do(t *testing.T, method, url string, body io.Reader) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("box", "file-Pw")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// noise is content that differs in each chunk.
type noise struct{ at int64 }

func (n *noise) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(n.at>>18) ^ byte(n.at) ^ byte(n.at>>9)
		n.at++
	}
	return len(p), nil
}

// TestFileDoor: 64 MiB go in and out again, by way of the store, while the live heap stays
// far below that.
func TestFileDoor(t *testing.T) {
	const whole, most = 64 << 20, 40 << 20 // of which the door's chunks are 16 MiB
	d := openFileDoor(t)
	f, err := d.engine.AddFile(t.Context(), "ops", itms.FileUpload{Name: "image.bin", Version: "1"}, io.LimitReader(&noise{}, whole))
	if err != nil {
		t.Fatal(err)
	}
	token := strings.Repeat("0a", 16)
	resp := d.do(t, http.MethodGet, d.transfer(t, itms.Transfer{Token: token, File: f.ID, Username: "box"}), nil)
	hash, peak := sha256.New(), uint64(0)
	for {
		n, err := io.CopyN(hash, resp.Body, 8<<20)
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapAlloc)
		if n == 0 || err != nil {
			break
		}
	}
	if resp.StatusCode != http.StatusOK || resp.ContentLength != whole || hex.EncodeToString(hash.Sum(nil)) != f.SHA256 {
		t.Errorf("status %d, length %d", resp.StatusCode, resp.ContentLength)
	}
	if peak > most {
		t.Errorf("%d bytes were live at a time, want at most %d", peak, most)
	}
}

// TestFileDoorUpload: what a device delivers is a file, once, and the address is dead when
// its transfer ends.
func TestFileDoorUpload(t *testing.T) {
	d := openFileDoor(t)
	token := strings.Repeat("0b", 16)
	url := d.transfer(t, itms.Transfer{Token: token, Task: "task-1", Upload: true, FileType: "2 Vendor Log File", Username: "box"})
	for range 2 {
		if resp := d.do(t, http.MethodPut, url, strings.NewReader("a log")); resp.StatusCode != http.StatusCreated {
			t.Errorf("status %d", resp.StatusCode)
		}
	}
	err := d.store.Update(t.Context(), func(tx itms.Tx) error {
		all, err := tx.Files().List(itms.FileQuery{Limit: 9})
		x, e := tx.Transfers().Get(token)
		if len(all) != 1 || all[0].Kind != itms.FileKindLog || all[0].Size != 5 || x.File != all[0].ID || x.Requests != 2 || x.Bytes != 10 {
			t.Errorf("files %+v, transfer %+v", all, x)
		}
		x.DoneAt = x.CreatedAt.Add(time.Hour)
		return errors.Join(err, e, tx.Transfers().Put(x))
	})
	if err != nil {
		t.Fatal(err)
	}
	if resp := d.do(t, http.MethodPut, url, strings.NewReader("late")); resp.StatusCode != http.StatusNotFound {
		t.Errorf("after its end: %d", resp.StatusCode)
	}
}
