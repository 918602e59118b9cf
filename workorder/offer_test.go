package workorder_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"itms"
	"itms/workorder"
)

// asking is a world with a file door and a box of model EX-1 in contact.
func asking(t *testing.T) (*world, *box) {
	w := filesWorld(t)
	w.models.off = true
	b := newBox(w, 9)
	b.inform = append(b.inform, modelPath)
	b.params[modelPath] = "EX-1"
	b.contact(itms.EventBootstrap)
	return w, b
}

// offered adds a file that devices are offered.
func (w *world) offered(u itms.FileUpload) *itms.File {
	w.t.Helper()
	u.Offer = true
	return w.addFile(u, []byte("image "+u.Name+u.Version))
}

// wants has the box ask for a file, and returns the words and the result of the event.
func (b *box) wants(fileType string, args ...string) (text, result string) {
	b.w.t.Helper()
	n := itms.Notice{Device: b.id, Method: "RequestDownload", Text: "the device asks for " + fileType, Data: map[string]string{"FileType": fileType}}
	for _, a := range args {
		name, value, _ := strings.Cut(a, "=")
		n.Data["Arg."+name] = value
	}
	before := maps.Clone(n.Data)
	session, err := b.begin("9 REQUEST DOWNLOAD")
	if n.Session = session; err == nil {
		err = b.w.engine.Notice(context.Background(), n)
	}
	if err != nil {
		b.w.t.Fatal(err)
	}
	if !maps.Equal(n.Data, before) {
		b.w.t.Errorf("what the device said was changed: %v", n.Data)
	}
	last := b.events("device.notice")[0]
	return last.Text, last.Data["offer"]
}

// events lists the events of a type of the box, newest first.
func (b *box) events(typ string) (list []itms.Event) {
	b.w.t.Helper()
	b.w.view(func(tx itms.Tx) error {
		all, err := tx.Journal().OfDevice(b.id, 0, 200)
		for _, e := range all {
			if e.Type == typ {
				list = append(list, e)
			}
		}
		return err
	})
	return list
}

// given lists the files that the box was given, newest first.
func (b *box) given() (files []itms.FileID) {
	b.w.t.Helper()
	b.w.view(func(tx itms.Tx) error {
		all, err := tx.Tasks().OfDevice(b.id, "", 100)
		for _, t := range all {
			files = append(files, t.Spec.Transfer.File)
			if t.Actor != workorder.ActorDevice || t.Kind != itms.TaskDownload {
				b.w.t.Errorf("task %+v", t)
			}
		}
		return err
	})
	return files
}

func TestOffer(t *testing.T) {
	w, b := asking(t)
	if text, result := b.wants(itms.FileFirmware); result != "none" || !strings.Contains(text, "no file that is offered fits") {
		t.Errorf("%s: %s", result, text)
	}
	w.addFile(firmware("unmarked.bin"), []byte("unmarked"))
	old := w.offered(firmware("old.bin"))
	other := firmware("other.bin")
	other.Models = []string{"EY-*"}
	w.offered(other)
	if _, result := b.wants("3 Vendor Configuration File"); result != "none" {
		t.Errorf("firmware for a configuration: %s", result)
	}
	newest := firmware("newest.bin")
	newest.Version = "2.5.0"
	image := w.offered(newest)
	text, result := b.wants(itms.FileFirmware)
	if result != "offered" || !strings.Contains(text, "newest.bin, version 2.5.0") || !slices.Equal(b.given(), []itms.FileID{image.ID}) {
		t.Fatalf("%s: %s; given %v, want %s and not %s", result, text, b.given(), image.ID, old.ID)
	}
	if text, result = b.wants(itms.FileFirmware); result != "repeated" || !strings.Contains(text, "already") || len(b.given()) != 1 {
		t.Errorf("%s: %s", result, text)
	}
	b.contact("2 PERIODIC")
	if len(b.downloads) != 1 || b.downloads[0].FileType != itms.FileFirmware {
		t.Fatalf("sent %+v", b.downloads)
	}
	b.params["Device.DeviceInfo.SoftwareVersion"] = "2.5.0"
	b.tell(b.downloads[0].Key, 0, itms.EventBoot, "7 TRANSFER COMPLETE")
	w.wantTask(itms.TaskID(b.downloads[0].Key), itms.TaskDone, "runs version 2.5.0")
	if text, result = b.wants(itms.FileFirmware); result != "current" || !strings.Contains(text, "runs version 2.5.0") {
		t.Errorf("%s: %s", result, text)
	}
}

