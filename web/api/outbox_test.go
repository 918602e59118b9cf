package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"itms"
)

func TestListOutbox(t *testing.T) {
	f := newFixture(t)
	f.update(func(tx itms.Tx) error {
		for i := range 3 {
			err := tx.Outbox().Add(&itms.Delivery{ID: testID(i), Stream: "o-1", Kind: "callback", Body: []byte("callback-body"),
				Target: "https://user:pw@bss.example.com/hook?key=hook-key", Due: testTime, QueuedAt: testTime})
			if err != nil {
				return err
			}
		}
		return tx.Outbox().Later(testID(0), testTime.Add(time.Hour), "503 Service Unavailable")
	})
	a := f.get(outboxPath).is(200)
	golden(t, "outbox.json", a.body)
	for _, hidden := range []string{"callback-body", "hook-key", "pw@"} {
		if strings.Contains(a.body, hidden) {
			t.Errorf("%q is shown", hidden)
		}
	}
	var seen []string
	for next := ""; ; {
		page := into[pageOf[deliveryView]](f.get(outboxPath + "?limit=2&cursor=" + next).is(200))
		seen = append(seen, fmt.Sprint(len(page.Items)))
		if next = page.Next; next == "" {
			break
		}
	}
	if got := strings.Join(seen, " "); got != "2 1" {
		t.Error(got)
	}
	f.get(outboxPath+"?cursor=x").problem(422, itms.CodeInvalid)
}

func TestWithoutQuery(t *testing.T) {
	for address, want := range map[string]string{
		"https://a.example.com/x?k=v#f":  "https://a.example.com/x",
		"https://u:p@a.example.com:81/x": "https://a.example.com:81/x",
		"":                               "",
		"http://[::1":                    "",
	} {
		if got := withoutQuery(address); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}
