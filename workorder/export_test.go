package workorder

import "context"

// Ring handles one alarm now.
func (e *Engine) Ring(ctx context.Context, key string) error {
	return e.update(ctx, func(w *work) error { return w.ring(key) })
}
