package itms

import (
	"strings"
	"time"
	"unicode/utf8"
)

// ChangeSource says how a changed value became known.
type ChangeSource string

// Change sources.
const (
	ChangeInform ChangeSource = "inform" // the device told it by itself
	ChangeRead   ChangeSource = "read"   // it was found different when it was read
	ChangeSet    ChangeSource = "set"    // written to bring the device to what its service wants
	ChangeTask   ChangeSource = "task"   // written by a task
)

// ParamChange is one change of a parameter's value. It never holds a credential.
type ParamChange struct {
	Name   ParamPath
	Old    string // clipped to MaxChangeValue bytes, like New
	New    string
	At     time.Time
	Source ChangeSource
}

// KeepChanges is how many changes a device keeps, the newest.
const KeepChanges = 200

// MaxChangeValue is how many bytes are kept of a value in the history: what a person
// needs to tell values apart. It bounds a device's history to some 50 KB.
const MaxChangeValue = 128

// ClipChangeValue is a value as the history keeps it: one that is too long ends in "…".
func ClipChangeValue(v string) string {
	const mark = "…"
	if len(v) <= MaxChangeValue {
		return v
	}
	end := MaxChangeValue - len(mark)
	for end > 0 && !utf8.RuneStart(v[end]) {
		end--
	}
	return v[:end] + mark
}

// ChangeQuery selects a page of a device's changes, newest first; those of one
// transaction are in the order of their names.
type ChangeQuery struct {
	Prefix string // the start of names; "" = any
	// BeforeAt and BeforeName name the last change of the page before; zero = from the
	// newest. When it is not kept any more, neither is anything older.
	BeforeAt   time.Time
	BeforeName ParamPath
	Limit      int // at most this many
}

// Select returns the page of the kept changes, newest first, that the query asks for.
func (q ChangeQuery) Select(kept []ParamChange) (page []ParamChange) {
	reached := q.BeforeAt.IsZero()
	for _, c := range kept {
		switch {
		case len(page) >= q.Limit:
			return page
		case reached && strings.HasPrefix(string(c.Name), q.Prefix):
			page = append(page, c)
		case !reached:
			reached = c.Name == q.BeforeName && c.At.Equal(q.BeforeAt)
		}
	}
	return page
}
