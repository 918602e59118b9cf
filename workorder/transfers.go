package workorder

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"itms"
)

const (
	// maxTransferURL is the longest URL that TR-069 gives a transfer (Amd 6 §A.3.2.8).
	maxTransferURL = 256
	// leastName is what must be left of it for a name.
	leastName = 16
	// userLength and passwordLength are characters of base32, 5 bits each: some devices
	// keep both in small buffers, and 100 bits are enough for a few hours.
	userLength     = 12
	passwordLength = 20
	// transferKeep is how long a transfer is kept after it expired: what it says of bytes
	// and requests is read when somebody asks why an upgrade failed.
	transferKeep = 7 * 24 * time.Hour
	// transferTrimBatch is how many are removed by one transaction.
	transferTrimBatch = 500
	// transferTrimAlarm is the key of the alarm that removes them.
	transferTrimAlarm = "transfer-trim/"
)

// SetFilesURL tells where devices reach the file door of this node, once it listens; it
// counts when the policy names no address. Call it before serving devices.
func (e *Engine) SetFilesURL(url string) { e.filesAt = strings.TrimRight(url, "/") }

// filesURL is the address that transfers begin with.
func (e *Engine) filesURL() string {
	return strings.TrimRight(cmp.Or(e.policy.FilesURL, e.filesAt), "/")
}

// openDownload gives a task the one-time address and credentials with which its device
// fetches a file, for ttl from now. A task that has them already gets the same again.
// Errors: KindUnavailable when there is no file door.
func (w *work) openDownload(d *itms.Device, task itms.TaskID, f *itms.File, ttl time.Duration) (url, user, password string, err error) {
	return w.openTransfer(itms.Transfer{Device: d.ID, Task: task, File: f.ID, FileType: f.FileType, ExpiresAt: w.now.Add(ttl)}, f.Name)
}

// openUpload gives a task the one-time address and credentials with which its device
// delivers a file, for ttl from now. A task that has them already gets the same again.
// Errors: KindUnavailable when there is no file door.
func (w *work) openUpload(d *itms.Device, task itms.TaskID, fileType string, ttl time.Duration) (url, user, password string, err error) {
	name := string(itms.KindOfFileType(fileType)) + ".bin"
	return w.openTransfer(itms.Transfer{Device: d.ID, Task: task, Upload: true, FileType: fileType, ExpiresAt: w.now.Add(ttl)}, name)
}

// openTransfer finds the open transfer that does the same as t, or makes t one.
func (w *work) openTransfer(t itms.Transfer, name string) (url, user, password string, err error) {
	base := w.filesURL()
	room := maxTransferURL - len(base) - len(transferPath(strings.Repeat("0", 2*tokenBytes), ""))
	switch {
	case base == "":
		return "", "", "", itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "there is no file door: set files.listen or files.publicUrl")
	case room < leastName:
		return "", "", "", itms.Errorf(itms.KindUnavailable, itms.CodeConfig, "files.publicUrl is too long: addresses of files would exceed %d characters", maxTransferURL)
	}
	open, err := w.openAlready(&t)
	if err == nil && open == nil {
		open, err = w.newTransfer(t)
	}
	if err != nil {
		return "", "", "", err
	}
	password, err = w.vault.Unseal(open.Password)
	return base + transferPath(open.Token, safeName(name, room)), open.Username, password, err
}

// tokenBytes are the random bytes of a token.
const tokenBytes = 16

// transferPath is where the file door has a transfer.
func transferPath(token, name string) string { return "/t/" + token + "/" + name }

// openAlready returns the open transfer of the task that does the same, nil when there is
// none, after it was prolonged.
func (w *work) openAlready(t *itms.Transfer) (*itms.Transfer, error) {
	all, err := w.tx.Transfers().OfTask(t.Task)
	if err != nil {
		return nil, err
	}
	for _, open := range all {
		if !open.Open(w.now) || open.Device != t.Device || open.Upload != t.Upload || open.FileType != t.FileType || !t.Upload && open.File != t.File {
			continue
		}
		if t.ExpiresAt.After(open.ExpiresAt) {
			open.ExpiresAt = t.ExpiresAt
			return open, w.tx.Transfers().Put(open)
		}
		return open, nil
	}
	return nil, nil
}

// newTransfer stores t with a fresh token and fresh credentials.
func (w *work) newTransfer(t itms.Transfer) (*itms.Transfer, error) {
	var token [tokenBytes]byte
	_, _ = rand.Read(token[:]) // never fails (crypto/rand)
	t.Token, t.Username = hex.EncodeToString(token[:]), rand.Text()[:userLength]
	t.Password = w.vault.Seal(rand.Text()[:passwordLength])
	t.CreatedAt = w.now
	return &t, w.tx.Transfers().Insert(&t)
}

// safeName makes a name that needs no escape in a URL and that no device takes for a
// path or an option; at most as long as there is room, with its end kept: some devices
// go by the extension.
func safeName(name string, room int) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z', r == '.', r == '-', r == '_':
			return r
		}
		return '_'
	}, name)
	name = strings.TrimLeft(name[max(0, len(name)-room):], ".-")
	return cmp.Or(name, "file")
}

// closeTransfers ends the transfers of a task: their addresses are dead.
func (w *work) closeTransfers(task itms.TaskID) error {
	all, err := w.tx.Transfers().OfTask(task)
	if err != nil {
		return err
	}
	for _, t := range all {
		if !t.DoneAt.IsZero() {
			continue
		}
		t.DoneAt = w.now
		if err := w.tx.Transfers().Put(t); err != nil {
			return err
		}
	}
	return nil
}

