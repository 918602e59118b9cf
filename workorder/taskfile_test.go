package workorder_test

import (
	"context"
	"strings"
	"testing"

	"itms"
)

// tell reports something with a CommandKey within a session that begins with the events.
func (b *box) tell(key string, fault int, events ...string) {
	b.w.t.Helper()
	session, err := b.begin(events...)
	if err == nil {
		err = b.w.engine.Notice(context.Background(), itms.Notice{Device: b.id, Session: session, Method: "TransferComplete", Key: key, Fault: fault,
			Data: map[string]string{"FaultString": "words"}, At: b.w.now()})
	}
	if err != nil {
		b.w.t.Fatal(err)
	}
}

func download(version string) itms.TaskRequest {
	return itms.TaskRequest{Kind: itms.TaskDownload, Spec: itms.TaskSpec{Transfer: itms.TransferSpec{FileType: itms.FileFirmware,
		URL: "http://files.example.com/x", Username: "u", Password: itms.NewSecret(servicePassword), Version: version}}}
}

// TestDownloadIsDoneWithItsVersion: neither the word of the device nor the version alone
// is enough, in whatever order they come.
func TestDownloadIsDoneWithItsVersion(t *testing.T) {
	const version = "Device.DeviceInfo.SoftwareVersion"
	for name, c := range map[string]struct {
		play  func(*box, string)
		state itms.TaskState
		words string
	}{
		"told, then booted": {func(b *box, key string) {
			b.tell(key, 0, "7 TRANSFER COMPLETE")
			b.params[version] = "2.0"
			b.contact(itms.EventBoot)
		}, itms.TaskDone, "runs version 2.0"},
		"booted, then told": {func(b *box, key string) {
			b.params[version] = "2.0"
			b.contact(itms.EventBoot)
			b.tell(key, 0, "7 TRANSFER COMPLETE")
		}, itms.TaskDone, "runs version 2.0"},
		"told without key": {func(b *box, _ string) {
			b.params[version] = "2.0"
			b.tell("", 0, itms.EventBoot, "7 TRANSFER COMPLETE")
		}, itms.TaskDone, "runs version 2.0"},
		"told of another": {func(b *box, _ string) { b.tell("another", 0, "7 TRANSFER COMPLETE") }, itms.TaskWaiting, "at work"},
		"told only":       {func(b *box, key string) { b.tell(key, 0, "7 TRANSFER COMPLETE") }, itms.TaskWaiting, "waiting for the device to report"},
		"version only": {func(b *box, _ string) {
			b.params[version] = "2.0"
			b.contact(itms.EventBoot)
		}, itms.TaskWaiting, "at work"},
		"another version": {func(b *box, key string) {
			b.params[version] = "1.5"
			b.tell(key, 0, itms.EventBoot, "7 TRANSFER COMPLETE")
		}, itms.TaskFailed, "reports version 1.5"},
		"told twice": {func(b *box, key string) {
			b.params[version] = "2.0"
			b.tell(key, 0, itms.EventBoot, "7 TRANSFER COMPLETE")
			b.tell(key, 9010, "7 TRANSFER COMPLETE")
		}, itms.TaskDone, ""},
		"failed": {func(b *box, key string) { b.tell(key, 9016, "7 TRANSFER COMPLETE") }, itms.TaskFailed, "9016 words"},
	} {
		w, b := stranger(t)
		task := b.ask(download("2.0"))
		sent := b.contact("6 CONNECTION REQUEST")
		if d := sent[len(sent)-1].(itms.Download); d.Key != string(task.ID) || d.Password != servicePassword {
			t.Fatalf("%s: %+v", name, d)
		}
		w.wantTask(task.ID, itms.TaskWaiting, "at work on the transfer")
		c.play(b, string(task.ID))
		if got := w.task(task.ID); got.State != c.state || !strings.Contains(got.Reason, c.words) {
			t.Errorf("%s: %s (%s), want %s (%s)", name, got.State, got.Reason, c.state, c.words)
		}
		w.notInTask(task.ID, servicePassword)
	}
}

