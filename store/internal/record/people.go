package record

import (
	"slices"

	"itms"
)

// User brings u to what is kept of it, sharing nothing with the caller, and returns it
// with its document.
func User(u *itms.User) (*itms.User, []byte, error) {
	c := u.Clone()
	stamp(&c.PasswordAt, &c.SignedInAt, &c.CreatedAt, &c.UpdatedAt)
	bare(&c.Areas)
	return encode(first(itms.CheckKey("/name", u.Name), Plain("/subject", u.Subject)), c)
}

// SignIn returns the document of s.
func SignIn(s *itms.SignIn) ([]byte, error) {
	c := *s
	stamp(&c.CreatedAt, &c.UsedAt, &c.ExpiresAt)
	return marshal(first(itms.CheckKey("/hash", s.Hash), itms.CheckKey("/user", s.User)), &c)
}

// AuditEntry returns the document of e, without its seal.
func AuditEntry(e *itms.AuditEntry) ([]byte, error) {
	c := *e
	c.Hash = ""
	stamp(&c.At)
	bare(&c.Also)
	check := itms.CheckKey("/actor", e.Actor)
	for _, t := range e.Targets() {
		check = first(check, itms.CheckKey("/target/kind", t.Kind), Plain("/target/id", t.ID))
	}
	return marshal(check, &c)
}

// Seals reports why seals cannot follow head: they must ascend, and each be a hash.
func Seals(head itms.AuditSeal, seals []itms.AuditSeal) error {
	ascend := slices.IsSortedFunc(seals, func(a, b itms.AuditSeal) int {
		if a.Seq < b.Seq {
			return -1
		}
		return 1
	})
	if !ascend || len(seals) > 0 && seals[0].Seq <= head.Seq {
		return itms.Invalid("/seals", "do not ascend from the head")
	}
	for _, s := range seals {
		if err := itms.CheckKey("/seals", s.Hash); err != nil {
			return err
		}
	}
	return nil
}

// Selects reports whether an entry is among those that a query asks for by anything but
// its place.
func Selects(q *itms.AuditQuery, e *itms.AuditEntry) bool {
	return (q.Target == itms.AuditTarget{} || slices.Contains(e.Targets(), q.Target)) && (q.Actor == "" || q.Actor == e.Actor) &&
		(q.Action == "" || q.Action == e.Action) && !e.At.Before(q.From) && (q.To.IsZero() || e.At.Before(q.To))
}
