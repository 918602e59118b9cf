package workorder

import (
	"fmt"

	"itms"
)

// namedFiles is how many of the newest firmware files are looked at for one of the name
// that a rule has. Rules that mean an older one name its id.
const namedFiles = 200

// judge asks the operator's rules, which may name files of the store.
func (w *work) judge(d *itms.Device, area string) (Verdict, error) {
	var failed error
	verdict := w.models.Judge(d, area, func(d *itms.Device, name string) (*itms.File, string) {
		f, problem, err := w.ruleFile(d, name)
		if err != nil {
			failed = err
		}
		return f, problem
	})
	return verdict, failed
}

// ruleFile finds the file that a rule names. Without one the text says why there is none
// for the device.
func (w *work) ruleFile(d *itms.Device, name string) (f *itms.File, problem string, err error) {
	if f, err = w.fileNamed(name); err != nil {
		return nil, "", err
	}
	switch {
	case f == nil:
		problem = fmt.Sprintf("the file store has no firmware %q, which its rule names", name)
	case f.Kind != itms.FileKindFirmware:
		problem = fmt.Sprintf("file %s, which its rule names, is no firmware but %s", f.Name, f.Kind)
	case f.Version == "":
		problem = fmt.Sprintf("file %s, which its rule names, has no version that the device could report in the end", f.Name)
	case !f.Fits(d.Model, d.Profile):
		problem = fileForOthers(d, f).Error()
	case w.filesURL() == "":
		problem = fmt.Sprintf("there is no file door to fetch file %s from: set files.listen or files.publicUrl", f.Name)
	default:
		return f, "", nil
	}
	return nil, problem, nil
}

// fileNamed returns the file of an id, or else the newest firmware of a name that no
// device delivered; nil when there is neither.
func (w *work) fileNamed(name string) (*itms.File, error) {
	f, err := w.tx.Files().Get(itms.FileID(name))
	if !itms.IsKind(err, itms.KindNotFound) {
		return f, err
	}
	files, err := w.tx.Files().List(itms.FileQuery{Kind: itms.FileKindFirmware, Limit: namedFiles})
	for _, f := range files {
		if f.Name == name && f.Device.IsZero() {
			return f, err
		}
	}
	return nil, err
}

// upgradeTask is what stands for a task in the transfers of firmware that a rule wants.
func upgradeTask(id itms.DeviceID) itms.TaskID { return itms.TaskID("firmware/" + id.String()) }

// fromDoor is firmware of the file store with the one-time address and credentials that a
// device fetches it with; the same until the try has ended.
func (w *work) fromDoor(d *itms.Device, fw Firmware) (Firmware, error) {
	f, err := w.tx.Files().Get(itms.FileID(fw.File))
	if err != nil {
		return fw, err
	}
	url, user, password, err := w.openDownload(d, upgradeTask(d.ID), f, w.policy.UpgradeTimeout)
	fw.URL, fw.Username, fw.Password, fw.Size = url, user, itms.NewSecret(password), int(f.Size)
	return fw, err
}

// endUpgradeTry ends one try to bring a device to other firmware, by whatever way: nobody
// waits for its end, and its address is dead.
func (w *work) endUpgradeTry(d *itms.Device) error {
	if err := w.tx.Agenda().Clear(upgradeAlarm(d.ID)); err != nil {
		return err
	}
	return w.closeTransfers(upgradeTask(d.ID))
}