// TestDownloadConfirmedByVersion: where the profile says so, the version alone tells.
func TestDownloadConfirmedByVersion(t *testing.T) {
	w, b := stranger(t)
	w.models.quirks.ConfirmByVersion = true
	task := b.ask(download("2.0"))
	b.contact("6 CONNECTION REQUEST")
	b.params["Device.DeviceInfo.SoftwareVersion"] = "2.0"
	b.contact("2 PERIODIC")
	w.wantTask(task.ID, itms.TaskDone, "runs version 2.0")
}

// TestTransferOfOurs: the file door's address is the task's own, dead when it has ended,
// and an upload is done with the file that arrived.
func TestTransferOfOurs(t *testing.T) {
	w, b := stranger(t)
	w.engine.SetFilesURL("http://files.example.com:7567")
	f := w.addFile(itms.FileUpload{Name: "image.bin", Kind: itms.FileKindFirmware, Version: "2.0"}, []byte("image"))
	task := b.ask(itms.TaskRequest{Kind: itms.TaskDownload, Spec: itms.TaskSpec{Transfer: itms.TransferSpec{File: f.ID}}})
	sent := b.contact("6 CONNECTION REQUEST")
	d := sent[len(sent)-1].(itms.Download)
	token, name, _ := strings.Cut(strings.TrimPrefix(d.URL, "http://files.example.com:7567/t/"), "/")
	if d.FileType != itms.FileFirmware || d.Size != 5 || name != "image.bin" || d.Username == "" || d.Password == "" {
		t.Fatalf("%+v", d)
	}
	if _, _, err := w.engine.OpenTransfer(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	b.params["Device.DeviceInfo.SoftwareVersion"] = "2.0"
	b.tell(string(task.ID), 0, itms.EventBoot, "7 TRANSFER COMPLETE")
	w.wantTask(task.ID, itms.TaskDone, "")
	if _, _, err := w.engine.OpenTransfer(t.Context(), token); !itms.IsKind(err, itms.KindNotFound) {
		t.Errorf("the address lives on: %v", err)
	}

	w.models.quirks.NoMethods = true
	for _, arrives := range []bool{true, false} {
		upload := b.ask(itms.TaskRequest{Kind: itms.TaskUpload, Spec: itms.TaskSpec{Transfer: itms.TransferSpec{FileType: "2 Vendor Log File"}}})
		sent = b.contact("6 CONNECTION REQUEST")
		u := sent[len(sent)-1].(itms.Upload)
		token, _, _ = strings.Cut(strings.TrimPrefix(u.URL, "http://files.example.com:7567/t/"), "/")
		if arrives {
			if _, err := w.engine.TakeUpload(t.Context(), token, "", "192.0.2.1", strings.NewReader("log"), 99); err != nil {
				t.Fatal(err)
			}
		}
		b.tell(string(upload.ID), 0, "7 TRANSFER COMPLETE")
		if arrives {
			if done := w.wantTask(upload.ID, itms.TaskDone, "arrived"); done.Result.File == "" {
				t.Errorf("%+v", done.Result)
			}
			continue
		}
		w.wantTask(upload.ID, itms.TaskFailed, "nothing arrived")
	}
	_, err := w.engine.CreateTask(t.Context(), "ann", b.id, itms.TaskRequest{Kind: itms.TaskDownload, Spec: itms.TaskSpec{Transfer: itms.TransferSpec{File: "nothing"}}})
	if !itms.IsKind(err, itms.KindInvalid) {
		t.Error(err)
	}
	others := w.addFile(itms.FileUpload{Name: "b.bin", Kind: itms.FileKindFirmware, Version: "3", Models: []string{"EX-*"}}, []byte("b"))
	_, err = w.engine.CreateTask(t.Context(), "ann", b.id, itms.TaskRequest{Kind: itms.TaskDownload, Spec: itms.TaskSpec{Transfer: itms.TransferSpec{File: others.ID}}})
	wantCode(t, err, itms.CodeDeviceState)
}
