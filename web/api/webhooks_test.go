package api

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"itms"
)

// fakeWebhooks keeps subscriptions as the domain would, without any rule of it.
type fakeWebhooks struct {
	store itms.Store
	asked itms.SubscriptionRequest
	of    itms.Caller
	keep  time.Duration
}

// on changes a subscription.
func (f *fakeWebhooks) on(ctx context.Context, id itms.SubscriptionID, fn func(*itms.Subscription)) (s *itms.Subscription, err error) {
	err = f.store.Update(ctx, func(tx itms.Tx) error {
		if s, err = tx.Subscriptions().Get(id); err != nil {
			return err
		}
		fn(s)
		return tx.Subscriptions().Put(s)
	})
	return s, err
}

func (f *fakeWebhooks) Subscribe(ctx context.Context, actor string, r itms.SubscriptionRequest) (*itms.Subscription, itms.Secret, error) {
	f.asked, f.of = r, itms.CallerOf(ctx)
	if r.Target == "" {
		return nil, itms.Secret{}, itms.Invalid("/target", "is missing")
	}
	s := &itms.Subscription{ID: itms.SubscriptionID(testID(7)), Owner: actor, Target: r.Target, Areas: r.Areas, CreatedAt: testTime}
	err := f.store.Update(ctx, func(tx itms.Tx) error { return tx.Subscriptions().Put(s) })
	return s, itms.NewSecret("whsec_made"), err
}

func (f *fakeWebhooks) ChangeSubscription(ctx context.Context, _ string, id itms.SubscriptionID, r itms.SubscriptionRequest) (*itms.Subscription, error) {
	return f.on(ctx, id, func(s *itms.Subscription) { s.Name, s.Target = r.Name, r.Target })
}

func (f *fakeWebhooks) Unsubscribe(ctx context.Context, _ string, id itms.SubscriptionID) (s *itms.Subscription, err error) {
	err = f.store.Update(ctx, func(tx itms.Tx) error {
		if s, err = tx.Subscriptions().Get(id); err != nil {
			return err
		}
		return tx.Subscriptions().Delete(id)
	})
	return s, err
}

func (f *fakeWebhooks) RotateSubscription(ctx context.Context, _ string, id itms.SubscriptionID, _ itms.Secret, keep time.Duration) (*itms.Subscription, itms.Secret, error) {
	f.keep = keep
	s, err := f.on(ctx, id, func(s *itms.Subscription) { s.UpdatedAt = s.UpdatedAt.Add(time.Second) })
	return s, itms.NewSecret("whsec_fresh"), err
}

func (f *fakeWebhooks) EnableSubscription(ctx context.Context, _ string, id itms.SubscriptionID) (*itms.Subscription, error) {
	return f.on(ctx, id, func(s *itms.Subscription) { s.Disabled = false })
}

func (f *fakeWebhooks) DisableSubscription(ctx context.Context, _ string, id itms.SubscriptionID) (*itms.Subscription, error) {
	return f.on(ctx, id, func(s *itms.Subscription) { s.Disabled = true })
}

func (f *fakeWebhooks) TestSubscription(ctx context.Context, _ string, id itms.SubscriptionID) (string, error) {
	_, err := f.on(ctx, id, func(*itms.Subscription) {})
	return testID(9), err
}

func (f *fakeWebhooks) Redeliver(ctx context.Context, _ string, id itms.SubscriptionID, letters []string) (int, error) {
	_, err := f.on(ctx, id, func(*itms.Subscription) {})
	return max(1, len(letters)), err
}

// webhook stores a subscription of an owner.
func (f *fixture) webhook(i int, owner string, areas itms.Areas) string {
	f.t.Helper()
	id := testID(i)
	f.update(func(tx itms.Tx) error {
		return tx.Subscriptions().Put(&itms.Subscription{ID: itms.SubscriptionID(id), Owner: owner, Target: "https://bss.example.com/x?secret=1", Format: itms.FormatCloudEvents,
			Areas: areas, Keys: []itms.SigningKey{{Key: itms.Sealed("sealed"), CreatedAt: testTime}}, CreatedAt: testTime})
	})
	return id
}

