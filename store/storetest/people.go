package storetest

import (
	"fmt"
	"testing"
	"time"

	"itms"
)

// user is the i-th user, every field filled.
func user(i int) *itms.User {
	return &itms.User{Name: fmt.Sprintf("user%d", i), DisplayName: "Li Example", Role: itms.RoleHelpDesk, Areas: itms.Areas{"51", "52"},
		Disabled: true, Password: "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA", PasswordDue: true, PasswordAt: epoch,
		Subject: fmt.Sprintf("https://id.example.com %d", i), SignedInAt: epoch, CreatedAt: epoch, UpdatedAt: epoch}
}

// storedUser is user as it comes back.
func storedUser(i int) *itms.User {
	u := user(i)
	u.PasswordAt, u.SignedInAt, u.CreatedAt, u.UpdatedAt = stored, stored, stored, stored
	return u
}

// localUser is a user whom no provider vouches for.
func localUser(i int) *itms.User {
	u := user(i)
	u.Subject = ""
	return u
}

func testUsers(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		both(t, h, func(s itms.Store) {
			update(t, s, func(tx itms.Tx) error {
				for _, i := range []int{2, 1, 10} {
					if err := tx.Users().Insert(user(i)); err != nil {
						return err
					}
				}
				return nil
			})
		}, func(s itms.Store) {
			all := read(t, s, func(tx itms.Tx) ([]*itms.User, error) { return tx.Users().List("", 9) })
			equal(t, "users", all, []*itms.User{storedUser(1), storedUser(10), storedUser(2)})
			page := read(t, s, func(tx itms.Tx) ([]*itms.User, error) { return tx.Users().List("user1", 1) })
			equal(t, "page", page, []*itms.User{storedUser(10)})
			one := read(t, s, func(tx itms.Tx) (*itms.User, error) { return tx.Users().BySubject("https://id.example.com 2") })
			equal(t, "user by subject", one, storedUser(2))
		})
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){"Outcomes": userOutcomes, "Deleted": userDeleted})
}

// userOutcomes: names and subjects are unique, and a user stays who it is.
func userOutcomes(t *testing.T, s itms.Store) {
	update(t, s, func(tx itms.Tx) error {
		if err := tx.Users().Insert(user(1)); err != nil {
			return err
		}
		wantCode(t, "same name", tx.Users().Insert(localUser(1)), itms.KindConflict, itms.CodeDuplicate)
		other := user(1)
		other.Name = "other"
		wantCode(t, "same subject", tx.Users().Insert(other), itms.KindConflict, itms.CodeDuplicate)
		wantCode(t, "no name", tx.Users().Insert(&itms.User{}), itms.KindInvalid, itms.CodeInvalid)
		wantNotFound(t, "Put", tx.Users().Put(user(2)))
		wantCode(t, "other subject", tx.Users().Put(localUser(1)), itms.KindInvalid, itms.CodeInvalid)
		wantNotFound(t, "Delete", tx.Users().Delete("other"))
		wantNotFound(t, "Delete of nothing", tx.Users().Delete(""))
		for _, name := range []string{"", "user", "\xff", "a\x00"} {
			_, err := tx.Users().Get(name)
			wantNotFound(t, "Get", err)
			_, err = tx.Users().BySubject(name)
			wantNotFound(t, "BySubject", err)
		}
		u := user(1)
		u.Role = itms.RoleAdmin
		if err := tx.Users().Insert(localUser(3)); err != nil { // the second without a subject
			return err
		}
		return first(tx.Users().Insert(localUser(4)), tx.Users().Put(u))
	})
	u := read(t, s, func(tx itms.Tx) (*itms.User, error) { return tx.Users().Get("user1") })
	equal(t, "role", u.Role, itms.RoleAdmin)
}

// first returns the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// userDeleted: name and subject are free again, and readers are woken.
func userDeleted(t *testing.T, s itms.Store) {
	hints := s.Wake(t.Context(), itms.TopicPeople)
	update(t, s, func(tx itms.Tx) error { return tx.Users().Insert(user(1)) })
	<-hints
	update(t, s, func(tx itms.Tx) error { return tx.Users().Delete("user1") })
	<-hints
	again := user(1)
	again.Name = "again"
	update(t, s, func(tx itms.Tx) error { return tx.Users().Insert(again) })
	equal(t, "user by subject", read(t, s, func(tx itms.Tx) (*itms.User, error) { return tx.Users().BySubject(again.Subject) }).Name, "again")
}

