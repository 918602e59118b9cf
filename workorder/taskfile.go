package workorder

import (
	"fmt"
	"time"

	"itms"
)

// beginTransfer makes ready what the device will fetch, or where it will send to.
func (r *taskRun) beginTransfer() error { return nil }

// file is what the device is to fetch or where it is to send to, in clear.
func (r *taskRun) file() (itms.TransferSpec, error) {
	spec := r.task.Spec.Transfer
	clear, err := r.unseal(spec.Sealed)
	spec.Password = clear
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

// transferLost leaves a transfer whose answer got lost to the device when there are
// signs that it works on it.
func (r *taskRun) transferLost() (other bool, err error) {
	r.task.Run.SentAt = r.now
	return false, nil
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
	if !r.isFirmware() {
		return r.done("transferred")
	}
	if r.task.State != itms.TaskWaiting {
		r.wait("", "")
	}
	r.task.Reason = "transferred; waiting for the device to report the new version"
	return r.versionReported(nil)
}

// isFirmware reports whether the transfer ends with another version.
func (r *taskRun) isFirmware() bool {
	return r.task.Kind != itms.TaskUpload && r.task.Spec.Transfer.FileType == itms.FileFirmware
}

// versionReported ends a firmware download whose version the device reports after it
// said that it has the file. A profile may do without that word. A device that boots
// with another version has not taken it.
func (r *taskRun) versionReported(c *itms.Contact) error {
	want, have := r.task.Spec.Transfer.Version, r.device.Software
	booted := c != nil && (c.Has(itms.EventBoot) || c.Has(itms.EventBootstrap))
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
