package api

import (
	"context"
	"encoding/json"
	"errors"
	"hash/maphash"
	"io"
	"math"
	"net/http"
	"time"

	"itms"
)

// maxRemembered is how many orders of a file a dry run remembers, to find their repeats: some
// 10 MiB.
const maxRemembered = 250_000

// orderImport is one import under way. Three goroutines share it: one reads lines and starts
// them, one tells what became of them in their order (run), one sends the report.
type orderImport struct {
	s       *Server
	ctx     context.Context
	rec     *record
	act     *itms.Act // of the import; nil where nobody is entered
	dry     bool
	columns bool // the input is CSV
	body    *linedBody
	reader  orderReader
	started time.Time

	busy map[string]*importJob // by what it is about, the last line under way; the reader's own
	seen map[uint64]uint64     // of a dry run: number of an order -> content; run's own

	totals  map[lineOutcome]int // run's own
	stopped string              // why the rest was not read; the reader's until it ended
}

// importJob is one line under way.
type importJob struct {
	line importLine
	done chan struct{} // closed once view is whole

	view    importLineView
	number  uint64 // of a dry run: what it is remembered by; 0 = not
	content uint64
}

// run takes all lines in and reports on them. It returns once the report is sent, or its
// reader is gone.
func (im *orderImport) run(w http.ResponseWriter) {
	report := newReport(w, im.rec)
	broken := make(chan struct{}) // closed when nobody reads the report any more
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		if report.send() != nil {
			close(broken)
		}
	}()
	over := make(chan struct{})
	go im.breakOff(broken, over)
	jobs := make(chan *importJob, importWindow)
	go im.read(jobs, broken)
	for job := range jobs {
		<-job.done
		report.add(im.settle(job))
	}
	close(over)
	im.enter()
	report.add(im.sum())
	report.end()
	<-sent
}

// breakOff ends the read that waits for more when the server stops, or nobody listens.
func (im *orderImport) breakOff(broken, over <-chan struct{}) {
	select {
	case <-over:
		return
	case <-broken:
	case <-im.s.streams.ended:
	}
	// A connection without deadlines gives up after lineTime, or at its end.
	_ = unlimited(im.rec.conn.SetReadDeadline(time.Unix(1, 0)))
}

// read starts one line after the other and closes jobs after the last.
func (im *orderImport) read(jobs chan<- *importJob, broken <-chan struct{}) {
	defer close(jobs)
	slots := make(chan struct{}, importWindow)
	for {
		slots <- struct{}{}
		select {
		case <-broken:
			im.stopped = "nobody reads the report"
			return
		default:
		}
		line, err := im.reader.next()
		switch {
		case errors.Is(err, io.EOF):
			im.stopped = stopText(im.rec.patient(importTime))
			return
		case err != nil:
			im.stopped = stopText(err)
			return
		}
		job := &importJob{line: line, done: make(chan struct{})}
		im.await(job)
		go func() {
			im.carryOut(job)
			close(job.done)
			<-slots
		}()
		jobs <- job
	}
}

// stopText says why reading ended, "" when it was the end.
func stopText(err error) string {
	if err == nil {
		return ""
	}
	if errors.Is(err, errStopping) {
		return errStopping.Error()
	}
	return problemOf(bodyProblem(err)).Detail
}

// await waits until the lines before that are about the same things are done: they may only
// take effect in their order.
func (im *orderImport) await(job *importJob) {
	if job.line.order == nil {
		return
	}
	for _, key := range orderKeys(job.line.order) {
		if before := im.busy[key]; before != nil {
			<-before.done
		}
		im.busy[key] = job
	}
	if len(im.busy) > 16*importWindow { // most are done
		for key, other := range im.busy {
			select {
			case <-other.done:
				delete(im.busy, key)
			default:
			}
		}
	}
}

// orderKeys are the things that an order is about.
func orderKeys(o *orderRequest) []string {
	keys := []string{"number " + o.OrderNo}
	for kind, id := range map[string]string{"service ": o.Service.ID, "subscriber ": o.Subscriber.ID, "loid ": o.Registration.LOID,
		"serial ": o.Device.Serial, "old serial ": o.OldDevice.Serial} {
		if id != "" {
			keys = append(keys, kind+id)
		}
	}
	for _, claim := range []claimDoc{o.Device, o.OldDevice} {
		if mac := macOfClaim(claim); mac != "" {
			keys = append(keys, "mac "+mac)
		}
	}
	return keys
}

// macOfClaim is the MAC address that a claim names, "" when it names none.
func macOfClaim(c claimDoc) string {
	if stbID, err := itms.ParseSTBID(c.STBID); err == nil {
		return stbID.MAC().String()
	}
	mac, err := itms.ParseMAC(c.MAC)
	if err != nil {
		return ""
	}
	return mac.String()
}

