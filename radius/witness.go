package radius

import (
	"context"
	"errors"
	"sync"
	"time"

	"itms"
)

// Bounds of line evidence.
const (
	maxSeen     = 65_536         // MACs of which it is known what was told
	seenFor     = 12 * time.Hour // the same is told again after this or twice as long: the order machine keeps it for a day
	maxEvidence = 4_096          // waiting; what comes then is told at the next message
	evidenceRun = 4              // told at once
)

// Witness takes line evidence in: where the network saw a MAC. Met by workorder.Engine.Sight.
type Witness func(ctx context.Context, mac itms.MAC, s itms.Sighting) error

// witness tells where callers are, when that is news. It holds up nobody.
type witness struct {
	tell   Witness
	failed func(error)
	clock  func() time.Time
	seen   *recent[itms.MAC, itms.Sighting]
	queue  chan evidence
	runs   sync.WaitGroup
}

type evidence struct {
	mac      itms.MAC
	sighting itms.Sighting
}

func newWitness(o *Options, failed func(error)) *witness {
	return &witness{tell: o.Witness, failed: failed, clock: o.Clock, seen: newRecent[itms.MAC, itms.Sighting](maxSeen, seenFor), queue: make(chan evidence, maxEvidence)}
}

// start begins to tell, until ctx ends.
func (w *witness) start(ctx context.Context) {
	for range evidenceRun {
		w.runs.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case e := <-w.queue:
					if err := w.tell(ctx, e.mac, e.sighting); err != nil && !errors.Is(err, context.Canceled) {
						w.seen.forget(e.mac)
						w.failed(err)
					}
				}
			}
		})
	}
}

// see notes where a caller is.
func (w *witness) see(c *caller) {
	if w.tell == nil || c.mac.IsZero() || c.line.Key() == "" && c.account == "" {
		return
	}
	s := itms.Sighting{Line: c.line, Account: c.account, Source: "radius " + c.nas.Name}
	news := false
	w.seen.change(c.mac, w.clock(), func(was itms.Sighting, known bool) itms.Sighting {
		news = !known || was != s
		return s
	})
	if !news {
		return
	}
	select {
	case w.queue <- evidence{c.mac, s}:
	default:
		w.seen.forget(c.mac)
	}
}
