package people

import (
	"context"
	"strings"
	"time"

	"itms"
)

// SignIn proves a person by name and password and begins a session. Errors: KindUnauthenticated
// with CodeSignIn, whatever was wrong; KindLimit with CodeRateLimited and when to come again.
func (s *Service) SignIn(ctx context.Context, a itms.SignInAttempt) (*itms.Session, error) {
	name := canonicalName(a.Name)
	list := bounds(name, a.Address.String(), s.readBrowser(name, a.Browser))
	if wait := s.limits.refused(list); wait > 0 {
		return nil, tooMany(wait)
	}
	u, err := s.prove(ctx, name, a.Password.Reveal())
	if err != nil {
		if !itms.IsKind(err, itms.KindUnauthenticated) {
			s.limits.forgive(list)
		}
		return nil, err
	}
	s.limits.forgive(list)
	return s.begin(ctx, u, itms.ByPassword)
}

// canonicalName is how a name is stored: people type it with capitals.
func canonicalName(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// wrong is the one answer to every attempt that fails: it tells neither who exists nor who
// is disabled.
func wrong() error {
	return itms.Errorf(itms.KindUnauthenticated, itms.CodeSignIn, "name or password is wrong, or the account may not sign in")
}

// prove checks a password. Whoever there is none of costs the same work.
func (s *Service) prove(ctx context.Context, name, password string) (*itms.User, error) {
	u, err := s.User(ctx, name)
	if err != nil && !itms.IsKind(err, itms.KindNotFound) {
		return nil, err
	}
	known := err == nil && u.Password != "" && !u.Disabled
	stored := s.nobody
	if known {
		stored = u.Password
	}
	if len(password) > maxPassword { // nobody has it; the work is the same for all others
		password = password[:maxPassword]
		known = false
	}
	right, stale, err := s.verify(ctx, password, stored)
	switch {
	case err != nil:
		return nil, err
	case !known || !right:
		return nil, wrong()
	}
	identify(ctx, u)
	if stale {
		return u, s.renew(ctx, u, password)
	}
	return u, nil
}

// identify says whose act a sign-in is.
func identify(ctx context.Context, u *itms.User) {
	if act := itms.ActOf(ctx); act != nil {
		act.Actor, act.Role = u.Name, u.Role
	}
}

// renew stores the hash of a password at today's cost.
func (s *Service) renew(ctx context.Context, u *itms.User, password string) error {
	made, err := s.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.store.Update(ctx, func(tx itms.Tx) error {
		now, err := tx.Users().Get(u.Name)
		if err != nil || now.Password != u.Password { // changed meanwhile: that is newer
			return err
		}
		now.Password = made
		return tx.Users().Put(now)
	})
}

// begin stores a new session of a person.
func (s *Service) begin(ctx context.Context, u *itms.User, by itms.SignInWay) (*itms.Session, error) {
	identify(ctx, u)
	now, text := s.now(), randomText()
	out := &itms.Session{Text: text, Browser: s.knownBrowser(u.Name), Keep: browserLife,
		SignIn: itms.SignIn{Hash: hashText(text), User: u.Name, By: by, CreatedAt: now, UsedAt: now, ExpiresAt: now.Add(s.life)}}
	err := s.store.Update(ctx, func(tx itms.Tx) error {
		stored, err := tx.Users().Get(u.Name)
		if err != nil {
			return err
		}
		if stored.Disabled {
			return wrong()
		}
		stored.SignedInAt = now
		if err := tx.Users().Put(stored); err != nil {
			return err
		}
		out.User = stored
		if _, err := tx.SignIns().Trim(now, trimmedAtOnce); err != nil {
			return err
		}
		if err := s.makeRoom(tx, u.Name); err != nil {
			return err
		}
		return tx.SignIns().Put(&out.SignIn)
	})
	return out, err
}

// Bounds of what is stored of sessions.
const (
	trimmedAtOnce = 100 // expired ones that go with each sign-in: more than come
	maxSessions   = 20  // of one person; the oldest goes
)

// makeRoom removes the oldest session of a person who has too many.
func (s *Service) makeRoom(tx itms.Tx, name string) error {
	list, err := tx.SignIns().OfUser(name)
	if err != nil || len(list) < maxSessions {
		return err
	}
	oldest := list[0]
	for _, in := range list {
		if in.CreatedAt.Before(oldest.CreatedAt) {
			oldest = in
		}
	}
	return tx.SignIns().Delete(oldest.Hash)
}

// touchEvery is how exact it is noted when a session was last used: a tenth of its idle
// time, so that few requests cost a write.
func (s *Service) touchEvery() time.Duration { return s.idle / 10 }

// Who returns whose session a text is. Errors:
// KindUnauthenticated when it is over, its person is gone or may not sign in.
func (s *Service) Who(ctx context.Context, text string) (*itms.Session, error) {
	out := &itms.Session{}
	err := s.store.View(ctx, func(tx itms.Tx) error {
		in, err := tx.SignIns().Get(hashText(text))
		if err != nil {
			return err
		}
		out.SignIn = *in
		out.User, err = tx.Users().Get(in.User)
		return err
	})
	if err != nil && !itms.IsKind(err, itms.KindNotFound) {
		return nil, err
	}
	if err != nil || !s.Good(out) {
		return nil, itms.Errorf(itms.KindUnauthenticated, itms.CodeUnauthenticated, "the session is over; sign in again")
	}
	return out, nil
}

// Good reports whether a session that was read is not over.
func (s *Service) Good(in *itms.Session) bool {
	now := s.clock()
	return now.Before(in.SignIn.ExpiresAt) && now.Sub(in.SignIn.UsedAt) < s.idle && !in.User.Disabled
}

// Touch notes, now and then, that a session is used, and returns it as it is then.
func (s *Service) Touch(ctx context.Context, in *itms.Session) (*itms.Session, error) {
	now := s.now()
	if now.Sub(in.SignIn.UsedAt) < s.touchEvery() {
		return in, nil
	}
	used := *in
	used.SignIn.UsedAt = now
	err := s.store.Update(ctx, func(tx itms.Tx) error {
		stored, err := tx.SignIns().Get(in.SignIn.Hash)
		if itms.IsKind(err, itms.KindNotFound) { // ended meanwhile
			return nil
		}
		if err != nil {
			return err
		}
		stored.UsedAt = now
		return tx.SignIns().Put(stored)
	})
	return &used, err
}

// SignOut ends a session. Unknown ones are no error.
func (s *Service) SignOut(ctx context.Context, hash string) error {
	return s.store.Update(ctx, func(tx itms.Tx) error { return tx.SignIns().Delete(hash) })
}

// EndSessions ends all sessions of a person but one ("" = all). Errors: KindNotFound.
func (s *Service) EndSessions(ctx context.Context, name, but string) error {
	return s.store.Update(ctx, func(tx itms.Tx) error {
		if _, err := tx.Users().Get(name); err != nil {
			return err
		}
		return endSessions(tx, name, but)
	})
}

// endSessions is EndSessions within a transaction.
func endSessions(tx itms.Tx, name, but string) error {
	list, err := tx.SignIns().OfUser(name)
	if err != nil {
		return err
	}
	for _, in := range list {
		if in.Hash == but {
			continue
		}
		if err := tx.SignIns().Delete(in.Hash); err != nil {
			return err
		}
	}
	return nil
}
