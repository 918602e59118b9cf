package audit

import (
	"context"
	"fmt"

	"itms"
)

// checkedAtOnce is how many entries are read at a time.
const checkedAtOnce = 1000

// Check goes through the whole audit and says whether every entry is as it was sealed. An
// anchor is a seal that was kept elsewhere and must be part of the chain; the zero one is
// none.
func Check(ctx context.Context, store itms.Store, anchor itms.AuditSeal) (itms.AuditCheck, error) {
	c := &checker{anchor: anchor, result: itms.AuditCheck{Intact: true}}
	for after := int64(0); ; {
		var entries []itms.AuditEntry
		err := store.View(ctx, func(tx itms.Tx) (err error) {
			if after == 0 { // what is sealed from now on is not waited for
				if c.result.Head, err = tx.Audit().Head(); err != nil {
					return err
				}
			}
			entries, err = tx.Audit().After(after, checkedAtOnce)
			return err
		})
		if err != nil {
			return itms.AuditCheck{}, err
		}
		for i := range entries {
			if err := c.entry(&entries[i]); err != nil {
				return itms.AuditCheck{}, err
			}
			after = entries[i].Seq
		}
		if len(entries) < checkedAtOnce {
			c.end()
			return c.result, nil
		}
	}
}

// checker goes along the chain.
type checker struct {
	last   itms.AuditSeal
	anchor itms.AuditSeal
	held   bool // the anchor was met
	result itms.AuditCheck
}

// broken notes the first thing that is wrong.
func (c *checker) broken(seq int64, format string, args ...any) {
	if c.result.Intact {
		c.result.Intact, c.result.BrokenAt, c.result.Reason = false, seq, fmt.Sprintf(format, args...)
	}
}

// entry checks the next entry.
func (c *checker) entry(e *itms.AuditEntry) error {
	c.result.Entries++
	if e.Seq > c.result.Head.Seq {
		c.result.Unsealed++
		return nil
	}
	want, err := seal(c.last, e)
	if err != nil {
		return err
	}
	switch {
	case e.Hash == "":
		c.broken(e.Seq, "entry %d has no seal, although later ones have", e.Seq)
	case e.Hash != want.Hash:
		c.broken(e.Seq, "entry %d is not as it was sealed, or the one before it is not", e.Seq)
	}
	c.last = itms.AuditSeal{Seq: e.Seq, Hash: e.Hash}
	c.held = c.held || c.last == c.anchor
	return nil
}

// end checks that nothing is missing behind the last entry.
func (c *checker) end() {
	if c.last != c.result.Head {
		c.broken(c.result.Head.Seq, "the last seal is that of entry %d, and the last sealed entry is %d", c.result.Head.Seq, c.last.Seq)
	}
	if c.anchor != (itms.AuditSeal{}) && !c.held {
		c.broken(c.anchor.Seq, "entry %d with the seal that was kept is not there", c.anchor.Seq)
	}
}
