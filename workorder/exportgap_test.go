package workorder

import "context"

// TrimNow trims the journal as its alarm would.
func (e *Engine) TrimNow(ctx context.Context) error {
	return e.update(ctx, func(w *work) error { return w.trimJournal("") })
}
