package workorder

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"itms"
)

// ourFile reports whether the task's file goes through the file door.
func (r *taskRun) ourFile() bool { return r.task.Spec.Transfer.URL == "" }

// beginTransfer makes ready what the device will fetch, or where it will send to.
func (r *taskRun) beginTransfer() error {
	if !r.ourFile() {
		return nil
	}
	if r.task.Kind != itms.TaskUpload {
		f, err := r.tx.Files().Get(r.task.Spec.Transfer.File)
		switch {
		case itms.IsKind(err, itms.KindNotFound):
			return r.fail("the file was deleted")
		case err != nil:
			return err
		case !f.Fits(r.device.Model, r.device.Profile):
			return r.fail(fileForOthers(r.device, f).Error())
		}
		spec := &r.task.Spec.Transfer
		spec.FileType, spec.Version = cmp.Or(spec.FileType, f.FileType), cmp.Or(spec.Version, f.Version)
		spec.Size = cmp.Or(spec.Size, f.Size)
	}
	_, err := r.file()
	if itms.IsKind(err, itms.KindUnavailable) {
		return r.fail(err.Error())
	}
	return err
}

// fileForOthers is the error for a file that is meant for other models.
func fileForOthers(d *itms.Device, f *itms.File) error {
	return itms.Errorf(itms.KindConflict, itms.CodeDeviceState, "file %s is meant for %s; device %s is a %q of profile %q",
		f.Name, strings.Join(f.Models, ", "), d.ID, d.Model, d.Profile)
}

// mayFetch says why a device cannot be given the file that a request names.
func (w *work) mayFetch(d *itms.Device, spec *itms.TransferSpec) error {
	if spec.File == "" {
		return nil
	}
	f, err := w.tx.Files().Get(spec.File)
	switch {
	case itms.IsKind(err, itms.KindNotFound):
		return itms.Invalid("/fileId", "is no file of the file store")
	case err != nil:
		return err
	case !f.Fits(d.Model, d.Profile):
		return fileForOthers(d, f)
	case spec.FileType == "" && f.FileType == "":
		return itms.Invalid("/fileType", "is required: the file does not tell it")
	}
	return nil
}

// file is what the device is to fetch or where it is to send to, in clear. For the file
// door it is the same each time it is asked for.
func (r *taskRun) file() (spec itms.TransferSpec, err error) {
	spec = r.task.Spec.Transfer
	if !r.ourFile() {
		spec.Password, err = r.unseal(spec.Sealed)
		return spec, err
	}
	ttl, password := r.task.ExpiresAt.Sub(r.now), ""
	if r.task.Kind == itms.TaskUpload {
		spec.URL, spec.Username, password, err = r.openUpload(r.device, r.task.ID, spec.FileType, ttl)
	} else {
		f := &itms.File{ID: spec.File, FileType: spec.FileType, Name: "file"}
		if kept, missing := r.tx.Files().Get(spec.File); missing == nil {
			f.Name = kept.Name
		}
		spec.URL, spec.Username, password, err = r.openDownload(r.device, r.task.ID, f, ttl)
	}
	spec.Password = itms.NewSecret(password)
	return spec, err
}

// nextDownload has the device fetch a file, at once or within windows.
func (r *taskRun) nextDownload() (itms.Command, error) {
	f, err := r.file()
	if err != nil {
		return nil, err
	}
	d := itms.Download{Key: r.key(), FileType: f.FileType, URL: f.URL, Username: f.Username, Password: f.Password.Reveal(),
		Size: int(f.Size), Target: f.Target, Delay: r.task.Spec.Delay, Success: f.Success, Failure: f.Failure, Why: r.why()}
	if r.task.Kind == itms.TaskScheduleDownload {
		return itms.ScheduleDownload{Download: d, Windows: r.task.Spec.Windows}, nil
	}
	return d, nil
}

// nextUpload has the device send a file.
func (r *taskRun) nextUpload() (itms.Command, error) {
	f, err := r.file()
	if err != nil {
		return nil, err
	}
	return itms.Upload{Key: r.key(), FileType: f.FileType, URL: f.URL, Username: f.Username, Password: f.Password.Reveal(),
		Delay: r.task.Spec.Delay, Why: r.why()}, nil
}

