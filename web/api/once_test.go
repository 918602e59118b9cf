package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"itms"
	"itms/internal/vault"
)

// testKey is the key of the calls below.
const testKey = keyHeader + ": 0b7d4f1c-0000-4000-8000-000000000001"

// testVault makes a vault.
func testVault(t testing.TB) *vault.Vault {
	t.Helper()
	v, err := vault.FromText("itms-key-v1:" + strings.Repeat("A", 43) + "=")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// keyedFixture is a server that heeds keys, at a time that the test moves.
func keyedFixture(t testing.TB, change ...func(*Options)) (*fixture, *time.Time) {
	now := testTime
	return newFixture(t, append([]func(*Options){func(o *Options) {
		o.Vault, o.Clock = testVault(t), func() time.Time { return now }
	}}, change...)...), &now
}

// same fails the test unless b repeats a.
func same(t *testing.T, a, b *answer) {
	t.Helper()
	if a.status != b.status || a.body != b.body || a.header.Get("Content-Type") != b.header.Get("Content-Type") {
		t.Errorf("%d %s\nis repeated as\n%d %s", a.status, a.body, b.status, b.body)
	}
	if a.header.Get(replayHeader) != "" || b.header.Get(replayHeader) != "true" {
		t.Errorf("replayed: first %q, then %q", a.header.Get(replayHeader), b.header.Get(replayHeader))
	}
}

// Each keyed call is carried out once, and answers the same again: also after the
// server died and another one opened the same data.
func TestKeyedCallsAreCarriedOutOnce(t *testing.T) {
	for name, c := range map[string]struct{ path, body string }{
		"activation": {activationsPath, `{"code":"1234-5678-903","mac":"00:00:5E:00:53:01"}`},
		"device":     {ordersPath + "/WO-1/device", `{"mac":"00:00:5E:00:53:02"}`},
		"retry":      {ordersPath + "/WO-1/retry", ""},
		"code":       {ordersPath + "/WO-1/code", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, _ := keyedFixture(t)
			o := f.putOrder(1, "WO-1", "crm", failed)
			first := f.call(itms.RoleTechnician, "POST", c.path, c.body, testKey).is(200)
			f.update(func(tx itms.Tx) error { // what a second run would answer differently
				o.Reason, o.State, o.Claim = "changed meanwhile", itms.OrderCancelled, itms.DeviceClaim{}
				return tx.Orders().Put(o)
			})
			calls := len(f.orders.notes)
			same(t, first, f.call(itms.RoleTechnician, "POST", c.path, c.body, testKey))
			f.server.replies = newReplies(&f.server.opts) // what a restart leaves: the data alone
			same(t, first, f.call(itms.RoleTechnician, "POST", c.path, c.body, keyHeader+`: "0b7d4f1c-0000-4000-8000-000000000001"`))
			if len(f.orders.notes) != calls {
				t.Errorf("carried out again: %q", f.orders.notes)
			}
		})
	}
}

// A refusal is an answer too: a wrong code costs one try, however often it is repeated.
func TestKeyedRefusalIsRepeated(t *testing.T) {
	f, _ := keyedFixture(t)
	post := func() *answer {
		return f.call(itms.RoleTechnician, "POST", activationsPath, `{"code":"00000000000"}`, testKey)
	}
	first := post()
	first.problem(404, itms.CodeUnknown)
	same(t, first, post())
	if len(f.orders.notes) != 1 {
		t.Errorf("carried out %d times", len(f.orders.notes))
	}
}

// What asking again may change is asked again.
func TestKeyedCallGoesOnAfterTrouble(t *testing.T) {
	f, _ := keyedFixture(t)
	f.putOrder(1, "WO-1", "crm")
	post := func() *answer {
		return f.call(itms.RoleTechnician, "POST", activationsPath, `{"code":"12345678903"}`, testKey)
	}
	for _, c := range []struct {
		fail   error
		status int
		code   string
	}{
		{itms.Errorf(itms.KindLimit, itms.CodeLocked, "too many"), 429, itms.CodeLocked},
		{itms.Errorf(itms.KindUnavailable, itms.CodeUnavailable, "away"), 503, itms.CodeUnavailable},
		{errors.New("a defect"), 500, itms.CodeInternal},
	} {
		f.orders.fail = c.fail
		post().problem(c.status, c.code)
	}
	f.orders.fail = nil
	same(t, post().is(200), post())
}

func TestKeyOfAnotherCall(t *testing.T) {
	f, now := keyedFixture(t)
	f.putOrder(1, "WO-1", "crm")
	body := `{"mac":"00:00:5E:00:53:02"}`
	device := ordersPath + "/WO-1/device"
	first := f.call(itms.RoleTechnician, "POST", device, body, testKey).is(200)
	f.call(itms.RoleTechnician, "POST", device, `{"mac":"00:00:5E:00:53:03"}`, testKey).problem(422, itms.CodeKeyReused)
	f.call(itms.RoleTechnician, "POST", device+"?source=crm", body, testKey).problem(422, itms.CodeKeyReused)
	f.call(itms.RoleTechnician, "POST", ordersPath+"/WO-1/retry", "", testKey).problem(422, itms.CodeKeyReused)
	if a := f.call(itms.RoleOperator, "POST", device, `{"mac":"00:00:5E:00:53:04"}`, testKey).is(200); a.header.Get(replayHeader) != "" {
		t.Error("a key of another caller answered")
	}
	same(t, first, f.call(itms.RoleTechnician, "POST", device, body, testKey))
	*now = now.Add(replyLife)
	if a := f.call(itms.RoleTechnician, "POST", device, body, testKey).is(200); a.header.Get(replayHeader) != "" {
		t.Error("a key is good for longer than it is said to be")
	}
}

