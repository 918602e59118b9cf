package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"itms"
)

// The SQLSTATEs that decisions are made on (PostgreSQL, Appendix A).
const (
	stateSerialization = "40001" // serialization_failure
	stateDeadlock      = "40P01" // deadlock_detected
	stateUnique        = "23505" // unique_violation
	stateCharacter     = "22021" // character_not_in_repertoire: a NUL in a text
	stateEscape        = "22P05" // untranslatable_character: a NUL in a document
)

// engineError is a failure of PostgreSQL or of the way there, not of the domain.
// The transaction it happened in is lost.
type engineError struct{ err error }

func (e *engineError) Error() string { return e.err.Error() }
func (e *engineError) Unwrap() error { return e.err }

// state returns the SQLSTATE of err, "" when it did not come from the server.
func state(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// collided reports whether the transaction may succeed when it runs again. Methods
// look for the holder of a unique key before they write: a violation means that
// somebody else took it since, and that the next look will find him.
func collided(err error) bool {
	var engine *engineError
	if !errors.As(err, &engine) {
		return false
	}
	switch state(engine.err) {
	case stateSerialization, stateDeadlock, stateUnique:
		return true
	}
	return false
}

// translate puts an engine's failure into the domain's terms. Errors of the domain
// and of contexts pass.
func translate(err error, doing string) error {
	var e *itms.Error
	if errors.As(err, &e) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	switch code := state(err); {
	case code == stateCharacter || code == stateEscape:
		return itms.Errorf(itms.KindInvalid, itms.CodeInvalid, "a text holds a character that cannot be stored").Because(err)
	case code == "" || collisionOrLoss(code):
		return itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "cannot %s", doing).Because(err)
	}
	return itms.Errorf(itms.KindInternal, itms.CodeInternal, "cannot %s", doing).Because(err)
}

// collisionOrLoss reports whether trying again later may help, by class: 08
// connection, 28 and 3D while an operator sets things up, 40 rollback, 53
// resources, 57 operator intervention, 58 system.
func collisionOrLoss(code string) bool {
	for _, class := range []string{"08", "28", "3D", "40", "53", "57", "58"} {
		if strings.HasPrefix(code, class) {
			return true
		}
	}
	return false
}
