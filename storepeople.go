package itms

import "time"

// What is stored of those who call: see Store for what holds of all aggregates.

// Tokens holds API tokens by hash.
type Tokens interface {
	// Get returns the token or KindNotFound.
	Get(hash string) (*Token, error)
	// Put inserts or replaces.
	Put(t *Token) error
	// List returns all, ordered by hash.
	List() ([]Token, error)
	// Delete removes a token, or fails with KindNotFound.
	Delete(hash string) error
}

// Users holds the people who may sign in, by name.
type Users interface {
	// Get returns the user or KindNotFound.
	Get(name string) (*User, error)
	// BySubject returns the user whom an identity provider names so, or KindNotFound.
	BySubject(subject string) (*User, error)
	// Insert adds one. It fails with KindConflict and CodeDuplicate when the name, or a
	// subject that is not empty, is taken.
	Insert(u *User) error
	// Put replaces an existing one, or fails with KindNotFound. Its subject must be the
	// stored one, else KindInvalid.
	Put(u *User) error
	// Delete removes a user, or fails with KindNotFound.
	Delete(name string) error
	// List returns users with name > after, ordered by it.
	List(after string, limit int) ([]*User, error)
}

// SignIns holds the sessions of people by the hash of what their browser holds.
type SignIns interface {
	// Get returns the session or KindNotFound.
	Get(hash string) (*SignIn, error)
	// Put inserts or replaces. It wakes nobody.
	Put(s *SignIn) error
	// OfUser returns all sessions of a user, ordered by Hash.
	OfUser(name string) ([]*SignIn, error)
	// Delete removes one. Unknown ones are no error.
	Delete(hash string) error
	// Trim removes up to limit sessions with ExpiresAt < before, those that expired first
	// first, and returns how many went. It wakes nobody.
	Trim(before time.Time, limit int) (int, error)
}

// Audit holds the record of changes, append-only, and the seals that chain it.
type Audit interface {
	// Append stores e and sets e.Seq, like Journal.Append. e.Hash is not stored.
	Append(e *AuditEntry) error
	// After returns entries with Seq > seq, oldest first, each with its seal. A reader
	// never misses an entry committed later.
	After(seq int64, limit int) ([]AuditEntry, error)
	// List returns a page of entries, newest (highest Seq) first, each with its seal.
	List(q AuditQuery) ([]AuditEntry, error)
	// Head returns the last seal, the zero one when there is none.
	Head() (AuditSeal, error)
	// Seal stores seals in their order behind the head. It fails with KindConflict and
	// CodeDuplicate when the head is not that one any more, KindInvalid when the seals do
	// not ascend from it.
	Seal(head AuditSeal, seals []AuditSeal) error
}

// Replies holds what calls came to that their callers gave a key.
type Replies interface {
	// Get returns the reply or KindNotFound.
	Get(key string) (*Reply, error)
	// Insert adds one. It fails with KindConflict and CodeDuplicate when Key is taken.
	Insert(r *Reply) error
	// Put replaces an existing one, or fails with KindNotFound.
	Put(r *Reply) error
	// Delete removes one. Unknown keys are no error.
	Delete(key string) error
	// Trim removes all that began before a time and, of the others, the oldest beyond
	// keep. It returns how many it removed.
	Trim(before time.Time, keep int) (int, error)
}
