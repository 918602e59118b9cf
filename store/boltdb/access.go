package boltdb

import (
	"bytes"
	"time"

	"itms"
	"itms/store/internal/record"
)

// accessSessions is itms.AccessSessions.
type accessSessions struct{ t *tx }

// What the keys of inAccessFind begin with, one byte: record.AccessColumns by number, and
// all.
const accessAll = 'a'

// How a session stands in keys: those that last behind those that ended.
const (
	accessEnded  = '0'
	accessActive = '1'
)

// accessPlace is the place of a session in a list, backwards.
func accessPlace(p itms.AccessSessionPlace) []byte {
	state := byte(accessEnded)
	if p.Active {
		state = accessActive
	}
	return append(append([]byte{state}, instant(itms.Timestamp(p.Started))...), p.ID...)
}

// accessID reads the id behind state and time in a key.
func accessID(place []byte) string { return string(place[1+timeLen:]) }

// accessPrefix is what the keys of one text of a column begin with.
func accessPrefix(column int, value string) []byte {
	if column < 0 {
		return []byte{accessAll}
	}
	return append(append([]byte{byte('0' + column)}, value...), 0)
}

// accessKeys are the places of a session in lists; none for nil.
func accessKeys(s *itms.AccessSession) (keys [][]byte) {
	if s == nil {
		return nil
	}
	place := accessPlace(s.Place())
	keys = append(keys, append(accessPrefix(-1, ""), place...))
	for i, value := range record.AccessColumns(s) {
		if value != "" {
			keys = append(keys, append(accessPrefix(i, value), place...))
		}
	}
	return keys
}

// accessDue is the place of a session among those that last by their last word, or among
// those that ended by their end; nil for nil.
func accessDue(s *itms.AccessSession) []byte {
	if s == nil {
		return nil
	}
	p := itms.AccessSessionPlace{Active: s.Active(), Started: s.Ended, ID: s.ID}
	if p.Active {
		p.Started = s.Updated
	}
	return accessPlace(p)
}

// Get returns the session.
func (a accessSessions) Get(id itms.AccessSessionID) (*itms.AccessSession, error) {
	return load[itms.AccessSession](a.t, inAccess, "access session", string(id))
}

// Put stores a session and its places.
func (a accessSessions) Put(s *itms.AccessSession) error {
	if err := a.t.mayWrite(); err != nil {
		return err
	}
	kept, doc, err := record.AccessSession(s)
	if err != nil {
		return err
	}
	old, err := find[itms.AccessSession](a.t, inAccess, string(s.ID))
	if err != nil {
		return err
	}
	if err := a.index(old, kept); err != nil {
		return err
	}
	return a.t.put(inAccess, []byte(s.ID), doc)
}

// index brings the places from the old content to the new; nil = none.
func (a accessSessions) index(old, s *itms.AccessSession) error {
	keys := accessKeys(s)
	for _, key := range accessKeys(old) {
		if !containsKey(keys, key) {
			if err := a.t.drop(inAccessFind, key); err != nil {
				return err
			}
		}
	}
	for _, key := range keys {
		if err := a.t.put(inAccessFind, key, nil); err != nil {
			return err
		}
	}
	return a.t.move(inAccessDue, accessDue(old), accessDue(s), nil)
}

// containsKey reports whether a key is among some.
func containsKey(keys [][]byte, key []byte) bool {
	for _, k := range keys {
		if bytes.Equal(k, key) {
			return true
		}
	}
	return false
}

// List returns a page of sessions.
func (a accessSessions) List(q itms.AccessSessionQuery) (list []*itms.AccessSession, err error) {
	column, value, ok := record.AccessColumn(&q)
	if !ok || q.Limit <= 0 {
		return nil, nil
	}
	prefix := accessPrefix(column, value)
	var below []byte
	if q.After.ID != "" {
		below = append(bytes.Clone(prefix), accessPlace(q.After)...)
	}
	within := bytes.Clone(prefix)
	if q.Active {
		within = append(within, accessActive)
	}
	for k := range a.t.descend(inAccessFind, within, below) {
		s, err := a.Get(itms.AccessSessionID(accessID(k[len(prefix):])))
		if err != nil {
			return nil, err
		}
		if q.Selects(s) {
			list = append(list, s)
		}
		if len(list) == q.Limit {
			break
		}
	}
	return list, nil
}

// due returns the ids of sessions in a state whose time is before, in order of it.
func (a accessSessions) due(state byte, before time.Time, limit int) (ids []itms.AccessSessionID) {
	end := instant(itms.Timestamp(before))
	for k := range a.t.ascend(inAccessDue, []byte{state}, nil) {
		if len(ids) >= limit || bytes.Compare(k[1:1+timeLen], end) >= 0 {
			break
		}
		ids = append(ids, itms.AccessSessionID(accessID(k)))
	}
	return ids
}

// Silent returns sessions that last and were not heard of.
func (a accessSessions) Silent(before time.Time, limit int) (list []*itms.AccessSession, err error) {
	for _, id := range a.due(accessActive, before, limit) {
		s, err := a.Get(id)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// Trim removes sessions that ended long ago.
func (a accessSessions) Trim(before time.Time, limit int) (int, error) {
	if err := a.t.mayWrite(); err != nil {
		return 0, err
	}
	ids := a.due(accessEnded, before, limit)
	for _, id := range ids {
		old, err := a.Get(id)
		if err != nil {
			return 0, err
		}
		if err := a.index(old, nil); err != nil {
			return 0, err
		}
		if err := a.t.drop(inAccess, []byte(id)); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}