// transferAnswered records the answer: with status 0 the file was moved already, else
// the end is told later, perhaps days later.
func (r *taskRun) transferAnswered(s *settlement) error {
	if s.out.Fault != nil {
		return r.refused(s.out.Fault, s.out.Command.Method())
	}
	status := s.out.Status
	if r.task.Kind == itms.TaskScheduleDownload { // it has no status: there is nothing yet
		status = 1
	}
	r.result().Status = &status
	r.wait("", "the device is at work on the transfer")
	if status == 0 {
		return r.moved(s.out.Started, s.out.Completed)
	}
	return nil
}

// transferLost leaves a transfer whose answer got lost to the device when it has been at
// the file door since: it works on it.
func (r *taskRun) transferLost() (other bool, err error) {
	r.task.Run.SentAt = r.now
	all, err := r.tx.Transfers().OfTask(r.task.ID)
	for _, t := range all {
		if t.Requests > 0 {
			r.wait("", "the device is at work on the transfer")
			return true, nil
		}
	}
	return false, err
}

// transferTold records TransferComplete.
func (r *taskRun) transferTold(n *itms.Notice) error {
	switch {
	case n.Method != "TransferComplete":
		return nil
	case n.Fault != 0:
		r.task.Fault = &itms.DeviceFault{Code: n.Fault, Text: n.Data["FaultString"]}
		return r.fail(fmt.Sprintf("the transfer failed: %d %s", n.Fault, clipText(n.Data["FaultString"])))
	}
	return r.moved(n.Started, n.Ended)
}

// moved notes that the device has moved the file. Firmware is believed once its version
// was reported: many devices say it before they have started the image.
func (r *taskRun) moved(started, ended time.Time) error {
	result := r.result()
	result.Started, result.Completed = started, ended
	r.task.Run.Told = true
	if r.task.Kind == itms.TaskUpload && r.ourFile() {
		return r.delivered()
	}
	if !r.isFirmware() {
		return r.done("transferred")
	}
	if r.task.State != itms.TaskWaiting {
		r.wait("", "")
	}
	r.task.Reason = "transferred; waiting for the device to report the new version"
	return r.versionTold(r.bootedNow())
}

// delivered ends an upload to the file door, with the file that arrived there.
func (r *taskRun) delivered() error {
	all, err := r.tx.Transfers().OfTask(r.task.ID)
	if err != nil {
		return err
	}
	for _, t := range all {
		if t.File != "" {
			r.result().File = t.File
			return r.done(fmt.Sprintf("file %s arrived", t.File))
		}
	}
	return r.fail("the device says that it delivered the file; nothing arrived")
}

// isFirmware reports whether the transfer ends with another version.
func (r *taskRun) isFirmware() bool {
	return r.task.Kind != itms.TaskUpload && r.task.Spec.Transfer.FileType == itms.FileFirmware
}

// bootedNow reports whether the session began with a boot: session ids are made of the
// time at which it began.
func (r *taskRun) bootedNow() bool {
	at := r.device.LastBoot
	return !at.IsZero() && itms.FirstID(at.Add(time.Millisecond)) > r.session
}

// versionReported looks, at an Inform, whether firmware has arrived.
func (r *taskRun) versionReported(c *itms.Contact) error {
	return r.versionTold(c.Has(itms.EventBoot) || c.Has(itms.EventBootstrap))
}

// versionTold ends a firmware download whose version the device reports after it said
// that it has the file. A profile may do without that word. A device that boots with
// another version has not taken it.
func (r *taskRun) versionTold(booted bool) error {
	want, have := r.task.Spec.Transfer.Version, r.device.Software
	told := r.task.Run.Told || r.task.State == itms.TaskWaiting && r.models.Quirks(r.device.Profile).ConfirmByVersion
	switch {
	case !r.isFirmware() || !told:
		return nil
	case want != "" && have == want, want == "" && booted && r.task.Run.Told:
		r.result().Software = have
		return r.done("the device runs version " + have)
	case booted && r.task.Run.Told:
		r.result().Software = have
		return r.fail(fmt.Sprintf("the device reports version %s after it said that the file was transferred; %s was expected", have, want))
	}
	return nil
}
