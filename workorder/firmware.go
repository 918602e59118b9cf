package workorder

import (
	"fmt"
	"time"

	"itms"
)

// upgrading reports whether the device is to get firmware before anything else.
func (s *situation) upgrading() bool { return s.device.Upgrade.Active() && !s.upgraded() }

// upgraded reports whether the device reports the version that it was to get.
func (s *situation) upgraded() bool { return s.device.Upgrade.Version == s.device.Software }

// await keeps the words in step while firmware is on its way; Next sends what is due.
func (s *situation) await() error {
	d := s.device
	d.State = itms.DeviceUpgrading
	if d.Upgrade.Told && s.booted { // it said that it has it, started anew, and has not
		if err := s.w.upgradeFailed(d, s.session, fmt.Sprintf("it reports version %s after it said that %s was transferred", d.Software, d.Upgrade.Version)); err != nil {
			return err
		}
		if !d.Upgrade.Active() {
			return s.giveUpUpgrade()
		}
	}
	if s.open == nil {
		return nil
	}
	return s.w.giveReason(s.order, itms.TroubleUpgrading, fmt.Sprintf("device %s gets firmware %s first", d.ID, d.Upgrade.Version))
}

// bringUp has a device that the operator's rules do not allow as it is fetch the
// firmware that they name, or holds its order.
func (s *situation) bringUp() error {
	d, fw := s.device, s.verdict.Firmware
	switch {
	case fw == nil:
		return s.holdFor(itms.TroubleModel, fmt.Sprintf("device %s (%s %s, software %s) is not allowed here: %s",
			d.ID, d.Manufacturer, d.Model, d.Software, s.verdict.Reason))
	case fw.Problem != "":
		return s.holdFor(itms.TroubleFirmware, fmt.Sprintf("device %s must have other firmware first, and %s", d.ID, fw.Problem))
	case d.Upgrade.Version == fw.Version && d.Upgrade.Failed != "":
		return s.giveUpUpgrade()
	}
	d.Upgrade = itms.Upgrade{Version: fw.Version}
	if err := s.w.record("device.upgrade", itms.Event{Device: d.ID, Order: s.order.ID, OrderNo: s.order.No, Service: s.order.Service,
		Text: fmt.Sprintf("device %s has software %s and gets %s before its service", d.ID, d.Software, fw.Version)}); err != nil {
		return err
	}
	return s.await()
}

// giveUpUpgrade holds the order of a device that did not take its firmware.
func (s *situation) giveUpUpgrade() error {
	d := s.device
	return s.holdFor(itms.TroubleFirmware, fmt.Sprintf("device %s did not get firmware %s: %s", d.ID, d.Upgrade.Version, d.Upgrade.Failed))
}

// holdFor holds the order of the device until somebody changed the device, the order
// or the rules.
func (s *situation) holdFor(code itms.Trouble, reason string) error {
	d := s.device
	d.State, d.Problem = itms.DeviceOnlineUnbound, reason
	if s.open == nil {
		return nil
	}
	if s.order.State == itms.OrderHeld {
		return s.w.giveReason(s.order, code, reason)
	}
	s.order.Trouble = code
	return s.w.move(s.order, onHold, reason, System)
}

// nextUpgrade returns the Download that is due, nothing when the device is at work or
// nothing is to be fetched. The address of a file must be recorded first.
func (w *work) nextUpgrade(d *itms.Device, session string, recorded bool) (nextStep, error) {
	u := &d.Upgrade
	if !u.Active() || u.Key != "" || u.Pause == session || u.Version == d.Software {
		return nextStep{}, nil
	}
	s, err := w.situation(d, visit{session: session})
	if err != nil || !u.Active() {
		return nextStep{}, err
	}
	fw := *s.verdict.Firmware
	switch {
	case fw.File != "" && !recorded:
		return nextStep{write: true}, nil
	case fw.File != "":
		if fw, err = w.fromDoor(d, fw); err != nil {
			return nextStep{}, err
		}
	}
	return nextStep{command: itms.Download{Key: "fw-" + itms.NewID(w.now), FileType: itms.FileFirmware, URL: fw.URL, Username: fw.Username,
		Password: fw.Password.Reveal(), Size: fw.Size, Why: whyFirmware}}, nil
}

