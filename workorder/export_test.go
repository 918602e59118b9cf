package workorder

import (
	"context"
	"encoding/json"
	"time"

	"itms"
)

// RollUp is rollUp.
func RollUp(items []itms.ServiceOrderState) itms.ServiceOrderState { return rollUp(items) }

// Ring handles one alarm now.
func (e *Engine) Ring(ctx context.Context, key string) error {
	return e.update(ctx, func(w *work) error { return w.ring(key) })
}

// RingDue handles every alarm that is due.
func (e *Engine) RingDue(ctx context.Context) error {
	for {
		if wait, err := e.ringDue(ctx); err != nil || wait > 0 {
			return err
		}
	}
}

// OpenDownload is openDownload in a transaction of its own.
func (e *Engine) OpenDownload(ctx context.Context, id itms.DeviceID, task itms.TaskID, file itms.FileID, ttl time.Duration) (url, user, password string, err error) {
	err = e.update(ctx, func(w *work) error {
		f, err := w.tx.Files().Get(file)
		if err == nil {
			url, user, password, err = w.openDownload(&itms.Device{ID: id}, task, f, ttl)
		}
		return err
	})
	return url, user, password, err
}

// OpenUpload is openUpload in a transaction of its own.
func (e *Engine) OpenUpload(ctx context.Context, id itms.DeviceID, task itms.TaskID, fileType string, ttl time.Duration) (url, user, password string, err error) {
	err = e.update(ctx, func(w *work) error {
		url, user, password, err = w.openUpload(&itms.Device{ID: id}, task, fileType, ttl)
		return err
	})
	return url, user, password, err
}

// CloseTransfers is closeTransfers in a transaction of its own.
func (e *Engine) CloseTransfers(ctx context.Context, task itms.TaskID) error {
	return e.update(ctx, func(w *work) error { return w.closeTransfers(task) })
}

// Measure reads the result of a test out of a tree and returns it as it would be stored.
func Measure(test *itms.Diagnostic, tree *itms.ParamTree) ([]byte, error) {
	d := measure(test, tree, test.Objects[0])
	derive(d)
	return json.Marshal(d)
}

// DeviceWords are what badges say of devices.
var DeviceWords = deviceWords
