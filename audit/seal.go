package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"itms"
)

// Canonical is the form of an entry that is sealed; see the package comment.
func Canonical(e *itms.AuditEntry) ([]byte, error) {
	c := *e
	c.Hash = ""
	text, err := json.Marshal(&c)
	if err != nil {
		return nil, fmt.Errorf("write entry %d: %w", e.Seq, err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber() // numbers as they are written
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, fmt.Errorf("read entry %d: %w", e.Seq, err)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b) // which sorts the members of objects
	enc.SetEscapeHTML(false)
	if err := enc.Encode(tree); err != nil {
		return nil, fmt.Errorf("write entry %d: %w", e.Seq, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// seal makes the seal of an entry behind another one.
func seal(last itms.AuditSeal, e *itms.AuditEntry) (itms.AuditSeal, error) {
	text, err := Canonical(e)
	if err != nil {
		return last, err
	}
	h := sha256.New()
	_, _ = h.Write([]byte(last.Hash + "\n")) // never fails
	_, _ = h.Write(text)
	return itms.AuditSeal{Seq: e.Seq, Hash: hex.EncodeToString(h.Sum(nil))}, nil
}

// Sealer seals entries soon after they were written. Entering takes no part in that: what
// writes an entry neither reads nor writes a seal, so any number of calls enter at once.
// Every node may run one; the head of the chain decides which of two was first.
type Sealer struct {
	store itms.Store
	fail  func(error) // hears of failures, which are tried again; nil = nobody
}

// NewSealer makes one.
func NewSealer(store itms.Store, fail func(error)) *Sealer {
	if fail == nil {
		fail = func(error) {}
	}
	return &Sealer{store, fail}
}

// Pace of sealing.
const (
	sealedAtOnce = 500                    // entries of one transaction
	sealAfter    = 250 * time.Millisecond // at most, after an entry was written: it gathers more, and lets another node be first
	lookAgain    = 30 * time.Second       // for when a hint was lost
)

// Run seals until ctx ends, and once more then.
func (s *Sealer) Run(ctx context.Context) error {
	wake := s.store.Wake(ctx, itms.TopicAudit)
	for {
		if err := s.SealAll(context.WithoutCancel(ctx)); err != nil && ctx.Err() == nil {
			s.fail(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
			pause(ctx, rand.N(sealAfter))
		case <-time.After(lookAgain):
		}
	}
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// SealAll seals what is there to be sealed.
func (s *Sealer) SealAll(ctx context.Context) error {
	for {
		n, err := s.some(ctx)
		if err != nil || n < sealedAtOnce {
			return err
		}
	}
}

// some seals a few entries and returns how many. They never change, so they are read
// apart from the transaction that seals them: it reads the head alone.
func (s *Sealer) some(ctx context.Context) (int, error) {
	var head itms.AuditSeal
	var entries []itms.AuditEntry
	err := s.store.View(ctx, func(tx itms.Tx) (err error) {
		if head, err = tx.Audit().Head(); err != nil {
			return err
		}
		entries, err = tx.Audit().After(head.Seq, sealedAtOnce)
		return err
	})
	if err != nil || len(entries) == 0 {
		return 0, err
	}
	seals, last := make([]itms.AuditSeal, 0, len(entries)), head
	for i := range entries {
		if last, err = seal(last, &entries[i]); err != nil {
			return 0, err
		}
		seals = append(seals, last)
	}
	err = s.store.Update(ctx, func(tx itms.Tx) error { return tx.Audit().Seal(head, seals) })
	if itms.IsKind(err, itms.KindConflict) {
		return 0, nil // another node was first
	}
	return len(seals), err
}
