package workorder

import "itms"

// tellGaps tells of subscriptions that the journal is about to be trimmed past: events
// that nobody took for so long are lost to them. It runs in the transaction that trims.
func (w *work) tellGaps() error {
	all, err := w.tx.Subscriptions().List("", itms.SubscriptionsMost)
	if err != nil {
		return err
	}
	for _, s := range all {
		if err := w.tellGap(s); err != nil {
			return err
		}
		if _, err := w.tx.DeadLetters().Trim(s.ID, w.now.Add(-w.policy.JournalKeep), lettersMost); err != nil {
			return err
		}
	}
	return nil
}

// tellGap moves the cursor of one subscription past what goes, and says how much of it
// should have been told.
func (w *work) tellGap(s *itms.Subscription) error {
	events, err := w.tx.Journal().After(s.Cursor, trimBatch)
	if err != nil {
		return err
	}
	limit, to, missed := w.now.Add(-w.policy.JournalKeep), s.Cursor, 0
	for i := range events {
		if !events[i].At.Before(limit) {
			break
		}
		wanted, err := wants(w.tx, s, &events[i])
		if err != nil {
			return err
		}
		if to = events[i].Seq; wanted {
			missed++
		}
	}
	if to == s.Cursor {
		return nil
	}
	moved, err := w.tx.Subscriptions().Advance(s.ID, s.Cursor, to)
	if err != nil || !moved || missed == 0 || s.Disabled {
		return err
	}
	return w.tellWebhook(s, "webhook.gap", System, "lost "+itoa(missed)+" events: the journal keeps them no longer", true)
}
