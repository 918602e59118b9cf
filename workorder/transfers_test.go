package workorder_test

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"itms"
)

// testBox is the device of the transfers.
var testBox = itms.DeviceID{OUI: "00005E", ProductClass: "STB", Serial: "S/1 x"}

// tokenOf takes the token out of an address.
func tokenOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	parts := strings.Split(u.Path, "/")
	if err != nil || len(parts) != 4 || parts[1] != "t" || len(parts[2]) != 32 {
		t.Fatalf("address %q: %v", address, err)
	}
	return parts[2]
}

// transfer reads a transfer.
func (w *world) transfer(token string) (t *itms.Transfer) {
	w.t.Helper()
	w.view(func(tx itms.Tx) (err error) { t, err = tx.Transfers().Get(token); return err })
	return t
}

// download opens a download of a new file for a task.
func (w *world) download(task itms.TaskID, name string) (f *itms.File, address, user, password string) {
	w.t.Helper()
	f = w.addFile(firmware(name), bytesOf(size, byte(len(name))))
	address, user, password, err := w.engine.OpenDownload(context.Background(), testBox, task, f.ID, time.Hour)
	if err != nil {
		w.t.Fatal(err)
	}
	return f, address, user, password
}

func TestOpenDownload(t *testing.T) {
	w := filesWorld(t)
	f, address, user, password := w.download("task-1", "image.bin")
	if !strings.HasPrefix(address, "http://files.example.com:7567/t/") || !strings.HasSuffix(address, "/image.bin") {
		t.Errorf("address %q", address)
	}
	token := tokenOf(t, address)
	stored := w.transfer(token)
	if len(user) != 12 || len(password) != 20 || strings.Trim(user+password, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		t.Errorf("credentials %q %q", user, password)
	}
	if bytes.Contains(stored.Password, []byte(password)) || stored.Username != user || stored.File != f.ID || stored.Device != testBox {
		t.Errorf("stored %+v", stored)
	}
	open, file, err := w.engine.OpenTransfer(t.Context(), token)
	if err != nil || file.ID != f.ID {
		t.Fatalf("got %v, %v", file, err)
	}
	if secret, err := w.engine.TransferPassword(open); err != nil || secret.Reveal() != password {
		t.Errorf("password %v, %v", secret, err)
	}
}

// TestOpenDownloadAgain: a task that asks again gets the same address, for longer; after
// its end, or for something else, another.
func TestOpenDownloadAgain(t *testing.T) {
	w := filesWorld(t)
	f, address, user, password := w.download("task-1", "image.bin")
	again := func(task itms.TaskID, id itms.FileID, ttl time.Duration) string {
		t.Helper()
		address, _, _, err := w.engine.OpenDownload(t.Context(), testBox, task, id, ttl)
		if err != nil {
			t.Fatal(err)
		}
		return address
	}
	before := w.transfer(tokenOf(t, address)).ExpiresAt
	a, u, p, err := w.engine.OpenDownload(t.Context(), testBox, "task-1", f.ID, 2*time.Hour)
	if err != nil || a != address || u != user || p != password {
		t.Errorf("again: %s %s %s, %v", a, u, p, err)
	}
	if after := w.transfer(tokenOf(t, address)).ExpiresAt; !after.After(before.Add(30 * time.Minute)) {
		t.Errorf("expires %s, before %s", after, before)
	}
	other := w.addFile(firmware("other.bin"), []byte("other"))
	seen := map[string]bool{address: true}
	for name, next := range map[string]string{"another task": again("task-2", f.ID, time.Hour), "another file": again("task-1", other.ID, time.Hour)} {
		if seen[next] {
			t.Errorf("%s got an address that is somebody's", name)
		}
		seen[next] = true
	}
	w.pass(3 * time.Hour)
	if next := again("task-1", f.ID, time.Hour); seen[next] {
		t.Error("an address came back after it had expired")
	}
}

// TestTransferAddresses: every name becomes an address of at most 256 characters without
// anything that needs an escape.
func TestTransferAddresses(t *testing.T) {
	w := filesWorld(t)
	for name, want := range map[string]string{"fw 2.4 (ü).bin": "fw_2.4____.bin", "..hidden": "hidden", "-rf": "rf", "a%2fb?c#d": "a_2fb_c_d", "---": "file"} {
		_, address, _, _ := w.download(itms.TaskID(want), name)
		if !strings.HasSuffix(address, "/"+want) {
			t.Errorf("%q became %q", name, address)
		}
	}
	w.policy.FilesURL = "https://" + strings.Repeat("a", 120) + ".example.com"
	w.restart()
	_, address, _, _ := w.download("task-1", strings.Repeat("x", 124)+".bin")
	if len(address) != 256 || !strings.HasSuffix(address, "x.bin") {
		t.Errorf("%d characters: %s", len(address), address)
	}
}

