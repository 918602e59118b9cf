package workorder

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"itms"
)

// Bounds of what is told of a file.
const (
	maxFileName   = 128 // bytes; some of it becomes part of an address
	maxFileWord   = 64  // bytes of a version or a model, as devices report them
	maxFileModels = 64  // more are a family: "STB-*"
	maxFileNote   = 500 // bytes; a sentence or three
)

// fileTypeOf is the FileType of Download for kinds that have one.
var fileTypeOf = map[itms.FileKind]string{
	itms.FileKindFirmware: itms.FileFirmware,
	itms.FileKindConfig:   "3 Vendor Configuration File",
}

// AddFile stores a file that a person uploads; body is read to its end, a chunk at a time.
// Errors: KindInvalid with pointers such as "/name", also when the content is not the one
// that SHA256 announces; KindConflict with CodeDuplicate when a file of the same name,
// version and content exists; KindLimit with CodeTooLarge; those of body as they are.
func (e *Engine) AddFile(ctx context.Context, actor string, u itms.FileUpload, body io.Reader) (*itms.File, error) {
	u, err := checkUpload(u)
	if err != nil {
		return nil, err
	}
	if u.Size > e.policy.MaxFile {
		return nil, tooLarge(e.policy.MaxFile)
	}
	if u.SHA256 != "" { // told early: a large file need not be sent in vain
		if err := e.view(ctx, func(w *work) error { return w.sameFile(u.Name, u.Version, u.SHA256) }); err != nil {
			return nil, err
		}
	}
	c, err := e.takeContent(ctx, body, e.policy.MaxFile)
	if err != nil {
		return nil, err
	}
	var f *itms.File
	err = checkContent(u, c)
	if err == nil {
		err = e.update(ctx, func(w *work) (err error) {
			f, err = w.addFile(u, c, actor)
			return err
		})
	}
	if err != nil {
		e.abandon(ctx, c)
		return nil, err
	}
	return f, nil
}

// checkUpload fills in what follows from the rest and reports what is wrong.
func checkUpload(u itms.FileUpload) (itms.FileUpload, error) {
	if u.Kind == "" {
		u.Kind = itms.FileKindFirmware
		if u.FileType != "" {
			u.Kind = itms.KindOfFileType(u.FileType)
		}
	}
	if u.FileType == "" {
		u.FileType = fileTypeOf[u.Kind]
	}
	u.SHA256 = strings.ToLower(u.SHA256)
	var wrong []itms.FieldError
	check := func(pointer, text string, most int, required bool) {
		if complaint := wrongText(text, most, required); complaint != "" {
			wrong = append(wrong, itms.FieldError{Pointer: pointer, Text: complaint})
		}
	}
	check("/name", u.Name, maxFileName, true)
	check("/fileType", u.FileType, itms.FileTypeLength, true)
	check("/version", u.Version, maxFileWord, false)
	check("/note", u.Note, maxFileNote, false)
	for _, model := range u.Models {
		check("/models", model, maxFileWord, true)
	}
	wrong = append(wrong, wrongWords(u)...)
	if len(wrong) > 0 {
		return u, &itms.Error{Kind: itms.KindInvalid, Code: itms.CodeInvalid, Text: "the file cannot be taken", Fields: wrong}
	}
	return u, nil
}

