package postgres

import (
	"itms"
	"itms/store/internal/record"
)

// activations is itms.Activations.
type activations struct{ t *tx }

// Get returns the activation of a code's fingerprint.
func (a activations) Get(hash string) (*itms.Activation, error) {
	return load[itms.Activation](a.t, "activation", hash, `select doc from activations where hash = $1`, hash)
}

// Insert stores a new activation.
func (a activations) Insert(act *itms.Activation) error {
	return a.write(act, record.DuplicateActivation(),
		`insert into activations (hash, doc) values ($1, $2) on conflict do nothing`)
}

// Put replaces a known activation.
func (a activations) Put(act *itms.Activation) error {
	return a.write(act, itms.NotFound("activation", act.Hash),
		`update activations set doc = $2 where hash = $1`)
}

// write runs a statement with the activation, and fails with refused when it touches
// no row.
func (a activations) write(act *itms.Activation, refused error, sql string) error {
	if err := a.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.Activation(act)
	if err != nil {
		return err
	}
	rows, err := a.t.exec(sql, act.Hash, doc)
	if err == nil && rows == 0 {
		return refused
	}
	return err
}