func TestBadKeys(t *testing.T) {
	f, _ := keyedFixture(t)
	f.putOrder(1, "WO-1", "crm")
	for _, key := range []string{"", " ", `""`, "a b", "é", "a\x7f", strings.Repeat("k", maxCallKey+1)} {
		p := f.call(itms.RoleTechnician, "POST", ordersPath+"/WO-1/device", `{"mac":"00:00:5E:00:53:02"}`, keyHeader+": "+key).problem(422, itms.CodeInvalid)
		if p.pointers() != "/header/"+keyHeader {
			t.Errorf("%q: %+v", key, p)
		}
	}
	if _, err := readCallKey([]string{"a", "b"}); err == nil {
		t.Error("two keys are taken")
	}
	if key, err := readCallKey([]string{strings.Repeat("k", maxCallKey)}); err != nil || len(key) != maxCallKey {
		t.Errorf("the longest key: %q %v", key, err)
	}
	if len(f.orders.notes) != 0 {
		t.Errorf("carried out: %q", f.orders.notes)
	}
}

// A body that the operation does not take is refused as without a key, and nothing is
// remembered.
func TestKeyedBodies(t *testing.T) {
	f, _ := keyedFixture(t)
	f.putOrder(1, "WO-1", "crm")
	device := ordersPath + "/WO-1/device"
	f.call(itms.RoleTechnician, "POST", device, strings.Repeat(" ", smallBody+1), testKey).problem(413, itms.CodeTooLarge)
	f.call(itms.RoleTechnician, "POST", device, `x`, testKey).problem(400, codeMalformed)
	f.call(itms.RoleTechnician, "POST", device, `{"mac":"00:00:5E:00:53:02"}`, testKey).is(200)

	r := httptest.NewRequest("POST", device, brokenBody{errors.New("the line is cut")})
	r.Header.Set("Authorization", "Bearer "+f.tokens[itms.RoleTechnician])
	r.Header.Set(keyHeader, "cut")
	w := httptest.NewRecorder()
	if f.server.ServeHTTP(w, r); w.Code < 400 {
		t.Errorf("half a body is answered %d", w.Code)
	}
}

// slowOrders lets a test stand between the begin and the end of a call.
type slowOrders struct {
	*fakeOrders
	begun, end chan struct{}
}

func (s slowOrders) Activate(ctx context.Context, actor string, r itms.ActivationRequest) (*itms.Order, error) {
	close(s.begun)
	<-s.end
	return s.fakeOrders.Activate(ctx, actor, r)
}

// A repeat that comes while the call is carried out is told so; what was begun is
// recorded although its caller is gone by then.
func TestKeyedCallAtWork(t *testing.T) {
	slow := slowOrders{begun: make(chan struct{}), end: make(chan struct{})}
	f, _ := keyedFixture(t, func(o *Options) {
		slow.fakeOrders = o.Orders.(*fakeOrders)
		o.Orders = slow
	})
	f.putOrder(1, "WO-1", "crm")
	const body = `{"code":"12345678903"}`
	ctx, cancel := context.WithCancel(context.Background())
	first := make(chan int)
	go func() {
		r := httptest.NewRequestWithContext(ctx, "POST", activationsPath, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+f.tokens[itms.RoleTechnician])
		r.Header.Set(keyHeader, strings.TrimPrefix(testKey, keyHeader+": "))
		w := httptest.NewRecorder()
		f.server.ServeHTTP(w, r)
		first <- w.Code
	}()
	<-slow.begun
	busy := f.call(itms.RoleTechnician, "POST", activationsPath, body, testKey)
	if busy.problem(409, itms.CodeKeyBusy); busy.header.Get("Retry-After") == "" {
		t.Error("it is not said when to ask again")
	}
	close(slow.end)
	if status := <-first; status != 200 {
		t.Errorf("the first is answered %d", status)
	}
	cancel()
	if a := f.call(itms.RoleTechnician, "POST", activationsPath, body, testKey).is(200); a.header.Get(replayHeader) != "true" {
		t.Error("carried out twice")
	}
}

