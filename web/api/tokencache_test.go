package api

import (
	"context"
	"net/http"
	"testing"
	"time"

	"itms"
)

// countingStore counts what is looked at.
type countingStore struct {
	itms.Store
	views int
}

func (c *countingStore) View(ctx context.Context, fn func(itms.Tx) error) error {
	c.views++
	return c.Store.View(ctx, fn)
}

// TestTokenLookedForOnce: a caller of many requests costs one look, until a token
// changes or the time is over.
func TestTokenLookedForOnce(t *testing.T) {
	counting := &countingStore{}
	f := newFixture(t, func(o *Options) {
		counting.Store = o.Store
		o.Store = counting
	})
	post := func(no string, want int) {
		t.Helper()
		counting.views = 0
		f.call(itms.RoleBSS, "POST", ordersPath, orderJSON(no)).is(http.StatusCreated)
		if counting.views != want {
			t.Errorf("order %s cost %d looks, want %d", no, counting.views, want)
		}
	}
	post("WO-1", 1)
	post("WO-2", 0)
	f.update(func(tx itms.Tx) error { return tx.Tokens().Put(&itms.Token{Hash: "other", Role: itms.RoleBSS}) })
	post("WO-3", 1)
	f.update(func(tx itms.Tx) error { return tx.Tokens().Delete(HashToken(f.tokens[itms.RoleBSS])) })
	f.call(itms.RoleBSS, "POST", ordersPath, orderJSON("WO-4")).is(http.StatusUnauthorized)
}

// TestTokenCache: what was read before a change is not remembered after it, and nothing
// is believed for long.
func TestTokenCache(t *testing.T) {
	now := testTime
	changed := make(chan struct{}, 1)
	c := newCallerCache[itms.Token](changed, func() time.Time { return now })
	token := &itms.Token{Hash: "h"}
	_, age := c.get("h")
	changed <- struct{}{}
	c.put("h", token, age)
	if got, _ := c.get("h"); got != nil {
		t.Error("a token read before a change was remembered")
	}
	_, age = c.get("h")
	c.put("h", token, age)
	if got, _ := c.get("h"); got != token {
		t.Error("not remembered")
	}
	now = now.Add(tokenKeep)
	if got, _ := c.get("h"); got != nil {
		t.Error("believed for too long")
	}
	for range tokenAtMost + 10 {
		c.put(itms.NewID(now), token, age)
	}
	if len(c.known) > tokenAtMost {
		t.Errorf("%d tokens are remembered", len(c.known))
	}
}
