package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"itms"
)

// auditPath is the record of changes.
const auditPath = base + "/audit"

// Auditor checks the record of changes.
type Auditor interface {
	// Check goes through all of it; anchor is a seal that must be part of it, the zero one
	// is none.
	Check(ctx context.Context, anchor itms.AuditSeal) (itms.AuditCheck, error)
}

// auditInput selects entries.
type auditInput struct {
	Actor  string `query:"actor" doc:"Only what this one did." example:"li.wei"`
	Target string `query:"target" doc:"Only what was done to this thing, also along with others, as KIND:ID. Kinds: order, device, service, task, batch, file, trace, stock, lease, session, user, token, ..." example:"device:00005E-STB-S1001"`
	Action string `query:"action" doc:"Only this call, by its operationId." example:"cancel-work-order"`
	From   string `query:"from" doc:"Not before this day or time." example:"2026-11-01"`
	To     string `query:"to" doc:"Up to the end of this day, or before this time." example:"2026-11-01T12:00:00Z"`
	Cursor string `query:"cursor" doc:"Next of the answer before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" doc:"Most items wanted; 50 when left out." example:"50"`
}

// targetView names a thing.
type targetView struct {
	Kind string `json:"kind" example:"device"`
	ID   string `json:"id,omitempty" doc:"Absent when the call was about none in particular." example:"00005E-STB-S1001"`
}

// changedView is a thing that a call changed besides.
type changedView struct {
	Target targetView     `json:"target"`
	Before map[string]any `json:"before" doc:"What differs, as it was; null when there was nothing, or nothing to tell."`
	After  map[string]any `json:"after" doc:"The same as it is then; null when it is gone."`
}

// auditView is one entry.
type auditView struct {
	Seq       int64          `json:"seq" doc:"Grows, may have gaps." example:"1001"`
	At        time.Time      `json:"at"`
	Actor     string         `json:"actor" example:"li.wei"`
	Role      string         `json:"role,omitempty" example:"operator"`
	Action    string         `json:"action" doc:"The call, by its operationId." example:"block-device"`
	Target    targetView     `json:"target"`
	Before    map[string]any `json:"before" doc:"What differs, as it was; null when there was nothing, or nothing to tell. Never with secrets."`
	After     map[string]any `json:"after" doc:"The same as it is then; null when it is gone."`
	Also      []changedView  `json:"also,omitempty" doc:"What else the call changed."`
	More      int            `json:"more,omitempty" doc:"How many things beside those." example:"0"`
	Remote    string         `json:"remote,omitempty" doc:"Address of the caller." example:"192.0.2.77"`
	RequestID string         `json:"requestId,omitempty" doc:"The log has it too." example:"01J0000000000000000000000Z"`
	Hash      string         `json:"hash,omitempty" doc:"The seal: SHA-256 over the one before and this entry. Absent for the second or so until it is made."`
}

// checkInput may bring an anchor.
type checkInput struct {
	Anchor string `query:"anchor" doc:"SEQ:HASH of a seal that was kept elsewhere; it must be part of the chain." example:"1001:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
}

// auditCheckView is what a check found.
type auditCheckView struct {
	Entries  int    `json:"entries" example:"1001"`
	Unsealed int    `json:"unsealed" doc:"The newest, which have no seal yet." example:"0"`
	Intact   bool   `json:"intact"`
	BrokenAt *int64 `json:"brokenAt" doc:"First entry that does not fit its seal; null when all do." example:"17"`
	Reason   string `json:"reason,omitempty" doc:"In words."`
	Head     string `json:"head,omitempty" doc:"SEQ:HASH of the last seal. Keep it elsewhere and bring it as anchor, to find out that the end was cut off." example:"1001:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
}

// auditCheckOutput answers a check.
type auditCheckOutput struct{ Body auditCheckView }

// auditRoutes registers the audit.
func (s *Server) auditRoutes() {
	add(s, route{method: http.MethodGet, path: auditPath, id: "list-audit", tag: "Audit", summary: "List what callers changed",
		description: "Newest first: who, what, before and after. Changes that devices cause are in the journal, not here.",
		needs:       auditRead, example: pageOf[auditView]{Items: []auditView{exampleEntry()}}, problems: []int{http.StatusUnprocessableEntity}}, s.listAudit)
	if s.opts.Audit == nil {
		return
	}
	add(s, route{method: http.MethodGet, path: auditPath + "/check", id: "check-audit", tag: "Audit", summary: "Is the record of changes as it was written?",
		description: "Goes through all entries and their seals; some 20 µs each.", needs: auditRead, example: auditCheckView{Entries: 1001, Intact: true},
		problems: []int{http.StatusUnprocessableEntity}}, s.checkAudit)
}

