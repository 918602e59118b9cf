package people

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"itms"
)

// userName is what a name may be: it stands in addresses, logs and histories.
var userName = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{0,63}$`)

// maxDisplay bounds the name that is shown, in bytes.
const maxDisplay = 128

// reserved are names that histories use for others than people.
var reserved = []string{"system", "local"}

// User returns a person. Errors: KindNotFound.
func (s *Service) User(ctx context.Context, name string) (u *itms.User, err error) {
	err = s.store.View(ctx, func(tx itms.Tx) error {
		u, err = tx.Users().Get(canonicalName(name))
		return err
	})
	return u, err
}

// AddUser makes a user and returns the one-time password, which must be changed at the
// first sign-in; "" when one was given. Errors: KindInvalid with pointers, KindConflict with
// CodeDuplicate.
func (s *Service) AddUser(ctx context.Context, r itms.UserRequest) (*itms.User, itms.Secret, error) {
	u := &itms.User{Name: canonicalName(r.Name), PasswordDue: r.Password.IsZero() || !r.Settled}
	if !nameFits(u.Name) {
		return nil, itms.Secret{}, itms.Invalid("/name", "expected 1 to 64 small letters, digits, . _ - or @, beginning with a letter or digit; not %s",
			strings.Join(reserved, " or "))
	}
	if err := fill(u, r); err != nil {
		return nil, itms.Secret{}, err
	}
	clear, made, err := s.firstPassword(ctx, u.Name, r.Password)
	if err != nil {
		return nil, itms.Secret{}, err
	}
	err = s.store.Update(ctx, func(tx itms.Tx) error {
		now := s.now()
		u.Password, u.PasswordAt, u.CreatedAt, u.UpdatedAt = made, now, now, now
		err := tx.Users().Insert(u)
		if itms.IsKind(err, itms.KindConflict) {
			return itms.Errorf(itms.KindConflict, itms.CodeDuplicate, "there is a user %q already", u.Name)
		}
		return err
	})
	return u, clear, err
}

// firstPassword returns the hash of a given password, or of a new one, which it returns
// too.
func (s *Service) firstPassword(ctx context.Context, name string, given itms.Secret) (oneTime itms.Secret, made string, err error) {
	if given.IsZero() {
		oneTime = itms.NewSecret(newOneTime())
		made, err = s.hash(ctx, oneTime.Reveal())
		return oneTime, made, err
	}
	if err := checkPassword("/password", name, given.Reveal()); err != nil {
		return itms.Secret{}, "", err
	}
	made, err = s.hash(ctx, given.Reveal())
	return itms.Secret{}, made, err
}

// nameFits reports whether a name may be a user's.
func nameFits(name string) bool {
	return userName.MatchString(name) && !slices.Contains(reserved, name)
}

// fill checks what may be changed of a user and sets it.
func fill(u *itms.User, r itms.UserRequest) error {
	if err := checkRole(r.Role); err != nil {
		return err
	}
	display := strings.TrimSpace(r.DisplayName)
	if len(display) > maxDisplay || !utf8.ValidString(display) || strings.ContainsFunc(display, unicode.IsControl) {
		return itms.Invalid("/displayName", "expected one line of at most %d bytes", maxDisplay)
	}
	areas, err := itms.ParseAreas("/areas", r.Areas)
	if err != nil {
		return err
	}
	if r.Role == itms.RoleAdmin && areas != nil {
		return adminEverywhere()
	}
	u.Role, u.DisplayName, u.Areas, u.Disabled = r.Role, display, areas, r.Disabled
	return nil
}

// adminEverywhere refuses an admin of some areas.
func adminEverywhere() error {
	return itms.Invalid("/areas", "an admin is one everywhere: who may make users and tokens may make one without areas")
}

// checkRole refuses unknown roles.
func checkRole(role itms.Role) error {
	if slices.Contains(itms.Roles, role) {
		return nil
	}
	var names []string
	for _, known := range itms.Roles {
		names = append(names, string(known))
	}
	return itms.Invalid("/role", "expected one of %s", strings.Join(names, ", "))
}

// SetUser changes what a person is called, may do and where. It acts at once, on open
// sessions too. Errors: KindNotFound, KindInvalid with pointers, KindConflict with
// CodeUserState when no admin were left.
func (s *Service) SetUser(ctx context.Context, name string, r itms.UserRequest) (u *itms.User, err error) {
	err = s.change(ctx, name, func(tx itms.Tx, stored *itms.User) error {
		u = stored
		if err := fill(stored, r); err != nil {
			return err
		}
		if !stored.Disabled {
			return nil
		}
		return endSessions(tx, stored.Name, "")
	})
	return u, err
}

// change lets fn change a stored user, and keeps somebody who may do so again.
func (s *Service) change(ctx context.Context, name string, fn func(itms.Tx, *itms.User) error) error {
	return s.store.Update(ctx, func(tx itms.Tx) error {
		u, err := tx.Users().Get(name)
		if err != nil {
			return err
		}
		was := reigns(u)
		if err := fn(tx, u); err != nil {
			return err
		}
		if was && !reigns(u) {
			if err := anotherReigns(tx, name); err != nil {
				return err
			}
		}
		u.UpdatedAt = s.now()
		return tx.Users().Put(u)
	})
}

// reigns reports whether a user may make others.
func reigns(u *itms.User) bool { return u.Role == itms.RoleAdmin && !u.Disabled }

// readAtOnce is how many users are read at once.
const readAtOnce = 500

// anotherReigns refuses to go on without an admin.
func anotherReigns(tx itms.Tx, but string) error {
	for after := ""; ; {
		list, err := tx.Users().List(after, readAtOnce)
		if err != nil {
			return err
		}
		for _, u := range list {
			if u.Name != but && reigns(u) {
				return nil
			}
			after = u.Name
		}
		if len(list) < readAtOnce {
			return itms.Errorf(itms.KindConflict, itms.CodeUserState, "%s is the last admin; make another one first", but)
		}
	}
}

// DeleteUser removes a person and ends the sessions. What the person did stays in the
// audit. Errors: KindNotFound, KindConflict with CodeUserState for the last admin.
func (s *Service) DeleteUser(ctx context.Context, name string) (u *itms.User, err error) {
	err = s.store.Update(ctx, func(tx itms.Tx) error {
		if u, err = tx.Users().Get(name); err != nil {
			return err
		}
		if reigns(u) {
			if err := anotherReigns(tx, name); err != nil {
				return err
			}
		}
		if err := endSessions(tx, name, ""); err != nil {
			return err
		}
		return tx.Users().Delete(name)
	})
	return u, err
}

// ResetPassword gives a person a password that must be changed at the next sign-in, and
// ends the sessions. It returns the one-time password, "" when one was given. Errors:
// KindNotFound; KindConflict with CodeUserState for somebody whom an identity provider
// vouches for; KindInvalid.
func (s *Service) ResetPassword(ctx context.Context, name string, given itms.Secret) (itms.Secret, error) {
	oneTime, made, err := s.firstPassword(ctx, name, given)
	if err != nil {
		return itms.Secret{}, err
	}
	err = s.change(ctx, name, func(tx itms.Tx, u *itms.User) error {
		if u.Subject != "" {
			return itms.Errorf(itms.KindConflict, itms.CodeUserState, "%s signs in with an identity provider and has no password here", name)
		}
		u.Password, u.PasswordAt, u.PasswordDue = made, s.now(), true
		return endSessions(tx, name, "")
	})
	return oneTime, err
}

// ChangePassword replaces a person's own password and ends the other sessions. Errors:
// KindInvalid with the pointers /old and /new, KindLimit after too many wrong old ones.
func (s *Service) ChangePassword(ctx context.Context, in *itms.Session, old, fresh itms.Secret) error {
	list := []bound{{"change " + in.User.Name, triesOfName}}
	if wait := s.limits.refused(list); wait > 0 {
		return tooMany(wait)
	}
	if in.User.Subject != "" {
		return itms.Errorf(itms.KindConflict, itms.CodeUserState, "the password is kept by the identity provider")
	}
	if _, err := s.prove(ctx, in.User.Name, old.Reveal()); err != nil {
		if itms.IsKind(err, itms.KindUnauthenticated) {
			return itms.Invalid("/old", "is not the password")
		}
		s.limits.forgive(list)
		return err
	}
	s.limits.forgive(list)
	if err := checkPassword("/new", in.User.Name, fresh.Reveal()); err != nil {
		return err
	}
	if fresh.Reveal() == old.Reveal() {
		return itms.Invalid("/new", "is the old one")
	}
	made, err := s.hash(ctx, fresh.Reveal())
	if err != nil {
		return err
	}
	return s.change(ctx, in.User.Name, func(tx itms.Tx, u *itms.User) error {
		u.Password, u.PasswordAt, u.PasswordDue = made, s.now(), false
		return endSessions(tx, u.Name, in.SignIn.Hash)
	})
}

// Users returns people with name > after, ordered by it.
func (s *Service) Users(ctx context.Context, after string, limit int) (list []*itms.User, err error) {
	err = s.store.View(ctx, func(tx itms.Tx) error {
		list, err = tx.Users().List(after, limit)
		return err
	})
	return list, err
}
