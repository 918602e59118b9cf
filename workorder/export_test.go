package workorder

import "context"

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
