package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"itms/store/internal/wake"
)

// channel is where nodes tell each other what they committed: "<node> <topic>".
const channel = "itms"

// Pauses between tries to listen again, with jitter: the nodes of a restarted
// server must not all return in one instant.
const (
	relistenMin = 100 * time.Millisecond
	relistenMax = 5 * time.Second
)

// listener hears what other nodes committed, on a connection of its own.
type listener struct {
	config *pgx.ConnConfig
	node   string
	signal func(wake.Topics)
	log    func(string, error)
	cancel context.CancelFunc
	done   chan struct{}
}

// listen connects and starts to hear. ctx bounds the first connection only.
func listen(ctx context.Context, config *pgx.ConnConfig, node string, signal func(wake.Topics), log func(string, error)) (*listener, error) {
	l := &listener{config: config, node: node, signal: signal, log: log, done: make(chan struct{})}
	conn, err := l.connect(ctx)
	if err != nil {
		return nil, err
	}
	var run context.Context
	run, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go l.run(run, conn)
	return l, nil
}

// connect opens a listening connection.
func (l *listener) connect(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, l.config)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "listen "+channel); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return conn, nil
}

// run hears until close, connecting again as often as it takes.
func (l *listener) run(ctx context.Context, conn *pgx.Conn) {
	defer close(l.done)
	for {
		err := l.hear(ctx, conn)
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
		_ = conn.Close(end) // it is broken, or nobody needs it any more
		cancel()
		if ctx.Err() != nil {
			return
		}
		l.log("the connection that listens for other nodes broke; connecting again", err)
		if conn = l.reconnect(ctx); conn == nil {
			return
		}
		l.signal(wake.Every) // whatever was said meanwhile
	}
}

// hear passes hints on until the connection breaks.
func (l *listener) hear(ctx context.Context, conn *pgx.Conn) error {
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		if node, topic, _ := strings.Cut(n.Payload, " "); node != l.node {
			l.signal(wake.Parse(topic))
		}
	}
}

// reconnect tries until it listens again, or returns nil when ctx ended.
func (l *listener) reconnect(ctx context.Context) *pgx.Conn {
	for most := relistenMin; ctx.Err() == nil; most = min(2*most, relistenMax) {
		if conn, err := l.connect(ctx); err == nil {
			return conn
		}
		select {
		case <-time.After(rand.N(most)):
		case <-ctx.Done():
		}
	}
	return nil
}

// close stops hearing.
func (l *listener) close() {
	l.cancel()
	<-l.done
}
