package boltdb

import (
	"bytes"
	"errors"
	"fmt"
	"iter"

	bolt "go.etcd.io/bbolt"

	"itms"
	"itms/store/internal/contacts"
	"itms/store/internal/record"
	"itms/store/internal/wake"
)

// pages is a bbolt transaction with its buckets opened once.
type pages struct {
	bolt   *bolt.Tx
	opened [bucketCount]*bolt.Bucket
	cache  *decodedCache
	leases *leaseIndex
	looks  int // into indexes for lists: what tests count
}

// in opens a bucket.
func (p *pages) in(b bucket) *bolt.Bucket {
	if p.opened[b] == nil {
		p.opened[b] = p.bolt.Bucket([]byte(bucketNames[b]))
		switch b {
		case inJournal, inAudit, inAuditSeals:
			p.opened[b].FillPercent = 0.95 // keys only ever grow: half-empty pages would stay so
		case inLeases:
			p.opened[b].FillPercent = 0.8 // addresses are taken in order, and leases change a little in size
		}
	}
	return p.opened[b]
}

// tx is one caller's transaction, perhaps one of several on the same pages.
type tx struct {
	*pages
	writable bool
	notes    contacts.Snapshot
	undo     []change
	topics   wake.Topics
}

var _ itms.Tx = (*tx)(nil)

// change is what a key held before this transaction touched it.
type change struct {
	bucket bucket
	key    []byte
	old    []byte // nil = nothing
}

// get returns the value of a key, nil when there is none. It is valid until the
// transaction ends.
func (t *tx) get(b bucket, key []byte) []byte {
	if len(key) == 0 {
		return nil
	}
	return t.in(b).Get(key)
}

// put stores a value; one that is there already costs nothing.
func (t *tx) put(b bucket, key, value []byte) error {
	if value == nil {
		value = []byte{} // or bbolt would say until the commit that there is none
	}
	old := t.in(b).Get(key)
	if old != nil && bytes.Equal(old, value) {
		return nil
	}
	return t.replace(b, key, old, value)
}

// replace stores a value, not nil, for one that was looked up already (nil = none).
func (t *tx) replace(b bucket, key, old, value []byte) error {
	if err := t.in(b).Put(key, value); err != nil {
		return fmt.Errorf("write to bucket %s: %w", bucketNames[b], err)
	}
	t.undo = append(t.undo, change{b, key, old})
	return nil
}

// drop removes a key.
func (t *tx) drop(b bucket, key []byte) error {
	old := t.get(b, key)
	if old == nil {
		return nil
	}
	if err := t.in(b).Delete(key); err != nil {
		return fmt.Errorf("delete from bucket %s: %w", bucketNames[b], err)
	}
	t.undo = append(t.undo, change{b, key, old})
	return nil
}

// move keeps an index: the entry under the old key goes, one under the new key
// comes. A nil key stands for no entry.
func (t *tx) move(b bucket, old, key, value []byte) error {
	if old != nil && !bytes.Equal(old, key) {
		if err := t.drop(b, old); err != nil {
			return err
		}
	}
	if key == nil {
		return nil
	}
	return t.put(b, key, value)
}

// rollback takes back what this transaction wrote, the last change first, and
// spoils the group when that fails.
func (t *tx) rollback(g *group) {
	for i := len(t.undo) - 1; i >= 0; i-- {
		c := t.undo[i]
		var err error
		if c.old == nil {
			err = t.in(c.bucket).Delete(c.key)
		} else {
			err = t.in(c.bucket).Put(c.key, c.old)
		}
		if err != nil {
			g.spoilt = errors.Join(g.spoilt, err)
		}
	}
}

// ascend yields the entries with the prefix from key on, in order. The bucket must
// not be written meanwhile.
func (t *tx) ascend(b bucket, prefix, from []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		c := t.in(b).Cursor()
		if bytes.Compare(from, prefix) < 0 {
			from = prefix
		}
		for k, v := c.Seek(from); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
			if !yield(k, v) {
				return
			}
		}
	}
}

// descend yields the entries with the prefix below key (nil = from the end), in
// reverse order. The bucket must not be written meanwhile.
func (t *tx) descend(b bucket, prefix, below []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		c := t.in(b).Cursor()
		end := after(prefix)
		if below != nil && (end == nil || bytes.Compare(below, end) < 0) {
			end = below
		}
		for k, v := last(c, end); k != nil && bytes.HasPrefix(k, prefix); k, v = back(c, k) {
			if !yield(k, v) {
				return
			}
		}
	}
}

// last positions c on the last entry below end (nil = the very last).
func last(c *bolt.Cursor, end []byte) (k, v []byte) {
	if end == nil {
		return c.Last()
	}
	if k, _ := c.Seek(end); k == nil {
		return c.Last()
	}
	return back(c, end)
}

// back moves c to the entry before key. bbolt's Prev stops at a page that deletes
// of the same transaction emptied, and goes on when it is called again.
func back(c *bolt.Cursor, key []byte) (k, v []byte) {
	for {
		if k, v = c.Prev(); k != nil {
			return k, v
		}
		if first, _ := c.Bucket().Cursor().First(); first == nil || bytes.Compare(first, key) >= 0 {
			return nil, nil
		}
	}
}

// mayWrite refuses writes of a View.
func (t *tx) mayWrite() error {
	if !t.writable {
		return record.ReadOnly()
	}
	return nil
}

// load decodes the document of a key, or fails with KindNotFound.
func load[T any](t *tx, b bucket, what, id string) (*T, error) {
	doc, err := find[T](t, b, id)
	if doc == nil && err == nil {
		err = itms.NotFound(what, id)
	}
	return doc, err
}

// find is load without complaint: nil when there is none.
func find[T any](t *tx, b bucket, id string) (*T, error) {
	if data := t.stored(b, id); data != nil {
		return decode[T](t.cache, b, id, data)
	}
	return nil, nil
}

// stored returns the bytes of a document, nil when there is none.
func (t *tx) stored(b bucket, id string) []byte {
	if !record.Usable(id) {
		return nil
	}
	return t.get(b, []byte(id))
}

// former returns what a document is before it is replaced, to be read only; an empty
// one when there is none.
func former[T any](t *tx, b bucket, id string) (*T, error) {
	if data := t.stored(b, id); data != nil {
		return look[T](t.cache, b, id, data)
	}
	return new(T), nil
}

// keep stores a document and remembers it as decoded: what was just written is read
// again soon.
func (t *tx) keep(b bucket, id string, doc []byte, value any) error {
	if err := t.put(b, []byte(id), doc); err != nil {
		return err
	}
	t.cache.keep(b, id, doc, value)
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

// Settings returns the system values.
func (t *tx) Settings() itms.Settings { return settings{t} }

// Traces returns the recordings of sessions.
func (t *tx) Traces() itms.Traces { return traces{t} }

// Leases returns which client has which address.
func (t *tx) Leases() itms.Leases { return leases{t} }

// Foresee does nothing: what will be asked for is at hand.
func (t *tx) Foresee(itms.Foresight) {}

// Subscriptions returns who is told of events.
func (t *tx) Subscriptions() itms.Subscriptions { return subscriptions{t} }

// DeadLetters returns the deliveries that were given up.
func (t *tx) DeadLetters() itms.DeadLetters { return deadLetters{t} }

// Replies returns what keyed calls came to.
func (t *tx) Replies() itms.Replies { return replies{t} }

// AccessSessions returns who is on the network.
func (t *tx) AccessSessions() itms.AccessSessions { return accessSessions{t} }