// carryOut takes one line in, or rehearses it, and notes what became of it.
func (im *orderImport) carryOut(job *importJob) {
	v := &job.view
	v.Line = job.line.n
	if o := job.line.order; o != nil {
		v.OrderNo, v.Source = o.OrderNo, o.Source
	}
	outcome, err := im.attempt(job)
	job.line.order = nil // it may be large, and those behind it look at done only
	if v.Outcome = outcome; err == nil {
		return
	}
	p := problemOf(err)
	v.Code, v.Detail = p.Code, p.Detail
	switch p.Status {
	case http.StatusConflict:
		v.Outcome = lineConflict
	case http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusTooManyRequests:
		v.Outcome = lineFailed
		im.s.log.Error().Err(err).Str("requestId", im.rec.id).Int("line", v.Line).Msg("a line of an import failed")
	default:
		v.Outcome = lineInvalid
	}
	for _, f := range p.Errors {
		e := importErrorView{Pointer: f.Pointer, Detail: f.Text}
		if im.columns {
			e.Column = columnAt(f.Pointer)
		}
		v.Errors = append(v.Errors, e)
	}
}

// attempt does what POST /work-orders does.
func (im *orderImport) attempt(job *importJob) (lineOutcome, error) {
	ctx := im.lineContext()
	if job.line.err != nil {
		return lineInvalid, im.s.everyWrongField(job.line.order, job.line.err)
	}
	req := job.line.order.request()
	if err := MayOrder(ctx, im.s.opts.Store, &req); err != nil {
		return lineInvalid, err
	}
	if im.dry {
		content, created, err := im.s.opts.Orders.Rehearse(ctx, req)
		job.number, job.content = im.hash(req.Source, req.OrderNo), im.hash(content)
		return outcomeOf(created), err
	}
	o, created, err := im.s.opts.Orders.Submit(ctx, im.rec.actor, req)
	if err == nil {
		job.view.ID = string(o.ID)
	}
	return outcomeOf(created), err
}

// outcomeOf is that of a line that was taken.
func outcomeOf(created bool) lineOutcome {
	if created {
		return lineCreated
	}
	return lineRepeat
}

// lineContext is that of one line: it goes on when the caller goes away, and enters the order
// in the audit as a post of it would.
func (im *orderImport) lineContext() context.Context {
	ctx := context.WithoutCancel(im.ctx)
	if im.act == nil {
		return ctx
	}
	return itms.WithAct(ctx, &itms.Act{Actor: im.act.Actor, Role: im.act.Role, Action: submitOrderID, Target: itms.AuditTarget{Kind: "order"},
		Remote: im.act.Remote, Request: im.act.Request})
}

// importSeed makes hashes that nobody can foresee.
var importSeed = maphash.MakeSeed()

// hash is a short form of texts.
func (im *orderImport) hash(texts ...string) uint64 {
	var h maphash.Hash
	h.SetSeed(importSeed)
	for _, t := range texts {
		_, _ = h.WriteString(t) // never fails
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}

// settle finishes the report on a line and counts it.
func (im *orderImport) settle(job *importJob) importLineView {
	v := &job.view
	if im.dry && v.Outcome == lineCreated {
		before, twice := im.seen[job.number]
		switch {
		case twice && before == job.content:
			v.Outcome = lineRepeat
		case twice:
			v.Outcome, v.Code, v.Detail = lineConflict, itms.CodeOrderConflict, "a line before has the number with other content"
		case len(im.seen) < maxRemembered:
			im.seen[job.number] = job.content
		}
	}
	im.totals[v.Outcome]++
	return *v
}

// sum is the end of the report.
func (im *orderImport) sum() importTotalsView {
	t := im.totals
	v := importTotalsView{Done: true, DryRun: im.dry, Created: t[lineCreated], Repeat: t[lineRepeat], Conflict: t[lineConflict], Invalid: t[lineInvalid],
		Failed: t[lineFailed], Stopped: im.stopped, Seconds: math.Round(im.s.now().Sub(im.started).Seconds()*1000) / 1000}
	for _, n := range t {
		v.Lines += n
	}
	if v.Seconds > 0 {
		v.PerSecond = math.Round(float64(v.Lines)/v.Seconds*10) / 10
	}
	return v
}

// enter enters the import in the audit, with its totals, and in the log.
func (im *orderImport) enter() {
	v := im.sum()
	im.s.log.Info().Str("requestId", im.rec.id).Bool("dryRun", v.DryRun).Int("lines", v.Lines).Int("created", v.Created).Int("repeat", v.Repeat).Int("conflict", v.Conflict).
		Int("invalid", v.Invalid).Int("failed", v.Failed).Float64("perSecond", v.PerSecond).Str("stopped", v.Stopped).Msg("import of work orders")
	if im.act == nil || im.dry {
		return
	}
	facts, err := json.Marshal(map[string]any{"lines": v.Lines, "created": v.Created, "repeat": v.Repeat, "conflict": v.Conflict, "invalid": v.Invalid,
		"failed": v.Failed, "stopped": v.Stopped})
	if err == nil {
		err = im.s.opts.Store.Update(context.WithoutCancel(im.ctx), func(tx itms.Tx) error {
			return tx.Audit().Append(&itms.AuditEntry{At: itms.Timestamp(im.s.now()), Actor: im.act.Actor, Role: im.act.Role, Action: im.act.Action,
				Target: itms.AuditTarget{Kind: "import", ID: im.rec.id}, After: facts, Remote: im.act.Remote, Request: im.act.Request})
		})
	}
	if err != nil {
		im.rec.cause = err // the report is on its way
	}
}