// The record of an answer does not depend on the caller, who may be gone.
func TestAnswerIsRecordedForACallerThatIsGone(t *testing.T) {
	f, _ := keyedFixture(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	call := &itms.Reply{Key: "k", Content: "c", At: testTime}
	if _, err := f.server.replies.begin(context.Background(), call); err != nil {
		t.Fatal(err)
	}
	held := &heldAnswer{header: http.Header{}, status: 200, body: *bytes.NewBufferString("{}")}
	if err := f.server.replies.settle(ctx, call, held); err != nil {
		t.Fatal(err)
	}
	if answered, err := f.server.replies.begin(context.Background(), call); err != nil || answered == nil || answered.Status != 200 {
		t.Errorf("%+v %v", answered, err)
	}
}

// A call that was cut off by the death of its server is carried out again: at once by the
// same node, and by another as soon as the first cannot be at it any more.
func TestKeyedCallThatWasCutOff(t *testing.T) {
	f, now := keyedFixture(t)
	f.putOrder(1, "WO-1", "crm")
	post := func() *answer {
		return f.call(itms.RoleTechnician, "POST", activationsPath, `{"code":"12345678903"}`, testKey)
	}
	cutOff := func(node string) {
		f.update(func(tx itms.Tx) error {
			_, err := tx.Replies().Trim(now.Add(time.Hour), 0)
			if err != nil {
				return err
			}
			r := httptest.NewRequest("POST", activationsPath, nil)
			call := f.server.replies.keyed(&record{req: r, caller: caller{actor: "test-technician", role: itms.RoleTechnician}},
				strings.TrimPrefix(testKey, keyHeader+": "), []byte(`{"code":"12345678903"}`))
			call.Node = node
			return tx.Replies().Insert(call)
		})
	}
	cutOff("node-1")
	if a := post().is(200); a.header.Get(replayHeader) != "" {
		t.Error("there was no answer to repeat")
	}
	cutOff("node-2")
	if a := post(); a.problem(409, itms.CodeKeyBusy).Detail == "" || a.header.Get("Retry-After") != "61" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	*now = now.Add(elsewhere)
	post().is(200)
}

// A code that was issued under a key is in the data nowhere in clear.
func TestKeptAnswersAreSealed(t *testing.T) {
	f, _ := keyedFixture(t)
	f.putOrder(1, "WO-1", "crm")
	a := f.call(itms.RoleTechnician, "POST", ordersPath+"/WO-1/code", "", testKey).is(200)
	if !strings.Contains(a.body, "1234-5678-903") {
		t.Fatalf("no code in %s", a.body)
	}
	var data bytes.Buffer
	if _, err := f.bolt.Backup(&data); err != nil || !bytes.Contains(data.Bytes(), []byte("WO-1")) {
		t.Fatalf("%d bytes of data, %v", data.Len(), err)
	}
	if bytes.Contains(data.Bytes(), []byte("5678")) || bytes.Contains(data.Bytes(), []byte("0b7d4f1c")) {
		t.Error("the code or the key can be read in the data")
	}
	if strings.Contains(f.log.String(), "5678") {
		t.Error("the code is logged")
	}
}

// The memory is bounded: by answers that are too large, by age and by number.
func TestRepliesAreBounded(t *testing.T) {
	f, now := keyedFixture(t)
	o := f.putOrder(1, "WO-1", "crm", failed)
	f.update(func(tx itms.Tx) error {
		o.Request.Attributes = map[string]string{}
		for i := range 70 {
			o.Request.Attributes[fmt.Sprint(i)] = strings.Repeat("x", 1000)
		}
		return tx.Orders().Put(o)
	})
	retry := func(key string) *answer {
		return f.call(itms.RoleTechnician, "POST", ordersPath+"/WO-1/retry", "", keyHeader+": "+key)
	}
	if a := retry("large").is(200); len(a.body) <= maxReply {
		t.Fatalf("an answer of %d bytes proves nothing", len(a.body))
	}
	retry("large").problem(409, itms.CodeOrderState) // carried out again
	for i := range trimEvery - 3 {
		retry(fmt.Sprint(i)).problem(409, itms.CodeOrderState)
	}
	*now = now.Add(replyLife + time.Second)
	retry("one-more").problem(409, itms.CodeOrderState)
	retry("the-one-that-looks").problem(409, itms.CodeOrderState)
	var left int
	f.update(func(tx itms.Tx) (err error) {
		left, err = tx.Replies().Trim(now.Add(time.Hour), 0)
		return err
	})
	if left != 2 {
		t.Errorf("%d replies are kept, 97 of them too old", left)
	}
}

func TestKeysWithoutVaultAreNotHeeded(t *testing.T) {
	f := newFixture(t)
	f.putOrder(1, "WO-1", "crm", failed)
	f.call(itms.RoleTechnician, "POST", ordersPath+"/WO-1/retry", "", testKey).is(200)
	f.call(itms.RoleTechnician, "POST", ordersPath+"/WO-1/retry", "", testKey).problem(409, itms.CodeOrderState)
}

func FuzzReadCallKey(f *testing.F) {
	for _, key := range []string{"", `"k"`, `"`, "a b", strings.Repeat("k", maxCallKey)} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key, err := readCallKey([]string{text})
		if err == nil && (key == "" || len(key) > maxCallKey || strings.ContainsAny(key, " \t\r\n\x00")) {
			t.Errorf("%q is taken as %q", text, key)
		}
	})
}
