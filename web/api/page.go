package api

import (
	"encoding/base64"
	"strings"

	"itms"
)

// Page sizes. The largest answer, 500 orders, is about 1 MiB.
const (
	defaultLimit = 50
	maxLimit     = 500
)

// pageOf is one page of a list.
type pageOf[T any] struct {
	Items []T    `json:"items" doc:"Never null."`
	Next  string `json:"next,omitempty" doc:"Pass it as cursor for what follows; absent at the end."`
}

// listOutput answers with a page.
type listOutput[T any] struct{ Body pageOf[T] }

// limitOf returns how many items a call wants.
func limitOf(limit int) int {
	if limit == 0 {
		return defaultLimit
	}
	return limit
}

// cursorMark makes a cursor of one list useless for another, which would
// otherwise page through the wrong keys without complaint.
const cursorMark = ":"

// makeCursor hides a key, so that callers do not build upon its form.
func makeCursor(list, key string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(list + cursorMark + key))
}

// readCursor returns the key of a cursor, "" for none.
func readCursor(list, cursor string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	key, ok := strings.CutPrefix(string(raw), list+cursorMark)
	if err != nil || !ok || itms.CheckKey("", key) != nil {
		return "", itms.Invalid("/query/cursor", "is not a cursor of this list; pass next of the answer before")
	}
	return key, nil
}

// newPage cuts the item that was read beyond the limit and points behind the last
// one that is shown.
func newPage[T, V any](list string, items []T, limit int, key func(T) string, view func(T) V) *listOutput[V] {
	out := &listOutput[V]{Body: pageOf[V]{Items: []V{}}}
	if len(items) > limit {
		items = items[:limit]
		out.Body.Next = makeCursor(list, key(items[limit-1]))
	}
	for _, item := range items {
		out.Body.Items = append(out.Body.Items, view(item))
	}
	return out
}
