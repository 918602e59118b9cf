package api

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"itms"
)

// Headers of keyed calls.
const (
	keyHeader    = "Idempotency-Key"      // draft-ietf-httpapi-idempotency-key-header
	replayHeader = "Idempotency-Replayed" // "true" on an answer that was given before
)

// Limits of keyed calls.
const (
	maxCallKey = 128            // bytes of a key; a UUID has 36
	replyLife  = 24 * time.Hour // a phone that was out of reach for a day asks a person what to do
	maxReplies = 20_000         // kept at once, the oldest go first: a day of 1,000 technicians
	maxReply   = 64 << 10       // bytes of an answer; the largest of these calls has a tenth of that
	trimEvery  = 100            // keyed calls between two looks for replies that are old or too many
	// elsewhere is after which time a call that another node began, and has not answered,
	// counts as cut off: no call takes half of that.
	elsewhere = time.Minute
	// settleTime bounds the record of an answer, made also when the caller is gone.
	settleTime = 5 * time.Second
)

// Vault seals answers, and makes fingerprints of what they are known by.
type Vault interface {
	// Seal encrypts a text.
	Seal(plain string) []byte
	// Unseal decrypts what Seal has made. Errors: a wrong key, damaged data.
	Unseal(sealed []byte) (string, error)
	// Fingerprint is a keyed hash of value, the same for equal values of equal purpose.
	Fingerprint(purpose, value string) string
}

// replies remembers what keyed calls came to.
type replies struct {
	store itms.Store
	vault Vault // nil = nothing is remembered
	node  string
	now   func() time.Time

	mu      sync.Mutex          // guards what follows
	running map[string]struct{} // calls that this process carries out, by Reply.Key
	begun   int                 // how many there were
}

// newReplies makes the memory of a server.
func newReplies(o *Options) *replies {
	return &replies{store: o.Store, vault: o.Vault, node: o.Node, now: o.Clock, running: map[string]struct{}{}}
}

// readCallKey reads the key of a call. The quotes that the draft wants around it may be
// left out.
func readCallKey(values []string) (string, error) {
	key := strings.TrimSpace(values[0])
	if len(key) > 1 && key[0] == '"' && key[len(key)-1] == '"' {
		key = key[1 : len(key)-1]
	}
	visible := func(c rune) bool { return c > ' ' && c <= '~' }
	if len(values) > 1 || key == "" || len(key) > maxCallKey || strings.ContainsFunc(key, func(c rune) bool { return !visible(c) }) {
		return "", itms.Invalid("/header/"+keyHeader, "expected one key of 1 to %d visible ASCII characters, e.g. a UUID", maxCallKey)
	}
	return key, nil
}

// keyed is the record of a call that has no answer yet. Role and key belong to the
// caller: another one who uses the same key is answered apart.
func (m *replies) keyed(rec *record, key string, body []byte) *itms.Reply {
	r := rec.req
	call := strings.Join([]string{r.Method, r.URL.RequestURI(), string(body)}, "\n")
	return &itms.Reply{Key: m.vault.Fingerprint("idempotency-key", strings.Join([]string{string(rec.role), rec.actor, key}, "\n")),
		Content: m.vault.Fingerprint("idempotency-content", call), Node: m.node, At: m.now()}
}

// enter takes the place of a call within this process, given back by leave.
func (m *replies) enter(key string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, there := m.running[key]; there {
		return false
	}
	m.running[key] = struct{}{}
	return true
}

// leave gives a place back.
func (m *replies) leave(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.running, key)
}

// begin notes durably that a call is carried out, or returns its answer when it was
// already. Errors: CodeKeyReused for another call, CodeKeyBusy while it is carried out
// elsewhere.
func (m *replies) begin(ctx context.Context, call *itms.Reply) (answered *itms.Reply, err error) {
	trims := m.trims()
	err = m.store.Update(ctx, func(tx itms.Tx) error {
		answered = nil
		if trims {
			if _, err := tx.Replies().Trim(call.At.Add(-replyLife), maxReplies); err != nil {
				return err
			}
		}
		err := tx.Replies().Insert(call)
		if !itms.IsKind(err, itms.KindConflict) {
			return err
		}
		known, err := tx.Replies().Get(call.Key)
		if err != nil {
			return err
		}
		if answered, err = m.repeat(known, call); answered != nil || err != nil {
			return err
		}
		return tx.Replies().Put(call)
	})
	return answered, err
}

// trims reports whether it is time to look for replies that need not be kept.
func (m *replies) trims() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begun++
	return m.begun%trimEvery == 1
}

// repeat decides about a call whose key is known: the answer it got; nil when it must be
// carried out, since it was cut off or was too long ago.
func (m *replies) repeat(known, call *itms.Reply) (*itms.Reply, error) {
	switch age := call.At.Sub(known.At); {
	case age >= replyLife:
		return nil, nil
	case known.Content != call.Content:
		return nil, itms.Errorf(itms.KindInvalid, itms.CodeKeyReused, "the key was used for another call before; each call needs a key of its own")
	case known.Status != 0:
		return known, nil
	case known.Node != m.node && age < elsewhere:
		return nil, busyKey(elsewhere - age)
	}
	return nil, nil
}

// busyKey is the refusal of a call that is being carried out.
func busyKey(wait time.Duration) error {
	return itms.Errorf(itms.KindConflict, itms.CodeKeyBusy, "this call is being carried out; ask again for its answer").After(wait)
}

// settle keeps the answer of a call. One that asking again may change is not kept, nor
// one that is too large. The caller may be gone: that is when the record is needed.
func (m *replies) settle(ctx context.Context, call *itms.Reply, answer *heldAnswer) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	if !lasting(answer.status) || answer.body.Len() > maxReply {
		return m.store.Update(ctx, func(tx itms.Tx) error { return tx.Replies().Delete(call.Key) })
	}
	done := *call
	done.Status, done.Type = answer.status, answer.header.Get("Content-Type")
	done.Body = m.vault.Seal(answer.body.String())
	return m.store.Update(ctx, func(tx itms.Tx) error { return tx.Replies().Put(&done) })
}

// lasting reports whether an answer says what became of a call: it was carried out, or
// refused for what it asks.
func lasting(status int) bool {
	switch status {
	case http.StatusOK, http.StatusCreated, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity:
		return true
	}
	return false
}