// upgradeSent notes that a Download is on its way, and until when its end is awaited.
func (w *work) upgradeSent(d *itms.Device, cmd itms.Download) error {
	d.Upgrade.Key, d.Upgrade.Told, d.Upgrade.Due = cmd.Key, false, w.now.Add(w.policy.UpgradeTimeout)
	return w.tx.Agenda().Set(upgradeAlarm(d.ID), d.Upgrade.Due)
}

// upgradeAnswered records the answer to Download: a fault is a failed try, anything
// else means that the end is told later.
func (s *settlement) upgradeAnswered(cmd itms.Download) error {
	d := s.device
	if s.out.Fault == nil || d.Upgrade.Key != cmd.Key {
		return nil
	}
	return s.upgradeFailed(d, s.session, s.faultText("Download", ""))
}

// upgradeTold records TransferComplete. Success is believed once the new version was
// reported: many devices say it before they have started the new image.
func (w *work) upgradeTold(n itms.Notice) error {
	d, err := w.device(n.Device)
	if err != nil || n.Key == "" || d.Upgrade.Key != n.Key {
		return err
	}
	if n.Fault == 0 {
		d.Upgrade.Told = true
		return w.putDevice(d)
	}
	if err := w.upgradeFailed(d, n.Session, fmt.Sprintf("the transfer failed with fault %d", n.Fault)); err != nil {
		return err
	}
	return w.follow(d, "") // the last try holds the order
}

// upgradeFailed counts a failed try and leaves the next one to the device's next
// session, which is asked for.
func (w *work) upgradeFailed(d *itms.Device, session, reason string) error {
	u := &d.Upgrade
	u.Tries++
	u.Key, u.Told, u.Due, u.Pause = "", false, time.Time{}, session
	if err := w.endUpgradeTry(d); err != nil {
		return err
	}
	if u.Tries >= w.policy.PushTries {
		u.Failed = fmt.Sprintf("gave up after %d tries: %s", u.Tries, reason)
	}
	if err := w.tx.Agenda().Set(wakeAlarm(d.ID), w.now.Add(time.Duration(u.Tries)*wakeAfter)); err != nil {
		return err
	}
	return w.record("device.upgradeFailed", itms.Event{Device: d.ID, Alarm: !u.Active(),
		Text: fmt.Sprintf("try %d of %d to bring device %s to firmware %s failed: %s", u.Tries, w.policy.PushTries, d.ID, u.Version, reason)})
}

// upgradeOverdue is the bell for firmware whose end nobody told.
func (w *work) upgradeOverdue(id string) error {
	device, err := itms.ParseDeviceID(id)
	if err != nil {
		return nil // not a device of ours
	}
	d, err := w.device(device)
	if err != nil || !d.Upgrade.Active() || d.Upgrade.Key == "" || d.Upgrade.Due.After(w.now) {
		return err
	}
	if err := w.upgradeFailed(d, "", fmt.Sprintf("the new version was not reported within %s", w.policy.UpgradeTimeout)); err != nil {
		return err
	}
	return w.follow(d, "")
}

// concludeUpgrade ends an upgrade whose version the device reports, by whatever way
// it got there.
func (w *work) concludeUpgrade(d *itms.Device) error {
	if d.Upgrade.Version == "" || d.Upgrade.Version != d.Software {
		return nil
	}
	d.Upgrade = itms.Upgrade{}
	if err := w.endUpgradeTry(d); err != nil {
		return err
	}
	return w.record("device.upgraded", itms.Event{Device: d.ID, Text: fmt.Sprintf("device %s has firmware %s now", d.ID, d.Software)})
}
