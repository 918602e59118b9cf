package docsis

import (
	"context"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"itms"
)

const (
	// maxNotes bounds what waits to be recorded of each sort. What is too much is dropped
	// and counted: the next contact of the client repairs it.
	maxNotes = 8192
	// notesAtOnce is how many are recorded in one transaction.
	notesAtOnce = 256
	// noteTimeout bounds one recording; a store that is away for longer loses it.
	noteTimeout = 30 * time.Second
)

// notes records what the doors tell, apart from the exchange that caused it, in as few
// transactions as the load allows: what came while one was under way is in the next.
type notes struct {
	orders  Orders
	log     zerolog.Logger
	metrics *metrics
	leases  chan *itms.CableContact
	fetches chan itms.CableFetch
	spent   chan spending
	events  chan itms.Event
	closing chan struct{}
	once    sync.Once
	done    sync.WaitGroup
}

// newNotes starts recording; spend notes used names.
func newNotes(orders Orders, spend func([]spending), log zerolog.Logger, m *metrics) *notes {
	n := &notes{orders: orders, log: log, metrics: m, leases: make(chan *itms.CableContact, maxNotes),
		fetches: make(chan itms.CableFetch, maxNotes), events: make(chan itms.Event, maxNotes),
		spent: make(chan spending, maxNotes), closing: make(chan struct{})}
	n.done.Go(func() { drain(n.leases, n.closing, notesAtOnce, n.takeLeases) })
	n.done.Go(func() { drain(n.fetches, n.closing, notesAtOnce, n.takeFetches) })
	n.done.Go(func() { drain(n.spent, n.closing, notesAtOnce, spend) })
	n.done.Go(func() { drain(n.events, n.closing, notesAtOnce, n.takeEvents) })
	return n
}

// close stops once everything is recorded, or ctx ends.
func (n *notes) close(ctx context.Context) error {
	n.once.Do(func() { close(n.closing) })
	done := make(chan struct{})
	go func() { n.done.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// drain hands what comes in to take, up to most at once, until closing is closed and
// nothing is left.
func drain[T any](in <-chan T, closing <-chan struct{}, most int, take func([]T)) {
	for {
		var list []T
		select {
		case v := <-in:
			list = append(list, v)
		case <-closing:
			select {
			case v := <-in:
				list = append(list, v)
			default:
				return
			}
		}
		for len(list) < most && len(in) > 0 {
			select {
			case v := <-in:
				list = append(list, v)
			default:
			}
		}
		take(list)
	}
}

// put queues v, or drops it when too much waits.
func put[T any](n *notes, to chan<- T, v T, what string) {
	select {
	case to <- v:
	default:
		n.metrics.dropped.WithLabelValues(what).Inc()
	}
}

func (n *notes) lease(c *itms.CableContact) { put(n, n.leases, c, "lease") }
func (n *notes) fetch(f itms.CableFetch)    { put(n, n.fetches, f, "fetch") }
func (n *notes) spend(s spending)           { put(n, n.spent, s, "spent name") }
func (n *notes) event(e itms.Event)         { put(n, n.events, e, "event") }

// takeLeases records leases.
func (n *notes) takeLeases(list []*itms.CableContact) {
	n.record("lease", func(ctx context.Context) error { return n.orders.Leased(ctx, list...) })
}

// takeFetches records files that were fetched.
func (n *notes) takeFetches(list []itms.CableFetch) {
	n.record("fetch", func(ctx context.Context) error { return n.orders.Fetched(ctx, list) })
}

// takeEvents records events.
func (n *notes) takeEvents(list []itms.Event) {
	n.record("event", func(ctx context.Context) error { return n.orders.Record(ctx, list...) })
}

// record runs one recording and says in the log when it was lost.
func (n *notes) record(what string, fn func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), noteTimeout)
	defer cancel()
	if err := fn(ctx); err != nil {
		n.metrics.dropped.WithLabelValues(what).Inc()
		n.log.Error().Err(err).Str("what", what).Msg("cable: could not be recorded; the next contact of the device repairs it")
	}
}
