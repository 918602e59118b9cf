package workorder

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"itms"
)

// A device may ask for a file by itself (RequestDownload, TR-069 Amd 6 A.4.2.2). It gets
// the newest one that fits among those that a person marked to be offered, by a task like
// any other; nothing is offered unmarked, firmware least of all.

// ActorDevice is the actor of tasks that a device asked for.
const ActorDevice = "device"

const (
	// offerQuiet is for how long a device that asks again is not given the same file:
	// some ask at every boot, and a download that failed would be a loop.
	offerQuiet = 24 * time.Hour
	// maxOffers bounds what a device is given in that time, whatever it asks for.
	maxOffers = 4
	// offerLook is how many files of a kind are looked through: people mark a few.
	offerLook = 500
	// offerMemory is how many of a device's tasks are looked at for an earlier offer.
	offerMemory = 100
)

// What became of a device's wish, for the metrics.
const (
	offerMade     = "offered"
	offerNone     = "none"     // nothing fits, or nothing is to be offered
	offerCurrent  = "current"  // it runs that version
	offerRepeated = "repeated" // it was given the same, or enough, within offerQuiet
	offerRefused  = "refused"  // it cannot be given a task now
)

// offer answers a RequestDownload, and adds to the notice what came of it.
func (w *work) offer(n *itms.Notice) error {
	d, err := w.device(n.Device)
	if err != nil {
		return ignoreNotFound(err)
	}
	result, text, err := w.tryOffer(d, n)
	if err != nil {
		return err
	}
	w.metrics.wishes.WithLabelValues(result).Inc()
	n.Text += ": " + text
	n.Data["offer"] = result
	return nil
}

// tryOffer gives the device a file, or says why not.
func (w *work) tryOffer(d *itms.Device, n *itms.Notice) (result, text string, err error) {
	wish := readWish(d, n.Data)
	if len(wish.ignored) > 0 {
		slices.Sort(wish.ignored)
		n.Data["ignored"] = strings.Join(wish.ignored, ", ")
	}
	f, err := w.fitting(d, wish)
	switch {
	case err != nil:
		return "", "", err
	case f == nil:
		return offerNone, "no file that is offered fits it" + wish.words(), nil
	case f.FileType == itms.FileFirmware && f.Version == d.Software:
		return offerCurrent, "it runs version " + f.Version + ", the newest that is offered", nil
	}
	if out, err := w.ruledOut(d, f); err != nil || out {
		return offerRefused, "the rules have other firmware for it than " + f.Name, err
	}
	if why, err := w.offeredAlready(d, f); err != nil || why != "" {
		return offerRepeated, why, err
	}
	req := &itms.TaskRequest{Kind: itms.TaskDownload, TaskTerms: itms.TaskTerms{Retries: -1}, Spec: itms.TaskSpec{Transfer: itms.TransferSpec{File: f.ID}}}
	if err = w.checkTask(req); err == nil {
		var t *itms.Task
		if t, err = w.createTask(d, req, ActorDevice, ""); err == nil {
			n.Data["task"], n.Data["file"] = string(t.ID), string(f.ID)
			return offerMade, fmt.Sprintf("it is given %s%s", f.Name, versionWords(f)), nil
		}
	}
	switch itms.KindOf(err) {
	case itms.KindConflict, itms.KindLimit, itms.KindInvalid:
		return offerRefused, err.Error(), nil
	}
	return "", "", err
}

// versionWords tells a file's version, when it has one.
func versionWords(f *itms.File) string {
	if f.Version == "" {
		return ""
	}
	return ", version " + f.Version
}

// wish is what a device asks for.
type wish struct {
	fileType string
	version  string   // "" = any
	name     string   // "" = any
	model    string   // "" = its own
	ignored  []string // arguments that say nothing of files here
}

// words tell what is wanted beside the type.
func (q *wish) words() string {
	text := ""
	for _, part := range []struct{ name, value string }{{"version", q.version}, {"name", q.name}, {"model", q.model}} {
		if part.value != "" {
			text += fmt.Sprintf(", %s %s", part.name, clipText(part.value))
		}
	}
	return text
}

// wishPrefix begins the names of a notice's data that are arguments.
const wishPrefix = "Arg."