// signIn is the n-th session of a user; each expires a minute later.
func signIn(i, n int) *itms.SignIn {
	return &itms.SignIn{Hash: fmt.Sprintf("%d-%03d", i, n), User: fmt.Sprintf("user%d", i), By: itms.ByOIDC, CreatedAt: epoch, UsedAt: epoch,
		ExpiresAt: epoch.Add(time.Duration(n) * time.Minute)}
}

// storedSignIn is signIn as it comes back.
func storedSignIn(i, n int) *itms.SignIn {
	s := signIn(i, n)
	s.CreatedAt, s.UsedAt, s.ExpiresAt = stored, stored, stored.Add(time.Duration(n)*time.Minute)
	return s
}

// putSignIns stores sessions.
func putSignIns(t *testing.T, s itms.Store, list ...*itms.SignIn) {
	t.Helper()
	update(t, s, func(tx itms.Tx) error {
		for _, in := range list {
			if err := tx.SignIns().Put(in); err != nil {
				return err
			}
		}
		return nil
	})
}

// sessionsOf reads the sessions of a user.
func sessionsOf(t *testing.T, s itms.Store, name string) []*itms.SignIn {
	t.Helper()
	return read(t, s, func(tx itms.Tx) ([]*itms.SignIn, error) { return tx.SignIns().OfUser(name) })
}

func testSignIns(t *testing.T, h Harness) {
	t.Run("Kept", func(t *testing.T) {
		both(t, h, func(s itms.Store) { putSignIns(t, s, signIn(1, 2), signIn(1, 1), signIn(11, 1)) }, func(s itms.Store) {
			equal(t, "sessions", sessionsOf(t, s, "user1"), []*itms.SignIn{storedSignIn(1, 1), storedSignIn(1, 2)})
			one := read(t, s, func(tx itms.Tx) (*itms.SignIn, error) { return tx.SignIns().Get("11-001") })
			equal(t, "session", one, storedSignIn(11, 1))
		})
	})
	h.cases(t, map[string]func(*testing.T, itms.Store){"Outcomes": signInOutcomes, "Trim": signInTrim})
}

// signInOutcomes: a session may be stored again, and goes for good.
func signInOutcomes(t *testing.T, s itms.Store) {
	putSignIns(t, s, signIn(1, 1), signIn(1, 2))
	moved := signIn(1, 1)
	moved.User, moved.ExpiresAt = "user2", epoch.Add(time.Hour)
	putSignIns(t, s, moved)
	equal(t, "sessions", len(sessionsOf(t, s, "user1"))+10*len(sessionsOf(t, s, "user2")), 11)
	equal(t, "sessions of nobody", len(sessionsOf(t, s, ""))+len(sessionsOf(t, s, "user")), 0)
	hints := s.Wake(t.Context(), itms.TopicPeople)
	update(t, s, func(tx itms.Tx) error {
		wantCode(t, "no hash", tx.SignIns().Put(&itms.SignIn{User: "x"}), itms.KindInvalid, itms.CodeInvalid)
		wantCode(t, "no user", tx.SignIns().Put(&itms.SignIn{Hash: "x"}), itms.KindInvalid, itms.CodeInvalid)
		_, err := tx.SignIns().Get("1-00")
		wantNotFound(t, "Get", err)
		return first(tx.SignIns().Delete("unknown"), tx.SignIns().Delete(""), tx.SignIns().Delete("1-001"))
	})
	<-hints
	equal(t, "sessions left", len(sessionsOf(t, s, "user2")), 0)
}

// signInTrim: what expired goes, the oldest first.
func signInTrim(t *testing.T, s itms.Store) {
	putSignIns(t, s, signIn(1, 3), signIn(1, 1), signIn(1, 2))
	trim := func(before time.Time, limit, want int) {
		t.Helper()
		update(t, s, func(tx itms.Tx) error {
			n, err := tx.SignIns().Trim(before, limit)
			if err == nil && n != want {
				t.Errorf("%d trimmed, want %d", n, want)
			}
			return err
		})
	}
	trim(stored.Add(time.Minute), 9, 0)
	trim(stored.Add(2*time.Minute).Add(time.Second), 1, 1)
	equal(t, "sessions", sessionsOf(t, s, "user1"), []*itms.SignIn{storedSignIn(1, 2), storedSignIn(1, 3)})
	trim(stored.Add(3*time.Minute), 9, 1)
	trim(stored.Add(3*time.Minute), 0, 0)
	equal(t, "sessions", sessionsOf(t, s, "user1"), []*itms.SignIn{storedSignIn(1, 3)})
}
