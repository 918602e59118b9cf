package postgres

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
	return load[itms.User](u.t, "user", name, `select doc from users where name = $1`, name)
}

// BySubject returns the user of a subject, which is not named.
func (u users) BySubject(subject string) (*itms.User, error) {
	return load[itms.User](u.t, "user", "", `select doc from users where subject = $1`, subject)
}

// Insert stores a new user.
func (u users) Insert(user *itms.User) error {
	return u.write(user, `insert into users (name, subject, doc) values ($1, nullif($2, ''), $3) on conflict do nothing`,
		func() error { return record.DuplicateUser(user.Name) })
}

// Put replaces a known user.
func (u users) Put(user *itms.User) error {
	return u.write(user, `update users set doc = $3 where name = $1 and coalesce(subject, '') = $2`, func() error {
		if _, err := u.Get(user.Name); err != nil {
			return err
		}
		return record.SubjectMoved()
	})
}

// write runs a statement with the user, and fails with refused when it touches no row.
func (u users) write(user *itms.User, sql string, refused func() error) error {
	if err := u.t.mayWrite(); err != nil {
		return err
	}
	_, doc, err := record.User(user)
	if err != nil {
		return err
	}
	u.t.topics |= wake.People
	rows, err := u.t.exec(sql, user.Name, user.Subject, doc)
	if err == nil && rows == 0 {
		return refused()
	}
	return err
}

// Delete removes a known user.
func (u users) Delete(name string) error {
	if err := u.t.mayWrite(); err != nil {
		return err
	}
	if !record.Usable(name) {
		return itms.NotFound("user", name)
	}
	u.t.topics |= wake.People
	rows, err := u.t.exec(`delete from users where name = $1`, name)
	if err == nil && rows == 0 {
		return itms.NotFound("user", name)
	}
	return err
}

// List returns users behind after.
func (u users) List(after string, limit int) ([]*itms.User, error) {
	if limit <= 0 || !usable(after) {
		return nil, nil
	}
	return all(u.t, pointer[itms.User], `select doc from users where name > $1 order by name limit $2`, after, limit)
}

// signIns is itms.SignIns.
type signIns struct{ t *tx }

// Get returns the session, which is not named.
func (s signIns) Get(hash string) (*itms.SignIn, error) {
	return load[itms.SignIn](s.t, "session", hash, `select doc from sign_ins where hash = $1`, hash)
}

// Put stores a session.
func (s signIns) Put(in *itms.SignIn) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	doc, err := record.SignIn(in)
	if err != nil {
		return err
	}
	return s.t.later(`insert into sign_ins (hash, person, expires, doc) values ($1, $2, $3, $4) on conflict (hash) do update
		set person = excluded.person, expires = excluded.expires, doc = excluded.doc`, in.Hash, in.User, itms.Timestamp(in.ExpiresAt), doc)
}

// OfUser returns the sessions of a user.
func (s signIns) OfUser(name string) ([]*itms.SignIn, error) {
	if !record.Usable(name) {
		return nil, nil
	}
	return all(s.t, pointer[itms.SignIn], `select doc from sign_ins where person = $1 order by hash`, name)
}

// Delete removes a session.
func (s signIns) Delete(hash string) error {
	if err := s.t.mayWrite(); err != nil {
		return err
	}
	s.t.topics |= wake.People
	if !record.Usable(hash) {
		return nil
	}
	return s.t.later(`delete from sign_ins where hash = $1`, hash)
}

// Trim removes sessions that expired.
func (s signIns) Trim(before time.Time, limit int) (int, error) {
	if err := s.t.mayWrite(); err != nil || limit <= 0 {
		return 0, err
	}
	rows, err := s.t.exec(`delete from sign_ins where hash in (select hash from sign_ins where expires < $1 order by expires, hash limit $2)`,
		before, limit)
	return int(rows), err
}