// trimTransfers removes transfers that expired long ago, and comes again.
func (w *work) trimTransfers(string) error {
	removed, err := w.tx.Transfers().Trim(w.now.Add(-transferKeep), transferTrimBatch)
	if err != nil {
		return err
	}
	again := trimEvery
	if removed == transferTrimBatch {
		again = trimSoon
	}
	return w.tx.Agenda().Set(transferTrimAlarm, w.now.Add(again))
}

// OpenTransfer returns the transfer of a token and, of a download, its file. Errors:
// KindNotFound when there is none, or none that may be used any more.
func (e *Engine) OpenTransfer(ctx context.Context, token string) (t *itms.Transfer, f *itms.File, err error) {
	err = e.view(ctx, func(w *work) error {
		if t, err = w.usable(token); err != nil || t.Upload {
			return err
		}
		f, err = w.tx.Files().Get(t.File)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return t, f, nil
}

// usable returns the transfer of a token that may be used.
func (w *work) usable(token string) (*itms.Transfer, error) {
	t, err := w.tx.Transfers().Get(token)
	if err == nil && !t.Open(w.now) {
		return nil, itms.Errorf(itms.KindNotFound, itms.CodeNotFound, "the transfer has ended")
	}
	return t, err
}

// TransferPassword reveals the password of a transfer for a comparison.
func (e *Engine) TransferPassword(t *itms.Transfer) (itms.Secret, error) {
	clear, err := e.vault.Unseal(t.Password)
	return itms.NewSecret(clear), err
}

// TransferUsed notes what one request did with a download: one durable write. A transfer
// that is gone is no error.
func (e *Engine) TransferUsed(ctx context.Context, token string, use itms.TransferUse) error {
	return e.update(ctx, func(w *work) error {
		t, err := w.tx.Transfers().Get(token)
		if itms.IsKind(err, itms.KindNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return w.used(t, use)
	})
}

// used counts a request, and notices when all of a file was served.
func (w *work) used(t *itms.Transfer, use itms.TransferUse) error {
	t.Requests++
	t.Bytes += use.Bytes
	t.Remote = use.Remote
	if use.From <= t.Upto {
		t.Upto = max(t.Upto, use.From+use.Bytes)
	}
	if !t.Upload && t.ServedAt.IsZero() {
		f, err := w.tx.Files().Get(t.File)
		if err != nil && !itms.IsKind(err, itms.KindNotFound) {
			return err
		}
		if err == nil && t.Upto >= f.Size {
			if err := w.sentWhole(t, f); err != nil {
				return err
			}
		}
	}
	return w.tx.Transfers().Put(t)
}

// sentWhole notes that a device has been sent all of a file. Whether it has it, and whether
// it is of use, is what TransferComplete and the next Inform tell.
func (w *work) sentWhole(t *itms.Transfer, f *itms.File) error {
	t.ServedAt = w.now
	return w.record("file.served", itms.Event{Device: t.Device, Text: fmt.Sprintf("device %s was sent file %s, %d bytes", t.Device, f.Name, f.Size),
		Data: map[string]string{"file": string(f.ID), "name": f.Name, "task": string(t.Task)}})
}

// TakeUpload stores what a device delivers; said is the name that the device gave it, if
// any. body is read to its end, a chunk at a time. A device that delivers again, since
// the answer was lost, replaces what it delivered before. Errors: KindNotFound when the
// transfer ended meanwhile; KindLimit with CodeTooLarge beyond most bytes; those of body
// as they are.
func (e *Engine) TakeUpload(ctx context.Context, token, said, remote string, body io.Reader, most int64) (*itms.File, error) {
	c, err := e.takeContent(ctx, body, most)
	if err != nil {
		return nil, err
	}
	var f *itms.File
	err = e.update(ctx, func(w *work) (err error) {
		f, err = w.receive(token, said, remote, c)
		return err
	})
	if err != nil || f.ID != c.id {
		e.abandon(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// receive makes a content the file of an upload, unless the same was delivered before.
func (w *work) receive(token, said, remote string, c content) (*itms.File, error) {
	t, err := w.usable(token)
	if err != nil {
		return nil, err
	}
	before, err := w.tx.Files().Get(t.File)
	if err != nil && !itms.IsKind(err, itms.KindNotFound) {
		return nil, err
	}
	f := before
	if before == nil || before.SHA256 != c.sum {
		if f, err = w.insertDelivered(t, said, c); err != nil {
			return nil, err
		}
		if before != nil {
			if err := w.deleteFile(before, System); err != nil {
				return nil, err
			}
		}
	}
	t.File, t.ServedAt = f.ID, w.now
	return f, w.used(t, itms.TransferUse{Bytes: c.size, Remote: remote})
}

// insertDelivered makes a content a file of its device.
func (w *work) insertDelivered(t *itms.Transfer, said string, c content) (*itms.File, error) {
	if err := w.settleContent(c); err != nil {
		return nil, err
	}
	kind := itms.KindOfFileType(t.FileType)
	f := &itms.File{ID: c.id, Kind: kind, FileType: t.FileType, Size: c.size, SHA256: c.sum, Device: t.Device, CreatedAt: w.now, Actor: System,
		Name: safeName(fmt.Sprintf("%s-%s-%s", t.Device.Serial, kind, w.now.Format("20060102T150405Z")), maxFileName)}
	if said != "" {
		f.Note = "the device calls it " + safeName(said, maxFileName)
	}
	if err := w.tx.Files().Insert(f); err != nil {
		return nil, err
	}
	return f, w.recordFile("file.received", f, System, fmt.Sprintf("device %s delivered %q, %d bytes: file %s", t.Device, t.FileType, c.size, f.ID))
}
