package api

import (
	"context"

	"itms"
)

// People knows who may sign in.
type People interface {
	// SignIn proves a person by name and password and begins a session. Errors:
	// KindUnauthenticated with CodeSignIn, whatever was wrong; KindLimit with when to come
	// again.
	SignIn(ctx context.Context, a itms.SignInAttempt) (*itms.Session, error)
	// SignInVouched begins a session of somebody whom an identity provider vouches for.
	// Errors: KindForbidden with CodeSignIn.
	SignInVouched(ctx context.Context, v *itms.Vouched) (*itms.Session, error)
	// Who returns the session of what a browser holds. Errors: KindUnauthenticated when it
	// is over.
	Who(ctx context.Context, text string) (*itms.Session, error)
	// Good reports whether a session that was read before is still not over.
	Good(in *itms.Session) bool
	// Touch notes that a session is used, and returns it as it is then.
	Touch(ctx context.Context, in *itms.Session) (*itms.Session, error)
	// SignOut ends the session of that hash. Unknown ones are no error.
	SignOut(ctx context.Context, hash string) error
	// ChangePassword replaces a person's own password and ends the other sessions. Errors:
	// KindInvalid with the pointers /old and /new, KindLimit, CodeUserState.
	ChangePassword(ctx context.Context, in *itms.Session, old, fresh itms.Secret) error

	// AddUser makes a user and returns the password that was made, zero when one was given.
	// Errors: KindInvalid with pointers, CodeDuplicate.
	AddUser(ctx context.Context, r itms.UserRequest) (*itms.User, itms.Secret, error)
	// User returns a user or KindNotFound.
	User(ctx context.Context, name string) (*itms.User, error)
	// Users returns users with name > after, ordered by it.
	Users(ctx context.Context, after string, limit int) ([]*itms.User, error)
	// SetUser changes a user. Errors: KindNotFound, KindInvalid with pointers, CodeUserState
	// when no admin were left.
	SetUser(ctx context.Context, name string, r itms.UserRequest) (*itms.User, error)
	// DeleteUser removes a user and returns who it was. Errors: KindNotFound, CodeUserState.
	DeleteUser(ctx context.Context, name string) (*itms.User, error)
	// ResetPassword gives a user a password that must be changed, and returns the one that
	// was made, zero when one was given. Errors: KindNotFound, CodeUserState, KindInvalid.
	ResetPassword(ctx context.Context, name string, given itms.Secret) (itms.Secret, error)
	// EndSessions ends all sessions of a user but one. Errors: KindNotFound.
	EndSessions(ctx context.Context, name, but string) error

	// AddToken stores a token. Errors: KindInvalid with pointers.
	AddToken(ctx context.Context, t *itms.Token) error
	// Tokens lists all tokens.
	Tokens(ctx context.Context) ([]itms.Token, error)
	// DeleteToken revokes the token of an id and returns it. Errors: KindNotFound.
	DeleteToken(ctx context.Context, id string) (*itms.Token, error)
}