// wrongWords reports what is wrong with the words of an upload that are more than text.
func wrongWords(u itms.FileUpload) (wrong []itms.FieldError) {
	complain := func(pointer, format string, args ...any) {
		wrong = append(wrong, itms.FieldError{Pointer: pointer, Text: fmt.Sprintf(format, args...)})
	}
	if strings.ContainsAny(u.Name, `/\`) || strings.Trim(u.Name, ".") == "" && u.Name != "" {
		complain("/name", "expected a file name without a path")
	}
	if !slices.Contains(itms.FileKinds, u.Kind) {
		complain("/kind", "expected one of %s", listOf(itms.FileKinds))
	}
	if u.Offer && u.Kind == itms.FileKindFirmware && u.Version == "" {
		complain("/version", "is required for firmware that is offered: a device that runs it must not be given it")
	}
	if len(u.Models) > maxFileModels {
		complain("/models", "has more than %d entries", maxFileModels)
	}
	if sum, err := hex.DecodeString(u.SHA256); u.SHA256 != "" && (err != nil || len(sum) != 32) {
		complain("/sha256", "expected 64 hexadecimal digits")
	}
	return wrong
}

// listOf writes words for a message.
func listOf[S ~string](words []S) string {
	list := make([]string, len(words))
	for i, word := range words {
		list[i] = string(word)
	}
	return strings.Join(list, ", ")
}

// wrongText says what is wrong with one line of text, "" when nothing is.
func wrongText(text string, most int, required bool) string {
	switch {
	case required && strings.TrimSpace(text) == "":
		return "is required"
	case len(text) > most:
		return fmt.Sprintf("is longer than %d bytes", most)
	case !utf8.ValidString(text):
		return "is not valid UTF-8"
	case strings.ContainsFunc(text, unicode.IsControl):
		return "contains a control character"
	}
	return ""
}

// checkContent compares a content with what was announced.
func checkContent(u itms.FileUpload, c content) error {
	switch {
	case c.size == 0:
		return itms.Errorf(itms.KindInvalid, itms.CodeInvalid, "the file is empty")
	case u.SHA256 != "" && u.SHA256 != c.sum:
		return itms.Invalid("/sha256", "the content that arrived has SHA-256 %s", c.sum)
	}
	return nil
}

// addFile makes a content visible as a file.
func (w *work) addFile(u itms.FileUpload, c content, actor string) (*itms.File, error) {
	if err := w.sameFile(u.Name, u.Version, c.sum); err != nil {
		return nil, err
	}
	f := &itms.File{ID: c.id, Name: u.Name, Kind: u.Kind, FileType: u.FileType, Version: u.Version, Models: u.Models,
		Size: c.size, SHA256: c.sum, CreatedAt: w.now, Actor: actor, Note: u.Note, Offer: u.Offer}
	if err := w.settleContent(c); err != nil {
		return nil, err
	}
	if err := w.tx.Files().Insert(f); err != nil {
		return nil, err
	}
	return f, w.recordFile("file.added", f, actor, fmt.Sprintf("file %s (%s, %d bytes) was added by %s", f.Name, f.Kind, f.Size, actor))
}

// sameLook is how many files of one content are looked at for one of the same name: more
// than anybody gives names to.
const sameLook = 100

// sameFile refuses a file that exists with the same name, version and content. What a
// device delivered is not counted: its name says which device and when.
func (w *work) sameFile(name, version, sum string) error {
	same, err := w.tx.Files().List(itms.FileQuery{SHA256: sum, Limit: sameLook})
	if err != nil {
		return err
	}
	for _, f := range same {
		if f.Name == name && f.Version == version && f.Device.IsZero() {
			return itms.Errorf(itms.KindConflict, itms.CodeDuplicate, "file %s has the same name, version and content", f.ID)
		}
	}
	return nil
}

// OfferFile says whether devices that ask for a file of its type may be given this one,
// and returns it. Errors: KindNotFound; KindInvalid for firmware without a version.
func (e *Engine) OfferFile(ctx context.Context, actor string, id itms.FileID, offer bool) (f *itms.File, err error) {
	err = e.update(ctx, func(w *work) error {
		if f, err = w.tx.Files().Get(id); err != nil || f.Offer == offer {
			return err
		}
		if offer && f.Kind == itms.FileKindFirmware && f.Version == "" {
			return itms.Invalid("/offer", "needs firmware with a version: a device that runs it must not be given it")
		}
		f.Offer = offer
		if err := w.tx.Files().Put(f); err != nil {
			return err
		}
		word := "is offered to devices that ask for one"
		if !offer {
			word = "is offered to devices no more"
		}
		return w.recordFile("file.offer", f, actor, fmt.Sprintf("file %s %s, says %s", f.Name, word, actor))
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// recordFile journals what became of a file.
func (w *work) recordFile(typ string, f *itms.File, actor, text string) error {
	return w.record(typ, itms.Event{Device: f.Device, Actor: actor, Text: text,
		Data: map[string]string{"file": string(f.ID), "name": f.Name, "sha256": f.SHA256, "version": f.Version}})
}

// DeleteFile removes a file and returns it as it was; its content goes soon after. Errors: KindNotFound;
// KindConflict with CodeFileInUse while a device may fetch it.
func (e *Engine) DeleteFile(ctx context.Context, actor string, id itms.FileID) (f *itms.File, err error) {
	err = e.update(ctx, func(w *work) error {
		if f, err = w.tx.Files().Get(id); err != nil {
			return err
		}
		if err := w.unused(id); err != nil {
			return err
		}
		return w.deleteFile(f, actor)
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// unused refuses when a device may fetch a file.
func (w *work) unused(id itms.FileID) error {
	const most = 2 // the upload it came by, at most, and one that counts
	using, err := w.tx.Transfers().Using(id, most)
	if err != nil {
		return err
	}
	for _, t := range using {
		if !t.Upload && t.Open(w.now) {
			way := fmt.Sprintf("cancel task %s first, or wait", t.Task)
			if t.Task == upgradeTask(t.Device) {
				way = "wait, or take it out of the firmware rules and restart"
			}
			return itms.Errorf(itms.KindConflict, itms.CodeFileInUse, "device %s may fetch file %s until %s: %s",
				t.Device, id, t.ExpiresAt.Format(time.RFC3339), way)
		}
	}
	return nil
}

// deleteFile removes a file and has its chunks removed.
func (w *work) deleteFile(f *itms.File, actor string) error {
	if err := w.tx.Files().Delete(f.ID); err != nil {
		return err
	}
	if err := w.tx.Agenda().Set(sweepAlarm(f.ID), w.now); err != nil {
		return err
	}
	return w.recordFile("file.deleted", f, actor, fmt.Sprintf("file %s was deleted by %s", f.Name, actor))
}

// FileChunk returns a part of a file's content; see itms.Files.
func (e *Engine) FileChunk(ctx context.Context, id itms.FileID, n int) (chunk []byte, err error) {
	err = e.store.View(ctx, func(tx itms.Tx) error {
		chunk, err = tx.Files().Chunk(id, n)
		return err
	})
	return chunk, err
}
