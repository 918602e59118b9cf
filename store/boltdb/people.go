package boltdb

import (
	"time"

	"itms"
	"itms/store/internal/record"
	"itms/store/internal/wake"
)

// users is itms.Users.
type users struct{ t *tx }

// Get returns the user.
func (u users) Get(name string) (*itms.User, error) {
	return load[itms.User](u.t, inUsers, "user", name)
}

// BySubject returns the user of a subject.
func (u users) BySubject(subject string) (*itms.User, error) {
	name := u.t.stored(inUserSubject, subject)
	if name == nil {
		return nil, itms.NotFound("user", "")
	}
	return u.Get(string(name))
}

// Insert stores a new user.
func (u users) Insert(user *itms.User) error {
	return u.put(user, func() error {
		if u.t.stored(inUsers, user.Name) != nil || u.t.stored(inUserSubject, user.Subject) != nil {
			return record.DuplicateUser(user.Name)
		}
		if user.Subject == "" {
			return nil
		}
		return u.t.put(inUserSubject, []byte(user.Subject), []byte(user.Name))
	})
}

// Put replaces a known user.
func (u users) Put(user *itms.User) error {
	return u.put(user, func() error {
		old, err := u.Get(user.Name)
		if err == nil && old.Subject != user.Subject {
			err = record.SubjectMoved()
		}
		return err
	})
}

// put stores a user unless check refuses it.
func (u users) put(user *itms.User, check func() error) error {
	if err := u.t.mayWrite(); err != nil {
		return err
	}
	kept, doc, err := record.User(user)
	if err != nil {
		return err
	}
	if err := check(); err != nil {
		return err
	}
	u.t.topics |= wake.People
	return u.t.keep(inUsers, user.Name, doc, kept)
}

// Delete removes a known user.
func (u users) Delete(name string) error {
	if err := u.t.mayWrite(); err != nil {
		return err
	}
	old, err := u.Get(name)
	if err != nil {
		return err
	}
	u.t.topics |= wake.People
	if err := u.t.drop(inUserSubject, []byte(old.Subject)); err != nil {
		return err
	}
	return u.t.drop(inUsers, []byte(name))
}

// List returns users behind after.
func (u users) List(after string, limit int) ([]*itms.User, error) {
	var list []*itms.User
	for k, doc := range u.t.ascend(inUsers, nil, []byte(after)) {
		if len(list) >= limit {
			break
		}
		if string(k) == after {
			continue
		}
		user, err := record.Decode[itms.User](doc)
		if err != nil {
			return nil, err
		}
		list = append(list, user)
	}
	return list, nil
}

// signIns is itms.SignIns.
type signIns struct{ t *tx }

// Get returns the session.
func (s signIns) Get(hash string) (*itms.SignIn, error) {
	return load[itms.SignIn](s.t, inSignIns, "session", hash)
}

// signInDueKey is where a session stands by its end.
func signInDueKey(s *itms.SignIn) []byte { return append(instant(s.ExpiresAt), s.Hash...) }

// Put stores a session.
func (s signIns) Put(in *itms.SignIn) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.SignIn(in)
	if err != nil {
		return err
	}
	if err := s.unlist(in.Hash); err != nil {
		return err
	}
	c := *in
	c.ExpiresAt = itms.Timestamp(in.ExpiresAt)
	if err := s.t.put(inSignInUser, join(in.User, in.Hash), nil); err != nil {
		return err
	}
	if err := s.t.put(inSignInDue, signInDueKey(&c), []byte(in.Hash)); err != nil {
		return err
	}
	return s.t.put(inSignIns, []byte(in.Hash), doc)
}

// unlist removes what finds a session, if it is there.
func (s signIns) unlist(hash string) error {
	doc := s.t.stored(inSignIns, hash)
	if doc == nil {
		return nil
	}
	old, err := record.Decode[itms.SignIn](doc)
	if err != nil {
		return err
	}
	if err := s.t.drop(inSignInUser, join(old.User, old.Hash)); err != nil {
		return err
	}
	return s.t.drop(inSignInDue, signInDueKey(old))
}

// OfUser returns the sessions of a user.
func (s signIns) OfUser(name string) ([]*itms.SignIn, error) {
	if !record.Usable(name) {
		return nil, nil
	}
	prefix := under(name)
	var list []*itms.SignIn
	for k := range s.t.ascend(inSignInUser, prefix, nil) {
		in, err := s.Get(string(k[len(prefix):]))
		if err != nil {
			return nil, err
		}
		list = append(list, in)
	}
	return list, nil
}

// Delete removes a session.
func (s signIns) Delete(hash string) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	s.t.topics |= wake.People
	return s.remove(hash)
}

// remove removes a session and what finds it.
func (s signIns) remove(hash string) error {
	if err := s.unlist(hash); err != nil || !record.Usable(hash) {
		return err
	}
	return s.t.drop(inSignIns, []byte(hash))
}

// Trim removes sessions that expired.
func (s signIns) Trim(before time.Time, limit int) (int, error) {
	if err := s.t.mayWrite(); err != nil {
		return 0, err
	}
	var gone []string
	for k, hash := range s.t.ascend(inSignInDue, nil, nil) {
		if len(gone) >= limit || !readInstant(k).Before(before) {
			break
		}
		gone = append(gone, string(hash))
	}
	for _, hash := range gone {
		if err := s.remove(hash); err != nil {
			return 0, err
		}
	}
	return len(gone), nil
}
