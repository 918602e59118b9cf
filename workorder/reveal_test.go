package workorder_test

import (
	"strings"
	"testing"

	"itms"
)

func TestRevealTellsASecretAndWhoWantedIt(t *testing.T) {
	w := newWorld(t)
	w.post(install("WO-1", "S1", mac1))
	secret, err := w.engine.Reveal(t.Context(), "ann", "S1", itms.SecretService, "the customer asked")
	if err != nil || secret.Reveal() != servicePassword {
		t.Fatalf("%v, %v", secret, err)
	}
	var events []itms.Event
	w.view(func(tx itms.Tx) (err error) {
		events, err = tx.Journal().After(0, 1000)
		return err
	})
	last := events[len(events)-1]
	if last.Type != "service.revealed" || last.Actor != "ann" || last.Service != "S1" || !strings.Contains(last.Text, "the customer asked") ||
		strings.Contains(last.Text, servicePassword) {
		t.Errorf("journalled %+v", last)
	}
}

func TestRevealRefuses(t *testing.T) {
	w := newWorld(t)
	w.post(install("WO-1", "S1", mac1))
	for name, c := range map[string]struct {
		id     itms.ServiceID
		which  itms.ServiceSecret
		reason string
		kind   itms.Kind
	}{
		"no such service": {"S9", itms.SecretService, "x", itms.KindNotFound},
		"no such secret":  {"S1", "odd", "x", itms.KindInvalid},
		"no reason":       {"S1", itms.SecretService, "", itms.KindInvalid},
	} {
		if secret, err := w.engine.Reveal(t.Context(), "ann", c.id, c.which, c.reason); itms.KindOf(err) != c.kind || !secret.IsZero() {
			t.Errorf("%s: %v, %v", name, secret, err)
		}
	}
}