// A download that failed is not given again before a day has passed.
func TestOfferIsNoLoop(t *testing.T) {
	w, b := asking(t)
	w.offered(firmware("image.bin"))
	b.answer = func(cmd itms.Command, out *itms.Outcome) {
		if cmd.Method() == "Download" {
			out.Fault = &itms.DeviceFault{Code: 9010, Text: "no"}
		}
	}
	for i, want := range []string{"offered", "repeated", "repeated"} {
		if text, result := b.wants(itms.FileFirmware); result != want {
			t.Errorf("%d: %s: %s", i, result, text)
		}
		b.contact("2 PERIODIC")
	}
	w.pass(25 * time.Hour)
	if _, result := b.wants(itms.FileFirmware); result != "offered" {
		t.Errorf("a day later: %s", result)
	}
}

// A device that asks for one thing after the other gets a few.
func TestOffersAreBounded(t *testing.T) {
	w, b := asking(t)
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		w.offered(itms.FileUpload{Name: name, Kind: itms.FileKindConfig})
	}
	var results []string
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		_, result := b.wants("3 Vendor Configuration File", "FileName="+name)
		results = append(results, result)
	}
	if want := []string{"offered", "offered", "offered", "offered", "repeated"}; !slices.Equal(results, want) {
		t.Errorf("%q", results)
	}
}

// Arguments count where they name what files know.
func TestOfferByArguments(t *testing.T) {
	w, b := asking(t)
	two, three := firmware("two.bin"), firmware("three.bin")
	two.Version, three.Version = "2.0", "3.0"
	old := w.offered(two)
	w.offered(three)
	for args, want := range map[string]string{"Version=4.0": "none", "Name=four.bin": "none", "Model=EY-1": "none", "": "offered"} {
		w, b := asking(t)
		w.offered(three)
		if text, result := b.wants(itms.FileFirmware, args); result != want {
			t.Errorf("%s: %s: %s", args, result, text)
		}
	}
	if text, result := b.wants(itms.FileFirmware, "softwareVersion=2.0", "HardwareVersion=HW9", "Version=1.0"); result != "offered" || !slices.Equal(b.given(), []itms.FileID{old.ID}) {
		t.Errorf("%s: %s", result, text) // it says that it runs 1.0
	}
	if e := b.events("device.notice")[0]; e.Data["ignored"] != "HardwareVersion" || e.Data["file"] != string(old.ID) || e.Data["task"] == "" {
		t.Errorf("%v", e.Data)
	}
}

// Rules and orders that want other firmware go before an offer; what a device delivered
// goes back to that one only.
func TestOfferRuledOut(t *testing.T) {
	w, b := asking(t)
	w.offered(firmware("image.bin"))
	w.models.judge = func(*itms.Device, string) workorder.Verdict {
		return workorder.Verdict{Allowed: true, Firmware: &workorder.Firmware{Version: "9.9", URL: "http://files.example.com/9"}}
	}
	if text, result := b.wants(itms.FileFirmware); result != "refused" || !strings.Contains(text, "the rules have other firmware") {
		t.Errorf("%s: %s", result, text)
	}
	w.models.judge = nil
	if err := w.store.Update(t.Context(), func(tx itms.Tx) error {
		d, err := tx.Devices().Get(b.id)
		if err != nil {
			return err
		}
		d.Methods = []string{"Reboot"}
		other := b.id
		other.Serial = "another"
		if err := tx.Files().Insert(&itms.File{ID: "0-theirs", Name: "theirs", Kind: itms.FileKindConfig, FileType: "3 Vendor Configuration File", Device: other, Offer: true}); err != nil {
			return err
		}
		return tx.Devices().Put(d)
	}); err != nil {
		t.Fatal(err)
	}
	if text, result := b.wants(itms.FileFirmware); result != "refused" || !strings.Contains(text, "does not offer Download") {
		t.Errorf("%s: %s", result, text)
	}
	if _, result := b.wants("3 Vendor Configuration File"); result != "none" {
		t.Errorf("another device's configuration: %s", result)
	}
}

