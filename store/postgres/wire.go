package postgres

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A transaction speaks to the server as little as it can: what needs no answer at once
// waits, and goes with the next question or with the commit; the begin goes with the
// first. So it costs a round trip for each question that it does not know the answer
// of (see memory.go), and one for the commit.

// waitingMost bounds the statements that wait, and with them the memory of a
// transaction that only writes.
const waitingMost = 256

// The statements that begin transactions. A writer asks for its number with the first
// of them: the journal's sequences are made of it.
const (
	beginView   = "begin isolation level repeatable read read only"
	beginUpdate = "begin isolation level serializable"
	askNumber   = "select pg_current_xact_id()::text::bigint"
)

// errNotCommitted is a commit that the server turned into a rollback.
var errNotCommitted = errors.New("the server rolled the transaction back")

// statement is something to be sent.
type statement struct {
	sql  string
	args []any
}

// question is a statement whose answer is read.
type question struct {
	statement
	read func(pgx.Rows) error // closes the rows or reads them to the end
}

// wire is a transaction's way to the server.
type wire struct {
	ctx      context.Context // of the Update or View: a Tx has no life of its own
	pool     *pgxpool.Pool
	trips    *atomic.Int64 // of the store
	writable bool
	conn     *pgxpool.Conn // nil before the first trip
	waiting  []statement
	sent     int          // how often what waited was sent
	number   int64        // of a writer's transaction, once it has begun
	broken   *engineError // the first failure: PostgreSQL refuses everything after it
}

// later has a statement sent sometime before the commit. It is for writes of which
// nobody needs to know how many rows they touched.
func (w *wire) later(sql string, args ...any) error {
	for _, arg := range args {
		if !plain(arg) { // refused by the server, most likely, and then this caller's fault
			_, err := w.exec(sql, args...)
			return err
		}
	}
	w.waiting = append(w.waiting, statement{sql, args})
	if len(w.waiting) < waitingMost {
		return nil
	}
	return w.flush()
}

// plain reports whether PostgreSQL surely takes the text or document.
func plain(arg any) bool {
	switch v := arg.(type) {
	case string:
		return utf8.ValidString(v) && strings.IndexByte(v, 0) < 0
	case []string:
		for _, s := range v {
			if !plain(s) {
				return false
			}
		}
	case []byte:
		return !bytes.Contains(v, []byte(`\u0000`))
	}
	return true
}

// flush sends what waits.
func (w *wire) flush() error {
	if len(w.waiting) == 0 {
		return nil
	}
	return w.trip()
}

// begin begins the transaction unless it has begun.
func (w *wire) begin() error {
	if w.conn != nil {
		return nil
	}
	return w.trip()
}

// exec runs a statement and returns how many rows it touched.
func (w *wire) exec(sql string, args ...any) (touched int64, err error) {
	err = w.trip(question{statement{sql, args}, func(rows pgx.Rows) error {
		rows.Close()
		touched = rows.CommandTag().RowsAffected()
		return rows.Err()
	}})
	return touched, err
}

// one runs a query for a single row and reports whether there was one.
func (w *wire) one(sql string, args []any, into ...any) (found bool, err error) {
	err = w.trip(question{statement{sql, args}, func(rows pgx.Rows) (err error) {
		found, err = single(rows, into...)
		return err
	}})
	return found && err == nil, err
}

// single reads the only row of an answer and reports whether there was one.
func single(rows pgx.Rows, into ...any) (found bool, err error) {
	defer rows.Close()
	if !rows.Next() {
		return false, rows.Err()
	}
	if err := rows.Scan(into...); err != nil {
		return true, err
	}
	rows.Close()
	return true, rows.Err()
}

// trip sends what waits, and the questions behind it, and has their answers read. A
// failure of the engine is remembered and translated.
func (w *wire) trip(questions ...question) error {
	if w.broken != nil {
		return w.translate(w.broken.err)
	}
	var batch pgx.Batch
	begins := w.conn == nil
	if begins {
		conn, err := w.pool.Acquire(w.ctx)
		if err != nil {
			return w.fail(err)
		}
		w.conn = conn
		w.queueBegin(&batch)
	}
	for _, s := range w.waiting {
		batch.Queue(s.sql, s.args...)
	}
	n := len(w.waiting)
	w.waiting, w.sent = w.waiting[:0], w.sent+1
	for _, q := range questions {
		batch.Queue(q.sql, q.args...)
	}
	if err := w.prepare(&batch); err != nil {
		return w.fail(err)
	}
	w.trips.Add(1)
	answers := w.conn.SendBatch(w.ctx, &batch)
	err := w.hear(answers, begins, n)
	for i := 0; err == nil && i < len(questions); i++ {
		var rows pgx.Rows
		if rows, err = answers.Query(); err == nil {
			err = questions[i].read(rows)
		}
	}
	if closed := answers.Close(); err == nil {
		err = closed
	}
	return w.fail(err)
}

// prepare has the connection know every statement by the name of its text. pgx would
// prepare them by itself, but throws those of a batch away that failed: after each
// collision ten statements would be parsed and planned anew.
func (w *wire) prepare(batch *pgx.Batch) error {
	for _, q := range batch.QueuedQueries {
		if _, err := w.conn.Conn().Prepare(w.ctx, q.SQL, q.SQL); err != nil {
			return err
		}
	}
	return nil
}

// queueBegin queues what begins the transaction.
func (w *wire) queueBegin(batch *pgx.Batch) {
	if !w.writable {
		batch.Queue(beginView)
		return
	}
	batch.Queue(beginUpdate)
	batch.Queue(askNumber)
}

// hear takes the answers to what began the transaction and to what waited.
func (w *wire) hear(answers pgx.BatchResults, begins bool, waited int) error {
	if begins {
		if _, err := answers.Exec(); err != nil {
			return err
		}
		if w.writable {
			if err := answers.QueryRow().Scan(&w.number); err != nil {
				return err
			}
		}
	}
	for range waited {
		if _, err := answers.Exec(); err != nil {
			return err
		}
	}
	return nil
}

// fail remembers and translates a failure of the engine; a stored document that cannot
// be decoded is none.
func (w *wire) fail(err error) error {
	if err == nil {
		return nil
	}
	if domain(err) {
		return err
	}
	if w.broken == nil {
		w.broken = &engineError{err}
	}
	return w.translate(err)
}

// translate puts a failure of the engine into the domain's terms, or that the caller
// gave up.
func (w *wire) translate(err error) error {
	if w.ctx.Err() != nil {
		return w.ctx.Err()
	}
	return translate(err, "use the database")
}

// commit commits; a transaction that asked and wrote nothing has nothing to commit.
func (w *wire) commit() error {
	if w.conn == nil && len(w.waiting) == 0 {
		return nil
	}
	return w.trip(question{statement{sql: "commit"}, func(rows pgx.Rows) error {
		rows.Close()
		if rows.Err() == nil && rows.CommandTag().String() != "COMMIT" {
			return errNotCommitted
		}
		return rows.Err()
	}})
}

// end gives the connection back, with nothing left open on it. After a commit that is
// all.
func (w *wire) end() {
	if w.conn == nil {
		return
	}
	if w.conn.Conn().PgConn().TxStatus() != 'I' {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), endTimeout)
		defer cancel()
		_, _ = w.conn.Exec(ctx, "rollback") // the pool closes a connection on which this failed
	}
	w.conn.Release()
}
