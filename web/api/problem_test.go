package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"itms"
)

func TestEveryKindHasAStatus(t *testing.T) {
	want := map[itms.Kind]int{
		itms.KindInternal: 500, itms.KindInvalid: 422, itms.KindNotFound: 404, itms.KindConflict: 409, itms.KindForbidden: 403,
		itms.KindUnauthenticated: 401, itms.KindLimit: 429, itms.KindUnavailable: 503, itms.KindFenced: 409,
	}
	for kind, status := range want {
		p := problemOf(itms.Errorf(kind, "CODE", "text"))
		if p.Status != status || p.Title != http.StatusText(status) {
			t.Errorf("%v: %d %q, want %d", kind, p.Status, p.Title, status)
		}
	}
	if len(want) != len(statusOfKind) {
		t.Errorf("%d kinds have a status, %d are tested", len(statusOfKind), len(want))
	}
	for kind := itms.KindInternal; !strings.HasPrefix(kind.String(), "kind "); kind++ {
		if statusOfKind[kind] == 0 {
			t.Errorf("kind %v has no status", kind)
		}
	}
}

func TestCodesRefineTheStatus(t *testing.T) {
	for code, status := range map[string]int{itms.CodeTooLarge: 413, itms.CodeUnsupported: 501, itms.CodeMethod: 405,
		codeMalformed: 400, codeMediaType: 415, codeTimeout: 408} {
		if p := problemOf(itms.Errorf(itms.KindInvalid, code, "text")); p.Status != status || p.Code != code {
			t.Errorf("%s: %d %s", code, p.Status, p.Code)
		}
	}
}

func TestProblemOf(t *testing.T) {
	cause := errors.New("disk 7 is on fire")
	given := newProblem(418, "TEAPOT", "short and stout")
	for name, c := range map[string]struct {
		err    error
		status int
		code   string
		detail string
		cause  bool
	}{
		"plain":    {cause, 500, itms.CodeInternal, internalText, true},
		"wrapped":  {fmt.Errorf("read order: %w", itms.NotFound("order", "X")), 404, itms.CodeNotFound, `no order "X"`, false},
		"internal": {itms.Errorf(itms.KindInternal, itms.CodeInternal, "sealed with %s", "k").Because(cause), 500, itms.CodeInternal, internalText, true},
		"because":  {itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "later").Because(cause), 503, itms.CodeUnavailable, "later", true},
		"canceled": {fmt.Errorf("wait: %w", context.Canceled), 503, itms.CodeUnavailable, "the call was given up before it ended", true},
		"deadline": {context.DeadlineExceeded, 503, itms.CodeUnavailable, "the call was given up before it ended", true},
		"problem":  {fmt.Errorf("again: %w", given), 418, "TEAPOT", "short and stout", false},
	} {
		p := problemOf(c.err)
		if p.Status != c.status || p.Code != c.code || p.Detail != c.detail || (p.cause != nil) != c.cause {
			t.Errorf("%s: %+v", name, p)
		}
		if strings.Contains(p.Detail, "fire") {
			t.Errorf("%s: the cause is answered", name)
		}
	}
}

func TestProblemOfHuma(t *testing.T) {
	m := &huma.ErrorModel{Status: 422, Detail: "validation failed", Errors: []*huma.ErrorDetail{
		{Message: "expected number <= 500", Location: "query.limit", Value: "p4ss"}}}
	p := problemOfHuma(m)
	if p.Code != itms.CodeInvalid || p.pointers() != "/query/limit" || p.Errors[0].Text != "expected number <= 500" {
		t.Errorf("%+v", p)
	}
	p = problemOfHuma(&huma.ErrorModel{Status: 500, Detail: "unexpected", Errors: []*huma.ErrorDetail{{Message: "inner"}}})
	if p.Code != itms.CodeInternal || p.Detail != internalText || len(p.Errors) != 0 || p.cause == nil {
		t.Errorf("%+v", p)
	}
	if p = problemOfHuma(&huma.ErrorModel{Status: 418}); p.Code != itms.CodeInternal {
		t.Errorf("a status without a code: %+v", p)
	}
}

