package workorder

import (
	"context"
	"fmt"

	"itms"
)

// Reveal opens a secret of a service and journals who wanted it and why: it is for an
// agent who reads a password out to the customer whose it is. Errors: KindNotFound for
// the service and for a secret that it does not have; KindInvalid for a name that is
// none, and without a reason.
func (e *Engine) Reveal(ctx context.Context, actor string, id itms.ServiceID, which itms.ServiceSecret, reason string) (secret itms.Secret, err error) {
	if reason == "" {
		return secret, itms.Invalid("/reason", "is required")
	}
	err = e.update(ctx, func(w *work) error {
		svc, err := w.tx.Services().Get(id)
		if err != nil {
			return err
		}
		sealed := svc.Password
		switch which {
		case itms.SecretService:
		case itms.SecretAccess:
			sealed = svc.Access.Password
		default:
			return itms.Invalid("/secret", "is neither %s nor %s", itms.SecretService, itms.SecretAccess)
		}
		if len(sealed) == 0 {
			return itms.NotFound("secret", string(which))
		}
		clear, err := w.vault.Unseal(sealed)
		if err != nil {
			return err
		}
		secret = itms.NewSecret(clear)
		return w.record("service.revealed", itms.Event{Service: id, Area: svc.Line.Area, Actor: actor,
			Text: fmt.Sprintf("%s of service %s was shown to %s: %s", which, id, actor, reason), Data: map[string]string{"secret": string(which)}})
	})
	if err != nil {
		return itms.Secret{}, err
	}
	return secret, nil
}
