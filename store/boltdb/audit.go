package boltdb

import (
	"bytes"
	"encoding/binary"
	"sort"
	"time"

	"itms"
	"itms/store/internal/record"
	"itms/store/internal/wake"
)

// audit is itms.Audit. Like those of the journal, its sequences are in the order of
// commits.
type audit struct{ t *tx }

// Append stores the entry behind all others.
func (a audit) Append(e *itms.AuditEntry) error {
	if err := a.t.mayWrite(); err != nil {
		return err
	}
	c := *e
	c.Seq = lastSeq(a.t, inAudit) + 1
	doc, err := record.AuditEntry(&c)
	if err != nil {
		return err
	}
	key := number(uint64(c.Seq))
	for _, target := range c.Targets() {
		if err := a.t.put(inAuditTarget, append(under(target.Kind, target.ID), key...), nil); err != nil {
			return err
		}
	}
	if err := a.t.put(inAuditActor, append(under(c.Actor), key...), nil); err != nil {
		return err
	}
	if err := a.t.put(inAudit, key, doc); err != nil {
		return err
	}
	a.t.topics |= wake.Audit
	e.Seq = c.Seq
	return nil
}

// lastSeq is the highest key of a bucket of sequences, 0 when it is empty.
func lastSeq(t *tx, b bucket) int64 {
	k, _ := t.in(b).Cursor().Last()
	if k == nil {
		return 0
	}
	return int64(binary.BigEndian.Uint64(k))
}

// read makes an entry of its key and document, and its seal.
func (a audit) read(key, doc []byte) (*itms.AuditEntry, error) {
	e, err := record.Decode[itms.AuditEntry](doc)
	if err != nil {
		return nil, err
	}
	e.Hash = string(a.t.get(inAuditSeals, key))
	return e, nil
}

// After returns the entries behind seq.
func (a audit) After(seq int64, limit int) ([]itms.AuditEntry, error) {
	var list []itms.AuditEntry
	for k, doc := range a.t.ascend(inAudit, nil, number(uint64(max(seq, 0))+1)) {
		if len(list) >= limit {
			break
		}
		e, err := a.read(k, doc)
		if err != nil {
			return nil, err
		}
		list = append(list, *e)
	}
	return list, nil
}

// List returns a page of entries.
func (a audit) List(q itms.AuditQuery) ([]itms.AuditEntry, error) {
	in, prefix, ok := auditIndex(&q)
	if !ok {
		return nil, nil
	}
	first, below, err := a.span(&q)
	if err != nil {
		return nil, err
	}
	var end []byte
	if below > 0 {
		end = append(bytes.Clone(prefix), number(uint64(below))...)
	}
	var list []itms.AuditEntry
	for k := range a.t.descend(in, prefix, end) {
		key := k[len(prefix):]
		if len(list) >= q.Limit || int64(binary.BigEndian.Uint64(key)) < first {
			break
		}
		e, err := a.read(key, a.t.get(inAudit, key))
		if err != nil {
			return nil, err
		}
		if record.Selects(&q, e) {
			list = append(list, *e)
		}
	}
	return list, nil
}

// auditIndex is the bucket that a query is answered from, and the beginning of its keys;
// not ok when there can be no answer.
func auditIndex(q *itms.AuditQuery) (in bucket, prefix []byte, ok bool) {
	switch {
	case q.Target != itms.AuditTarget{}:
		ok = record.Usable(q.Target.Kind) && (q.Target.ID == "" || record.Usable(q.Target.ID))
		return inAuditTarget, under(q.Target.Kind, q.Target.ID), ok
	case q.Actor != "":
		return inAuditActor, under(q.Actor), record.Usable(q.Actor)
	}
	return inAudit, nil, true
}

// clockSlack is how far the times of entries may be out of order: a clock that was set
// back, or a caller that waited for its commit.
const clockSlack = time.Hour

// span is between which sequences, the second excluded and 0 for the end, a query finds
// anything.
func (a audit) span(q *itms.AuditQuery) (first, below int64, err error) {
	below = q.Before
	if !q.From.IsZero() {
		if first, err = a.since(q.From.Add(-clockSlack)); err != nil {
			return 0, 0, err
		}
	}
	if !q.To.IsZero() {
		end, err := a.since(q.To.Add(clockSlack))
		if err != nil {
			return 0, 0, err
		}
		if below <= 0 || end < below {
			below = end
		}
	}
	return first, below, nil
}

// since searches the first sequence that is not older than at.
func (a audit) since(at time.Time) (seq int64, err error) {
	n := sort.Search(int(lastSeq(a.t, inAudit)), func(i int) bool {
		doc := a.t.get(inAudit, number(uint64(i)+1))
		if doc == nil || err != nil {
			return false
		}
		var e *itms.AuditEntry
		if e, err = record.Decode[itms.AuditEntry](doc); err != nil {
			return false
		}
		return !e.At.Before(at)
	})
	return int64(n) + 1, err
}

// Head returns the last seal.
func (a audit) Head() (itms.AuditSeal, error) {
	k, hash := a.t.in(inAuditSeals).Cursor().Last()
	if k == nil {
		return itms.AuditSeal{}, nil
	}
	return itms.AuditSeal{Seq: int64(binary.BigEndian.Uint64(k)), Hash: string(hash)}, nil
}

// Seal stores seals behind the head.
func (a audit) Seal(head itms.AuditSeal, seals []itms.AuditSeal) error {
	if err := a.t.mayWrite(); err != nil {
		return err
	}
	if err := record.Seals(head, seals); err != nil {
		return err
	}
	now, err := a.Head()
	if err != nil {
		return err
	}
	if now != head {
		return record.HeadMoved()
	}
	for _, s := range seals {
		if err := a.t.put(inAuditSeals, number(uint64(s.Seq)), []byte(s.Hash)); err != nil {
			return err
		}
	}
	return nil
}
