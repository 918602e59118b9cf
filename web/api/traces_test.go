package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"itms"
)

// fakeTraces keeps traces in the store.
type fakeTraces struct {
	store itms.Store

	mu    sync.Mutex // guards what follows
	asked []itms.TraceRequest
	acts  []string
}

func (f *fakeTraces) StartTrace(ctx context.Context, actor string, r itms.TraceRequest) (*itms.Trace, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, r)
	if r.Time <= 0 {
		return nil, itms.Invalid("/minutes", "expected more")
	}
	t := &itms.Trace{ID: itms.TraceID(testID(len(f.asked))), Device: r.Device, Network: r.Network, Actor: actor, CreatedAt: testTime,
		Until: testTime.Add(r.Time), MaxBytes: 1000}
	return t, f.store.Update(ctx, func(tx itms.Tx) error { return tx.Traces().Put(t) })
}

// act reads a trace for a call of this name.
func (f *fakeTraces) act(ctx context.Context, name, actor string, id itms.TraceID) (t *itms.Trace, err error) {
	err = f.store.View(ctx, func(tx itms.Tx) (err error) {
		t, err = tx.Traces().Get(id)
		return err
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	f.acts = append(f.acts, name+" "+actor)
	return t, err
}

func (f *fakeTraces) StopTrace(ctx context.Context, actor string, id itms.TraceID) (*itms.Trace, error) {
	t, err := f.act(ctx, "stop", actor, id)
	if err == nil {
		t.Until = testTime
	}
	return t, err
}

func (f *fakeTraces) ReadTrace(ctx context.Context, actor string, id itms.TraceID) (*itms.Trace, error) {
	return f.act(ctx, "read", actor, id)
}

func (f *fakeTraces) DeleteTrace(ctx context.Context, actor string, id itms.TraceID) (*itms.Trace, error) {
	return f.act(ctx, "delete", actor, id)
}

func TestTracesAreStartedAndStopped(t *testing.T) {
	f := newFixture(t)
	const seedID = "00005E-STB-S1001"
	f.putDevice(itms.DeviceID{OUI: "00005E", ProductClass: "STB", Serial: "S1001"})
	a := f.call(itms.RoleOperator, http.MethodPost, tracesPath, `{"device":"`+seedID+`","minutes":5,"maxBytes":77}`).is(http.StatusCreated)
	location := a.header.Get("Location")
	if location != tracesPath+"/"+testID(1) {
		t.Error(location)
	}
	if got := f.traces.asked[0]; got.Device.String() != seedID || got.Time != 5*time.Minute || got.MaxBytes != 77 {
		t.Errorf("%+v", got)
	}
	f.call(itms.RoleOperator, http.MethodPost, tracesPath, `{"network":"192.0.2.0/24","minutes":5}`).is(http.StatusCreated)
	f.call(itms.RoleOperator, http.MethodPost, tracesPath, `{"network":"192.0.2.0/24"}`).problem(http.StatusUnprocessableEntity, itms.CodeInvalid)
	f.call(itms.RoleOperator, http.MethodPost, tracesPath, `{"device":"00005E-X-NONE","minutes":5}`).problem(http.StatusNotFound, itms.CodeNotFound)
	if list := f.call(itms.RoleAdmin, http.MethodGet, tracesPath+"?limit=1", "").is(http.StatusOK); !strings.Contains(list.body, testID(2)) || !strings.Contains(list.body, `"next"`) {
		t.Error(list.body)
	}
	if one := f.call(itms.RoleAdmin, http.MethodGet, location, "").is(http.StatusOK); !strings.Contains(one.body, `"active":true`) {
		t.Error(one.body)
	}
	if one := f.call(itms.RoleAdmin, http.MethodPost, location+"/stop", "").is(http.StatusOK); !strings.Contains(one.body, `"active":false`) {
		t.Error(one.body)
	}
	f.call(itms.RoleAdmin, http.MethodDelete, location, "").is(http.StatusOK)
	if got := strings.Join(f.traces.acts, ","); got != "stop test-admin,delete test-admin" {
		t.Error(got)
	}
}

// recorded stores a trace of more messages than are read at once.
func recorded(f *fixture) {
	f.update(func(tx itms.Tx) error {
		trace := &itms.Trace{ID: "T", Network: "192.0.2.0/24", CreatedAt: testTime, Until: testTime, MaxBytes: 1, Dropped: 3}
		if err := tx.Traces().Put(trace); err != nil {
			return err
		}
		list := make([]itms.TraceMessage, 2*tracePage)
		for i := range list {
			list[i] = itms.TraceMessage{At: testTime, Session: "S", Remote: "192.0.2.1", Method: "Reboot", Out: true, Status: 200,
				Headers: map[string]string{"B": "2", "A": "1"}, Body: `<a><b x="1">one &gt; two></b><c/><d></d></a>`}
		}
		list[1] = itms.TraceMessage{At: testTime, Body: "junk", Cut: true}
		return tx.Traces().Append(trace, list)
	})
}

func TestTraceAsText(t *testing.T) {
	f := newFixture(t)
	recorded(f)
	a := f.call(itms.RoleOperator, http.MethodGet, tracesPath+"/T/download", "").is(http.StatusOK)
	if got := a.header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Error(got)
	}
	for _, want := range []string{"Trace T of 192.0.2.0/24", "\n#1 2026-11-01T08:00:00.000Z to 192.0.2.1: 200 Reboot S\nA: 1\nB: 2\n",
		"<a>\n  <b x=\"1\">one &gt; two></b>\n  <c/>\n  <d></d>\n</a>\n", "junk\n[cut]\n", "\n#40 ", "40 messages, 3 not recorded.\n"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("%q is not in %s", want, a.body[:min(len(a.body), 600)])
		}
	}
	f.call(itms.RoleOperator, http.MethodGet, tracesPath+"/none/download", "").problem(http.StatusNotFound, itms.CodeNotFound)
	f.call(itms.RoleOperator, http.MethodGet, tracesPath+"/T/download?format=pcap", "").problem(http.StatusUnprocessableEntity, itms.CodeInvalid)
}

func TestTraceAsJSON(t *testing.T) {
	f := newFixture(t)
	recorded(f)
	a := f.call(itms.RoleOperator, http.MethodGet, tracesPath+"/T/download?format=json", "").is(http.StatusOK)
	var list []traceMessageView
	if err := json.Unmarshal([]byte(a.body), &list); err != nil || len(list) != 2*tracePage || list[39].Seq != 40 || !list[1].Cut {
		t.Fatalf("%d messages, %v", len(list), err)
	}
}

// FuzzIndentXML: whatever it is given, only white space is added.
func FuzzIndentXML(f *testing.F) {
	for _, text := range []string{"", "<a><b>x</b></a>", "<a/>", "</a>", "<", ">", "a<b", "<a>x<b/>y</a>"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		squeeze := func(s string) string { return strings.NewReplacer(" ", "", "\n", "").Replace(s) }
		if got := indentXML(text); squeeze(got) != squeeze(text) {
			t.Errorf("%q became %q", text, got)
		}
	})
}
