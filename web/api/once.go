package api

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"itms"
)

// keyText describes the header to callers.
const keyText = "Makes the call safe to repeat: under the same key it is carried out once, and a repeat within 24 hours is given the first " +
	"answer, with Idempotency-Replayed: true. A key is good for one call of one caller; with another call it is refused (KEY_REUSED), and " +
	"while the call is being carried out a repeat is answered 409 (KEY_BUSY). Answers that asking again may change (429, 5xx) are not kept."

// describeOnce adds the header to an operation.
func describeOnce(op *huma.Operation) {
	longest := maxCallKey
	op.Parameters = append(op.Parameters, &huma.Param{Name: keyHeader, In: "header", Description: keyText,
		Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &longest}, Example: "5f0c6d1e-8f0a-4d9b-9a51-0d3c1d1b7a10"})
}

// once lets a call with a key pass to its operation when it is the first of that key; a
// repeat is given the answer of the first.
func (s *Server) once(largest int64) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humachi.Unwrap(ctx)
		values := r.Header.Values(keyHeader)
		if len(values) == 0 || s.opts.Vault == nil {
			next(ctx)
			return
		}
		err := s.carryOut(w, r, values, largest, func(w http.ResponseWriter, r *http.Request) {
			next(humachi.NewContext(ctx.Operation(), r, w))
		})
		if err != nil {
			s.writeProblem(w, r, problemOf(err))
		}
	}
}

// carryOut runs a keyed call, or answers as it was answered before. The answer leaves
// once it is recorded.
func (s *Server) carryOut(w http.ResponseWriter, r *http.Request, values []string, largest int64, run func(http.ResponseWriter, *http.Request)) error {
	key, err := readCallKey(values)
	if err != nil {
		return err
	}
	body, whole := takeBody(w, r, largest)
	if !whole { // the operation says what is wrong with it, and does nothing
		run(w, r)
		return nil
	}
	rec := recordOf(r.Context())
	call := s.replies.keyed(rec, key, body)
	if !s.replies.enter(call.Key) {
		return busyKey(time.Second)
	}
	defer s.replies.leave(call.Key)
	answered, err := s.replies.begin(r.Context(), call)
	if err != nil {
		return err
	}
	if answered != nil {
		return s.replay(w, rec, answered)
	}
	held := &heldAnswer{ResponseWriter: w, header: w.Header(), status: http.StatusOK}
	run(held, r)
	if err := s.replies.settle(r.Context(), call, held); err != nil {
		s.log.Error().Err(err).Str("requestId", rec.id).Msg("the answer of a keyed call was not recorded: a repeat carries the call out again")
	}
	send(w, rec, held.status, held.body.Bytes())
	return nil
}

// takeBody reads the body of a call and puts it back. It is not whole when it is too
// large or broke off.
func takeBody(w http.ResponseWriter, r *http.Request, largest int64) (body []byte, whole bool) {
	conn := http.NewResponseController(w)
	if err := conn.SetReadDeadline(time.Now().Add(bodyTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, false
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, largest+1))
	if err == nil { // nothing more is read of this call: only that its caller goes is noticed
		err = conn.SetReadDeadline(time.Time{})
	}
	if errors.Is(err, http.ErrNotSupported) {
		err = nil
	}
	rest := r.Body
	if err != nil {
		rest = io.NopCloser(brokenBody{err})
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), rest), r.Body}
	return body, err == nil && int64(len(body)) <= largest
}

// brokenBody fails each read as the first one failed.
type brokenBody struct{ err error }

func (b brokenBody) Read([]byte) (int, error) { return 0, b.err }

// replay gives an answer once more.
func (s *Server) replay(w http.ResponseWriter, rec *record, answered *itms.Reply) error {
	body, err := s.opts.Vault.Unseal(answered.Body)
	if err != nil {
		return itms.Errorf(itms.KindInternal, itms.CodeInternal, "open a kept answer").Because(err)
	}
	w.Header().Set("Content-Type", answered.Type)
	w.Header().Set(replayHeader, "true")
	send(w, rec, answered.Status, []byte(body))
	return nil
}

// send writes an answer; that its caller is gone stands in the log.
func send(w http.ResponseWriter, rec *record, status int, body []byte) {
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		rec.cause = err
	}
}

// heldAnswer keeps an answer back until it is recorded.
type heldAnswer struct {
	http.ResponseWriter
	header http.Header
	status int
	wrote  bool
	body   bytes.Buffer
}

// Unwrap lets http.ResponseController reach the connection.
func (h *heldAnswer) Unwrap() http.ResponseWriter { return h.ResponseWriter }

// WriteHeader notes the first status.
func (h *heldAnswer) WriteHeader(status int) {
	if !h.wrote {
		h.wrote, h.status = true, status
	}
}

// Write keeps bytes.
func (h *heldAnswer) Write(b []byte) (int, error) {
	h.wrote = true
	return h.body.Write(b)
}
