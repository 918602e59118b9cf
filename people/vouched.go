package people

import (
	"context"

	"itms"
)

// SignInVouched begins a session of somebody whom an identity provider vouches for. Who
// comes for the first time is made a user; role and areas are the provider's each time.
// Errors: KindForbidden with CodeSignIn when the name is somebody else's here, cannot be
// one, or the user is disabled.
func (s *Service) SignInVouched(ctx context.Context, v *itms.Vouched) (*itms.Session, error) {
	var user *itms.User
	err := s.store.Update(ctx, func(tx itms.Tx) error {
		u, err := tx.Users().BySubject(v.Subject)
		fresh := itms.IsKind(err, itms.KindNotFound)
		if err != nil && !fresh {
			return err
		}
		if fresh {
			u = &itms.User{Name: canonicalName(v.Name), Subject: v.Subject, CreatedAt: s.now()}
		}
		if u.Disabled {
			return notVouched("the account may not sign in here")
		}
		identify(ctx, u)
		user = u
		return s.keepVouched(tx, u, v, fresh)
	})
	if err != nil {
		return nil, err
	}
	return s.begin(ctx, user, itms.ByOIDC)
}

// keepVouched stores what the provider says of a user.
func (s *Service) keepVouched(tx itms.Tx, u *itms.User, v *itms.Vouched, fresh bool) error {
	if err := fill(u, itms.UserRequest{DisplayName: v.DisplayName, Role: v.Role, Areas: v.Areas}); err != nil {
		return notVouched("the identity provider says what cannot be: " + err.Error())
	}
	u.UpdatedAt = s.now()
	if !fresh {
		return tx.Users().Put(u)
	}
	if !nameFits(u.Name) {
		return notVouched("the name cannot be one here: " + u.Name)
	}
	err := tx.Users().Insert(u)
	if itms.IsKind(err, itms.KindConflict) {
		return notVouched("the name " + u.Name + " is somebody else's here; an admin must remove that user first")
	}
	return err
}

// notVouched is the answer to somebody who does not get in although the provider knows who
// it is.
func notVouched(text string) error {
	return itms.Errorf(itms.KindForbidden, itms.CodeSignIn, "%s", text)
}
