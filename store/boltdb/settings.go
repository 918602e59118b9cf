package boltdb

import (
	"bytes"

	"itms"
	"itms/store/internal/wake"
)

// settings is itms.Settings.
type settings struct{ t *tx }

// Get returns a copy of the value.
func (s settings) Get(key string) ([]byte, error) {
	return bytes.Clone(s.t.get(inSettings, []byte(key))), nil
}

// Put stores a copy of the value.
func (s settings) Put(key string, value []byte) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	if err := itms.CheckKey("/key", key); err != nil {
		return err
	}
	s.t.topics |= wake.OfSetting(key)
	return s.t.put(inSettings, []byte(key), append([]byte{}, value...))
}

// Delete removes a value.
func (s settings) Delete(key string) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	s.t.topics |= wake.OfSetting(key)
	return s.t.drop(inSettings, []byte(key))
}

// List returns the values whose keys start with prefix.
func (s settings) List(prefix string) (map[string][]byte, error) {
	all := map[string][]byte{}
	for k, v := range s.t.ascend(inSettings, []byte(prefix), nil) {
		all[string(k)] = append([]byte{}, v...)
	}
	return all, nil
}
