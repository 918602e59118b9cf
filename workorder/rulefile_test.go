package workorder_test

import (
	"fmt"
	"strings"
	"testing"

	"itms"
	"itms/workorder"
)

// judgeByFile is a rule that wants every box to have the firmware of a file.
func judgeByFile(d *itms.Device, name string, find workorder.FileFinder) workorder.Verdict {
	f, problem := find(d, name)
	switch {
	case f == nil:
		return workorder.Verdict{Allowed: true, Firmware: &workorder.Firmware{File: name, Problem: problem}}
	case f.Version == d.Software:
		return workorder.Verdict{Allowed: true}
	}
	return workorder.Verdict{Allowed: true, Firmware: &workorder.Firmware{File: string(f.ID), Version: f.Version}}
}

// firmwareFile adds a file of some bytes.
func (w *world) firmwareFile(u itms.FileUpload) *itms.File {
	w.t.Helper()
	f, err := w.engine.AddFile(w.t.Context(), "ops", u, strings.NewReader(fmt.Sprintf("image %+v", u)))
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

// transfersOf lists the transfers that use a file and were not closed.
func (w *world) transfersOf(id itms.FileID) (list []*itms.Transfer) {
	w.t.Helper()
	w.view(func(tx itms.Tx) (err error) { list, err = tx.Transfers().Using(id, 10); return err })
	return list
}

// TestFirmwareOfTheStore: a rule names a file, by name or id; the box gets a one-time
// address, which is dead once it runs the version.
func TestFirmwareOfTheStore(t *testing.T) {
	for _, byID := range []bool{false, true} {
		w := newWorld(t)
		w.engine.SetFilesURL("http://files.example.com")
		w.firmwareFile(itms.FileUpload{Name: "ex.bin", Version: "1.5"}) // an older one of the name
		f := w.firmwareFile(itms.FileUpload{Name: "ex.bin", Version: "2.0", Models: []string{"test"}})
		w.models.file = "ex.bin"
		if byID {
			w.firmwareFile(itms.FileUpload{Name: "ex.bin", Version: "3.0"})
			w.models.file = string(f.ID)
		}
		w.post(install("WO-1", "S1", mac1))
		b := newBox(w, 1)
		b.contact(itms.EventBootstrap)
		w.explained("WO-1", itms.TroubleUpgrading)
		open := w.transfersOf(f.ID)
		if len(b.downloads) != 1 || len(open) != 1 {
			t.Fatalf("%d downloads, %d transfers", len(b.downloads), len(open))
		}
		got := b.downloads[0]
		if got.URL != "http://files.example.com/t/"+open[0].Token+"/ex.bin" || got.Username != open[0].Username || got.Password == "" ||
			got.Size != int(f.Size) || got.FileType != itms.FileFirmware || len(got.Key) > 32 {
			t.Errorf("download %+v", got)
		}
		if b.contact("2 PERIODIC"); len(b.downloads) != 1 {
			t.Error("it was asked twice while it is at work")
		}
		if _, err := w.engine.DeleteFile(t.Context(), "ops", f.ID); !itms.IsKind(err, itms.KindConflict) || !strings.Contains(err.Error(), "firmware rules") {
			t.Errorf("the file was deleted under way: %v", err)
		}
		b.tells(0)
		b.installs("2.0", "7 TRANSFER COMPLETE")
		w.wantOrder("WO-1", itms.OrderDone)
		b.works()
		if left := w.transfersOf(f.ID); len(left) > 0 {
			t.Errorf("the address is good still: %+v", left[0])
		}
	}
}

// TestFirmwareOfTheStoreTriedAgain: each try has an address of its own.
func TestFirmwareOfTheStoreTriedAgain(t *testing.T) {
	w := newWorld(t)
	w.engine.SetFilesURL("http://files.example.com")
	w.firmwareFile(itms.FileUpload{Name: "ex.bin", Version: "2.0"})
	w.models.file = "ex.bin"
	w.post(install("WO-1", "S1", mac1))
	b := newBox(w, 1)
	b.contact(itms.EventBootstrap)
	b.tells(9018)
	b.contact("2 PERIODIC")
	if len(b.downloads) != 2 || b.downloads[0].URL == b.downloads[1].URL {
		t.Errorf("downloads %+v", b.downloads)
	}
}

// TestFirmwareThatIsNotThere: a file that is missing, or is of no use to the box, holds the
// order with the reason, costs nothing while it lasts, and lets it go on by itself once
// there is one.
func TestFirmwareThatIsNotThere(t *testing.T) {
	for words, u := range map[string]itms.FileUpload{
		`no firmware "ex.bin"`:                {Name: "other.bin", Version: "2.0"},
		"is meant for EX-1":                   {Name: "ex.bin", Version: "2.0", Models: []string{"EX-1"}},
		"has no version that the device":      {Name: "ex.bin"},
		"is no firmware but config":           {Name: "vendor.cfg", Version: "2.0", Kind: itms.FileKindConfig},
		"there is no file door to fetch file": {Name: "ex.bin", Version: "2.0"},
	} {
		t.Run(words, func(t *testing.T) {
			w := newWorld(t)
			if !strings.Contains(words, "door") {
				w.engine.SetFilesURL("http://files.example.com")
			}
			f := w.firmwareFile(u)
			w.models.file = "ex.bin"
			if u.Kind != "" {
				w.models.file = string(f.ID)
			}
			w.post(install("WO-1", "S1", mac1))
			b := newBox(w, 1)
			b.contact(itms.EventBootstrap)
			if o := w.wantOrder("WO-1", itms.OrderHeld); !strings.Contains(o.Reason, "must have other firmware first") || !strings.Contains(o.Reason, words) {
				t.Errorf("reason %q", o.Reason)
			}
			w.explained("WO-1", itms.TroubleFirmware)
			store := &updates{Store: w.store}
			w.engineOn(store)
			if !strings.Contains(words, "door") {
				w.engine.SetFilesURL("http://files.example.com")
			}
			b.contact("2 PERIODIC")
			if n := store.n.Load(); n > 0 || len(b.downloads) > 0 {
				t.Errorf("%d writes and %d downloads while it lasts", n, len(b.downloads))
			}
			w.engine.SetFilesURL("http://files.example.com")
			f = w.firmwareFile(itms.FileUpload{Name: "ex.bin", Version: "2.0", Note: "the right one", Models: []string{"test", words}})
			if u.Kind != "" {
				w.models.file = string(f.ID)
			}
			b.contact("2 PERIODIC")
			if len(b.downloads) != 1 {
				t.Fatalf("%d downloads once it is there", len(b.downloads))
			}
			b.installs("2.0", "7 TRANSFER COMPLETE")
			w.wantOrder("WO-1", itms.OrderDone)
		})
	}
}
