package itms

import (
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
