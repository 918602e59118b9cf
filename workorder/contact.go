package workorder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"itms"
)

// Contact takes an Inform in: it stores what changed and lets the rules of
// decide.go act. An Inform that tells nothing new costs one read and no write.
// Errors: KindForbidden for a blocked device (rule D1), KindFenced when a newer
// session of the device has written already.
func (e *Engine) Contact(ctx context.Context, c *itms.Contact) error {
	hash := informHash(c)
	idle := false
	err := e.view(ctx, func(w *work) (err error) {
		idle, err = w.tellsNothing(c, hash)
		return err
	})
	if err != nil || idle {
		return err
	}
	return e.update(ctx, func(w *work) error { return w.contact(c, hash) })
}

// tellsNothing reports whether the Inform may be taken without a write.
func (w *work) tellsNothing(c *itms.Contact, hash string) (bool, error) {
	d, err := w.device(c.Device)
	if itms.IsKind(err, itms.KindNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	c.Manner = w.models.Quirks(d.Profile).Manner
	if d.Blocked {
		return false, blocked(d)
	}
	if d.Profile == itms.CableProfile {
		return false, otherDoor(d)
	}
	if changed, err := w.checkProof(d, c); changed || err != nil {
		return false, err
	}
	if brokeOff(d, c) != "" || w.brokeAtAttributes(d, c) || d.Tasks > 0 {
		return false, nil
	}
	return d.InformHash == hash && d.IP == c.Remote && d.Models == w.models.Revision() && d.Sync.Sent == "" &&
		!c.Has(itms.EventBootstrap) && !c.Has(itms.EventBoot) && !c.VendorEvent(), nil
}

// blocked is the error for a device that an operator forbade any session.
func blocked(d *itms.Device) error {
	return itms.Errorf(itms.KindForbidden, itms.CodeForbidden, "device %s is blocked", d.ID)
}

// otherDoor is the error for a device that comes by another door than it is known by: what
// it is entitled to must not go to who only says its name.
func otherDoor(d *itms.Device) error {
	return itms.Errorf(itms.KindForbidden, itms.CodeIdentity, "device %s is known by another way of provisioning", d.ID)
}

// contact stores an Inform and lets the rules act on it.
func (w *work) contact(c *itms.Contact, hash string) error {
	d, first, err := w.informer(c)
	if err != nil {
		return err
	}
	tree, err := w.params(d.ID)
	if err != nil {
		return err
	}
	v := visit{session: c.Session, moved: !first && d.IP != c.Remote,
		booted: c.Has(itms.EventBootstrap) || c.Has(itms.EventBoot)}
	conflicted := d.Conflict
	asked, err := w.countSilence(d, tree, c)
	if err != nil {
		return err
	}
	d.InformHash, d.IP = hash, c.Remote
	changed, err := w.takeDown(d, tree, c, first)
	if err != nil {
		return err
	}
	v.input = w.readInput(d, c.Params, c.HasAny(w.models.Registration(d.Profile).Events) || d.Profile == "" && c.VendorEvent())
	d.Inquired = w.inquire(d, tree) == nil
	if err := w.checkIdentity(d, conflicted); err != nil {
		return err
	}
	if err := w.consider(d, tree, v); err != nil {
		return err
	}
	if err := w.checkDrift(d, tree, changed); err != nil {
		return err
	}
	if err := w.takeUp(d, c, asked); err != nil {
		return err
	}
	w.hideTyped(d, tree)
	d.Inquired = w.inquire(d, tree) == nil
	if err := w.putDevice(d); err != nil || !changed {
		return err
	}
	return w.putParams(d.ID, tree)
}

// informer returns the record of the device that informs, a new one when it was never
// here, and makes the session the one that may write.
func (w *work) informer(c *itms.Contact) (d *itms.Device, first bool, err error) {
	w.tx.Foresee(itms.Foresight{Device: c.Device, Params: true})
	d, err = w.device(c.Device)
	first = itms.IsKind(err, itms.KindNotFound)
	switch {
	case first:
		d = &itms.Device{ID: c.Device, State: itms.DeviceOnlineUnbound, FirstSeen: w.now}
		w.hold(d)
	case err != nil:
		return nil, false, err
	case d.Blocked:
		return nil, false, blocked(d)
	case d.Profile == itms.CableProfile:
		return nil, false, otherDoor(d)
	}
	if _, err := w.checkProof(d, c); err != nil {
		return nil, false, err
	}
	w.place(d.ID)
	return d, first, takeFence(d, c.Session)
}

// takeDown brings device, tree and journal to what the Inform says and reports whether
// the tree changed.
func (w *work) takeDown(d *itms.Device, tree *itms.ParamTree, c *itms.Contact, first bool) (changed bool, err error) {
	changed = w.absorb(d, tree, c)
	software := d.Software
	changed = w.describe(d, tree) || changed
	c.Manner = w.models.Quirks(d.Profile).Manner
	if err := w.noteSoftware(d, software); err != nil {
		return false, err
	}
	if first {
		if err := w.admitFirst(d, c); err != nil {
			return false, err
		}
	}
	return changed, w.journalContact(d, c, first)
}

// takeUp sees to what earlier sessions left, and to the tasks that wait.
func (w *work) takeUp(d *itms.Device, c *itms.Contact, asked string) error {
	if c.HasAny(w.models.Refresh(d.Profile)) {
		d.Sync = d.Sync.Anew()
	}
	if err := w.countUnanswered(d, c, asked); err != nil {
		return err
	}
	if err := w.countBroken(d, c); err != nil {
		return err
	}
	return w.visitTasks(d, c)
}

// consider lets the rules act on what an Inform told.
func (w *work) consider(d *itms.Device, tree *itms.ParamTree, v visit) error {
	if err := w.concludeUpgrade(d); err != nil {
		return err
	}
	if err := w.noteHosts(d, tree); err != nil {
		return err
	}
	if err := w.keptSighting(d); err != nil {
		return err
	}
	return w.decide(d, v)
}

// takeFence makes the session the one that may write, unless a newer one did.
func takeFence(d *itms.Device, session string) error {
	if d.Fence > session {
		return itms.Errorf(itms.KindFenced, itms.CodeFenced, "a newer session of %s took over", d.ID)
	}
	d.Fence = session
	return nil
}

// absorb brings device and tree to what the Inform says and reports whether the
// tree changed. A factory reset makes everything known before untrue (TR-069 Amd 6
// §3.7.1.5, 0 BOOTSTRAP).
func (w *work) absorb(d *itms.Device, tree *itms.ParamTree, c *itms.Contact) bool {
	changed := false
	if c.Has(itms.EventBootstrap) {
		changed = tree.Remove("") > 0
		d.Sync = itms.Sync{Rows: d.Sync.Rows, All: d.Sync.All, Task: d.Sync.Task}
		if d.Silence == (itms.Silence{}) { // else the reset is what it does when asked
			d.Asked, d.AskSingly = nil, false
		}
		d.Page = itms.Page{} // it shows what the factory left
		d.Methods = nil
		forgetAttributes(d)
		d.UDPAddress, d.NAT, d.UDP = "", false, itms.UDPBinding{}
	}
	if c.Has(itms.EventBoot) || c.Has(itms.EventMReboot) {
		d.LastBoot = w.now
		if d.Sync.Phase == itms.SyncReboot { // it did reboot, whether it answered or not
			d.Sync.Phase, d.Sync.Sent = itms.SyncVerify, ""
		}
	}
	for _, p := range c.Params {
		changed = w.learn(tree, p, itms.ChangeInform) || changed
	}
	d.CWMP, d.Manufacturer = c.CWMP, c.Manufacturer
	return changed
}

// maxParams bounds what is kept of one device: four times the largest trees seen in
// the field. Beyond it only known parameters are updated.
const maxParams = 80_000

// learn notes a parameter as the device tells it and reports whether that is new.
func (w *work) learn(tree *itms.ParamTree, p itms.Param, source itms.ChangeSource) bool {
	if tree.Len() >= maxParams {
		if _, known := tree.Get(p.Name); !known {
			return false
		}
	}
	return w.set(tree, w.hide(p, tree), source)
}

// deviceInfo lists, by the name below DeviceInfo, where standard facts go.
var deviceInfo = []struct {
	leaf string
	to   func(*itms.Device) *string
}{
	{"HardwareVersion", func(d *itms.Device) *string { return &d.Hardware }},
	{"SoftwareVersion", func(d *itms.Device) *string { return &d.Software }},
	{"ModelName", func(d *itms.Device) *string { return &d.Model }},
}

// roots of the two standard data models.
var roots = []itms.ParamPath{"Device.", "InternetGatewayDevice."}

// describe derives the device's facts from its tree: root, versions, connection
// request address, profile and identity. It reports whether it had to hide a value
// that only the profile knows for a credential.
func (w *work) describe(d *itms.Device, tree *itms.ParamTree) (hidden bool) {
	software := d.Software
	if d.Root = rootOf(tree); d.Root != "" {
		for _, f := range deviceInfo {
			if p, ok := tree.Get(d.Root + "DeviceInfo." + itms.ParamPath(f.leaf)); ok && p.Value != "" {
				*f.to(d) = p.Value
			}
		}
		if d.Software != software { // another image may offer other methods, and die of other things
			d.Methods, d.Shunned = nil, nil
			if software != "" {
				attributesMayDiffer(d)
			}
		}
		describeReach(d, tree)
	}
	d.Profile, d.Models = w.models.Match(d, tree), w.models.Revision()
	if d.Profile == "" {
		return false
	}
	w.identify(d, w.models.Identify(d.Profile, tree))
	return w.hideSecrets(d.Profile, tree)
}

// maxReach bounds what is kept of an address that a device tells; the standard's
// parameters hold 256 characters.
const maxReach = 1024

// describeReach derives where the device takes connection requests (TR-069 Amd 6
// §3.2.2 and Annex G).
func describeReach(d *itms.Device, tree *itms.ParamTree) {
	for leaf, to := range map[itms.ParamPath]*string{
		"ConnectionRequestURL": &d.ConnectionRequestURL, "UDPConnectionRequestAddress": &d.UDPAddress} {
		if p, ok := tree.Get(d.Root + "ManagementServer." + leaf); ok && len(p.Value) <= maxReach {
			*to = p.Value
		}
	}
	if p, ok := tree.Get(d.Root + "ManagementServer.NATDetected"); ok {
		d.NAT = itms.SameValue(itms.TypeBoolean, p.Value, "1")
	}
}

// rootOf returns the data model root; a device with both counts as the one which
// carries its DeviceInfo.
func rootOf(tree *itms.ParamTree) itms.ParamPath {
	var found itms.ParamPath
	for _, root := range roots {
		for range tree.Under(root + "DeviceInfo.") {
			return root
		}
		for range tree.Under(root) {
			found = root
			break
		}
	}
	return found
}

// identify takes over what the device says about itself. Malformed identifiers are
// an operator's matter, not an error of the contact (rule D2).
func (w *work) identify(d *itms.Device, id Identity) {
	if d.Conflict || d.Suspect {
		d.Conflict, d.Suspect, d.Problem = false, false, ""
	}
	if id.Model != "" {
		d.Model = id.Model
	}
	if id.STBID != "" {
		stbid, err := itms.ParseSTBID(id.STBID)
		if err != nil {
			d.Conflict, d.Suspect, d.Problem = true, true, fmt.Sprintf("reports a malformed STBID: %q is not 32 hexadecimal digits", clipText(id.STBID))
		}
		d.STBID = stbid
	}
	if mac, err := itms.ParseMAC(id.MAC); err == nil {
		d.MAC = mac
	}
	if d.MAC.IsZero() {
		d.MAC = d.STBID.MAC()
	}
	if d.STBID != "" && d.STBID.MAC() != d.MAC && !d.Suspect {
		d.Suspect = true
		d.Problem = fmt.Sprintf("reports MAC %s, but its STBID says %s", d.MAC, d.STBID.MAC())
	}
}

// clipText keeps hostile input from filling a sentence.
func clipText(s string) string {
	const most = 64
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}

// journalContact records first contact, factory reset and boot.
func (w *work) journalContact(d *itms.Device, c *itms.Contact, first bool) error {
	var events []struct{ typ, text string }
	note := func(typ, text string) { events = append(events, struct{ typ, text string }{typ, text}) }
	switch {
	case first:
		note("device.seen", fmt.Sprintf("device %s is in contact for the first time, from %s", d.ID, c.Remote))
	case c.Has(itms.EventBootstrap):
		note("device.bootstrap", fmt.Sprintf("device %s was reset: what was known of it is forgotten", d.ID))
	case c.Has(itms.EventBoot):
		note("device.boot", fmt.Sprintf("device %s booted", d.ID))
	}
	for _, ev := range events {
		if err := w.record(ev.typ, itms.Event{Device: d.ID, Text: ev.text}); err != nil {
			return err
		}
	}
	return nil
}

// volatileLeaves are parameters that differ in each Inform and mean nothing here;
// to store them would cost a durable write per Inform.
var volatileLeaves = []string{"UpTime", "Uptime", "CurrentLocalTime", "CurrentTime", "CPUUsage", "Free"}

// informHash fingerprints what an Inform says, without its volatile values.
func informHash(c *itms.Contact) string {
	h := sha256.New()
	write := func(texts ...string) {
		for _, s := range texts {
			h.Write([]byte(s))
			h.Write([]byte{0})
		}
	}
	write(c.Manufacturer, c.CWMP)
	for _, p := range c.Params {
		if !slices.Contains(volatileLeaves, p.Name.Leaf()) {
			write(string(p.Name), p.Type, p.Value)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}
