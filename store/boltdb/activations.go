package boltdb

import (
	"itms"
	"itms/store/internal/record"
)

// activations is itms.Activations.
type activations struct{ t *tx }

// Get returns the activation of a code's fingerprint.
func (a activations) Get(hash string) (*itms.Activation, error) {
	return load[itms.Activation](a.t, inActivations, "activation", hash)
}

// Insert stores a new activation.
func (a activations) Insert(act *itms.Activation) error {
	if err := a.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.Activation(act)
	if err != nil {
		return err
	}
	if a.t.get(inActivations, []byte(act.Hash)) != nil {
		return record.DuplicateActivation()
	}
	return a.t.put(inActivations, []byte(act.Hash), doc)
}

// Put replaces a known activation.
func (a activations) Put(act *itms.Activation) error {
	if err := a.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.Activation(act)
	if err != nil {
		return err
	}
	if a.t.get(inActivations, []byte(act.Hash)) == nil {
		return itms.NotFound("activation", act.Hash)
	}
	return a.t.put(inActivations, []byte(act.Hash), doc)
}
