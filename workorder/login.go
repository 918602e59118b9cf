package workorder

import (
	"fmt"
	"strconv"
	"strings"

	"itms"
)

// A device that was claimed gets credentials of its own for this system, in a call of
// its own when everything else is done. They are derived from the key, the device's id
// and a number that grows with each factory reset: any node can verify them without
// reading anything, and a copy of the database tells nothing of them. Until the device
// has used the new ones, what it used before is good as well: the answer to the call,
// or the call itself, may have got lost.

// whyLogin gives the device credentials of its own.
const whyLogin = "login"

const (
	// loginPurpose is what passwords are derived for.
	loginPurpose = "acs login"
	// loginMark stands between id and number: no id has it.
	loginMark = "/"
	// maxLoginName is what ManagementServer.Username takes (TR-181: string(256)). A
	// device whose id is longer keeps the shared credentials.
	maxLoginName = 256
)

// Credentials returns those of a user name, false when this system makes no such
// name. It reads nothing.
func (e *Engine) Credentials(username string) (itms.OwnCredentials, bool) {
	at := strings.LastIndex(username, loginMark)
	if at < 0 || len(username) > maxLoginName {
		return itms.OwnCredentials{}, false
	}
	id, err := itms.ParseDeviceID(username[:at])
	if err != nil {
		return itms.OwnCredentials{}, false
	}
	generation, err := strconv.Atoi(username[at+len(loginMark):])
	if err != nil || generation < 1 {
		return itms.OwnCredentials{}, false
	}
	own := e.credentials(id, generation)
	return own, own.Username == username
}

// credentials makes those of a device.
func (e *Engine) credentials(id itms.DeviceID, generation int) itms.OwnCredentials {
	name := id.String() + loginMark + strconv.Itoa(generation)
	return itms.OwnCredentials{Device: id, Generation: generation, Username: name, Password: itms.NewSecret(e.vault.Fingerprint(loginPurpose, name))}
}

// checkProof refuses a device whose credentials are no longer good for it, and notes
// which it has come to use. It reports whether that must be stored.
func (w *work) checkProof(d *itms.Device, c *itms.Contact) (changed bool, err error) {
	l := &d.Login
	reset := c.Has(itms.EventBootstrap)
	switch c.Proof.Kind {
	case itms.ProofOwn:
		return w.usedOwn(d, c.Proof.Generation, reset)
	case itms.ProofShared:
		if l.Confirmed > 0 && !l.Factory && !reset && w.policy.DeviceCredentials && !w.policy.FactoryCredentials {
			return false, itms.Errorf(itms.KindUnauthenticated, itms.CodeFactory,
				"device %s has credentials of its own and came with those that all devices share; reset it to factory settings, or unblock it", d.ID)
		}
		return reset && renewLogin(l, true), nil
	}
	return false, nil
}

// usedOwn notes that the device used credentials of its own.
func (w *work) usedOwn(d *itms.Device, generation int, reset bool) (changed bool, err error) {
	l := &d.Login
	if generation < l.Confirmed {
		return false, itms.Errorf(itms.KindUnauthenticated, itms.CodeFactory, "device %s came with credentials that were replaced", d.ID)
	}
	// Newer ones than were wanted come after a restored backup: nobody else could make
	// them.
	if generation > l.Confirmed {
		*l = itms.Login{Wanted: max(generation, l.Wanted), Confirmed: generation}
		changed = true
	}
	return reset && renewLogin(l, false) || changed, nil
}

// renewLogin wants other credentials after a factory reset. factory: the device came
// with the shared ones, which are good until it has used the new ones.
func renewLogin(l *itms.Login, factory bool) bool {
	if l.Wanted == 0 {
		return false
	}
	*l = itms.Login{Wanted: l.Confirmed + 1, Confirmed: l.Confirmed, Factory: factory || l.Factory}
	return true
}

// nextLogin returns the command that gives the device credentials of its own, nil
// when it needs none or does not take them. Only a device in service gets them: one
// that serves nobody may be anybody's.
func (w *work) nextLogin(c *course, session string) (nextStep, error) {
	d := c.device
	if !w.policy.DeviceCredentials || c.binding == nil || !c.binding.State.InForce() || c.withheld() || d.Root == "" {
		return nextStep{}, nil
	}
	settled := d.Login.Wanted > 0 && !d.Login.Pending()
	if settled || d.Login.Pause == session || d.Login.Failed != "" || d.Sync.Applied != c.target || d.Sync.Phase != itms.SyncIdle {
		return nextStep{}, nil
	}
	own := w.credentials(d.ID, max(d.Login.Wanted, 1))
	if len(own.Username) > maxLoginName {
		return nextStep{}, nil
	}
	server := d.Root + "ManagementServer."
	return nextStep{command: itms.SetValues{Why: whyLogin, Values: []itms.SetValue{
		{Name: server + "Username", Value: own.Username, Type: itms.TypeString},
		{Name: server + "Password", Value: own.Password.Reveal(), Type: itms.TypeString, Hide: true}}}}, nil
}

// loginSent notes, before they go out, that the device may know its own credentials.
// Once in a session is enough: whether they were taken shows at the next.
func (w *work) loginSent(d *itms.Device, session string) {
	l := &d.Login
	l.Wanted, l.Pause = max(l.Wanted, 1), session
	if l.Tries++; l.Tries >= w.policy.PushTries {
		l.Failed = fmt.Sprintf("written %d times and not used so far", l.Tries)
	}
}

// loginAnswered records the answer. A device that refuses stays with the shared
// credentials: it is no reason to fail anything.
func (s *settlement) loginAnswered() error {
	l := &s.device.Login
	if s.out.Fault == nil {
		return s.record("device.login", itms.Event{Device: s.device.ID,
			Text: fmt.Sprintf("device %s was given credentials of its own (number %d)", s.device.ID, l.Wanted)})
	}
	reason := s.faultText("SetParameterValues", "")
	if !s.out.Fault.Transient() || l.Failed != "" {
		l.Failed = reason
	}
	return s.record("device.login", itms.Event{Device: s.device.ID, Alarm: l.Failed != "",
		Text: fmt.Sprintf("device %s does not take credentials of its own: %s", s.device.ID, reason)})
}
