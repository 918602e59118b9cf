package workorder

import (
	"context"

	"itms"
)

// Rehearse tells what Submit would answer to a request, and stores nothing: whether it would
// create the order, and the fingerprint of its content, which a repeat has too. Errors: those
// of Submit.
func (e *Engine) Rehearse(ctx context.Context, req itms.OrderRequest) (content string, created bool, err error) {
	in, err := validate(&req, &e.policy)
	if err != nil {
		return "", false, err
	}
	text, err := in.content()
	if err != nil {
		return "", false, err
	}
	content = e.vault.Fingerprint("order-content", text)
	err = e.view(ctx, func(w *work) error {
		known, err := w.tx.Orders().ByNumber(req.Source, in.no)
		if itms.IsKind(err, itms.KindNotFound) {
			created = true
			return nil
		}
		if err == nil {
			_, created, err = w.repeat(known, &itms.Order{Content: content})
		}
		return err
	})
	return content, created, err
}