func TestNoFileDoor(t *testing.T) {
	w := newFastWorld(t)
	f := w.addFile(firmware("x"), []byte("x"))
	_, _, _, err := w.engine.OpenDownload(t.Context(), testBox, "task-1", f.ID, time.Hour)
	if !itms.IsKind(err, itms.KindUnavailable) {
		t.Errorf("without a door: %v", err)
	}
	w.engine.SetFilesURL("http://192.0.2.7:7567")
	address, _, _, err := w.engine.OpenDownload(t.Context(), testBox, "task-1", f.ID, time.Hour)
	if err != nil || !strings.HasPrefix(address, "http://192.0.2.7:7567/t/") {
		t.Errorf("with one: %s, %v", address, err)
	}
	w.policy.FilesURL = "http://" + strings.Repeat("a", 250)
	w.restart()
	if _, _, _, err := w.engine.OpenDownload(t.Context(), testBox, "task-1", f.ID, time.Hour); !itms.IsKind(err, itms.KindUnavailable) {
		t.Errorf("at an address that is too long: %v", err)
	}
}

func TestTransferEnds(t *testing.T) {
	w := filesWorld(t)
	_, closed, _, _ := w.download("task-1", "a")
	_, expired, _, _ := w.download("task-2", "b")
	if err := w.engine.CloseTransfers(t.Context(), "task-1"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.engine.OpenTransfer(t.Context(), tokenOf(t, closed)); !itms.IsKind(err, itms.KindNotFound) {
		t.Errorf("closed: %v", err)
	}
	if _, _, err := w.engine.OpenTransfer(t.Context(), tokenOf(t, expired)); err != nil {
		t.Errorf("the other's: %v", err)
	}
	w.pass(time.Hour)
	if _, _, err := w.engine.OpenTransfer(t.Context(), tokenOf(t, expired)); !itms.IsKind(err, itms.KindNotFound) {
		t.Errorf("expired: %v", err)
	}
	if _, _, err := w.engine.OpenTransfer(t.Context(), strings.Repeat("0", 32)); !itms.IsKind(err, itms.KindNotFound) {
		t.Errorf("unknown: %v", err)
	}
	w.pass(8 * 24 * time.Hour)
	if err := w.engine.Ring(t.Context(), "transfer-trim/"); err != nil {
		t.Fatal(err)
	}
	w.view(func(tx itms.Tx) error {
		if _, err := tx.Transfers().Get(tokenOf(t, closed)); !itms.IsKind(err, itms.KindNotFound) {
			t.Errorf("long after its end: %v", err)
		}
		return nil
	})
}

// use notes a request.
func (w *world) use(token string, from, n int64) {
	w.t.Helper()
	if err := w.engine.TransferUsed(context.Background(), token, itms.TransferUse{From: from, Bytes: n, Remote: "192.0.2.9"}); err != nil {
		w.t.Fatal(err)
	}
}

// TestTransferUsed: bytes and requests are counted, and a file is served once there is no
// gap from its first byte to its last.
func TestTransferUsed(t *testing.T) {
	w := filesWorld(t)
	_, address, _, _ := w.download("task-1", "a")
	token := tokenOf(t, address)
	for i, step := range []struct {
		from, n int64
		served  bool
	}{{0, 0, false}, {0, 1000, false}, {5000, size - 5000, false}, {900, 5000, false}, {5900, size - 5900, true}, {0, size, true}} {
		w.use(token, step.from, step.n)
		if got := w.transfer(token); got.ServedAt.IsZero() == step.served || got.Requests != i+1 || got.Remote != "192.0.2.9" {
			t.Errorf("step %d: %+v", i, got)
		}
	}
	if got, want := w.transfer(token).Bytes, int64(1000+size-5000+5000+size-5900+size); got != want {
		t.Errorf("%d bytes, want %d", got, want)
	}
	if got := w.fileEvents(); fmt.Sprint(got) != "[file.added file.served]" {
		t.Errorf("journal: %v", got)
	}
	w.use("none", 0, 1) // of a transfer that is gone: no error
}

// upload opens an upload for a task.
func (w *world) upload(task itms.TaskID, fileType string) string {
	w.t.Helper()
	address, _, _, err := w.engine.OpenUpload(context.Background(), testBox, task, fileType, time.Hour)
	if err != nil {
		w.t.Fatal(err)
	}
	return tokenOf(w.t, address)
}

// deliver delivers a file.
func (w *world) deliver(token string, content []byte) (*itms.File, error) {
	return w.engine.TakeUpload(context.Background(), token, "../etc/all logs.txt", "192.0.2.9", bytes.NewReader(content), 1<<20)
}

func TestTakeUpload(t *testing.T) {
	w := filesWorld(t)
	for fileType, kind := range map[string]itms.FileKind{"1 Vendor Configuration File": itms.FileKindConfig, "2 Vendor Log File": itms.FileKindLog,
		"3 Vendor Configuration File 1": itms.FileKindConfig, "X 00005E Trace": itms.FileKindOther} {
		token := w.upload(itms.TaskID(fileType), fileType)
		content := bytesOf(size, byte(len(fileType)))
		f, err := w.deliver(token, content)
		if err != nil {
			t.Fatal(err)
		}
		if f.Device != testBox || f.Kind != kind || f.FileType != fileType || f.Size != size || !bytes.Equal(w.content(f), content) {
			t.Errorf("%s: %+v", fileType, f)
		}
		if strings.ContainsAny(f.Name+f.Note, "/") || !strings.Contains(f.Note, "all_logs.txt") {
			t.Errorf("name %q, note %q", f.Name, f.Note)
		}
		if got := w.transfer(token); got.File != f.ID || got.ServedAt.IsZero() || got.Bytes != size || got.Requests != 1 || got.Remote != "192.0.2.9" {
			t.Errorf("%s: %+v", fileType, got)
		}
	}
	if got := w.fileEvents(); len(got) != 4 || got[0] != "file.received" {
		t.Errorf("journal: %v", got)
	}
}

// TestTakeUploadAgain: a device that did not hear the answer delivers once more; another
// content replaces the first.
func TestTakeUploadAgain(t *testing.T) {
	w := filesWorld(t)
	token := w.upload("task-1", "2 Vendor Log File")
	first, err := w.deliver(token, bytesOf(size, 1))
	if err != nil {
		t.Fatal(err)
	}
	if same, err := w.deliver(token, bytesOf(size, 1)); err != nil || same.ID != first.ID {
		t.Errorf("the same: %v, %v", same, err)
	}
	w.ring()
	if !bytes.Equal(w.content(first), bytesOf(size, 1)) {
		t.Error("the repeat took the first one's content along")
	}
	other, err := w.deliver(token, bytesOf(size, 2))
	if err != nil || other.ID == first.ID {
		t.Errorf("another: %v, %v", other, err)
	}
	w.ring()
	if got := w.files(); len(got) != 1 || got[0] != other.ID || !w.swept(first.ID) {
		t.Errorf("files %v", got)
	}
	if got := w.transfer(token); got.Requests != 3 || got.File != other.ID {
		t.Errorf("transfer %+v", got)
	}
}

func TestTakeUploadRefused(t *testing.T) {
	w := filesWorld(t)
	token := w.upload("task-1", "2 Vendor Log File")
	if _, err := w.engine.TakeUpload(t.Context(), token, "", "", bytes.NewReader(make([]byte, 11)), 10); !itms.IsKind(err, itms.KindLimit) {
		t.Errorf("too large: %v", err)
	}
	if err := w.engine.CloseTransfers(t.Context(), "task-1"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.deliver(token, []byte("late")); !itms.IsKind(err, itms.KindNotFound) {
		t.Errorf("closed: %v", err)
	}
	if id := w.begun(); id != "" {
		w.ring()
		if !w.swept(id) {
			t.Error("the late content is still there")
		}
	}
	if got := w.files(); len(got) != 0 {
		t.Errorf("files %v", got)
	}
	if f, err := w.deliver(w.upload("task-2", "2 Vendor Log File"), nil); err != nil || f.Size != 0 {
		t.Errorf("an empty log: %v, %v", f, err)
	}
}

// TestDeliveredFileIsFetched: a configuration that one task took may be given back by
// another; while it may, it cannot be deleted, whatever the upload's own transfer says.
func TestDeliveredFileIsFetched(t *testing.T) {
	w := filesWorld(t)
	f, err := w.deliver(w.upload("task-1", "1 Vendor Configuration File"), []byte("ssid=lab"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := w.engine.OpenDownload(t.Context(), testBox, "task-2", f.ID, time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine.DeleteFile(t.Context(), "ops", f.ID); !itms.IsKind(err, itms.KindConflict) {
		t.Errorf("while it may be fetched: %v", err)
	}
	w.pass(time.Minute)
	if _, err := w.engine.DeleteFile(t.Context(), "ops", f.ID); err != nil {
		t.Error(err)
	}
}