func TestAddWebhook(t *testing.T) {
	f := newFixture(t)
	a := f.call(itms.RoleBSS, "POST", webhooksPath, `{"url":"https://bss.example.com/x","types":["order.*"],"key":"whsec_given"}`)
	if a.status != http.StatusCreated || a.header.Get("Location") != webhooksPath+"/"+testID(7) || !strings.Contains(a.body, `"key":"whsec_made"`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	if f.hooks.asked.Key.Reveal() != "whsec_given" || f.hooks.asked.Types[0] != "order.*" || f.hooks.of.Actor != "test-bss" {
		t.Errorf("asked for %+v by %+v", f.hooks.asked, f.hooks.of)
	}
	if a := f.call(itms.RoleBSS, "POST", webhooksPath, `{}`); !strings.Contains(a.body, `"/url"`) {
		t.Errorf("without an address: %s", a.body)
	}
}

// TestWebhooksAreTheirOwners: a BSS sees those that it made; nobody sees keys or the query
// of an address.
func TestWebhooksAreTheirOwners(t *testing.T) {
	f := newFixture(t)
	own, other := f.webhook(1, "test-bss", nil), f.webhook(2, "somebody", nil)
	a := f.call(itms.RoleBSS, "GET", webhooksPath, "")
	if !strings.Contains(a.body, own) || strings.Contains(a.body, other) || strings.Contains(a.body, "secret=1") || strings.Contains(a.body, "sealed") {
		t.Errorf("%s", a.body)
	}
	if a := f.call(itms.RoleOperator, "GET", webhooksPath, ""); !strings.Contains(a.body, own) || !strings.Contains(a.body, other) {
		t.Errorf("an operator sees %s", a.body)
	}
	for _, call := range []struct{ method, path, body string }{{"GET", "", ""}, {"PUT", "", `{"url":"https://x.example.com"}`}, {"DELETE", "", ""}, {"POST", "/rotate", ""},
		{"POST", "/test", ""}, {"POST", "/enable", ""}, {"POST", "/disable", ""}, {"GET", "/dead-letters", ""}, {"POST", "/dead-letters/redeliver", `{"all":true}`}} {
		if a := f.call(itms.RoleBSS, call.method, webhooksPath+"/"+other+call.path, call.body); a.status != http.StatusNotFound {
			t.Errorf("%s %s of another: %d", call.method, call.path, a.status)
		}
		if call.method == "DELETE" {
			continue
		}
		if a := f.call(itms.RoleBSS, call.method, webhooksPath+"/"+own+call.path, call.body); a.status >= 300 {
			t.Errorf("%s %s of its own: %d %s", call.method, call.path, a.status, a.body)
		}
	}
	if f.hooks.keep != 24*time.Hour {
		t.Errorf("old keys are kept for %s", f.hooks.keep)
	}
	if a := f.call(itms.RoleBSS, "DELETE", webhooksPath+"/"+own, ""); a.status != http.StatusOK {
		t.Errorf("%d", a.status)
	}
}

// TestDeadLetters: newest first, and only those that are named are redelivered.
func TestDeadLetters(t *testing.T) {
	f := newFixture(t)
	id := f.webhook(1, "test-bss", nil)
	f.update(func(tx itms.Tx) error {
		for i := range 3 {
			l := &itms.DeadLetter{Delivery: itms.Delivery{ID: testID(20 + i), Body: []byte("of the subscriber")}, Subscription: itms.SubscriptionID(id), DiedAt: testTime, Cause: "410 Gone"}
			if err := tx.DeadLetters().Put(l); err != nil {
				return err
			}
		}
		return nil
	})
	letters := webhooksPath + "/" + id + "/dead-letters"
	a := f.call(itms.RoleBSS, "GET", letters+"?limit=2", "")
	if !strings.Contains(a.body, testID(22)) || strings.Contains(a.body, testID(20)) || strings.Contains(a.body, "of the subscriber") {
		t.Errorf("%s", a.body)
	}
	for body, want := range map[string]int{`{"all":true}`: 202, `{"ids":["` + testID(20) + `"]}`: 202, `{}`: 422, `{"all":true,"ids":["x"]}`: 422, ``: 400} {
		if a := f.call(itms.RoleBSS, "POST", letters+"/redeliver", body); a.status != want {
			t.Errorf("%q: %d %s", body, a.status, a.body)
		}
	}
}

// TestWebhooksOfAreas: a caller with areas sees subscriptions to them alone.
func TestWebhooksOfAreas(t *testing.T) {
	f := newFixture(t)
	within, all := f.webhook(1, "x", itms.Areas{"5101"}), f.webhook(2, "x", nil)
	f.update(func(tx itms.Tx) error {
		return tx.Tokens().Put(&itms.Token{Hash: HashToken(f.tokens[itms.RoleOperator]), Name: "north", Role: itms.RoleOperator, Areas: itms.Areas{"51"}})
	})
	a := f.call(itms.RoleOperator, "GET", webhooksPath, "")
	if !strings.Contains(a.body, within) || strings.Contains(a.body, all) {
		t.Errorf("%s", a.body)
	}
	if a := f.call(itms.RoleOperator, "GET", webhooksPath+"/"+all+"/dead-letters", ""); a.status != http.StatusNotFound {
		t.Errorf("letters of elsewhere: %d", a.status)
	}
}
