package postgres

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"itms"
	"itms/store/internal/record"
	"itms/store/internal/wake"
)

// audit is itms.Audit. Its sequences are made like those of the journal. The seals are
// in a table of their own, and who appends reads neither them nor their head: so sealing
// never collides with an update, only with another node that seals.
type audit struct{ t *tx }

// Append stores the entry behind those of this transaction.
func (a audit) Append(e *itms.AuditEntry) error {
	if err := a.t.mayWrite(); err != nil {
		return err
	}
	if a.t.acts >= 1<<placeBits {
		return itms.Errorf(itms.KindLimit, itms.CodeTooLarge, "more than %d entries in one transaction", 1<<placeBits)
	}
	if err := a.t.begin(); err != nil { // it tells the number
		return err
	}
	c := *e
	c.Seq = (a.t.base+a.t.number)<<placeBits | a.t.acts
	doc, err := record.AuditEntry(&c)
	if err != nil {
		return err
	}
	if err := a.t.later(`insert into audit (seq, at, actor, action, doc) values ($1, $2, $3, $4, $5)`,
		c.Seq, itms.Timestamp(c.At), c.Actor, c.Action, doc); err != nil {
		return err
	}
	for _, target := range c.Targets() {
		if err := a.t.later(`insert into audit_targets (kind, id, seq) values ($1, $2, $3)`, target.Kind, target.ID, c.Seq); err != nil {
			return err
		}
	}
	e.Seq = c.Seq
	a.t.acts++
	a.t.seq = max(a.t.seq, c.Seq)
	a.t.topics |= wake.Audit
	return nil
}

// readEntry makes an entry of its document and seal.
func readEntry(row pgx.CollectableRow) (itms.AuditEntry, error) {
	var doc []byte
	var hash *string
	if err := row.Scan(&doc, &hash); err != nil {
		return itms.AuditEntry{}, err
	}
	e, err := record.Decode[itms.AuditEntry](doc)
	if err != nil {
		return itms.AuditEntry{}, err
	}
	if hash != nil {
		e.Hash = *hash
	}
	return *e, nil
}

// selectEntry reads entries with their seals.
const selectEntry = `select a.doc, s.hash from audit a left join audit_seals s on s.seq = a.seq `

// After returns the settled entries behind seq.
func (a audit) After(seq int64, limit int) ([]itms.AuditEntry, error) {
	if limit <= 0 {
		return nil, nil
	}
	return all(a.t, readEntry, selectEntry+`where a.seq > $2 and a.seq < `+settled+` order by a.seq limit $3`, a.t.base, seq, limit)
}

// List returns a page of entries, settled or not.
func (a audit) List(q itms.AuditQuery) ([]itms.AuditEntry, error) {
	if q.Limit <= 0 || !usable(q.Target.Kind, q.Target.ID, q.Actor, q.Action) {
		return nil, nil
	}
	var where []string
	args := []any{q.Limit}
	when := func(asked bool, condition string, values ...any) {
		if !asked {
			return
		}
		numbers := make([]any, len(values))
		for i := range values {
			numbers[i] = len(args) + 1 + i
		}
		where, args = append(where, fmt.Sprintf(condition, numbers...)), append(args, values...)
	}
	when(q.Before > 0, "a.seq < $%d", q.Before)
	sql := selectEntry
	if (q.Target != itms.AuditTarget{}) {
		sql = `select a.doc, s.hash from audit_targets t join audit a on a.seq = t.seq left join audit_seals s on s.seq = t.seq `
		when(true, "t.kind = $%d and t.id = $%d", q.Target.Kind, q.Target.ID)
		when(q.Before > 0, "t.seq < $%d", q.Before)
	}
	when(q.Actor != "", "a.actor = $%d", q.Actor)
	when(q.Action != "", "a.action = $%d", q.Action)
	when(!q.From.IsZero(), "a.at >= $%d", q.From)
	when(!q.To.IsZero(), "a.at < $%d", q.To)
	if len(where) > 0 {
		sql += "where " + strings.Join(where, " and ")
	}
	if (q.Target != itms.AuditTarget{}) {
		return all(a.t, readEntry, sql+` order by t.seq desc limit $1`, args...)
	}
	return all(a.t, readEntry, sql+` order by a.seq desc limit $1`, args...)
}

// Head returns the last seal.
func (a audit) Head() (head itms.AuditSeal, err error) {
	_, err = a.t.one(`select seq, hash from audit_head`, nil, &head.Seq, &head.Hash)
	return head, err
}

// Seal stores seals behind the head.
func (a audit) Seal(head itms.AuditSeal, seals []itms.AuditSeal) error {
	if err := a.t.mayWrite(); err != nil {
		return err
	}
	if err := record.Seals(head, seals); err != nil {
		return err
	}
	last := head
	if len(seals) > 0 {
		last = seals[len(seals)-1]
	}
	rows, err := a.t.exec(`update audit_head set seq = $3, hash = $4 where seq = $1 and hash = $2`, head.Seq, head.Hash, last.Seq, last.Hash)
	if err != nil {
		return err
	}
	if rows == 0 {
		return record.HeadMoved()
	}
	for _, s := range seals {
		if err := a.t.later(`insert into audit_seals (seq, hash) values ($1, $2)`, s.Seq, s.Hash); err != nil {
			return err
		}
	}
	return nil
}
