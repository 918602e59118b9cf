package postgres

import (
	"slices"

	"github.com/jackc/pgx/v5"

	"itms"
	"itms/store/internal/record"
	"itms/store/internal/wake"
)

// settings is itms.Settings.
type settings struct{ t *tx }

// setting is a row.
type setting struct {
	Key   string
	Value []byte
}

// Get returns the value.
func (s settings) Get(key string) (value []byte, err error) {
	if !record.Usable(key) {
		return nil, nil
	}
	if value, known := s.t.memory.settings[key]; known {
		return slices.Clone(value), nil
	}
	_, err = s.t.one(`select value from settings where key = $1`, []any{key}, &value)
	return value, err
}

// Put stores the value.
func (s settings) Put(key string, value []byte) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	if err := itms.CheckKey("/key", key); err != nil {
		return err
	}
	if value == nil {
		value = []byte{} // nil would be stored as null
	}
	delete(s.t.memory.settings, key)
	s.t.topics |= wake.OfSetting(key)
	return s.t.later(`insert into settings (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value`,
		key, value)
}

// Delete removes a value.
func (s settings) Delete(key string) error {
	if err := s.t.mayWrite(); err != nil || !record.Usable(key) {
		return err
	}
	delete(s.t.memory.settings, key)
	s.t.topics |= wake.OfSetting(key)
	return s.t.later(`delete from settings where key = $1`, key)
}

// List returns the values whose keys start with prefix.
func (s settings) List(prefix string) (map[string][]byte, error) {
	values := map[string][]byte{}
	if prefix != "" && !record.Usable(prefix) {
		return values, nil
	}
	list, err := all(s.t, pgx.RowToStructByPos[setting], `select key, value from settings where starts_with(key, $1)`, prefix)
	for _, p := range list {
		values[p.Key] = p.Value
	}
	return values, err
}
