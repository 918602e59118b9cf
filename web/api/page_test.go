package api

import (
	"encoding/base64"
	"strings"
	"testing"

	"itms"
)

func TestCursorsComeBack(t *testing.T) {
	for _, key := range []string{"a", "01J0000000000000000000000Z", "00005E-HG%2D1-S1", "a:b", "ü"} {
		cursor := makeCursor("list", key)
		if strings.ContainsAny(cursor, "+/=&? ") {
			t.Errorf("cursor %q must be escaped in a query", cursor)
		}
		if got, err := readCursor("list", cursor); err != nil || got != key {
			t.Errorf("%q: %q, %v", key, got, err)
		}
	}
	if got, err := readCursor("list", ""); err != nil || got != "" {
		t.Errorf("no cursor: %q, %v", got, err)
	}
}

func TestForeignCursorsAreRefused(t *testing.T) {
	raw := base64.RawURLEncoding.EncodeToString
	for _, cursor := range []string{"x", "%%%", makeCursor("other", "a"), raw([]byte("list")), raw([]byte("list:")),
		raw([]byte("list:a\x00")), raw([]byte("list:\xff")), raw([]byte("list:" + strings.Repeat("a", itms.MaxKey+1)))} {
		if _, err := readCursor("list", cursor); !itms.IsKind(err, itms.KindInvalid) {
			t.Errorf("%q: %v", cursor, err)
		}
	}
}

func TestNewPage(t *testing.T) {
	same := func(s string) string { return s }
	for _, c := range []struct {
		items []string
		limit int
		want  string
		next  string
	}{{nil, 2, "", ""}, {[]string{"a"}, 2, "a", ""}, {[]string{"a", "b"}, 2, "a b", ""}, {[]string{"a", "b", "c"}, 2, "a b", "b"}} {
		page := newPage("list", c.items, c.limit, same, same).Body
		if page.Items == nil {
			t.Error("items would be null")
		}
		if got := strings.Join(page.Items, " "); got != c.want {
			t.Errorf("%v: %q", c.items, got)
		}
		if next, err := readCursor("list", page.Next); err != nil || next != c.next {
			t.Errorf("%v: next %q, %v", c.items, next, err)
		}
	}
}

func TestLimitOf(t *testing.T) {
	for limit, want := range map[int]int{0: 50, 1: 1, 500: 500} {
		if got := limitOf(limit); got != want {
			t.Errorf("%d: %d", limit, got)
		}
	}
}
