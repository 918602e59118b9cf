package itms

import (
	"context"
	"encoding/json"
	"time"
)

// AuditTarget names what a change was about.
type AuditTarget struct {
	Kind string `json:"kind"`         // e.g. "order", "device", "user"
	ID   string `json:"id,omitempty"` // as the REST API names it; "" = none in particular
}

// AuditEntry is one change that a caller made. It holds no secret.
type AuditEntry struct {
	Seq    int64       `json:"seq"` // set by Audit.Append; grows, may have gaps
	At     time.Time   `json:"at"`
	Actor  string      `json:"actor"`
	Role   Role        `json:"role"`
	Action string      `json:"action"` // what was called, e.g. "cancel-order"
	Target AuditTarget `json:"target"`
	// Before and After are JSON objects of what differs; null before it was there and
	// after it is gone.
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
	// Also is what else the call changed.
	Also    []AuditChange `json:"also,omitempty"`
	More    int           `json:"more,omitempty"`      // how many things beside those
	Remote  string        `json:"remote,omitempty"`    // address of the caller
	Request string        `json:"requestId,omitempty"` // the log has it too

	// Hash is the seal, "" while the entry has none: the SHA-256, in hexadecimal, of the
	// seal before it and the canonical form of the entry. It is not part of that form.
	Hash string `json:"hash,omitempty"`
}

// AuditChange is a thing that changed along.
type AuditChange struct {
	Target AuditTarget     `json:"target"`
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// Targets lists everything that an entry is about, each once.
func (e *AuditEntry) Targets() []AuditTarget {
	list := []AuditTarget{e.Target}
	seen := map[AuditTarget]bool{e.Target: true}
	for _, c := range e.Also {
		if !seen[c.Target] {
			list, seen[c.Target] = append(list, c.Target), true
		}
	}
	return list
}

// AuditSeal is the seal of one entry.
type AuditSeal struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"` // SHA-256, hexadecimal
}

// AuditQuery selects a page of entries.
type AuditQuery struct {
	Before int64       // exclusive sequence; 0 = from the newest
	Target AuditTarget // the zero one = any
	Actor  string      // "" = any
	Action string      // "" = any
	From   time.Time   // not before; zero = any
	To     time.Time   // before; zero = any
	Limit  int
}

// Act is a call of somebody that may change something. It travels in the context of the
// call down to the store, where what it changed is entered in the audit by the same
// transaction.
type Act struct {
	Actor   string
	Role    Role
	Action  string
	Target  AuditTarget // what it is about; without ID = the first of that kind that it changes
	Remote  string
	Request string
	Entered bool // set once an entry was committed
}

// actKey is the context key of an Act.
type actKey struct{}

// WithAct gives a context an act.
func WithAct(ctx context.Context, act *Act) context.Context {
	return context.WithValue(ctx, actKey{}, act)
}

// ActOf returns the act of a context, nil when what is done is nobody's.
func ActOf(ctx context.Context) *Act {
	act, _ := ctx.Value(actKey{}).(*Act)
	return act
}

// AuditCheck is what became of a check of the whole audit.
type AuditCheck struct {
	Entries  int       `json:"entries"`
	Unsealed int       `json:"unsealed"` // the newest, which have no seal yet
	Intact   bool      `json:"intact"`
	BrokenAt int64     `json:"brokenAt,omitempty"` // first entry that does not fit its seal
	Reason   string    `json:"reason,omitempty"`   // in words
	Head     AuditSeal `json:"head"`               // the last seal; keep it elsewhere to find out that the end was cut off
}
