package workorder

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"itms"
)

// guessKey is the setting that counts the wrong codes of a source address. Whoever has
// an IPv6 address has 2^64 of them: its network counts.
func guessKey(source string) string {
	if ip, err := netip.ParseAddr(source); err == nil && ip.Unmap().Is6() {
		if network, err := ip.Prefix(64); err == nil {
			source = network.String()
		}
	}
	return "guesses/" + source
}

// miss counts a wrong code and reports whether it was the one that locks. A lock
// doubles with each that follows within a day, up to LockMost.
func (p *Policy) miss(g *itms.Guesses, most int, now time.Time) (locks bool) {
	if !g.Last.IsZero() && now.After(g.Last.Add(LockMost)) {
		g.Locks = 0
	}
	g.Wrong = slices.DeleteFunc(g.Wrong, func(at time.Time) bool { return now.Sub(at) > p.CodeWindow })
	g.Wrong = append(g.Wrong, now)
	if len(g.Wrong) < most {
		return false
	}
	lock := LockMost
	if g.Locks < 16 { // beyond, the shift would leave the range long after LockMost
		lock = min(LockMost, p.Lock<<g.Locks)
	}
	g.Wrong, g.Until, g.Last, g.Locks = nil, now.Add(lock), now.Add(lock), g.Locks+1
	return true
}

// sourceGuesses reads what was counted for a source address.
func (w *work) sourceGuesses(source string) (g itms.Guesses, err error) {
	if source == "" {
		return g, nil
	}
	data, err := w.tx.Settings().Get(guessKey(source))
	if err != nil || len(data) == 0 {
		return g, err
	}
	if err := json.Unmarshal(data, &g); err != nil {
		return g, fmt.Errorf("wrong codes from %s: %w", source, err)
	}
	return g, nil
}

// lockedOut is the error for an origin that must wait, nil when it need not.
func (w *work) lockedOut(g *itms.Guesses, what string) error {
	if !g.Until.After(w.now) {
		return nil
	}
	return itms.Errorf(itms.KindLimit, itms.CodeLocked, "too many wrong codes from %s: try again after %s",
		what, g.Until.Format(time.RFC3339)).After(g.Until.Sub(w.now))
}

// missed counts a wrong code against a device (nil: none is known) and the address it
// came from.
func (w *work) missed(d *itms.Device, source string) error {
	if d != nil && w.policy.miss(&d.Guesses, w.policy.CodeTries, w.now) {
		if err := w.lockDevice(d); err != nil {
			return err
		}
	}
	if source == "" {
		return nil
	}
	g, err := w.sourceGuesses(source)
	if err != nil {
		return err
	}
	if w.policy.miss(&g, w.policy.CodeSourceTries, w.now) {
		if err := w.record("source.locked", itms.Event{Alarm: true,
			Text: fmt.Sprintf("too many wrong activation codes from address %s: none are taken from it until %s", source, g.Until.Format(time.RFC3339))}); err != nil {
			return err
		}
	}
	data, err := json.Marshal(g)
	if err != nil {
		return err
	}
	if err := w.tx.Settings().Put(guessKey(source), data); err != nil {
		return err
	}
	return w.tx.Agenda().Set(settingAlarm(guessKey(source)), w.now.Add(2*LockMost))
}

// lockDevice notes that a device may try no codes for a while.
func (w *work) lockDevice(d *itms.Device) error {
	d.State = itms.DeviceLocked
	d.Problem = fmt.Sprintf("locked until %s after %d wrong activation codes", d.Guesses.Until.Format(time.RFC3339), w.policy.CodeTries)
	if err := w.tx.Agenda().Set(unlockAlarm(d.ID), d.Guesses.Until); err != nil {
		return err
	}
	return w.record("device.locked", itms.Event{Device: d.ID, Alarm: true, Text: fmt.Sprintf("device %s %s", d.ID, d.Problem)})
}

// locked reports whether the device may try no codes now.
func (s *situation) locked() bool { return s.device.Guesses.Until.After(s.w.now) }

// shut takes the prompt off a locked device.
func (s *situation) shut() error {
	d := s.device
	d.State = itms.DeviceLocked
	if s.open != nil {
		if err := s.w.giveReason(s.order, itms.TroubleLocked, fmt.Sprintf("device %s is %s", d.ID, d.Problem)); err != nil {
			return err
		}
	}
	view := itms.PageView{State: itms.PageLocked, Verdict: itms.VerdictMismatch}
	if s.input != nil { // whoever typed waits for an answer
		s.w.askAgain(d, view)
	} else {
		s.w.turnPage(d, view)
	}
	return nil
}

// unlock lets a device try codes again.
func (w *work) unlock(d *itms.Device, forgive bool) error {
	d.Guesses.Until, d.Guesses.Wrong = time.Time{}, nil
	if forgive {
		d.Guesses.Locks = 0
	}
	if err := w.tx.Agenda().Clear(unlockAlarm(d.ID)); err != nil {
		return err
	}
	if d.State == itms.DeviceLocked {
		d.State, d.Problem = itms.DeviceCodeRequired, ""
		if w.turnPage(d, itms.PageView{State: itms.PageAsk}); d.Page.Held.State == itms.PageAsk {
			// Nothing is written for "ask" where the factory's page asks by itself: it must be
			// told that it may.
			w.askAgain(d, itms.PageView{State: itms.PageRefused, Verdict: itms.VerdictTimeout})
		}
		w.fx.wake = append(w.fx.wake, d.ID)
	}
	return w.putDevice(d)
}
