package radius

import (
	"context"
	"fmt"
	"sync"
	"time"

	"itms"
)

// Bounds of the journal of refusals: a box that is refused asks again every half minute.
const (
	maxRefusals   = 8_192     // remembered; more callers than that are counted only
	refusalsEvery = time.Hour // the same refusal of the same caller is journalled once in so long
	refusalsBatch = 256       // journalled at a time
)

// refusals is the memory of who was refused, from which the journal is written now and then.
type refusals struct {
	known *recent[refusalKey, int] // how often since it was journalled

	mu   sync.Mutex // guards all below
	wait []refusal
}

type refusalKey struct {
	who string
	why itms.AccessRefusal
}

// refusal is one that is to be journalled.
type refusal struct {
	key     refusalKey
	nas     string
	portID  string
	line    itms.Line
	device  itms.DeviceID
	service *itms.Service
	at      time.Time
}

func newRefusals() *refusals {
	return &refusals{known: newRecent[refusalKey, int](maxRefusals, refusalsEvery)}
}

// note remembers a refusal, and has the first of its kind journalled.
func (r *refusals) note(c *caller, st *itms.AccessStanding, now time.Time) {
	key := refusalKey{c.name(), st.Refusal}
	if r.known.change(key, now, func(n int, _ bool) int { return n + 1 }) > 1 {
		return
	}
	one := refusal{key: key, nas: c.nas.Name, portID: c.portID, line: c.line, service: st.Service, at: now}
	if st.Device != nil {
		one.device = st.Device.ID
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.wait) < maxRefusals {
		r.wait = append(r.wait, one)
	}
}

// take returns the next ones to be journalled.
func (r *refusals) take() []refusal {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := min(len(r.wait), refusalsBatch)
	list := r.wait[:n:n]
	r.wait = r.wait[n:]
	return list
}

// event is the entry of the journal.
func (r *refusal) event() *itms.Event {
	ev := &itms.Event{At: r.at, Type: "radius.rejected", Device: r.device, Area: r.line.Area, Actor: actor,
		Text: fmt.Sprintf("%s was not let onto the network by %s: %s", printable(r.key.who), r.nas, refusalTexts[r.key.why]),
		Data: map[string]string{"reason": string(r.key.why), "user": printable(r.key.who), "nas": r.nas}}
	if r.portID != "" {
		ev.Data["portId"] = printable(r.portID)
	}
	if svc := r.service; svc != nil {
		ev.Service, ev.Area, ev.Order = svc.ID, svc.Line.Area, svc.Order
	}
	return ev
}

// journalRefusals writes what waits.
func (s *Server) journalRefusals(ctx context.Context) error {
	for {
		list := s.refusals.take()
		if len(list) == 0 {
			return nil
		}
		err := s.opt.Store.Update(ctx, func(tx itms.Tx) error {
			for i := range list {
				if err := tx.Journal().Append(list[i].event()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("journal %d refusals: %w", len(list), err)
		}
	}
}