// TestProblemAnswers fixes the whole form of the errors that callers meet.
func TestProblemAnswers(t *testing.T) {
	f := newFixture(t)
	f.putOrder(1, "WO-1", "crm")
	f.putOrder(2, "WO-2", "crm")
	f.putOrder(3, "WO-2", "web")
	op := itms.RoleOperator
	for name, a := range map[string]*answer{
		"400-malformed":   f.call(op, "POST", ordersPath, "{\n \"orderNo\": \"WO-9\",\n}"),
		"401":             f.call("", "GET", ordersPath, ""),
		"403":             f.call(itms.RoleBSS, "GET", devicesPath, ""),
		"404-order":       f.call(op, "GET", ordersPath+"/NONE", ""),
		"404-path":        f.call(op, "GET", "/nowhere", ""),
		"405":             f.call(op, "DELETE", ordersPath, ""),
		"409-ambiguous":   f.call(op, "GET", ordersPath+"/WO-2", ""),
		"409-state":       f.call(op, "POST", ordersPath+"/WO-1/retry", ""),
		"413":             f.call(op, "POST", ordersPath, `{"orderNo":"`+strings.Repeat("9", maxBody)+`"}`),
		"415":             f.call(op, "POST", ordersPath, "<order/>", "Content-Type: application/xml"),
		"422-fields":      f.call(op, "POST", ordersPath, `{"orderNo":7,"servce":{},"service":{"account":"a","password":1},"device":{"mac":"zz"}}`),
		"422-parameter":   f.call(op, "GET", ordersPath+"?limit=0&state=odd", ""),
		"422-cursor":      f.call(op, "GET", ordersPath+"?cursor=odd", ""),
		"422-lasteventid": f.call(op, "GET", eventsPath+"?lastEventId=odd", ""),
	} {
		t.Run(name, func(t *testing.T) {
			a.t = t
			if got := a.header.Get("Content-Type"); got != problemType {
				t.Errorf("Content-Type %q", got)
			}
			golden(t, "problem-"+name+".json", a.body)
		})
	}
}

func TestMethodNotAllowedSaysWhatIs(t *testing.T) {
	f := newFixture(t)
	for path, want := range map[string]string{ordersPath: "GET, POST", ordersPath + "/a%2Fb": "GET",
		devicesPath + "/00005E-A-B/block": "POST", "/healthz": "GET, HEAD"} {
		a := f.call("", http.MethodPut, path, "")
		a.problem(http.StatusMethodNotAllowed, itms.CodeMethod)
		if got := a.header.Get("Allow"); got != want {
			t.Errorf("%s: Allow %q, want %q", path, got, want)
		}
	}
}

func TestInternalErrorIsLoggedAndNotAnswered(t *testing.T) {
	f := newFixture(t)
	f.orders.fail = errors.New("bucket is corrupt")
	p := f.call(itms.RoleBSS, "POST", ordersPath, orderJSON("WO-1")).problem(500, itms.CodeInternal)
	if p.Detail != internalText || strings.Contains(fmt.Sprint(p), "corrupt") {
		t.Errorf("%+v", p)
	}
	if !strings.Contains(f.log.String(), `"cause":"bucket is corrupt"`) || !strings.Contains(f.log.String(), `"level":"error"`) {
		t.Errorf("log %s", f.log)
	}
}

func TestExampleProblemsAreComplete(t *testing.T) {
	for status := range codeOfStatus {
		if p := exampleProblem(status); p.Code == "" || p.Detail == "" || p.Status != status || p.Title == "" {
			t.Errorf("%d: %+v", status, p)
		}
	}
	for _, status := range []int{401, 403, 409, 422, 500} {
		if p := exampleProblem(status); p.Code == "" || p.Detail == "" {
			t.Errorf("%d: %+v", status, p)
		}
	}
}
