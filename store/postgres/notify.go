package postgres

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"itms/store/internal/wake"
)

// A NOTIFY inside a transaction makes PostgreSQL commit one such transaction at a
// time, disk wait included. So nodes notify after the commit, many commits at once.
// A node that dies in between takes the hint with it, never the data; readers look
// for themselves now and then anyway, since leases end without a hint too.

// Journal events show themselves only when no older transaction runs (see
// journal.go). Until then the notifier looks again, at pauses from settleMin to
// settleMax.
const (
	settleMin = 5 * time.Millisecond
	settleMax = 500 * time.Millisecond
)

// notifyTimeout bounds one notification.
const notifyTimeout = 5 * time.Second

// notifier tells other nodes, and late journal readers of this one, what was
// committed.
type notifier struct {
	pool   *pgxpool.Pool
	node   string
	base   int64
	signal func(wake.Topics)
	log    func(string, error)

	mu     sync.Mutex // guards topics and seq
	topics wake.Topics
	seq    int64 // highest committed here and not yet told

	kick chan struct{}
	stop chan struct{}
	done chan struct{}
}

// startNotifier starts one.
func startNotifier(pool *pgxpool.Pool, node string, base int64, signal func(wake.Topics), log func(string, error)) *notifier {
	n := &notifier{pool: pool, node: node, base: base, signal: signal, log: log,
		kick: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{})}
	go n.run()
	return n
}

// committed takes note of a commit.
func (n *notifier) committed(topics wake.Topics, seq int64) {
	if topics == 0 {
		return
	}
	n.mu.Lock()
	n.topics |= topics
	n.seq = max(n.seq, seq)
	n.mu.Unlock()
	select {
	case n.kick <- struct{}{}:
	default:
	}
}

// run tells until close, and once more then.
func (n *notifier) run() {
	defer close(n.done)
	var again <-chan time.Time
	wait := settleMin
	for {
		select {
		case <-n.kick:
			wait = settleMin
		case <-again:
			wait = min(2*wait, settleMax)
		case <-n.stop:
			n.tell()
			return
		}
		again = nil
		if !n.tell() {
			again = time.After(wait)
		}
	}
}

// tell notifies of what was committed and reports whether nothing is left to tell.
func (n *notifier) tell() bool {
	n.mu.Lock()
	topics, seq := n.topics, n.seq
	n.topics, n.seq = 0, 0
	n.mu.Unlock()
	if topics == 0 {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), notifyTimeout)
	defer cancel()
	settledNow, err := n.notify(ctx, topics, seq)
	if err != nil {
		n.log("tell other nodes of a commit; tried again", err)
		n.put(topics, seq)
		return false
	}
	followed := topics & (wake.Journal | wake.Audit)
	if followed == 0 {
		return true
	}
	if !settledNow {
		n.put(followed, seq)
		return false
	}
	n.signal(followed) // readers that were woken by the commit may have been too early
	return true
}

// put takes back what could not be told.
func (n *notifier) put(topics wake.Topics, seq int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.topics |= topics
	n.seq = max(n.seq, seq)
}

// notify sends the topics, journal and audit only when what they tell of is settled.
func (n *notifier) notify(ctx context.Context, topics wake.Topics, seq int64) (settledNow bool, err error) {
	const sql = `with seen as (select ` + settled + ` > $2::bigint as settled),
		told as (select pg_notify($3, $4 || ' ' || topic) from unnest($5::text[]) as topic, seen
			where seen.settled or topic not in ('journal', 'audit'))
		select seen.settled, (select count(*) from told) from seen`
	var names []string
	for topic := range topics.All {
		names = append(names, string(topic))
	}
	var told int
	err = n.pool.QueryRow(ctx, sql, n.base, seq, channel, n.node, names).Scan(&settledNow, &told)
	return settledNow, err
}

// close tells what is left and stops.
func (n *notifier) close() {
	close(n.stop)
	<-n.done
}