// exampleEntry is a device that was blocked.
func exampleEntry() auditView {
	return auditView{Seq: 1001, At: exampleTime, Actor: "li.wei", Role: string(itms.RoleOperator), Action: "block-device",
		Target: targetView{"device", exampleDevID}, Before: map[string]any{"state": "inService"}, After: map[string]any{"state": "blocked", "blocked": true},
		Remote: "192.0.2.77", RequestID: exampleID, Hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}
}

// auditList marks the cursors of the audit.
const auditList = "audit"

// listAudit lists entries, newest first.
func (s *Server) listAudit(ctx context.Context, in *auditInput) (*listOutput[auditView], error) {
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	limit := limitOf(in.Limit)
	q.Limit = limit + 1
	var list []itms.AuditEntry
	err = s.opts.Store.View(ctx, func(tx itms.Tx) error {
		list, err = tx.Audit().List(q)
		return err
	})
	if err != nil {
		return nil, err
	}
	return newPage(auditList, list, limit, func(e itms.AuditEntry) string { return strconv.FormatInt(e.Seq, 10) }, viewEntry), nil
}

// query reads the filters.
func (in *auditInput) query() (q itms.AuditQuery, err error) {
	cursor, err := readCursor(auditList, in.Cursor)
	if err != nil {
		return q, err
	}
	var wrong fieldErrors
	if cursor != "" {
		if q.Before, err = strconv.ParseInt(cursor, 10, 64); err != nil {
			wrong.add(itms.Invalid("/query/cursor", "is not a cursor of this list"))
		}
	}
	if in.Target != "" {
		kind, id, ok := strings.Cut(in.Target, ":")
		if !ok || kind == "" {
			wrong.add(itms.Invalid("/query/target", "expected KIND:ID, e.g. device:00005E-STB-S1001"))
		}
		q.Target = itms.AuditTarget{Kind: kind, ID: id}
	}
	q.Actor, q.Action = in.Actor, in.Action
	q.From, err = dayOrTime("/query/from", in.From, 0)
	wrong.add(err)
	q.To, err = dayOrTime("/query/to", in.To, 24*time.Hour)
	wrong.add(err)
	return q, wrong.problem()
}

// dayOrTime reads a time, or a day, which stands for so long after its beginning.
func dayOrTime(pointer, text string, after time.Duration) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, itms.Invalid(pointer, "expected a day or a time, e.g. 2026-11-01 or 2026-11-01T08:00:00Z")
	}
	return day.Add(after), nil
}

// viewEntry shows an entry.
func viewEntry(e itms.AuditEntry) auditView {
	v := auditView{Seq: e.Seq, At: e.At, Actor: e.Actor, Role: string(e.Role), Action: e.Action, Target: targetView(e.Target), Before: shownFacts(e.Before),
		After: shownFacts(e.After), More: e.More, Remote: e.Remote, RequestID: e.Request, Hash: e.Hash}
	for _, c := range e.Also {
		v.Also = append(v.Also, changedView{targetView(c.Target), shownFacts(c.Before), shownFacts(c.After)})
	}
	return v
}

// shownFacts are the facts of an entry, nil when there are none.
func shownFacts(text json.RawMessage) (facts map[string]any) {
	if len(text) == 0 || json.Unmarshal(text, &facts) != nil {
		return nil // the check finds what is no document of ours
	}
	return facts
}

// checkAudit goes through the whole audit.
func (s *Server) checkAudit(ctx context.Context, in *checkInput) (*auditCheckOutput, error) {
	anchor, err := readAnchor(in.Anchor)
	if err != nil {
		return nil, err
	}
	if err := recordOf(ctx).patient(checkTime); err != nil {
		return nil, err
	}
	found, err := s.opts.Audit.Check(ctx, anchor)
	if err != nil {
		return nil, err
	}
	v := auditCheckView{Entries: found.Entries, Unsealed: found.Unsealed, Intact: found.Intact, Reason: found.Reason}
	if !found.Intact {
		v.BrokenAt = &found.BrokenAt
	}
	if found.Head != (itms.AuditSeal{}) {
		v.Head = strconv.FormatInt(found.Head.Seq, 10) + ":" + found.Head.Hash
	}
	return &auditCheckOutput{v}, nil
}

// checkTime is how long a check may take: enough for tens of millions of entries.
const checkTime = 15 * time.Minute

// readAnchor reads a seal, the zero one of nothing.
func readAnchor(text string) (anchor itms.AuditSeal, err error) {
	if text == "" {
		return anchor, nil
	}
	seq, hash, ok := strings.Cut(text, ":")
	if anchor.Seq, err = strconv.ParseInt(seq, 10, 64); err != nil || !ok || hash == "" {
		return anchor, itms.Invalid("/query/anchor", "expected SEQ:HASH, the head of an earlier check")
	}
	anchor.Hash = hash
	return anchor, nil
}
