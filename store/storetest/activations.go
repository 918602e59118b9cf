package storetest

import (
	"testing"

	"itms"
)

func testActivations(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error { return tx.Activations().Insert(activation("a0")) })
		}, func(s itms.Store) { equal(t, "activation", activationOf(t, s, "a0"), storedActivation("a0")) })
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){
		"Unknown": activationUnknown, "Duplicate": activationDuplicate, "Put": activationPut,
	})
}

// activationOf reads one activation.
func activationOf(t *testing.T, s itms.Store, hash string) *itms.Activation {
	t.Helper()
	return read(t, s, func(tx itms.Tx) (*itms.Activation, error) { return tx.Activations().Get(hash) })
}

// activationUnknown: near misses are not found, whatever they hold, and Put makes
// none.
func activationUnknown(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "Insert", tx.Activations().Insert(&itms.Activation{}), itms.KindInvalid, itms.CodeInvalid)
		wantCode(t, "Put", tx.Activations().Put(&itms.Activation{}), itms.KindInvalid, itms.CodeInvalid)
		wantNotFound(t, "Put", tx.Activations().Put(activation("a")))
		return tx.Activations().Insert(activation("a0"))
	})
	view(t, s, func(tx itms.Tx) error {
		for _, hash := range []string{"a", "a00", "A0", "", "a0\x00", "\xff"} {
			_, err := tx.Activations().Get(hash)
			wantNotFound(t, hash, err)
		}
		_, err := tx.Activations().Get("a0")
		return err
	})
}

// activationDuplicate: a fingerprint is taken once; the loser leaves nothing and the
// transaction goes on.
func activationDuplicate(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error { return tx.Activations().Insert(activation("a")) })
	again := activation("a")
	again.Order = "bss-00002"
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "taken", tx.Activations().Insert(again), itms.KindConflict, itms.CodeDuplicate)
		if err := tx.Activations().Insert(activation("b")); err != nil {
			return err
		}
		wantCode(t, "own insert", tx.Activations().Insert(activation("b")), itms.KindConflict, itms.CodeDuplicate)
		return nil
	})
	equal(t, "the first", activationOf(t, s, "a"), storedActivation("a"))
	equal(t, "the second", activationOf(t, s, "b"), storedActivation("b"))
}

// activationPut: Put replaces everything, and a transaction sees its own writes.
func activationPut(t *testing.T, s itms.Store) {
	next := &itms.Activation{Hash: "a", Order: "bss-00001", State: itms.ActivationRevoked, IssuedAt: stored, ExpiresAt: stored}
	update(t, s, func(tx itms.Tx) error {
		if err := tx.Activations().Insert(activation("a")); err != nil {
			return err
		}
		if err := tx.Activations().Put(next); err != nil {
			return err
		}
		got, err := tx.Activations().Get("a")
		equal(t, "within", got, next)
		return err
	})
	equal(t, "after", activationOf(t, s, "a"), next)
}