// Firmware is offered with a version only.
func TestOfferNeedsAVersion(t *testing.T) {
	w := filesWorld(t)
	u := firmware("image.bin")
	u.Version, u.Offer = "", true
	if _, err := w.engine.AddFile(t.Context(), "ops", u, strings.NewReader("x")); itms.KindOf(err) != itms.KindInvalid {
		t.Errorf("%v", err)
	}
	u.Offer = false
	f := w.addFile(u, []byte("x"))
	if _, err := w.engine.OfferFile(t.Context(), "ops", f.ID, true); itms.KindOf(err) != itms.KindInvalid {
		t.Errorf("%v", err)
	}
	if _, err := w.engine.OfferFile(t.Context(), "ops", "nothing", true); itms.KindOf(err) != itms.KindNotFound {
		t.Errorf("%v", err)
	}
	f = w.addFile(firmware("sound.bin"), []byte("y"))
	for _, offer := range []bool{true, true, false} {
		if got, err := w.engine.OfferFile(t.Context(), "ops", f.ID, offer); err != nil || got.Offer != offer {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if types := w.fileEvents(); len(types) != 4 || types[2] != "file.offer" {
		t.Errorf("%q", types) // what is so already is no event
	}
}

// A device that fetched firmware by itself is told of with where it came from, and its new
// version with that.
func TestAutonomousTransfer(t *testing.T) {
	const version = "Device.DeviceInfo.SoftwareVersion"
	tell := func(b *box, fault int, fileType string) {
		t.Helper()
		session, err := b.begin("10 AUTONOMOUS TRANSFER COMPLETE")
		if err == nil {
			err = b.w.engine.Notice(t.Context(), itms.Notice{Device: b.id, Session: session, Method: "AutonomousTransferComplete", Fault: fault, Text: "a transfer",
				Data: map[string]string{"TransferURL": "http://maker.example.com/3.bin", "IsDownload": "true", "FileType": fileType}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		fault    int
		fileType string
		pause    time.Duration
		words    string
	}{
		"firmware":      {0, itms.FileFirmware, 0, "runs version 3.0 now; it was 1.0; it fetched firmware by itself from \"http://maker.example.com/3.bin\""},
		"failed":        {9010, itms.FileFirmware, 0, "runs version 3.0 now; it was 1.0"},
		"configuration": {0, "3 Vendor Configuration File", 0, "runs version 3.0 now; it was 1.0"},
		"long ago":      {0, itms.FileFirmware, 25 * time.Hour, "runs version 3.0 now; it was 1.0"},
	} {
		w, b := asking(t)
		tell(b, c.fault, c.fileType)
		w.pass(c.pause)
		b.contact("2 PERIODIC")
		if list := b.events("device.software"); len(list) != 0 {
			t.Fatalf("%s: %+v", name, list)
		}
		b.params[version] = "3.0"
		b.contact(itms.EventBoot)
		b.contact("2 PERIODIC")
		if list := b.events("device.software"); len(list) != 1 || !strings.HasSuffix(list[0].Text, c.words) || list[0].Data["before"] != "1.0" || list[0].Data["now"] != "3.0" {
			t.Errorf("%s: %+v", name, list)
		}
		if w.device(b.id).Fetched != (itms.OwnImage{}) {
			t.Errorf("%s: still noted", name)
		}
	}
}
