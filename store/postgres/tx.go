package postgres

import (
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"itms"
	"itms/store/internal/contacts"
	"itms/store/internal/record"
	"itms/store/internal/wake"
)

// tx is one transaction.
type tx struct {
	wire
	memory *memory
	writes *leaseWrites // the last of them; nil = none
	base   int64
	notes  contacts.Snapshot
	topics wake.Topics
	events int64 // appended to the journal here
	seq    int64 // the highest that was appended here, to the journal or the audit
	acts   int64 // appended to the audit here
}

var _ itms.Tx = (*tx)(nil)

// all runs a query and makes a T of each row.
func all[T any](t *tx, scan func(pgx.CollectableRow) (T, error), sql string, args ...any) (list []T, err error) {
	err = t.trip(question{statement{sql, args}, func(rows pgx.Rows) (err error) {
		list, err = pgx.CollectRows(rows, scan)
		return err
	}})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list, nil
}

// domain reports whether err is about what is stored, not about the engine: a document
// that cannot be decoded.
func domain(err error) bool {
	var e *itms.Error
	return errors.As(err, &e)
}

// document decodes a row of one document.
func document[T any](row pgx.CollectableRow) (T, error) {
	v, err := pointer[T](row)
	if err != nil {
		var zero T
		return zero, err
	}
	return *v, nil
}

// pointer is document for lists of pointers.
func pointer[T any](row pgx.CollectableRow) (*T, error) {
	var doc []byte
	if err := row.Scan(&doc); err != nil {
		return nil, err
	}
	return record.Decode[T](doc)
}

// load decodes the one document that a query finds, or fails with KindNotFound.
func load[T any](t *tx, what, name, sql string, args ...any) (*T, error) {
	for _, arg := range args {
		if key, ok := arg.(string); ok && !usable(key) {
			return nil, itms.NotFound(what, name)
		}
	}
	var doc []byte
	found, err := t.one(sql, args, &doc)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, itms.NotFound(what, name)
	}
	return record.Decode[T](doc)
}

// usable reports whether PostgreSQL takes the texts; an empty one stands for any.
func usable(texts ...string) bool {
	return !slices.ContainsFunc(texts, func(s string) bool { return s != "" && !record.Usable(s) })
}

// mayWrite refuses writes of a View.
func (t *tx) mayWrite() error {
	if !t.writable {
		return record.ReadOnly()
	}
	return nil
}

// Devices returns the devices.
func (t *tx) Devices() itms.Devices { return devices{t} }

// Services returns the service slots.
func (t *tx) Services() itms.Services { return services{t} }

// Bindings returns the bindings.
func (t *tx) Bindings() itms.Bindings { return bindings{t} }

// Orders returns the work orders.
func (t *tx) Orders() itms.Orders { return orders{t} }

// ServiceOrders returns the orders of several items.
func (t *tx) ServiceOrders() itms.ServiceOrders { return serviceOrders{t} }

// Activations returns the activation codes.
func (t *tx) Activations() itms.Activations { return activations{t} }

// Stock returns the warehouse's boxes.
func (t *tx) Stock() itms.Stock { return stock{t} }

// Tasks returns what is to be done on devices.
func (t *tx) Tasks() itms.Tasks { return tasks{t} }

// Files returns what devices download and uploaded.
func (t *tx) Files() itms.Files { return files{t} }

// Transfers returns the permissions to fetch and deliver files.
func (t *tx) Transfers() itms.Transfers { return transfers{t} }

// Endings returns how orders ended.
func (t *tx) Endings() itms.Endings { return endings{t} }

// Journal returns the record of events.
func (t *tx) Journal() itms.Journal { return journal{t} }

// Outbox returns the queued deliveries.
func (t *tx) Outbox() itms.Outbox { return outbox{t} }

// Agenda returns the alarms.
func (t *tx) Agenda() itms.Agenda { return agenda{t} }

// Batches implements itms.Tx.
func (t *tx) Batches() itms.Batches { return batches{t} }

// Tokens returns the API tokens.
func (t *tx) Tokens() itms.Tokens { return tokens{t} }

// Users returns the people.
func (t *tx) Users() itms.Users { return users{t} }

// SignIns returns the sessions of people.
func (t *tx) SignIns() itms.SignIns { return signIns{t} }

// Audit returns the record of changes.
func (t *tx) Audit() itms.Audit { return audit{t} }

// Traces returns the recordings of sessions.
func (t *tx) Traces() itms.Traces { return traces{t} }

// Settings returns the system values.
func (t *tx) Settings() itms.Settings { return settings{t} }

// Leases returns which client has which address.
func (t *tx) Leases() itms.Leases { return leases{t} }

// Subscriptions returns who is told of events.
func (t *tx) Subscriptions() itms.Subscriptions { return subscriptions{t} }

// DeadLetters returns the deliveries that were given up.
func (t *tx) DeadLetters() itms.DeadLetters { return deadLetters{t} }

// Replies returns what keyed calls came to.
func (t *tx) Replies() itms.Replies { return replies{t} }

// AccessSessions returns who is on the network.
func (t *tx) AccessSessions() itms.AccessSessions { return accessSessions{t} }
