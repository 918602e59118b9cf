package audit

import (
	"context"
	"encoding/json"
	"reflect"
	"time"

	"itms"
)

// maxChanges bounds the things that an entry tells of: an import of stock may change ten
// thousand.
const maxChanges = 20

// Store is a store that enters what the acts of contexts change.
type Store struct {
	itms.Store
	clock func() time.Time
}

var _ itms.Store = (*Store)(nil)

// Watch returns the store with an audit of it: an Update whose context has an act enters
// what it wrote, in the same transaction. One that wrote nothing enters nothing. A nil
// clock is time.Now.
func Watch(s itms.Store, clock func() time.Time) *Store {
	if clock == nil {
		clock = time.Now
	}
	return &Store{s, clock}
}

// Update implements itms.Store.
func (s *Store) Update(ctx context.Context, fn func(itms.Tx) error) error {
	act := itms.ActOf(ctx)
	if act == nil {
		return s.Store.Update(ctx, fn)
	}
	entered := false
	err := s.Store.Update(ctx, func(tx itms.Tx) error {
		w := &watch{known: map[itms.AuditTarget]*change{}}
		if err := fn(&watchedTx{tx, w}); err != nil {
			return err
		}
		if entered = w.wrote; !entered {
			return nil
		}
		return tx.Audit().Append(w.entry(act, s.clock()))
	})
	act.Entered = act.Entered || err == nil && entered
	return err
}

// Enter enters an act that changed nothing that is stored.
func Enter(ctx context.Context, s itms.Store, act *itms.Act, at time.Time) error {
	err := s.Update(itms.WithAct(ctx, nil), func(tx itms.Tx) error {
		return tx.Audit().Append((&watch{}).entry(act, at))
	})
	act.Entered = act.Entered || err == nil
	return err
}

// watch is what a transaction changed so far.
type watch struct {
	wrote bool
	known map[itms.AuditTarget]*change
	list  []*change
	more  int
}

// change is one thing as it was and is: what an audit may tell of it, nil = none.
type change struct {
	target        itms.AuditTarget
	mentioned     bool // so far no more than that
	before, after facts
}

// facts are what an audit tells of a thing, by name.
type facts map[string]any

// note takes down a change. before is asked for once only, at the first.
func (w *watch) note(kind, id string, before func() (facts, error), after facts) error {
	w.wrote = true
	target := itms.AuditTarget{Kind: kind, ID: id}
	c := w.known[target]
	switch {
	case c != nil && !c.mentioned:
		c.after = after
		return nil
	case c == nil && len(w.list) >= maxChanges:
		w.more++
		return nil
	case c == nil:
		c = w.mention(target)
	}
	c.mentioned = false
	was, err := before()
	if itms.IsKind(err, itms.KindNotFound) {
		was, err = nil, nil
	}
	if err != nil {
		return err
	}
	c.before, c.after = was, after
	return nil
}

// mention takes down a thing that something was done to, whether it changes or not.
func (w *watch) mention(target itms.AuditTarget) *change {
	c := &change{target: target, mentioned: true}
	w.known[target], w.list = c, append(w.list, c)
	return c
}

// entry makes the entry of an act.
func (w *watch) entry(act *itms.Act, at time.Time) *itms.AuditEntry {
	e := &itms.AuditEntry{At: itms.Timestamp(at), Actor: act.Actor, Role: act.Role, Action: act.Action, Target: act.Target,
		More: w.more, Remote: act.Remote, Request: act.Request}
	var main *change
	for _, c := range w.list {
		if c.target == act.Target || act.Target.ID == "" && c.target.Kind == act.Target.Kind {
			main = c
			break
		}
	}
	for _, c := range w.list {
		before, after := differences(c.before, c.after)
		if c == main {
			e.Target, e.Before, e.After = c.target, before, after
			continue
		}
		e.Also = append(e.Also, itms.AuditChange{Target: c.target, Before: before, After: after})
	}
	return e
}

// differences are the facts that two sides do not share, as JSON; nil for a side that has
// none of them.
func differences(before, after facts) (was, is json.RawMessage) {
	gone, come := facts{}, facts{}
	for name, v := range before {
		if other, ok := after[name]; !ok || !reflect.DeepEqual(v, other) {
			gone[name] = v
		}
	}
	for name, v := range after {
		if other, ok := before[name]; !ok || !reflect.DeepEqual(v, other) {
			come[name] = v
		}
	}
	return written(gone), written(come)
}

// written writes facts, nil when there are none.
func written(f facts) json.RawMessage {
	if len(f) == 0 {
		return nil
	}
	text, err := json.Marshal(f)
	if err != nil {
		return nil // facts are texts, numbers and lists of them
	}
	return text
}
