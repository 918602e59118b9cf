package boltdb

import (
	"bytes"

	"itms"
	"itms/store/internal/contacts"
	"itms/store/internal/record"
)

// writeNotes stores the contact notes of known devices.
func (t *tx) writeNotes(notes []contacts.Note) error {
	for i := range notes {
		if err := t.writeNote(&notes[i]); err != nil {
			return err
		}
	}
	return nil
}

// writeNote stores the last contact and the history of one device.
func (t *tx) writeNote(n *contacts.Note) error {
	id := n.Last.Device.String()
	if t.get(inDevices, []byte(id)) == nil {
		return nil
	}
	stored, err := find[itms.SessionSummary](t, inContacts, id)
	if err != nil {
		return err
	}
	if stored == nil || !n.Last.Started.Before(stored.Started) {
		if err := t.putSession(inContacts, []byte(id), &n.Last); err != nil {
			return err
		}
	}
	for i := range n.History {
		s := &n.History[i]
		key := append(append(under(id), instant(s.Started)...), s.ID...)
		if err := t.putSession(inSessions, key, s); err != nil {
			return err
		}
	}
	if len(n.History) == 0 {
		return nil
	}
	return t.trimSessions(id)
}

// putSession stores the document of a session.
func (t *tx) putSession(b bucket, key []byte, s *itms.SessionSummary) error {
	doc, err := record.SessionDoc(s)
	if err != nil {
		return err
	}
	return t.put(b, key, doc)
}

// trimSessions drops the oldest sessions of a device that has too many.
func (t *tx) trimSessions(id string) error {
	n := 0
	var over [][]byte
	for k := range t.descend(inSessions, under(id), nil) {
		if n++; n > itms.KeepSessions {
			over = append(over, bytes.Clone(k))
		}
	}
	for _, k := range over {
		if err := t.drop(inSessions, k); err != nil {
			return err
		}
	}
	return nil
}