// readWish reads the arguments of a RequestDownload as far as they name what is known of
// files; the standard leaves their names to the file type. A version that the device runs
// already says just that.
func readWish(d *itms.Device, data map[string]string) *wish {
	q := &wish{fileType: strings.TrimSpace(data["FileType"])}
	for name, value := range data {
		arg, ok := strings.CutPrefix(name, wishPrefix)
		if value = strings.TrimSpace(value); !ok || value == "" {
			continue
		}
		switch strings.ToLower(arg) {
		case "version", "softwareversion", "fileversion", "imageversion":
			if value != d.Software {
				q.version = value
			}
		case "name", "filename", "targetfilename":
			q.name = value
		case "model", "modelname":
			q.model = value
		default:
			q.ignored = append(q.ignored, arg)
		}
	}
	return q
}

// fitting returns the newest offered file that the device may have, nil when there is
// none. What a device delivered goes back to that device only.
func (w *work) fitting(d *itms.Device, q *wish) (*itms.File, error) {
	files, err := w.tx.Files().List(itms.FileQuery{Kind: itms.KindOfFileType(q.fileType), Offer: true, Limit: offerLook})
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(files, func(f *itms.File) bool {
		return strings.EqualFold(f.FileType, q.fileType) && f.Fits(d.Model, d.Profile) && (f.Device.IsZero() || f.Device == d.ID) &&
			(q.version == "" || q.version == f.Version) && (q.name == "" || q.name == f.Name) && (q.model == "" || f.Fits(q.model, d.Profile))
	})
	if i < 0 {
		return nil, nil
	}
	return files[i], nil
}

// ruledOut reports whether a file is firmware and the operator's rules, or an order, want
// other firmware on the device.
func (w *work) ruledOut(d *itms.Device, f *itms.File) (bool, error) {
	switch {
	case f.FileType != itms.FileFirmware:
		return false, nil
	case d.Upgrade.Active():
		return d.Upgrade.Version != f.Version, nil
	}
	area, err := w.areaOf(d)
	if err != nil {
		return false, err
	}
	verdict, err := w.judge(d, area)
	return verdict.Firmware != nil && verdict.Firmware.Version != f.Version, err
}

// areaOf is the area of a device's service, "" when it has none.
func (w *work) areaOf(d *itms.Device) (string, error) {
	b, err := w.inForce(d.ID)
	if err != nil || b == nil {
		return "", err
	}
	svc, err := w.tx.Services().Get(b.Service)
	if err != nil {
		return "", err
	}
	return svc.Line.Area, nil
}

// offeredAlready says why the device is given nothing more for now, "" when it may be.
func (w *work) offeredAlready(d *itms.Device, f *itms.File) (string, error) {
	tasks, err := w.tx.Tasks().OfDevice(d.ID, "", offerMemory)
	if err != nil {
		return "", err
	}
	recent := 0
	for _, t := range tasks {
		same := t.Kind == itms.TaskDownload && t.Spec.Transfer.File == f.ID
		switch asked := t.Actor == ActorDevice && w.now.Sub(t.CreatedAt) < offerQuiet; {
		case same && !t.State.Final():
			return fmt.Sprintf("task %s brings it %s already", t.ID, f.Name), nil
		case same && asked:
			return fmt.Sprintf("it was given %s%s within %s: task %s %s", f.Name, versionWords(f), offerQuiet, t.ID, t.State), nil
		case asked:
			recent++
		}
	}
	if recent >= maxOffers {
		return fmt.Sprintf("it was given %d files within %s", recent, offerQuiet), nil
	}
	return "", nil
}

// ownImage notes that a device fetched firmware by itself, so that its next version is
// told with where it came from.
func (w *work) ownImage(n *itms.Notice) error {
	if n.Fault != 0 || n.Data["IsDownload"] != "true" || itms.KindOfFileType(n.Data["FileType"]) != itms.FileKindFirmware {
		return nil
	}
	d, err := w.device(n.Device)
	if err != nil {
		return ignoreNotFound(err)
	}
	d.Fetched = itms.OwnImage{From: n.Data["TransferURL"], At: w.now}
	return w.putDevice(d)
}

// ownImageKeep is how long a new version is put down to an image that the device fetched
// by itself.
const ownImageKeep = 24 * time.Hour

// noteSoftware journals that a device reports another version than before.
func (w *work) noteSoftware(d *itms.Device, before string) error {
	if before == "" || d.Software == before {
		return nil
	}
	text := fmt.Sprintf("device %s runs version %s now; it was %s", d.ID, clipText(d.Software), clipText(before))
	if w.now.Sub(d.Fetched.At) < ownImageKeep {
		text += fmt.Sprintf("; it fetched firmware by itself from %q", d.Fetched.From)
	}
	d.Fetched = itms.OwnImage{}
	return w.record("device.software", itms.Event{Device: d.ID, Text: text, Data: map[string]string{"before": before, "now": d.Software}})
}
